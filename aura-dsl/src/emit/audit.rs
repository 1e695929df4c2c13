//! Audits for people.
//!
//! In: a [`Subject`] and its [`Audit`]. Out: tables: who may send what under which capability, what
//! it costs and leaks at least and at most, which facts each branch leaves, who takes part in which
//! context. What holds: the numbers are those of the JSON; no path of a folder is named, so that
//! the text can be kept beside the protocol and compared anywhere.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Subject;
use super::facts::facts;
use super::name::{Names, observer};
use super::table::Table;
use crate::audit::{Account, Amount, Audit, Coverage, Guarded, Range, Symbols, Unit};
use crate::escape::visible;
use crate::global::{RoleId, SendId};
use crate::source::Span;

/// The audit of a protocol.
pub fn audit(subject: Subject<'_>, audit: &Audit) -> String {
    let names = Names::new(subject.protocol);
    let mut out = String::new();
    let protocol = subject.protocol;
    let _ = writeln!(
        out,
        "{}  ({} {})\n  {}: {}",
        visible(&protocol.name),
        visible(&protocol.namespace),
        visible(&protocol.version),
        subject.decision.verdict.name(),
        visible(&subject.decision.method),
    );
    authority(&mut out, subject, &names, audit);
    out += "\ncost\n";
    account(&mut out, &names, &audit.cost, &audit.symbols);
    if audit.leakage.iter().all(|leak| silent(&leak.account)) {
        out += "\nleakage: none\n";
    }
    for leak in &audit.leakage {
        let observer = observer(leak.observer);
        if silent(&leak.account) {
            continue;
        }
        let _ = writeln!(out, "\nleakage to {observer}");
        account(&mut out, &names, &leak.account, &audit.symbols);
    }
    let left = facts(subject, &names, &audit.facts);
    if !left.is_empty() {
        let _ = write!(out, "\nfacts\n{left}");
    }
    receipts(&mut out, subject, &names, audit);
    contexts(&mut out, subject, &names, audit);
    if let Some(resilience) = &audit.resilience {
        super::resilience::text(&mut out, subject, &names, resilience);
    }
    out
}

/// Where a step stands: its line, with the file's name where it is imported.
pub(super) fn line(subject: Subject<'_>, send: SendId) -> String {
    line_of(subject, subject.protocol.sends[send.index()].span)
}

/// The line of a place, behind the name of its file where that is another one.
pub(super) fn line_of(subject: Subject<'_>, span: Span) -> String {
    let line = subject.sources.start(span).line;
    if span.file == subject.protocol.file {
        return line.to_string();
    }
    let path = &subject.sources.file(span.file).path;
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("{name}:{line}")
}

fn lines(subject: Subject<'_>, sends: &[SendId]) -> String {
    // A step that was inlined several times stands in one line.
    let mut lines: Vec<_> = Vec::new();
    for send in sends {
        let line = line(subject, *send);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join(", ")
}

/// A role with all its members.
pub(super) fn whole(names: &Names, role: RoleId) -> String {
    let family = names.protocol.roles[role.index()].family.is_some();
    let members = if family {
        crate::global::Members::All
    } else {
        crate::global::Members::Single
    };
    names.party(role, &members)
}

fn authority(out: &mut String, subject: Subject<'_>, names: &Names, audit: &Audit) {
    out.push_str("\nauthority\n");
    grants(subject, names, audit).write(out, "  ");
    for sentence in coverage(subject, names, audit) {
        let _ = writeln!(out, "  {}", visible(&sentence));
    }
}

/// Who may send what under which capability.
pub(super) fn grants(subject: Subject<'_>, names: &Names, audit: &Audit) -> Table {
    let mut table = Table::new(&["role", "capability", "message", "to", "bridge", "line"]);
    for grant in &audit.authority.grants {
        let peers: Vec<_> = grant.peers.iter().map(|peer| whole(names, *peer)).collect();
        let bridges = grant.bridges.iter().map(|(from, to)| {
            let (from, to) = (names.context(*from), names.context(*to));
            format!("{from} -> {to}")
        });
        table.row([
            whole(names, grant.role),
            grant
                .capability
                .map_or("none".into(), |id| names.demand(id, &grant.arguments)),
            names.label(grant.label).into(),
            peers.join(", "),
            bridges.collect::<Vec<_>>().join(", "),
            lines(subject, &grant.sends),
        ]);
    }
    table
}

/// Which messages are not guarded everywhere, and which capabilities nobody demands.
pub(super) fn coverage(subject: Subject<'_>, names: &Names, audit: &Audit) -> Vec<String> {
    let mut sentences = Vec::new();
    let open: Vec<&Guarded> = audit
        .authority
        .messages
        .iter()
        .filter(|message| message.coverage() != Coverage::Every)
        .collect();
    if open.is_empty() {
        sentences.push("every path to every message passes its guard".into());
    }
    for message in open {
        let name = names.label(message.label);
        let free = lines(subject, &message.free);
        sentences.push(match message.coverage() {
            Coverage::Some => {
                let guarded = lines(subject, &message.guarded);
                format!("{name} is guarded in {guarded} but not in {free}")
            }
            _ => format!("{name} has no guard: {free}"),
        });
    }
    for capability in &audit.authority.unused {
        let name = &names.protocol.capabilities[capability.index()].name;
        sentences.push(format!("{name} is declared and never demanded"));
    }
    sentences
}

/// Whether nothing is ever counted.
pub(super) fn silent(account: &Account) -> bool {
    let nothing = |range: &Range| range.worst.value.is_zero();
    let run = &account.run;
    let mut endless = run.endless.iter();
    run.complete.as_ref().is_none_or(nothing)
        && endless.all(|rounds| nothing(&rounds.before) && nothing(&rounds.round))
}

fn account(out: &mut String, names: &Names, account: &Account, symbols: &Symbols) {
    let unit = account.measure.unit();
    let mut table = Table::new(&["from", "to", "when", "amount", "each member"]);
    amount(
        &mut table,
        ["run".into(), String::new()],
        &account.run,
        None,
        (symbols, unit),
    );
    for row in account.roles.iter().chain(&account.pairs) {
        let peer = row.peer.map(|peer| whole(names, peer));
        let parties = [whole(names, row.role), peer.unwrap_or_default()];
        amount(
            &mut table,
            parties,
            &row.amount,
            row.per_member.as_ref(),
            (symbols, unit),
        );
    }
    table.write(out, "  ");
}

/// The rows of an amount: over complete runs, and for each recursion without an end what comes
/// before it and what each round adds.
fn amount(
    table: &mut Table,
    [from, to]: [String; 2],
    amount: &Amount,
    member: Option<&Amount>,
    (symbols, unit): (&Symbols, Unit),
) {
    let show =
        |range: Option<&Range>| range.map_or(String::new(), |range| range.display(symbols, unit));
    if amount.complete.is_some() {
        let each = member.and_then(|member| member.complete.as_ref());
        let complete = show(amount.complete.as_ref());
        table.row([
            from.clone(),
            to.clone(),
            String::new(),
            complete,
            show(each),
        ]);
    }
    for (at, rounds) in amount.endless.iter().enumerate() {
        let each = member.and_then(|member| member.endless.get(at));
        let (before, round) = (each.map(|each| &each.before), each.map(|each| &each.round));
        let name = &rounds.name;
        let parties = [from.clone(), to.clone()];
        let [first, second] = parties.clone();
        let total = show(Some(&rounds.before));
        table.row([first, second, format!("before {name}"), total, show(before)]);
        let [first, second] = parties;
        let total = show(Some(&rounds.round));
        table.row([
            first,
            second,
            format!("each round of {name}"),
            total,
            show(round),
        ]);
    }
}

fn receipts(out: &mut String, subject: Subject<'_>, names: &Names, audit: &Audit) {
    if !audit.receipts.is_empty() {
        out.push_str("\nreceipts\n");
        chains(subject, names, audit).write(out, "  ");
    }
}

/// The links of the chains of receipts.
pub(super) fn chains(subject: Subject<'_>, names: &Names, audit: &Audit) -> Table {
    let mut table = Table::new(&["message", "from", "receipt", "arrived by", "line"]);
    for link in &audit.receipts {
        let send = &subject.protocol.sends[link.send.index()];
        table.row([
            names.label(send.label).into(),
            names.party(send.from.role, &send.from.members),
            names.receipt(link.receipt).into(),
            lines(subject, &link.arrived_by),
            line(subject, link.send),
        ]);
    }
    table
}

fn contexts(out: &mut String, subject: Subject<'_>, names: &Names, audit: &Audit) {
    out.push_str("\ncontexts\n");
    places(subject, names, audit).write(out, "  ");
    if !audit.contexts.bridges.is_empty() {
        out.push_str("\nbridges\n");
        bridges(subject, names, audit).write(out, "  ");
    }
}

fn roles(names: &Names, roles: &BTreeSet<RoleId>) -> String {
    let roles: Vec<_> = roles.iter().map(|role| whole(names, *role)).collect();
    roles.join(", ")
}

/// Who takes part in which context.
pub(super) fn places(subject: Subject<'_>, names: &Names, audit: &Audit) -> Table {
    let mut table = Table::new(&["context", "roles", "messages"]);
    for context in &audit.contexts.contexts {
        table.row([
            names.context(context.context),
            roles(names, &context.roles),
            lines(subject, &context.sends),
        ]);
    }
    table
}

/// Who carries something from one context into another.
pub(super) fn bridges(subject: Subject<'_>, names: &Names, audit: &Audit) -> Table {
    let mut table = Table::new(&["from", "to", "roles", "messages"]);
    for bridge in &audit.contexts.bridges {
        table.row([
            names.context(bridge.from),
            names.context(bridge.to),
            roles(names, &bridge.roles),
            lines(subject, &bridge.sends),
        ]);
    }
    table
}

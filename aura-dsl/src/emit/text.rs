//! Reports for people.
//!
//! In: a [`Subject`]. Out: what `check` and `project` print: the verdict with its method and what
//! speaks for it, the protocol, and for each role its local type, states and guards.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::action::{notation, sent};
use super::flow::{ends, receives};
use super::local::local_type;
use super::name::{Names, fact, millionths, observer};
use super::table::Table;
use super::{Subject, chart, global};
use crate::escape::visible;
use crate::global::{Payload, SendId};
use crate::local::{Machine, State};
use crate::verdict::Verdict;

/// The verdict: one line where all is well, else with the run that shows it.
pub fn check(subject: Subject<'_>) -> String {
    let mut out = heading(subject);
    let _ = writeln!(out, "  {}", visible(&subject.decision.method));
    if subject.decision.verdict != Verdict::Implementable {
        properties(&mut out, subject);
    }
    counterexample(&mut out, subject);
    out
}

/// The verdict, the protocol, and each role's part or only that of one role.
pub fn project(subject: Subject<'_>, role: Option<&str>) -> String {
    let names = Names::new(subject.protocol);
    let mut out = heading(subject);
    let _ = writeln!(out, "  {}", visible(&subject.decision.method));
    properties(&mut out, subject);
    counterexample(&mut out, subject);
    if role.is_none() {
        out += "\nglobal\n";
        out += &global::steps(&names, 1);
        payloads(&mut out, &names);
    }
    for (position, machine) in subject.machines(&names, role) {
        participant(&mut out, subject, &names, position, machine);
    }
    out
}

fn heading(subject: Subject<'_>) -> String {
    let protocol = subject.protocol;
    let file = subject.sources.file(protocol.file);
    let line = file.position(protocol.span.start).line;
    format!(
        "{}: {}  ({} {}, {}:{line})\n",
        visible(&protocol.name),
        subject.decision.verdict.name(),
        visible(&protocol.namespace),
        visible(&protocol.version),
        visible(&file.path),
    )
}

fn properties(out: &mut String, subject: Subject<'_>) {
    decided(subject).write(out, "  ");
}

/// What was decided, property by property.
pub(super) fn decided(subject: Subject<'_>) -> Table {
    let mut table = Table::new(&["property", "holds", "decided by"]);
    for property in &subject.decision.properties {
        let holds = if property.holds { "yes" } else { "no" };
        table.row([property.name.into(), holds.into(), property.method.into()]);
    }
    table
}

fn counterexample(out: &mut String, subject: Subject<'_>) {
    let Some(found) = &subject.decision.counterexample else {
        return;
    };
    out.push('\n');
    for line in chart::counterexample(subject.sources, found).lines() {
        let _ = writeln!(out, "{}", format!("  {line}").trim_end());
    }
}

fn payloads(out: &mut String, names: &Names) {
    out.push('\n');
    carried(names).write(out, "    ");
    if out.ends_with("\n\n") {
        out.pop();
    }
}

/// What each message carries.
pub(super) fn carried(names: &Names) -> Table {
    let mut table = Table::new(&["message", "payload"]);
    for (id, label) in names.protocol.labels.iter().enumerate() {
        if label.payload != Payload::Unit {
            let payload = names.payload(crate::global::LabelId::of(id));
            table.row([label.name.clone(), payload]);
        }
    }
    table
}

fn participant(
    out: &mut String,
    subject: Subject<'_>,
    names: &Names,
    position: usize,
    machine: &Machine,
) {
    let Some(locals) = subject.locals else {
        return;
    };
    let _ = writeln!(out, "\n{}", visible(&names.owner(&machine.owner)));
    for line in local_type(names, locals, position).lines() {
        out.push_str("    ");
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
    let (states, guards) = tables(subject, names, position);
    states.write(out, "    ");
    let mut guarded = String::new();
    guards.write(&mut guarded, "    ");
    if !guarded.is_empty() {
        out.push('\n');
    }
    out.push_str(&guarded);
}

/// The states of a machine and its threads, and the terms of what it sends.
pub(super) fn tables(subject: Subject<'_>, names: &Names, position: usize) -> (Table, Table) {
    let mut states = Table::new(&["state", "kind", "action", "to", "timer"]);
    let mut guards = guard_table();
    let mut seen = BTreeSet::new();
    for (thread, machine) in subject.with_threads(position) {
        let prefix = if thread == 0 {
            String::new()
        } else {
            format!("T{thread}.")
        };
        state_rows(&mut states, names, machine, &prefix);
        for state in &machine.states {
            for transition in &state.transitions {
                let Some((_, send)) = sent(&transition.action) else {
                    continue;
                };
                let action = notation(names, &machine.owner, &transition.action);
                if seen.insert((send, action.clone())) {
                    guard_row(&mut guards, subject, names, action, send);
                }
            }
        }
    }
    (states, guards)
}

fn state_rows(table: &mut Table, names: &Names, machine: &Machine, prefix: &str) {
    for (index, state) in machine.states.iter().enumerate() {
        let name = format!("{prefix}S{index}");
        let timer = state.timer.as_ref().map_or(String::new(), |timer| {
            let lasting = &names.protocol.timers[timer.timer.index()];
            format!("{lasting} -> {prefix}S{}", timer.late)
        });
        if let Some(turn) = &state.turn {
            let (counter, limit) = (names.index(turn.counter), names.size(&turn.limit));
            let again = format!("{counter} + 1 < {limit}");
            let to = format!("{prefix}S{}", turn.again);
            table.row([name, "turn".into(), again, to, timer]);
            let to = format!("{prefix}S{}", turn.done);
            table.row([
                String::new(),
                String::new(),
                "else".into(),
                to,
                String::new(),
            ]);
            continue;
        }
        if state.transitions.is_empty() {
            let name = name.clone();
            table.row([
                name,
                kind(state).into(),
                String::new(),
                String::new(),
                timer.clone(),
            ]);
        }
        for (row, transition) in state.transitions.iter().enumerate() {
            let action = notation(names, &machine.owner, &transition.action);
            let to = format!("{prefix}S{}", transition.to);
            table.row(if row == 0 {
                [name.clone(), kind(state).into(), action, to, timer.clone()]
            } else {
                [String::new(), String::new(), action, to, String::new()]
            });
        }
    }
}

/// What a state is: where the run may end, where the owner acts, where it waits.
pub(super) fn kind(state: &State) -> &'static str {
    match state {
        state if ends(state) => "end",
        state if state.turn.is_some() => "turn",
        state if receives(state) => "receive",
        state
            if state
                .transitions
                .iter()
                .any(|step| sent(&step.action).is_some()) =>
        {
            "send"
        }
        state if state.transitions.is_empty() => "stuck",
        _ => "event",
    }
}

fn guard_table() -> Table {
    Table::new(&[
        "send",
        "capability",
        "cost",
        "facts",
        "leak",
        "receipt",
        "context",
        "log",
        "line",
    ])
}

fn guard_row(table: &mut Table, subject: Subject<'_>, names: &Names, action: String, send: SendId) {
    let terms = names.terms(send);
    let facts: Vec<_> = terms.facts.iter().map(fact).collect();
    let merge = if terms.merge && !facts.is_empty() {
        " (merged)"
    } else {
        ""
    };
    let leak: Vec<_> = terms
        .leak
        .iter()
        .map(|(class, amount)| format!("{} {}", observer(*class), millionths(*amount)))
        .collect();
    let context = match terms.bridge_from {
        Some(from) => format!(
            "{} from {}",
            names.context(terms.context),
            names.context(from)
        ),
        None => names.context(terms.context),
    };
    let line = subject
        .sources
        .start(subject.protocol.sends[send.index()].span)
        .line;
    table.row([
        action,
        names.capability(terms).unwrap_or_else(|| "none".into()),
        terms.cost.to_string(),
        format!("{}{merge}", facts.join(", ")),
        leak.join(", "),
        terms
            .receipt
            .map_or(String::new(), |receipt| names.receipt(receipt).into()),
        context,
        terms.audit_log.clone().unwrap_or_default(),
        line.to_string(),
    ]);
}

//! What changed about one message: who, what, on which terms.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Effect, Kind, Side};
use crate::emit::name::{Names, fact, millionths, observer};
use crate::global::{Observer, Payload, Send, Terms};

/// A message of one version.
pub(super) struct Message<'a> {
    pub(super) send: &'a Send,
    pub(super) names: &'a Names<'a>,
    pub(super) line: u64,
}

impl<'a> Message<'a> {
    pub(super) fn new(side: Side<'a>, names: &'a Names<'a>, send: &'a Send) -> Self {
        Self {
            send,
            names,
            line: side.line(send.span),
        }
    }

    /// What makes it the same message in the other version.
    pub(super) fn key(&self) -> (&'a str, &'a str, &'a str) {
        let send = self.send;
        (
            self.names.role(send.from.role),
            self.names.role(send.to.role),
            self.names.label(send.label),
        )
    }

    fn parties(&self) -> String {
        let party = |party: &crate::global::Party| self.names.party(party.role, &party.members);
        format!("{} -> {}", party(&self.send.from), party(&self.send.to))
    }

    /// `A -> B: Label`.
    pub(super) fn title(&self) -> String {
        format!("{}: {}", self.parties(), self.names.label(self.send.label))
    }

    /// What it carries.
    pub(super) fn payload(&self) -> &'a Payload {
        &self.names.protocol.labels[self.send.label.index()].payload
    }

    fn receipt(&self) -> Option<&'a str> {
        Some(self.names.receipt(self.terms().receipt?))
    }

    fn terms(&self) -> &'a Terms {
        &self.send.terms
    }

    fn fields(&self) -> Vec<&'a str> {
        match self.payload() {
            Payload::Fields(fields) => fields.iter().map(|field| field.name.as_str()).collect(),
            Payload::Unit | Payload::Types(_) => Vec::new(),
        }
    }

    /// A change from this message to its other version.
    pub(super) fn change(&self, new: &Self, kind: Kind, effect: Effect, what: String) -> Change {
        Change {
            kind,
            effect,
            about: new.title(),
            what,
            old_line: Some(self.line),
            new_line: Some(new.line),
        }
    }
}

/// Everything that changed about a message that both versions have.
pub(super) fn changes(old: &Message<'_>, new: &Message<'_>, same_bytes: bool) -> Vec<Change> {
    let mut found = Vec::new();
    let mut push = |kind, (effect, what)| found.push(old.change(new, kind, effect, what));
    if old.parties() != new.parties() {
        let what = format!("between others: {} -> {}", old.parties(), new.parties());
        push(Kind::Payload, (Effect::Neutral, what));
    }
    if let Some(change) = payload(old, new, same_bytes) {
        push(Kind::Payload, change);
    }
    if let Some(change) = guard(old, new).or_else(|| new_guard(old, new)) {
        push(Kind::Guard, change);
    }
    if let Some(change) = amount("", old.terms().cost, new.terms().cost, |cost| {
        cost.to_string()
    }) {
        push(Kind::Cost, change);
    }
    for change in leak(old.terms(), new.terms()) {
        push(Kind::Leak, change);
    }
    for change in facts(old.terms(), new.terms()) {
        push(Kind::Fact, change);
    }
    if let Some(change) = receipt(old, new) {
        push(Kind::Receipt, change);
    }
    for change in context(old, new) {
        push(Kind::Context, change);
    }
    found
}

type Found = (Effect, String);

/// Whoever receives a new field learns more; other bytes alone are a matter of who can talk.
fn payload(old: &Message<'_>, new: &Message<'_>, same_bytes: bool) -> Option<Found> {
    let (before, after) = (old.fields(), new.fields());
    let more: Vec<_> = after
        .iter()
        .filter(|field| !before.contains(field))
        .copied()
        .collect();
    if same_bytes && before == after {
        return None;
    }
    let named = !before.is_empty() && !more.is_empty() && !same_bytes;
    if named {
        let gone = before.iter().filter(|field| !after.contains(field));
        let gone: Vec<_> = gone.copied().collect();
        let gone = if gone.is_empty() {
            String::new()
        } else {
            format!(", {} no more", gone.join(", "))
        };
        let what = format!("carries {} besides{gone}", more.join(", "));
        return Some((Effect::Weakened, what));
    }
    let shown = |message: &Message<'_>| {
        let text = message.names.payload(message.send.label);
        if text.is_empty() {
            "nothing".to_owned()
        } else {
            text
        }
    };
    let what = if shown(old) == shown(new) {
        format!("{}, of other types", shown(new))
    } else {
        format!("{} -> {}", shown(old), shown(new))
    };
    Some((Effect::Neutral, what))
}

/// More arguments bind a capability to more of the message; another capability cannot be compared.
fn guard(old: &Message<'_>, new: &Message<'_>) -> Option<Found> {
    let shown = |message: &Message<'_>| message.names.capability(message.terms());
    let named = |message: &Message<'_>| {
        let (capability, arguments) = message.terms().capability.as_ref()?;
        let name = &message.names.protocol.capabilities[capability.index()].name;
        Some((
            name.clone(),
            arguments.iter().cloned().collect::<BTreeSet<_>>(),
        ))
    };
    let (before, after) = (shown(old)?, shown(new));
    let Some(after) = after else {
        return Some((
            Effect::Weakened,
            format!("{before} is not demanded any more"),
        ));
    };
    if before == after {
        return None;
    }
    let ((old_name, old_args), (new_name, new_args)) = (named(old)?, named(new)?);
    let effect = if old_name == new_name && new_args.is_superset(&old_args) {
        Effect::Strengthened
    } else {
        Effect::Weakened
    };
    Some((effect, format!("{before} -> {after}")))
}

/// The guard of a message that had none.
fn new_guard(old: &Message<'_>, new: &Message<'_>) -> Option<Found> {
    let none = old.terms().capability.is_none();
    let after = new.names.capability(new.terms()).filter(|_| none)?;
    Some((Effect::Strengthened, format!("{after} is demanded")))
}

fn amount(what: &str, old: u64, new: u64, show: impl Fn(u64) -> String) -> Option<Found> {
    let effect = match new.cmp(&old) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => Effect::Strengthened,
        std::cmp::Ordering::Greater => Effect::Weakened,
    };
    Some((effect, format!("{what}{} -> {}", show(old), show(new))))
}

fn leak(old: &Terms, new: &Terms) -> Vec<Found> {
    let by = |terms: &Terms| {
        terms
            .leak
            .iter()
            .copied()
            .collect::<BTreeMap<Observer, u64>>()
    };
    let (before, after) = (by(old), by(new));
    let observers: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let of = |side: &BTreeMap<Observer, u64>, who| side.get(&who).copied().unwrap_or(0);
    observers
        .into_iter()
        .filter_map(|who| {
            let what = format!("to {}: ", observer(who));
            amount(&what, of(&before, who), of(&after, who), millionths)
        })
        .collect()
}

/// A fact that is left no more is missed by whoever reads the journal.
fn facts(old: &Terms, new: &Terms) -> Vec<Found> {
    let all = |terms: &Terms| terms.facts.iter().map(fact).collect::<Vec<_>>();
    let (before, after) = (all(old), all(new));
    let gone = before.iter().filter(|fact| !after.contains(fact));
    let come = after.iter().filter(|fact| !before.contains(fact));
    let mut found: Vec<_> = gone
        .map(|fact| (Effect::Weakened, format!("{fact} is left no more")))
        .chain(come.map(|fact| (Effect::Neutral, format!("{fact} is left"))))
        .collect();
    match (old.merge, new.merge) {
        (false, true) => found.push((Effect::Neutral, "the receiver merges them".to_owned())),
        (true, false) => {
            found.push((
                Effect::Weakened,
                "the receiver merges them no more".to_owned(),
            ));
        }
        _ => {}
    }
    if old.audit_log != new.audit_log {
        found.push((Effect::Neutral, "another line for the audit log".to_owned()));
    }
    found
}

fn receipt(old: &Message<'_>, new: &Message<'_>) -> Option<Found> {
    match (old.receipt(), new.receipt()) {
        (None, None) => None,
        (Some(before), Some(after)) if before == after => None,
        (None, Some(after)) => Some((Effect::Strengthened, format!("needs the one of {after}"))),
        (Some(before), None) => Some((
            Effect::Weakened,
            format!("the one of {before} is not needed any more"),
        )),
        (Some(before), Some(after)) => Some((Effect::Weakened, format!("{before} -> {after}"))),
    }
}

/// Another context has other members and other budgets, and a bridge lets something cross.
fn context(old: &Message<'_>, new: &Message<'_>) -> Vec<Found> {
    let context = |message: &Message<'_>| message.names.context(message.terms().context);
    let bridge = |message: &Message<'_>| {
        let from = message.terms().bridge_from?;
        Some(format!(
            "{} to {}",
            message.names.context(from),
            context(message)
        ))
    };
    let mut found = Vec::new();
    if context(old) != context(new) {
        let what = format!("{} -> {}", context(old), context(new));
        found.push((Effect::Weakened, what));
    }
    match (bridge(old), bridge(new)) {
        (before, after) if before == after => {}
        (_, Some(after)) => found.push((Effect::Weakened, format!("bridges {after}"))),
        (Some(before), None) => {
            found.push((Effect::Strengthened, format!("bridges {before} no more")));
        }
        (None, None) => {}
    }
    found
}

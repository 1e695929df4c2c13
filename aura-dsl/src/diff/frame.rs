//! What a protocol is before its messages: namespace, version, verdict, roles, contexts, timeouts.

use std::collections::BTreeMap;

use super::{Change, Effect, Kind, Side};
use crate::global::Size;
use crate::source::Span;

/// The changes of everything that is no message.
pub(super) fn frame(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let mut changes = head(old, new);
    changes.extend(roles(old, new));
    changes.extend(named(Kind::Context, &contexts(old), &contexts(new)));
    changes.extend(timers(old, new));
    changes
}

fn head(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let (before, after) = (old.protocol(), new.protocol());
    let verdicts = (
        old.subject.decision.verdict.name(),
        new.subject.decision.verdict.name(),
    );
    let worse = if new.implementable() {
        Effect::Neutral
    } else {
        Effect::Weakened
    };
    let rows = [
        ("name", &*before.name, &*after.name, Effect::Neutral),
        (
            "namespace",
            &before.namespace,
            &after.namespace,
            Effect::Neutral,
        ),
        ("version", &before.version, &after.version, Effect::Neutral),
        ("verdict", verdicts.0, verdicts.1, worse),
    ];
    rows.into_iter()
        .filter(|(_, before, after, _)| before != after)
        .map(|(about, before, after, effect)| Change {
            kind: Kind::Head,
            effect,
            about: about.to_owned(),
            what: format!("{before} -> {after}"),
            old_line: Some(old.line(old.protocol().span)),
            new_line: Some(new.line(new.protocol().span)),
        })
        .collect()
}

/// Roles that came, went, or have become a family of another size.
fn roles(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let declared = |side: Side<'_>| -> BTreeMap<String, (Option<Size>, u64)> {
        let roles = side.protocol().roles.iter();
        roles
            .map(|role| {
                (
                    role.name.clone(),
                    (role.family.clone(), side.line(role.span)),
                )
            })
            .collect()
    };
    let (before, after) = (declared(old), declared(new));
    let lines = |all: &BTreeMap<String, (Option<Size>, u64)>| -> BTreeMap<String, u64> {
        all.iter()
            .map(|(name, (_, line))| (name.clone(), *line))
            .collect()
    };
    let mut changes = named(Kind::Role, &lines(&before), &lines(&after));
    let (left, right) = (old.names(), new.names());
    for (name, (size, line)) in &after {
        let Some((earlier, at)) = before.get(name) else {
            continue;
        };
        let was = earlier
            .as_ref()
            .map_or("single".to_owned(), |size| left.size(size));
        let is = size
            .as_ref()
            .map_or("single".to_owned(), |size| right.size(size));
        if was != is {
            changes.push(Change {
                kind: Kind::Role,
                effect: Effect::Neutral,
                about: name.clone(),
                what: format!("{was} -> {is}"),
                old_line: Some(*at),
                new_line: Some(*line),
            });
        }
    }
    changes
}

fn contexts(side: Side<'_>) -> BTreeMap<String, u64> {
    let names = side.names();
    let all = side.protocol().contexts.iter().enumerate();
    all.map(|(at, context)| {
        let name = names.context(crate::global::ContextId::of(at));
        (name, side.line(context.span))
    })
    .collect()
}

/// Things by name that came and went, with their lines.
fn named(kind: Kind, old: &BTreeMap<String, u64>, new: &BTreeMap<String, u64>) -> Vec<Change> {
    let change = |about: &str, what: &str, old_line, new_line| Change {
        kind,
        effect: Effect::Neutral,
        about: about.to_owned(),
        what: what.to_owned(),
        old_line,
        new_line,
    };
    let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let come = new.iter().filter(|(name, _)| !old.contains_key(*name));
    gone.map(|(name, line)| change(name, "removed", Some(*line), None))
        .chain(come.map(|(name, line)| change(name, "added", None, Some(*line))))
        .collect()
}

/// Timeouts by their order: how long they are. One that came or went shows in the machines.
fn timers(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let all = |side: Side<'_>| -> Vec<(String, String, Span)> {
        let names = side.names();
        let mut found = Vec::new();
        let mut blocks = vec![&side.protocol().body];
        while let Some(block) = blocks.pop() {
            for step in &block.steps {
                if let crate::global::Step::Timeout(timeout) = step {
                    let decider = names.party(timeout.decider.role, &timeout.decider.members);
                    let time = side.protocol().timers[timeout.id.index()].clone();
                    found.push((decider, time, timeout.span));
                }
                blocks.extend(crate::emit::name::children(step));
            }
        }
        found.sort_by_key(|(.., span)| (span.file, span.start));
        found.dedup();
        found
    };
    let (before, after) = (all(old), all(new));
    let mut changes = Vec::new();
    for (at, (decider, time, span)) in before.iter().enumerate() {
        let nth = before[..at]
            .iter()
            .filter(|(who, ..)| who == decider)
            .count();
        let twin = after.iter().filter(|(who, ..)| who == decider).nth(nth);
        let (what, new_line) = match twin {
            Some((_, later, _)) if later == time => continue,
            Some((_, later, place)) => (format!("{time} -> {later}"), Some(new.line(*place))),
            None => ("removed".to_owned(), None),
        };
        changes.push(timer(decider, what, Some(old.line(*span)), new_line));
    }
    for (at, (decider, time, span)) in after.iter().enumerate() {
        let nth = after[..at]
            .iter()
            .filter(|(who, ..)| who == decider)
            .count();
        if before
            .iter()
            .filter(|(who, ..)| who == decider)
            .nth(nth)
            .is_none()
        {
            let what = format!("added, after {time}");
            changes.push(timer(decider, what, None, Some(new.line(*span))));
        }
    }
    changes
}

fn timer(decider: &str, what: String, old_line: Option<u64>, new_line: Option<u64>) -> Change {
    Change {
        kind: Kind::Timer,
        effect: Effect::Neutral,
        about: format!("at {decider}"),
        what,
        old_line,
        new_line,
    }
}

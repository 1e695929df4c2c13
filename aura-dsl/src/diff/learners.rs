//! Who receives what they did not receive before.
//!
//! A role that both versions have, and that now gets a label or merges a fact which others got
//! before, has become a learner of it. Labels and facts that are new altogether have no one who
//! learnt them before: they are told as messages and facts that were added.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Effect, Kind, Side};

/// The learners of one version: by receiver and thing, the line where it learns it first.
struct Learners {
    by: BTreeMap<(String, String), u64>,
    things: BTreeSet<String>,
    roles: BTreeSet<String>,
}

/// The new learners.
pub(super) fn learners(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let (before, after) = (of(old), of(new));
    after
        .by
        .into_iter()
        .filter(|(key, _)| {
            let (role, thing) = key;
            let known = before.roles.contains(role) && before.things.contains(thing);
            known && !before.by.contains_key(key)
        })
        .map(|((role, thing), line)| Change {
            kind: Kind::Learner,
            effect: Effect::Weakened,
            about: role,
            what: format!("learns {thing}"),
            old_line: None,
            new_line: Some(line),
        })
        .collect()
}

fn of(side: Side<'_>) -> Learners {
    let names = side.names();
    let mut learners = Learners {
        by: BTreeMap::new(),
        things: BTreeSet::new(),
        roles: side
            .protocol()
            .roles
            .iter()
            .map(|role| role.name.clone())
            .collect(),
    };
    for send in &side.protocol().sends {
        let role = names.role(send.to.role).to_owned();
        let merged = send.terms.facts.iter().filter(|_| send.terms.merge);
        let facts = merged.map(|fact| format!("the fact {}", fact.name));
        let label = names.label(send.label).to_owned();
        for thing in std::iter::once(label).chain(facts) {
            learners.things.insert(thing.clone());
            let key = (role.clone(), thing);
            learners.by.entry(key).or_insert(side.line(send.span));
        }
        let left = send
            .terms
            .facts
            .iter()
            .map(|fact| format!("the fact {}", fact.name));
        learners.things.extend(left);
    }
    learners
}

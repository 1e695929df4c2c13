//! How a verdict was reached, in words: what is decided completely, and what is argued.

use std::collections::BTreeSet;

use super::validity::Failure;
use crate::automaton::Automata;
use crate::global::{Members, Protocol, RoleId, Size};
use crate::verdict::{Property, Verdict};

const SEND: &str = "send validity";
const RECEIVE: &str = "receive validity";
const MIXED: &str = "no mixed choice";
pub(super) const ROUNDS: &str = "rounds are common knowledge";
const WAITING: &str = "no role waits for ever";
const STARVATION: &str = "no role starves";

/// The property that a failure breaks.
pub(super) fn failed_property(failure: Failure) -> &'static str {
    match failure {
        Failure::Send(_) => SEND,
        Failure::Mixed(_) => MIXED,
        Failure::Receive(..) => RECEIVE,
        Failure::Round(..) => ROUNDS,
        Failure::Wait(_) => WAITING,
        Failure::Starve(_) => STARVATION,
        Failure::TooLarge => "class",
    }
}

/// The properties that were looked at, with their answers.
pub(super) fn properties(failed: &BTreeSet<&'static str>, verdict: Verdict) -> Vec<Property> {
    if verdict == Verdict::OutsideClass {
        return Vec::new();
    }
    [
        (SEND, "subset construction, complete"),
        (
            RECEIVE,
            "availability fixpoint over blocked roles, complete",
        ),
        (MIXED, "subset construction, complete"),
        (
            ROUNDS,
            "subset construction on one round; sufficient, not necessary",
        ),
        (WAITING, "subset construction, complete"),
        (
            STARVATION,
            "reachability in the global automaton, assuming fair decisions",
        ),
    ]
    .into_iter()
    .map(|(name, method)| Property {
        name,
        holds: !failed.contains(name),
        method,
    })
    .collect()
}

/// The method of a verdict, with the sizes it was decided at.
pub(super) fn method(protocol: &Protocol, automata: &Automata, verdict: Verdict) -> String {
    if verdict == Verdict::OutsideClass {
        return "the class is finite state, one decider at a time, ends without exits".to_owned();
    }
    let mut text = "complete projection with automata".to_owned();
    let sizes: Vec<&str> = protocol
        .roles
        .iter()
        .filter_map(|role| role.family.as_ref())
        .filter_map(|size| match size {
            Size::Symbol(id) => Some(protocol.sizes[id.index()].name.as_str()),
            _ => None,
        })
        .collect();
    if let (Some(first), Some(automaton)) = (sizes.first(), automata.instances.first()) {
        let decided: Vec<String> = protocol
            .roles
            .iter()
            .enumerate()
            .filter_map(|(index, role)| match &role.family {
                Some(Size::Symbol(id)) => Some(format!(
                    "{}={}",
                    protocol.sizes[id.index()].name,
                    automaton.instance.members(RoleId::of(index)).unwrap_or(1)
                )),
                _ => None,
            })
            .collect();
        let quorum = protocol
            .sends
            .iter()
            .any(|send| matches!(send.from.members, Members::Any(_)));
        let quorum = if quorum { ", quorums at 1" } else { "" };
        let every = if sizes.len() == 1 {
            format!("for every {first}")
        } else {
            format!("for every {}", sizes.join(", "))
        };
        text = format!(
            "{text}, {every} (decided at {}{quorum}; cutoff argued, not machine-checked)",
            decided.join(", ")
        );
    }
    text
}

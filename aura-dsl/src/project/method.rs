//! How a verdict was reached, in words: what is decided completely, and what is argued.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::validity::Failure;
use crate::automaton::instance::Instance;
use crate::automaton::{Automata, Automaton};
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
    let base = "complete projection with automata";
    let mut symbols: Vec<&str> = Vec::new();
    let mut decided: Vec<String> = Vec::new();
    for (index, role) in protocol.roles.iter().enumerate() {
        let Some(size) = &role.family else { continue };
        let known = symbols.len();
        add_symbols(protocol, size, &mut symbols);
        let members = |automaton: &Automaton| automaton.instance.members(RoleId::of(index));
        match (size, &role.part) {
            // Numbers up to the cutoff are decided as they are.
            (Size::Number(number), _) => {
                let sizes = automata.instances.first().and_then(members);
                if let Some(members) = sizes.filter(|members| *members as u64 != *number) {
                    decided.push(format!("|{}|={members}", role.name));
                }
            }
            // The parts of a split family are decided empty as well.
            (_, Some(_)) => {
                let sizes: BTreeSet<usize> =
                    automata.instances.iter().filter_map(members).collect();
                let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
                decided.push(format!("|{}|={}", role.name, sizes.join(" and ")));
            }
            _ => {
                let symbol = symbols.get(known).copied().unwrap_or_default();
                let size = automata.instances.first().and_then(members).unwrap_or(1);
                if !symbol.is_empty() {
                    decided.push(format!("{symbol}={size}"));
                }
            }
        }
    }
    let given: Vec<String> = protocol
        .given
        .iter()
        .map(|(id, value)| format!("{}={value}", protocol.sizes[id.index()].name))
        .collect();
    let mut method = base.to_owned();
    if !given.is_empty() {
        let _ = write!(method, ", decided for {}", given.join(", "));
    }
    if !symbols.is_empty() {
        let _ = write!(method, ", for every {}", symbols.join(", "));
    }
    let first = automata.instances.first();
    if first.is_some_and(|first| lowers_a_quorum(protocol, &first.instance)) {
        decided.push("quorums at 1".to_owned());
    }
    if !decided.is_empty() {
        let at = decided.join(", ");
        let by = if given.is_empty() { "decided " } else { "" };
        let _ = write!(method, " ({by}at {at}; cutoff argued, not machine-checked)");
    }
    method
}

/// Whether some quorum is decided at one answer instead of as many as it says.
fn lowers_a_quorum(protocol: &Protocol, instance: &Instance) -> bool {
    let mut parties = protocol.sends.iter().map(|send| &send.from);
    parties.any(|from| match &from.members {
        Members::Any(Size::Number(need)) => {
            instance.need(protocol, from.role, &Size::Number(*need)) as u64 != *need
        }
        Members::Any(_) => true,
        _ => false,
    })
}

/// Adds the symbols of a size that are not there yet.
fn add_symbols<'a>(protocol: &'a Protocol, size: &Size, found: &mut Vec<&'a str>) {
    match size {
        Size::Number(_) => {}
        Size::Symbol(id) => {
            let name = protocol.sizes[id.index()].name.as_str();
            if !found.contains(&name) {
                found.push(name);
            }
        }
        Size::Difference(whole, part) => {
            add_symbols(protocol, whole, found);
            add_symbols(protocol, part, found);
        }
    }
}

//! Counterexamples: the shortest runs that a participant cannot tell apart (SEMANTICS 7).
//!
//! In: a failure. Out: a [`Counterexample`] without a hint. The search walks pairs of states that
//! are reachable on runs which look the same to the participant: an edge that does not concern it
//! moves one side, equal observations move both.

mod words;

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::validity::{Checks, Failure};
use crate::automaton::alphabet::{ActionId, ProcessId};
use crate::automaton::graph::{Edge, StateId};
use crate::global::Protocol;
use crate::verdict::Counterexample;
use words::Printer;
pub(super) use words::{name, without_runs};

/// More pairs than this end the search; the memory they take is what bounds it.
const LIMIT: usize = 1 << 19;
/// What a pair costs, in units of work.
const PAIR: usize = 4;

/// The runs that show a failure, or `None` where the search for them grew too large.
pub(super) fn counterexample(
    protocol: &Protocol,
    checks: &mut Checks<'_>,
    process: ProcessId,
    failure: Failure,
) -> Option<Counterexample> {
    let (first, second) = goals(checks, process, failure);
    let (one, other) = shortest(checks, process, &first, &second)?;
    let printer = Printer { protocol, checks };
    let role = printer.name(process);
    let mut explained = printer.explain(process, failure, &one, &other);
    if let Failure::Receive(early, late) = failure {
        overtake(
            protocol,
            checks,
            process,
            (early, late),
            &other,
            &mut explained,
        );
    }
    Some(Counterexample { role, ..explained })
}

/// The states that the first and the second run must reach.
fn goals(checks: &mut Checks<'_>, process: ProcessId, failure: Failure) -> (Vec<bool>, Vec<bool>) {
    let graph = checks.graph;
    let alphabet = checks.alphabet;
    let has = |action: ActionId| -> Vec<bool> {
        graph
            .states()
            .map(|state| {
                let leaving = graph.leaving(state);
                leaving
                    .iter()
                    .any(|edge| alphabet.action(edge.signature) == action)
            })
            .collect()
    };
    let concerned = |receives: bool| -> Vec<bool> {
        graph
            .states()
            .map(|state| {
                graph.leaving(state).iter().any(|edge| {
                    let signature = alphabet.signature(edge.signature);
                    signature.to == Some(process) || (!receives && signature.from == process)
                })
            })
            .collect()
    };
    let over: Vec<bool> = graph.states().map(|state| graph.is_end(state)).collect();
    match failure {
        Failure::Send(action) => {
            let sends = has(action);
            let not_yet = unreached(checks, process, &sends);
            (sends, not_yet)
        }
        Failure::Mixed(action) => (has(action), concerned(true)),
        Failure::Round(_, action) | Failure::Wait(action) => (over, has(action)),
        Failure::Starve(action) => {
            let mut exits = concerned(false);
            for (exit, over) in exits.iter_mut().zip(&over) {
                *exit |= over;
            }
            (has(action), unreached(checks, process, &exits))
        }
        Failure::Receive(early, late) => {
            let sender = sender_of(checks, early);
            let second = graph
                .states()
                .map(|state| {
                    graph.leaving(state).iter().any(|edge| {
                        alphabet.action(edge.signature) == late
                            && sender.is_some_and(|sender| {
                                checks
                                    .available(sender, process, edge.to)
                                    .is_some_and(|found| found.contains_key(&early))
                            })
                    })
                })
                .collect();
            (has(early), second)
        }
        Failure::TooLarge => (vec![false; graph.len()], vec![false; graph.len()]),
    }
}

fn sender_of(checks: &Checks<'_>, action: ActionId) -> Option<ProcessId> {
    Some(checks.alphabet.observed(action)?.from)
}

/// The states from which no state of `targets` is reached without the participant.
fn unreached(checks: &Checks<'_>, process: ProcessId, targets: &[bool]) -> Vec<bool> {
    let graph = checks.graph;
    let mut missed: Vec<bool> = targets.iter().map(|target| !target).collect();
    let mut open: Vec<StateId> = graph
        .states()
        .filter(|state| targets[*state as usize])
        .collect();
    while let Some(state) = open.pop() {
        for (source, position) in graph.entering(state) {
            let edge = graph.edges()[*position as usize];
            if missed[*source as usize] && !checks.ends.concern(edge.signature, process) {
                missed[*source as usize] = false;
                open.push(*source);
            }
        }
    }
    missed
}

/// One step of a search over pairs.
#[derive(Clone, Copy)]
enum Move {
    First(Edge),
    Second(Edge),
    Both(Edge, Edge),
}

type Pair = (StateId, StateId);

fn shortest(
    checks: &Checks<'_>,
    process: ProcessId,
    first: &[bool],
    second: &[bool],
) -> Option<(Vec<Edge>, Vec<Edge>)> {
    let graph = checks.graph;
    let alphabet = checks.alphabet;
    let mut before: FxHashMap<Pair, Option<(Pair, Move)>> = FxHashMap::from_iter([((0, 0), None)]);
    let mut open = VecDeque::from([(0, 0)]);
    while let Some(pair) = open.pop_front() {
        let (one, other) = pair;
        if first[one as usize] && second[other as usize] {
            return Some(unwind(&before, pair));
        }
        if before.len() > LIMIT || !checks.work.spend(PAIR) {
            return None;
        }
        let mut visit = |next: Pair, step: Move| {
            before.entry(next).or_insert_with(|| {
                open.push_back(next);
                Some((pair, step))
            });
        };
        for edge in graph.leaving(one) {
            if checks.ends.concern(edge.signature, process) {
                let action = alphabet.action(edge.signature);
                for twin in graph.leaving(other) {
                    if alphabet.action(twin.signature) == action {
                        visit((edge.to, twin.to), Move::Both(*edge, *twin));
                    }
                }
            } else {
                visit((edge.to, other), Move::First(*edge));
            }
        }
        for edge in graph.leaving(other) {
            if !checks.ends.concern(edge.signature, process) {
                visit((one, edge.to), Move::Second(*edge));
            }
        }
    }
    None
}

fn unwind(
    before: &FxHashMap<Pair, Option<(Pair, Move)>>,
    mut pair: Pair,
) -> (Vec<Edge>, Vec<Edge>) {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    while let Some(Some((previous, step))) = before.get(&pair) {
        match step {
            Move::First(edge) => one.push(*edge),
            Move::Second(edge) => other.push(*edge),
            Move::Both(edge, twin) => {
                one.push(*edge);
                other.push(*twin);
            }
        }
        pair = *previous;
    }
    one.reverse();
    other.reverse();
    (one, other)
}

/// In the second run the message of the first one arrives before the one that should come next.
fn overtake(
    protocol: &Protocol,
    checks: &mut Checks<'_>,
    process: ProcessId,
    (early, late): (ActionId, ActionId),
    run: &[Edge],
    explained: &mut Counterexample,
) {
    let at = run.last().map_or(0, |edge| edge.to);
    let Some(sender) = sender_of(checks, early) else {
        return;
    };
    let candidates: Vec<Edge> = checks
        .graph
        .leaving(at)
        .iter()
        .copied()
        .filter(|edge| checks.alphabet.action(edge.signature) == late)
        .collect();
    for edge in candidates {
        let witness = checks
            .available(sender, process, edge.to)
            .and_then(|found| found.get(&early))
            .cloned();
        if let Some(witness) = witness {
            let printer = Printer { protocol, checks };
            let Some(second) = explained.runs.get_mut(1) else {
                return;
            };
            second.events.extend(printer.event(edge, false));
            let end = witness.len().saturating_sub(1);
            for (position, edge) in witness.into_iter().enumerate() {
                second.events.extend(printer.event(edge, position == end));
            }
            return;
        }
    }
}

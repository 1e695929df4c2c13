//! Counterexamples: the shortest runs that a participant cannot tell apart (SEMANTICS 7).
//!
//! In: a failure. Out: a [`Counterexample`] without a hint. The search walks pairs of states that
//! are reachable on runs which look the same to the participant: an edge that does not concern it
//! moves one side, equal observations move both.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::fold::rounds::limits;
use super::validity::{Checks, Failure};
use crate::automaton::alphabet::{ActionId, ProcessId, Signature, What};
use crate::automaton::graph::{Edge, StateId};
use crate::global::{Protocol, Size};
use crate::verdict::{Counterexample, Event, Run};

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

struct Printer<'a, 'b> {
    protocol: &'a Protocol,
    checks: &'a Checks<'b>,
}

impl Printer<'_, '_> {
    fn name(&self, process: ProcessId) -> String {
        name(self.protocol, self.checks, process)
    }

    /// An edge as a chart shows it; what only the encoding knows is left out.
    fn event(&self, edge: Edge, faulty: bool) -> Option<Event> {
        let signature = self.checks.alphabet.signature(edge.signature);
        let label = self.label(signature)?;
        Some(Event {
            from: self.name(signature.from),
            to: signature.to.map(|to| self.name(to)),
            label,
            span: edge.span,
            faulty,
        })
    }

    fn label(&self, signature: &Signature) -> Option<String> {
        let timer = |timer: &crate::global::TimerId| {
            self.protocol
                .timers
                .get(timer.index())
                .map_or("", String::as_str)
        };
        Some(match &signature.what {
            What::Message { branch, label } => {
                let label = &self.protocol.labels[label.index()].name;
                match branch {
                    Some(branch) => format!("{branch}.{label}"),
                    None => label.clone(),
                }
            }
            What::Decide(label) => format!("decides {label}"),
            What::Local(local) => {
                format!("does {}", self.protocol.locals[local.index()].function)
            }
            What::Late(id) => format!("gives up after {}", timer(id)),
            What::Arm(_) | What::InTime(_) | What::Enter(_) | What::Fork(..) | What::Join(..) => {
                return None;
            }
        })
    }

    fn what(&self, action: ActionId) -> String {
        let Some(signature) = self.checks.alphabet.observed(action) else {
            return "a step".to_owned();
        };
        match (&signature.what, signature.to) {
            (What::Fork(..), _) => "enter the `par`".to_owned(),
            (What::Arm(_), _) => "start the timeout".to_owned(),
            (What::Enter(_), _) => "start the exchange".to_owned(),
            (What::Message { .. }, Some(to)) => format!(
                "send `{}` to `{}`",
                self.label(signature).unwrap_or_default(),
                self.name(to)
            ),
            (What::Decide(label), _) => format!("decide `{label}`"),
            (What::Local(local), _) => {
                format!("do `{}`", self.protocol.locals[local.index()].function)
            }
            _ => "go on".to_owned(),
        }
    }

    fn message(&self, action: ActionId) -> String {
        let Some(signature) = self.checks.alphabet.observed(action) else {
            return "a message".to_owned();
        };
        let from = self.name(signature.from);
        match self.label(signature) {
            Some(label) => format!("`{label}` from `{from}`"),
            None => format!("the end of a thread of `{from}`"),
        }
    }

    fn explain(
        &self,
        process: ProcessId,
        failure: Failure,
        one: &[Edge],
        other: &[Edge],
    ) -> Counterexample {
        let role = self.name(process);
        let (reason, first, second) = match failure {
            Failure::Send(action) => {
                let what = self.what(action);
                (
                    format!("`{role}` cannot tell whether it is its turn to {what}"),
                    format!("here it must {what}"),
                    format!("here it must not, and `{role}` has seen the same"),
                )
            }
            Failure::Mixed(action) => {
                let what = self.what(action);
                (
                    format!("`{role}` cannot tell whether to {what} or to wait"),
                    format!("here it must {what}"),
                    format!("here it must wait for a message, and `{role}` has seen the same"),
                )
            }
            Failure::Receive(early, late) => {
                let (early, late) = (self.message(early), self.message(late));
                (
                    format!(
                        "`{role}` can take {early} for another run's, because it overtakes {late}"
                    ),
                    format!("here {early} comes next"),
                    format!("here {late} comes next, but {early} can arrive before it"),
                )
            }
            Failure::Round(_, action) => {
                let what = self.message(action);
                (
                    format!("`{role}` cannot tell whether a round is over"),
                    "here the round is over".to_owned(),
                    format!("here the round goes on with {what}, and `{role}` has seen the same"),
                )
            }
            Failure::Wait(action) => {
                let what = self.message(action);
                (
                    format!("`{role}` may wait for ever for {what}"),
                    "here all is over".to_owned(),
                    format!("here {what} still comes, and `{role}` has seen the same"),
                )
            }
            Failure::Starve(action) => {
                let what = self.message(action);
                (
                    format!("`{role}` may wait for ever for {what} while others go on"),
                    format!("here {what} comes"),
                    format!("here nothing ever comes for `{role}`, which has seen the same"),
                )
            }
            Failure::TooLarge => (
                "the search for messages that arrive early grew too large".to_owned(),
                String::new(),
                String::new(),
            ),
        };
        let goes_on = match failure {
            Failure::Send(action) | Failure::Mixed(action) | Failure::Starve(action) => {
                [Some(action), None]
            }
            Failure::Receive(early, _) => [Some(early), None],
            Failure::Round(_, action) | Failure::Wait(action) => [None, Some(action)],
            Failure::TooLarge => [None, None],
        };
        let runs = [(first, one), (second, other)]
            .into_iter()
            .zip(goes_on)
            .map(|((title, edges), next)| self.run(title, edges, next))
            .collect();
        Counterexample {
            role,
            reason,
            runs,
            hint: None,
        }
    }

    /// A run with the step that comes next in it.
    fn run(&self, title: String, edges: &[Edge], next: Option<ActionId>) -> Run {
        let mut events: Vec<Event> = edges
            .iter()
            .filter_map(|edge| self.event(*edge, false))
            .collect();
        let at = edges.last().map_or(0, |edge| edge.to);
        let step = next.and_then(|action| {
            let leaving = self.checks.graph.leaving(at);
            leaving
                .iter()
                .find(|edge| self.checks.alphabet.action(edge.signature) == action)
        });
        events.extend(step.and_then(|edge| self.event(*edge, true)));
        let title = match self.rounds(edges) {
            Some(count) => format!("{title} (two of {count} rounds are shown)"),
            None => title,
        };
        Run { title, events }
    }

    /// How many rounds a loop takes through which a run passes, where it is more than the two
    /// that stand for all of them.
    fn rounds(&self, edges: &[Edge]) -> Option<u64> {
        let alphabet = self.checks.alphabet;
        let mut counters = edges.iter().flat_map(|edge| {
            let scope = alphabet.signature(edge.signature).scope;
            let rounds = alphabet.rounds(scope).into_iter();
            rounds.map(|(_, round)| round.counter)
        });
        let limits = limits(self.protocol);
        counters.find_map(|counter| match limits.get(&counter) {
            Some((Size::Number(count), _)) if *count > 2 => Some(*count),
            _ => None,
        })
    }
}

/// A participant as people know it: `A`, `Q[0]`. Threads go by the name of their role.
pub(super) fn name(protocol: &Protocol, checks: &Checks<'_>, process: ProcessId) -> String {
    let process = &checks.alphabet.processes[process.index()];
    let role = &protocol.roles[process.role.index()];
    match process.member {
        None => role.name.clone(),
        Some(member) => {
            let family = role.part.as_ref().map_or(&role.name, |part| &part.family);
            format!("{family}[{member}]")
        }
    }
}

/// A counterexample without runs, where the search for them grew too large.
pub(super) fn without_runs(
    protocol: &Protocol,
    checks: &Checks<'_>,
    process: ProcessId,
    failure: Failure,
) -> Counterexample {
    let printer = Printer { protocol, checks };
    let mut explained = printer.explain(process, failure, &[], &[]);
    explained.runs.clear();
    explained
}

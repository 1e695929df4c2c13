//! Counterexamples in words: what a participant cannot tell, and the runs as charts show them.
//!
//! In: a failure and the edges of its runs. Out: a [`Counterexample`]. What only the encoding knows
//! is left out.

use super::super::fold::rounds::limits;
use super::super::validity::{Checks, Failure};
use crate::automaton::alphabet::{ActionId, ProcessId, Signature, What};
use crate::automaton::graph::Edge;
use crate::global::{Protocol, Size};
use crate::verdict::{Counterexample, Event, Run};

pub(super) struct Printer<'a, 'b> {
    pub(super) protocol: &'a Protocol,
    pub(super) checks: &'a Checks<'b>,
}

impl Printer<'_, '_> {
    pub(super) fn name(&self, process: ProcessId) -> String {
        name(self.protocol, self.checks, process)
    }

    /// An edge as a chart shows it; what only the encoding knows is left out, unless it goes wrong.
    pub(super) fn event(&self, edge: Edge, faulty: bool) -> Option<Event> {
        let signature = self.checks.alphabet.signature(edge.signature);
        let inner = || match signature.what {
            What::Fork(..) => Some("enters the `par`".to_owned()),
            What::Arm(_) => Some("starts the timeout".to_owned()),
            What::Enter(_) => Some("starts the exchange".to_owned()),
            _ => None,
        };
        let (label, to) = match self.label(signature) {
            Some(label) => (label, signature.to),
            None if faulty => (inner()?, None),
            None => return None,
        };
        Some(Event {
            from: self.name(signature.from),
            to: to.map(|to| self.name(to)),
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

    pub(super) fn explain(
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
pub(in crate::project) fn name(
    protocol: &Protocol,
    checks: &Checks<'_>,
    process: ProcessId,
) -> String {
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
pub(in crate::project) fn without_runs(
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

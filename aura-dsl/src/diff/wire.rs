//! Machines as a peer sees them: what travels, in names that both versions share.
//!
//! In: the machines of one version. Out: [`Wire`], one table of states for all of them. Local steps,
//! decisions and starting a timer are silent; an action that travels is its notation with the number
//! of its payload's bytes, so that equal texts mean equal frames.

use std::collections::BTreeSet;

use super::Side;
use super::payload::{Declared, Shapes};
use crate::emit::action::notation;
use crate::emit::name::Names;
use crate::global::{LabelId, SendId};
use crate::local::{Action, Machine, Owner};

/// All machines of a version, their states behind one another.
pub(super) struct Wire {
    pub(super) states: Vec<State>,
    /// The first state of each machine.
    starts: Vec<usize>,
}

/// A state as a peer sees it.
#[derive(Default)]
pub(super) struct State {
    pub(super) steps: Vec<(Act, usize)>,
    pub(super) accepting: bool,
    /// Where giving up leads, and what is owed then.
    pub(super) timer: Option<(usize, Vec<(String, u64)>)>,
    /// The rounds, and the states of the next one and behind the last.
    pub(super) turn: Option<(String, usize, usize)>,
}

/// What happens, as a peer sees it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Act {
    Silent,
    Send(String),
    Receive(String),
    /// The first states of the threads.
    Fork(Vec<usize>),
}

impl State {
    /// Whether nothing happens here unless something comes.
    pub(super) fn waits(&self) -> bool {
        let receives = |(act, _): &(Act, usize)| matches!(act, Act::Receive(_));
        self.turn.is_none() && self.steps.iter().all(receives)
    }
}

impl Act {
    /// What travels, without the number of its bytes.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Act::Send(text) | Act::Receive(text) => {
                let end = text.find('#').unwrap_or(text.len());
                Some(format!("`{}`", &text[..end]))
            }
            Act::Silent | Act::Fork(_) => None,
        }
    }
}

impl Wire {
    pub(super) fn new(side: Side<'_>, shapes: &mut Shapes) -> Self {
        let names = side.names();
        let machines = side
            .subject
            .locals
            .map_or(&[][..], |locals| &locals.machines);
        let mut starts = Vec::new();
        let mut next = 0;
        for machine in machines {
            starts.push(next);
            next += machine.states.len();
        }
        let mut declared = Declared::new(side.types);
        let mut bytes = |label: LabelId| {
            let label = &side.protocol().labels[label.index()];
            shapes.payload(&mut declared, &label.payload)
        };
        let mut states = Vec::new();
        for (machine, start) in machines.iter().zip(&starts) {
            states.extend(read(&names, machine, *start, &starts, &mut bytes));
        }
        Self { states, starts }
    }

    pub(super) fn start(&self, machine: usize) -> usize {
        self.starts[machine]
    }

    /// What is reached without anything that travels, the state itself first.
    pub(super) fn silent(&self, state: usize) -> Vec<usize> {
        let mut found = vec![state];
        let mut seen = BTreeSet::from([state]);
        let mut at = 0;
        while at < found.len() {
            for (act, to) in &self.states[found[at]].steps {
                if *act == Act::Silent && seen.insert(*to) {
                    found.push(*to);
                }
            }
            at += 1;
        }
        found
    }
}

fn read(
    names: &Names<'_>,
    machine: &Machine,
    start: usize,
    starts: &[usize],
    bytes: &mut impl FnMut(LabelId) -> usize,
) -> Vec<State> {
    let mut all = Vec::new();
    for state in &machine.states {
        let mut steps = Vec::new();
        for step in &state.transitions {
            let to = start + step.to;
            for act in acts(names, &machine.owner, &step.action, starts, bytes) {
                steps.push((act, to));
            }
        }
        all.push(State {
            steps,
            accepting: state.accepting,
            timer: state.timer.as_ref().map(|running| {
                let owed = running.owed.iter();
                let owed = owed.map(|(peer, count)| (names.peer(peer), *count));
                (start + running.late, owed.collect())
            }),
            turn: state.turn.as_ref().map(|turn| {
                let rounds = names.round(turn.counter, &turn.limit);
                (rounds, start + turn.again, start + turn.done)
            }),
        });
    }
    all
}

/// An action as what a peer sees of it; each answer of a gather by itself.
fn acts(
    names: &Names<'_>,
    owner: &Owner,
    action: &Action,
    starts: &[usize],
    bytes: &mut impl FnMut(LabelId) -> usize,
) -> Vec<Act> {
    let mut shown = |action: &Action, label: LabelId| {
        let thread = match action {
            Action::Send { to, .. } | Action::Broadcast { to, .. } => to.thread.as_slice(),
            Action::Receive { from, .. } | Action::Gather { from, .. } => from.thread.as_slice(),
            _ => &[],
        };
        let branches: Vec<_> = thread
            .iter()
            .map(|(par, branch)| format!("/{}.{branch}", par.index()))
            .collect();
        let number = bytes(label);
        format!(
            "{}#{number}{}",
            notation(names, owner, action),
            branches.concat()
        )
    };
    match action {
        Action::Send { label, .. }
        | Action::Broadcast { label, .. }
        | Action::Exchange { label, .. } => vec![Act::Send(shown(action, label.label))],
        Action::Receive { label, .. } => vec![Act::Receive(shown(action, label.label))],
        Action::Gather {
            from,
            need,
            answers,
        } => {
            let one = |(label, send): &(_, SendId)| Action::Gather {
                from: from.clone(),
                need: need.clone(),
                answers: vec![(crate::local::WireLabel::clone(label), *send)],
            };
            let each = answers.iter().map(|answer| (one(answer), answer.0.label));
            each.map(|(answer, label)| Act::Receive(shown(&answer, label)))
                .collect()
        }
        Action::Decide { .. } | Action::Local(_) | Action::Arm { .. } => vec![Act::Silent],
        Action::Fork { threads, .. } => {
            let first = threads
                .iter()
                .map(|thread| starts[thread.machine] + thread.entry);
            vec![Act::Fork(first.collect())]
        }
    }
}

//! The machines as Rust runs them: an exchange is two states, and a state that is left at once has
//! no type of its own.
//!
//! In: the local types. Out: the same with each exchange as a broadcast to the other members and a
//! gather from them, and for each state the states that a typed value may be in when a step leads
//! there.

use std::collections::BTreeSet;

use crate::global::Members;
use crate::local::{Action, Locals, Machine, Peer, State, StateIndex, Transition};

/// Every machine, with its exchanges taken apart.
pub(super) fn machines(locals: &Locals) -> Vec<Machine> {
    locals.machines.iter().map(expand).collect()
}

fn expand(machine: &Machine) -> Machine {
    let mut machine = machine.clone();
    for at in 0..machine.states.len() {
        for number in 0..machine.states[at].transitions.len() {
            let Transition { action, to } = &machine.states[at].transitions[number];
            let Action::Exchange { label, send } = action else {
                continue;
            };
            let (label, send, to) = (label.clone(), *send, *to);
            let others = Peer {
                role: machine.owner.role,
                members: Members::All,
                thread: machine.owner.thread.clone(),
            };
            let between = machine.states.len();
            machine.states[at].transitions[number] = Transition {
                action: Action::Broadcast {
                    to: others.clone(),
                    label: label.clone(),
                    send,
                },
                to: between,
            };
            let gather = Action::Gather {
                from: others,
                need: None,
                answers: vec![(label, send)],
            };
            machine.states.push(State {
                transitions: vec![Transition { action: gather, to }],
                ..State::default()
            });
        }
    }
    machine
}

/// What is done in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of a round: left at once.
    Turn,
    /// The start of a timer: left at once.
    Arm,
    /// Sends, decisions, local steps, forks.
    Own,
    /// Something is awaited.
    Receive,
    /// The run is over.
    End,
}

pub(super) fn kind(state: &State) -> Kind {
    if state.turn.is_some() {
        return Kind::Turn;
    }
    match state.transitions.first().map(|first| &first.action) {
        None => Kind::End,
        Some(Action::Arm { .. }) => Kind::Arm,
        Some(Action::Receive { .. } | Action::Gather { .. }) => Kind::Receive,
        Some(_) => Kind::Own,
    }
}

/// The states that are not left at once which a step to `state` may lead to.
pub(super) fn reached(machine: &Machine, state: StateIndex) -> BTreeSet<StateIndex> {
    let mut reached = BTreeSet::new();
    let mut seen = BTreeSet::from([state]);
    let mut open = vec![state];
    while let Some(at) = open.pop() {
        let found = &machine.states[at];
        let next = match kind(found) {
            Kind::Turn => found
                .turn
                .iter()
                .flat_map(|turn| [turn.again, turn.done])
                .collect(),
            Kind::Arm => found.transitions.iter().map(|arm| arm.to).collect(),
            Kind::Own | Kind::Receive | Kind::End => {
                reached.insert(at);
                Vec::new()
            }
        };
        open.extend(next.into_iter().filter(|next| seen.insert(*next)));
    }
    reached
}

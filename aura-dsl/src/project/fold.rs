//! From a participant's view to its local type: everything that only the encoding needed goes.
//!
//! In: a minimal view at a concrete size. Out: a [`Machine`] over symbolic sizes: chains of edges
//! become one broadcast, gather or exchange; the decision behind a guarded segment becomes the
//! timer of the states in it; the copies of a round become one body and a [`Turn`]; forks and
//! joins become one action. A view that cannot be folded puts the protocol outside the class.

mod chains;
pub(super) mod rounds;
pub(super) mod threads;
mod timers;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::subsets::{View, ViewStep};
use crate::automaton::alphabet::{Alphabet, ChainId, Mark, ProcessId, ScopeId, What};
use crate::global::{ParId, Protocol};
use crate::local::{Action, Machine, Owner, State, Transition, Turn};
use rounds::Rounds;

/// Where a thread starts: which `par`, which branch, in which round.
pub(super) type Entries = BTreeMap<(ParId, usize, ScopeId), usize>;

/// A folded machine before the threads that it forks are known by number.
pub(super) struct Folded {
    pub(super) machine: Machine,
    /// For each fork: the state and transition, and the thread processes with the scope.
    pub(super) forks: Vec<Fork>,
    /// For a thread: the states it starts in.
    pub(super) entries: Entries,
}

/// A fork whose threads are still to be linked.
pub(super) struct Fork {
    state: usize,
    transition: usize,
    par: ParId,
    scope: ScopeId,
    threads: Vec<(usize, ProcessId)>,
}

/// Where a transition of the folded machine leads.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Goal {
    View(usize),
    Turn(Box<Crossing>),
}

/// The end of a round.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Crossing {
    counter: crate::global::LoopId,
    again: Goal,
    done: Goal,
}

/// A view that cannot be folded, with what to tell the author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfoldable(pub(super) &'static str);

struct Folder<'a> {
    protocol: &'a Protocol,
    alphabet: &'a Alphabet,
    view: &'a View,
    process: ProcessId,
    rounds: Rounds<'a>,
    timers: timers::Regions,
    numbers: FxHashMap<Goal, usize>,
    goals: Vec<Goal>,
    forks: Vec<Fork>,
}

/// Folds the view of a process.
pub(super) fn fold(
    protocol: &Protocol,
    alphabet: &Alphabet,
    view: &View,
    process: ProcessId,
    owner: Owner,
) -> Result<Folded, Unfoldable> {
    let mut folder = Folder {
        protocol,
        alphabet,
        view,
        process,
        rounds: Rounds::new(protocol, alphabet, view, process)?,
        timers: timers::regions(alphabet, view),
        numbers: FxHashMap::default(),
        goals: Vec::new(),
        forks: Vec::new(),
    };
    let mut entries = Entries::new();
    if owner.thread.is_empty() {
        let first = folder.rounds.target(&[], 0)?;
        folder.number(first);
    } else {
        for state in &view.states {
            for step in &state.steps {
                let signature = alphabet.signature(step.signature);
                if let (What::Fork(par, branch), true) =
                    (&signature.what, signature.to == Some(process))
                {
                    let inside = alphabet.rounds(signature.scope);
                    let goal = folder.rounds.target(&inside, step.to)?;
                    let number = folder.number(goal);
                    entries.insert((*par, *branch, signature.scope), number);
                }
            }
        }
    }
    let mut states = Vec::new();
    while let Some(goal) = folder.goals.get(states.len()).cloned() {
        let state = folder.state(states.len(), &goal)?;
        states.push(state);
    }
    Ok(Folded {
        machine: Machine { owner, states },
        forks: folder.forks,
        entries,
    })
}

impl Folder<'_> {
    fn number(&mut self, goal: Goal) -> usize {
        if let Some(number) = self.numbers.get(&goal) {
            return *number;
        }
        let number = self.goals.len();
        self.goals.push(goal.clone());
        self.numbers.insert(goal, number);
        number
    }

    fn state(&mut self, number: usize, goal: &Goal) -> Result<State, Unfoldable> {
        let view_state = match goal {
            Goal::Turn(crossing) => {
                let again = self.number(crossing.again.clone());
                let done = self.number(crossing.done.clone());
                return Ok(State {
                    turn: Some(Turn {
                        counter: crossing.counter,
                        limit: self.rounds.limit(crossing.counter),
                        again,
                        done,
                    }),
                    ..State::default()
                });
            }
            Goal::View(view_state) => *view_state,
        };
        let steps = &self.view.states[view_state].steps;
        let mut state = State {
            accepting: self.view.states[view_state].end || steps.is_empty(),
            ..State::default()
        };
        if let Some(region) = self.timers.of(view_state) {
            let step = region.late;
            let late = self.behind(&step, step.to)?;
            state.timer = Some(crate::local::Running {
                timer: region.timer,
                late: self.number(late),
                owed: self.owed(view_state)?,
            });
        }
        let mut gathered: Vec<ChainId> = Vec::new();
        for step in steps {
            let signature = self.alphabet.signature(step.signature);
            let transition = match (&signature.what, signature.mark) {
                (What::Join(..), _) if signature.from == self.process => {
                    state.accepting = true;
                    continue;
                }
                // A thread waits for its next fork in no state of its own.
                (What::Fork(..), _) if signature.to == Some(self.process) => {
                    state.accepting = true;
                    continue;
                }
                (_, Mark::Gather { chain, .. }) if signature.to == Some(self.process) => {
                    if gathered.contains(&chain) {
                        continue;
                    }
                    gathered.push(chain);
                    self.gather(step, chain)?
                }
                (What::Enter(chain), _) => self.exchange(step, *chain)?,
                (What::Fork(par, _), _) => {
                    self.fork(number, state.transitions.len(), step, *par)?
                }
                _ => self.single(step, signature)?,
            };
            state.transitions.push(transition);
        }
        Ok(state)
    }

    /// The goal behind a step, seen from the round in which the step stands.
    fn behind(&self, step: &ViewStep, to: usize) -> Result<Goal, Unfoldable> {
        let signature = self.alphabet.signature(step.signature);
        let inside = self.alphabet.rounds(signature.scope);
        self.rounds.target(&inside, to)
    }

    fn transition(
        &mut self,
        action: Action,
        step: &ViewStep,
        to: usize,
    ) -> Result<Transition, Unfoldable> {
        let goal = self.behind(step, to)?;
        Ok(Transition {
            action,
            to: self.number(goal),
        })
    }
}

//! Threads: forks learn the numbers of their threads' machines, and what no fork starts is dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Entries, Folded};
use crate::automaton::alphabet::ProcessId;
use crate::local::{Action, Machine, State, Thread};

impl Folded {
    /// Puts the numbers of the threads' machines into the forks.
    pub(in crate::project) fn link(&mut self, numbers: &HashMap<ProcessId, (usize, Entries)>) {
        for fork in &self.forks {
            let threads = fork
                .threads
                .iter()
                .filter_map(|(branch, process)| {
                    let (machine, entries) = numbers.get(process)?;
                    let entry = entries.get(&(fork.par, *branch, fork.scope))?;
                    Some(Thread {
                        machine: *machine,
                        entry: *entry,
                    })
                })
                .collect();
            let transition = &mut self.machine.states[fork.state].transitions[fork.transition];
            if let Action::Fork { threads: slot, .. } = &mut transition.action {
                *slot = threads;
            }
        }
    }
}

/// Drops the states of threads that no fork leads to: those of a loop's first copy, where the
/// second one stands for every round.
pub(in crate::project) fn prune(machines: &mut [Machine]) {
    // A thread's forks stand behind its own entries, so outer machines are settled first.
    for number in 0..machines.len() {
        if machines[number].owner.thread.is_empty() {
            continue;
        }
        let entries: BTreeSet<usize> = machines
            .iter()
            .flat_map(threads)
            .filter(|thread| thread.machine == number)
            .map(|thread| thread.entry)
            .collect();
        let new_numbers = keep(&mut machines[number], &entries);
        for machine in machines.iter_mut() {
            for thread in threads_mut(machine) {
                if thread.machine == number {
                    thread.entry = new_numbers.get(&thread.entry).copied().unwrap_or(0);
                }
            }
        }
    }
}

fn threads(machine: &Machine) -> impl Iterator<Item = &Thread> {
    let transitions = machine.states.iter().flat_map(|state| &state.transitions);
    transitions.flat_map(|transition| match &transition.action {
        Action::Fork { threads, .. } => threads.as_slice(),
        _ => &[],
    })
}

fn threads_mut(machine: &mut Machine) -> impl Iterator<Item = &mut Thread> {
    let transitions = machine
        .states
        .iter_mut()
        .flat_map(|state| &mut state.transitions);
    transitions.flat_map(|transition| match &mut transition.action {
        Action::Fork { threads, .. } => threads.as_mut_slice(),
        _ => &mut [],
    })
}

/// Keeps what can be reached from the entries; the new numbers of the states.
fn keep(machine: &mut Machine, entries: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    let mut order: Vec<usize> = Vec::new();
    for entry in entries {
        numbers.insert(*entry, order.len());
        order.push(*entry);
    }
    let mut states: Vec<State> = Vec::new();
    while let Some(old) = order.get(states.len()).copied() {
        let mut state = machine.states[old].clone();
        let timer = state.timer.as_mut().map(|timer| &mut timer.late);
        let turn = state.turn.as_mut();
        let turn = turn
            .into_iter()
            .flat_map(|turn| [&mut turn.again, &mut turn.done]);
        let transitions = state.transitions.iter_mut();
        let targets = transitions.map(|transition| &mut transition.to);
        for target in targets.chain(timer).chain(turn) {
            let fresh = order.len();
            *target = *numbers.entry(*target).or_insert_with_key(|old| {
                order.push(*old);
                fresh
            });
        }
        states.push(state);
    }
    machine.states = states;
    numbers
}

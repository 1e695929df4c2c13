//! From the views of all processes to the machines of roles and members.
//!
//! In: the views at a concrete size. Out: one machine for a role, for each member that the protocol
//! names, and for all others together, whose machines must be equal. Threads follow their owner.

use std::collections::{BTreeMap, HashMap};

use super::fold;
use super::subsets::View;
use crate::automaton::Automaton;
use crate::automaton::alphabet::{Process, ProcessId};
use crate::global::Protocol;
use crate::local::{Locals, Machine, Member, Owner};

/// Folds the views of the first instance into machines.
pub(super) fn members(
    protocol: &Protocol,
    automaton: &Automaton,
    views: &[View],
) -> Result<Locals, String> {
    let processes = &automaton.alphabet.processes;
    let mut order: BTreeMap<Owner, Vec<usize>> = BTreeMap::new();
    for (index, process) in processes.iter().enumerate() {
        order
            .entry(owner(protocol, process))
            .or_default()
            .push(index);
    }
    let mut folded = Vec::new();
    let mut numbers = HashMap::new();
    for (owner, members) in &order {
        let mut first: Option<fold::Folded> = None;
        for index in members {
            let process = ProcessId(u32::try_from(*index).unwrap_or(u32::MAX));
            let name = &protocol.roles[owner.role.index()].name;
            let next = fold::fold(
                protocol,
                &automaton.alphabet,
                &views[*index],
                process,
                owner.clone(),
            )
            .map_err(|unfoldable| format!("`{name}`: {}", unfoldable.0))?;
            numbers.insert(process, (folded.len(), next.entries.clone()));
            match &first {
                None => first = Some(next),
                Some(first) if first.machine == next.machine => {}
                Some(_) => {
                    return Err(format!(
                        "the members of `{name}` have different local types"
                    ));
                }
            }
        }
        folded.extend(first);
    }
    let mut machines: Vec<Machine> = folded
        .into_iter()
        .map(|mut folded| {
            folded.link(&numbers);
            folded.machine
        })
        .collect();
    fold::threads::prune(&mut machines);
    Ok(Locals { machines })
}

fn owner(protocol: &Protocol, process: &Process) -> Owner {
    let constants = &protocol.roles[process.role.index()].constants;
    let member = match process.member {
        None => Member::Single,
        Some(index) => {
            let index = u64::try_from(index).unwrap_or(u64::MAX);
            // A family that ends with its named members has no general one; below the largest
            // constant, members that are not named are general.
            if constants.contains(&index) {
                Member::Constant(index)
            } else {
                Member::General
            }
        }
    };
    Owner {
        role: process.role,
        member,
        thread: process.thread.clone(),
    }
}

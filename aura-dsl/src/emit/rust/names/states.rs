//! What states and their steps are called.

use std::collections::{BTreeMap, HashSet};

use proc_macro2::Ident;

use super::super::machines::{self, Kind, kind};
use super::{Catalogue, ident};
use crate::check::generated_names::{camel_case, snake_case};
use crate::global::Members;
use crate::local::{Action, Machine, Peer, State, StateIndex};

/// The most labels that a state's name joins.
const JOINED: usize = 3;

impl Catalogue<'_> {
    /// The short name of each transition of a state: the label, with the branch where two labels
    /// would be equal, and with the peer where that is not enough.
    pub(in crate::emit::rust) fn steps(&self, state: &State) -> Vec<String> {
        let plain = |action: &Action| match action {
            Action::Send { label, .. }
            | Action::Broadcast { label, .. }
            | Action::Receive { label, .. }
            | Action::Exchange { label, .. } => self.names.label(label.label).to_owned(),
            Action::Gather { answers, .. } => {
                let labels = answers
                    .iter()
                    .map(|(label, _)| self.names.label(label.label));
                labels.map(camel_case).collect::<Vec<_>>().join("Or")
            }
            Action::Decide { label, .. } => label.clone(),
            Action::Local(local) => self.protocol.locals[local.index()].function.clone(),
            Action::Arm { .. } => String::new(),
            Action::Fork { .. } => "fork".to_owned(),
        };
        let branched = |action: &Action| match action {
            Action::Send { label, .. }
            | Action::Broadcast { label, .. }
            | Action::Receive { label, .. } => self.label(label).to_string(),
            other => plain(other),
        };
        let peered = |action: &Action| match action {
            Action::Send { to: peer, .. } | Action::Broadcast { to: peer, .. } => {
                format!("{}_to_{}", branched(action), self.peer(peer))
            }
            Action::Receive { from: peer, .. } | Action::Gather { from: peer, .. } => {
                format!("{}_from_{}", branched(action), self.peer(peer))
            }
            other => plain(other),
        };
        let actions = || state.transitions.iter().map(|it| &it.action);
        let tiers: [Vec<String>; 3] = [
            actions().map(plain).collect(),
            actions().map(branched).collect(),
            actions().map(peered).collect(),
        ];
        let mut names = tiers[0].clone();
        for tier in &tiers[1..] {
            let mut uses: BTreeMap<String, usize> = BTreeMap::new();
            for name in &names {
                *uses.entry(snake_case(name)).or_default() += 1;
            }
            for (name, longer) in names.iter_mut().zip(tier) {
                if uses[&snake_case(name)] > 1 {
                    name.clone_from(longer);
                }
            }
        }
        names
    }

    fn peer(&self, peer: &Peer) -> String {
        let role = self.plain(peer.role);
        match peer.members {
            Members::Constant(index) => format!("{role}{index}"),
            _ => role,
        }
    }

    /// The names of a machine's states, each different. What is left at once is a round.
    pub(in crate::emit::rust) fn states(&self, machine: &Machine) -> Vec<Ident> {
        let mut used = HashSet::from(["At".to_owned()]);
        let states = machine.states.iter().map(|state| {
            let name = self.state(state);
            let mut numbered = name.clone();
            let mut count = 1;
            while !used.insert(numbered.clone()) {
                count += 1;
                numbered = format!("{name}{count}");
            }
            ident(&numbered)
        });
        states.collect()
    }

    fn state(&self, state: &State) -> String {
        let late = if state.timer.is_some() { "OrLate" } else { "" };
        match kind(state) {
            Kind::End => "End".to_owned(),
            Kind::Turn => "Round".to_owned(),
            Kind::Arm => "Arm".to_owned(),
            Kind::Receive => format!("Await{}{late}", self.joined(state)),
            Kind::Own => format!("To{}", self.joined(state)),
        }
    }

    /// The labels of a state, joined: `AcceptOrReject`.
    fn joined(&self, state: &State) -> String {
        let steps: Vec<_> = self
            .steps(state)
            .iter()
            .map(|step| camel_case(step))
            .collect();
        match steps.len() {
            0..=JOINED => steps.join("Or"),
            more => format!("{}OrOneOf{}More", steps[0], more - 1),
        }
    }
}

/// The type that a step to a state leads to, by the states that it may be in then: one, or a round.
pub(in crate::emit::rust) fn goal<'n>(
    machine: &Machine,
    names: &'n [Ident],
    to: StateIndex,
) -> &'n Ident {
    let reached = machines::reached(machine, to);
    if let (1, Some(only)) = (reached.len(), reached.first()) {
        return &names[*only];
    }
    let mut at = to;
    while kind(&machine.states[at]) == Kind::Arm {
        at = machine.states[at].transitions[0].to;
    }
    &names[at]
}

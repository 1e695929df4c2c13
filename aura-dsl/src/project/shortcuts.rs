//! Ways through an automaton that leave out what does not concern a participant.
//!
//! In: an automaton. Out: [`Shortcuts`], which lead from a state to the next one at which a given
//! participant does something or the run may take another turn. A state with a single exit can do
//! what its successor can, so to leave it out changes no condition of complete projection. The
//! states with a single exit are laid out as paths; per participant its own steps on them are
//! listed, so that a shortcut is one binary search. Without them a protocol of many roles that each
//! take part in a few steps would cost the product of both.

use super::subsets::Ends;
use crate::automaton::alphabet::{Alphabet, ProcessId};
use crate::automaton::graph::{Graph, StateId};

/// No path: a state with several exits, or none.
const NOWHERE: u32 = u32::MAX;

/// The paths of an automaton.
pub(super) struct Shortcuts {
    /// By state: its position in `line`, or [`NOWHERE`].
    places: Vec<u32>,
    /// The states of all paths, path after path.
    line: Vec<StateId>,
    /// By position: where the path ends.
    path_ends: Vec<u32>,
    /// By participant: the positions of its own steps, ascending.
    own: Vec<Vec<u32>>,
}

impl Shortcuts {
    pub(super) fn new(alphabet: &Alphabet, graph: &Graph, ends: &Ends) -> Self {
        let mut shortcuts = Self {
            places: vec![NOWHERE; graph.len()],
            line: Vec::new(),
            path_ends: Vec::new(),
            own: vec![Vec::new(); alphabet.processes.len()],
        };
        // A path begins where others meet; what is left then are cycles that nothing else enters.
        let begins = |state: &StateId| !matches!(graph.entering(*state), [(source, _)] if graph.leaving(*source).len() == 1);
        for state in graph.states().filter(begins).chain(graph.states()) {
            shortcuts.lay(graph, state);
        }
        for (place, state) in (0u32..).zip(&shortcuts.line) {
            let (from, to) = ends.of(graph.leaving(*state)[0].signature);
            shortcuts.own[from.index()].push(place);
            if let Some(to) = to.filter(|to| *to != from) {
                shortcuts.own[to.index()].push(place);
            }
        }
        shortcuts
    }

    /// Lays out the states from `state` on, up to one that has another exit or lies on a path.
    fn lay(&mut self, graph: &Graph, mut state: StateId) {
        let first = self.line.len();
        while let ([edge], NOWHERE) = (graph.leaving(state), self.places[state as usize]) {
            self.places[state as usize] = u32::try_from(self.line.len()).unwrap_or(NOWHERE);
            self.line.push(state);
            state = edge.to;
        }
        let end = u32::try_from(self.line.len()).unwrap_or(NOWHERE);
        self.path_ends.extend((first..self.line.len()).map(|_| end));
    }

    /// The first state on the path from `state` whose exit concerns `process`; without one, the
    /// state behind the path.
    pub(super) fn next(&self, graph: &Graph, process: ProcessId, state: StateId) -> StateId {
        let place = self.places[state as usize];
        if place == NOWHERE {
            return state;
        }
        let end = self.path_ends[place as usize];
        let own = &self.own[process.index()];
        let following = own.partition_point(|other| *other < place);
        match own.get(following) {
            Some(stop) if *stop < end => self.line[*stop as usize],
            _ => graph.leaving(self.line[end as usize - 1])[0].to,
        }
    }
}

//! States and edges, stored flat, with epsilon removal and minimisation.
//!
//! In: a [`Draft`], edge lists that may contain epsilon edges. Out: a [`Graph`] in compressed rows,
//! trimmed to what is reachable, deterministic in signatures and minimal under bisimulation.

use rustc_hash::FxHashMap;

use super::alphabet::SignatureId;
use crate::source::Span;

/// Position of a state.
pub type StateId = u32;

/// An edge of the automaton.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Its letter.
    pub signature: SignatureId,
    /// Where it leads.
    pub to: StateId,
    /// Where the step stands.
    pub span: Span,
}

/// An automaton under construction.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    edges: Vec<Vec<Edge>>,
    epsilons: Vec<Vec<StateId>>,
    size: usize,
    /// The state in which every run ends.
    pub last: StateId,
}

impl Draft {
    /// Adds a state without edges.
    pub fn state(&mut self) -> StateId {
        let id = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
        self.edges.push(Vec::new());
        self.epsilons.push(Vec::new());
        self.size += 1;
        id
    }

    /// Adds an edge.
    pub fn edge(&mut self, from: StateId, edge: Edge) {
        self.edges[from as usize].push(edge);
        self.size += 1;
    }

    /// Adds an edge on which nothing happens.
    pub fn epsilon(&mut self, from: StateId, to: StateId) {
        self.epsilons[from as usize].push(to);
        self.size += 1;
    }

    /// The number of states and edges.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether each state can be reached from `initial`.
    pub fn reachable(&self, initial: StateId) -> Vec<bool> {
        let mut reached = vec![false; self.edges.len()];
        let mut open = vec![initial];
        while let Some(state) = open.pop() {
            if std::mem::replace(&mut reached[state as usize], true) {
                continue;
            }
            open.extend(self.edges[state as usize].iter().map(|edge| edge.to));
            open.extend(&self.epsilons[state as usize]);
        }
        reached
    }

    /// Removes epsilon edges, merges edges of one state with equal signatures, keeps what is
    /// reachable and minimises.
    pub fn finish(self, initial: StateId) -> Graph {
        let mut sets = Sets::default();
        let first = sets.number(self.close(vec![initial]));
        let mut rows = Vec::new();
        let mut ends = Vec::new();
        let mut done = 0;
        while done < sets.members.len() {
            let set = sets.members[done].clone();
            ends.push(set.contains(&self.last));
            let mut targets: Vec<(Edge, Vec<StateId>)> = Vec::new();
            for edge in set.iter().flat_map(|state| &self.edges[*state as usize]) {
                let known = targets
                    .iter_mut()
                    .take(if set.len() == 1 { 0 } else { usize::MAX })
                    .find(|(other, _)| other.signature == edge.signature);
                match known {
                    Some((_, states)) => states.push(edge.to),
                    None => targets.push((*edge, vec![edge.to])),
                }
            }
            let row: Vec<Edge> = targets
                .into_iter()
                .map(|(edge, states)| Edge {
                    to: sets.number(self.close(states)),
                    ..edge
                })
                .collect();
            rows.push(row);
            done += 1;
        }
        minimise(&rows, &ends, first)
    }

    fn close(&self, mut states: Vec<StateId>) -> Vec<StateId> {
        if states.len() == 1 && self.epsilons[states[0] as usize].is_empty() {
            return states;
        }
        let mut closed = Vec::new();
        while let Some(state) = states.pop() {
            if !closed.contains(&state) {
                closed.push(state);
                states.extend(&self.epsilons[state as usize]);
            }
        }
        // A state that only leads on adds nothing to what its targets can do.
        closed.retain(|state| {
            let state = *state as usize;
            !self.edges[state].is_empty() || self.epsilons[state].is_empty()
        });
        closed.sort_unstable();
        closed
    }
}

#[derive(Default)]
struct Sets {
    members: Vec<Vec<StateId>>,
    numbers: FxHashMap<Vec<StateId>, StateId>,
}

impl Sets {
    fn number(&mut self, set: Vec<StateId>) -> StateId {
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        let number = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(set.clone());
        self.numbers.insert(set, number);
        number
    }
}

/// A finished automaton. State 0 is the first one.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    starts: Vec<u32>,
    edges: Vec<Edge>,
    ends: Vec<bool>,
    reverse_starts: Vec<u32>,
    /// By target: the source and the edge's position.
    reverse: Vec<(StateId, u32)>,
}

impl Graph {
    /// A graph of the given rows.
    pub fn new(rows: &[Vec<Edge>], ends: Vec<bool>) -> Self {
        let mut starts = Vec::with_capacity(rows.len() + 1);
        let mut edges = Vec::with_capacity(rows.iter().map(Vec::len).sum());
        for row in rows {
            starts.push(position(edges.len()));
            edges.extend_from_slice(row);
        }
        starts.push(position(edges.len()));

        let mut reverse_starts = vec![0u32; rows.len() + 1];
        for edge in &edges {
            reverse_starts[edge.to as usize + 1] += 1;
        }
        for state in 0..rows.len() {
            reverse_starts[state + 1] += reverse_starts[state];
        }
        let mut next = reverse_starts.clone();
        let mut reverse = vec![(0, 0); edges.len()];
        for (source, row) in (0u32..).zip(rows) {
            for (edge, offset) in row.iter().zip(starts[source as usize]..) {
                let slot = &mut next[edge.to as usize];
                reverse[*slot as usize] = (source, offset);
                *slot += 1;
            }
        }
        Self {
            starts,
            edges,
            ends,
            reverse_starts,
            reverse,
        }
    }

    /// The number of states.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no state at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All edges, by position.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges that leave a state.
    pub fn leaving(&self, state: StateId) -> &[Edge] {
        let state = state as usize;
        &self.edges[self.starts[state] as usize..self.starts[state + 1] as usize]
    }

    /// The sources and positions of the edges that enter a state.
    pub fn entering(&self, state: StateId) -> &[(StateId, u32)] {
        let state = state as usize;
        &self.reverse[self.reverse_starts[state] as usize..self.reverse_starts[state + 1] as usize]
    }

    /// Whether a run may be over in a state.
    pub fn is_end(&self, state: StateId) -> bool {
        self.ends[state as usize]
    }

    /// All states.
    pub fn states(&self) -> std::ops::Range<StateId> {
        0..position(self.len())
    }
}

fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The quotient under bisimulation, with states numbered in the order of a breadth-first walk.
fn minimise(rows: &[Vec<Edge>], ends: &[bool], first: StateId) -> Graph {
    let letters: Vec<Vec<(u32, u32)>> = rows
        .iter()
        .map(|row| row.iter().map(|edge| (edge.signature.0, edge.to)).collect())
        .collect();
    let kinds: Vec<u32> = ends.iter().map(|end| u32::from(*end)).collect();
    let classes = super::minimise::classes(&letters, &kinds);
    let mut representative: FxHashMap<u32, usize> = FxHashMap::default();
    for (state, class) in classes.iter().enumerate() {
        representative.entry(*class).or_insert(state);
    }
    let mut numbers: FxHashMap<u32, StateId> = FxHashMap::from_iter([(classes[first as usize], 0)]);
    let mut order = vec![classes[first as usize]];
    let mut new_rows: Vec<Vec<Edge>> = Vec::new();
    let mut new_ends = Vec::new();
    while let Some(class) = order.get(new_rows.len()).copied() {
        let state = representative[&class];
        let mut row: Vec<Edge> = Vec::new();
        for edge in &rows[state] {
            let target = classes[edge.to as usize];
            let next = position(numbers.len());
            let to = *numbers.entry(target).or_insert_with(|| {
                order.push(target);
                next
            });
            row.push(Edge { to, ..*edge });
        }
        new_ends.push(ends[state]);
        new_rows.push(row);
    }
    Graph::new(&new_rows, new_ends)
}

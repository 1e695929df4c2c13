//! What one participant can know: the subset construction (PROJECTION 1).
//!
//! In: an automaton and a participant. Out: its [`View`], a deterministic machine over what it can
//! observe. A state of the view stands for all states of the global automaton that the participant
//! cannot tell apart; while it is built, each such [`Region`] is shown to a visitor, which checks
//! it, and is then forgotten, so that memory stays linear in the view.

use rustc_hash::FxHashMap;

use super::shortcuts::Shortcuts;
use super::work::Work;
use crate::automaton::alphabet::{ActionId, Alphabet, Mark, ProcessId, ScopeId, SignatureId};
use crate::automaton::graph::{Edge, Graph, StateId};
use crate::source::Span;

/// A view may not have more states than this.
const LIMIT: usize = 1 << 18;

/// A machine over what one participant observes.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// By state: what it can do next.
    pub(super) states: Vec<ViewState>,
}

impl View {
    /// The quotient under bisimulation, its states numbered in the order of a walk.
    pub(super) fn minimise(self, alphabet: &Alphabet) -> View {
        let mut letters: FxHashMap<(ActionId, Mark, ScopeId), u32> = FxHashMap::default();
        let mut letter = |step: &ViewStep| {
            let signature = alphabet.signature(step.signature);
            let key = (
                alphabet.action(step.signature),
                signature.mark,
                signature.scope,
            );
            let next = u32::try_from(letters.len()).unwrap_or(u32::MAX);
            *letters.entry(key).or_insert(next)
        };
        let rows: Vec<Vec<(u32, u32)>> = self
            .states
            .iter()
            .map(|state| {
                let steps = state.steps.iter();
                steps
                    .map(|step| (letter(step), u32::try_from(step.to).unwrap_or(u32::MAX)))
                    .collect()
            })
            .collect();
        let kinds: Vec<u32> = self
            .states
            .iter()
            .map(|state| u32::from(state.end))
            .collect();
        let classes = crate::automaton::classes(&rows, &kinds);
        let mut numbers: FxHashMap<u32, usize> = FxHashMap::default();
        let mut order: Vec<usize> = Vec::new();
        let mut representative: FxHashMap<u32, usize> = FxHashMap::default();
        for (state, class) in classes.iter().enumerate() {
            representative.entry(*class).or_insert(state);
        }
        if let Some(first) = classes.first() {
            numbers.insert(*first, 0);
            order.push(representative[first]);
        }
        let mut states = Vec::new();
        while let Some(state) = order.get(states.len()).copied() {
            let mut quotient = self.states[state].clone();
            for step in &mut quotient.steps {
                let class = classes[step.to];
                let fresh = numbers.len();
                step.to = *numbers.entry(class).or_insert_with(|| {
                    order.push(representative[&class]);
                    fresh
                });
            }
            states.push(quotient);
        }
        View { states }
    }
}

/// A state of a view.
#[derive(Clone, Debug, Default)]
pub(super) struct ViewState {
    /// The steps that concern the participant, in the order of the text.
    pub(super) steps: Vec<ViewStep>,
    /// Whether the run may be over.
    pub(super) end: bool,
}

/// A step of a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct ViewStep {
    /// One of the letters that look like this to the participant.
    pub(super) signature: SignatureId,
    /// The state behind it.
    pub(super) to: usize,
    /// The earliest place in the text.
    pub(super) span: Span,
}

/// Edges that look alike to a participant, leaving states that it cannot tell apart.
pub(super) struct Group {
    /// What it observes.
    pub(super) action: ActionId,
    /// The edges, with the positions in [`Region::states`] of the states they leave.
    pub(super) edges: Vec<(usize, Edge)>,
    /// The earliest place in the text.
    pub(super) span: Span,
}

/// States that a participant cannot tell apart, with all that concerns it in them. States from
/// which there is one way on, to another of them, may be left out.
pub(super) struct Region {
    /// The states.
    pub(super) states: Vec<StateId>,
    /// The ways between them that the participant does not see, by position.
    pub(super) silent: Vec<(usize, usize)>,
    /// What may happen, in the order of the text.
    pub(super) groups: Vec<Group>,
    /// Whether a run may be over in one of them.
    pub(super) end: bool,
    /// How many states and edges were visited.
    size: usize,
}

/// The sender and receiver of every signature, side by side for the walks.
pub(super) struct Ends(Vec<(ProcessId, Option<ProcessId>)>);

impl Ends {
    pub(super) fn new(alphabet: &Alphabet) -> Self {
        Self(
            alphabet
                .signatures
                .iter()
                .map(|signature| (signature.from, signature.to))
                .collect(),
        )
    }

    pub(super) fn of(&self, signature: SignatureId) -> (ProcessId, Option<ProcessId>) {
        self.0[signature.index()]
    }

    pub(super) fn concern(&self, signature: SignatureId, process: ProcessId) -> bool {
        let (from, to) = self.of(signature);
        from == process || to == Some(process)
    }
}

/// The positions of the states of a region; it can be emptied at no cost.
pub(super) struct Places {
    stamps: Vec<(u32, u32)>,
    stamp: u32,
}

impl Places {
    pub(super) fn new(size: usize) -> Self {
        Self {
            stamps: vec![(0, 0); size],
            stamp: 0,
        }
    }

    fn clear(&mut self) {
        if self.stamp == u32::MAX {
            self.stamps.fill((0, 0));
            self.stamp = 0;
        }
        self.stamp += 1;
    }

    /// The position of a state, which is added at the end if it is new.
    fn place(&mut self, states: &mut Vec<StateId>, state: StateId) -> usize {
        let (stamp, place) = &mut self.stamps[state as usize];
        if *stamp != self.stamp {
            *stamp = self.stamp;
            *place = u32::try_from(states.len()).unwrap_or(u32::MAX);
            states.push(state);
        }
        *place as usize
    }
}

/// An automaton, prepared for the views of its participants.
pub(super) struct Field<'a> {
    alphabet: &'a Alphabet,
    graph: &'a Graph,
    ends: Ends,
    shortcuts: Shortcuts,
    places: Places,
}

impl<'a> Field<'a> {
    pub(super) fn new(alphabet: &'a Alphabet, graph: &'a Graph) -> Self {
        let ends = Ends::new(alphabet);
        Self {
            alphabet,
            graph,
            shortcuts: Shortcuts::new(alphabet, graph, &ends),
            ends,
            places: Places::new(graph.len()),
        }
    }
}

/// Builds the view of a participant and shows each region to `visit`. `None`: too large.
pub(super) fn view(
    field: &mut Field<'_>,
    process: ProcessId,
    work: &Work,
    mut visit: impl FnMut(&Region),
) -> Option<View> {
    let first = vec![field.shortcuts.next(field.graph, process, 0)];
    let mut view = View::default();
    let mut numbers: FxHashMap<Vec<StateId>, usize> = FxHashMap::from_iter([(first.clone(), 0)]);
    let mut kernels = vec![first];
    while let Some(kernel) = kernels.get_mut(view.states.len()).map(std::mem::take) {
        let region = region(field, process, &kernel);
        if !work.spend(region.size) {
            return None;
        }
        visit(&region);
        let mut state = ViewState {
            steps: Vec::with_capacity(region.groups.len()),
            end: region.end,
        };
        for group in &region.groups {
            let edges = group.edges.iter();
            let mut next: Vec<StateId> = edges
                .map(|(_, edge)| field.shortcuts.next(field.graph, process, edge.to))
                .collect();
            next.sort_unstable();
            next.dedup();
            let fresh = numbers.len();
            let to = *numbers.entry(next).or_insert_with_key(|next| {
                kernels.push(next.clone());
                fresh
            });
            state.steps.push(ViewStep {
                signature: group.edges[0].1.signature,
                to,
                span: group.span,
            });
        }
        view.states.push(state);
        if kernels.len() > LIMIT {
            return None;
        }
    }
    Some(view)
}

fn region(field: &mut Field<'_>, process: ProcessId, kernel: &[StateId]) -> Region {
    let Field {
        alphabet,
        graph,
        ends,
        shortcuts,
        places,
    } = field;
    places.clear();
    let mut region = Region {
        states: Vec::new(),
        silent: Vec::new(),
        groups: Vec::new(),
        end: false,
        size: 1,
    };
    let mut found: FxHashMap<ActionId, usize> = FxHashMap::default();
    for state in kernel {
        places.place(&mut region.states, *state);
    }
    let mut here = 0;
    while let Some(state) = region.states.get(here).copied() {
        region.end |= graph.is_end(state);
        let leaving = graph.leaving(state);
        region.size += leaving.len() + 1;
        for edge in leaving {
            if !ends.concern(edge.signature, process) {
                let next = shortcuts.next(graph, process, edge.to);
                let there = places.place(&mut region.states, next);
                region.silent.push((here, there));
                continue;
            }
            let action = alphabet.action(edge.signature);
            let number = *found.entry(action).or_insert_with(|| {
                region.groups.push(Group {
                    action,
                    edges: Vec::new(),
                    span: edge.span,
                });
                region.groups.len() - 1
            });
            let group = &mut region.groups[number];
            group.span = group.span.min(edge.span);
            group.edges.push((here, *edge));
        }
        here += 1;
    }
    region
        .groups
        .sort_by_key(|group| (group.span, group.action));
    region
}

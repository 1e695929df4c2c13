//! The shape of a machine: which states can be written in place and which need a name.
//!
//! In: a machine and the state that it starts in. Out: a [`Flow`], from which `local` writes a
//! structured text of linear length. What holds: a state that is reached in one way is written
//! where it is reached; a state where ways meet is written once, behind the innermost state that
//! all of those ways pass (its immediate dominator, found as in Cooper, Harvey and Kennedy, "A
//! Simple, Fast Dominance Algorithm", 2001; the layout is that of Ramsey, "Beyond Relooper", ICFP
//! 2022). Nothing here recurses, so the length of a machine is no matter.

use std::collections::BTreeMap;

use crate::global::LoopId;
use crate::local::{Action, Machine, Running, State, StateIndex, Turn};

/// Where the states of a machine are written.
pub(crate) struct Flow {
    /// Whether exactly one way leads to the state: it is written there.
    pub(crate) inline: Vec<bool>,
    /// Whether a way leads back to the state from behind it.
    pub(crate) header: Vec<bool>,
    /// The states that are written behind a state since their ways part there, in order.
    pub(crate) followers: Vec<Vec<StateIndex>>,
    /// The counted loops that begin at a state, the innermost first.
    pub(crate) rounds: Vec<Vec<Round>>,
    /// Positions in an order in which every state comes behind those that it is reached from,
    /// except by going round; `None` for what cannot be reached.
    pub(crate) position: Vec<Option<usize>>,
}

/// A counted loop of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) counter: LoopId,
    /// A state that ends its rounds.
    pub(crate) turn: StateIndex,
    /// The state behind the loop.
    pub(crate) done: StateIndex,
}

/// Whether another participant decides what happens in the state.
pub(crate) fn receives(state: &State) -> bool {
    state.transitions.iter().any(|transition| {
        matches!(
            transition.action,
            Action::Receive { .. } | Action::Gather { .. }
        )
    })
}

/// Whether a state is nothing but an end.
pub(crate) fn ends(state: &State) -> bool {
    state.accepting && state.transitions.is_empty() && state.turn.is_none() && state.timer.is_none()
}

/// Whether two states are covered by the same timer, which would lead to the same place.
pub(crate) fn same_timer(a: Option<&Running>, b: Option<&Running>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.timer == b.timer && a.late == b.late,
        (None, None) => true,
        _ => false,
    }
}

/// Looks at what can be reached from `entry`.
pub(crate) fn flow(machine: &Machine, entry: StateIndex) -> Flow {
    let plain = Graph::new(machine, entry, &vec![Vec::new(); machine.states.len()]);
    let rounds = rounds(machine, &plain);
    let graph = Graph::new(machine, entry, &rounds);
    let mut ways = vec![0usize; machine.states.len()];
    let mut header = vec![false; machine.states.len()];
    ways[entry] += 1;
    for &from in &graph.order {
        let turn = machine.states[from].turn.as_ref();
        for &to in &graph.edges[from] {
            let counted = turn.is_some_and(|turn| turn.again == to && counts(&rounds[to], turn));
            if counted {
                continue;
            }
            if graph.position[to] <= graph.position[from] {
                header[to] = true;
            } else {
                ways[to] += 1;
            }
        }
    }
    let mut followers = vec![Vec::new(); machine.states.len()];
    for &state in &graph.order {
        if ways[state] > 1 && !ends(&machine.states[state]) {
            followers[graph.dominator[state]].push(state);
        }
    }
    Flow {
        inline: ways.iter().map(|ways| *ways == 1).collect(),
        header,
        followers,
        rounds,
        position: graph.position,
    }
}

/// Finds the counted loops that are entered at one place and left at one place. Others, which no
/// text produces, are written as plain jumps.
fn rounds(machine: &Machine, graph: &Graph) -> Vec<Vec<Round>> {
    let mut found: BTreeMap<(StateIndex, LoopId), Option<Round>> = BTreeMap::new();
    for &state in &graph.order {
        let Some(turn) = &machine.states[state].turn else {
            continue;
        };
        let round = Round {
            counter: turn.counter,
            turn: state,
            done: turn.done,
        };
        let regular = turn.again != state && graph.dominates(turn.again, state);
        let entry = found
            .entry((turn.again, turn.counter))
            .or_insert_with(|| regular.then(|| round.clone()));
        let same = entry.as_ref().is_some_and(|first| {
            let limit = machine.states[first.turn]
                .turn
                .as_ref()
                .map(|turn| &turn.limit);
            first.done == round.done && limit == Some(&turn.limit)
        });
        if !(regular && same) {
            *entry = None;
        }
    }
    let mut rounds = vec![Vec::new(); machine.states.len()];
    for ((header, _), round) in found {
        rounds[header].extend(round);
    }
    for (header, rounds) in rounds.iter_mut().enumerate() {
        nest(machine, header, rounds);
    }
    rounds
}

/// Puts loops that begin at the same state in order: one is inside another if its way out leads to
/// the other's turn without passing the common beginning.
fn nest(machine: &Machine, header: StateIndex, rounds: &mut [Round]) {
    if rounds.len() < 2 {
        return;
    }
    let encloses: Vec<usize> = rounds
        .iter()
        .map(|round| {
            let mut seen = vec![false; machine.states.len()];
            seen[header] = true;
            let mut stack = vec![round.done];
            while let Some(state) = stack.pop() {
                if std::mem::replace(&mut seen[state], true) {
                    continue;
                }
                stack.extend(successors(&machine.states[state]));
            }
            rounds.iter().filter(|outer| seen[outer.turn]).count()
        })
        .collect();
    let mut keyed: Vec<_> = rounds.iter().cloned().zip(encloses).collect();
    keyed.sort_by_key(|(_, encloses)| std::cmp::Reverse(*encloses));
    for (place, (round, _)) in rounds.iter_mut().zip(keyed) {
        *place = round;
    }
}

/// Whether a turn ends a round of one of the loops that begin where it leads.
pub(crate) fn counts(rounds: &[Round], turn: &Turn) -> bool {
    rounds.iter().any(|round| round.counter == turn.counter)
}

fn successors(state: &State) -> impl Iterator<Item = StateIndex> {
    let transitions = state.transitions.iter().map(|transition| transition.to);
    let late = state.timer.iter().map(|timer| timer.late);
    let turn = state.turn.iter().flat_map(|turn| [turn.again, turn.done]);
    transitions.chain(late).chain(turn)
}

/// The ways of a machine with their dominators.
struct Graph {
    edges: Vec<Vec<StateIndex>>,
    /// Reachable states in reverse postorder.
    order: Vec<StateIndex>,
    position: Vec<Option<usize>>,
    dominator: Vec<StateIndex>,
}

impl Graph {
    /// Where a counted loop is known, its way out starts at its beginning instead of its turn: so
    /// what is behind the loop is written behind it.
    fn new(machine: &Machine, entry: StateIndex, rounds: &[Vec<Round>]) -> Self {
        let states = &machine.states;
        // A timer leads away from the states in which it begins to run; it would be repeated in
        // each state that it covers.
        let mut begins = vec![false; states.len()];
        begins[entry] = true;
        for state in states {
            for next in successors(state) {
                begins[next] |= !same_timer(state.timer.as_ref(), states[next].timer.as_ref());
            }
        }
        let edges: Vec<Vec<StateIndex>> = (0..states.len())
            .map(|index| {
                let state = &states[index];
                let mut edges: Vec<_> = state.transitions.iter().map(|step| step.to).collect();
                edges.extend(
                    state
                        .timer
                        .iter()
                        .filter(|_| begins[index])
                        .map(|timer| timer.late),
                );
                if let Some(turn) = &state.turn {
                    edges.push(turn.again);
                    if !counts(&rounds[turn.again], turn) {
                        edges.push(turn.done);
                    }
                }
                edges.extend(rounds[index].iter().map(|round| round.done));
                edges
            })
            .collect();
        let order = reverse_postorder(&edges, entry);
        let mut position = vec![None; states.len()];
        for (at, state) in order.iter().enumerate() {
            position[*state] = Some(at);
        }
        let dominator = dominators(&edges, &order, &position);
        Self {
            edges,
            order,
            position,
            dominator,
        }
    }

    fn dominates(&self, above: StateIndex, below: StateIndex) -> bool {
        let mut state = below;
        while self.position[state] > self.position[above] {
            state = self.dominator[state];
        }
        state == above
    }
}

/// The states in an order in which each comes behind those that lead to it, except by going round;
/// the ways of one state come in the order of the text.
fn reverse_postorder(edges: &[Vec<StateIndex>], entry: StateIndex) -> Vec<StateIndex> {
    let mut seen = vec![false; edges.len()];
    let mut order = Vec::new();
    let mut stack = vec![(entry, edges[entry].len())];
    seen[entry] = true;
    while let Some((state, left)) = stack.last_mut() {
        if *left == 0 {
            order.push(*state);
            stack.pop();
            continue;
        }
        *left -= 1;
        let next = edges[*state][*left];
        if !std::mem::replace(&mut seen[next], true) {
            stack.push((next, edges[next].len()));
        }
    }
    order.reverse();
    order
}

fn dominators(
    edges: &[Vec<StateIndex>],
    order: &[StateIndex],
    position: &[Option<usize>],
) -> Vec<StateIndex> {
    let mut before = vec![Vec::new(); edges.len()];
    for &from in order {
        for &to in &edges[from] {
            before[to].push(from);
        }
    }
    let mut dominator: Vec<Option<StateIndex>> = vec![None; edges.len()];
    let Some((&entry, rest)) = order.split_first() else {
        return vec![0; edges.len()];
    };
    dominator[entry] = Some(entry);
    let mut changed = true;
    while changed {
        changed = false;
        for &state in rest {
            // The last one first: then each of the others lies on the way that is left to go up.
            let known = before[state].iter().rev();
            let mut known = known.filter(|from| dominator[**from].is_some());
            let Some(&first) = known.next() else {
                continue;
            };
            let new = known.fold(first, |mut a, &(mut b)| {
                while a != b {
                    while position[a] > position[b] {
                        a = dominator[a].unwrap_or(entry);
                    }
                    while position[b] > position[a] {
                        b = dominator[b].unwrap_or(entry);
                    }
                }
                a
            });
            if dominator[state] != Some(new) {
                dominator[state] = Some(new);
                changed = true;
            }
        }
    }
    dominator
        .into_iter()
        .map(|dominator| dominator.unwrap_or(entry))
        .collect()
}

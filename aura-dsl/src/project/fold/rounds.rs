//! Rounds: from the copies of a loop's body to one body and the end of its round.
//!
//! The copies of a view differ in the scope of their letters. A transition that leaves a copy leads
//! to the end of the round: from there the next round is the second copy's first state, and behind
//! the loop comes whatever follows the last copy. Everybody knows when a round is over (DELIM), so
//! all ways out of a copy lead to the same two states. The first copy stays as a prologue only
//! where a participant enters it without knowing that it did.

use rustc_hash::FxHashMap;

use super::super::subsets::View;
use super::{Crossing, Goal, Unfoldable};
use crate::automaton::alphabet::{Alphabet, ProcessId, Scope, ScopeId, What};
use crate::global::{Block, LoopId, Protocol, RoleId, Size, Step};

/// The rounds around a step, outermost first.
type Path = Vec<(LoopId, usize)>;

pub(super) struct Rounds<'a> {
    alphabet: &'a Alphabet,
    view: &'a View,
    limits: Limits,
    family: RoleId,
    /// How many copies a loop has at most.
    copies: FxHashMap<LoopId, usize>,
    /// The first state of a second round, by the rounds around the loop.
    again: FxHashMap<(Path, LoopId), usize>,
    /// The state behind a loop, by the rounds around it.
    exits: FxHashMap<(Path, LoopId), usize>,
}

const MIXED: Unfoldable =
    Unfoldable("the rounds of a counted loop cannot be told apart from what stands beside it");

impl<'a> Rounds<'a> {
    pub(super) fn new(
        protocol: &Protocol,
        alphabet: &'a Alphabet,
        view: &'a View,
        process: ProcessId,
    ) -> Result<Self, Unfoldable> {
        let mut copies: FxHashMap<LoopId, usize> = FxHashMap::default();
        for scope in alphabet.scopes.iter().flatten() {
            let known = copies.entry(scope.counter).or_default();
            *known = (*known).max(scope.copy + 1);
        }
        let mut rounds = Self {
            alphabet,
            view,
            limits: Limits::default(),
            family: alphabet.processes[process.index()].role,
            copies,
            again: FxHashMap::default(),
            exits: FxHashMap::default(),
        };
        if rounds.copies.is_empty() {
            return Ok(rounds);
        }
        rounds.limits = limits(protocol);
        for state in &view.states {
            for step in &state.steps {
                let signature = alphabet.signature(step.signature);
                let inside = rounds.path(signature.scope);
                rounds.note(&inside, step.to)?;
            }
        }
        Ok(rounds)
    }

    /// How many rounds a loop takes.
    pub(super) fn limit(&self, counter: LoopId) -> Size {
        self.limits
            .get(&counter)
            .map_or(Size::Number(1), |(limit, _)| limit.clone())
    }

    /// The rounds that the participant counts around a scope. The member of a `for` over its own
    /// family takes part in one round only, and a loop with one copy is no loop.
    fn path(&self, scope: ScopeId) -> Path {
        self.counted(&self.alphabet.rounds(scope))
    }

    fn counted(&self, rounds: &[(ScopeId, Scope)]) -> Path {
        rounds
            .iter()
            .filter(|(_, round)| {
                self.copies.get(&round.counter) > Some(&1)
                    && self
                        .limits
                        .get(&round.counter)
                        .is_none_or(|(_, family)| *family != Some(self.family))
            })
            .map(|(_, round)| (round.counter, round.copy))
            .collect()
    }

    /// Records what a step that leaves a round tells about the round's ends.
    fn note(&mut self, inside: &Path, to: usize) -> Result<(), Unfoldable> {
        let (common, next) = self.common(inside, to)?;
        for level in common..inside.len() {
            let (counter, _) = inside[level];
            let key = (inside[..level].to_vec(), counter);
            let again = level == common && next.get(level).is_some_and(|(id, _)| *id == counter);
            if again {
                if next[level].1 == 1 {
                    self.again.entry(key).or_insert(to);
                }
            } else {
                self.exits.entry(key).or_insert(to);
            }
        }
        Ok(())
    }

    /// How many rounds around a step also stand around the steps of the state behind it, and the
    /// rounds around those.
    fn common(&self, inside: &Path, to: usize) -> Result<(usize, Path), Unfoldable> {
        let mut found: Option<(usize, Path)> = None;
        for step in &self.view.states[to].steps {
            let next = self.path(self.alphabet.signature(step.signature).scope);
            let same = inside.iter().zip(&next).take_while(|(a, b)| a == b).count();
            match &found {
                None => found = Some((same, next)),
                Some((known, other)) => {
                    let stays = *known == inside.len() && same == inside.len();
                    let leaves = *known == same
                        && other.get(same).map(|(id, _)| id) == next.get(same).map(|(id, _)| id);
                    if !stays && !leaves {
                        return Err(MIXED);
                    }
                }
            }
        }
        Ok(found.unwrap_or_default())
    }

    /// Where a step that stands in some rounds leads, when the view says it leads to `to`.
    pub(super) fn target(
        &self,
        inside: &[(ScopeId, Scope)],
        to: usize,
    ) -> Result<Goal, Unfoldable> {
        self.goal(&self.counted(inside), to)
    }

    fn goal(&self, inside: &Path, to: usize) -> Result<Goal, Unfoldable> {
        // A decider that is in time just goes on.
        let in_time = self.view.states[to].steps.iter().find(|step| {
            matches!(
                self.alphabet.signature(step.signature).what,
                What::InTime(_)
            )
        });
        if let Some(step) = in_time {
            let scope = self.alphabet.signature(step.signature).scope;
            return self.goal(&self.path(scope), step.to);
        }
        let (common, next) = self.common(inside, to)?;
        let Some(((counter, _), around)) = inside.split_last() else {
            return Ok(Goal::View(self.enter(0, to)));
        };
        if common == inside.len() {
            return Ok(Goal::View(self.enter(common, to)));
        }
        let key = (around.to_vec(), *counter);
        let again = *self.again.get(&key).ok_or(MIXED)?;
        let next_round =
            around.len() == common && next.get(common).is_some_and(|(id, _)| id == counter);
        let behind = if next_round {
            *self.exits.get(&key).ok_or(MIXED)?
        } else {
            to
        };
        Ok(Goal::Turn(Box::new(Crossing {
            counter: *counter,
            again: Goal::View(self.enter(inside.len(), again)),
            done: self.goal(&around.to_vec(), behind)?,
        })))
    }

    /// The state at which a loop is entered: the second copy's first state in place of the first
    /// copy's, where the participant knows that it enters the loop.
    fn enter(&self, outside: usize, mut state: usize) -> usize {
        let mut level = outside;
        loop {
            let steps = &self.view.states[state].steps;
            let Some(first) = steps.first() else {
                return state;
            };
            let scope = |step: &super::ViewStep| self.alphabet.signature(step.signature).scope;
            let path = self.path(scope(first));
            let Some((counter, copy)) = path.get(level).copied() else {
                return state;
            };
            let together = steps
                .iter()
                .all(|step| self.path(scope(step)).get(..=level) == path.get(..=level));
            if !together || self.view.states[state].end {
                return state;
            }
            if copy == 0 {
                let key = (path[..level].to_vec(), counter);
                let Some(again) = self.again.get(&key) else {
                    return state;
                };
                state = *again;
            }
            level += 1;
        }
    }
}

/// How many rounds each counted loop takes, and the family of a `for`.
type Limits = FxHashMap<LoopId, (Size, Option<RoleId>)>;

/// The limits of all loops of a protocol.
pub(in crate::project) fn limits(protocol: &Protocol) -> Limits {
    let mut limits = Limits::default();
    collect(protocol, &protocol.body, &mut limits);
    limits
}

fn collect(protocol: &Protocol, block: &Block, limits: &mut Limits) {
    for step in &block.steps {
        match step {
            Step::Counted(counted) => {
                limits.insert(counted.id, (counted.count.clone(), None));
                collect(protocol, &counted.body, limits);
            }
            Step::For(each) => {
                let size = protocol.roles[each.family.index()].family.clone();
                let size = size.unwrap_or(Size::Number(1));
                limits.insert(each.id, (size, Some(each.family)));
                collect(protocol, &each.body, limits);
            }
            Step::Choice(choice) => {
                for branch in &choice.branches {
                    collect(protocol, &branch.body, limits);
                }
            }
            Step::Par(par) => {
                for branch in &par.branches {
                    collect(protocol, branch, limits);
                }
            }
            Step::Timeout(timeout) => {
                collect(protocol, &timeout.body, limits);
                collect(protocol, &timeout.otherwise, limits);
            }
            Step::Decided(decided) => collect(protocol, &decided.body, limits),
            Step::Rec(rec) => collect(protocol, &rec.body, limits),
            Step::Send(_) | Step::Continue(..) | Step::Local(_) => {}
        }
    }
}

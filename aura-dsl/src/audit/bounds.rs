//! What complete runs cost and leak, at least and at most (SEMANTICS 6).
//!
//! In: the tree of a protocol. Out: [`Bounds`]: a table over all complete runs without crashes,
//! and one for each recursion that a run may never leave. Every step is a map from its outcomes
//! (going on behind it, jumping back to a `rec`, never ending) to tables. A sequence adds, a
//! choice takes the smaller best and the larger worst, a loop multiplies by its rounds. What
//! holds: each step is visited once, and branches are joined pairwise, so the time is linear in
//! the text up to a logarithm, times the pairs of roles that a construct's steps mention.
//! Conditions (`when`) are not read: both answers are taken to be possible.

use std::collections::BTreeMap;

use crate::audit::polynomial::Polynomial;
use crate::audit::range::{Key, Payer, Range, Table};
use crate::audit::symbols::Symbols;
use crate::audit::timeout;
use crate::audit::weight::{Families, Senders, weigh};
use crate::global::{
    Block, Choice, Decided, For, Members, Par, Protocol, Rec, RecId, RoleId, Step,
};
use crate::source::Span;

/// A polynomial with more factors than this is abbreviated before a loop multiplies it.
const LONGEST: usize = 96;

/// Bounds over the runs of a protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Over all complete runs; `None` where no run ends.
    pub complete: Option<Table>,
    /// The recursions that a run which enters them never leaves.
    pub endless: Vec<Endless>,
}

/// A recursion without an exit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endless {
    /// Which.
    pub rec: RecId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// What comes before its first round.
    pub before: Table,
    /// What one round comes to.
    pub round: Table,
}

/// How the run goes on behind a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// With the next step.
    Through,
    /// At the beginning of a recursion.
    Continue(RecId),
    /// For ever inside a recursion.
    Endless(RecId),
}

/// What it takes to come to each outcome; outcomes that cannot be reached are not there.
pub(crate) type Outcomes = BTreeMap<Outcome, Table>;

/// Computes the bounds of a protocol.
///
/// Sums that became too long are added to `symbols`.
pub(crate) fn bounds(protocol: &Protocol, symbols: &mut Symbols) -> Bounds {
    let families = Families::of(protocol, symbols);
    let mut walk = Walk {
        protocol,
        symbols,
        families: &families,
        senders: Senders::Written,
        endless: BTreeMap::new(),
    };
    let mut outcomes = walk.block(&protocol.body);
    let complete = outcomes.remove(&Outcome::Through);
    let mut endless = walk.endless;
    Bounds {
        complete,
        endless: outcomes
            .into_iter()
            .filter_map(|(outcome, before)| match outcome {
                Outcome::Endless(id) => endless
                    .remove(&id)
                    .map(|rounds| Endless { before, ..rounds }),
                Outcome::Through | Outcome::Continue(_) => None,
            })
            .collect(),
    }
}

/// The walk over the tree.
pub(crate) struct Walk<'a> {
    pub(crate) protocol: &'a Protocol,
    pub(crate) symbols: &'a mut Symbols,
    families: &'a Families,
    senders: Senders,
    endless: BTreeMap<RecId, Endless>,
}

impl Walk<'_> {
    pub(crate) fn block(&mut self, block: &Block) -> Outcomes {
        self.steps(&block.steps)
    }

    pub(crate) fn steps(&mut self, steps: &[Step]) -> Outcomes {
        let mut so_far = through(Table::default());
        for step in steps {
            let next = self.step(step);
            so_far = self.then(so_far, next);
        }
        so_far
    }

    pub(crate) fn step(&mut self, step: &Step) -> Outcomes {
        match step {
            Step::Send(id) => through(
                self.protocol
                    .sends
                    .get(id.index())
                    .map_or_else(Table::default, |send| {
                        weigh(send, self.families, self.symbols, self.senders)
                    }),
            ),
            Step::Local(_) => through(Table::default()),
            Step::Continue(id, _) => Outcomes::from([(Outcome::Continue(*id), Table::default())]),
            Step::Choice(choice) => self.choice(choice),
            Step::Counted(counted) => {
                let times = Polynomial::of_size(&counted.count, self.symbols);
                let body = self.loop_body(&counted.body);
                rounds(body, &times, None)
            }
            Step::For(each) => self.each(each),
            Step::Decided(decided) => self.decided(decided),
            Step::Rec(rec) => self.rec(rec),
            Step::Par(par) => self.par(par),
            Step::Timeout(timer) => timeout::bounds(self, timer),
        }
    }

    /// One after the other.
    pub(crate) fn then(&self, first: Outcomes, second: Outcomes) -> Outcomes {
        let mut first = first;
        let Some(before) = first.remove(&Outcome::Through) else {
            return first;
        };
        let mut before = Some(before);
        let last = second.len();
        for (position, (outcome, after)) in second.into_iter().enumerate() {
            let before = if position + 1 == last {
                before.take()
            } else {
                before.clone()
            };
            let Some(before) = before else { break };
            let sum = before.plus(after);
            self.merge(&mut first, outcome, sum);
        }
        first
    }

    /// One or the other.
    pub(crate) fn either(&self, alternatives: Vec<Outcomes>) -> Outcomes {
        let mut level = alternatives;
        while level.len() > 1 {
            let mut next = Vec::with_capacity(level.len().div_ceil(2));
            let mut pairs = level.into_iter();
            while let Some(mut left) = pairs.next() {
                for (outcome, table) in pairs.next().into_iter().flatten() {
                    self.merge(&mut left, outcome, table);
                }
                next.push(left);
            }
            level = next;
        }
        level.pop().unwrap_or_default()
    }

    pub(crate) fn merge(&self, outcomes: &mut Outcomes, outcome: Outcome, table: Table) {
        let joined = match outcomes.remove(&outcome) {
            Some(other) => other.join(table, self.symbols),
            None => table,
        };
        outcomes.insert(outcome, joined);
    }

    fn choice(&mut self, choice: &Choice) -> Outcomes {
        let family = choice.decider.role;
        if !matches!(choice.decider.members, Members::All | Members::Any(_)) {
            let branches = choice
                .branches
                .iter()
                .map(|branch| self.block(&branch.body));
            let branches = branches.collect();
            return self.either(branches);
        }
        // Each member decides for itself: one member's choice, as often as there are members.
        let outer = std::mem::replace(&mut self.senders, Senders::One);
        let branches = choice
            .branches
            .iter()
            .map(|branch| self.block(&branch.body));
        let branches = branches.collect();
        self.senders = outer;
        let one = self.either(branches);
        let all = self.families.size(family);
        let (needed, quorum) = match &choice.decider.members {
            Members::Any(size) => (Polynomial::of_size(size, self.symbols), true),
            _ => (all.clone(), false),
        };
        let repeat = |key: Key, range: &mut Range| {
            if one_member(key, family) {
                if quorum {
                    range.needed = Range::zero().needed;
                }
            } else {
                let needed = range.times(&needed).needed;
                *range = Range {
                    needed,
                    ..range.times(&all)
                };
            }
        };
        one.into_iter()
            .map(|(outcome, table)| (outcome, table.map(repeat)))
            .collect()
    }

    /// The body of a loop, with a symbol for each sum that is too long to multiply.
    fn loop_body(&mut self, body: &Block) -> Outcomes {
        let body = self.block(body);
        let mut shorten = |_, range: &mut Range| {
            for bound in [&mut range.best, &mut range.worst, &mut range.needed] {
                if bound.value.length() > LONGEST {
                    let sum = self.symbols.abbreviate(std::mem::take(&mut bound.value));
                    bound.value = Polynomial::from(sum);
                }
            }
        };
        body.into_iter()
            .map(|(outcome, table)| (outcome, table.map(&mut shorten)))
            .collect()
    }

    fn each(&mut self, each: &For) -> Outcomes {
        let body = self.loop_body(&each.body);
        rounds(body, &self.families.size(each.family), Some(each.family))
    }

    fn decided(&mut self, decided: &Decided) -> Outcomes {
        let mut body = self.loop_body(&decided.body);
        let round = body.remove(&Outcome::Through).unwrap_or_default();
        let rounds = self
            .symbols
            .of_loop(decided.id)
            .map_or_else(Polynomial::default, Polynomial::from);
        let all = optional(round, &rounds);
        let mut outcomes = before_leaving(body, &all);
        outcomes.insert(Outcome::Through, all);
        outcomes
    }

    fn rec(&mut self, rec: &Rec) -> Outcomes {
        let mut body = self.loop_body(&rec.body);
        let Some(round) = body.remove(&Outcome::Continue(rec.id)) else {
            return body;
        };
        if body.is_empty() {
            let endless = Endless {
                rec: rec.id,
                name: rec.name.clone(),
                span: rec.span,
                before: Table::default(),
                round,
            };
            self.endless.insert(rec.id, endless);
            return Outcomes::from([(Outcome::Endless(rec.id), Table::default())]);
        }
        let rounds = self
            .symbols
            .of_rec(rec.id)
            .map_or_else(Polynomial::default, Polynomial::from);
        before_leaving(body, &optional(round, &rounds))
    }

    fn par(&mut self, par: &Par) -> Outcomes {
        let mut so_far = through(Table::default());
        for branch in &par.branches {
            let branch = self.block(branch);
            if so_far.keys().eq([&Outcome::Through]) {
                so_far = self.then(so_far, branch);
                continue;
            }
            let mut next = Outcomes::new();
            for (one, left) in &so_far {
                for (other, right) in &branch {
                    let outcome = match (one, other) {
                        (Outcome::Through, other) => *other,
                        (one, _) => *one,
                    };
                    self.merge(&mut next, outcome, left.clone().plus(right.clone()));
                }
            }
            so_far = next;
        }
        so_far
    }
}

/// So many rounds. `own` is the family whose members each have one round of their own.
fn rounds(body: Outcomes, times: &Polynomial, own: Option<RoleId>) -> Outcomes {
    let repeat = |key: Key, range: &mut Range| {
        if !own.is_some_and(|family| one_member(key, family)) {
            *range = range.times(times);
        }
    };
    let mut body = body;
    let Some(round) = body.remove(&Outcome::Through) else {
        return body;
    };
    let all = round.map(repeat);
    // A jump out of a counted loop is refused by `check`; bounds hold for it all the same.
    let mut outcomes = before_leaving(body, &all);
    outcomes.insert(Outcome::Through, all);
    outcomes
}

fn through(table: Table) -> Outcomes {
    Outcomes::from([(Outcome::Through, table)])
}

/// Whether a key counts one member of the family.
fn one_member(key: Key, family: RoleId) -> bool {
    matches!(key.payer, Payer::Member(role, _) if role == family)
}

/// Between no round and `rounds` rounds.
fn optional(round: Table, rounds: &Polynomial) -> Table {
    round.map(|_, range| {
        let worst = range.times(rounds).worst;
        *range = Range {
            worst,
            ..Range::zero()
        };
    })
}

/// Adds what came in earlier rounds to every way of leaving in a later one.
fn before_leaving(exits: Outcomes, rounds: &Table) -> Outcomes {
    let optional = rounds.clone().map(|_, range| {
        let worst = range.worst.clone();
        *range = Range {
            worst,
            ..Range::zero()
        };
    });
    exits
        .into_iter()
        .map(|(outcome, table)| (outcome, table.plus(optional.clone())))
        .collect()
}

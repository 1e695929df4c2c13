//! Which facts each branch of a protocol leaves.
//!
//! In: the tree of a protocol. Out: the same tree with nothing but the facts in it, so that the
//! facts of a run are those along its path. What holds: a construct in which no fact is left is
//! not there; where one branch leaves facts its empty siblings stand beside it, for what a branch
//! does *not* leave is what an auditor asks.

use crate::global::{
    Block, Fact, ParId, Party, Protocol, RecId, RoleId, SendId, Size, Step, TimerId,
};
use crate::guarded::{Plan, Then, plan};

/// The facts along a path, in order.
pub type Facts = Vec<FactStep>;

/// A fact, or a construct that leaves some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactStep {
    /// A step leaves facts.
    Left(Left),
    /// One of the branches is taken.
    Choice {
        /// Who decides.
        decider: Party,
        /// The branches' labels and facts.
        branches: Vec<(Option<String>, Facts)>,
    },
    /// The facts of each round.
    Rounds(Rounds, Facts),
    /// The facts of all branches.
    Par(ParId, Vec<Facts>),
    /// The facts of one side. Those before the decision are left on both.
    Timeout {
        /// Which timer.
        timer: TimerId,
        /// Whose.
        decider: RoleId,
        /// Where all came in time: what stands behind the guarded segment, or the whole body where
        /// the segment goes on into branches.
        in_time: Facts,
        /// Where the decider gave up: the `else`, behind what the segment's branches leave.
        late: Facts,
    },
    /// The path goes on at the beginning of a recursion.
    Continue(RecId),
}

/// Facts that one step leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The step.
    pub send: SendId,
    /// Who writes them.
    pub role: RoleId,
    /// The facts.
    pub facts: Vec<Fact>,
    /// Whether the receivers join them as well.
    pub merged: bool,
}

/// Why facts may be left more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rounds {
    /// So many rounds.
    Counted(Size),
    /// For as long as the role likes.
    Decided(RoleId),
    /// Once for each member.
    For(RoleId),
    /// A recursion.
    Rec(RecId, String),
}

/// The facts of a protocol.
pub(crate) fn facts(protocol: &Protocol) -> Facts {
    block(protocol, &protocol.body)
}

fn block(protocol: &Protocol, block: &Block) -> Facts {
    steps(protocol, &block.steps)
}

fn steps(protocol: &Protocol, steps: &[Step]) -> Facts {
    let mut found = Facts::new();
    for step in steps {
        push(protocol, step, &mut found);
    }
    found
}

/// Whether a part of the tree leaves a fact; one that only jumps back leaves none.
fn leaves(facts: &Facts) -> bool {
    facts
        .iter()
        .any(|step| !matches!(step, FactStep::Continue(_)))
}

fn push(protocol: &Protocol, step: &Step, found: &mut Facts) {
    let rounds = |rounds: Rounds, body: &Block, found: &mut Facts| {
        let body = block(protocol, body);
        if leaves(&body) {
            found.push(FactStep::Rounds(rounds, body));
        }
    };
    match step {
        Step::Send(id) => found.extend(left(protocol, *id).map(FactStep::Left)),
        Step::Local(_) => {}
        Step::Continue(id, _) => found.push(FactStep::Continue(*id)),
        Step::Choice(choice) => {
            let branches = choice.branches.iter();
            let branches: Vec<(Option<String>, Facts)> = branches
                .map(|branch| (branch.label.clone(), block(protocol, &branch.body)))
                .collect();
            if branches.iter().any(|(_, facts)| leaves(facts)) {
                let decider = choice.decider.clone();
                found.push(FactStep::Choice { decider, branches });
            }
        }
        Step::Counted(counted) => {
            rounds(Rounds::Counted(counted.count.clone()), &counted.body, found);
        }
        Step::Decided(decided) => {
            rounds(Rounds::Decided(decided.decider.role), &decided.body, found);
        }
        Step::For(each) => rounds(Rounds::For(each.family), &each.body, found),
        Step::Rec(rec) => rounds(Rounds::Rec(rec.id, rec.name.clone()), &rec.body, found),
        Step::Par(par) => {
            let branches = par.branches.iter().map(|branch| block(protocol, branch));
            let branches: Vec<Facts> = branches.collect();
            if branches.iter().any(leaves) {
                found.push(FactStep::Par(par.id, branches));
            }
        }
        Step::Timeout(timeout) => {
            let plan = plan(protocol, timeout);
            let (in_time, mut late) = match &plan.then {
                Then::Decide(rest) => {
                    found.extend(before(protocol, &plan));
                    (steps(protocol, rest), Facts::new())
                }
                Then::Branches(..) => (block(protocol, &timeout.body), guarded(protocol, &plan)),
            };
            late.extend(block(protocol, &timeout.otherwise));
            if leaves(&in_time) || leaves(&late) {
                found.push(FactStep::Timeout {
                    timer: timeout.id,
                    decider: timeout.decider.role,
                    in_time,
                    late,
                });
            }
        }
    }
}

/// The facts up to the next decision.
fn before(protocol: &Protocol, plan: &Plan<'_>) -> Facts {
    plan.before
        .iter()
        .flat_map(|part| steps(protocol, part))
        .collect()
}

/// The facts of a guarded segment that goes on into the branches of another role's decision.
fn guarded(protocol: &Protocol, plan: &Plan<'_>) -> Facts {
    let mut found = before(protocol, plan);
    let Then::Branches(step, plans, _) = &plan.then else {
        return found;
    };
    let mut branches: Vec<Facts> = plans.iter().map(|plan| guarded(protocol, plan)).collect();
    if !branches.iter().any(leaves) {
        return found;
    }
    match step {
        Step::Choice(choice) => {
            let labels = choice.branches.iter().map(|branch| branch.label.clone());
            found.push(FactStep::Choice {
                decider: choice.decider.clone(),
                branches: labels.zip(branches).collect(),
            });
        }
        Step::Timeout(inner) => {
            let late = branches.pop().unwrap_or_default();
            found.push(FactStep::Timeout {
                timer: inner.id,
                decider: inner.decider.role,
                in_time: branches.pop().unwrap_or_default(),
                late,
            });
        }
        _ => {}
    }
    found
}

fn left(protocol: &Protocol, id: SendId) -> Option<Left> {
    let send = protocol.sends.get(id.index())?;
    (!send.terms.facts.is_empty()).then(|| Left {
        send: id,
        role: send.from.role,
        facts: send.terms.facts.clone(),
        merged: send.terms.merge,
    })
}

//! Bounds of a timeout (SEMANTICS 6).
//!
//! In: a timeout. Out: its outcomes: what comes before the decision, and then either the rest of
//! the body or the `else`. A late answer is sent and charged all the same.

use crate::audit::bounds::{Outcome, Outcomes, Walk};
use crate::audit::range::Table;
use crate::global::Timeout;
use crate::guarded::{Plan, Then, plan};

/// What comes up to and behind a decision.
struct Decided {
    /// The decider had everything in time: up to the end of the block.
    in_time: Outcomes,
    /// The decider gave up: up to the decision.
    late: Outcomes,
}

/// The outcomes of a timeout.
pub(crate) fn bounds(walk: &mut Walk<'_>, timeout: &Timeout) -> Outcomes {
    let plan = plan(walk.protocol, timeout);
    let Decided { in_time, late } = decided(walk, &plan);
    let otherwise = walk.block(&timeout.otherwise);
    let late = walk.then(late, otherwise);
    walk.either(vec![in_time, late])
}

fn decided(walk: &mut Walk<'_>, plan: &Plan<'_>) -> Decided {
    let nothing = || Outcomes::from([(Outcome::Through, Table::default())]);
    let behind = match &plan.then {
        Then::Decide(rest) => Decided {
            in_time: walk.steps(rest),
            late: nothing(),
        },
        Then::Branches(_, branches, rest) => {
            let branches: Vec<Decided> = branches.iter().map(|plan| decided(walk, plan)).collect();
            let rest = walk.steps(rest);
            let (in_time, late) = branches
                .into_iter()
                .map(|branch| (branch.in_time, branch.late))
                .unzip();
            let in_time = walk.either(in_time);
            Decided {
                in_time: walk.then(in_time, rest),
                late: walk.either(late),
            }
        }
    };
    let mut before = nothing();
    for steps in &plan.before {
        let steps = walk.steps(steps);
        before = walk.then(before, steps);
    }
    Decided {
        in_time: walk.then(before.clone(), behind.in_time),
        late: walk.then(before, behind.late),
    }
}

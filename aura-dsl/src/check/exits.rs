//! Whether a block can come to its end, so that what follows it can happen.

use crate::global::{Block, Step};

/// Whether some run through `block` reaches its end. A decided loop can always end.
pub(super) fn can_end(block: &Block) -> bool {
    block.steps.iter().all(|step| match step {
        Step::Send(_) | Step::Local(_) | Step::Decided(_) => true,
        Step::Continue(..) => false,
        Step::Choice(choice) => choice.branches.iter().any(|branch| can_end(&branch.body)),
        Step::Counted(step) => can_end(&step.body),
        Step::For(step) => can_end(&step.body),
        Step::Rec(step) => can_end(&step.body),
        Step::Par(par) => par.branches.iter().all(can_end),
        Step::Timeout(step) => can_end(&step.body) || can_end(&step.otherwise),
    })
}

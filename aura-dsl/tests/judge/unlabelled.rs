//! Choices whose branches have no labels, as imported protocols have them.
//!
//! In: a parsed file. Out: the same file with no label before any branch, so that nothing travels
//! for a decision and nobody does anything visible where it is taken. The notation itself has no
//! such choices, so the text says in its first line that it is read so.

use aura_dsl::ast::{Block, File, Item, Step};

/// The line that says so.
pub const MARK: &str = "// Branches are read without labels.\n";

/// Takes the labels of all branches away, but for those of family choices, which never ride.
pub fn take_labels(file: &mut File) {
    for item in &mut file.items {
        if let Item::Protocol(protocol) = item {
            take_from(&mut protocol.body);
        }
    }
}

fn take_from(block: &mut Block) {
    for step in &mut block.steps {
        match step {
            Step::Choice(choice) => {
                for branch in &mut choice.branches {
                    branch.label = None;
                    take_from(&mut branch.body);
                }
            }
            Step::Loop(inner) => take_from(&mut inner.body),
            Step::Rec(inner) => take_from(&mut inner.body),
            Step::Par(branches, _) => branches.iter_mut().for_each(take_from),
            Step::Timeout(timeout) => {
                take_from(&mut timeout.body);
                take_from(&mut timeout.otherwise);
            }
            Step::In(_, inner, _) => take_from(inner),
            Step::Bridge(inner) => take_from(&mut inner.body),
            Step::For(inner) => take_from(&mut inner.body),
            Step::Message(_) | Step::Continue(..) | Step::Call(_) | Step::Local(_) => {}
        }
    }
}

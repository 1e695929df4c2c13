//! The facts that each branch leaves, as an indented tree.
//!
//! In: the facts of an audit. Out: a line for each fact and for each construct around some, so that
//! the facts of a run are those along its path. Nothing recurses.

use super::Subject;
use super::audit::{line, whole};
use super::name::{Names, fact};
use crate::audit::{FactStep, Facts, Rounds};
use crate::escape::visible;

/// Indentation stops growing here, as in local types.
const DEEPEST: usize = 60;

enum Task<'a> {
    Line(usize, String),
    Facts(usize, &'a Facts),
}

/// The tree; nothing where no fact is left.
pub(super) fn facts(subject: Subject<'_>, names: &Names, facts: &Facts) -> String {
    let mut out = String::new();
    for (depth, text) in tree(subject, names, facts) {
        out.push_str("  ");
        out.extend(std::iter::repeat_n("    ", depth));
        out.push_str(&visible(&text));
        out.push('\n');
    }
    out
}

/// The lines of the tree with their depths.
pub(super) fn tree(subject: Subject<'_>, names: &Names, facts: &Facts) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut tasks = vec![Task::Facts(0, facts)];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Line(depth, text) => found.push((depth.min(DEEPEST), text)),
            Task::Facts(depth, facts) => {
                for step in facts.iter().rev() {
                    tasks.extend(lines(subject, names, depth, step).into_iter().rev());
                }
            }
        }
    }
    found
}

fn lines<'a>(
    subject: Subject<'_>,
    names: &Names,
    depth: usize,
    step: &'a FactStep,
) -> Vec<Task<'a>> {
    let head = |text: String| Task::Line(depth, text);
    // What a branch does not leave is what an auditor asks, so an empty one says so.
    let branch = |title: String, facts: &'a Facts| {
        let empty = if facts.is_empty() { " nothing" } else { "" };
        [
            Task::Line(depth + 1, format!("{title}:{empty}")),
            Task::Facts(depth + 2, facts),
        ]
    };
    match step {
        FactStep::Left(left) => {
            let facts: Vec<_> = left.facts.iter().map(fact).collect();
            let merged = if left.merged {
                ", merged by the receiver"
            } else {
                ""
            };
            let (role, facts) = (whole(names, left.role), facts.join(", "));
            let line = line(subject, left.send);
            vec![head(format!("{role}: {facts}  (line {line}{merged})"))]
        }
        FactStep::Choice { decider, branches } => {
            let decider = names.party(decider.role, &decider.members);
            let mut tasks = vec![head(format!("choice {decider}"))];
            for (label, facts) in branches {
                let title = label.clone().unwrap_or_else(|| "or".into());
                tasks.extend(branch(title, facts));
            }
            tasks
        }
        FactStep::Rounds(rounds, facts) => {
            let title = match rounds {
                Rounds::Counted(count) => format!("loop (count: {})", names.size(count)),
                Rounds::Decided(role) => format!("loop (decides: {})", whole(names, *role)),
                Rounds::For(role) => format!("for each of {}", whole(names, *role)),
                Rounds::Rec(_, name) => format!("rec {name}"),
            };
            vec![head(title), Task::Facts(depth + 1, facts)]
        }
        FactStep::Par(_, branches) => {
            let mut tasks = vec![head("par".into())];
            for (at, facts) in branches.iter().enumerate() {
                tasks.extend(branch(format!("branch {}", at + 1), facts));
            }
            tasks
        }
        FactStep::Timeout {
            timer,
            decider,
            in_time,
            late,
        } => {
            let lasting = &names.protocol.timers[timer.index()];
            let decider = whole(names, *decider);
            let mut tasks = vec![head(format!("timeout ({lasting}) at {decider}"))];
            tasks.extend(branch("in time".into(), in_time));
            tasks.extend(branch("late".into(), late));
            tasks
        }
        FactStep::Continue(rec) => vec![head(format!("continue {}", names.rec(*rec)))],
    }
}

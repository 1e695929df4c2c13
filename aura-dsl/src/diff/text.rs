//! A difference for people.

use std::fmt::Write as _;

use super::{Change, Difference, Effect, Role, Talk};
use crate::emit::table::Table;
use crate::escape::visible;

/// The difference: a heading, the changes, who can talk. One line if there is none.
pub fn text(difference: &Difference) -> String {
    let mut head = format!("{}  ({}", difference.protocol, difference.old);
    if difference.old != difference.new {
        let _ = write!(head, " -> {}", difference.new);
    }
    let mut out = format!("{})\n", visible(&head));
    let same = |role: &Role| role.talk == Talk::Compatible;
    if difference.changes.is_empty() && difference.roles.iter().all(same) {
        out.push_str("  nothing that a run or an audit can see has changed\n");
        return out;
    }
    if !difference.changes.is_empty() {
        let mut table = Table::new(&["", "what", "about", "change", "line"]);
        for change in &difference.changes {
            table.row([
                mark(change).to_owned(),
                change.kind.name().to_owned(),
                change.about.clone(),
                change.what.clone(),
                lines(change),
            ]);
        }
        out.push_str("\nchanges\n");
        table.write(&mut out, "  ");
    }
    if !difference.roles.is_empty() {
        let mut table = Table::new(&["role", "old and new", "because"]);
        for role in &difference.roles {
            let mut reasons = reasons(role).into_iter();
            let first = reasons.next().unwrap_or_default();
            table.row([role.name.clone(), role.talk.name().to_owned(), first]);
            for reason in reasons {
                table.row([String::new(), String::new(), reason]);
            }
        }
        out.push_str("\nroles\n");
        table.write(&mut out, "  ");
    }
    out
}

/// `!` where less is guarded or more is spent, `+` and `-` where something came or went.
fn mark(change: &Change) -> &'static str {
    match (change.effect, change.old_line, change.new_line) {
        (Effect::Weakened, ..) => "!",
        (_, None, Some(_)) => "+",
        (_, Some(_), None) => "-",
        _ => "~",
    }
}

fn lines(change: &Change) -> String {
    match (change.old_line, change.new_line) {
        (Some(old), Some(new)) => format!("{old} -> {new}"),
        (Some(line), None) => format!("{line} ->"),
        (None, Some(line)) => format!("-> {line}"),
        (None, None) => String::new(),
    }
}

fn reasons(role: &Role) -> Vec<String> {
    let sides = [
        ("the new one among old ones", &role.new_among_old),
        ("the old one among new ones", &role.old_among_new),
    ];
    if sides.iter().all(|(_, obstacle)| obstacle.is_none()) {
        return match role.talk {
            Talk::Negotiation => vec!["the same on the wire, under another version".to_owned()],
            _ => Vec::new(),
        };
    }
    sides
        .into_iter()
        .map(|(who, obstacle)| match obstacle {
            None => format!("{who}: can take part"),
            Some(obstacle) if obstacle.after.is_empty() => format!("{who}: {}", obstacle.what),
            Some(obstacle) => {
                format!(
                    "{who}: {}, after {}",
                    obstacle.what,
                    obstacle.after.join(", ")
                )
            }
        })
        .collect()
}

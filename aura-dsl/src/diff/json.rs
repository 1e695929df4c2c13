//! A difference for tools: `docs/schema/diff.schema.json`.

use serde::Serialize;

use super::{Change, Difference, Role, Talk, roles::Obstacle};

/// What `aura-dsl diff --format json` prints.
#[derive(Debug, Serialize)]
pub struct Differences {
    /// `same`, `compatible`, `weakened` or `breaking`.
    pub outcome: &'static str,
    /// The protocols that both texts have, in the order of the new one.
    pub protocols: Vec<Protocol>,
    /// Those that only the old text has.
    pub removed: Vec<String>,
    /// Those that only the new text has.
    pub added: Vec<String>,
}

/// One protocol.
#[derive(Debug, Serialize)]
pub struct Protocol {
    name: String,
    old: String,
    new: String,
    changes: Vec<Entry>,
    roles: Vec<Roles>,
}

#[derive(Debug, Serialize)]
struct Entry {
    kind: &'static str,
    effect: &'static str,
    about: String,
    what: String,
    old_line: Option<u64>,
    new_line: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Roles {
    name: String,
    talk: &'static str,
    new_among_old: Among,
    old_among_new: Among,
}

/// Whether one can take part, and if not, where it fails.
#[derive(Debug, Serialize)]
struct Among {
    can_take_part: bool,
    after: Vec<String>,
    what: Option<String>,
}

impl Protocol {
    /// The entry of a protocol.
    pub fn new(difference: &Difference) -> Self {
        Self {
            name: difference.protocol.clone(),
            old: difference.old.clone(),
            new: difference.new.clone(),
            changes: difference.changes.iter().map(entry).collect(),
            roles: difference.roles.iter().map(role).collect(),
        }
    }
}

fn entry(change: &Change) -> Entry {
    Entry {
        kind: change.kind.name(),
        effect: change.effect.name(),
        about: change.about.clone(),
        what: change.what.clone(),
        old_line: change.old_line,
        new_line: change.new_line,
    }
}

fn role(role: &Role) -> Roles {
    Roles {
        name: role.name.clone(),
        talk: match role.talk {
            Talk::Compatible => "compatible",
            Talk::Negotiation => "negotiation",
            Talk::Breaking => "breaking",
        },
        new_among_old: among(role.new_among_old.as_ref()),
        old_among_new: among(role.old_among_new.as_ref()),
    }
}

fn among(obstacle: Option<&Obstacle>) -> Among {
    Among {
        can_take_part: obstacle.is_none(),
        after: obstacle
            .map(|found| found.after.clone())
            .unwrap_or_default(),
        what: obstacle.map(|found| found.what.clone()),
    }
}

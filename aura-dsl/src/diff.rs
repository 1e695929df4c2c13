//! What changed between two versions of a protocol, and who can still talk to whom.
//!
//! In: two compiled protocols. Out: a [`Difference`]: the changes of the text's meaning, each with
//! its effect on what is guarded, charged and known, and for each role whether old and new can talk.
//! What holds: changes are read from the resolved protocols, so that layout, comments and the order
//! of annotations are none; whether roles can talk is decided on their machines alone. What cannot
//! be compared counts as weakened. Left out on purpose: which of the changes were meant.

mod bounds;
mod frame;
pub mod json;
mod learners;
mod messages;
mod payload;
mod roles;
mod simulate;
mod terms;
pub mod text;
mod wire;

pub use roles::{Role, Talk};

use crate::emit::Subject;
use crate::emit::name::Names;
use crate::global::{Protocol, TypeDecl};
use crate::source::Span;
use crate::verdict::Verdict;

/// One of the two versions.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The protocol with what was found out about it.
    pub subject: Subject<'a>,
    /// The payload types that its text and imports declare.
    pub types: &'a [TypeDecl],
}

impl<'a> Side<'a> {
    pub(crate) fn protocol(&self) -> &'a Protocol {
        self.subject.protocol
    }

    pub(crate) fn names(&self) -> Names<'a> {
        Names::new(self.subject.protocol)
    }

    fn implementable(&self) -> bool {
        self.subject.decision.verdict == Verdict::Implementable
    }

    /// The line on which something stands, counted from 1.
    fn line(&self, span: Span) -> u64 {
        self.subject.sources.start(span).line.into()
    }
}

/// What a change does to whoever relies on the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Neither of the others.
    Neutral,
    /// More is demanded, less is spent, fewer learn.
    Strengthened,
    /// Less is demanded, more is spent, more learn, or the two cannot be compared.
    Weakened,
}

impl Effect {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Neutral => "neutral",
            Effect::Strengthened => "strengthened",
            Effect::Weakened => "weakened",
        }
    }
}

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Namespace, version or verdict.
    Head,
    /// A role or family.
    Role,
    /// A context.
    Context,
    /// A timeout.
    Timer,
    /// A message that came, went or moved.
    Message,
    /// What a message carries, or which members take part.
    Payload,
    /// The capability that a message demands.
    Guard,
    /// What a message costs.
    Cost,
    /// What a message leaks.
    Leak,
    /// The facts that a message leaves.
    Fact,
    /// A receipt that a message needs.
    Receipt,
    /// Somebody receives what they did not.
    Learner,
    /// What a whole run costs or leaks at most.
    Bound,
}

impl Kind {
    /// Its name in JSON and in text.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Head => "head",
            Kind::Role => "role",
            Kind::Context => "context",
            Kind::Timer => "timeout",
            Kind::Message => "message",
            Kind::Payload => "payload",
            Kind::Guard => "guard",
            Kind::Cost => "cost",
            Kind::Leak => "leakage",
            Kind::Fact => "facts",
            Kind::Receipt => "receipt",
            Kind::Learner => "learner",
            Kind::Bound => "bound",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Of what kind.
    pub kind: Kind,
    /// What it does.
    pub effect: Effect,
    /// What it is about: a message `A -> B: Go`, a role, a context.
    pub about: String,
    /// What happened to it, in a few words.
    pub what: String,
    /// The line in the old text.
    pub old_line: Option<u64>,
    /// The line in the new text.
    pub new_line: Option<u64>,
}

/// The difference between two versions of one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name, of the new version where it was renamed.
    pub protocol: String,
    /// Namespace and version of the old one.
    pub old: String,
    /// Namespace and version of the new one.
    pub new: String,
    /// The changes, by kind, in the order of the text.
    pub changes: Vec<Change>,
    /// The roles that both versions have, in the order of the new one.
    pub roles: Vec<Role>,
}

impl Difference {
    /// Whether nothing changed and all can talk.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.roles.iter().all(|role| role.talk == Talk::Compatible)
    }

    /// Whether anything was weakened.
    pub fn weakened(&self) -> bool {
        let mut effects = self.changes.iter().map(|change| change.effect);
        effects.any(|effect| effect == Effect::Weakened)
    }

    /// Whether some role's old and new implementations cannot talk, or a role has come or gone.
    pub fn breaking(&self) -> bool {
        let gone = |change: &Change| {
            change.kind == Kind::Role && (change.old_line.is_none() || change.new_line.is_none())
        };
        self.roles.iter().any(|role| role.talk == Talk::Breaking) || self.changes.iter().any(gone)
    }
}

/// Compares two versions of a protocol.
pub fn diff(old: Side<'_>, new: Side<'_>) -> Difference {
    let mut changes = frame::frame(old, new);
    changes.extend(messages::messages(old, new));
    changes.extend(learners::learners(old, new));
    changes.extend(bounds::bounds(old, new));
    let title = |side: Side<'_>| {
        let protocol = side.protocol();
        format!("{} {}", protocol.namespace, protocol.version)
    };
    Difference {
        protocol: new.protocol().name.clone(),
        old: title(old),
        new: title(new),
        changes,
        roles: roles::roles(old, new),
    }
}

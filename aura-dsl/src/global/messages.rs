//! What travels and on which terms: labels, payloads, contexts, capabilities, sends.
//!
//! In: nothing. Out: the types of the protocol's tables of messages. What holds: terms that are
//! equal are equal in everything that a run or an audit can see; where they stand is kept apart.

use super::{CapabilityId, ContextId, LabelId, Party};
use crate::ast::{ContextKind, Type};
use crate::source::Span;

/// A message label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub payload: Payload,
    /// Where it stands first, or where its message is declared.
    pub span: Span,
}

/// What a label carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing.
    Unit,
    /// Types by position.
    Types(Vec<Type>),
    /// Named fields.
    Fields(Vec<PayloadField>),
}

/// A named field of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Where its name stands.
    pub span: Span,
}

/// A context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name, `None` for the anonymous group.
    pub name: Option<String>,
    /// Its kind.
    pub kind: ContextKind,
    /// Where it stands first.
    pub span: Span,
}

/// A capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Its name, `ident(:ident)*`.
    pub name: String,
    /// Its parameters.
    pub params: Vec<PayloadField>,
    /// Whether the text or an import declares it.
    pub declared: bool,
    /// Where it is declared or stands first.
    pub span: Span,
}

/// A send as it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// The sender.
    pub from: Party,
    /// The receiver.
    pub to: Party,
    /// The label.
    pub label: LabelId,
    /// Where the label stands.
    pub label_span: Span,
    /// What the guard chain does.
    pub terms: Terms,
    /// The whole step.
    pub span: Span,
    /// The calls through which the step was inlined, outermost first.
    pub calls: Vec<Span>,
}

/// What the guard chain does for a send. Equal terms are equal in every respect that a run or an
/// audit can see, so spans are kept apart in [`Terms::spans`], which takes no part in equality.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The context, and where the send stands in a bridge, the context it comes from.
    pub context: ContextId,
    /// The context that the bridge leaves.
    pub bridge_from: Option<ContextId>,
    /// The capability with the fields that are its arguments.
    pub capability: Option<(CapabilityId, Vec<String>)>,
    /// What the send costs each receiver's budget.
    pub cost: u64,
    /// The facts that the send leaves.
    pub facts: Vec<Fact>,
    /// Whether the facts ride in the frame and are joined by the receiver.
    pub merge: bool,
    /// Leakage by observer, in millionths.
    pub leak: Vec<(Observer, u64)>,
    /// Where the send's receipt comes from.
    pub receipt: Option<Receipt>,
    /// A line for the audit log.
    pub audit_log: Option<String>,
    /// Where the terms stand.
    pub spans: TermSpans,
}

impl PartialEq for Terms {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Terms {}

impl std::hash::Hash for Terms {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Terms {
    /// Everything but the spans.
    #[expect(
        clippy::type_complexity,
        reason = "a private tuple that derives equality and hash"
    )]
    fn key(
        &self,
    ) -> (
        (ContextId, Option<ContextId>),
        (&Option<(CapabilityId, Vec<String>)>, u64),
        (&[Fact], bool, &[(Observer, u64)]),
        (Option<Receipt>, &Option<String>),
    ) {
        (
            (self.context, self.bridge_from),
            (&self.capability, self.cost),
            (&self.facts, self.merge, &self.leak),
            (self.receipt, &self.audit_log),
        )
    }
}

/// Where the terms of a send stand, for diagnostics.
#[derive(Clone, Debug, Default)]
pub struct TermSpans {
    /// The capability's text.
    pub capability: Option<Span>,
    /// The cost; `None` where the default was filled in.
    pub cost: Option<Span>,
    /// The facts.
    pub facts: Option<Span>,
    /// The leakage.
    pub leak: Option<Span>,
    /// The receipt.
    pub receipt: Option<Span>,
}

/// A fact that a send leaves: `snapshot_committed(root)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// The payload fields that are stored with it.
    pub fields: Vec<String>,
}

/// Who may learn something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Observer {
    /// Somebody outside of every context.
    External,
    /// A neighbour on the path.
    Neighbor,
    /// A member of the group.
    Group,
}

/// Where a receipt chain starts or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Receipt {
    /// `receipt = root`.
    Root,
    /// `receipt = Label`: forwards what arrived as Label.
    Forward(LabelId),
}

//! The global protocol: names resolved, calls inlined, contexts pushed onto messages.
//!
//! In: what `resolve` found. Out: the tree that `check`, `automaton` and `audit` read, with ids in
//! place of names. What holds: every id indexes its table; every send has exactly one annotation
//! set, with the default cost filled in; a family that is used in ranges `Q[0..t]` has been split
//! into its parts. Left out on purpose: anything that only the formatter needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{ContextKind, Expr, Type};
use crate::diag::Report;
use crate::source::{FileId, Span};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub u32);

            impl $name {
                /// The position in its table.
                pub fn index(self) -> usize {
                    self.0 as usize
                }

                /// The id of a position in its table.
                pub fn of(index: usize) -> Self {
                    Self(u32::try_from(index).unwrap_or(u32::MAX))
                }
            }
        )*
    };
}

ids! {
    /// A role, a family, or a part of a split family: [`Protocol::roles`].
    RoleId
    /// A size symbol: [`Protocol::sizes`].
    SizeId
    /// A message label: [`Protocol::labels`].
    LabelId
    /// A send as it stands in the text: [`Protocol::sends`].
    SendId
    /// A context: [`Protocol::contexts`].
    ContextId
    /// A declared or implicit capability: [`Protocol::capabilities`].
    CapabilityId
    /// A local step: [`Protocol::locals`].
    LocalId
    /// A counted loop, a `for` or a decided loop, numbered in the order of the text.
    LoopId
    /// A `rec`, numbered in the order of the text.
    RecId
    /// A `par`, numbered in the order of the text.
    ParId
    /// A `timeout`, numbered in the order of the text.
    TimerId
}

/// All protocols of one text and its imports.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The protocols of the text itself, in order; imported ones are there only where called.
    pub protocols: Vec<Protocol>,
    /// The payload types and messages that the text and its imports declare, in order.
    pub types: Vec<TypeDecl>,
    /// What was noticed while resolving.
    pub warnings: Report,
}

/// A declared payload type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeDecl {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TypeDeclKind,
    /// Where its name stands.
    pub span: Span,
}

/// The kinds of declared payload types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeDeclKind {
    /// `type Name = ..;`
    Alias(Type),
    /// `message Name { .. }`
    Message(Vec<PayloadField>),
    /// `use a::b::Name;`: the segments.
    Foreign(Vec<String>),
}

/// One global protocol.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// The text it stands in.
    pub file: FileId,
    /// `#[namespace = ".."]`.
    pub namespace: String,
    /// `#[version = ".."]`, 0.1.0 by default.
    pub version: String,
    /// Roles and families, in the order of declaration; parts of a split family take its place.
    pub roles: Vec<Role>,
    /// Size symbols, in the order of first use.
    pub sizes: Vec<SizeSymbol>,
    /// Labels with their payloads, in the order of first use.
    pub labels: Vec<Label>,
    /// Every send of the text, in order; a callee's sends are there once per inlined call.
    pub sends: Vec<Send>,
    /// Contexts, in the order of first use; a protocol without any has one anonymous group.
    pub contexts: Vec<Context>,
    /// Capabilities, declared ones first, then implicit ones in the order of first use.
    pub capabilities: Vec<Capability>,
    /// Local steps, in the order of the text.
    pub locals: Vec<Local>,
    /// Loops of all kinds, by [`LoopId`].
    pub loops: Vec<LoopInfo>,
    /// Timeouts, by [`TimerId`]: how long, as written.
    pub timers: Vec<String>,
    /// The protocol.
    pub body: Block,
}

/// What is known of a loop by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopInfo {
    /// The index variable of a `for`.
    pub index: Option<String>,
    /// Where the loop begins.
    pub span: Span,
}

/// A role, a family, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name as written; parts are called `Q[0..t]` and `Q[t..]`.
    pub name: String,
    /// Where it was declared.
    pub span: Span,
    /// The size of a family, `None` for a single role.
    pub family: Option<Size>,
    /// For a part: the declared family and which part.
    pub part: Option<Part>,
    /// The constant indices used in the text: `Q[0]`.
    pub constants: BTreeSet<u64>,
}

/// Which part of a split family a role is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The declared family's name.
    pub family: String,
    /// The index of the part's first member in the family.
    pub offset: Size,
}

/// A number that may be symbolic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// A constant.
    Number(u64),
    /// A symbol.
    Symbol(SizeId),
    /// The rest of a split family: `m - t`.
    Difference(Box<Size>, Box<Size>),
}

impl Size {
    /// The value where all its symbols have one; a difference is never negative.
    pub fn at(&self, sizes: &BTreeMap<SizeId, u64>) -> Option<u64> {
        match self {
            Size::Number(number) => Some(*number),
            Size::Symbol(symbol) => sizes.get(symbol).copied(),
            Size::Difference(whole, part) => Some(whole.at(sizes)?.saturating_sub(part.at(sizes)?)),
        }
    }
}

/// A symbol that is bound when a session is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeSymbol {
    /// Its name; `[*]` of a family `Q` makes the symbol `|Q|`.
    pub name: String,
    /// Where it stands first.
    pub span: Span,
    /// Its smallest value.
    pub at_least: u64,
    /// Its largest values: every quorum is at most its family.
    pub at_most: Vec<Size>,
}

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

/// One or more participants, as a step names them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Party {
    /// The role or family.
    pub role: RoleId,
    /// Which of its members.
    pub members: Members,
    /// Where it stands.
    pub span: Span,
}

/// Which members of a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Members {
    /// The single role.
    Single,
    /// `Q[*]`.
    All,
    /// `Q[any t]`; a sender only.
    Any(Size),
    /// `Q[0]`.
    Constant(u64),
    /// `Q[i]`: the member of the `for`'s round.
    Index(LoopId),
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

/// `local A: f(x) -> y: T;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Who takes it.
    pub at: Party,
    /// The hook's name.
    pub function: String,
    /// What it reads.
    pub args: Vec<LocalArg>,
    /// The result's name and type.
    pub result: Option<(String, Option<Type>)>,
    /// The whole step.
    pub span: Span,
}

/// What a local step reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalArg {
    /// A label that was received.
    Received(LabelId),
    /// The result of an earlier local step.
    Result(LocalId),
}

/// Steps, in order. `in` and `bridge` have become the contexts of the sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The steps.
    pub steps: Vec<Step>,
    /// From brace to brace; a repair is inserted behind the first or before the last one.
    pub braces: Option<Span>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A message, a broadcast, a gather or an exchange.
    Send(SendId),
    /// A choice by a role or by each member of a family.
    Choice(Choice),
    /// `loop (count: n)`.
    Counted(Counted),
    /// `loop (decides: A)`.
    Decided(Decided),
    /// `for i in Q`.
    For(For),
    /// `rec X`, and calls that recurse.
    Rec(Rec),
    /// `continue X`.
    Continue(RecId, Span),
    /// `par`.
    Par(Par),
    /// `timeout`.
    Timeout(Timeout),
    /// A local step.
    Local(LocalId),
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who decides; `All` or `Any` where each member of a family decides for itself.
    pub decider: Party,
    /// The branches.
    pub branches: Vec<Branch>,
    /// Where it stands.
    pub span: Span,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The label that rides on the first message; imported protocols have none.
    pub label: Option<String>,
    /// Where the label stands, or the branch.
    pub span: Span,
    /// The guard, a condition of the decider that the verdict ignores.
    pub guard: Option<Expr>,
    /// The steps.
    pub body: Block,
}

/// `loop (count: n) { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its id.
    pub id: LoopId,
    /// How often, at least 1.
    pub count: Size,
    /// The steps.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// `loop (decides: A) { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Its id; bounds count its rounds as `#id`.
    pub id: LoopId,
    /// Who decides.
    pub decider: Party,
    /// The steps.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// `for i in Q { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct For {
    /// Its id; [`Members::Index`] refers to it.
    pub id: LoopId,
    /// The family.
    pub family: RoleId,
    /// The steps.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// `rec X { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rec {
    /// Its id.
    pub id: RecId,
    /// Its name as written, or the called protocol's.
    pub name: String,
    /// The steps.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// `par { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Par {
    /// Its id.
    pub id: ParId,
    /// The branches.
    pub branches: Vec<Block>,
    /// Where it stands.
    pub span: Span,
}

/// `timeout (d) at B { .. } else { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// Its id.
    pub id: TimerId,
    /// How long, in nanoseconds.
    pub nanos: u64,
    /// Whose clock decides.
    pub decider: Party,
    /// What should happen in time.
    pub body: Block,
    /// What happens otherwise.
    pub otherwise: Block,
    /// Where it stands.
    pub span: Span,
}

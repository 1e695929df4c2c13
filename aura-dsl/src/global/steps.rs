//! The steps of a protocol, as a tree.
//!
//! In: nothing. Out: the type of [`Protocol::body`](super::Protocol::body). What holds: calls are
//! inlined, and `in` and `bridge` have become the contexts of the sends.

use super::{LabelId, LocalId, LoopId, ParId, Party, RecId, RoleId, SendId, Size, TimerId};
use crate::ast::{Expr, Type};
use crate::source::Span;

/// `local A: f(x) -> y: T;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Who takes it.
    pub at: Party,
    /// The hook's name.
    pub function: String,
    /// What it reads, and where each of it stands.
    pub args: Vec<(LocalArg, Span)>,
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
    /// Its id; [`Members::Index`](super::Members::Index) refers to it.
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

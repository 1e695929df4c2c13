//! What stands between the braces of a protocol: one type for each construct.

use super::{
    Annotation, Context, ContextKind, Duration, Endpoint, Expr, Ident, Payload, Size, Type,
};
use crate::source::Span;

/// Steps between braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// From brace to brace.
    pub span: Span,
}

/// One step of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `A[annotations] -> B: Label;`
    Message(Message),
    /// `choice A { l: { .. } r: { .. } }`
    Choice(Choice),
    /// `loop (count: 5) { .. }`, `loop (decides: A) { .. }`
    Loop(Loop),
    /// `rec X { .. }`
    Rec(Rec),
    /// `continue X;`
    Continue(Ident, Span),
    /// `par { { .. } { .. } }`
    Par(Vec<Block>, Span),
    /// `call Other(A, B as Y);`
    Call(Call),
    /// `timeout (2s) at B { .. } else { .. }`
    Timeout(Timeout),
    /// `local A: f(x) -> y: T;`
    Local(Local),
    /// `in group gid { .. }`
    In(Context, Block, Span),
    /// `bridge from rid to gid { .. }`
    Bridge(Bridge),
    /// `for i in Q { .. }`
    For(For),
}

impl Step {
    /// The whole step.
    pub fn span(&self) -> Span {
        match self {
            Step::Message(step) => step.span,
            Step::Choice(step) => step.span,
            Step::Loop(step) => step.span,
            Step::Rec(step) => step.span,
            Step::Call(step) => step.span,
            Step::Timeout(step) => step.span,
            Step::Local(step) => step.span,
            Step::Bridge(step) => step.span,
            Step::For(step) => step.span,
            Step::Continue(_, span) | Step::Par(_, span) | Step::In(_, _, span) => *span,
        }
    }
}

/// `A[annotations] -> B: Label;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sender.
    pub from: Endpoint,
    /// What is demanded of this send.
    pub annotations: Vec<Annotation>,
    /// The receiver.
    pub to: Endpoint,
    /// The label.
    pub label: Ident,
    /// The payload as written.
    pub payload: Payload,
    /// From the sender to the semicolon.
    pub span: Span,
}

/// `choice A { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who decides.
    pub decider: Endpoint,
    /// The branches, in order.
    pub branches: Vec<Branch>,
    /// From `choice` to the closing brace.
    pub span: Span,
}

/// `label when (guard): { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The branch's label. Branches of imported protocols have none: nothing travels for them.
    pub label: Option<Ident>,
    /// The guard.
    pub guard: Option<Expr>,
    /// The steps.
    pub body: Block,
    /// From label to the closing brace.
    pub span: Span,
}

/// `loop (..) { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// How it ends.
    pub bound: LoopBound,
    /// The steps.
    pub body: Block,
    /// From `loop` to the closing brace.
    pub span: Span,
}

/// How a loop ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopBound {
    /// `count: 5`, `count: n`.
    Count(Size),
    /// `decides: A`.
    Decides(Endpoint),
}

/// `rec X { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rec {
    /// The variable.
    pub variable: Ident,
    /// The steps.
    pub body: Block,
    /// From `rec` to the closing brace.
    pub span: Span,
}

/// `call Other(A, B as Y);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The protocol.
    pub protocol: Ident,
    /// The roles handed over, by position, or by name with `as`.
    pub args: Vec<CallArg>,
    /// From `call` to the semicolon.
    pub span: Span,
}

/// `A` or `B as Y`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallArg {
    /// The caller's role, family or member.
    pub actual: Endpoint,
    /// The callee's role, where it was named.
    pub formal: Option<Ident>,
}

/// `timeout (2s) at B { .. } else { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// How long.
    pub duration: Duration,
    /// Whose clock decides.
    pub decider: Endpoint,
    /// What should happen in time.
    pub body: Block,
    /// What happens otherwise.
    pub otherwise: Block,
    /// From `timeout` to the last brace.
    pub span: Span,
}

/// `local A: f(x) -> y: T;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Who takes the step.
    pub at: Endpoint,
    /// The hook's name.
    pub function: Ident,
    /// Labels received or results of earlier steps.
    pub args: Vec<Ident>,
    /// The result's name and type.
    pub result: Option<(Ident, Option<Type>)>,
    /// From `local` to the semicolon.
    pub span: Span,
}

/// `bridge from rid to gid { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// The context that is left; the kind where it was written.
    pub from: (Option<ContextKind>, Ident),
    /// The context of the messages inside.
    pub to: (Option<ContextKind>, Ident),
    /// The steps.
    pub body: Block,
    /// From `bridge` to the closing brace.
    pub span: Span,
}

/// `for i in Q { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct For {
    /// The index.
    pub index: Ident,
    /// The family, or a range of it.
    pub family: Endpoint,
    /// The steps.
    pub body: Block,
    /// From `for` to the closing brace.
    pub span: Span,
}

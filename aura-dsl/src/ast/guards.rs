//! The expressions of a `when`.

use super::Ident;
use crate::source::Span;

/// An expression of a `when`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `price`, a field or result that the decider knows, or `Label.price`.
    Name(Vec<Ident>),
    /// `42`.
    Integer(u64),
    /// `"text"`.
    Text(String),
    /// `true`, `false`.
    Bool(bool),
    /// `!a`.
    Not(Box<Expr>),
    /// `a < b`, `a && b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
}

/// The operators of a `when`, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

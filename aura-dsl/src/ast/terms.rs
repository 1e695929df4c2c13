//! The words of items and steps: values, types, sizes, participants, durations, contexts.

use super::Ident;
use crate::source::Span;

/// A value of an attribute or annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `"text"`, unescaped.
    Text(String),
    /// `42`.
    Integer(u64),
    /// `0.125`, as written.
    Decimal(String),
    /// `true`, `false`.
    Bool(bool),
    /// `root`.
    Name(String),
    /// `(neighbor: 0.1, group: 0.2)`.
    Map(Vec<(Ident, Value)>),
}

/// `name: Type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: Type,
}

/// A payload type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of payload types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `Vec<u8>`, `crate::types::Hash`.
    Path {
        /// The segments.
        segments: Vec<Ident>,
        /// The type arguments of the last segment.
        args: Vec<Type>,
    },
    /// `[u8; 32]`.
    Array(Box<Type>, u64),
    /// `(A, B)`; `()` is the unit type.
    Tuple(Vec<Type>),
}

/// A number, or a symbol that is bound when a session is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Size {
    /// `5`.
    Number(u64, Span),
    /// `m`.
    Symbol(Ident),
}

/// `key = value` in the brackets of a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The key.
    pub key: Ident,
    /// The value.
    pub value: Value,
    /// From key to value.
    pub span: Span,
}

/// The payload of a message as written at its step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// `Label`: the declared message of that name, else unit.
    Bare,
    /// `Label(Type, ..)` or `Label<Type>`.
    Types {
        /// Whether it was written in angle brackets.
        angle: bool,
        /// The types, in order.
        types: Vec<Type>,
    },
    /// `Label { field: Type }`.
    Fields(Vec<Field>),
}

/// A role, a member or a selection of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The role or family.
    pub role: Ident,
    /// `[*]`, `[any t]`, `[i]`, `[0..t]`.
    pub selector: Option<Selector>,
    /// Name and selector.
    pub span: Span,
}

/// Which members of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `[*]`.
    All(Span),
    /// `[any t]`.
    AnyOf(Size, Span),
    /// `[0]` or `[i]`.
    Index(Size, Span),
    /// `[a..b]`.
    Range(Size, Size, Span),
}

/// `2s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    /// The number.
    pub value: u64,
    /// The unit.
    pub unit: TimeUnit,
    /// Number and unit.
    pub span: Span,
}

/// The units of durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// `us`
    Microseconds,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `min`
    Minutes,
    /// `h`
    Hours,
}

/// `relationship rid`, `group gid`, `derived dkd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The kind.
    pub kind: ContextKind,
    /// The name.
    pub name: Ident,
    /// Kind and name.
    pub span: Span,
}

/// The kinds of contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextKind {
    /// Two authorities.
    Relationship,
    /// Many authorities.
    Group,
    /// Keys derived for an application.
    Derived,
}

impl ContextKind {
    /// The word that the language has for it.
    pub fn keyword(self) -> &'static str {
        match self {
            ContextKind::Relationship => "relationship",
            ContextKind::Group => "group",
            ContextKind::Derived => "derived",
        }
    }
}

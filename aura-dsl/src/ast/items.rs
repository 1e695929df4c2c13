//! What stands at the top of a text: attributes, declarations and protocols.

use super::{Block, Context, Field, Ident, Size, Type, Value};
use crate::source::Span;

/// `#[key = value]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The key.
    pub key: Ident,
    /// The value.
    pub value: Value,
    /// From `#` to `]`.
    pub span: Span,
}

/// An item of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `import "common.aura";`
    Import(Import),
    /// `use crate::types::Hash;`
    Use(Use),
    /// `type Hash = [u8; 32];`
    Type(TypeAlias),
    /// `capability need_query(terms: Vec<Term>);`
    Capability(Capability),
    /// `message Proposal { root: Hash }`
    Message(MessageDecl),
    /// `protocol Name { .. }`
    Protocol(Protocol),
}

/// `import "common.aura";`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path as written, unescaped.
    pub path: String,
    /// Where the string stands.
    pub path_span: Span,
    /// The whole item.
    pub span: Span,
}

/// `use crate::types::Hash;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The segments; the last one is the name that it brings.
    pub path: Vec<Ident>,
    /// The whole item.
    pub span: Span,
}

/// `type Hash = [u8; 32];`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeAlias {
    /// The new name.
    pub name: Ident,
    /// What it stands for.
    pub ty: Type,
    /// The whole item.
    pub span: Span,
}

/// `capability need_query(terms: Vec<Term>);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The name, `ident(:ident)*`, as one text.
    pub name: Ident,
    /// The parameters; their names are fields of the payloads it guards.
    pub params: Vec<Field>,
    /// The whole item.
    pub span: Span,
}

/// `message Proposal { root: Hash }` or `message Ping;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDecl {
    /// The label.
    pub name: Ident,
    /// The fields.
    pub fields: Vec<Field>,
    /// The whole item.
    pub span: Span,
}

/// `protocol Name { .. }` or `choreography Name { .. }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// The attributes directly before it that are not the file's.
    pub attributes: Vec<Attribute>,
    /// Whether it was written with `choreography`.
    pub choreography: bool,
    /// The name.
    pub name: Ident,
    /// `roles: A, B[n];`
    pub roles: Vec<RoleDecl>,
    /// `in group gid;` directly behind the roles.
    pub context: Option<Context>,
    /// The steps behind it.
    pub body: Block,
    /// From the keyword to the closing brace.
    pub span: Span,
}

/// A role or a family of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDecl {
    /// The name.
    pub name: Ident,
    /// The size of a family.
    pub size: Option<FamilySize>,
    /// Name and size.
    pub span: Span,
}

/// The size of a family as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FamilySize {
    /// `[3]` or `[m]`.
    Of(Size),
    /// `[*]`.
    Any(Span),
}

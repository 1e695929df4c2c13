//! The global protocol: names resolved, calls inlined, contexts pushed onto messages.
//!
//! In: what `resolve` found. Out: the tree that `check`, `automaton` and `audit` read, with ids in
//! place of names. What holds: every id indexes its table; every send has exactly one annotation
//! set, with the default cost filled in; a family that is used in ranges `Q[0..t]` has been split
//! into its parts. Left out on purpose: anything that only the formatter needs.

mod filled;
mod ids;
mod messages;
mod roles;
mod steps;

pub use filled::WrongSize;
pub use ids::*;
pub use messages::*;
pub use roles::*;
pub use steps::*;

use std::collections::BTreeMap;

use crate::ast::Type;
use crate::diag::Report;
use crate::source::{FileId, Span};

/// All protocols of one text and its imports.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The protocols of the text itself, in order; imported ones are there only where called.
    pub protocols: Vec<Protocol>,
    /// The protocols of its imports, until they were checked.
    pub imported: Vec<Protocol>,
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
    /// Symbols whose values were given, and which therefore stand nowhere any more.
    pub given: BTreeMap<SizeId, u64>,
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

//! The syntax tree of one `.aura` text: what was written, nothing resolved.
//!
//! In: nothing. Out: the types that `parse` yields, `print` prints and `resolve` reads. Every node
//! knows its span; comments are kept apart in [`File::comments`] with theirs, and the printer puts
//! each back before the node that it stood before.

mod guards;
mod items;
mod steps;
mod terms;

pub use guards::*;
pub use items::*;
pub use steps::*;
pub use terms::*;

use crate::source::{FileId, Span};

/// The words that cannot be names.
pub const KEYWORDS: &[&str] = &[
    "protocol",
    "choreography",
    "roles",
    "import",
    "use",
    "type",
    "capability",
    "message",
    "choice",
    "when",
    "loop",
    "rec",
    "continue",
    "par",
    "call",
    "as",
    "timeout",
    "else",
    "local",
    "in",
    "bridge",
    "for",
    "relationship",
    "group",
    "derived",
    "true",
    "false",
];

/// A name as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A comment, `// ..` or `/* .. */`, with its markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text with its markers, without the line's end.
    pub text: String,
    /// Whether something other than blanks stands before it on its line.
    pub trailing: bool,
    /// Where it stands.
    pub span: Span,
}

/// A whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Which text.
    pub id: FileId,
    /// The attributes before the first item: they hold for every protocol of the file.
    pub attributes: Vec<Attribute>,
    /// The items, in order.
    pub items: Vec<Item>,
    /// All comments, in order.
    pub comments: Vec<Comment>,
    /// Where lines without anything on them start, in order: the printer keeps one in a row.
    pub blank_lines: Vec<u32>,
    /// The whole text.
    pub span: Span,
}

//! Who takes part: roles, families, their sizes, and how a step names its participants.
//!
//! In: nothing. Out: the types of [`Protocol::roles`](super::Protocol::roles) and
//! [`Protocol::sizes`](super::Protocol::sizes). What holds: a number is never mixed up with a symbol,
//! which is bound when a session is created.

use std::collections::{BTreeMap, BTreeSet};

use super::{LoopId, RoleId, SizeId};
use crate::source::Span;

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

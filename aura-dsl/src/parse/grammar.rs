//! The parser that pest derives from `grammar.pest`.
//!
//! In: the grammar. Out: [`Grammar`] and [`Rule`], one variant a rule. They stay inside `parse`:
//! every other stage sees the syntax tree.
#![allow(missing_docs, reason = "the derive writes an enum without comments")]

#[derive(pest_derive::Parser)]
#[grammar = "grammar.pest"]
pub(super) struct Grammar;

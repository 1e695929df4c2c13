//! The choreography compiler: verdicts, projection and audit of `.aura` protocols.
//!
//! Text in, text out. [`compile`](compile::compile) runs the stages in order: `parse` -> [`ast`],
//! `resolve` -> [`global`], `check`, `automaton`, `project` -> [`local`] with a
//! [`verdict`], `audit`; `emit` turns the results into text, JSON, diagrams and Rust. The binary
//! `aura-dsl` is the only place that reads or writes files.

pub mod ast;
pub mod audit;
pub mod automaton;
#[cfg(feature = "build")]
pub mod build;
pub mod check;
pub mod compile;
pub mod contexts;
pub mod diag;
pub mod diff;
pub mod emit;
pub mod escape;
pub mod global;
mod guarded;
pub mod import;
pub mod load;
pub mod local;
pub mod parse;
pub mod print;
pub mod project;
pub mod resolve;
pub mod source;
pub mod verdict;

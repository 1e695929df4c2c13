//! Protocols of other languages.
//!
//! In: texts that were not written for this compiler. Out: syntax trees as if they had been, with
//! spans in the original text.

pub mod scribble;

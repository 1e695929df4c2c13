//! `aura_choreography!` and `aura_protocol!`: a thin skin over aura-dsl.
//!
//! In: a block, or the name of a file. Out: the Rust that `aura_dsl::emit::rust` makes of it, or the
//! compiler's diagnostics as errors of rustc: for a block on the exact token, for a file with file,
//! line and column in the message. Left out on purpose: any rule of the language. What the command
//! line accepts, these accept, by the same code.

mod block;
mod file;
mod report;
#[cfg(test)]
mod tests;
mod tokens;

use std::path::PathBuf;

use proc_macro::TokenStream;

/// Compiles a choreography that stands in a file. The path is relative to the crate's manifest;
/// the crate is rebuilt when the file or one of its imports changes.
///
/// ```ignore
/// aura_macros::aura_protocol!("protocols/request_response/request_response.aura");
/// ```
#[proc_macro]
pub fn aura_protocol(input: TokenStream) -> TokenStream {
    file::expand(input.into(), &manifest_folder()).into()
}

/// Compiles a choreography that stands in the block.
///
/// ```ignore
/// aura_macros::aura_choreography! {
///     #[namespace = "ping"]
///     protocol Ping {
///         roles: A, B;
///         A -> B: Ping;
///         B -> A: Pong;
///     }
/// }
/// ```
#[proc_macro]
pub fn aura_choreography(input: TokenStream) -> TokenStream {
    block::expand(input.into(), &manifest_folder()).into()
}

/// The folder of the crate that is being compiled.
fn manifest_folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default())
}

//! What the compiler found, as errors of rustc.

use aura_dsl::{compile::Compilation, diag::Diagnostic, emit::rust::Gap, source::Span};
use proc_macro2::TokenStream;
use quote::quote_spanned;

/// One error, and where it stands in the text.
pub(crate) struct Finding {
    pub(crate) span: Span,
    pub(crate) text: String,
}

/// What `emit` makes of a compilation without errors; else everything that is wrong.
pub(crate) fn findings(
    compilation: &Compilation,
    emit: impl FnOnce(&Compilation) -> Result<TokenStream, Vec<Gap>>,
) -> Result<TokenStream, Vec<Finding>> {
    if compilation.report.has_errors() {
        return Err(compilation.report.errors().map(diagnostic).collect());
    }
    let gap = |Gap { span, message }| Finding {
        span,
        text: message,
    };
    emit(compilation).map_err(|gaps| gaps.into_iter().map(gap).collect())
}

fn diagnostic(diagnostic: &Diagnostic) -> Finding {
    let mut text = format!("{}: {}", diagnostic.code.name(), diagnostic.message);
    if let Some(help) = &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    Finding {
        span: diagnostic.span,
        text,
    }
}

/// An error of rustc on a token.
pub(crate) fn error(span: proc_macro2::Span, message: &str) -> TokenStream {
    quote_spanned!(span=> ::core::compile_error!(#message);)
}

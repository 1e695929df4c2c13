//! What the compiler found, as errors and warnings of rustc.
//!
//! rustc takes an error from a macro as `compile_error!` and has nothing of the kind for a warning.
//! The use of a deprecated item is a warning with a text of one's own, so a warning becomes that. It
//! stays a warning where the crate denies all of them: the findings of a protocol have a switch of
//! their own, `aura-dsl check --deny warnings`, and must not stop a build that nobody can mend in
//! Rust. `#[allow(deprecated)]` around the macro silences it.

use aura_dsl::{
    compile::Compilation,
    diag::{self, Diagnostic, Label},
    emit::rust::{Gap, located},
    source::Span,
};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

/// Whether a finding ends the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// One finding, and where it stands in the text.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) span: Span,
    pub(crate) text: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) help: Option<String>,
    /// What the command line would print; nothing for what the command line does not know.
    pub(crate) diagnostic: Option<Diagnostic>,
}

/// What was generated, if nothing is wrong, and everything that was found.
pub(crate) struct Findings {
    pub(crate) rust: TokenStream,
    pub(crate) found: Vec<Finding>,
}

/// What was found; what is generated from a place of the text stands where `places` says.
pub(crate) fn findings(
    compilation: &Compilation,
    places: &dyn Fn(Span) -> proc_macro2::Span,
) -> Findings {
    let failed = compilation.report.has_errors();
    // Beside an error a warning only hides it.
    let told = compilation.report.iter();
    let told = told.filter(|found| !failed || found.code.severity() == diag::Severity::Error);
    let mut found: Vec<Finding> = told.map(Finding::of).collect();
    let mut tokens = TokenStream::new();
    if !failed {
        match located(compilation, places) {
            Ok(rust) => tokens = rust,
            Err(gaps) => found.extend(gaps.into_iter().map(Finding::of_gap)),
        }
    }
    Findings {
        rust: tokens,
        found,
    }
}

impl Finding {
    fn of(diagnostic: &Diagnostic) -> Self {
        Self {
            severity: match diagnostic.code.severity() {
                diag::Severity::Error => Severity::Error,
                diag::Severity::Warning => Severity::Warning,
            },
            span: diagnostic.span,
            text: format!("{}: {}", diagnostic.code.name(), diagnostic.message),
            labels: diagnostic.labels.clone(),
            help: diagnostic.help.clone(),
            diagnostic: Some(diagnostic.clone()),
        }
    }

    fn of_gap(Gap { span, message }: Gap) -> Self {
        Self {
            severity: Severity::Error,
            span,
            text: message,
            labels: Vec::new(),
            help: None,
            diagnostic: None,
        }
    }
}

impl Severity {
    /// A finding that stands on the tokens from the first to the last one given.
    pub(crate) fn told(
        self,
        (first, last): (proc_macro2::Span, proc_macro2::Span),
        text: &str,
    ) -> TokenStream {
        match self {
            // rustc marks from the first token of the macro to its last one.
            Self::Error => {
                let call = quote_spanned!(first=> ::core::compile_error!);
                let text = quote_spanned!(last=> { #text });
                quote!(#call #text)
            }
            Self::Warning => {
                let name = Ident::new("protocol", first);
                quote! {
                    #[warn(warnings)]
                    const _: () = {
                        #[deprecated(note = #text)]
                        #[allow(non_upper_case_globals, reason = "it reads as a word in the message")]
                        const #name: () = ();
                        #name
                    };
                }
            }
        }
    }
}

/// An error outside of any text.
pub(crate) fn gone_wrong(span: proc_macro2::Span, text: &str) -> TokenStream {
    Severity::Error.told((span, span), text)
}

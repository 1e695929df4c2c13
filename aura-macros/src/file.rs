//! A choreography in a file.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the macro reads the file that it is given, and where its crate lies"
)]

use std::path::{Path, PathBuf};

use aura_dsl::{
    compile::{Compilation, compile},
    emit::rust::rust,
    load::{Files, read},
    source::{Position, Sources, Span},
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::report::{error, findings};

/// The folder of the crate that is being compiled.
pub(crate) fn manifest_folder() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default())
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let Ok(literal) = syn::parse2::<LitStr>(input) else {
        let message = "`aura_protocol!` takes one string: the path of an `.aura` file, \
                       relative to the crate's `Cargo.toml`";
        return error(proc_macro2::Span::call_site(), message);
    };
    let folder = manifest_folder();
    let path = folder.join(literal.value());
    match compiled(&path, &folder) {
        Ok(compilation) => tokens(&compilation, &literal, &folder),
        Err(why) => error(literal.span(), &format!("{}: {why}", literal.value())),
    }
}

fn compiled(path: &Path, root: &Path) -> Result<Compilation, String> {
    let loader = Files::of_file(path, Some(root))?;
    let text = read::file(path)?;
    Ok(compile(
        &path.to_string_lossy(),
        loader.key(),
        &text,
        &loader,
    ))
}

fn tokens(compilation: &Compilation, literal: &LitStr, folder: &Path) -> TokenStream {
    let errors = findings(compilation, rust);
    let tokens = match errors {
        Ok(tokens) => tokens,
        Err(found) => {
            let errors = found.iter().map(|finding| {
                let place = place(&compilation.sources, finding.span, folder);
                error(literal.span(), &format!("{place}: {}", finding.text))
            });
            quote!(#(#errors)*)
        }
    };
    let tracked = compilation.sources.files().map(|(_, file)| {
        let path = &file.path;
        quote!(
            const _: &[u8] = ::core::include_bytes!(#path);
        )
    });
    quote!(#(#tracked)* #tokens)
}

/// `file:line:column`, the file as seen from the crate.
fn place(sources: &Sources, span: Span, folder: &Path) -> String {
    let path = Path::new(&sources.file(span.file).path);
    let path = path.strip_prefix(folder).unwrap_or(path);
    let Position { line, column } = sources.start(span);
    format!("{}:{line}:{column}", path.display())
}

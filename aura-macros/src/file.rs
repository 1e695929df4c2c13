//! A choreography in a file.
//!
//! A finding is told as the command line tells it, excerpt included, because rustc can mark no place
//! but the macro itself.

use std::path::Path;

use aura_dsl::{
    compile::{Compilation, compile},
    diag::{Report, render::render},
    load::{Files, read},
    source::Position,
};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::LitStr;

use crate::{
    block::tracked,
    report::{Finding, Findings, findings, gone_wrong},
};

/// The protocols of the named file as Rust, or what is wrong with them. The name is relative to
/// `folder`, and so are the places that are told.
pub(crate) fn expand(input: TokenStream, folder: &Path) -> TokenStream {
    let Ok(literal) = syn::parse2::<LitStr>(input) else {
        let message = "`aura_protocol!` takes one string: the path of an `.aura` file, \
                       relative to the crate's `Cargo.toml`";
        return gone_wrong(Span::call_site(), message);
    };
    let compilation = match compiled(&folder.join(literal.value()), folder) {
        Ok(compilation) => compilation,
        Err(why) => {
            let text = format!("{}: {}", literal.value(), seen(&why, folder));
            return gone_wrong(literal.span(), &text);
        }
    };
    let path = Span::call_site().located_at(literal.span());
    let Findings { rust, found } = findings(&compilation, &|_| path);
    let found = found.iter().map(|finding| {
        let text = told(finding, &compilation, folder);
        finding
            .severity
            .told((literal.span(), literal.span()), &text)
    });
    let files = compilation.sources.files();
    let tracked = files.map(|(_, file)| tracked(&file.path));
    quote!(#(#tracked)* #(#found)* #rust)
}

fn compiled(path: &Path, root: &Path) -> Result<Compilation, String> {
    let loader = Files::of_file(path, Some(root))?;
    let text = read::file(path)?;
    let name = path.to_string_lossy();
    Ok(compile(&name, loader.key(), &text, &loader))
}

/// `file:line:column: finding`, and below it the excerpt.
fn told(finding: &Finding, compilation: &Compilation, folder: &Path) -> String {
    let sources = &compilation.sources;
    let path = &sources.file(finding.span.file).path;
    let Position { line, column } = sources.start(finding.span);
    let mut text = format!("{path}:{line}:{column}: {}", finding.text);
    if let Some(diagnostic) = &finding.diagnostic {
        let excerpt = render(sources, &Report::from(diagnostic.clone()), false);
        let (_, excerpt) = excerpt.split_once('\n').unwrap_or_default();
        text = text + "\n" + excerpt.trim_end();
    }
    seen(&text, folder)
}

/// A text with its paths as seen from the crate: they are the same on every machine.
fn seen(text: &str, folder: &Path) -> String {
    let folder = folder.display().to_string();
    let beside = format!("{folder}{}", std::path::MAIN_SEPARATOR);
    let root = format!("the root {folder}");
    text.replace(&root, "the crate's folder")
        .replace(&beside, "")
}

//! A choreography in a block.

use std::fmt::Write;
use std::path::Path;

use aura_dsl::{
    compile::{Compilation, compile},
    load::Files,
};
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::{
    report::{Finding, Findings, findings, gone_wrong},
    tokens::Block,
};

/// How a reader is told of the block's text, which has no file of its own.
const NAME: &str = "<block>";

/// The block's protocols as Rust, or what is wrong with them. Imports are relative to `folder`.
pub(crate) fn expand(input: TokenStream, folder: &Path) -> TokenStream {
    let block = Block::new(input);
    let loader = match Files::of_text(NAME, folder, None) {
        Ok(loader) => loader,
        Err(why) => return gone_wrong(Span::call_site(), &why),
    };
    let compilation = compile(NAME, loader.key(), &block.text, &loader);
    let Findings { rust, found } = findings(&compilation, &|span| {
        let here = Span::call_site();
        if span.file == compilation.root {
            here.located_at(block.tokens(span.start, span.end).0)
        } else {
            here
        }
    });
    let found = found
        .iter()
        .map(|finding| told(finding, &block, &compilation));
    let imports = compilation.sources.files();
    let imports = imports.filter(|(id, _)| *id != compilation.root);
    let tracked = imports.map(|(_, file)| tracked(&file.path));
    quote!(#(#tracked)* #(#found)* #rust)
}

/// An item that makes rustc build the crate again when the file has changed.
pub(crate) fn tracked(path: &str) -> TokenStream {
    quote!(
        const _: &[u8] = ::core::include_bytes!(#path);
    )
}

/// A finding at its tokens; one in an imported file at the macro, with its place in words.
fn told(finding: &Finding, block: &Block, compilation: &Compilation) -> TokenStream {
    let Finding { span, severity, .. } = finding;
    if span.file != compilation.root {
        let place = compilation.sources.start(*span);
        let path = &compilation.sources.file(span.file).path;
        let text = format!("{path}:{}:{}: ", place.line, place.column) + &finding.text;
        let here = Span::call_site();
        return severity.told((here, here), &text);
    }
    let mut text = finding.text.clone();
    for label in &finding.labels {
        text += "\nnote: ";
        text += &label.message;
        if label.span.file == compilation.root {
            let (token, _) = block.tokens(label.span.start, label.span.end);
            let place = token.start();
            let _ = write!(text, " (line {}, column {})", place.line, place.column + 1);
        }
    }
    if let Some(help) = &finding.help {
        text += "\nhelp: ";
        text += help;
    }
    severity.told(block.tokens(span.start, span.end), &text)
}

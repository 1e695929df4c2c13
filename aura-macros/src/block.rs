//! A choreography in a block: its text again, with a table from offsets to tokens.
//!
//! The text is built from the tokens' lines and columns, so that one grammar serves files and
//! blocks. Where the positions do not grow from token to token (some tools give constants), the
//! tokens are printed with blanks between them instead; the table is the same.

use aura_dsl::{compile::compile, emit::rust::rust, load::Files};
use proc_macro2::{Delimiter, LineColumn, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

use crate::{
    file::manifest_folder,
    report::{error, findings},
};

/// A token's text, where it begins, and whether the next one follows without a blank.
struct Token {
    text: String,
    span: Span,
    joint: bool,
}

/// The block's text, and for each token the offset at which it begins.
struct Block {
    text: String,
    offsets: Vec<(u32, Span)>,
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut tokens = Vec::new();
    flatten(input, &mut tokens);
    let block = by_position(&tokens).unwrap_or_else(|| by_order(&tokens));
    let loader = match Files::of_text("<block>", &manifest_folder(), None) {
        Ok(loader) => loader,
        Err(why) => return error(Span::call_site(), &why),
    };
    let compilation = compile("<block>", loader.key(), &block.text, &loader);
    match findings(&compilation, rust) {
        Ok(tokens) => {
            let imports = compilation
                .sources
                .files()
                .filter(|(id, _)| *id != compilation.root);
            let imports = imports.map(|(_, file)| {
                let path = &file.path;
                quote!(
                    const _: &[u8] = ::core::include_bytes!(#path);
                )
            });
            quote!(#(#imports)* #tokens)
        }
        Err(found) => {
            let errors = found.iter().map(|finding| {
                if finding.span.file == compilation.root {
                    return error(block.span(finding.span.start), &finding.text);
                }
                let place = compilation.sources.start(finding.span);
                let path = &compilation.sources.file(finding.span.file).path;
                let text = format!("{path}:{}:{}: {}", place.line, place.column, finding.text);
                error(Span::call_site(), &text)
            });
            quote!(#(#errors)*)
        }
    }
}

impl Block {
    /// The token at an offset of the text, or the one before it.
    fn span(&self, offset: u32) -> Span {
        let behind = self
            .offsets
            .partition_point(|(begins, _)| *begins <= offset);
        let token = behind.checked_sub(1).and_then(|at| self.offsets.get(at));
        token.map_or_else(Span::call_site, |(_, span)| *span)
    }
}

fn flatten(input: TokenStream, tokens: &mut Vec<Token>) {
    for tree in input {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                let fence = |text: &str, span| Token {
                    text: text.to_owned(),
                    span,
                    joint: false,
                };
                tokens.push(fence(open, group.span_open()));
                flatten(group.stream(), tokens);
                tokens.push(fence(close, group.span_close()));
            }
            TokenTree::Punct(punct) => tokens.push(Token {
                text: punct.as_char().to_string(),
                span: punct.span(),
                joint: punct.spacing() == Spacing::Joint,
            }),
            TokenTree::Ident(ident) => tokens.push(Token {
                text: ident.to_string(),
                span: ident.span(),
                joint: false,
            }),
            TokenTree::Literal(literal) => tokens.push(Token {
                text: literal.to_string(),
                span: literal.span(),
                joint: false,
            }),
        }
    }
}

/// Every token on its line and in its column; `None` if they do not grow.
fn by_position(tokens: &[Token]) -> Option<Block> {
    let first = tokens.first()?.span.start();
    let mut block = Block {
        text: String::new(),
        offsets: Vec::with_capacity(tokens.len()),
    };
    let mut at = first;
    for token in tokens {
        let start = token.span.start();
        if (start.line, start.column) < (at.line, at.column) {
            return None;
        }
        if start.line > at.line {
            block
                .text
                .extend(std::iter::repeat_n('\n', start.line - at.line));
            at = LineColumn {
                line: start.line,
                column: 0,
            };
        }
        block
            .text
            .extend(std::iter::repeat_n(' ', start.column - at.column));
        block.push(token)?;
        let lines = token.text.matches('\n').count();
        let last = token
            .text
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        at = LineColumn {
            line: start.line + lines,
            column: if lines == 0 {
                start.column + last
            } else {
                last
            },
        };
    }
    Some(block)
}

/// The tokens in order, with blanks between those that are not joint.
fn by_order(tokens: &[Token]) -> Block {
    let mut block = Block {
        text: String::new(),
        offsets: Vec::with_capacity(tokens.len()),
    };
    for token in tokens {
        if block.push(token).is_none() {
            break;
        }
        if !token.joint {
            block.text.push(' ');
        }
    }
    block
}

impl Block {
    fn push(&mut self, token: &Token) -> Option<()> {
        self.offsets
            .push((u32::try_from(self.text.len()).ok()?, token.span));
        self.text.push_str(&token.text);
        Some(())
    }
}

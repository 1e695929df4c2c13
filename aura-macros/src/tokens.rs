//! A block's tokens as text again, with a table from offsets back to the tokens.
//!
//! In: the tokens of a macro's block. Out: a text that the one grammar reads, and for every offset
//! of it the token that stands there. The text is built from the tokens' lines and columns, so it is
//! what the author wrote, blanks included. Where the positions do not grow from token to token (some
//! tools give constants, and a macro may take its tokens from several places), the tokens are printed
//! with blanks between them instead; the table is the same. Left out on purpose: comments, which are
//! no tokens, and doc comments, which are tokens for Rust but comments for a choreography.

use proc_macro2::{Delimiter, Group, LineColumn, Spacing, Span, TokenStream, TokenTree};

/// The block's text, and for each token the offset at which it begins.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) text: String,
    tokens: Vec<(u32, Span)>,
}

/// A token's text, and whether the next one follows without a blank.
struct Token {
    text: String,
    span: Span,
    joint: bool,
}

impl Block {
    /// The text of these tokens.
    pub(crate) fn new(input: TokenStream) -> Self {
        let tokens = flat(input);
        by_position(&tokens).unwrap_or_else(|| by_order(&tokens))
    }

    /// The first and the last token between two offsets of the text; a place behind all tokens
    /// belongs to the last one.
    pub(crate) fn tokens(&self, start: u32, end: u32) -> (Span, Span) {
        let first = self.token(start);
        let last = self.token(end.saturating_sub(1).max(start));
        (first, last)
    }

    fn token(&self, offset: u32) -> Span {
        let behind = self.tokens.partition_point(|(begins, _)| *begins <= offset);
        let token = self.tokens.get(behind.saturating_sub(1));
        token.map_or_else(Span::call_site, |(_, span)| *span)
    }

    fn push(&mut self, token: &Token) -> Option<()> {
        let begins = u32::try_from(self.text.len()).ok()?;
        self.tokens.push((begins, token.span));
        self.text.push_str(&token.text);
        Some(())
    }

    fn of(tokens: usize) -> Self {
        Self {
            text: String::new(),
            tokens: Vec::with_capacity(tokens),
        }
    }
}

/// The tokens without their tree. Nesting costs no stack: a text may nest deeper than a thread of
/// the compiler has room for.
fn flat(input: TokenStream) -> Vec<Token> {
    let level = |stream: TokenStream| stream.into_iter().collect::<Vec<_>>().into_iter();
    let mut tokens = Vec::new();
    let mut open = vec![(level(input), None)];
    while let Some((trees, close)) = open.last_mut() {
        let comment = doc_comment(trees.as_slice());
        if comment > 0 {
            trees.nth(comment - 1);
            continue;
        }
        let Some(tree) = trees.next() else {
            tokens.extend(close.take());
            open.pop();
            continue;
        };
        match tree {
            TokenTree::Punct(punct) => tokens.push(Token {
                text: punct.as_char().to_string(),
                span: punct.span(),
                joint: punct.spacing() == Spacing::Joint,
            }),
            TokenTree::Group(group) => {
                let (before, behind) = fences(&group);
                tokens.extend(before);
                open.push((level(group.stream()), behind));
            }
            TokenTree::Ident(ident) => tokens.push(plain(ident.to_string(), ident.span())),
            TokenTree::Literal(literal) => {
                tokens.push(plain(literal.to_string(), literal.span()));
            }
        }
    }
    tokens
}

fn plain(text: String, span: Span) -> Token {
    Token {
        text,
        span,
        joint: false,
    }
}

/// The delimiters of a group; the invisible ones around what another macro passed on are none.
fn fences(group: &Group) -> (Option<Token>, Option<Token>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => return (None, None),
    };
    (
        Some(plain(open.to_owned(), group.span_open())),
        Some(plain(close.to_owned(), group.span_close())),
    )
}

/// How many trees a doc comment takes that stands first: rustc makes `#[doc = ".."]` of `/// ..` and
/// `#![doc = ".."]` of `//! ..`. Unlike in an attribute that was written out, all begin at one place.
fn doc_comment(trees: &[TokenTree]) -> usize {
    let punct = |tree: Option<&TokenTree>, wanted| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
    let at = if punct(trees.get(1), '!') { 2 } else { 1 };
    let (Some(first), Some(TokenTree::Group(group))) = (trees.first(), trees.get(at)) else {
        return 0;
    };
    let mut inside = group.stream().into_iter();
    let is_doc = matches!(inside.next(), Some(TokenTree::Ident(word)) if word == "doc");
    let (start, inner) = (first.span().start(), group.span_open().start());
    let at_one_place = (start.line, start.column) == (inner.line, inner.column);
    if punct(Some(first), '#') && is_doc && at_one_place {
        at + 1
    } else {
        0
    }
}

/// Every token on its line and in its column; `None` if they do not grow.
fn by_position(tokens: &[Token]) -> Option<Block> {
    let mut at = tokens.first()?.span.start();
    let mut block = Block::of(tokens.len());
    for token in tokens {
        let start = token.span.start();
        if (start.line, start.column) < (at.line, at.column) {
            return None;
        }
        if start.line > at.line {
            let lines = start.line - at.line;
            block.text.extend(std::iter::repeat_n('\n', lines));
            at = LineColumn {
                line: start.line,
                column: 0,
            };
        }
        let blanks = start.column - at.column;
        block.text.extend(std::iter::repeat_n(' ', blanks));
        block.push(token)?;
        at = end(start, &token.text);
    }
    Some(block)
}

/// Where a token ends that begins at `start`.
fn end(start: LineColumn, text: &str) -> LineColumn {
    let width = |text: &str| text.chars().count();
    match text.rsplit_once('\n') {
        None => LineColumn {
            line: start.line,
            column: start.column + width(text),
        },
        Some((lines, last)) => LineColumn {
            line: start.line + 1 + lines.matches('\n').count(),
            column: width(last),
        },
    }
}

/// The tokens in order, with blanks between those that are not joint. Around a colon there is none:
/// the name of a capability may have colons in it, but no blanks.
fn by_order(tokens: &[Token]) -> Block {
    let mut block = Block::of(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        if block.push(token).is_none() {
            break;
        }
        let colon = |token: Option<&Token>| token.is_some_and(|token| token.text == ":");
        if !token.joint && !colon(Some(token)) && !colon(tokens.get(at + 1)) {
            block.text.push(' ');
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(text: &str) -> TokenStream {
        text.parse().expect("the text of a test has tokens")
    }

    /// The same tokens as some tools hand them over: all of them at one place.
    fn nowhere(input: TokenStream) -> TokenStream {
        let trees = input.into_iter().map(|tree| match tree {
            TokenTree::Group(group) => {
                let group = Group::new(group.delimiter(), nowhere(group.stream()));
                TokenTree::Group(group)
            }
            mut tree => {
                tree.set_span(Span::call_site());
                tree
            }
        });
        trees.collect()
    }

    #[test]
    fn the_text_is_what_was_written() {
        let text = "protocol P {\n    roles: A, Q[m];\n\n  A -> Q[*]: \"two\nlines\"   ;\n}";
        assert_eq!(Block::new(stream(text)).text, text);
    }

    #[test]
    fn comments_are_blanks() {
        let text = "a /* b */ -> c;\n/// doc\n//! doc\n/** doc */ d // e\n;";
        let block = Block::new(stream(text)).text;
        let words: Vec<_> = block.split_whitespace().collect();
        assert_eq!(words, ["a", "->", "c;", "d", ";"]);
    }

    #[test]
    fn an_attribute_that_was_written_out_stays() {
        let text = "#[doc = \"x\"] a";
        assert_eq!(Block::new(stream(text)).text, text);
    }

    #[test]
    fn offsets_lead_to_tokens() {
        let block = Block::new(stream("ab -> cd ;\n ef"));
        let place = |start, end| {
            let (first, last) = block.tokens(start, end);
            (first.start().column, last.start().column, last.start().line)
        };
        assert_eq!(place(0, 2), (0, 0, 1));
        assert_eq!(place(1, 2), (0, 0, 1));
        assert_eq!(place(0, 8), (0, 6, 1));
        assert_eq!(place(12, 14), (1, 1, 2));
        assert_eq!(place(99, 99), (1, 1, 2));
    }

    #[test]
    fn tokens_without_places_stand_in_their_order() {
        let block = Block::new(nowhere(stream(
            "capability a:b;\nA -> Q[0..t]: M<crate::X>;",
        )));
        assert_eq!(
            block.text,
            "capability a:b ; A -> Q [ 0 .. t ]:M < crate::X >; "
        );
        assert_eq!(block.tokens.len(), 24);
    }

    #[test]
    fn no_tokens_have_no_place() {
        let block = Block::new(TokenStream::new());
        assert_eq!(block.text, "");
        block.tokens(0, 0);
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let mut deep = TokenStream::new();
        for _ in 0..2_000 {
            let group = Group::new(Delimiter::Brace, deep);
            deep = TokenTree::Group(group).into();
        }
        assert_eq!(flat(deep).len(), 4_000);
    }
}

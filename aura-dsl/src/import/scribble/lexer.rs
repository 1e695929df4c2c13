//! The tokens of a Scribble text.
//!
//! In: the text. Out: words, numbers, strings and single characters with their places, and beside
//! them comments (`//`, `/* .. */`, `(* .. *)`) and empty lines. What holds: the text is of bounded
//! size and a reader can see all of it, as with `.aura` texts.

use crate::ast::Comment;
use crate::diag::codes::{E0104, E0108};
use crate::diag::{Diagnostic, Report};
use crate::parse::{MAX_BYTES, characters, span};
use crate::source::{FileId, Span};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, digits and `_`, not starting with a digit.
    Word,
    /// A string, its quotes included.
    Text,
    /// Anything else.
    Other,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// A text in tokens.
#[derive(Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<Comment>,
    pub(super) blank_lines: Vec<u32>,
}

pub(super) fn lex(id: FileId, text: &str) -> Result<Lexed, Report> {
    if text.len() > MAX_BYTES {
        let message = format!("the text has more than {MAX_BYTES} bytes");
        return Err(Diagnostic::new(E0108, span(id, 0..0), message)
            .help("split it into modules")
            .into());
    }
    characters(id, text)?;
    let mut lexed = Lexed::default();
    let mut at = 0;
    let (mut line, mut blank) = (0, true);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first == '\n' {
            if blank {
                lexed.blank_lines.push(span(id, line..line).start);
            }
            at += 1;
            (line, blank) = (at, true);
            continue;
        }
        if first.is_whitespace() || first == '\u{feff}' {
            at += first.len_utf8();
            continue;
        }
        if let Some(length) = comment(id, at, rest)? {
            let written = rest[..length].trim_end();
            lexed.comments.push(Comment {
                text: translated(written),
                trailing: !blank,
                span: span(id, at..at + written.len()),
            });
            blank = false;
            at += length;
            continue;
        }
        let (kind, length) = token(id, at, rest, first)?;
        lexed.tokens.push(Token {
            kind,
            span: span(id, at..at + length),
        });
        blank = false;
        at += length;
    }
    Ok(lexed)
}

fn token(id: FileId, at: usize, rest: &str, first: char) -> Result<(Kind, usize), Report> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if word(first) {
        let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
        let kind = if first.is_ascii_digit() {
            Kind::Other
        } else {
            Kind::Word
        };
        return Ok((kind, length));
    }
    if first != '"' {
        return Ok((Kind::Other, first.len_utf8()));
    }
    match rest[1..].find(['"', '\n']) {
        Some(end) if rest[1 + end..].starts_with('"') => Ok((Kind::Text, end + 2)),
        _ => Err(Diagnostic::new(
            E0104,
            span(id, at..at + 1),
            "this string is not closed on its line",
        )
        .help("add `\"` where it ends")
        .into()),
    }
}

/// The length of the comment that a text starts with.
fn comment(id: FileId, at: usize, rest: &str) -> Result<Option<usize>, Report> {
    let close = if rest.starts_with("//") {
        return Ok(Some(rest.find('\n').unwrap_or(rest.len())));
    } else if rest.starts_with("/*") {
        "*/"
    } else if rest.starts_with("(*") {
        "*)"
    } else {
        return Ok(None);
    };
    match rest[2..].find(close) {
        Some(length) => Ok(Some(2 + length + 2)),
        None => Err(
            Diagnostic::new(E0104, span(id, at..at + 2), "this comment is never closed")
                .help(format!("add `{close}` behind it"))
                .into(),
        ),
    }
}

/// A comment in the marks of `.aura`.
fn translated(comment: &str) -> String {
    match comment
        .strip_prefix("(*")
        .and_then(|rest| rest.strip_suffix("*)"))
    {
        Some(inner) => format!("/*{}*/", inner.replace("*/", "* /")),
        None => comment.to_owned(),
    }
}

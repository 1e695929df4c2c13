//! One pass over the characters before the grammar sees the text.
//!
//! In: the text. Out: its comments. What holds afterwards: the text is not empty and of bounded
//! size, holds no control or bidirectional characters, every comment, string and bracket is closed
//! by its partner, and brackets nest no deeper than [`MAX_DEPTH`], so that recursion over the tree
//! has a bound. Errors about brackets are better told here, where it is known what was opened.

use std::ops::Range;

use crate::ast::Comment;
use crate::diag::codes::{E0102, E0104, E0108, E0109};
use crate::diag::{Code, Diagnostic, Report};
use crate::escape::is_hidden;
use crate::source::{FileId, Span};

/// The largest text, in bytes: ten thousand messages. The densest texts of this size take 120 MB.
pub(crate) const MAX_BYTES: usize = 512 << 10;

/// How deep brackets may nest.
pub(crate) const MAX_DEPTH: usize = 1_024;

/// What the grammar leaves out.
pub(super) struct Layout {
    pub(super) comments: Vec<Comment>,
    pub(super) blank_lines: Vec<u32>,
}

/// The comments and empty lines of a text that is fit for the grammar.
pub(super) fn scan(id: FileId, text: &str) -> Result<Layout, Report> {
    let scanner = Scanner {
        id,
        text,
        open: Vec::new(),
        laid_out: Vec::new(),
        suspects: Vec::new(),
        found: Report::default(),
        torn: false,
        indent: 0,
        comments: Vec::new(),
        blank_lines: Vec::new(),
        line_start: 0,
        line_is_blank: true,
        guard: false,
    };
    scanner.read()
}

/// A bracket that is open.
#[derive(Clone, Copy)]
struct Open {
    bracket: u8,
    at: usize,
    /// How far its line is indented.
    indent: usize,
    /// Whether it stands in the parentheses of a `when`, where `<` is an operator.
    guard: bool,
}

struct Scanner<'a> {
    id: FileId,
    text: &'a str,
    /// The brackets that are open, outermost first.
    open: Vec<Open>,
    /// The braces that are open by the layout: one ends where another one begins a line further
    /// left than its own.
    laid_out: Vec<Open>,
    /// The braces that end so without a partner.
    suspects: Vec<Open>,
    /// What is not closed.
    found: Report,
    /// Whether the brackets do not match, so that nothing is known of those that follow.
    torn: bool,
    comments: Vec<Comment>,
    blank_lines: Vec<u32>,
    line_start: usize,
    /// How far the line is indented, in bytes.
    indent: usize,
    line_is_blank: bool,
    /// Whether the last token was `when`.
    guard: bool,
}

impl Scanner<'_> {
    fn read(mut self) -> Result<Layout, Report> {
        if self.text.len() > MAX_BYTES {
            let message = format!(
                "the text has {} bytes, more than the {MAX_BYTES} that are read",
                self.text.len()
            );
            return Err(self
                .error(E0108, 0..0, message)
                .help("split it into files and `import` them")
                .into());
        }
        characters(self.id, self.text)?;
        let bytes = self.text.as_bytes();
        let mut at = 0;
        let mut something = false;
        while let Some(&byte) = bytes.get(at) {
            if self.line_is_blank && !byte.is_ascii_whitespace() {
                self.indent = at - self.line_start;
            }
            let next = match byte {
                b'\n' => {
                    if self.line_is_blank {
                        self.blank_lines.push(offset(self.line_start));
                    }
                    self.line_is_blank = true;
                    at += 1;
                    self.line_start = at;
                    continue;
                }
                b' ' | b'\t' | b'\r' => {
                    at += 1;
                    continue;
                }
                b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => {
                    at = self.comment(at);
                    continue;
                }
                b'"' => self.string(at),
                b'{' | b'(' | b'[' | b'<' => {
                    self.opens(byte, at)?;
                    at + 1
                }
                b'}' | b')' | b']' | b'>' => {
                    self.closes(byte, at);
                    at + 1
                }
                _ if is_word(byte) => {
                    let length = bytes[at..]
                        .iter()
                        .take_while(|byte| is_word(**byte))
                        .count();
                    self.guard = &bytes[at..at + length] == b"when";
                    something = true;
                    self.line_is_blank = false;
                    at += length;
                    continue;
                }
                _ => at + 1,
            };
            something = true;
            self.line_is_blank = false;
            self.guard = false;
            at = next;
        }
        self.finish(something)
    }

    fn finish(mut self, something: bool) -> Result<Layout, Report> {
        // What stands behind an open string or comment may have closed a bracket.
        if !self.torn && !self.found.has_errors() {
            for open in self.never_closed() {
                let (shown, partner) = (char::from(open.bracket), partner(open.bracket));
                let partner = char::from(partner);
                let message = format!("this `{shown}` is never closed");
                let end = self.text.len();
                let unclosed = self
                    .error(E0104, open.at..open.at + 1, message)
                    .label(
                        self.span(end..end),
                        format!("the text ends here without its `{partner}`"),
                    )
                    .help(format!("add `{partner}`"));
                self.found.push(unclosed);
            }
        }
        if self.found.has_errors() {
            self.found.sort();
            return Err(self.found);
        }
        if !something {
            return Err(self
                .error(E0109, 0..0, "there is nothing in this text")
                .help("a protocol is `protocol Name { roles: A, B; A -> B: Hello; }`")
                .into());
        }
        Ok(Layout {
            comments: self.comments,
            blank_lines: self.blank_lines,
        })
    }

    /// The brackets without a partner. Where the layout tells which braces they are, all of them:
    /// the brackets alone tell only how many, and leave the outermost ones open.
    fn never_closed(&self) -> Vec<Open> {
        let mut open = self.open.iter().filter(|open| open.bracket != b'<');
        let Some(last) = open.next_back() else {
            return Vec::new();
        };
        let missing = 1 + open.count();
        let mut by_layout = self.suspects.clone();
        by_layout.extend(&self.laid_out);
        by_layout.sort_by_key(|open| open.at);
        if by_layout.len() == missing {
            by_layout
        } else {
            vec![self.suspects.first().copied().unwrap_or(*last)]
        }
    }

    fn comment(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let end = if rest.starts_with("//") {
            rest.find('\n')
                .map_or(self.text.len(), |length| at + length)
        } else {
            let Some(length) = rest[2..].find("*/") else {
                let unclosed = self.error(E0104, at..at + 2, "this comment is never closed");
                self.found.push(unclosed.help("add `*/` behind it"));
                return self.text.len();
            };
            at + 2 + length + 2
        };
        let text = self.text[at..end].trim_end();
        self.comments.push(Comment {
            text: text.to_owned(),
            trailing: !self.line_is_blank,
            span: self.span(at..at + text.len()),
        });
        // What follows a comment on its line follows something.
        self.line_is_blank = false;
        end
    }

    /// A string that is not closed ends with its line.
    fn string(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut here = at + 1;
        loop {
            match bytes.get(here) {
                Some(b'"') => return here + 1,
                Some(b'\\') if bytes.get(here + 1).is_some_and(|next| *next != b'\n') => here += 2,
                Some(b'\n') | None => {
                    let message = "this string is not closed on its line";
                    let help = "add `\"` where it ends; a line break in a string is written `\\n`";
                    self.found
                        .push(self.error(E0104, at..at + 1, message).help(help));
                    return here;
                }
                Some(_) => here += 1,
            }
        }
    }

    fn opens(&mut self, bracket: u8, at: usize) -> Result<(), Report> {
        if self.torn || self.found.has_errors() {
            return Ok(());
        }
        let outer_guard = self.open.last().is_some_and(|open| open.guard);
        if bracket == b'<' && outer_guard {
            return Ok(());
        }
        if self.open.len() >= MAX_DEPTH {
            let message = format!("brackets nest deeper than {MAX_DEPTH} levels here");
            return Err(self
                .error(E0108, at..at + 1, message)
                .help("move the inner steps into a protocol of their own and `call` it")
                .into());
        }
        let open = Open {
            bracket,
            at,
            indent: self.indent,
            guard: bracket == b'(' && (self.guard || outer_guard),
        };
        self.open.push(open);
        if bracket == b'{' {
            self.laid_out.push(open);
        }
        Ok(())
    }

    fn closes(&mut self, bracket: u8, at: usize) {
        if self.torn || self.found.has_errors() {
            return;
        }
        if bracket == b'>' {
            if self.open.last().is_some_and(|open| open.bracket == b'<') {
                self.open.pop();
            }
            return;
        }
        while self.open.last().is_some_and(|open| open.bracket == b'<') {
            self.open.pop();
        }
        let shown = char::from(bracket);
        let Some(open) = self.open.pop() else {
            let message = format!("nothing is open that this `{shown}` could close");
            let help = format!("remove it, or look for one `{shown}` too many before it");
            self.found
                .push(self.error(E0104, at..at + 1, message).help(help));
            self.torn = true;
            return;
        };
        if partner(open.bracket) != bracket {
            let opened = char::from(open.bracket);
            let message = format!("this `{shown}` cannot close a `{opened}`");
            let mismatch = self
                .error(E0104, at..at + 1, message)
                .label(
                    self.span(open.at..open.at + 1),
                    format!("`{opened}` is opened here"),
                )
                .help(format!(
                    "add `{}` before it",
                    char::from(partner(open.bracket))
                ));
            self.found.push(mismatch);
            self.torn = true;
            return;
        }
        if bracket == b'}' {
            while let Some(inner) = self.laid_out.pop() {
                if !self.line_is_blank || inner.indent <= self.indent {
                    break;
                }
                self.suspects.push(inner);
            }
        }
    }

    fn error(&self, code: Code, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.span(range), message)
    }

    fn span(&self, range: Range<usize>) -> Span {
        span(self.id, range)
    }
}

/// A span of offsets in a text whose size was checked.
pub(crate) fn span(id: FileId, range: Range<usize>) -> Span {
    Span {
        file: id,
        start: offset(range.start),
        end: offset(range.end),
    }
}

fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn partner(open: u8) -> u8 {
    match open {
        b'{' => b'}',
        b'(' => b')',
        b'[' => b']',
        _ => b'>',
    }
}

/// Refuses characters that a reader cannot see or that change the direction of writing: with them a
/// reader sees another protocol than the compiler.
pub(crate) fn characters(id: FileId, text: &str) -> Result<(), Report> {
    let bad = text.char_indices().find(|(at, character)| match character {
        '\n' | '\t' => false,
        '\r' => !text[at + 1..].starts_with('\n'),
        // A byte order mark at the start of a text is one; elsewhere it only hides.
        '\u{feff}' => *at > 0,
        _ => is_hidden(*character),
    });
    let Some((at, character)) = bad else {
        return Ok(());
    };
    let what = match character {
        _ if character.is_control() => "a control character",
        '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => "a character that changes the direction of writing",
        _ => "a character without a shape",
    };
    Err(Diagnostic::new(
        E0102,
        span(id, at..at + character.len_utf8()),
        format!("U+{:04X} is {what}", u32::from(character)),
    )
    .help("remove it: a reader cannot see it")
    .into())
}

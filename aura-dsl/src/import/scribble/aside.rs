//! Refinements and annotations become comments.
//!
//! A verdict depends on who sends which label to whom, and on nothing that a refinement says of a
//! value. So they are kept where a reader finds them, and a warning says that nobody checks them.

use super::Reader;
use super::lexer::Kind;
use crate::ast::Comment;
use crate::diag::Diagnostic;
use crate::diag::codes::{E0104, W0908};
use crate::source::Span;

impl Reader<'_> {
    /// Takes `{ .. }`, `[ .. ]` or `@".."` if the next token begins one.
    pub(super) fn set_aside(&mut self, what: &str) -> super::Parsed<()> {
        let Some(token) = self.peek() else {
            return Ok(());
        };
        let (open, start) = (self.word(token), token.span);
        let close = match open {
            "{" => "}",
            "[" => "]",
            _ => return self.annotation(),
        };
        let mut depth = 0usize;
        loop {
            let Some(token) = self.peek() else {
                return Err(Diagnostic::new(
                    E0104,
                    start,
                    format!("this `{open}` is never closed"),
                )
                .help(format!("add `{close}`"))
                .into());
            };
            let word = self.word(token);
            depth += usize::from(word == open);
            depth -= usize::from(word == close);
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        self.keep(start.to(self.last()), what);
        Ok(())
    }

    /// Takes `@".."` as often as it stands here.
    pub(super) fn annotation(&mut self) -> super::Parsed<()> {
        while self.is("@")
            && self
                .tokens
                .get(self.at + 1)
                .is_some_and(|it| it.kind == Kind::Text)
        {
            let start = self.expect("@")?;
            self.at += 1;
            self.keep(start.to(self.last()), "annotation");
        }
        Ok(())
    }

    fn keep(&mut self, span: Span, what: &str) {
        let range = span.start as usize..span.end as usize;
        let written = self.text.get(range).unwrap_or_default();
        let words: Vec<&str> = written.split_whitespace().collect();
        let text = words.join(" ").replace("*/", "* /").replace("/*", "/ *");
        self.aside.push(Comment {
            text: format!("/* {text} */"),
            trailing: true,
            span,
        });
        let message = format!("this {what} is kept as a comment");
        let warning = Diagnostic::new(W0908, span, message)
            .help("nothing checks it: say in a `local` step or a `when` what has to hold");
        self.warnings.push(warning);
    }
}

//! Comments find their places.
//!
//! In: the comments that are not printed yet. Out: their text at the start of a line, behind one or
//! inside one. What holds: they keep their order, and none is lost: what finds no place inside its
//! line waits for the line's end.

use super::Printer;

impl Printer<'_> {
    /// Prints the comments that stand before `start` in the source: those behind something at the
    /// end of the line that was just ended, the others on lines of their own.
    pub(super) fn comments_before(&mut self, start: u32) {
        while let [comment, rest @ ..] = self.comments {
            if comment.span.start >= start {
                return;
            }
            self.comments = rest;
            if comment.trailing && self.can_trail() {
                self.out.pop();
                self.text(" ");
            } else {
                self.blank_before(comment.span.start);
                self.margin();
            }
            self.text(&comment.text);
            self.end(comment.span.end);
        }
    }

    /// Prints the comments that stand before `start` and fit inside a line.
    pub(super) fn comments_inside(&mut self, start: u32) {
        // At the start of a line it would be read as one on a line of its own. Only imports, whose
        // words stand in another order than they are printed in, come here with one.
        if self.out.trim_end_matches(' ').ends_with('\n') {
            return;
        }
        while let [comment, rest @ ..] = self.comments {
            let fits = comment.text.starts_with("/*") && !comment.text.contains('\n');
            if comment.span.start >= start || !fits {
                return;
            }
            self.comments = rest;
            self.text(&comment.text);
            self.text(" ");
        }
    }

    /// Whether something can still be put behind the last line: not behind nothing, an empty line
    /// or a `//` comment, which would swallow it.
    fn can_trail(&self) -> bool {
        let Some(text) = self.out.strip_suffix('\n') else {
            return false;
        };
        let line = text.rsplit('\n').next().unwrap_or(text);
        !line.is_empty() && !ends_in_line_comment(line)
    }
}

/// Whether a printed line ends in a `//` comment, leaving strings and `/* .. */` aside.
fn ends_in_line_comment(line: &str) -> bool {
    let mut rest = line;
    loop {
        let Some(at) = rest.find(['"', '/']) else {
            return false;
        };
        rest = &rest[at..];
        rest = if rest.starts_with("//") {
            return true;
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or("", |end| &comment[end + 2..])
        } else if let Some(string) = rest.strip_prefix('"') {
            behind_string(string)
        } else {
            &rest[1..]
        };
    }
}

/// What follows a string whose opening quote is left out.
fn behind_string(text: &str) -> &str {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

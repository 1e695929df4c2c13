//! Syntax tree to canonical text.
//!
//! In: a tree. Out: the text in the one style that `aura-dsl fmt` writes: four spaces, one step a
//! line, annotations in brackets, a list that is too long for its line broken into one entry a
//! line. What holds: the text parses to the same tree apart from spans, printing it again changes
//! nothing, and every comment of the tree is in it, in order. A comment on a line of its own stays
//! before what it stood before; one behind something stays on that line; a `/* .. */` inside a line
//! stays before the word that it stood before. Empty lines between steps and items stay, one each.
//!
//! Recursion follows the nesting of the tree: the caller brings a stack that is deep enough.

mod comments;
mod items;
mod steps;
mod terms;

use crate::ast::{Comment, File};

/// Lines are broken where they can be if they are longer than this, in characters.
const WIDTH: usize = 120;

/// Deeper blocks are not indented further, so that the text stays linear in the tree.
const MAX_INDENT: usize = 40;

/// Prints a tree.
pub fn print(file: &File) -> String {
    let mut printer = Printer {
        out: String::new(),
        indent: 0,
        comments: &file.comments,
        blank_lines: &file.blank_lines,
        last: 0,
        wants_blank: false,
        opened: true,
    };
    printer.file(file);
    printer.out
}

/// The text so far and what is left to be put into it.
struct Printer<'f> {
    out: String,
    indent: usize,
    /// The comments that are not printed yet.
    comments: &'f [Comment],
    /// Where the source has empty lines.
    blank_lines: &'f [u32],
    /// Where the last printed line ended in the source.
    last: u32,
    /// Whether the next line must be set off by an empty one.
    wants_blank: bool,
    /// Whether the last line opened a block (or nothing is printed): no empty line may follow.
    opened: bool,
}

impl Printer<'_> {
    /// Starts the line of something that begins at `start` in the source.
    fn line(&mut self, start: u32) {
        self.comments_before(start);
        self.blank_before(start);
        self.margin();
    }

    /// Ends a line; what stood on it ended at `end` in the source.
    fn end(&mut self, end: u32) {
        self.out.push('\n');
        self.last = self.last.max(end);
    }

    /// Puts an empty line where the source has one, or the style wants one.
    fn blank_before(&mut self, start: u32) {
        let next = self.blank_lines.partition_point(|at| *at < self.last);
        let kept = self.blank_lines.get(next).is_some_and(|at| *at < start);
        if (kept || self.wants_blank) && !self.opened {
            self.out.push('\n');
        }
        self.wants_blank = false;
        self.opened = false;
    }

    fn margin(&mut self) {
        let columns = 4 * self.indent.min(MAX_INDENT);
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Opens a block behind the text of the current line, up to `at` in the source.
    fn open(&mut self, at: u32) {
        self.text("{");
        self.end(at);
        self.indent += 1;
        self.opened = true;
    }

    /// Closes a block whose brace stands at `end` in the source, without ending the line.
    fn close(&mut self, end: u32) {
        self.comments_before(end);
        self.indent -= 1;
        self.opened = false;
        self.margin();
        self.text("}");
        self.last = self.last.max(end);
    }

    /// Tries `flat`; where a line becomes too long, or a comment inside needs lines of its own,
    /// takes it back and runs `broken`.
    fn fit(&mut self, end: u32, flat: impl Fn(&mut Self), broken: impl Fn(&mut Self)) {
        let (length, comments) = (self.out.len(), self.comments);
        flat(self);
        let line = self.out[..length].rfind('\n').map_or(0, |at| at + 1);
        let fits = self.out[line..].chars().count() <= WIDTH;
        let stuck = self
            .comments
            .first()
            .is_some_and(|comment| comment.span.start < end);
        if !fits || stuck {
            self.out.truncate(length);
            self.comments = comments;
            broken(self);
        }
    }

    /// Prints `items` with commas between them.
    fn separated<T>(&mut self, items: &[T], mut one: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            one(self, item);
        }
    }

    /// Prints `items` on lines of their own inside brackets, each with a comma behind it. Comments
    /// up to `end` stay inside the brackets.
    fn stacked<T>(
        &mut self,
        brackets: (&str, &str),
        items: &[T],
        end: u32,
        place: impl Fn(&T) -> (u32, u32),
        mut one: impl FnMut(&mut Self, &T),
    ) {
        self.text(brackets.0);
        self.out.push('\n');
        self.opened = true;
        self.indent += 1;
        for item in items {
            let (start, end) = place(item);
            self.line(start);
            one(self, item);
            self.text(",");
            self.end(end);
        }
        self.comments_before(end);
        self.indent -= 1;
        self.margin();
        self.text(brackets.1);
    }
}

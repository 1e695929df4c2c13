//! What pictures are made of: lines, boxes, arrows and texts.
//!
//! In: shapes with whole coordinates. Out: elements of SVG. What holds: every text is escaped here
//! and nowhere else, so no picture can forget it; there are no ids, links, styles or scripts.

use std::fmt::Write as _;

use super::measure::{self, LABEL, SMALL};
use crate::escape::{markup, visible};

/// A point.
pub(super) type Point = (i32, i32);

/// Where a text stands from its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
}

/// Elements, the later ones above the earlier ones.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    pub(super) out: String,
    /// From where to where texts and boxes reach downwards: no picture is cut there.
    pub(super) taken: Vec<(i32, i32)>,
}

impl Canvas {
    pub(super) fn line(&mut self, class: &str, (x1, y1): Point, (x2, y2): Point) {
        let _ = writeln!(
            self.out,
            "<path class=\"{class}\" d=\"M{x1} {y1}L{x2} {y2}\"/>"
        );
    }

    /// A path of the syntax of SVG.
    pub(super) fn path(&mut self, class: &str, d: &str) {
        let _ = writeln!(self.out, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    pub(super) fn rect(&mut self, class: &str, (x, y): Point, (w, h): Point, round: i32) {
        self.taken.push((y, y + h));
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>"
        );
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): Point, r: i32) {
        let _ = writeln!(
            self.out,
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"
        );
    }

    /// The head of an arrow that arrives at the point in the direction.
    pub(super) fn head(&mut self, class: &str, (x, y): Point, (dx, dy): Point) {
        let (bx, by) = (x - 8 * dx, y - 8 * dy);
        let (sx, sy) = (4 * dy, 4 * dx);
        let (left, right) = ((bx + sx, by + sy), (bx - sx, by - sy));
        let _ = writeln!(
            self.out,
            "<path class=\"{class}\" d=\"M{x} {y}L{} {}L{} {}Z\"/>",
            left.0, left.1, right.0, right.1
        );
    }

    /// A line of text on its base line.
    pub(super) fn text(&mut self, class: &str, anchor: Anchor, (x, y): Point, text: &str) {
        let text = visible(text);
        self.taken.push((y - LABEL, y + LABEL / 3));
        let size = if class.split(' ').any(|class| class == "small") {
            SMALL
        } else {
            LABEL
        };
        let anchored = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
        };
        // Nobody knows the reader's font for these, so the text is fitted to what was measured.
        let fitted = if text.is_ascii() {
            String::new()
        } else {
            let width = measure::width(&text, size);
            format!(" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\"")
        };
        let class = match class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let _ = writeln!(
            self.out,
            "<text{class} x=\"{x}\" y=\"{y}\"{anchored}{fitted}>{}</text>",
            markup(&text)
        );
    }
}

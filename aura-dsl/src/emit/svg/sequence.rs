//! The layout of sequence charts.
//!
//! In: a [`Sequence`], whose columns are placed in `columns`. Out: a [`Picture`]. What holds: rows are
//! as high as their lines, so no text meets another one.

use std::fmt::Write as _;

use super::Picture;
use super::canvas::{Anchor, Canvas, Point};
use super::columns::{Frame, Laid, SWING, beside, inset, lay};
use super::measure::{LABEL, ROW, height, widest, width};
use super::rows::{Sequence, What};

/// The room below a row.
const BELOW: i32 = 12;

/// Draws a chart.
pub(super) fn draw(sequence: &Sequence, title: String) -> Picture {
    let laid: Vec<Laid> = sequence.rows.iter().map(lay).collect();
    let frame = Frame::new(sequence, &laid);
    let mut painter = Painter {
        frame: &frame,
        rows: Canvas::default(),
        frames: Canvas::default(),
        open: Vec::new(),
        y: 0,
    };
    let mut heads = Canvas::default();
    let top = painter.heads(&mut heads, sequence, 0);
    painter.y = top + 20;
    for laid in &laid {
        painter.row(laid);
    }
    while !painter.open.is_empty() {
        painter.close();
    }
    let bottom = painter.y + 4;
    let mut feet = Canvas::default();
    let end = painter.heads(&mut feet, sequence, bottom);
    let mut lives = Canvas::default();
    for &x in &frame.columns {
        lives.line("life", (x, top), (x, bottom));
    }
    let canvases = [&heads, &feet, &painter.rows];
    let taken = canvases.iter().flat_map(|canvas| &canvas.taken);
    Picture {
        title,
        description: description(sequence),
        width: frame.width,
        height: end + 1,
        taken: taken.copied().collect(),
        body: lives.out + &painter.frames.out + &painter.rows.out + &feet.out,
        heads: Some((heads.out, top + ROW / 2)),
    }
}

/// The chart in words.
fn description(sequence: &Sequence) -> String {
    let names: Vec<&str> = sequence
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let mut text = format!("A sequence chart of {}: ", names.join(", "));
    let mut first = true;
    for row in &sequence.rows {
        let What::Message {
            from, to, label, ..
        } = &row.what
        else {
            continue;
        };
        let wrong = if row.faulty { ", which goes wrong" } else { "" };
        let comma = if std::mem::take(&mut first) { "" } else { "; " };
        let _ = write!(
            text,
            "{comma}{} to {}: {label}{wrong}",
            names[*from], names[*to]
        );
    }
    if first {
        text.push_str("no message");
    }
    text.push('.');
    text
}

struct Painter<'a> {
    frame: &'a Frame,
    rows: Canvas,
    frames: Canvas,
    /// Where each open frame begins.
    open: Vec<i32>,
    y: i32,
}

impl Painter<'_> {
    /// The boxes with the participants' names, and where they end.
    fn heads(&self, canvas: &mut Canvas, sequence: &Sequence, y: i32) -> i32 {
        let most = self.frame.heads.iter().map(Vec::len).max().unwrap_or(0);
        let h = height(most) + 14;
        let columns = self.frame.columns.iter().zip(&self.frame.heads);
        for ((&x, head), (_, family)) in columns.zip(&sequence.columns) {
            let w = widest(head, LABEL) + 24;
            if *family {
                canvas.rect("box", (x - w / 2 + 4, y), (w, h - 4), 5);
                canvas.rect("box", (x - w / 2, y + 4), (w, h - 4), 5);
            } else {
                canvas.rect("box", (x - w / 2, y + 2), (w, h - 2), 5);
            }
            let top = y + 5 + (h - height(head.len())) / 2 + LABEL - 3;
            for (line, y) in head.iter().zip((top..).step_by(ROW as usize)) {
                canvas.text("strong", Anchor::Middle, (x, y), line);
            }
        }
        y + h
    }

    fn row(&mut self, laid: &Laid) {
        let begin = self.y;
        let middle = self.drawn(laid);
        // What belongs together is not parted: a row is whole, and a title stays with what it heads.
        let end = match &laid.row.what {
            What::Open { .. } | What::Split(_) => self.y,
            What::Close => begin,
            _ => self.y - BELOW - ROW,
        };
        self.rows.taken.push((begin - LABEL, end));
        let Some(middle) = middle else {
            return;
        };
        if let Some(source) = &laid.row.source {
            let x = self.frame.source;
            let y = if begin == middle { begin } else { middle + 4 };
            let class = if laid.row.faulty {
                "small fault strong"
            } else {
                "small"
            };
            self.rows
                .text(class, Anchor::Start, (x, y), &beside(source));
        }
    }

    /// Draws a row; the height beside which its source stands, if it has one.
    fn drawn(&mut self, laid: &Laid) -> Option<i32> {
        Some(match &laid.row.what {
            What::Message { from, to, .. } if from == to => self.own(laid, *from),
            What::Message { from, to, .. } => self.message(laid, (*from, *to)),
            What::Note { at, .. } => self.note(laid, *at),
            What::Open { kind, .. } => {
                self.open(kind, &laid.label);
                return None;
            }
            What::Split(_) => {
                self.split(&laid.label);
                return None;
            }
            What::Close => {
                self.close();
                return None;
            }
            What::Gap => {
                self.gap();
                return None;
            }
        })
    }

    /// An arrow with its label above and its terms below; the height of the arrow.
    fn message(&mut self, laid: &Laid, (from, to): (usize, usize)) -> i32 {
        let (x1, x2) = (self.frame.columns[from], self.frame.columns[to]);
        let faulty = laid.row.faulty;
        let middle = i32::midpoint(x1, x2);
        self.label(laid, Anchor::Middle, middle);
        let y = self.y;
        let along = if x2 > x1 { 1 } else { -1 };
        let (arrow, head) = if faulty {
            ("arrow faulty", "fault")
        } else {
            ("arrow", "head")
        };
        let end = if faulty { x2 - along * 12 } else { x2 - along };
        self.rows.line(arrow, (x1, y), (end - along * 6, y));
        self.rows.head(head, (end, y), (along, 0));
        if faulty {
            self.cross((x2, y));
        }
        self.terms(laid, Anchor::Middle, middle);
        y
    }

    /// A message to the other members of the own family.
    fn own(&mut self, laid: &Laid, at: usize) -> i32 {
        let x = self.frame.columns[at];
        let begin = self.y;
        let beside = x + SWING + 6;
        self.label(laid, Anchor::Start, beside);
        self.y -= 6;
        self.terms(laid, Anchor::Start, beside);
        let end = (self.y - BELOW).max(begin + 18);
        self.y = self.y.max(end + BELOW);
        let (arrow, head) = if laid.row.faulty {
            ("arrow faulty", "fault")
        } else {
            ("arrow", "head")
        };
        let (out, back) = (x + SWING, x + 7);
        self.rows.path(
            arrow,
            &format!(
                "M{x} {begin}H{}Q{out} {begin} {out} {}V{}Q{out} {end} {} {end}H{back}",
                out - 6,
                begin + 6,
                end - 6,
                out - 6
            ),
        );
        self.rows.head(head, (x + 1, end), (-1, 0));
        i32::midpoint(begin, end)
    }

    fn label(&mut self, laid: &Laid, anchor: Anchor, x: i32) {
        let class = if laid.row.faulty {
            "halo strong fault"
        } else {
            "halo"
        };
        for line in &laid.label {
            self.rows.text(class, anchor, (x, self.y + 4), line);
            self.y += ROW;
        }
        self.y -= ROW - 11;
    }

    fn terms(&mut self, laid: &Laid, anchor: Anchor, x: i32) {
        for line in &laid.terms {
            self.y += ROW - 2;
            self.rows.text("halo small", anchor, (x, self.y), line);
        }
        self.y += BELOW + ROW;
    }

    fn cross(&mut self, (x, y): Point) {
        self.rows
            .line("arrow faulty", (x - 5, y - 5), (x + 5, y + 5));
        self.rows
            .line("arrow faulty", (x - 5, y + 5), (x + 5, y - 5));
    }

    /// A box over a lifeline, or a line of text over all of them; its height in the middle.
    fn note(&mut self, laid: &Laid, at: Option<usize>) -> i32 {
        let middle = i32::midpoint(self.frame.left, self.frame.right);
        let x = at.map_or(middle, |at| self.frame.columns[at]);
        let (w, h) = (laid.width() + 20, height(laid.label.len()) + 10);
        let top = self.y - 10;
        let class = if laid.row.faulty {
            "note faulty"
        } else {
            "note"
        };
        self.rows.rect(class, (x - w / 2, top), (w, h), 3);
        let text = if laid.row.faulty {
            "fault strong"
        } else {
            "event"
        };
        for (line, y) in laid.label.iter().zip((top + 18..).step_by(ROW as usize)) {
            self.rows.text(text, Anchor::Middle, (x, y), line);
        }
        self.y = top + h + BELOW + 14;
        top + h / 2
    }

    fn open(&mut self, kind: &str, title: &[String]) {
        let x = self.frame.left + inset(self.open.len());
        let top = self.y - 10;
        self.open.push(top);
        let w = width(kind, LABEL) + 16;
        self.rows
            .path("tab", &format!("M{x} {top}h{w}v14l-6 6H{x}z"));
        self.rows
            .text("kind", Anchor::Start, (x + 6, top + 14), kind);
        self.title(title, (x + w + 10, top + 15));
        self.y = top + 20 + height(title.len().saturating_sub(1)) + 26;
    }

    fn title(&mut self, title: &[String], (x, y): Point) {
        for (line, y) in title.iter().zip((y..).step_by(ROW as usize)) {
            self.rows.text("halo", Anchor::Start, (x, y), line);
        }
    }

    fn split(&mut self, title: &[String]) {
        let x = self.frame.left + inset(self.open.len().saturating_sub(1));
        let y = self.y - 8;
        let right = self.frame.right - (x - self.frame.left);
        self.frames.line("split", (x, y), (right, y));
        self.title(title, (x + 10, y + 17));
        self.y = y + height(title.len()) + 26;
    }

    fn close(&mut self) {
        let Some(top) = self.open.pop() else {
            return;
        };
        let inset = inset(self.open.len());
        let x = self.frame.left + inset;
        let bottom = self.y - 8;
        let w = self.frame.right - inset - x;
        self.frames.rect("frame", (x, top), (w, bottom - top), 4);
        self.y = bottom + 24;
    }

    fn gap(&mut self) {
        for &x in &self.frame.columns {
            self.rows.text("halo", Anchor::Middle, (x, self.y + 4), "⋮");
        }
        self.y += 2 * ROW;
    }
}

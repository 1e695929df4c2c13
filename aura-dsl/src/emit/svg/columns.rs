//! What stands where from left to right in a sequence chart.
//!
//! In: the rows of a chart. Out: its lifelines and edges. What holds: columns stand as far apart as
//! the widest thing between them needs; frames lie inside of each other, up to a depth at which
//! nobody sees the next inset.

use super::measure::{LABEL, SMALL, lines, widest, width};
use super::rows::{Row, Sequence, What};

/// A label is broken where it is wider.
const LABEL_ROOM: i32 = 260;
const TERMS_ROOM: i32 = 300;
const NAME_ROOM: i32 = 170;
const TITLE_ROOM: i32 = 420;
/// Lines of a label, of the terms below it, of a note.
const MOST: usize = 3;
/// Between lifelines, at least.
const GAP: i32 = 96;
/// From a lifeline to the text of an arrow.
const CLEAR: i32 = 16;
/// From one frame to the next inside of it, and how often.
const INSET: i32 = 9;
const DEEPEST: i32 = 14;
/// How far a message to the own family swings out.
pub(super) const SWING: i32 = 34;
/// Characters of a line of the text beside a run.
const SOURCE: usize = 64;

/// A row with its texts in lines.
pub(super) struct Laid<'a> {
    pub(super) row: &'a Row,
    pub(super) label: Vec<String>,
    pub(super) terms: Vec<String>,
}

/// Where everything stands from left to right.
pub(super) struct Frame {
    /// The lifelines.
    pub(super) columns: Vec<i32>,
    pub(super) heads: Vec<Vec<String>>,
    pub(super) left: i32,
    pub(super) right: i32,
    /// Where the lines of the text stand, and where all ends.
    pub(super) source: i32,
    pub(super) width: i32,
}

pub(super) fn lay(row: &Row) -> Laid<'_> {
    let (label, terms) = match &row.what {
        What::Message { label, terms, .. } => (
            lines(label, LABEL, LABEL_ROOM, MOST),
            lines(terms, SMALL, TERMS_ROOM, MOST),
        ),
        What::Note { text, .. } => (lines(text, LABEL, LABEL_ROOM, MOST), Vec::new()),
        What::Open { title, .. } | What::Split(title) => {
            (lines(title, LABEL, TITLE_ROOM, MOST), Vec::new())
        }
        What::Close | What::Gap => (Vec::new(), Vec::new()),
    };
    Laid { row, label, terms }
}

impl Laid<'_> {
    pub(super) fn width(&self) -> i32 {
        widest(&self.label, LABEL).max(widest(&self.terms, SMALL))
    }
}

impl Frame {
    pub(super) fn new(sequence: &Sequence, laid: &[Laid]) -> Self {
        let heads: Vec<Vec<String>> = sequence
            .columns
            .iter()
            .map(|(name, _)| lines(name, LABEL, NAME_ROOM, MOST))
            .collect();
        let half: Vec<i32> = heads
            .iter()
            .map(|head| widest(head, LABEL) / 2 + 16)
            .collect();
        let last = heads.len().saturating_sub(1);
        let (mut before, mut after) = (
            half.first().copied().unwrap_or(GAP),
            half.last().copied().unwrap_or(GAP),
        );
        // What stands between two lifelines: (left, right, how far apart at least).
        let mut needs: Vec<(usize, usize, i32)> = (1..heads.len())
            .map(|at| (at - 1, at, GAP.max(half[at - 1] + half[at] + 12)))
            .collect();
        for laid in laid {
            let room = laid.width();
            match laid.row.what {
                What::Message { from, to, .. } if from == to => {
                    let need = SWING + CLEAR + room;
                    if from == last {
                        after = after.max(need);
                    } else {
                        needs.push((from, from + 1, need + CLEAR));
                    }
                }
                What::Message { from, to, .. } => {
                    needs.push((from.min(to), from.max(to), room + 2 * CLEAR));
                }
                What::Note { at: Some(at), .. } => {
                    let need = room / 2 + 20;
                    match at.checked_sub(1) {
                        None => before = before.max(need),
                        Some(left) => needs.push((left, at, need)),
                    }
                    if at == last {
                        after = after.max(need);
                    } else {
                        needs.push((at, at + 1, need));
                    }
                }
                _ => {}
            }
        }
        let depth = depth(laid);
        let inset = depth.min(DEEPEST) * INSET + if depth > 0 { 10 } else { 0 };
        let mut columns = vec![before + inset; heads.len()];
        needs.sort_unstable();
        needs.sort_by_key(|(_, right, _)| *right);
        for (left, right, need) in needs {
            columns[right] = columns[right].max(columns[left] + need);
        }
        let drawn = columns.last().copied().unwrap_or(0) + after + inset;
        let right = drawn.max(titles(laid));
        Self::with_source(columns, heads, right, laid)
    }

    fn with_source(columns: Vec<i32>, heads: Vec<Vec<String>>, right: i32, laid: &[Laid]) -> Self {
        let sources = laid.iter().filter_map(|laid| laid.row.source.as_ref());
        let room = sources.map(|source| width(&beside(source), SMALL)).max();
        let source = right + 16;
        Self {
            columns,
            heads,
            left: 1,
            right,
            source,
            width: room.map_or(right + 1, |room| source + room + 4),
        }
    }
}

/// How deep frames lie in each other.
fn depth(laid: &[Laid]) -> i32 {
    let (mut depth, mut deepest) = (0i32, 0i32);
    for laid in laid {
        match laid.row.what {
            What::Open { .. } => depth += 1,
            What::Close => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The width that the titles of the frames need, and what stands over all columns.
fn titles(laid: &[Laid]) -> i32 {
    let (mut depth, mut most) = (0i32, 0i32);
    for laid in laid {
        let title = laid.width() + 2 * INSET * depth.min(DEEPEST) + 40;
        match &laid.row.what {
            What::Open { kind, .. } => {
                most = most.max(title + width(kind, LABEL) + 30);
                depth += 1;
            }
            What::Split(_) | What::Note { at: None, .. } => most = most.max(title),
            What::Close => depth -= 1,
            _ => {}
        }
    }
    most
}

/// A line of the text beside a run.
pub(super) fn beside((number, line): &(String, String)) -> String {
    if line.chars().count() <= SOURCE {
        return format!("{number}  {line}");
    }
    let cut: String = line.chars().take(SOURCE - 1).collect();
    format!("{number}  {cut}…")
}

/// How far a frame at that depth lies inside of the outermost one.
pub(super) fn inset(depth: usize) -> i32 {
    i32::try_from(depth).unwrap_or(DEEPEST).min(DEEPEST) * INSET
}

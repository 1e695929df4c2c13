//! How much room a text takes at most.
//!
//! In: a text and the size of its font. Out: its width in pixels, and its lines where it is broken.
//! What holds: the fonts that browsers take for `monospace` advance by at most 0.61 of their size
//! for a letter of ASCII; what is not ASCII is drawn at exactly the width that is said here
//! (`textLength`), whatever font the reader has for it. So no text is wider than it was measured.

use crate::escape::visible;

/// Size of the labels.
pub(super) const LABEL: i32 = 13;
/// Size of what stands below a label.
pub(super) const SMALL: i32 = 11;
/// Size of a picture's heading.
pub(super) const TITLE: i32 = 15;
/// From one line of labels to the next.
pub(super) const ROW: i32 = 16;

/// In hundredths of the size of the font: a letter of ASCII and what is like one, and any other.
const NARROW: i32 = 61;
const WIDE: i32 = 110;

/// How wide the text is at most.
pub(super) fn width(text: &str, size: i32) -> i32 {
    // Letters of Europe, dashes, arrows and signs are as narrow as ASCII where a font has them.
    let narrow =
        |char| matches!(char, '\0'..='\u{4ff}' | '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{22ff}');
    let hundredths = |char| if narrow(char) { NARROW } else { WIDE };
    let sum = text.chars().fold(0i32, |sum, char| {
        sum.saturating_add(hundredths(char).saturating_mul(size))
    });
    sum.saturating_add(99) / 100
}

/// The text in lines that fit, its hidden characters spelled out, broken where words and names have joints; what is left of a text
/// that needs more than so many lines is an ellipsis.
pub(super) fn lines(text: &str, size: i32, room: i32, most: usize) -> Vec<String> {
    let fits = usize::try_from(room * 100 / (size * NARROW))
        .unwrap_or(0)
        .max(4);
    let text = visible(text);
    let chars: Vec<char> = text.chars().take(fits * most + 1).collect();
    let cut = chars.len() > fits * most;
    let mut lines = Vec::new();
    let mut rest = &chars[..];
    while !rest.is_empty() && lines.len() < most {
        let mut end = rest.len().min(fits);
        while end > 1 && width(&rest[..end].iter().collect::<String>(), size) > room {
            end -= 1;
        }
        if end < rest.len() {
            end = joint(&rest[..end]);
        }
        let line: String = rest[..end].iter().collect();
        lines.push(line.trim().to_owned());
        rest = &rest[end..];
    }
    if (cut || !rest.is_empty())
        && let Some(last) = lines.last_mut()
    {
        last.pop();
        last.push('…');
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Where a line that is full is best broken: behind a blank, else behind a sign or an underscore,
/// else at its end.
fn joint(line: &[char]) -> usize {
    let half = line.len() / 2;
    let behind = |wanted: &dyn Fn(char) -> bool| {
        let found = line.iter().rposition(|char| wanted(*char));
        found.map(|at| at + 1).filter(|at| *at > half)
    };
    behind(&|char| char == ' ')
        .or_else(|| behind(&|char| !char.is_alphanumeric()))
        .unwrap_or(line.len())
}

/// The width of the widest line.
pub(super) fn widest(lines: &[String], size: i32) -> i32 {
    lines
        .iter()
        .map(|line| width(line, size))
        .max()
        .unwrap_or(0)
}

/// The height of so many lines.
pub(super) fn height(lines: usize) -> i32 {
    i32::try_from(lines).unwrap_or(i32::MAX / ROW) * ROW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_break_at_joints() {
        let broken = lines(
            "local combine(SnapApprove) -> signature: Signature",
            LABEL,
            200,
            3,
        );
        assert_eq!(
            broken,
            ["local combine(", "SnapApprove) ->", "signature: Signature"]
        );
        assert!(broken.iter().all(|line| width(line, LABEL) <= 200));
        assert_eq!(lines("short", LABEL, 200, 3), ["short"]);
        assert!(lines("", LABEL, 200, 3).is_empty());
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        for text in ["x".repeat(10_000), "世界".repeat(500), "a b ".repeat(300)] {
            let broken = lines(&text, LABEL, 120, 3);
            assert_eq!(broken.len(), 3);
            assert!(broken[2].ends_with('…'), "{broken:?}");
            assert!(
                broken.iter().all(|line| width(line, LABEL) <= 120 + 15),
                "{broken:?}"
            );
        }
    }
}

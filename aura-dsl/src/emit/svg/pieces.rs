//! Where a picture is cut that is higher than a sheet of paper.
//!
//! In: the heights at which texts and boxes lie. Out: pieces that cover the picture from its top to
//! its end, in order. What holds: no piece is higher than was asked for; a cut goes through no text
//! and no box, unless one is higher than half a piece.

/// The room on a sheet, A4 or Letter with the margins that the page sets, in pixels of 1/96 inch.
const SHEET: (i32, i32) = (680, 860);

/// The pieces of a picture of that size: their tops and heights. None where a sheet holds it whole.
pub(super) fn pieces((width, height): (i32, i32), taken: &[(i32, i32)]) -> Vec<(i32, i32)> {
    // What is wider than the sheet is printed smaller.
    let most = i64::from(SHEET.1) * i64::from(width.max(SHEET.0)) / i64::from(SHEET.0);
    let most = i32::try_from(most).unwrap_or(i32::MAX);
    if height <= most {
        return Vec::new();
    }
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let mut pieces = Vec::new();
    let mut top = 0;
    while height - top > most {
        let cut = cut(&taken, top + most / 2, top + most);
        pieces.push((top, cut - top));
        top = cut;
    }
    pieces.push((top, height - top));
    pieces
}

/// The lowest place up to `end` at which nothing lies, or `end` where there is none behind `start`.
fn cut(taken: &[(i32, i32)], start: i32, end: i32) -> i32 {
    let mut at = end;
    // In the order of their tops, what crosses a place may begin anywhere above it.
    while let Some((top, _)) = taken.iter().find(|(top, bottom)| *top < at && at < *bottom) {
        if *top <= start {
            return end;
        }
        at = *top;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_on_a_sheet_is_not_cut() {
        assert_eq!(pieces((680, 860), &[]), Vec::new());
        assert_eq!(pieces((1360, 1720), &[]), Vec::new());
    }

    #[test]
    fn no_cut_goes_through_what_lies_there() {
        let taken = [(845, 870), (830, 850), (1690, 1700)];
        let expected = vec![(0, 830), (830, 860), (1690, 310)];
        assert_eq!(pieces((100, 2000), &taken), expected);
    }

    #[test]
    fn what_is_higher_than_a_piece_is_cut() {
        assert_eq!(
            pieces((100, 1000), &[(0, 1000)]),
            vec![(0, 860), (860, 140)]
        );
    }
}

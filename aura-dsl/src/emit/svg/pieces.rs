//! Where a picture is cut that is higher than a sheet of paper.
//!
//! In: the heights at which texts and boxes lie, and the room that each piece but the first needs for
//! what is said again over it. Out: pieces that cover the picture from its top to its end, in order.
//! What holds: no piece with what stands over it is higher than a sheet; a cut goes through no text and
//! no box, unless one is higher than half a piece.

/// The room on a sheet, A4 or Letter with the margins that the page sets, in pixels of 1/96 inch.
const SHEET: (i32, i32) = (680, 860);

/// The pieces of a picture of that size: their tops and heights. None where a sheet holds it whole.
pub(super) fn pieces(
    (width, height): (i32, i32),
    taken: &[(i32, i32)],
    again: i32,
) -> Vec<(i32, i32)> {
    let mut most = most(width);
    // A little too high is printed a little smaller, if it is not for its width already.
    let squeezed = width <= SHEET.0 && height <= most + most / 4;
    if height <= most || squeezed {
        return Vec::new();
    }
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let mut pieces = Vec::new();
    let mut top = 0;
    while height - top > most {
        let cut = cut(&taken, top + most / 2, top + most);
        pieces.push((top, cut - top));
        if top == 0 {
            most -= again;
        }
        top = cut;
    }
    pieces.push((top, height - top));
    pieces
}

/// The height of a sheet in the measure of a picture: what is wider than the sheet is printed smaller.
fn most(width: i32) -> i32 {
    let most = i64::from(SHEET.1) * i64::from(width.max(SHEET.0)) / i64::from(SHEET.0);
    i32::try_from(most).unwrap_or(i32::MAX)
}

/// What is left of what was to be said again over each piece: nothing, where it would take more than a
/// third of the sheet.
pub(super) fn repeated((width, _): (i32, i32), again: i32) -> i32 {
    if again > most(width) / 3 { 0 } else { again }
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
        assert_eq!(pieces((680, 860), &[], 0), Vec::new());
        assert_eq!(pieces((1360, 1720), &[], 0), Vec::new());
        assert_eq!(pieces((680, 1075), &[], 0), Vec::new(), "a little smaller");
        assert_eq!(pieces((681, 1075), &[], 0).len(), 2, "small as it is");
    }

    #[test]
    fn no_cut_goes_through_what_lies_there() {
        let taken = [(845, 870), (830, 850), (1690, 1700)];
        let expected = vec![(0, 830), (830, 860), (1690, 310)];
        assert_eq!(pieces((100, 2000), &taken, 0), expected);
    }

    #[test]
    fn what_is_higher_than_a_piece_is_cut() {
        assert_eq!(
            pieces((100, 1100), &[(0, 1100)], 0),
            vec![(0, 860), (860, 240)]
        );
    }

    #[test]
    fn what_is_said_again_has_room_over_each_piece_but_the_first() {
        let expected = vec![(0, 860), (860, 760), (1620, 380)];
        assert_eq!(pieces((100, 2000), &[], 100), expected);
        assert_eq!(repeated((100, 2000), 100), 100);
        assert_eq!(repeated((100, 2000), 300), 0, "too much of a sheet");
    }
}

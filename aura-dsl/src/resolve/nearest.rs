//! The known name that a misspelt one was probably meant to be.
//!
//! In: a name and the names that are known. Out: the nearest of them by edit distance, or none
//! when all are too far. The work is bounded, so that a long list of errors stays cheap.

use crate::diag::{Diagnostic, Report};

/// Names beyond this length get no hint.
const LENGTH_LIMIT: usize = 64;
/// As many known names are compared.
const CANDIDATE_LIMIT: usize = 1_000;
/// Once a report has as many findings, hints are left out.
const REPORT_LIMIT: usize = 50;

/// Reports `diagnostic` with a help that names the nearest known name, or else `otherwise`.
pub(super) fn report<'n>(
    report: &mut Report,
    diagnostic: Diagnostic,
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
    otherwise: impl Into<String>,
) {
    let hint = match report.iter().nth(REPORT_LIMIT) {
        Some(_) => None,
        None => nearest(name, known),
    };
    let help = hint.map_or_else(
        || otherwise.into(),
        |near| format!("did you mean `{near}`?"),
    );
    report.push(diagnostic.help(help));
}

/// The known name with the smallest edit distance, at most a third of the name's length.
fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > LENGTH_LIMIT {
        return None;
    }
    // Of names with one or two letters any other one is near: only their case may differ.
    let limit = name.chars().count().div_ceil(3) - usize::from(name.len() < 3);
    known
        .into_iter()
        .take(CANDIDATE_LIMIT)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The edit distance in which swapping two neighbours is one step; case is free.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replace = above[j] + usize::from(a[i] != b[j]);
            let mut best = replace.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = above;
        above = row;
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn a_swap_is_one_step() {
        assert_eq!(distance("flwo_cost", "flow_cost"), 1);
        assert_eq!(distance("leak", "lack"), 2);
    }

    #[test]
    fn far_names_are_no_hint() {
        assert_eq!(
            nearest("flowcost", ["leak", "flow_cost"]),
            Some("flow_cost")
        );
        assert_eq!(nearest("colour", ["leak", "flow_cost"]), None);
        assert_eq!(nearest("B", ["A", "Client"]), None);
        assert_eq!(nearest("b", ["A", "B"]), Some("B"));
    }
}

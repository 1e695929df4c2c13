//! `leak = (neighbor: 0.1)`: what a send lets observers learn, in millionths.
//!
//! Decimals have six places at most and are kept as whole millionths, so that sums are exact.

use super::super::attributes::wrong_kind;
use super::super::nearest;
use super::super::protocol::Resolver;
use crate::ast::{Ident, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::global::Observer;
use crate::source::Span;

const OBSERVERS: [(&str, Observer); 3] = [
    ("external", Observer::External),
    ("neighbor", Observer::Neighbor),
    ("group", Observer::Group),
];
const PLACES: usize = 6;

impl Resolver<'_, '_> {
    /// What each observer learns, in the order of [`Observer`].
    pub(super) fn leak(&mut self, entries: &[(Ident, Value)]) -> Vec<(Observer, u64)> {
        let mut leak: Vec<(Observer, u64, Span)> = Vec::new();
        for (class, value) in entries {
            let Some((_, observer)) = OBSERVERS.iter().find(|(name, _)| *name == class.text) else {
                let message = format!("there is no observer class `{}`", class.text);
                let diagnostic = Diagnostic::new(codes::E0405, class.span, message);
                let known = OBSERVERS.map(|(name, _)| name);
                let otherwise = "the classes are `external`, `neighbor` and `group`";
                nearest::report(self.stage.report, diagnostic, &class.text, known, otherwise);
                continue;
            };
            if let Some((.., first)) = leak.iter().find(|(known, ..)| known == observer) {
                let message = format!("the observer class `{}` is given twice", class.text);
                self.stage.report.push(
                    Diagnostic::new(codes::E0406, class.span, message)
                        .label(*first, "given here first")
                        .help("add the two numbers"),
                );
                continue;
            }
            if let Some(millionths) = self.millionths(value) {
                leak.push((*observer, millionths, class.span));
            }
        }
        leak.sort_unstable_by_key(|(observer, ..)| *observer);
        leak.into_iter()
            .map(|(observer, millionths, _)| (observer, millionths))
            .collect()
    }

    fn millionths(&mut self, value: &Value) -> Option<u64> {
        let parsed = match &value.kind {
            ValueKind::Integer(whole) => whole.checked_mul(1_000_000).ok_or(TOO_LARGE),
            ValueKind::Decimal(text) => millionths(text),
            _ => {
                self.stage
                    .report
                    .push(wrong_kind(value, "leak", "a number for each observer"));
                return None;
            }
        };
        match parsed {
            Ok(millionths) => Some(millionths),
            Err((message, help)) => {
                let diagnostic = Diagnostic::new(codes::E0406, value.span, message).help(help);
                self.stage.report.push(diagnostic);
                None
            }
        }
    }
}

type Complaint = (&'static str, &'static str);

const TOO_LARGE: Complaint = (
    "this leakage is too large",
    "it is kept in millionths, in 64 bits",
);
const TOO_FINE: Complaint = (
    "this leakage has more than six decimal places",
    "round it up to six places",
);

fn millionths(text: &str) -> Result<u64, Complaint> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let places = places.trim_end_matches('0');
    if places.len() > PLACES {
        return Err(TOO_FINE);
    }
    let whole: u64 = whole.parse().map_err(|_| TOO_LARGE)?;
    let fraction: u64 = format!("{places:0<PLACES$}")
        .parse()
        .map_err(|_| TOO_LARGE)?;
    let scaled = whole.checked_mul(1_000_000);
    scaled
        .and_then(|whole| whole.checked_add(fraction))
        .ok_or(TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use super::{TOO_FINE, TOO_LARGE, millionths};

    #[test]
    fn decimals_are_whole_millionths() {
        assert_eq!(millionths("0.1"), Ok(100_000));
        assert_eq!(millionths("0.000001"), Ok(1));
        assert_eq!(millionths("2.5000000"), Ok(2_500_000));
        assert_eq!(millionths("0.0000001"), Err(TOO_FINE));
        assert_eq!(millionths("18446744073709.551615"), Ok(u64::MAX));
        assert_eq!(millionths("18446744073709.551616"), Err(TOO_LARGE));
        assert_eq!(millionths("99999999999999999999.0"), Err(TOO_LARGE));
    }
}

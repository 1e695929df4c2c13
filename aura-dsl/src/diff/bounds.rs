//! What a whole run costs and leaks at most, compared.
//!
//! The polynomials of the two versions range over symbols of their own, which are the same where
//! they are printed alike. A bound is raised if any of its coefficients is.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;

use super::{Change, Effect, Kind, Side};
use crate::audit::{Account, Audit, Symbols, audit};
use crate::emit::name::observer;
use crate::global::Observer;

/// The bounds that were raised or lowered.
pub(super) fn bounds(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let (before, after) = (audit(old.protocol()), audit(new.protocol()));
    let mut rows = vec![(
        "cost of a run".to_owned(),
        Some(&before.cost),
        Some(&after.cost),
    )];
    let observers = before
        .leakage
        .iter()
        .chain(&after.leakage)
        .map(|leak| leak.observer);
    let observers: BTreeSet<_> = observers.collect();
    for who in observers {
        let left = account(&before, who);
        let right = account(&after, who);
        rows.push((
            format!("leakage of a run to {}", observer(who)),
            left,
            right,
        ));
    }
    rows.into_iter()
        .filter_map(|(about, left, right)| {
            let (was, before) = worst(left, &before.symbols)?;
            let (is, after) = worst(right, &after.symbols)?;
            (was != is).then(|| Change {
                kind: Kind::Bound,
                effect: effect(&before, &after),
                about,
                what: format!("at most {was} -> {is}"),
                old_line: Some(old.line(old.protocol().span)),
                new_line: Some(new.line(new.protocol().span)),
            })
        })
        .collect()
}

fn account(audit: &Audit, who: Observer) -> Option<&Account> {
    let leak = audit.leakage.iter().find(|leak| leak.observer == who)?;
    Some(&leak.account)
}

type Terms = BTreeMap<Vec<(String, u32)>, BigInt>;

/// The worst case of a run, as text and by its products of symbols. `None` where no run ends.
fn worst(account: Option<&Account>, symbols: &Symbols) -> Option<(String, Terms)> {
    let Some(account) = account else {
        return Some(("0".to_owned(), Terms::new()));
    };
    let range = account.run.complete.as_ref()?;
    let text = range.worst_text(symbols, account.measure.unit());
    let terms = range
        .worst
        .value
        .terms()
        .into_iter()
        .map(|(powers, value)| {
            let named = powers.into_iter().map(|(var, power)| {
                let name = symbols.get(var).map_or("?", |symbol| symbol.name.as_str());
                (name.to_owned(), power)
            });
            let mut named: Vec<_> = named.collect();
            named.sort();
            (named, value.clone())
        });
    Some((text, terms.collect()))
}

fn effect(old: &Terms, new: &Terms) -> Effect {
    let zero = BigInt::default();
    let of = |terms: &Terms, key| terms.get(key).unwrap_or(&zero).clone();
    let mut keys = old.keys().chain(new.keys());
    if keys.any(|key| of(new, key) > of(old, key)) {
        Effect::Weakened
    } else {
        Effect::Strengthened
    }
}

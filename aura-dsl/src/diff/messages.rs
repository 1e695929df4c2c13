//! Messages that came, went, moved or changed.
//!
//! Two messages are taken for one if sender, receiver and label have the same names. What the longest
//! common order leaves over has moved if the other version has it too. A step of a called protocol
//! counts once, however often it is called.

use std::collections::{BTreeMap, BTreeSet};

use super::payload::{Declared, Shapes};
use super::terms::{self, Message};
use super::{Change, Effect, Kind, Side};
use crate::emit::name::Names;
use crate::global::Send;

/// The changes of messages, in the order of the texts.
pub(super) fn messages(old: Side<'_>, new: Side<'_>) -> Vec<Change> {
    let names = (old.names(), new.names());
    let (before, after) = (all(old, &names.0), all(new, &names.1));
    let left: Vec<_> = before.iter().map(Message::key).collect();
    let right: Vec<_> = after.iter().map(Message::key).collect();
    let mut shapes = Shapes::default();
    let mut declared = (Declared::new(old.types), Declared::new(new.types));
    let mut changes = Vec::new();
    for (a, b, moved) in pairs(&left, &right) {
        match (a.map(|at| &before[at]), b.map(|at| &after[at])) {
            (Some(message), None) => changes.push(came_or_went(message, None, "removed")),
            (None, Some(message)) => changes.push(came_or_went(message, Some(()), "added")),
            (Some(a), Some(b)) => {
                if moved {
                    changes.push(a.change(b, Kind::Message, Effect::Neutral, "moved".to_owned()));
                }
                let one = shapes.payload(&mut declared.0, a.payload());
                let other = shapes.payload(&mut declared.1, b.payload());
                let same_bytes = one == other;
                changes.extend(terms::changes(a, b, same_bytes));
            }
            (None, None) => {}
        }
    }
    changes
}

/// The sends of a version, each step of the text once.
fn all<'a>(side: Side<'a>, names: &'a Names<'a>) -> Vec<Message<'a>> {
    let mut seen = BTreeSet::new();
    let once = |send: &&Send| seen.insert((send.span.file, send.span.start));
    let sends = side.protocol().sends.iter().filter(once);
    sends.map(|send| Message::new(side, names, send)).collect()
}

fn came_or_went(message: &Message<'_>, new: Option<()>, what: &str) -> Change {
    let line = Some(message.line);
    Change {
        kind: Kind::Message,
        effect: Effect::Neutral,
        about: message.title(),
        what: what.to_owned(),
        old_line: line.filter(|_| new.is_none()),
        new_line: line.filter(|_| new.is_some()),
    }
}

type Pair = (Option<usize>, Option<usize>, bool);

/// Positions that belong together, in the order of the new version, and whether the message moved;
/// what is gone stands where it was.
fn pairs<K: Ord + Clone>(old: &[K], new: &[K]) -> Vec<Pair> {
    let kept = common(old, new);
    let mut spare: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
    let kept_old: BTreeSet<usize> = kept.iter().map(|(a, _)| *a).collect();
    for (at, key) in old.iter().enumerate().rev() {
        if !kept_old.contains(&at) {
            spare.entry(key).or_default().push(at);
        }
    }
    let by_new: BTreeMap<usize, usize> = kept.iter().map(|(a, b)| (*b, *a)).collect();
    let mut found: Vec<Pair> = Vec::new();
    for (at, key) in new.iter().enumerate() {
        let other = by_new.get(&at).copied();
        let moved = other.is_none().then(|| spare.get_mut(key)?.pop()).flatten();
        found.push((other.or(moved), Some(at), moved.is_some()));
    }
    let mut gone: Vec<usize> = spare.into_values().flatten().collect();
    gone.sort_unstable();
    for at in gone {
        let next = found
            .iter()
            .position(|(a, _, moved)| !moved && a.is_some_and(|a| a > at));
        found.insert(next.unwrap_or(found.len()), (Some(at), None, false));
    }
    found
}

/// The longest order that both have in common.
fn common<K: Ord + Clone>(old: &[K], new: &[K]) -> Vec<(usize, usize)> {
    let mut numbers: BTreeMap<&K, usize> = BTreeMap::new();
    let mut number = |key| {
        let next = numbers.len();
        *numbers.entry(key).or_insert(next)
    };
    let old: Vec<_> = old.iter().map(&mut number).collect();
    let new: Vec<_> = new.iter().map(&mut number).collect();
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let ends = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let mut kept: Vec<_> = (0..start).map(|at| (at, at)).collect();
    kept.extend(
        middle(a, b)
            .into_iter()
            .map(|(a, b)| (a + start, b + start)),
    );
    kept.extend(
        (0..end)
            .rev()
            .map(|at| (old.len() - 1 - at, new.len() - 1 - at)),
    );
    kept
}

/// The same without what both begin and end with. Where the table would not fit, a shorter order
/// that takes what comes first.
fn middle(old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    const LARGEST: usize = 1 << 22;
    let mut kept = Vec::new();
    if old.len().saturating_mul(new.len()) > LARGEST {
        let mut from = 0;
        for (a, key) in old.iter().enumerate() {
            if let Some(b) = new[from..].iter().position(|other| other == key) {
                kept.push((a, from + b));
                from += b + 1;
            }
        }
        return kept;
    }
    let width = new.len() + 1;
    let mut length = vec![0u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            length[a * width + b] = if old[a] == new[b] {
                length[(a + 1) * width + b + 1] + 1
            } else {
                length[(a + 1) * width + b].max(length[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            kept.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if length[(a + 1) * width + b] >= length[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn what_both_have_in_another_order_has_moved() {
        // `d` stays, so `c`, which is gone, stands before it; `b` has moved behind it.
        let found = pairs(&["a", "b", "c", "d"], &["a", "d", "b", "e"]);
        assert_eq!(
            found,
            [
                (Some(0), Some(0), false),
                (Some(2), None, false),
                (Some(3), Some(1), false),
                (Some(1), Some(2), true),
                (None, Some(3), false),
            ]
        );
    }
}

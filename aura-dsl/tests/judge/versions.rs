//! Who can talk to whom, as `diff` says it, against runs in which old and new machines are mixed.
//!
//! In: two versions of a protocol: pairs by hand, and random protocols with random edits. Out:
//! nothing, or versions of which `diff` says that a role can take part among the others though a
//! mixed run gets stuck or ends with a frame that nobody takes. What holds: where several roles can
//! take part, each alone and any of them together are tried. The other way round, a refusal that no
//! mixed run bears out, is allowed (`diff` does not reorder messages, and goes by one role at a
//! time) and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use aura_dsl::diff::{Difference, Side, diff};
use aura_dsl::emit::Subject;
use aura_dsl::verdict::Verdict;

use super::cast::Unfit;
use super::dice::Dice;
use super::draft::{Draft, Item};
use super::explorer::{Effort, Fault, explore};
use super::generator::draw;
use super::mixed::mix;
use super::number;
use super::verdict::{Case, compile, sizes};

const EFFORT: Effort = Effort {
    limit: 30_000,
    reduce: true,
    first: true,
    capacity: 2,
};

/// What came of all comparisons, by the name of what came.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn of(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or(0)
    }
}

fn difference(old: &Case, new: &Case) -> Difference {
    fn side(case: &Case) -> Side<'_> {
        let Case {
            protocol,
            decision,
            locals,
            types,
            sources,
        } = case;
        Side {
            subject: Subject {
                sources,
                protocol,
                decision,
                locals: locals.as_ref(),
            },
            types,
        }
    }
    diff(side(old), side(new))
}

/// What a mixed run shows at any size; `None` where nothing could be said.
fn explored(
    [old, new]: [&Case; 2],
    is_new: &impl Fn(&str, u64) -> bool,
) -> Option<BTreeSet<Fault>> {
    let mut found = BTreeSet::new();
    let names = old.protocol.sizes.iter().map(|symbol| symbol.name.clone());
    let names: Vec<String> = names.collect();
    for sizes in sizes(&old.protocol).into_iter().take(3) {
        let sizes: BTreeMap<_, _> = names.iter().cloned().zip(sizes.0).collect();
        let troupe = match mix([old, new], &sizes, is_new) {
            Ok(troupe) => troupe,
            Err(Unfit::TooLarge | Unfit::Unknown(_)) => return None,
        };
        let findings = explore(&troupe, None, EFFORT);
        found.extend(findings.faults.keys().copied());
        if findings.too_large && found.is_empty() {
            return None;
        }
    }
    Some(found)
}

/// The roles that a version's machines belong to, and whether all of each can take part.
fn claims(difference: &Difference, new_among_old: bool) -> BTreeMap<String, bool> {
    let mut claims = BTreeMap::new();
    for role in &difference.roles {
        let name = role.name.split('[').next().unwrap_or(&role.name).to_owned();
        let obstacle = if new_among_old {
            &role.new_among_old
        } else {
            &role.old_among_new
        };
        let can = claims.entry(name).or_insert(true);
        *can &= obstacle.is_none();
    }
    claims
}

/// Compares both directions of one pair.
fn compare(old: &Case, new: &Case, shown: &str, dice: &mut Dice, tally: &mut Tally) {
    let difference = difference(old, new);
    for new_among_old in [true, false] {
        let claims = claims(&difference, new_among_old);
        let stranger = |inside: bool| inside == new_among_old;
        let wrong = |who: &str, faults: &BTreeSet<Fault>| {
            let side = if new_among_old {
                "new among old"
            } else {
                "old among new"
            };
            format!("{who}, {side}: {faults:?}\n{shown}")
        };
        for (role, can) in &claims {
            // All members of a family, and one of them alone.
            for alone in [false, true] {
                let is_new = |name: &str, index| stranger(name == role && (!alone || index == 0));
                match (can, explored([old, new], &is_new)) {
                    (_, None) => tally.count("not explored"),
                    (true, Some(faults)) if faults.is_empty() => tally.count("can, and does"),
                    (true, Some(faults)) => tally.wrong.push(wrong(role, &faults)),
                    (false, Some(faults)) if faults.is_empty() => tally.count("cannot, yet does"),
                    (false, Some(_)) => tally.count("cannot, and fails"),
                }
            }
        }
        let able = claims.iter().filter(|(_, can)| **can);
        let some: BTreeSet<&String> = able
            .map(|(role, _)| role)
            .filter(|_| dice.percent(60))
            .collect();
        if some.len() > 1 {
            match explored([old, new], &|name, _| {
                stranger(some.iter().any(|role| *role == name))
            }) {
                None => tally.count("not explored"),
                Some(faults) if faults.is_empty() => tally.count("can together, and do"),
                Some(faults) => tally.wrong.push(wrong(&format!("{some:?}"), &faults)),
            }
        }
    }
}

/// A version that is a step or two away.
fn edited(draft: &Draft, dice: &mut Dice) -> Draft {
    let mut draft = draft.clone();
    for _ in 0..=dice.below(2) {
        match dice.below(7) {
            0 | 1 => {
                let smaller = draft.smaller();
                if !smaller.is_empty() {
                    draft = dice.pick(&smaller).clone();
                }
            }
            2 => {
                let (from, to) = *dice.pick(&[("A", "B"), ("B", "C"), ("C", "A"), ("A", "C")]);
                let line = Item::line(format!("{from} -> {to}: Fresh{};", dice.below(3)));
                insert(&mut draft.body, line, dice);
            }
            3 => insert(&mut draft.body, Item::line("local A: look;"), dice),
            4 => change(&mut draft.body, dice, &|item, _| {
                // Branches in another order are no change.
                item.arms.reverse();
            }),
            5 => change(&mut draft.body, dice, &|item, _| {
                // Another number of rounds.
                for (from, to) in [
                    ("count: 1", "count: 4"),
                    ("count: 2", "count: 3"),
                    ("count: 3", "count: 2"),
                ] {
                    if item.head.contains(from) {
                        item.head = item.head.replace(from, to);
                        break;
                    }
                }
            }),
            _ => change(&mut draft.body, dice, &|item, _| {
                if item.arms.is_empty() && item.head.contains("->") {
                    item.head = item.head.replacen(';', "Other;", 1);
                } else if item.arms.len() > 1 {
                    // A decision that offers less.
                    item.arms.pop();
                }
            }),
        }
    }
    draft
}

fn insert(items: &mut Vec<Item>, line: Item, dice: &mut Dice) {
    let at = dice.below(items.len() + 1);
    if let Some(item) = items.get_mut(at).filter(|item| !item.arms.is_empty()) {
        let arm = dice.below(item.arms.len());
        insert(&mut item.arms[arm].1, line, dice);
    } else {
        items.insert(at.min(items.len()), line);
    }
}

/// Changes one item somewhere.
fn change(items: &mut [Item], dice: &mut Dice, how: &dyn Fn(&mut Item, &mut Dice)) {
    if items.is_empty() {
        return;
    }
    let at = dice.below(items.len());
    let item = &mut items[at];
    if item.arms.is_empty() || dice.percent(30) {
        if item.arms.is_empty() || item.head.starts_with("choice") || item.head.starts_with("loop")
        {
            how(item, dice);
        }
        return;
    }
    let arm = dice.below(item.arms.len());
    change(&mut item.arms[arm].1, dice, how);
}

/// Reads `AURA_JUDGE_VERSIONS` and `AURA_JUDGE_SEED`.
#[test]
fn whoever_can_take_part_does_so_in_mixed_runs_of_random_edits() {
    let default = if cfg!(debug_assertions) { 60 } else { 600 };
    let (count, seed) = (
        number("AURA_JUDGE_VERSIONS", default),
        number("AURA_JUDGE_SEED", 1) as u64,
    );
    let mut tally = Tally::default();
    let mut dice = Dice::new(seed ^ 0x5eed);
    let mut pairs = 0;
    for at in 0.. {
        if pairs == count {
            break;
        }
        assert!(at < 100 * count as u64, "only {pairs} pairs");
        let draft = draw(seed * 1_000_003 + at, Verdict::Implementable).draft;
        let implementable = |draft: &Draft| {
            let case = compile(&draft.text()).ok();
            case.filter(|case| case.decision.verdict == Verdict::Implementable)
        };
        let Some(old) = implementable(&draft) else {
            continue;
        };
        // Most edits break a protocol; some of a few do not.
        let edits = (0..8).map(|_| edited(&draft, &mut dice));
        let edits: Vec<Draft> = edits.filter(|edit| *edit != draft).collect();
        let Some((edit, new)) = edits
            .iter()
            .find_map(|edit| implementable(edit).map(|case| (edit, case)))
        else {
            continue;
        };
        pairs += 1;
        let shown = format!("--- old\n{}--- new\n{}", draft.text(), edit.text());
        compare(&old, &new, &shown, &mut dice, &mut tally);
    }
    report(&tally);
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert!(
        tally.of("can, and does") > count,
        "too few claims were tried"
    );
    assert!(
        tally.of("cannot, and fails") > count / 4,
        "too few refusals"
    );
}

#[test]
fn whoever_can_take_part_does_so_in_mixed_runs_of_pairs() {
    let mut tally = Tally::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs");
    let mut dice = Dice::new(7);
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let folder = entry.expect("it can be read").path();
        let read = |which: &str| {
            let text = std::fs::read_to_string(folder.join(which)).expect("a pair has both");
            compile(&text).ok()
        };
        let (Some(old), Some(new)) = (read("old.aura"), read("new.aura")) else {
            continue;
        };
        let shown = folder.display().to_string();
        compare(&old, &new, &shown, &mut dice, &mut tally);
    }
    report(&tally);
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert!(tally.of("can, and does") > 20 && tally.of("cannot, and fails") > 10);
}

fn report(tally: &Tally) {
    println!("mixed versions: {:?}", tally.counts);
}

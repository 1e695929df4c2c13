//! Many comparisons on random protocols.
//!
//! In: a seed and a count. Out: how often each verdict and each construct came up, how much was
//! looked at, and every disagreement, shrunk. What holds: sample `i` hangs on the seed and `i`
//! alone, so the tally does not depend on the number of threads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aura_dsl::verdict::Verdict;

use super::cast::Unfit;
use super::draft::Draft;
use super::explorer::Effort;
use super::generator::{CONSTRUCTS, draw};
use super::replay::replays;
use super::verdict::{Outcome, compare, compile};

/// Each verdict is wished for equally often.
const VERDICTS: [Verdict; 4] = [
    Verdict::Implementable,
    Verdict::NotImplementable,
    Verdict::MayWait,
    Verdict::Starvation,
];
/// After so many drafts a sample is given up.
const ATTEMPTS: u64 = 60;
/// How to explore a random protocol.
pub const EFFORT: Effort = Effort {
    limit: 20_000,
    reduce: true,
    first: true,
    capacity: 2,
};

/// What came of a campaign.
#[derive(Debug, Default)]
pub struct Tally {
    pub samples: usize,
    pub attempts: usize,
    pub verdicts: BTreeMap<&'static str, usize>,
    pub constructs: BTreeMap<&'static str, usize>,
    pub errors: BTreeMap<String, usize>,
    pub sends: usize,
    pub roles: usize,
    pub configs: usize,
    pub conservative: usize,
    pub too_large: usize,
    /// Counterexamples that were played, and the texts of those that could not be.
    pub replayed: usize,
    pub shortened: usize,
    pub unplayed: Vec<(u64, String)>,
    pub unfit: BTreeMap<&'static str, usize>,
    /// The seed, the smallest text, and what the judge says of it.
    pub disagreements: Vec<(u64, String, String)>,
}

/// Compares so many random protocols on some threads, all of them or until the first disagreement.
pub fn campaign(seed: u64, count: usize, threads: usize, first: bool) -> Tally {
    let next = AtomicUsize::new(0);
    let found = AtomicBool::new(false);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let worker = || loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count || (first && found.load(Ordering::Relaxed)) {
                    return;
                }
                if sample(seed, index, first, &tally) {
                    found.store(true, Ordering::Relaxed);
                }
            };
            let builder = std::thread::Builder::new().stack_size(64 << 20);
            builder
                .spawn_scoped(scope, worker)
                .expect("a thread starts");
        }
    });
    let mut tally = tally.into_inner().expect("no worker panicked");
    tally.disagreements.sort();
    tally
}

/// One sample, of the verdict whose turn it is or of any; whether there was a disagreement.
fn sample(seed: u64, index: usize, any: bool, tally: &Mutex<Tally>) -> bool {
    let wish = VERDICTS[index % VERDICTS.len()];
    let base = seed
        .wrapping_mul(1 << 32)
        .wrapping_add(index as u64 * ATTEMPTS);
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    for attempt in 0..ATTEMPTS {
        let drawn = draw(base + attempt, wish);
        let case = match compile(&drawn.draft.text()) {
            // A refused protocol whose candidates cannot be folded shows nothing to explore.
            Ok(case) if case.locals.is_none() => {
                *errors.entry("without machines".to_owned()).or_default() += 1;
                continue;
            }
            Ok(case) if any || case.decision.verdict == wish => case,
            Ok(case) => {
                *errors
                    .entry(case.decision.verdict.name().to_owned())
                    .or_default() += 1;
                continue;
            }
            Err(code) => {
                let code = code.split(':').next().unwrap_or("").to_owned();
                *errors.entry(code).or_default() += 1;
                continue;
            }
        };
        let comparison = compare(&case, EFFORT);
        if let Outcome::Unfit(Unfit::Unknown(what)) = comparison.outcome {
            *errors.entry(what.to_owned()).or_default() += 1;
            continue;
        }
        let shown = match &comparison.outcome {
            Outcome::Differs(_) => Some(shrink(&drawn.draft)),
            _ => None,
        };
        let refused = case.decision.verdict != Verdict::Implementable
            && comparison.outcome == Outcome::Agreed;
        let played = refused.then(|| replays(&case, EFFORT));
        let differs = shown.is_some();
        let mut tally = tally.lock().expect("no worker panicked");
        tally.samples += 1;
        tally.attempts += attempt as usize + 1;
        for (code, count) in errors {
            *tally.errors.entry(code).or_default() += count;
        }
        *tally
            .verdicts
            .entry(case.decision.verdict.name())
            .or_default() += 1;
        for construct in drawn.constructs {
            *tally.constructs.entry(construct).or_default() += 1;
        }
        tally.sends += case.protocol.sends.len();
        tally.roles += case.protocol.roles.len();
        tally.configs += comparison.configs;
        match played {
            Some(true) => tally.replayed += 1,
            // The compiler shows two rounds of a loop that has a fixed number of more.
            Some(false) if drawn.draft.text().contains("count: 3") => tally.shortened += 1,
            Some(false) => tally.unplayed.push((base + attempt, drawn.draft.text())),
            None => {}
        }
        match comparison.outcome {
            Outcome::Agreed => {}
            Outcome::Conservative => tally.conservative += 1,
            Outcome::Unfit(_) => tally.too_large += 1,
            Outcome::Differs(_) => {
                let (text, says) = shown.expect("shrunk above");
                tally.disagreements.push((base + attempt, text, says));
            }
        }
        return differs;
    }
    let mut tally = tally.lock().expect("no worker panicked");
    *tally.unfit.entry("no draft had the verdict").or_default() += 1;
    false
}

/// What compiler and judge say of a draft on which they differ.
fn difference(draft: &Draft) -> Option<String> {
    let case = compile(&draft.text()).ok()?;
    match compare(&case, EFFORT).outcome {
        Outcome::Differs(says) => Some(format!("{}; {says}", case.decision.verdict.name())),
        _ => None,
    }
}

/// The smallest draft on which they still differ, by deleting steps.
pub fn shrink(draft: &Draft) -> (String, String) {
    let mut draft = draft.clone();
    let mut says = difference(&draft).unwrap_or_default();
    'smaller: loop {
        for smaller in draft.smaller() {
            if let Some(still) = difference(&smaller) {
                draft = smaller;
                says = still;
                continue 'smaller;
            }
        }
        return (draft.text(), says);
    }
}

impl Tally {
    /// The tally as a table for people.
    pub fn report(&self) -> String {
        let mut text = String::new();
        let of = |count: usize| count as f64 * 100.0 / self.samples.max(1) as f64;
        let _ = writeln!(
            text,
            "{} protocols of {} drawn; {:.1} sends, {:.1} roles on average; {:.0} configurations each",
            self.samples,
            self.attempts,
            self.sends as f64 / self.samples.max(1) as f64,
            self.roles as f64 / self.samples.max(1) as f64,
            self.configs as f64 / self.samples.max(1) as f64,
        );
        for (verdict, count) in &self.verdicts {
            let _ = writeln!(text, "  {verdict:20} {:5.1} %", of(*count));
        }
        for construct in CONSTRUCTS {
            let count = self.constructs.get(construct).copied().unwrap_or(0);
            let _ = writeln!(text, "  {construct:20} {:5.1} %", of(count));
        }
        let _ = writeln!(
            text,
            "  refused by a strict rule, no fault found: {} ({:.2} %)",
            self.conservative,
            of(self.conservative)
        );
        let _ = writeln!(
            text,
            "  too large: {} ({:.2} %)",
            self.too_large,
            of(self.too_large)
        );
        let _ = writeln!(
            text,
            "  counterexamples replayed: {}, shown with fewer rounds: {}, not: {}",
            self.replayed,
            self.shortened,
            self.unplayed.len()
        );
        for (what, count) in &self.unfit {
            let _ = writeln!(text, "  {what}: {count}");
        }
        let _ = writeln!(text, "  drawn in vain: {:?}", self.errors);
        let _ = writeln!(text, "  disagreements: {}", self.disagreements.len());
        text
    }
}

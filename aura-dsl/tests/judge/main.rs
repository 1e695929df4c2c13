//! An independent judge of the compiler's verdicts.
//!
//! In: protocols, by hand and at random. Out: nothing, or the smallest protocol on which the
//! compiler's verdict and an exploration of its machines disagree. What holds: the judge shares
//! the trees and the machines with the compiler, which are its input, and no code of the
//! projection; it knows no global automaton, no subset and no availability.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "edge: a test reads its environment and prints what it found"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "configurations are counted in u32, and a tally is printed in percent"
)]
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "the modules of a test have no readers outside"
)]

mod branches;
mod campaign;
mod cast;
mod config;
mod dice;
mod draft;
mod elaborate;
mod endless;
mod events;
mod explorer;
mod foresee;
mod generator;
mod leaf;
mod mixed;
mod monitor;
mod moves;
mod replay;
mod segments;
mod shapes;
mod table;
mod timer;
mod tree;
mod troupe;
mod unlabelled;
mod verdict;
mod versions;

fn number(name: &str, default: usize) -> usize {
    let value = std::env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

/// Reads `AURA_JUDGE_COUNT` and `AURA_JUDGE_SEED`; with `AURA_JUDGE_STOP` it ends at the first
/// disagreement and prints it as a row of a table.
#[test]
fn verdicts_agree_with_exploration_on_random_protocols() {
    let seed = number("AURA_JUDGE_SEED", 1);
    let default = if cfg!(debug_assertions) { 400 } else { 2_000 };
    let count = number("AURA_JUDGE_COUNT", default);
    let stop = std::env::var_os("AURA_JUDGE_STOP").is_some();
    let started = std::time::Instant::now();
    let tally = campaign::campaign(seed as u64, count, 2, stop);
    println!("seed {seed}, {:.1} s", started.elapsed().as_secs_f64());
    println!("{}", tally.report());
    for (seed, text) in tally.unplayed.iter().take(5) {
        println!("--- seed {seed}: its counterexample could not be played\n{text}");
    }
    for (seed, text, says) in &tally.disagreements {
        println!("--- seed {seed}: {says}\n{text}");
    }
    if let (true, Some((_, text, says))) = (stop, tally.disagreements.first()) {
        let body = text
            .lines()
            .skip_while(|line| !line.starts_with("protocol Drawn"));
        let body: Vec<&str> = body.map(str::trim).collect();
        let says = says.chars().take(160).collect::<String>();
        println!(
            "FOUND | {} | {says} | `{}` |",
            tally.samples,
            body.join(" ")
        );
    }
    assert!(tally.disagreements.is_empty(), "see above");
    assert!(tally.unplayed.is_empty(), "see above");
}

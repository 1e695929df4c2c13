//! Exchanges side by side: what a message costs in each system, measured in one run.
//!
//! In: `--rounds N`, `--turns N`, `--only NAME` or a part of several, `--exchange TEXT`. Out: a line for
//! each system and exchange, fields separated by tabs: system, exchange, median nanoseconds a message,
//! the least and the most. In each round every system runs every exchange once, and the order is turned by one from round to
//! round, so that a slow moment of the machine, or what one system leaves in the caches for the
//! next, falls on all of them alike.
use std::time::Duration;

use aura_peers::{
    scenario::{Failure, Scenario, System},
    systems,
};

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (mut rounds, mut turns) = (11, 20_000);
    let (mut only, mut exchange) = (None, String::new());
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("an option without its value")?;
        match argument.as_str() {
            "--rounds" => rounds = value.parse()?,
            "--turns" => turns = value.parse()?,
            "--only" => only = Some(value),
            "--exchange" => exchange = value,
            unknown => return Err(format!("there is no option {unknown}").into()),
        }
    }
    let mut systems = systems::all();
    if let Some(only) = only {
        let is_whole = systems.iter().any(|system| system.name == only);
        systems.retain(|system| system.name == only || !is_whole && system.name.contains(&only));
    }
    let mut samples = vec![[const { Vec::new() }; Scenario::ALL.len()]; systems.len()];
    for round in 0..=rounds {
        for at in 0..systems.len() {
            let at = (at + round) % systems.len();
            for (which, scenario) in Scenario::ALL.into_iter().enumerate() {
                let Some(run) = systems[at].runs[which] else {
                    continue;
                };
                if !scenario.name().contains(&exchange) {
                    continue;
                }
                let turns = (turns / systems[at].slower).max(1);
                let took = run(turns).map_err(|failure| {
                    format!("{}, {}: {failure}", systems[at].name, scenario.name())
                })?;
                // The first round fills caches and the allocator, and is not counted.
                if round > 0 {
                    samples[at][which].push(per_message(took, turns * scenario.messages()));
                }
            }
        }
    }
    print(&systems, samples);
    Ok(())
}

fn print(systems: &[System], samples: Vec<[Vec<f64>; Scenario::ALL.len()]>) {
    for (system, samples) in systems.iter().zip(samples) {
        for (scenario, mut samples) in Scenario::ALL.into_iter().zip(samples) {
            samples.sort_by(f64::total_cmp);
            let (Some(least), Some(most)) = (samples.first(), samples.last()) else {
                println!("{}\t{}\t-\t-\t-", system.name, scenario.name());
                continue;
            };
            println!(
                "{}\t{}\t{:.1}\t{least:.1}\t{most:.1}",
                system.name,
                scenario.name(),
                samples[samples.len() / 2]
            );
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds of a run, far below 2^52"
)]
fn per_message(took: Duration, messages: u64) -> f64 {
    took.as_nanos() as f64 / messages as f64
}

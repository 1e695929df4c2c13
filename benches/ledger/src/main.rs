//! What the ledger costs: guarded sends that are durable, beside raw commits of the store below; the
//! guard chain in memory; and a journal of many facts.
//!
//! In: `--rounds N`, `--facts N`, `--only sends|chain|facts`. Out: a figure a line, its name and its
//! value separated by a tab. Everything is measured in one process, and what is compared is measured
//! in turns, so that a machine with other work on it slows both.

mod chain;
mod facts;
mod heap;
#[path = "../../../aura-runtime/tests/request_response/mod.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
mod request_response;
mod sends;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (mut rounds, mut facts, mut only) = (21, 1_000_000, None);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("an option without a value")?;
        match argument.as_str() {
            "--rounds" => rounds = value.parse()?,
            "--facts" => facts = value.parse()?,
            "--only" => only = Some(value),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("sends") {
        sends::run(rounds)?;
    }
    if wanted("chain") {
        chain::run(rounds)?;
    }
    if wanted("facts") {
        facts::run(facts)?;
    }
    Ok(())
}

pub(crate) fn say(name: &str, value: f64) {
    println!("{name}\t{value}");
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

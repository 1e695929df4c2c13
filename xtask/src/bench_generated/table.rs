//! The table of what generated code costs rustc.

use std::fmt::Write;
use std::time::Duration;

use super::Row;
use super::sources::Kind;
use crate::bench_compile::table::{bold, load, machine, millis};

const BEGIN: &str = "<!-- bench-generated: begin -->";
const END: &str = "<!-- bench-generated: end -->";

/// How many times what is written by hand generated code may cost.
const RATIO: f64 = 1.5;

/// What a macro may take for a hundred messages.
const EXPANSION: Duration = Duration::from_millis(50);

/// The table in Markdown, misses in bold.
pub(super) fn render(rows: &[Row], rounds: usize) -> String {
    let mut out = format!(
        "Medians of {rounds} rounds on {}, in milliseconds of the processor (load average {}). `used` \
         is with a function for each role that takes every step; the ratio is generated to by hand, \
         at most {RATIO} is aimed at; the macro should take at most {} ms for 100 messages.\n\n\
         | messages | by hand | generated | ratio | by hand, used | generated, used | ratio | macro |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|\n",
        machine(),
        load(),
        EXPANSION.as_millis(),
    );
    for row in rows {
        let expansion = row.of(Kind::Macro).saturating_sub(row.of(Kind::Generated));
        let slow = row.messages <= 100 && expansion > EXPANSION;
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            row.messages,
            millis(row.of(Kind::Hand)),
            millis(row.of(Kind::Generated)),
            ratio(row, Kind::Generated, Kind::Hand),
            millis(row.of(Kind::HandUsed)),
            millis(row.of(Kind::GeneratedUsed)),
            ratio(row, Kind::GeneratedUsed, Kind::HandUsed),
            bold(millis(expansion), slow),
        );
    }
    if let [first, .., last] = rows {
        let grown = |kind| growth(first, last, kind);
        let _ = write!(
            out,
            "\nFrom {} to {} messages the time grows with the power {} by hand and {} generated, \
             used {} and {}.\n",
            first.messages,
            last.messages,
            grown(Kind::Hand),
            grown(Kind::Generated),
            grown(Kind::HandUsed),
            grown(Kind::GeneratedUsed),
        );
    }
    out
}

/// The page with the table between its markers.
pub(super) fn replace(page: &str, table: &str) -> Result<String, String> {
    let missing = || format!("the page has no line `{BEGIN}` .. `{END}`");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

fn ratio(row: &Row, of: Kind, to: Kind) -> String {
    let ratio = row.of(of).as_secs_f64() / row.of(to).as_secs_f64();
    bold(format!("{ratio:.2}"), ratio > RATIO)
}

/// The exponent of time over messages.
fn growth(first: &Row, last: &Row, kind: Kind) -> String {
    let messages = |row: &Row| f64::from(u32::try_from(row.messages).unwrap_or(u32::MAX));
    let times = last.of(kind).as_secs_f64() / first.of(kind).as_secs_f64();
    format!(
        "{:.2}",
        times.ln() / (messages(last) / messages(first)).ln()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench_compile::measure::Sample;

    fn row(messages: usize, millis: [u64; 5]) -> Row {
        let medians = millis.map(|millis| Sample {
            wall: Duration::ZERO,
            cpu: Duration::from_millis(millis),
            peak: 0,
        });
        Row {
            messages,
            medians: medians.to_vec(),
        }
    }

    #[test]
    fn ratios_and_misses_are_told() {
        let rows = [
            row(10, [100, 100, 150, 151, 190]),
            row(100, [1000, 100, 1500, 160, 1551]),
        ];
        let table = render(&rows, 3);
        let first = "| 10 | 100.0 | 150.0 | 1.50 | 100.0 | 151.0 | **1.51** | 40.0 |";
        assert!(table.contains(first), "{table}");
        assert!(table.contains("| **1.60** | **51.0** |"), "{table}");
        assert!(table.contains("power 1.00 by hand"), "{table}");
    }
}

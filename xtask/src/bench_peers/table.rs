//! The tables of the runtime's figures, with what was aimed at beside them.

use std::fmt::Write;

use crate::bench_compile::table::{load, machine};

/// Whose figures everything is compared with.
const BARE: &str = "rumpsteak 0.1.0";
const RAW: &str = "tokio mpsc, raw";

/// One figure of one exchange.
struct Cell<'a> {
    system: &'a str,
    exchange: &'a str,
    median: Option<f64>,
    least: Option<f64>,
}

/// Nanoseconds a message, a row for each system; what a system cannot express is a dash.
pub(crate) fn exchanges(lines: &[Vec<String>], rounds: &str) -> Result<String, String> {
    let cells: Vec<Cell<'_>> = lines
        .iter()
        .filter_map(|line| match &line[..] {
            [system, exchange, median, least, ..] => Some(Cell {
                system,
                exchange,
                median: median.parse().ok(),
                least: least.parse().ok(),
            }),
            _ => None,
        })
        .collect();
    let mut systems: Vec<&str> = Vec::new();
    let mut exchanges: Vec<&str> = Vec::new();
    for cell in &cells {
        if !systems.contains(&cell.system) {
            systems.push(cell.system);
        }
        if !exchanges.contains(&cell.exchange) {
            exchanges.push(cell.exchange);
        }
    }
    let find = |system: &str, exchange: &str| {
        cells
            .iter()
            .find(|cell| cell.system == system && cell.exchange == exchange)
    };
    let first = *exchanges.first().ok_or("no exchange was measured")?;
    let of = |system: &str| find(system, first).and_then(|cell| cell.median);
    let (bare, raw) = (of(BARE), of(RAW));
    let mut out = format!(
        "Medians of {rounds} rounds on {} (load average {}), in nanoseconds a message, the least of \
         the rounds in brackets. The last two columns are those of {first}: the cost above {BARE}, \
         median and least, and the factor to a raw round trip over tokio's channel.\n\n| system |",
        machine(),
        load(),
    );
    for exchange in &exchanges {
        let _ = write!(out, " {exchange} |");
    }
    let _ = write!(out, " above {BARE} | times raw |\n|---|");
    out.push_str(&"---:|".repeat(exchanges.len() + 2));
    out.push('\n');
    for system in systems {
        let _ = write!(out, "| {system} |");
        for exchange in &exchanges {
            match find(system, exchange).and_then(|cell| Some((cell.median?, cell.least?))) {
                Some((median, least)) => {
                    let _ = write!(out, " {median:.0} ({least:.0}) |");
                }
                None => out.push_str(" - |"),
            }
        }
        let least = |system| find(system, first).and_then(|cell| cell.least);
        match (of(system), bare, raw, least(system), least(BARE)) {
            (Some(own), Some(bare), Some(raw), Some(low), Some(floor)) => {
                let _ = writeln!(
                    out,
                    " {:.0} ({:.0}) | {:.1} |",
                    own - bare,
                    low - floor,
                    own / raw
                );
            }
            _ => out.push_str(" | |\n"),
        }
    }
    Ok(out)
}

/// What a message allocates, what a session takes.
pub(crate) fn footprint(lines: &[Vec<String>]) -> String {
    let mut out = String::from("| what | figure | |\n|---|---:|---|\n");
    for line in lines {
        if let [what, figure, unit] = &line[..] {
            let _ = writeln!(out, "| {what} | {figure} | {unit} |");
        }
    }
    out
}

/// Sessions over TLS beside a bare echo.
pub(crate) fn echo(lines: &[Vec<String>]) -> String {
    let mut out = String::from(
        "| bytes | bare echo, round trips a second | guarded sessions | ratio |\n|---:|---:|---:|---:|\n",
    );
    for line in lines {
        if let [size, bare, guarded, ratio] = &line[..] {
            let _ = writeln!(out, "| {size} | {bare} | {guarded} | {ratio} |");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Vec<String>> {
        text.lines()
            .map(|line| line.split('\t').map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn what_cannot_be_expressed_is_a_dash_and_costs_are_above_the_bare_system() {
        let figures = lines(
            "tokio mpsc, raw\tping-pong\t50.0\t40.0\t60.0\n\
             rumpsteak 0.1.0\tping-pong\t60.0\t50.0\t70.0\n\
             other\tping-pong\t160.0\t120.0\t170.0\n\
             other\tring\t-\t-\t-\n",
        );
        let table = exchanges(&figures, "3").expect("figures make a table");
        assert!(
            table.contains("| other | 160 (120) | - | 100 (70) | 3.2 |"),
            "{table}"
        );
        assert!(exchanges(&[], "3").is_err());
    }

    #[test]
    fn lines_of_another_shape_are_passed_by() {
        assert_eq!(footprint(&lines("a\t1\tus\nb\n")).lines().count(), 3);
        assert_eq!(echo(&lines("64\t1\t2\t0.5\nb\n")).lines().count(), 3);
    }
}

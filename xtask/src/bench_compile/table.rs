//! The table of the compiler's times, and its place in the page.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use super::families::Case;
use super::measure::Sample;

const BEGIN: &str = "<!-- bench-compile: begin -->";
const END: &str = "<!-- bench-compile: end -->";

/// Memory that no case may exceed.
const MEMORY: u64 = 200_000_000;

/// The exponent that no family may exceed.
const EXPONENT: f64 = 1.3;

/// The table in Markdown, misses in bold.
pub(crate) fn render(rows: &[(&Case, [Sample; 2])], rounds: usize) -> String {
    let mut out = format!(
        "Medians of {rounds} rounds on {}, in milliseconds; `cpu` is what the processor spent, \
         `wall` what a clock showed, which includes waiting for other work on the machine (load \
         average {}). Growth is that of `cpu` over the messages of a family, with the baseline \
         taken off; at most {EXPONENT} is aimed at, and at most {} MB everywhere.\n\n",
        machine(),
        load(),
        MEMORY / 1_000_000,
    );
    out.push_str(
        "| family | size | messages | check cpu | wall | reach | nuScr | project cpu | wall | \
         peak MB | growth check / project |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (at, (case, [check, project])) in rows.iter().enumerate() {
        let reach = case.reach.map(Duration::from_secs_f64);
        let peak = check.peak.max(project.peak);
        let last = rows
            .get(at + 1)
            .is_none_or(|(next, _)| next.family != case.family);
        let growth = if last && !case.baseline() {
            format!("{} / {}", growth(rows, case, 0), growth(rows, case, 1))
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {growth} |",
            case.family,
            case.size,
            case.messages(),
            bold(
                millis(check.cpu),
                reach.is_some_and(|reach| check.cpu > reach)
            ),
            millis(check.wall),
            reach.map(millis).unwrap_or_default(),
            beat(case.beat),
            bold(
                millis(project.cpu),
                reach.is_some_and(|reach| project.cpu > reach)
            ),
            millis(project.wall),
            bold(format!("{:.1}", megabytes(peak)), peak > MEMORY),
        );
    }
    out
}

/// The page with the table between its markers.
pub(crate) fn replace(page: &str, table: &str) -> Result<String, String> {
    let missing = || format!("the page has no line `{BEGIN}` .. `{END}`");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

/// The exponent of time over messages, by least squares on logarithms.
fn growth(rows: &[(&Case, [Sample; 2])], of: &Case, command: usize) -> String {
    let baseline = rows
        .iter()
        .find(|(case, _)| case.baseline())
        .map_or(Duration::ZERO, |(_, samples)| samples[command].cpu);
    let points: Vec<(f64, f64)> = rows
        .iter()
        .filter(|(case, _)| case.family == of.family)
        .filter_map(|(case, samples)| {
            let time = samples[command].cpu.checked_sub(baseline)?;
            // Below that the difference is the machine's noise, not the compiler's growth.
            (time >= Duration::from_millis(1))
                .then(|| (to_f64(case.messages()).ln(), time.as_secs_f64().ln()))
        })
        .collect();
    if points.len() < 2 {
        return "too fast".to_owned();
    }
    let count = to_f64(points.len());
    let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let covariance: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let variance: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let exponent = covariance / variance;
    bold(format!("{exponent:.2}"), exponent > EXPONENT)
}

pub(crate) fn bold(text: String, miss: bool) -> String {
    if miss { format!("**{text}**") } else { text }
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

fn megabytes(bytes: u64) -> f64 {
    to_f64(usize::try_from(bytes / 1_000).unwrap_or(usize::MAX)) / 1e3
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures of a table, far below 2^52"
)]
fn to_f64(number: usize) -> f64 {
    number as f64
}

fn beat(seconds: &str) -> String {
    let (mark, number) = seconds
        .strip_prefix('>')
        .map_or(("", seconds), |rest| (">", rest));
    number
        .parse::<f64>()
        .map(|seconds| format!("{mark}{:.0}", seconds * 1e3))
        .unwrap_or_default()
}

/// The processor, as the kernel names it, and how many of it there are.
pub(crate) fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .unwrap_or("an unnamed processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {cores} cores")
}

/// How many processes wanted to run during the last minute.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(family: &'static str, messages: usize) -> Case {
        Case {
            family,
            size: messages,
            text: "A -> B: M;\n".repeat(messages),
            reach: Some(0.05),
            beat: ">120",
        }
    }

    fn taking(millis: u64) -> [Sample; 2] {
        let time = Duration::from_millis(millis);
        [Sample {
            wall: time,
            cpu: time,
            peak: 1_000_000,
        }; 2]
    }

    #[test]
    fn growth_is_the_exponent_above_the_baseline() {
        let (base, small, large) = (case("baseline", 1), case("f", 10), case("f", 100));
        let linear = [
            (&base, taking(5)),
            (&small, taking(15)),
            (&large, taking(105)),
        ];
        assert_eq!(growth(&linear, &large, 0), "1.00");
        let square = [
            (&base, taking(5)),
            (&small, taking(6)),
            (&large, taking(105)),
        ];
        assert_eq!(growth(&square, &large, 1), "**2.00**");
        let fast = [(&base, taking(5)), (&small, taking(5)), (&large, taking(5))];
        assert_eq!(growth(&fast, &large, 0), "too fast");
    }

    #[test]
    fn a_miss_is_bold() {
        let large = case("f", 100);
        assert!(render(&[(&large, taking(49))], 9).contains("| 49.0 | 49.0 | 50.0 | >120000 |"));
        assert!(render(&[(&large, taking(51))], 9).contains("| **51.0** | 51.0 | 50.0 |"));
    }

    #[test]
    fn the_table_takes_the_place_between_the_markers() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nbehind\n");
        let new = format!("before\n{BEGIN}\nnew\n{END}\nbehind\n");
        assert_eq!(replace(&page, "new\n"), Ok(new));
        assert!(replace("no markers", "new\n").is_err());
    }
}

//! Runs as sequence charts in text.
//!
//! In: the events of a run and the sources that they stand in. Out: a column for each participant,
//! an arrow for each message, the line of the text beside it, and a cross at the event that goes
//! wrong. The middle of a long run is left out; a run of more participants than fit side by side is
//! a list of steps.

use std::fmt::Write as _;

use crate::escape::visible;
use crate::source::Sources;
use crate::verdict::{Counterexample, Event, Run};

/// Events that are shown at each end of a long run.
const SHOWN: usize = 12;
/// Participants that are drawn side by side.
const COLUMNS: usize = 8;
/// The widest label in the chart and the widest line of the text beside it.
const WIDEST: usize = 40;

/// The runs of a counterexample with what goes wrong and the repair that was tried.
pub fn counterexample(sources: &Sources, found: &Counterexample) -> String {
    let mut out = format!("{}\n", visible(&found.reason));
    for run in &found.runs {
        out.push('\n');
        out += &chart(sources, run);
    }
    if let Some(hint) = &found.hint {
        let _ = writeln!(out, "\nhelp: {}", visible(&hint.text));
        for (span, text) in &hint.insertions {
            let file = sources.file(span.file);
            let at = file.position(span.start);
            let (path, line, column) = (visible(&file.path), at.line, at.column);
            let text = visible(text.trim());
            let _ = writeln!(out, "    {path}:{line}:{column}: insert `{text}`");
        }
    }
    out
}

fn chart(sources: &Sources, run: &Run) -> String {
    let mut out = format!("{}\n", visible(&run.title));
    if run.events.is_empty() {
        out += "    nothing happens before\n";
        return out;
    }
    let shown = shown(&run.events);
    let first = run.events[0].span.file;
    let one_file = run.events.iter().all(|event| event.span.file == first);
    let mut names: Vec<&str> = Vec::new();
    for event in shown.iter().flatten() {
        for name in [Some(&event.from), event.to.as_ref()].into_iter().flatten() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    let drawn = if names.len() <= COLUMNS {
        draw(&names, &shown)
    } else {
        list(&shown)
    };
    let width = drawn.iter().map(|line| line.chars().count()).max();
    let head = drawn.len() - shown.len();
    for (position, line) in drawn.iter().enumerate() {
        let event = position.checked_sub(head).and_then(|at| shown[at]);
        let cross = if event.is_some_and(|event| event.faulty) {
            "✗"
        } else {
            " "
        };
        let source = event
            .map(|event| source_line(sources, event, one_file))
            .unwrap_or_default();
        let width = width.unwrap_or_default();
        let row = format!("  {cross} {line:width$}   {source}");
        out += row.trim_end();
        out.push('\n');
    }
    out
}

/// The events with `None` for the part that is left out.
pub(super) fn shown(events: &[Event]) -> Vec<Option<&Event>> {
    if events.len() <= 2 * SHOWN + 1 {
        return events.iter().map(Some).collect();
    }
    let head = events[..SHOWN].iter().map(Some);
    let tail = events[events.len() - SHOWN..].iter().map(Some);
    head.chain([None]).chain(tail).collect()
}

/// The line of the text that an event stands in; the file is named where there are several.
fn source_line(sources: &Sources, event: &Event, one_file: bool) -> String {
    let file = sources.file(event.span.file);
    let at = file.position(event.span.start);
    let line = file.line(at.line).trim();
    let path = if one_file {
        "line ".into()
    } else {
        visible(&file.path) + ":"
    };
    format!("{path}{}: {}", at.line, short(line))
}

/// One line of text, escaped and cut to what fits.
fn short(text: &str) -> String {
    let text = visible(text);
    if text.chars().count() <= WIDEST {
        return text.into_owned();
    }
    let mut cut: String = text.chars().take(WIDEST - 1).collect();
    cut.push('…');
    cut
}

fn draw(names: &[&str], events: &[Option<&Event>]) -> Vec<String> {
    let column = |name: &str| names.iter().position(|other| *other == name).unwrap_or(0);
    let name_width = |at: usize| short(names[at]).chars().count();
    // The distance from each lifeline to the next: enough for the names and for every label.
    let mut gaps: Vec<usize> = (0..names.len())
        .map(|at| 8.max(name_width(at) + 2))
        .collect();
    for event in events.iter().flatten() {
        let label = short(&event.label).chars().count() + 6;
        let from = column(&event.from);
        let (left, right) = match &event.to {
            Some(to) => (from.min(column(to)), from.max(column(to))),
            None => (from, from + 1),
        };
        let have: usize = gaps[left..right.max(left + 1)].iter().sum();
        gaps[right.max(left + 1) - 1] += label.saturating_sub(have);
    }
    let lines: Vec<usize> = gaps
        .iter()
        .scan(0, |at, gap| {
            *at += gap;
            Some(*at - gap)
        })
        .collect();
    let width = gaps.iter().sum();
    let mut head = vec![' '; width];
    for (at, name) in lines.iter().zip(names) {
        put(&mut head, *at, &short(name));
    }
    let rows = events.iter().map(|event| {
        let mut row = vec![' '; width];
        for at in &lines {
            row[*at] = if event.is_some() { '│' } else { '⋮' };
        }
        if let Some(event) = event {
            arrow(&mut row, event, |name| lines[column(name)]);
        }
        row.into_iter().collect::<String>()
    });
    let head = head.into_iter().collect::<String>();
    std::iter::once(head)
        .chain(rows)
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn arrow(row: &mut [char], event: &Event, line: impl Fn(&str) -> usize) {
    let from = line(&event.from);
    let label = short(&event.label);
    let Some(to) = event.to.as_deref().map(&line).filter(|to| *to != from) else {
        row[from] = '●';
        put(row, from + 2, &label);
        return;
    };
    let (left, right) = (from.min(to), from.max(to));
    row[left + 1..right].fill('─');
    if to > from {
        row[from] = '├';
        row[right - 1] = '▶';
    } else {
        row[from] = '┤';
        row[left + 1] = '◀';
    }
    let room = right - left - 1;
    let start = left + 1 + room.saturating_sub(label.chars().count() + 2) / 2;
    put(row, start, &format!(" {label} "));
}

fn put(row: &mut [char], at: usize, text: &str) {
    for (place, char) in row.iter_mut().skip(at).zip(text.chars()) {
        *place = char;
    }
}

fn list(events: &[Option<&Event>]) -> Vec<String> {
    let line = |event: Option<&Event>| match event {
        None => "⋮".to_owned(),
        Some(Event {
            from,
            to: Some(to),
            label,
            ..
        }) => {
            format!("{} -> {}: {}", short(from), short(to), short(label))
        }
        Some(Event { from, label, .. }) => format!("{}: {}", short(from), short(label)),
    };
    events.iter().copied().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn sample(sources: &mut Sources, events: &[(&str, Option<&str>, &str)]) -> Run {
        let text = "A -> B: Offer;\nB -> C: \u{202e}Note;\n";
        let file = sources.add("sample.aura", text);
        let events = events
            .iter()
            .enumerate()
            .map(|(at, (from, to, label))| Event {
                from: (*from).into(),
                to: to.map(Into::into),
                label: (*label).into(),
                span: Span {
                    file,
                    start: if at % 2 == 0 { 0 } else { 15 },
                    end: 20,
                },
                faulty: at + 1 == events.len(),
            });
        Run {
            title: "A accepts".into(),
            events: events.collect(),
        }
    }

    #[test]
    fn arrows_run_between_lifelines() {
        let mut sources = Sources::default();
        let events = [
            ("A", Some("B"), "accept.Offer"),
            ("B", Some("C"), "N"),
            ("C", None, "stop"),
            ("C", Some("A"), "Back"),
        ];
        let run = sample(&mut sources, &events);
        let expected = "\
A accepts
    A                 B       C
    ├─ accept.Offer ─▶│       │        line 1: A -> B: Offer;
    │                 ├── N ─▶│        line 2: B -> C: \\u{202e}Note;
    │                 │       ● stop   line 1: A -> B: Offer;
  ✗ │◀──────── Back ──────────┤        line 2: B -> C: \\u{202e}Note;
";
        assert_eq!(chart(&sources, &run), expected);
    }

    #[test]
    fn the_middle_of_a_long_run_is_left_out() {
        let mut sources = Sources::default();
        let run = sample(&mut sources, &[("A", Some("B"), "M"); 200]);
        assert_eq!(chart(&sources, &run).lines().count(), 2 + 2 * SHOWN + 1);
    }

    #[test]
    fn many_participants_are_a_list() {
        let mut sources = Sources::default();
        let names: Vec<String> = (0..10).map(|at| format!("R{at}")).collect();
        let events: Vec<_> = names
            .iter()
            .map(|name| (name.as_str(), Some("S"), "M"))
            .collect();
        let run = sample(&mut sources, &events);
        assert!(chart(&sources, &run).contains("\n    R1 -> S: M"));
    }
}

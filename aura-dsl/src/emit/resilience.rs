//! Crashes and slow receivers, for people and for machines.
//!
//! In: a [`Subject`] and its [`Resilience`]. Out: two sections of the audit's text, and the object
//! of its JSON, from the same rows.

use std::fmt::Write as _;

use serde::Serialize;

use super::Subject;
use super::audit::{line, line_of};
use super::json::report::Place;
use super::name::Names;
use super::table::Table;
use crate::audit::resilience::{LIMIT, Most, Resilience, Wait};
use crate::diag::{Code, codes};
use crate::global::LoopId;

/// The sections of the text.
pub(super) fn text(
    out: &mut String,
    subject: Subject<'_>,
    names: &Names<'_>,
    resilience: &Resilience,
) {
    out.push_str("\ncrashes\n");
    if resilience.too_large {
        let _ = writeln!(out, "  {}", unknown());
        return;
    }
    crashes(subject, names, resilience).write(out, "  ");
    explain(out, resilience, codes::W0920);
    if resilience.buffers.is_empty() {
        return;
    }
    out.push_str("\nbuffers while the receiver is slow\n");
    buffers(subject, resilience).write(out, "  ");
    explain(out, resilience, codes::W0921);
}

/// Why nothing is known.
pub(super) fn unknown() -> String {
    format!("not analysed: more than {LIMIT} pairs of a state and a participant")
}

/// Whom the crash of each participant leaves waiting.
pub(super) fn crashes(subject: Subject<'_>, names: &Names<'_>, found: &Resilience) -> Table {
    let mut table = Table::new(&["who", "waits for ever", "for", "line"]);
    for crash in &found.crashes {
        if crash.waits.is_empty() {
            let row = [crash.who.as_str(), "nobody", "", ""];
            table.row(row.map(str::to_owned));
        }
        for (position, wait) in crash.waits.iter().enumerate() {
            let who = if position == 0 {
                crash.who.as_str()
            } else {
                ""
            };
            table.row([
                who.to_owned(),
                wait.who.clone(),
                awaited(names, wait).unwrap_or_default(),
                // A shared step stands for all places with its terms; the wait is at one of them.
                wait.send
                    .map_or_else(String::new, |_| line_of(subject, wait.span)),
            ]);
        }
    }
    table
}

/// How much may lie between two participants.
pub(super) fn buffers(subject: Subject<'_>, found: &Resilience) -> Table {
    let mut table = Table::new(&["from", "to", "messages"]);
    for buffer in &found.buffers {
        let most = match &buffer.most {
            Most::Messages(number) => number.to_string(),
            Most::PerRounds(number, loops) => {
                let loops: Vec<String> = loops.iter().map(|id| at(subject, *id)).collect();
                format!("{number} in two rounds of the loop in {}", loops.join(", "))
            }
            Most::Unbounded(send) => format!("unbounded: the loop around {}", line(subject, *send)),
        };
        table.row([buffer.from.clone(), buffer.to.clone(), most]);
    }
    table
}

fn explain(out: &mut String, resilience: &Resilience, code: Code) {
    if let Some(sentence) = explained(resilience, code) {
        let _ = writeln!(out, "  {sentence}");
    }
}

/// Where there is a warning, which page explains it.
pub(super) fn explained(resilience: &Resilience, code: Code) -> Option<String> {
    let mut warnings = resilience.warnings.iter();
    warnings
        .any(|warning| warning.code == code)
        .then(|| format!("{}: see `aura-dsl explain {code}`", code.title()))
}

/// The label that somebody waits for.
fn awaited(names: &Names<'_>, wait: &Wait) -> Option<String> {
    let send = names.protocol.sends.get(wait.send?.index())?;
    Some(names.label(send.label).to_owned())
}

/// The line of a loop.
fn at(subject: Subject<'_>, id: LoopId) -> String {
    let info = subject.protocol.loops.get(id.index());
    info.map_or_else(String::new, |info| {
        subject.sources.start(info.span).line.to_string()
    })
}

/// The object of the JSON.
#[derive(Debug, Serialize)]
pub(super) struct Rows {
    too_large: bool,
    crashes: Vec<CrashRow>,
    buffers: Vec<BufferRow>,
}

#[derive(Debug, Serialize)]
struct CrashRow {
    who: String,
    tolerated: bool,
    waits: Vec<WaitRow>,
}

#[derive(Debug, Serialize)]
struct WaitRow {
    who: String,
    message: Option<String>,
    place: Place,
}

#[derive(Debug, Serialize)]
struct BufferRow {
    from: String,
    to: String,
    /// `None`: unbounded.
    most: Option<u64>,
    /// The lines of the loops of which `most` counts two rounds.
    per_two_rounds_of: Vec<Place>,
}

/// The rows of the JSON.
pub(super) fn rows(subject: Subject<'_>, names: &Names<'_>, resilience: &Resilience) -> Rows {
    let wait = |wait: &Wait| WaitRow {
        who: wait.who.clone(),
        message: awaited(names, wait),
        place: Place::new(subject.sources, wait.span),
    };
    let places = |loops: &[LoopId]| {
        let known = loops
            .iter()
            .filter_map(|id| subject.protocol.loops.get(id.index()));
        known
            .map(|info| Place::new(subject.sources, info.span))
            .collect()
    };
    Rows {
        too_large: resilience.too_large,
        crashes: resilience
            .crashes
            .iter()
            .map(|crash| CrashRow {
                who: crash.who.clone(),
                tolerated: crash.waits.is_empty(),
                waits: crash.waits.iter().map(wait).collect(),
            })
            .collect(),
        buffers: resilience
            .buffers
            .iter()
            .map(|buffer| BufferRow {
                from: buffer.from.clone(),
                to: buffer.to.clone(),
                most: match &buffer.most {
                    Most::Messages(number) | Most::PerRounds(number, _) => Some(*number),
                    Most::Unbounded(_) => None,
                },
                per_two_rounds_of: match &buffer.most {
                    Most::PerRounds(_, loops) => places(loops),
                    Most::Messages(_) | Most::Unbounded(_) => Vec::new(),
                },
            })
            .collect(),
    }
}

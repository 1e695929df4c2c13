//! What happens in a sequence chart, row by row.
//!
//! In: a protocol, or a run with the text that it stands in. Out: a [`Sequence`] that knows nothing
//! of either: columns, and rows of messages, notes and frames. What holds: every string is free of
//! hidden characters already, so that it is measured as it will be seen. Nothing recurses.

use crate::emit::action::local_step;
use crate::emit::chart;
use crate::emit::global::expression;
use crate::emit::name::Names;
use crate::escape::visible;
use crate::global::{Block, Branch, Members, Party, RoleId, Send, Step};
use crate::source::Sources;
use crate::verdict::{Event, Run};

/// A chart before it has a layout.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    /// The participants' names, and whether each is a family.
    pub(super) columns: Vec<(String, bool)>,
    pub(super) rows: Vec<Row>,
}

/// One row of a chart.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) what: What,
    /// Whether it is the one that goes wrong.
    pub(super) faulty: bool,
    /// The number of its line in the text, and the line.
    pub(super) source: Option<(String, String)>,
}

/// What a row shows.
#[derive(Debug)]
pub(super) enum What {
    /// A message, with its terms below it.
    Message {
        from: usize,
        to: usize,
        label: String,
        terms: String,
    },
    /// Something that one participant does, or that all of them come to.
    Note { at: Option<usize>, text: String },
    /// A frame around the rows up to its `Close`.
    Open { kind: &'static str, title: String },
    /// The next part of the innermost frame.
    Split(String),
    /// The end of the innermost frame.
    Close,
    /// A part that is left out.
    Gap,
}

impl From<What> for Row {
    fn from(what: What) -> Self {
        Self {
            what,
            faulty: false,
            source: None,
        }
    }
}

/// A protocol's steps.
pub(super) fn of_protocol(names: &Names) -> Sequence {
    let roles = names.protocol.roles.iter().enumerate().map(|(id, role)| {
        let family = role.family.is_some();
        let members = if family {
            Members::All
        } else {
            Members::Single
        };
        (names.party(RoleId::of(id), &members), family)
    });
    let mut sequence = Sequence {
        columns: roles.collect(),
        rows: Vec::new(),
    };
    let mut tasks = vec![Task::Block(&names.protocol.body)];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Row(what) => sequence.rows.push(what.into()),
            Task::Block(block) => {
                for step in block.steps.iter().rev() {
                    tasks.extend(step_rows(names, step).into_iter().rev());
                }
            }
        }
    }
    sequence
}

enum Task<'a> {
    Row(What),
    Block(&'a Block),
}

fn step_rows<'a>(names: &Names, step: &'a Step) -> Vec<Task<'a>> {
    let shown = |party: &Party| names.party(party.role, &party.members);
    let frame = |kind, parts: Vec<(String, &'a Block)>| {
        let mut tasks = Vec::new();
        for (position, (title, body)) in parts.into_iter().enumerate() {
            tasks.push(Task::Row(if position == 0 {
                What::Open { kind, title }
            } else {
                What::Split(title)
            }));
            tasks.push(Task::Block(body));
        }
        tasks.push(Task::Row(What::Close));
        tasks
    };
    match step {
        Step::Send(send) => {
            let send = &names.protocol.sends[send.index()];
            vec![Task::Row(message(names, send))]
        }
        Step::Local(local) => {
            let local = &names.protocol.locals[local.index()];
            let hook = local_step(names, local);
            let text = hook.strip_prefix("local ").unwrap_or(&hook).to_owned();
            let at = Some(local.at.role.index());
            vec![Task::Row(What::Note { at, text })]
        }
        Step::Choice(choice) => {
            let decider = shown(&choice.decider);
            let parts = choice.branches.iter();
            let parts = parts.map(|branch| (branch_title(&decider, branch), &branch.body));
            frame("choice", parts.collect())
        }
        Step::Counted(counted) => {
            let title = format!("{} times", names.size(&counted.count));
            frame("loop", vec![(title, &counted.body)])
        }
        Step::Decided(decided) => {
            let title = format!("while {} goes on", shown(&decided.decider));
            frame("loop", vec![(title, &decided.body)])
        }
        Step::For(each) => {
            let (index, family) = (names.index(each.id), names.role(each.family));
            frame("for", vec![(format!("{index} in {family}"), &each.body)])
        }
        Step::Rec(rec) => frame("rec", vec![(rec.name.clone(), &rec.body)]),
        Step::Continue(rec, _) => {
            let text = format!("continue {}", names.rec(*rec));
            vec![Task::Row(What::Note { at: None, text })]
        }
        Step::Par(par) => {
            let parts = par.branches.iter().map(|body| (String::new(), body));
            frame("par", parts.collect())
        }
        Step::Timeout(timeout) => {
            let lasting = &names.protocol.timers[timeout.id.index()];
            let decider = shown(&timeout.decider);
            let parts = vec![
                (format!("within {lasting} at {decider}"), &timeout.body),
                (format!("else {decider} gives up"), &timeout.otherwise),
            ];
            frame("timeout", parts)
        }
    }
}

fn branch_title(decider: &str, branch: &Branch) -> String {
    let label = branch.label.as_deref().unwrap_or("branch");
    match &branch.guard {
        Some(guard) => format!("{decider}: {label} when {}", expression(guard)),
        None => format!("{decider}: {label}"),
    }
}

/// A send: who of a family takes part stands at the label, capability and cost below it.
fn message(names: &Names, send: &Send) -> What {
    let special = |party: &Party| match party.members {
        Members::Single | Members::All => None,
        _ => Some(names.party(party.role, &party.members)),
    };
    let label = names.label(send.label);
    let label = match (special(&send.from), special(&send.to)) {
        (None, None) => label.to_owned(),
        (Some(from), None) => format!("{label}, {from}"),
        (None, Some(to)) => format!("{label}, to {to}"),
        (Some(from), Some(to)) => format!("{label}, {from} to {to}"),
    };
    let cost = send.terms.cost;
    let terms = match names.capability(&send.terms) {
        Some(capability) => format!("{capability} · cost {cost}"),
        None => format!("no guard · cost {cost}"),
    };
    What::Message {
        from: send.from.role.index(),
        to: send.to.role.index(),
        label,
        terms,
    }
}

/// The events of a run, each beside its line. The middle of a long run is left out.
pub(super) fn of_run(sources: &Sources, run: &Run) -> Sequence {
    let mut sequence = Sequence::default();
    let shown = chart::shown(&run.events);
    let mut column = |name: &str| {
        let known = sequence.columns.iter().position(|(other, _)| other == name);
        known.unwrap_or_else(|| {
            sequence.columns.push((name.to_owned(), false));
            sequence.columns.len() - 1
        })
    };
    let first = run.events.first().map(|event| event.span.file);
    let one_file = run
        .events
        .iter()
        .all(|event| Some(event.span.file) == first);
    let mut rows = Vec::new();
    for event in shown {
        let Some(event) = event else {
            rows.push(What::Gap.into());
            continue;
        };
        let (from, text) = (column(&event.from), visible(&event.label).into_owned());
        let what = match &event.to {
            Some(to) => What::Message {
                from,
                to: column(to),
                label: text,
                terms: String::new(),
            },
            None => What::Note {
                at: Some(from),
                text,
            },
        };
        rows.push(Row {
            what,
            faulty: event.faulty,
            source: Some(source(sources, event, one_file)),
        });
    }
    if rows.is_empty() {
        let text = "nothing happens before".into();
        rows.push(What::Note { at: None, text }.into());
    }
    sequence.rows = rows;
    sequence
}

/// The line that an event stands in: its number, behind the file where there are several.
fn source(sources: &Sources, event: &Event, one_file: bool) -> (String, String) {
    let file = sources.file(event.span.file);
    let at = file.position(event.span.start);
    let line = file.line(at.line).trim().replace('\t', " ");
    let number = if one_file {
        at.line.to_string()
    } else {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        format!("{}:{}", visible(name), at.line)
    };
    (number, visible(&line).into_owned())
}

//! Mermaid diagrams: a sequence diagram of the protocol, of each run of a counterexample, and a
//! state diagram for each machine.
//!
//! In: a [`Subject`]. Out: diagrams behind one another, each in a fenced block of Markdown, so that
//! the whole renders wherever Markdown does. Participants are numbered and shown by an alias, so no
//! name of a user is ever read as syntax. Nothing recurses.

use std::fmt::Write as _;

use super::Subject;
use super::action::{local_step, notation};
use super::flow::ends;
use super::name::Names;
use crate::escape::mermaid as quote;
use crate::global::{Block, Party, RoleId, Step};
use crate::local::Machine;
use crate::verdict::Run;

/// The protocol as a sequence diagram, the runs of a counterexample, and the machines of all roles
/// or only of one.
pub fn diagrams(subject: Subject<'_>, role: Option<&str>) -> String {
    let names = Names::new(subject.protocol);
    let mut out = String::new();
    if role.is_none() {
        fenced(&mut out, "global", &sequence(&names));
    }
    for run in subject
        .decision
        .counterexample
        .iter()
        .flat_map(|found| &found.runs)
    {
        fenced(&mut out, &run.title, &counterexample(run));
    }
    for (position, _) in subject.machines(&names, role) {
        for (_, machine) in subject.with_threads(position) {
            fenced(
                &mut out,
                &names.owner(&machine.owner),
                &states(&names, machine),
            );
        }
    }
    out
}

fn fenced(out: &mut String, title: &str, diagram: &str) {
    let _ = write!(out, "## {}\n\n```mermaid\n{diagram}```\n\n", quote(title));
}

enum Task<'a> {
    Line(usize, String),
    Block(usize, &'a Block),
}

fn sequence(names: &Names) -> String {
    let mut out = String::from("sequenceDiagram\n");
    for (id, role) in names.protocol.roles.iter().enumerate() {
        let all = crate::global::Members::All;
        let family = role.family.is_some();
        let shown = if family {
            names.party(RoleId::of(id), &all)
        } else {
            role.name.clone()
        };
        let _ = writeln!(out, "    participant p{id} as {}", quote(&shown));
    }
    let mut tasks = vec![Task::Block(1, &names.protocol.body)];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Line(depth, line) => {
                out.extend(std::iter::repeat_n("    ", depth.min(60)));
                out.push_str(&line);
                out.push('\n');
            }
            Task::Block(depth, block) => {
                for step in block.steps.iter().rev() {
                    tasks.extend(step_lines(names, depth, step).into_iter().rev());
                }
            }
        }
    }
    out
}

fn step_lines<'a>(names: &Names, depth: usize, step: &'a Step) -> Vec<Task<'a>> {
    let shown = |party: &Party| quote(&names.party(party.role, &party.members));
    let line = |text: String| Task::Line(depth, text);
    let frame = |head: String, bodies: Vec<(String, &'a Block)>| {
        let mut tasks = vec![Task::Line(depth, head)];
        for (position, (title, body)) in bodies.into_iter().enumerate() {
            if position > 0 {
                tasks.push(Task::Line(depth, title));
            }
            tasks.push(Task::Block(depth + 1, body));
        }
        tasks.push(Task::Line(depth, "end".into()));
        tasks
    };
    match step {
        Step::Send(send) => {
            let send = &names.protocol.sends[send.index()];
            let (from, to) = (send.from.role.index(), send.to.role.index());
            let mut label = quote(names.label(send.label));
            for party in [&send.from, &send.to] {
                if names.protocol.roles[party.role.index()].family.is_some() {
                    let _ = write!(label, " ({})", shown(party));
                }
            }
            vec![line(format!("p{from}->>p{to}: {label}"))]
        }
        Step::Choice(choice) => {
            let title = |at: usize| {
                let branch = &choice.branches[at];
                let label = branch.label.as_deref().unwrap_or("branch");
                format!("{} {}", shown(&choice.decider), quote(label))
            };
            let bodies = choice
                .branches
                .iter()
                .enumerate()
                .map(|(at, branch)| (format!("else {}", title(at)), &branch.body));
            frame(format!("alt {}", title(0)), bodies.collect())
        }
        Step::Counted(counted) => {
            let head = format!("loop {} times", quote(&names.size(&counted.count)));
            frame(head, vec![(String::new(), &counted.body)])
        }
        Step::Decided(decided) => {
            let head = format!("loop while {} goes on", shown(&decided.decider));
            frame(head, vec![(String::new(), &decided.body)])
        }
        Step::For(each) => {
            let (index, family) = (names.index(each.id), names.role(each.family));
            let head = format!("loop for {} in {}", quote(index), quote(family));
            frame(head, vec![(String::new(), &each.body)])
        }
        Step::Rec(rec) => {
            let head = format!("loop {}", quote(&rec.name));
            frame(head, vec![(String::new(), &rec.body)])
        }
        Step::Continue(rec, _) => {
            let last = names.protocol.roles.len().saturating_sub(1);
            let over = if last == 0 {
                "p0".into()
            } else {
                format!("p0,p{last}")
            };
            vec![line(format!(
                "Note over {over}: continue {}",
                quote(names.rec(*rec))
            ))]
        }
        Step::Par(par) => {
            let bodies = par.branches.iter().map(|body| ("and".to_owned(), body));
            frame("par".into(), bodies.collect())
        }
        Step::Timeout(timeout) => {
            let lasting = quote(&names.protocol.timers[timeout.id.index()]);
            let decider = shown(&timeout.decider);
            let bodies = vec![
                (String::new(), &timeout.body),
                (format!("else {decider} gives up"), &timeout.otherwise),
            ];
            frame(format!("alt within {lasting} at {decider}"), bodies)
        }
        Step::Local(local) => {
            let local = &names.protocol.locals[local.index()];
            let at = local.at.role.index();
            vec![line(format!(
                "Note over p{at}: {}",
                quote(&local_step(names, local))
            ))]
        }
    }
}

fn counterexample(run: &Run) -> String {
    let mut names: Vec<&str> = Vec::new();
    for event in &run.events {
        for name in [Some(&event.from), event.to.as_ref()].into_iter().flatten() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    let id = |name: &str| names.iter().position(|other| *other == name).unwrap_or(0);
    let mut out = String::from("sequenceDiagram\n");
    for (at, name) in names.iter().enumerate() {
        let _ = writeln!(out, "    participant p{at} as {}", quote(name));
    }
    for event in &run.events {
        let (from, label) = (id(&event.from), quote(&event.label));
        let _ = match &event.to {
            // A cross at the end of the arrow is Mermaid's sign for a message that is lost.
            Some(to) if event.faulty => writeln!(out, "    p{from}-xp{}: {label}", id(to)),
            Some(to) => writeln!(out, "    p{from}->>p{}: {label}", id(to)),
            None => writeln!(out, "    Note over p{from}: {label}"),
        };
    }
    out
}

fn states(names: &Names, machine: &Machine) -> String {
    let mut out = String::from("stateDiagram-v2\n    direction LR\n    [*] --> S0\n");
    for (index, state) in machine.states.iter().enumerate() {
        if state.accepting && state.turn.is_none() {
            let _ = writeln!(out, "    S{index} --> [*]");
        }
        if ends(state) {
            continue;
        }
        for transition in &state.transitions {
            let label = quote(&notation(names, &machine.owner, &transition.action));
            let _ = writeln!(out, "    S{index} --> S{}: {label}", transition.to);
        }
        if let Some(timer) = &state.timer {
            let lasting = quote(&names.protocol.timers[timer.timer.index()]);
            let _ = writeln!(out, "    S{index} --> S{}: after {lasting}", timer.late);
        }
        if let Some(turn) = &state.turn {
            let (counter, limit) = (names.index(turn.counter), names.size(&turn.limit));
            let again = quote(&format!("{counter} + 1 < {limit}"));
            let _ = writeln!(out, "    S{index} --> S{}: {again}", turn.again);
            let _ = writeln!(out, "    S{index} --> S{}: else", turn.done);
        }
    }
    out
}

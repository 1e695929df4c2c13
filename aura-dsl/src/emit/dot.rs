//! Machines as DOT, for Graphviz.
//!
//! In: a [`Subject`]. Out: one `digraph` with a cluster for each machine. Every string is quoted.

use std::fmt::Write as _;

use super::Subject;
use super::action::notation;
use super::flow::ends;
use super::name::Names;
use crate::escape::dot as quote;
use crate::local::Machine;

/// The machines of all roles or of one.
pub fn machines(subject: Subject<'_>, role: Option<&str>) -> String {
    let names = Names::new(subject.protocol);
    let mut out = format!("digraph {} {{\n", quote(&subject.protocol.name));
    out += "  rankdir=LR;\n  node [shape=circle, fontname=monospace];\n";
    out += "  edge [fontname=monospace];\n";
    for (position, _) in subject.machines(&names, role) {
        for (thread, machine) in subject.with_threads(position) {
            cluster(&mut out, &names, position + thread, machine);
        }
    }
    out += "}\n";
    out
}

fn cluster(out: &mut String, names: &Names, id: usize, machine: &Machine) {
    let title = quote(&names.owner(&machine.owner));
    let _ = writeln!(out, "  subgraph cluster_{id} {{\n    label={title};");
    let _ = writeln!(
        out,
        "    m{id}_start [shape=point];\n    m{id}_start -> m{id}_0;"
    );
    for (index, state) in machine.states.iter().enumerate() {
        let shape = match state {
            state if ends(state) => "doublecircle",
            state if state.turn.is_some() => "diamond",
            _ => "circle",
        };
        let _ = writeln!(
            out,
            "    m{id}_{index} [label=\"S{index}\", shape={shape}];"
        );
        for transition in &state.transitions {
            let label = quote(&notation(names, &machine.owner, &transition.action));
            let _ = writeln!(
                out,
                "    m{id}_{index} -> m{id}_{} [label={label}];",
                transition.to
            );
        }
        if let Some(timer) = &state.timer {
            let label = quote(&format!(
                "after {}",
                names.protocol.timers[timer.timer.index()]
            ));
            let late = timer.late;
            let _ = writeln!(
                out,
                "    m{id}_{index} -> m{id}_{late} [label={label}, style=dashed];"
            );
        }
        if let Some(turn) = &state.turn {
            let (counter, limit) = (names.index(turn.counter), names.size(&turn.limit));
            let again = quote(&format!("{counter} + 1 < {limit}"));
            let (next, done) = (turn.again, turn.done);
            let _ = writeln!(out, "    m{id}_{index} -> m{id}_{next} [label={again}];");
            let _ = writeln!(out, "    m{id}_{index} -> m{id}_{done} [label=\"else\"];");
        }
    }
    out.push_str("  }\n");
}

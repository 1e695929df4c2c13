//! The global protocol in its canonical form: what was decided, not how it was written.
//!
//! In: a resolved protocol. Out: its steps, one a line, with calls inlined, contexts moved onto the
//! messages and ranges split; terms and payloads stand in tables of their own. Nothing recurses.

use std::fmt::Write as _;

use super::action::local_step;
use super::name::Names;
use crate::ast::{BinaryOp, Expr, ExprKind};
use crate::escape::visible;
use crate::global::{Block, Party, Step};

/// Indentation stops growing here, as in local types.
const DEEPEST: usize = 60;

enum Task<'a> {
    Line(usize, String),
    Block(usize, &'a Block),
}

/// The steps of the protocol, indented by `margin` levels.
pub(crate) fn steps(names: &Names, margin: usize) -> String {
    let mut out = String::new();
    let mut tasks = vec![Task::Block(margin, &names.protocol.body)];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Line(depth, line) => {
                for _ in 0..depth.min(DEEPEST) {
                    out.push_str("    ");
                }
                out.push_str(&visible(&line));
                out.push('\n');
            }
            Task::Block(depth, block) => {
                for step in block.steps.iter().rev() {
                    tasks.extend(lines(names, depth, step).into_iter().rev());
                }
            }
        }
    }
    out
}

fn lines<'a>(names: &Names, depth: usize, step: &'a Step) -> Vec<Task<'a>> {
    let line = |text: String| Task::Line(depth, text);
    let wrapped = |open: String, body: &'a Block| {
        vec![
            Task::Line(depth, format!("{open} {{")),
            Task::Block(depth + 1, body),
            Task::Line(depth, "}".into()),
        ]
    };
    let party = |party: &Party| names.party(party.role, &party.members);
    match step {
        Step::Send(send) => {
            let send = &names.protocol.sends[send.index()];
            let (from, to) = (party(&send.from), party(&send.to));
            vec![line(format!("{from} -> {to}: {}", names.label(send.label)))]
        }
        Step::Choice(choice) => {
            let mut tasks = vec![line(format!("choice {} {{", party(&choice.decider)))];
            for branch in &choice.branches {
                let mut head = branch.label.clone().unwrap_or_else(|| "or".into());
                if let Some(guard) = &branch.guard {
                    let _ = write!(head, " when ({})", expression(guard));
                }
                tasks.push(Task::Line(depth + 1, format!("{head}: {{")));
                tasks.push(Task::Block(depth + 2, &branch.body));
                tasks.push(Task::Line(depth + 1, "}".into()));
            }
            tasks.push(line("}".into()));
            tasks
        }
        Step::Counted(counted) => {
            let count = names.size(&counted.count);
            wrapped(format!("loop (count: {count})"), &counted.body)
        }
        Step::Decided(looping) => {
            let decider = party(&looping.decider);
            wrapped(format!("loop (decides: {decider})"), &looping.body)
        }
        Step::For(each) => {
            let (index, family) = (names.index(each.id), names.role(each.family));
            wrapped(format!("for {index} in {family}"), &each.body)
        }
        Step::Rec(rec) => wrapped(format!("rec {}", rec.name), &rec.body),
        Step::Continue(rec, _) => vec![line(format!("continue {}", names.rec(*rec)))],
        Step::Par(par) => {
            let mut tasks = vec![line("par {".into())];
            for branch in &par.branches {
                tasks.push(Task::Line(depth + 1, "{".into()));
                tasks.push(Task::Block(depth + 2, branch));
                tasks.push(Task::Line(depth + 1, "}".into()));
            }
            tasks.push(line("}".into()));
            tasks
        }
        Step::Timeout(timeout) => {
            let lasting = &names.protocol.timers[timeout.id.index()];
            let decider = party(&timeout.decider);
            let mut tasks = wrapped(format!("timeout ({lasting}) at {decider}"), &timeout.body);
            tasks.pop();
            tasks.push(line("} else {".into()));
            tasks.push(Task::Block(depth + 1, &timeout.otherwise));
            tasks.push(line("}".into()));
            tasks
        }
        Step::Local(local) => {
            let local = &names.protocol.locals[local.index()];
            let hook = local_step(names, local);
            let hook = hook.strip_prefix("local ").unwrap_or(&hook);
            vec![line(format!("local {}: {hook}", party(&local.at)))]
        }
    }
}

/// A guard as written, with brackets only where an operator binds less tightly than its parent.
pub(super) fn expression(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(path) => {
            let path: Vec<_> = path.iter().map(|segment| segment.text.as_str()).collect();
            path.join(".")
        }
        ExprKind::Integer(value) => value.to_string(),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Not(inner) => format!("!{}", operand(inner, None)),
        ExprKind::Binary(op, left, right) => {
            let (left, right) = (operand(left, Some(*op)), operand(right, Some(*op)));
            format!("{left} {} {right}", operator(*op))
        }
    }
}

fn operand(expr: &Expr, parent: Option<BinaryOp>) -> String {
    match &expr.kind {
        ExprKind::Binary(op, ..) if parent.is_none_or(|parent| *op <= parent) => {
            format!("({})", expression(expr))
        }
        _ => expression(expr),
    }
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
    }
}

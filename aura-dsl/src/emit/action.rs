//! What happens in a state, in the notation of session types, and which sends take part in it.
//!
//! In: an action of a machine. Out: one short line, `Q[any t]?{y.Yes, n.No}`, and the sends whose
//! terms apply to it.

use std::fmt::Write as _;

use super::name::Names;
use crate::global::{Local, LocalArg, Members, SendId};
use crate::local::{Action, Owner, WireLabel};

/// The action in one line.
pub(crate) fn notation(names: &Names, owner: &Owner, action: &Action) -> String {
    match action {
        Action::Send { to, label, .. } => format!("{}!{}", names.peer(to), names.wire(label)),
        Action::Broadcast { to, label, .. } => {
            format!("{}!{}", names.peer(to), names.wire(label))
        }
        Action::Receive { from, label, .. } => {
            format!("{}?{}", names.peer(from), names.wire(label))
        }
        Action::Gather {
            from,
            need,
            answers,
        } => {
            let members = need.clone().map_or(Members::All, Members::Any);
            format!(
                "{}?{}",
                names.party(from.role, &members),
                labels(names, answers)
            )
        }
        Action::Exchange { label, .. } => {
            format!(
                "{}⇄{}",
                names.party(owner.role, &Members::All),
                names.wire(label)
            )
        }
        Action::Decide { label, .. } => label.clone(),
        Action::Local(local) => local_step(names, &names.protocol.locals[local.index()]),
        Action::Arm { timer } => format!("arm {}", names.protocol.timers[timer.index()]),
        Action::Fork { threads, .. } => format!("fork {}", threads.len()),
    }
}

/// The step's hook: `local aggregate(Reply) -> result: Summary`.
pub(crate) fn local_step(names: &Names, local: &Local) -> String {
    let args: Vec<_> = local
        .args
        .iter()
        .map(|(arg, _)| match arg {
            LocalArg::Received(label) => names.label(*label),
            LocalArg::Result(step) => {
                let result = names.protocol.locals[step.index()].result.as_ref();
                result.map_or("_", |(name, _)| name.as_str())
            }
        })
        .collect();
    let mut text = format!("local {}({})", local.function, args.join(", "));
    if let Some((name, ty)) = &local.result {
        let _ = write!(text, " -> {name}");
        if let Some(ty) = ty {
            let _ = write!(text, ": {}", super::name::payload_type(ty));
        }
    }
    text
}

/// The sends that the owner makes with the action.
pub(crate) fn sent(action: &Action) -> Option<(&WireLabel, SendId)> {
    match action {
        Action::Send { label, send, .. }
        | Action::Broadcast { label, send, .. }
        | Action::Exchange { label, send } => Some((label, *send)),
        _ => None,
    }
}

/// The kind of an action in one word, as JSON names it.
pub(crate) fn kind(action: &Action) -> &'static str {
    match action {
        Action::Send { .. } => "send",
        Action::Broadcast { .. } => "broadcast",
        Action::Receive { .. } => "receive",
        Action::Gather { .. } => "gather",
        Action::Exchange { .. } => "exchange",
        Action::Decide { .. } => "decide",
        Action::Local(_) => "local",
        Action::Arm { .. } => "arm",
        Action::Fork { .. } => "fork",
    }
}

fn labels(names: &Names, answers: &[(WireLabel, SendId)]) -> String {
    let labels: Vec<_> = answers.iter().map(|(label, _)| names.wire(label)).collect();
    match labels.as_slice() {
        [only] => only.clone(),
        several => format!("{{{}}}", several.join(", ")),
    }
}

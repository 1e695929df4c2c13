//! Bounds of a timeout (SEMANTICS 4 and 6).
//!
//! In: a timeout. Out: its outcomes: the decider's own first sends and the guarded segment happen
//! in any case, then either the rest of the body or the `else`, for a late answer is sent and
//! charged. Where a choice or timeout of another role follows the leading messages and each of its
//! branches begins so, the decision is made in each branch. What holds: this reads the tree in the
//! same way as the automaton does, and shares no code with it, so that tests can compare the two.

use crate::audit::bounds::{Outcome, Outcomes, Walk};
use crate::audit::range::Table;
use crate::global::{Members, Party, Protocol, Send, Step, Timeout};

/// What a guarded segment comes to.
struct Guarded {
    /// The decider had everything in time: through the segment and what follows it in its block.
    in_time: Outcomes,
    /// The decider gave up: the segment alone.
    late: Outcomes,
}

/// The outcomes of a timeout.
pub(crate) fn bounds(walk: &mut Walk<'_>, timeout: &Timeout) -> Outcomes {
    let steps = &timeout.body.steps;
    let hoisted = hoisted(walk.protocol, steps, &timeout.decider);
    let before = walk.steps(&steps[..hoisted]);
    let Guarded { in_time, late } = guarded(walk, &steps[hoisted..], &timeout.decider);
    let otherwise = walk.block(&timeout.otherwise);
    let late = walk.then(late, otherwise);
    let either = walk.either(vec![in_time, late]);
    walk.then(before, either)
}

fn guarded(walk: &mut Walk<'_>, steps: &[Step], decider: &Party) -> Guarded {
    let leading = leading(walk.protocol, steps, decider);
    let moves = steps
        .get(leading)
        .filter(|step| moves_into(walk.protocol, step, decider));
    let (segment, inner) = match moves {
        Some(Step::Choice(choice)) => {
            let branches: Vec<Guarded> = choice
                .branches
                .iter()
                .map(|branch| guarded(walk, &branch.body.steps, decider))
                .collect();
            (leading, Some(either(walk, branches)))
        }
        Some(Step::Timeout(inner)) => {
            let body = &inner.body.steps;
            let own = segment_end(walk.protocol, body, &inner.decider);
            let before = walk.steps(&body[..own]);
            let in_time = guarded(walk, &body[own..], decider);
            let late = guarded(walk, &inner.otherwise.steps, decider);
            let ending = either(walk, vec![in_time, late]);
            (leading, Some(after(walk, &before, ending)))
        }
        _ => (
            last_receive(walk.protocol, &steps[..leading], decider),
            None,
        ),
    };
    let ending = match inner {
        Some(inner) => {
            let rest = walk.steps(&steps[leading + 1..]);
            Guarded {
                in_time: walk.then(inner.in_time, rest),
                late: inner.late,
            }
        }
        None => Guarded {
            in_time: walk.steps(&steps[segment..]),
            late: Outcomes::from([(Outcome::Through, Table::default())]),
        },
    };
    let before = walk.steps(&steps[..segment]);
    after(walk, &before, ending)
}

fn either(walk: &Walk<'_>, alternatives: Vec<Guarded>) -> Guarded {
    let (in_time, late) = alternatives
        .into_iter()
        .map(|guarded| (guarded.in_time, guarded.late))
        .unzip();
    Guarded {
        in_time: walk.either(in_time),
        late: walk.either(late),
    }
}

fn after(walk: &Walk<'_>, before: &Outcomes, ending: Guarded) -> Guarded {
    Guarded {
        in_time: walk.then(before.clone(), ending.in_time),
        late: walk.then(before.clone(), ending.late),
    }
}

fn send<'a>(protocol: &'a Protocol, step: &Step) -> Option<&'a Send> {
    match step {
        Step::Send(id) => protocol.sends.get(id.index()),
        _ => None,
    }
}

fn is_sent_by(protocol: &Protocol, step: &Step, party: &Party) -> bool {
    send(protocol, step)
        .is_some_and(|send| send.from.role == party.role && send.from.members == party.members)
}

fn is_received_by(protocol: &Protocol, step: &Step, party: &Party) -> bool {
    send(protocol, step).is_some_and(|send| {
        let all = send.to.members == Members::All;
        send.to.role == party.role && (all || send.to.members == party.members)
    })
}

/// How many steps at the start the decider sends, before its timer runs.
fn hoisted(protocol: &Protocol, steps: &[Step], decider: &Party) -> usize {
    steps
        .iter()
        .take_while(|step| is_sent_by(protocol, step, decider))
        .count()
}

/// How many steps at the start are messages that the decider does not send.
fn leading(protocol: &Protocol, steps: &[Step], decider: &Party) -> usize {
    steps
        .iter()
        .take_while(|step| send(protocol, step).is_some() && !is_sent_by(protocol, step, decider))
        .count()
}

/// How many of the steps there are up to the decider's last receive.
fn last_receive(protocol: &Protocol, steps: &[Step], decider: &Party) -> usize {
    steps
        .iter()
        .rposition(|step| is_received_by(protocol, step, decider))
        .map_or(0, |position| position + 1)
}

/// Behind the segment of a timeout that is not moved into branches.
fn segment_end(protocol: &Protocol, body: &[Step], decider: &Party) -> usize {
    let hoisted = hoisted(protocol, body, decider);
    let leading = leading(protocol, &body[hoisted..], decider);
    hoisted + last_receive(protocol, &body[hoisted..hoisted + leading], decider)
}

/// Whether steps begin with messages that bring the decider something, on each path.
fn starts_guarded(protocol: &Protocol, steps: &[Step], decider: &Party) -> bool {
    let leading = leading(protocol, steps, decider);
    last_receive(protocol, &steps[..leading], decider) > 0
        || steps
            .get(leading)
            .is_some_and(|step| moves_into(protocol, step, decider))
}

/// Whether the decision moves into the branches of a step.
fn moves_into(protocol: &Protocol, step: &Step, decider: &Party) -> bool {
    let other = |party: &Party| {
        party.role != decider.role && !matches!(party.members, Members::All | Members::Any(_))
    };
    match step {
        Step::Choice(choice) => {
            other(&choice.decider)
                && choice
                    .branches
                    .iter()
                    .all(|branch| starts_guarded(protocol, &branch.body.steps, decider))
        }
        Step::Timeout(inner) => {
            let body = &inner.body.steps;
            let own = segment_end(protocol, body, &inner.decider);
            other(&inner.decider)
                && own > hoisted(protocol, body, &inner.decider)
                && !body[..own]
                    .iter()
                    .any(|step| is_sent_by(protocol, step, decider))
                && starts_guarded(protocol, &body[own..], decider)
                && starts_guarded(protocol, &inner.otherwise.steps, decider)
        }
        _ => false,
    }
}

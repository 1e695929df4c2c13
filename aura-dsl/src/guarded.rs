//! Where a timeout's decider decides (SEMANTICS 4).
//!
//! In: a timeout. Out: a [`Plan`]: the steps that happen in any case, which are the decider's own
//! first sends and the guarded segment, and then either the decision or, where a choice or timeout
//! of another role follows and each of its branches begins so, a plan for each branch. What holds:
//! this reads the tree in the same way as the automaton does, and shares no code with it, so that
//! tests can compare the two.

use crate::global::{Members, Party, Protocol, Send, Step, Timeout};

/// What happens up to the decision, and behind it.
pub(crate) struct Plan<'a> {
    /// What happens whether or not the timer fires.
    pub(crate) before: Vec<&'a [Step]>,
    /// What comes then.
    pub(crate) then: Then<'a>,
}

/// Behind the steps that happen in any case.
pub(crate) enum Then<'a> {
    /// The decision: in time come these steps, late the `else`.
    Decide(&'a [Step]),
    /// Another role decides something first, in this step. In each of its branches, or in its body
    /// and its `else`, comes a decision; where it was in time come these steps as well.
    Branches(&'a Step, Vec<Plan<'a>>, &'a [Step]),
}

/// The plan of a timeout.
pub(crate) fn plan<'a>(protocol: &Protocol, timeout: &'a Timeout) -> Plan<'a> {
    let (hoisted, steps) =
        timeout
            .body
            .steps
            .split_at(hoisted(protocol, &timeout.body.steps, &timeout.decider));
    let mut plan = guarded(protocol, steps, &timeout.decider);
    plan.before.insert(0, hoisted);
    plan
}

fn guarded<'a>(protocol: &Protocol, steps: &'a [Step], decider: &Party) -> Plan<'a> {
    let leading = leading(protocol, steps, decider);
    let moves = steps
        .get(leading)
        .filter(|step| moves_into(protocol, step, decider));
    match moves {
        Some(step @ Step::Choice(choice)) => {
            let branches = choice.branches.iter();
            let plans = branches.map(|branch| guarded(protocol, &branch.body.steps, decider));
            Plan {
                before: vec![&steps[..leading]],
                then: Then::Branches(step, plans.collect(), &steps[leading + 1..]),
            }
        }
        Some(step @ Step::Timeout(inner)) => {
            let body = &inner.body.steps;
            let (own, rest) = body.split_at(segment_end(protocol, body, &inner.decider));
            let in_time = guarded(protocol, rest, decider);
            let late = guarded(protocol, &inner.otherwise.steps, decider);
            Plan {
                before: vec![&steps[..leading], own],
                then: Then::Branches(step, vec![in_time, late], &steps[leading + 1..]),
            }
        }
        _ => {
            let (segment, rest) =
                steps.split_at(last_receive(protocol, &steps[..leading], decider));
            Plan {
                before: vec![segment],
                then: Then::Decide(rest),
            }
        }
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

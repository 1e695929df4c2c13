//! Timeouts: which messages a timer guards, and where its decider decides (SEMANTICS 4).
//!
//! The guarded segment happens in both branches, since nobody but the decider knows that it gave
//! up. Its receives are soft: the availability check knows that the decider may have left without
//! them. Behind the last of them the decider says `in time` or `late`; both are local events.

use std::collections::BTreeMap;

use super::super::alphabet::{ProcessId, What};
use super::super::graph::StateId;
use super::{Builder, Place};
use crate::diag::{Diagnostic, codes};
use crate::global::{Choice, Members, Party, Step, Timeout, TimerId};
use crate::source::Span;

/// A timer whose decider has not decided yet.
#[derive(Clone)]
struct Guard {
    timer: TimerId,
    decider: Party,
    process: ProcessId,
    late: StateId,
    span: Span,
}

/// How many messages each sender owes the decider on one path, by role and label place.
type Debt = BTreeMap<ProcessId, usize>;

impl Builder<'_> {
    pub(super) fn timeout(&mut self, timeout: &Timeout, next: StateId, place: &Place) -> StateId {
        let late = self.block(&timeout.otherwise, next, place);
        let guard = Guard {
            timer: timeout.id,
            process: self.one(&timeout.decider, place),
            decider: timeout.decider.clone(),
            late,
            span: timeout.decider.span,
        };
        let steps = &timeout.body.steps;
        let hoisted = steps
            .iter()
            .take_while(|step| self.is_send_by(step, &guard.decider))
            .count();
        let (before, guarded) = steps.split_at(hoisted);
        if !self.starts_guarded(guarded, &guard.decider) {
            self.refuse_shape(timeout);
            return next;
        }
        self.warn_uncovered(guarded, &guard);
        let mut inside = place.clone();
        inside.guarded.push((guard.process, guard.timer));
        let (body, _) = self.guarded(guarded, &guard, next, &inside, place);
        let arm = self.event(
            guard.process,
            What::Arm(timeout.id),
            timeout.span.first(7),
            body,
            place,
        );
        self.steps(before, arm, place)
    }

    /// Builds steps that begin with a guarded segment, with the decision behind it. `inside` is
    /// the place of the segment, `place` that of what follows the decision.
    fn guarded(
        &mut self,
        steps: &[Step],
        guard: &Guard,
        next: StateId,
        inside: &Place,
        place: &Place,
    ) -> (StateId, Debt) {
        let leading = self.leading(steps, &guard.decider);
        if let Some(step) = steps.get(leading)
            && self.moves_into(step, &guard.decider)
        {
            let after = self.steps(&steps[leading + 1..], next, place);
            let (entry, mut debt) = match step {
                Step::Choice(choice) => self.guarded_choice(choice, guard, after, inside, place),
                Step::Timeout(inner) => self.guarded_timeout(inner, guard, after, inside, place),
                _ => (after, Debt::new()),
            };
            self.owe(&steps[..leading], guard, inside, &mut debt);
            return (self.steps(&steps[..leading], entry, inside), debt);
        }
        let segment = self.segment(&steps[..leading], &guard.decider);
        let rest = self.steps(&steps[segment..], next, place);
        let decide = self.draft.state();
        let what = What::InTime(guard.timer);
        self.event_from(decide, guard.process, what, guard.span, rest, place);
        let what = What::Late(guard.timer);
        self.event_from(decide, guard.process, what, guard.span, guard.late, place);
        let mut debt = Debt::new();
        self.owe(&steps[..segment], guard, inside, &mut debt);
        (self.steps(&steps[..segment], decide, inside), debt)
    }

    fn guarded_choice(
        &mut self,
        choice: &Choice,
        guard: &Guard,
        after: StateId,
        inside: &Place,
        place: &Place,
    ) -> (StateId, Debt) {
        let entry = self.draft.state();
        let mut debts: Vec<(Span, Debt)> = Vec::new();
        for branch in &choice.branches {
            let mut debt = Debt::new();
            // The first send of the branch may carry its label; it is part of the segment.
            let first = match branch.body.steps.first() {
                Some(Step::Send(send)) if branch.label.is_some() => self
                    .sends(*send, &choice.decider)
                    .then(|| branch.body.steps[0].clone()),
                _ => None,
            };
            if let Some(step) = &first {
                self.owe(std::slice::from_ref(step), guard, inside, &mut debt);
            }
            let mut rest_debt = Debt::new();
            let build = |builder: &mut Self, steps: &[Step]| {
                let (state, owed) = builder.guarded(steps, guard, after, inside, place);
                rest_debt = owed;
                state
            };
            self.branch(choice, branch, entry, inside, build);
            for (sender, count) in rest_debt {
                *debt.entry(sender).or_default() += count;
            }
            debts.push((branch.span, debt));
        }
        let debt = self.agree(debts, guard);
        (entry, debt)
    }

    /// A timeout of another role inside a guarded segment: its own segment is part of the outer
    /// one, and the outer decision moves into both of its branches.
    fn guarded_timeout(
        &mut self,
        inner: &Timeout,
        outer: &Guard,
        after: StateId,
        inside: &Place,
        place: &Place,
    ) -> (StateId, Debt) {
        let (late, late_debt) = self.guarded(&inner.otherwise.steps, outer, after, inside, place);
        let guard = Guard {
            timer: inner.id,
            process: self.one(&inner.decider, inside),
            decider: inner.decider.clone(),
            late,
            span: inner.decider.span,
        };
        let steps = &inner.body.steps;
        let hoisted = steps
            .iter()
            .take_while(|step| self.is_send_by(step, &guard.decider))
            .count();
        let leading = hoisted + self.leading(&steps[hoisted..], &guard.decider);
        let segment = hoisted + self.segment(&steps[hoisted..leading], &guard.decider);
        self.warn_uncovered(&steps[hoisted..], &guard);
        let (rest, rest_debt) = self.guarded(&steps[segment..], outer, after, inside, place);
        let mut debt = self.agree(
            vec![
                (inner.body.braces.unwrap_or(inner.span), rest_debt),
                (inner.otherwise.braces.unwrap_or(inner.span), late_debt),
            ],
            outer,
        );
        let decide = self.draft.state();
        let what = What::InTime(guard.timer);
        self.event_from(decide, guard.process, what, guard.span, rest, inside);
        let what = What::Late(guard.timer);
        self.event_from(decide, guard.process, what, guard.span, late, inside);
        let mut both = inside.clone();
        both.guarded.push((guard.process, guard.timer));
        self.owe(&steps[..segment], outer, &both, &mut debt);
        let body = self.steps(&steps[hoisted..segment], decide, &both);
        let what = What::Arm(inner.id);
        let arm = self.event(guard.process, what, inner.span, body, inside);
        (self.steps(&steps[..hoisted], arm, inside), debt)
    }

    /// How many steps at the start are messages not sent by the decider.
    fn leading(&self, steps: &[Step], decider: &Party) -> usize {
        let is_leading =
            |step: &&Step| matches!(step, Step::Send(_)) && !self.is_send_by(step, decider);
        steps.iter().take_while(is_leading).count()
    }

    /// How many steps of the leading messages there are up to the decider's last receive.
    fn segment(&self, leading: &[Step], decider: &Party) -> usize {
        leading
            .iter()
            .rposition(|step| self.is_receive_by(step, decider))
            .map_or(0, |position| position + 1)
    }

    /// Whether steps begin with a guarded segment that brings the decider something.
    fn starts_guarded(&self, steps: &[Step], decider: &Party) -> bool {
        let leading = self.leading(steps, decider);
        self.segment(&steps[..leading], decider) > 0
            || steps
                .get(leading)
                .is_some_and(|step| self.moves_into(step, decider))
    }

    /// Whether a decision moves into the branches of a step, because each starts guarded.
    fn moves_into(&self, step: &Step, decider: &Party) -> bool {
        let other = |party: &Party| {
            party.role != decider.role && !matches!(party.members, Members::All | Members::Any(_))
        };
        match step {
            Step::Choice(choice) => {
                other(&choice.decider)
                    && choice
                        .branches
                        .iter()
                        .all(|branch| self.starts_guarded(&branch.body.steps, decider))
            }
            Step::Timeout(inner) => {
                let steps = &inner.body.steps;
                let hoisted = steps
                    .iter()
                    .take_while(|step| self.is_send_by(step, &inner.decider))
                    .count();
                let leading = hoisted + self.leading(&steps[hoisted..], &inner.decider);
                let segment = hoisted + self.segment(&steps[hoisted..leading], &inner.decider);
                other(&inner.decider)
                    && segment > hoisted
                    && !steps[..segment]
                        .iter()
                        .any(|step| self.is_send_by(step, decider))
                    && self.starts_guarded(&steps[segment..], decider)
                    && self.starts_guarded(&inner.otherwise.steps, decider)
            }
            _ => false,
        }
    }

    fn is_send_by(&self, step: &Step, decider: &Party) -> bool {
        let Step::Send(send) = step else { return false };
        let from = &self.protocol.sends[send.index()].from;
        from.role == decider.role && from.members == decider.members
    }

    fn is_receive_by(&self, step: &Step, decider: &Party) -> bool {
        let Step::Send(send) = step else { return false };
        let to = &self.protocol.sends[send.index()].to;
        to.role == decider.role
            && (to.members == decider.members || matches!(to.members, Members::All))
    }

    /// Adds what the senders of a segment owe the decider.
    fn owe(&mut self, segment: &[Step], guard: &Guard, inside: &Place, debt: &mut Debt) {
        for step in segment {
            let Step::Send(send) = step else { continue };
            if self.is_receive_by(step, &guard.decider) {
                let from = self.protocol.sends[send.index()].from.clone();
                for sender in self.members(&from, inside) {
                    *debt.entry(sender).or_default() += 1;
                }
            }
        }
    }

    /// Every path must owe the decider equally many messages on each channel, or it would not
    /// know how many to absorb.
    fn agree(&mut self, debts: Vec<(Span, Debt)>, guard: &Guard) -> Debt {
        let mut debts = debts.into_iter();
        let Some((first_span, first)) = debts.next() else {
            return Debt::new();
        };
        for (span, debt) in debts {
            let differs = first
                .keys()
                .chain(debt.keys())
                .find(|sender| first.get(sender) != debt.get(sender));
            if let Some(sender) = differs {
                let count = |debt: &Debt| debt.get(sender).copied().unwrap_or(0);
                let role = self.processes.values()[sender.index()].role;
                let name = &self.protocol.roles[role.index()].name;
                self.report.push(
                    Diagnostic::new(
                        codes::E0503,
                        span,
                        format!(
                            "before the timeout is decided `{name}` sends {} here and {} elsewhere",
                            messages(count(&debt)),
                            messages(count(&first)),
                        ),
                    )
                    .label(first_span, "elsewhere")
                    .label(guard.span, "whoever gives up must know how many to absorb")
                    .help(
                        "move what only one branch sends behind the last message that every \
                         branch has",
                    ),
                );
            }
        }
        first
    }

    fn refuse_shape(&mut self, timeout: &Timeout) {
        let name = &self.protocol.roles[timeout.decider.role.index()].name;
        self.report.push(
            Diagnostic::new(
                codes::E0502,
                timeout.decider.span,
                format!("`{name}` receives nothing that this timeout could wait for"),
            )
            .help(format!(
                "the body must begin with messages that others send, one of them to `{name}`; \
                 let whoever waits decide",
            )),
        );
    }

    fn warn_uncovered(&mut self, steps: &[Step], guard: &Guard) {
        let leading = self.leading(steps, &guard.decider);
        if steps
            .get(leading)
            .is_some_and(|step| self.moves_into(step, &guard.decider))
        {
            return;
        }
        let segment = self.segment(&steps[..leading], &guard.decider);
        let uncovered = steps[segment..]
            .iter()
            .find(|step| self.is_receive_by(step, &guard.decider));
        if let Some(step) = uncovered {
            let name = &self.protocol.roles[guard.decider.role.index()].name;
            self.report.push(
                Diagnostic::new(
                    codes::W0901,
                    self.span(step),
                    format!("`{name}` has sent by now, so its timeout no longer covers this"),
                )
                .label(guard.span, "the timeout")
                .help("open another timeout around this receive, if it must not wait for ever"),
            );
        }
    }
}

fn messages(count: usize) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

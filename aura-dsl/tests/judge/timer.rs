//! Timeouts: which messages a timer guards, and how its segment ends.
//!
//! In: a timeout with the timers that already run around it. Out: the tree of SEMANTICS 4: what
//! the owner sends first comes before the timer; then the leading messages up to the last one that
//! the owner receives, in which the owner's receives are soft; then a deadline, in time or late.
//! Where a choice or a timeout of another role follows that goes on bringing messages on each of
//! its paths, the deadline moves into the paths; what stands behind is no part of the segment.

use aura_dsl::global::{Block, Party, Step, Timeout, TimerId};

use super::cast::{Event, is_family, same};
use super::elaborate::{Elaborator, Place};
use super::tree::NodeId;

/// A timer that runs.
#[derive(Clone)]
pub struct Guard<'p> {
    timer: TimerId,
    owner: &'p Party,
    otherwise: &'p Block,
    /// What follows the timeout, where it stands in the segment of a timer around it.
    after: Vec<&'p Step>,
}

/// The timers that run, the innermost last.
pub type Guards<'p> = [Guard<'p>];

/// The timer that covers what a party receives.
pub fn covering(guards: &Guards, to: &Party) -> Option<TimerId> {
    let guard = guards.iter().rfind(|guard| same(guard.owner, to));
    guard.map(|guard| guard.timer)
}

impl<'p> Elaborator<'_, 'p> {
    /// A timeout, and where timers run around it, all that follows it in their segments.
    pub fn timeout(
        &mut self,
        timeout: &'p Timeout,
        outer: &Guards<'p>,
        after: &[&'p Step],
        place: &Place,
    ) -> NodeId {
        let owner = self.one(&timeout.decider, place);
        let steps: Vec<&Step> = timeout.body.steps.iter().collect();
        let own = |step: &&&Step| self.is_send_by(step, &timeout.decider);
        let (first, rest) = steps.split_at(steps.iter().take_while(own).count());

        let mut guards = outer.to_vec();
        guards.push(Guard {
            timer: timeout.id,
            owner: &timeout.decider,
            otherwise: &timeout.otherwise,
            after: after.to_vec(),
        });
        let segment = self.guarded(&guards, rest, &[], None, place);
        let arm = self.alone(owner, Event::Arm(timeout.id));
        let armed = self.tree.seq(arm, segment);
        let first: Vec<_> = first
            .iter()
            .map(|step| self.covered(step, outer, None, place))
            .collect();
        self.in_order(first, armed)
    }

    /// Steps under timers: the innermost one's segment, and what comes of it. `after` follows the
    /// steps; the segment does not go on into it.
    pub fn guarded(
        &mut self,
        guards: &Guards<'p>,
        steps: &[&'p Step],
        after: &[&'p Step],
        ride: Option<&str>,
        place: &Place,
    ) -> NodeId {
        let Some((guard, outer)) = guards.split_last() else {
            let all = [steps, after].concat();
            return self.steps(&all, ride, place);
        };
        let leading = self.leading(guard.owner, steps);
        let moves = steps
            .get(leading)
            .is_some_and(|step| self.moves_into(guard.owner, step));
        let cut = if moves {
            leading
        } else {
            self.segment(guard.owner, steps)
        };
        let (segment, rest) = steps.split_at(cut);
        if segment.iter().any(|step| {
            let owner = |guard: &Guard| self.is_send_by(step, guard.owner);
            outer.iter().any(owner)
        }) {
            return self.unknown("a timer's owner that sends in another timer's segment");
        }
        let end = match rest.split_first() {
            Some((Step::Choice(choice), behind)) if moves => {
                self.choice(choice, guards, &[behind, after].concat(), place)
            }
            Some((Step::Timeout(timeout), behind)) if moves => {
                self.timeout(timeout, guards, &[behind, after].concat(), place)
            }
            _ => {
                let owner = self.one(guard.owner, place);
                let behind = [after, &guard.after].concat();
                let late: Vec<&Step> = guard.otherwise.steps.iter().collect();
                let in_time = self.guarded(outer, rest, &behind, None, place);
                let late = self.guarded(outer, &late, &guard.after, None, place);
                self.tree.deadline(owner, guard.timer, in_time, late)
            }
        };
        let mut ride = ride;
        let mut parts = Vec::new();
        for step in segment {
            parts.push(self.covered(step, guards, ride.take(), place));
        }
        self.in_order(parts, end)
    }

    /// A step of a guarded segment.
    fn covered(
        &mut self,
        step: &'p Step,
        guards: &Guards<'p>,
        ride: Option<&str>,
        place: &Place,
    ) -> NodeId {
        match step {
            Step::Send(send) => self.send(*send, ride, guards, place),
            other => self.steps(&[other], None, place),
        }
    }

    /// How many of the first steps are messages that the owner does not send.
    fn leading(&self, owner: &Party, steps: &[&Step]) -> usize {
        let leads = |step: &&&Step| matches!(step, Step::Send(_)) && !self.is_send_by(step, owner);
        steps.iter().take_while(leads).count()
    }

    /// Whether a step brings the owner a message.
    fn brings(&self, owner: &Party, step: &Step) -> bool {
        matches!(step, Step::Send(send)
            if same(&self.cast.protocol.sends[send.index()].to, owner))
    }

    /// Whether another role's choice or timeout brings the owner a message first on each path.
    fn moves_into(&self, owner: &Party, step: &Step) -> bool {
        match step {
            Step::Choice(choice) => {
                !is_family(&choice.decider)
                    && !same(&choice.decider, owner)
                    && choice.branches.iter().all(|branch| {
                        let steps: Vec<&Step> = branch.body.steps.iter().collect();
                        self.starts_so(owner, &steps)
                    })
            }
            Step::Timeout(timeout) => {
                let steps: Vec<&Step> = timeout.body.steps.iter().collect();
                let own = |step: &&&Step| self.is_send_by(step, &timeout.decider);
                let first = steps.iter().take_while(own).count();
                let segment = self.segment(&timeout.decider, &steps[first..]);
                let (early, rest) = steps.split_at(first + segment);
                !same(&timeout.decider, owner)
                    && segment > 0
                    && !early.iter().any(|step| self.is_send_by(step, owner))
                    && self.starts_so(owner, rest)
                    && self.starts_so(owner, &timeout.otherwise.steps.iter().collect::<Vec<_>>())
            }
            _ => false,
        }
    }

    fn starts_so(&self, owner: &Party, steps: &[&Step]) -> bool {
        let next = steps.get(self.leading(owner, steps));
        self.segment(owner, steps) > 0 || next.is_some_and(|step| self.moves_into(owner, step))
    }

    /// How many steps there are up to the last leading message that the owner receives.
    fn segment(&self, owner: &Party, steps: &[&Step]) -> usize {
        let leading = &steps[..self.leading(owner, steps)];
        let last = leading.iter().rposition(|step| self.brings(owner, step));
        last.map_or(0, |last| last + 1)
    }
}

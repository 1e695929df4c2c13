//! Where a role stands in its local type, and what it may do there: one machine, walked.
//!
//! In: the tables, who sits where, and what happens. Out: the state, whom it waits for, whether a
//! message fits, what is absorbed. What holds: a state that is left at once (the end of a round, the
//! start of a timer) is never the current one; a message that does not fit moves nothing. Time is an
//! argument. Left out on purpose: channels, payloads and charges, which a session and an endpoint
//! have.

mod debts;
mod seating;
mod without;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use self::debts::Debts;
pub(crate) use self::seating::Seating;
use crate::{
    identity::SeatId,
    machine::{
        Action, EdgeRow, LabelId, Machine, MachineId, MessageId, PeerRow, Protocol, Reach, Running,
        StateId, StateKind, StateRow,
    },
};

/// The queue of one pair of participants, as one of them sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    pub(crate) seat: SeatId,
    pub(crate) queue: u8,
}

impl Source {
    /// Its place among the queues of a session: by seat, then by queue.
    #[inline]
    pub(crate) fn place(self, protocol: &Protocol) -> usize {
        usize::from(self.seat.0) * usize::from(protocol.queues) + usize::from(self.queue)
    }
}

/// What the head of a queue says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Message(LabelId),
    /// The member will not give the answer that this label stands for.
    Abstention(LabelId),
}

/// What is to be done with the head of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is late: dropped.
    Absorb,
    /// It is message `.1`, which the edge takes that stands `.0` behind the first.
    Take(u16, MessageId),
    /// The member abstains.
    Pass,
    /// It does not belong here.
    Misfit,
}

/// A machine, walked.
#[derive(Debug)]
pub(crate) struct Walk {
    seating: Arc<Seating>,
    machine: &'static Machine,
    state: StateId,
    step: u64,
    counters: Vec<u32>,
    /// When each timer started.
    timers: Vec<Duration>,
    debts: Debts,
    /// By edge, the members that a gather of this state has heard, and whether they answered.
    heard: BTreeMap<(u16, u32), bool>,
    /// Whether some states may be left at once: the protocol has counters or timers.
    passes: bool,
}

impl Walk {
    pub(crate) fn new(seating: Arc<Seating>, machine: MachineId) -> Option<Self> {
        let protocol = seating.protocol();
        Some(Self {
            machine: protocol.machine(machine)?,
            state: StateId::START,
            step: 0,
            counters: vec![0; usize::from(protocol.counters)],
            timers: vec![Duration::ZERO; protocol.timers.len()],
            debts: Debts::default(),
            heard: BTreeMap::new(),
            passes: protocol.counters > 0 || !protocol.timers.is_empty(),
            seating,
        })
    }

    #[inline]
    pub(crate) fn seating(&self) -> &Seating {
        &self.seating
    }

    #[inline]
    pub(crate) fn state(&self) -> StateId {
        self.state
    }

    pub(crate) fn machine(&self) -> &'static Machine {
        self.machine
    }

    /// The row of the state, where there is one.
    #[inline]
    pub(crate) fn row(&self) -> Option<&'static StateRow> {
        self.machine.row(self.state)
    }

    pub(crate) fn is_thread(&self) -> bool {
        self.machine.is_thread
    }

    /// Whether the protocol has timers; without any, time is never looked at.
    #[inline]
    pub(crate) fn has_timers(&self) -> bool {
        !self.timers.is_empty()
    }

    /// How many steps were taken.
    #[inline]
    pub(crate) fn steps(&self) -> u64 {
        self.step
    }

    pub(crate) fn kind(&self) -> StateKind {
        self.machine.kind(self.state)
    }

    /// Whether the run may be over here.
    pub(crate) fn may_end(&self) -> bool {
        self.machine
            .row(self.state)
            .is_none_or(|row| row.accepting || row.count == 0)
    }

    /// Whether it is, because nothing can be done any more.
    pub(crate) fn is_over(&self) -> bool {
        self.kind() == StateKind::End
    }

    #[inline]
    pub(crate) fn edges(&self) -> &'static [EdgeRow] {
        self.machine.edges(self.state)
    }

    #[inline]
    pub(crate) fn edge(&self, at: u16) -> Option<&'static EdgeRow> {
        self.edges().get(usize::from(at))
    }

    /// Takes a step, and passes every state that is left at once.
    #[inline]
    pub(crate) fn go(&mut self, to: StateId, now: Duration) {
        self.state = to;
        self.step += 1;
        if !self.heard.is_empty() {
            self.forget();
        }
        if self.passes {
            self.pass(now);
        }
    }

    #[cold]
    fn forget(&mut self) {
        self.heard.clear();
    }

    /// Whether frames are still owed, and absorbed when they come.
    #[inline]
    pub(crate) fn owes(&self) -> bool {
        !self.debts.is_empty()
    }

    /// A thread starts again, at another entry or in another round.
    pub(crate) fn enter(&mut self, at: StateId, counters: &[u32], now: Duration) {
        self.counters.clear();
        self.counters.extend_from_slice(counters);
        self.go(at, now);
    }

    pub(crate) fn counters(&self) -> &[u32] {
        &self.counters
    }

    /// Passes every state that is left at once.
    pub(crate) fn pass(&mut self, now: Duration) {
        // Each turn moves a counter, so this ends; the bound is for tables that are not ours.
        for _ in 0..=self.machine.states.len() {
            let Some(row) = self.machine.row(self.state) else {
                return;
            };
            if let Some(turn) = &row.turn {
                let limit = turn.limit.of(self.seating.sizes()).unwrap_or(1);
                let Some(counter) = self.counters.get_mut(usize::from(turn.counter.0)) else {
                    return;
                };
                if *counter + 1 < limit {
                    *counter += 1;
                    self.state = turn.again;
                } else {
                    *counter = 0;
                    self.state = turn.done;
                }
            } else if let Some(EdgeRow {
                action: Action::Arm(timer),
                to,
            }) = self.edges().first()
            {
                if let Some(started) = self.timers.get_mut(usize::from(timer.0)) {
                    *started = now;
                }
                self.state = *to;
            } else {
                return;
            }
        }
    }

    /// When the timer that covers the state fires.
    #[inline]
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let timer = usize::from(self.running()?.timer.0);
        let nanos = *self.seating.protocol().timers.get(timer)?;
        Some(
            self.timers
                .get(timer)?
                .saturating_add(Duration::from_nanos(nanos)),
        )
    }

    #[inline]
    fn running(&self) -> Option<&'static Running> {
        self.machine.row(self.state)?.timer.as_ref()
    }

    /// Whether a timer covers the state.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.running().is_some()
    }

    /// Gives up: what the guarded segment still owes is absorbed when it comes. `false` where no
    /// timer covers the state.
    pub(crate) fn give_up(&mut self, now: Duration) -> bool {
        let Some(running) = self.running() else {
            return false;
        };
        for (peer, count) in running.owed {
            for (member, seat) in self.seating.reach(*peer, &self.counters) {
                let made = matches!(peer.reach, Reach::All | Reach::Others)
                    && self.has_heard_of(*peer, member);
                let count = count.saturating_sub(u32::from(made));
                let source = Source {
                    seat,
                    queue: peer.queue,
                };
                self.debts
                    .add(source, count, self.state, Some(running.timer));
            }
        }
        self.go(running.late, now);
        true
    }

    /// Whether a gather of this state has heard a member of that peer.
    fn has_heard_of(&self, peer: PeerRow, member: u32) -> bool {
        (0u16..).zip(self.edges()).any(|(at, edge)| {
            let from = match edge.action {
                Action::Gather { from, .. } => Some((from.role, from.queue)),
                _ => None,
            };
            from == Some((peer.role, peer.queue)) && self.has_heard(at, member)
        })
    }

    /// The one member that a peer row names here, with its seat.
    #[inline]
    pub(crate) fn one(&self, peer: PeerRow) -> Option<(u32, SeatId)> {
        self.seating.one(peer, &self.counters)
    }

    /// The members that a peer row stands for here, with their seats.
    #[inline]
    pub(crate) fn reach(&self, peer: PeerRow) -> impl Iterator<Item = (u32, SeatId)> + use<> {
        self.seating.reach(peer, &self.counters)
    }

    /// What to do with the head of a queue that the first of `edges` listens to. Edges behind it that
    /// listen to the same queue may take it as well: branches are told apart by their labels.
    #[inline]
    pub(crate) fn fit(&self, edges: &[EdgeRow], source: Source, word: Word) -> Fit {
        if self.debts.any(source) {
            return if self.debts.owes(self.machine, &self.seating, source, word) {
                Fit::Absorb
            } else {
                Fit::Misfit
            };
        }
        let protocol = self.seating.protocol();
        let is = |id: MessageId, label| protocol.message(id).is_some_and(|row| row.label == label);
        let first = edges.first().map(|edge| &edge.action);
        match (first, word) {
            (Some(Action::Receive { from, .. }), Word::Message(label)) => {
                let takes = |edge: &EdgeRow| match &edge.action {
                    Action::Receive { from: f, message } if f == from && is(*message, label) => {
                        Some(*message)
                    }
                    _ => None,
                };
                let mut found = (0u16..).zip(edges);
                found
                    .find_map(|(at, edge)| Some(Fit::Take(at, takes(edge)?)))
                    .unwrap_or(Fit::Misfit)
            }
            (Some(Action::Gather { answers, .. }), Word::Message(label)) => answers
                .iter()
                .find(|id| is(**id, label))
                .map_or(Fit::Misfit, |id| Fit::Take(0, *id)),
            (Some(Action::Gather { answers, .. }), Word::Abstention(label))
                if self.is_timed() && answers.iter().any(|id| is(*id, label)) =>
            {
                Fit::Pass
            }
            _ => Fit::Misfit,
        }
    }

    /// A late frame was dropped.
    pub(crate) fn absorb(&mut self, source: Source) {
        self.debts.pay(source);
    }

    /// Whether the gather of an edge has heard a member.
    pub(crate) fn has_heard(&self, at: u16, member: u32) -> bool {
        self.heard.contains_key(&(at, member))
    }

    /// The gather of an edge has heard a member.
    pub(crate) fn hear(&mut self, at: u16, member: u32, answered: bool) {
        self.heard.insert((at, member), answered);
    }

    /// How many answers the gather of an edge is short of.
    pub(crate) fn missing(&self, at: u16) -> usize {
        let heard = self.heard.range((at, 0)..=(at, u32::MAX));
        let answers = heard.filter(|(_, answered)| **answered).count();
        let need = self.edge(at).and_then(|edge| self.need(edge));
        need.map_or(0, |need| need.saturating_sub(answers))
    }

    /// How many answers a gather needs.
    fn need(&self, edge: &EdgeRow) -> Option<usize> {
        match edge.action {
            Action::Gather {
                need: Some(need), ..
            } => Some(need.of(self.seating.sizes())? as usize),
            Action::Gather { from, .. } => Some(self.reach(from).count()),
            _ => None,
        }
    }

    /// Leaves a gather: what members not heard will still say is absorbed when it comes.
    pub(crate) fn leave_gather(&mut self, at: u16, now: Duration) {
        let Some(edge) = self.edge(at) else {
            return;
        };
        if let Action::Gather { from, .. } = edge.action {
            for (member, seat) in self.seating.reach(from, &self.counters) {
                if !self.has_heard(at, member) {
                    let source = Source {
                        seat,
                        queue: from.queue,
                    };
                    self.debts.add(source, 1, self.state, None);
                }
            }
        }
        self.go(edge.to, now);
    }
}

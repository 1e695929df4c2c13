//! What is traced of a session: a span for it, one for each of its steps, and an event for how each
//! step ended. Who speaks with whom, under which label, at which cost; never what is said.
//!
//! A span lives as long as what it stands for: the session's until the seat is dropped, a send's from
//! the guard chain to the outcome, a receive's from when it has to wait. While nobody listens there
//! are no spans and no names are looked up; a step asks once, and that is one load.

use std::mem;

use tracing::{Level, Span, field::Empty, level_filters::LevelFilter};

use super::{
    Choreography, SessionError,
    seal::Letter,
    seat::Seat,
    send::{Fail, Plan},
};
use crate::{identity::SeatId, walk::Seating};

/// The span of a session, for one of its seats.
pub(super) fn session(seating: &Seating) -> Span {
    let (protocol, roster) = (seating.protocol(), seating.roster());
    tracing::debug_span!(
        target: "aura",
        "session",
        protocol = protocol.name,
        source = ?protocol.hash,
        session = ?roster.session,
        role = seating.name_of(seating.me()),
        member = seating.member(),
    )
}

/// Whether anybody may listen: one load, while nobody does.
#[inline]
fn is_watched() -> bool {
    LevelFilter::current() == LevelFilter::TRACE && is_heard()
}

#[cold]
fn is_heard() -> bool {
    tracing::enabled!(target: "aura", Level::TRACE)
}

impl<P: Choreography> Seat<P> {
    /// The span of a send.
    #[cold]
    pub(super) fn sending(&self, plan: Plan) -> Span {
        let protocol = P::protocol();
        tracing::trace_span!(
            target: "aura",
            parent: self.desk.span(),
            "send",
            role = self.role(),
            peer = protocol.role_name(plan.row.to),
            label = protocol.label_name(plan.row.label),
            cost = plan.row.cost,
            outcome = Empty,
        )
    }

    /// A send on an edge of this state that has waited for nothing.
    #[inline]
    pub(super) fn trace_near(&self, at: u16) {
        if is_watched() {
            self.tell_near(at);
        }
    }

    #[cold]
    fn tell_near(&self, at: u16) {
        if let Ok(plan) = self.plan(at, None) {
            self.trace(plan, &self.sending(plan), &Ok(()));
        }
    }

    /// How a send has ended, in its span.
    #[cold]
    pub(super) fn trace(&self, plan: Plan, span: &Span, result: &Result<(), Fail<P>>) {
        let protocol = P::protocol();
        let (role, peer) = (self.role(), protocol.role_name(plan.row.to));
        let (label, cost) = (protocol.label_name(plan.row.label), plan.row.cost);
        let source = protocol.hash;
        let parent = if span.is_none() {
            self.desk.span()
        } else {
            span
        };
        match result {
            Ok(()) => {
                span.record("outcome", "sent");
                tracing::trace!(target: "aura", parent: parent, ?source, role, peer, label, cost, "sent");
            }
            Err(Fail::Refused(_, reason)) => {
                span.record("outcome", "refused");
                tracing::debug!(target: "aura", parent: parent, ?source, role, peer, label, cost, %reason, "refused");
            }
            Err(Fail::Fatal(error)) => {
                span.record("outcome", "failed");
                tracing::warn!(target: "aura", parent: parent, ?source, role, peer, label, cost, %error, "failed");
            }
        }
    }

    /// A send to one who has left in the middle, and without whom the run goes on.
    #[cold]
    pub(super) fn trace_passed_by(&self, plan: Plan, span: &Span) {
        let protocol = P::protocol();
        let (role, peer) = (self.role(), protocol.role_name(plan.row.to));
        let label = protocol.label_name(plan.row.label);
        let parent = if span.is_none() {
            self.desk.span()
        } else {
            span
        };
        span.record("outcome", "passed by");
        tracing::debug!(target: "aura", parent: parent, role, peer, label, "passed by");
    }

    /// Nothing has come yet: from here on the receive has a span.
    #[inline]
    pub(super) fn trace_waiting(&mut self) {
        if is_watched() && self.waiting.is_none() {
            self.waiting = self.receiving();
        }
    }

    /// The span of a receive, which costs nothing; from whom and what is known once it has come.
    #[cold]
    fn receiving(&self) -> Span {
        tracing::trace_span!(
            target: "aura",
            parent: self.desk.span(),
            "receive",
            role = self.role(),
            peer = Empty,
            label = Empty,
            cost = 0u64,
            outcome = Empty,
        )
    }

    /// The span of the receive that has just ended.
    fn received(&mut self, outcome: &'static str) -> Span {
        let mut span = mem::replace(&mut self.waiting, Span::none());
        if span.is_none() {
            span = self.receiving();
        }
        span.record("outcome", outcome);
        span
    }

    #[inline]
    pub(super) fn trace_received(&mut self, seat: SeatId, letter: &Letter<P>) {
        if is_watched() {
            self.tell_received(seat, letter);
        }
    }

    #[cold]
    fn tell_received(&mut self, seat: SeatId, letter: &Letter<P>) {
        let span = self.received("received");
        let protocol = P::protocol();
        let (role, peer) = (self.role(), self.walk.seating().name_of(seat));
        let label = letter.message().map(P::label);
        let label = label.map_or("?", |label| protocol.label_name(label));
        let source = protocol.hash;
        span.record("peer", peer);
        span.record("label", label);
        tracing::trace!(target: "aura", parent: &span, ?source, role, peer, label, "received");
    }

    /// A step that nobody else sees has ended so: a local step, a decision, a fork or a join.
    #[inline]
    pub(super) fn trace_own(&self, what: &'static str, outcome: &'static str) {
        if is_watched() {
            self.tell_own(what, outcome);
        }
    }

    #[cold]
    fn tell_own(&self, what: &'static str, outcome: &'static str) {
        let (role, source) = (self.role(), P::protocol().hash);
        let span = tracing::trace_span!(
            target: "aura",
            parent: self.desk.span(),
            "own step",
            what,
            role,
            cost = 0u64,
            outcome,
        );
        tracing::trace!(target: "aura", parent: &span, ?source, role, what, "{outcome}");
    }

    /// The timer has fired.
    #[cold]
    pub(super) fn trace_late(&mut self) {
        let span = self.received("late");
        tracing::debug!(target: "aura", parent: &span, role = self.role(), "late");
    }

    /// What is waited for does not come.
    #[cold]
    pub(super) fn trace_not_received(&mut self, error: &SessionError) {
        let span = self.received("failed");
        tracing::debug!(target: "aura", parent: &span, role = self.role(), %error, "not received");
    }
}

//! One seat of a session, or one thread of it: its channels, where it stands, and what it has heard.
//!
//! Everything here is the same for every role of a protocol, so it is compiled once for each
//! protocol; the typed states are a thin skin over it. What has been taken from a channel stays here
//! until the step that needs it is done, so that a dropped future loses nothing.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tracing::Span;

use super::{
    Choreography, SessionError,
    clock::{Sleep, Time},
    credit::{Credit, Far},
    desk::Desk,
    fork::Thread,
    party::Party,
    port::Port,
    seal::{Content, Letter, Parcel},
    verdict::Verdict,
};
use crate::{
    fact::Fact,
    frame::FrameFault,
    identity::SeatId,
    machine::{MachineId, MessageRow, StateId},
    store::StoreError,
    walk::{Source, Walk, Word},
};

/// How a seat is reached.
#[derive(Clone, Debug)]
pub(crate) enum Peer {
    /// It is this one.
    Me,
    /// In this process, over a rumpsteak channel; with the permits of both directions.
    Here {
        outgoing: Arc<Credit>,
        incoming: Arc<Credit>,
    },
    /// Elsewhere, through the endpoint.
    There,
}

/// A send that has been submitted to the ledger.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) verdict: Verdict,
    pub(super) to: StateId,
}

/// A value that a later local step or condition reads.
pub(super) type Value = Arc<dyn Any + Send + Sync>;

pub(crate) struct Seat<P: Choreography> {
    pub(super) party: Party<P>,
    /// By seat, then by queue, as the party's channels.
    pub(super) peers: Vec<Peer>,
    pub(super) desk: Arc<Desk>,
    pub(super) walk: Walk,
    pub(super) port: Option<Arc<Port>>,
    pub(super) time: Time,
    pub(super) pending: Option<Pending>,
    /// Parcels that were taken from their channels and not yet delivered, by place.
    pub(super) heads: Vec<Option<Parcel<P>>>,
    /// A blank letter, from the message that was taken last, for the one that is sent next.
    blank: Option<Letter<P>>,
    /// Answers of a gather that is not complete.
    pub(super) gathered: BTreeMap<u32, P::Message>,
    /// Facts of a message at the head of a queue, on their way to the journal.
    pub(super) merging: Vec<(Source, Option<Verdict>)>,
    pub(super) known: BTreeMap<u16, Value>,
    pub(super) threads: Vec<Thread<P>>,
    /// Whether the threads of the current state run.
    pub(super) forked: bool,
    sleep: Option<(Duration, Sleep)>,
    /// The span of a receive that has to wait, if anybody listens.
    pub(super) waiting: Span,
}

impl<P: Choreography> fmt::Debug for Seat<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seating = self.desk.seating();
        f.debug_struct("Seat")
            .field("protocol", &P::protocol().name)
            .field("session", &seating.roster().session)
            .field("role", &seating.name_of(seating.me()))
            .field("member", &seating.member())
            .field("state", &self.walk.state())
            .finish_non_exhaustive()
    }
}

/// What stands at the head of a queue.
pub(super) enum Look {
    Silent,
    /// Nothing, and nothing will come.
    Lost,
    Word(Word),
}

impl<P: Choreography> Seat<P> {
    /// The seat at `desk` with machine `machine`, and below it the threads that it may fork.
    pub(crate) fn new(
        mut party: Party<P>,
        peers: Vec<Peer>,
        desk: Arc<Desk>,
        machine: MachineId,
        port: Option<Arc<Port>>,
    ) -> Option<Self> {
        let walk = Walk::new(Arc::clone(desk.seating()), machine)?;
        let time = Time::new();
        let threads = Thread::all(&mut party, &peers, &desk, machine, port.as_ref(), &time)?;
        Some(Self {
            heads: peers.iter().map(|_| None).collect(),
            blank: None,
            party,
            peers,
            desk,
            walk,
            port,
            time,
            pending: None,
            gathered: BTreeMap::new(),
            merging: Vec::new(),
            known: BTreeMap::new(),
            threads,
            forked: false,
            sleep: None,
            waiting: Span::none(),
        })
    }

    /// The name of the role that sits here.
    pub(super) fn role(&self) -> &'static str {
        P::protocol().role_name(self.walk.seating().role())
    }

    /// A letter with this message.
    #[inline]
    pub(super) fn write(&mut self, message: P::Message) -> Letter<P> {
        match self.blank.take() {
            Some(mut letter) => {
                letter.fill(message);
                letter
            }
            None => Letter::of(message),
        }
    }

    /// The message of a letter.
    #[inline]
    pub(super) fn read(&mut self, mut letter: Letter<P>) -> Option<P::Message> {
        let message = letter.take();
        self.blank = Some(letter);
        message
    }

    /// Where the run stands, if no send is on its way.
    pub(super) fn position(&self) -> Option<StateId> {
        self.pending.is_none().then(|| self.walk.state())
    }

    /// Moves the run.
    #[inline]
    pub(super) fn go(&mut self, to: StateId) {
        let now = if self.walk.has_timers() {
            self.now()
        } else {
            Duration::ZERO
        };
        self.walk.go(to, now);
    }

    /// The time, for a walk that has timers to start: reading a clock costs as much as a send.
    #[cold]
    fn now(&self) -> Duration {
        self.time.now()
    }

    /// Waits for a send that is on its way to the journal, and moves the run if it got there.
    pub(super) async fn settle(&mut self) -> Result<(), StoreError> {
        let Some(pending) = &self.pending else {
            return Ok(());
        };
        let (verdict, to) = (pending.verdict.clone(), pending.to);
        let outcome = verdict.wait().await;
        self.pending = None;
        outcome?;
        self.go(to);
        Ok(())
    }

    /// Runs the timers on another clock.
    pub(super) fn set_time(&mut self, time: &Time) {
        self.time = time.clone();
        for thread in &mut self.threads {
            thread.seat.set_time(time);
        }
    }

    /// The place of a queue among channels and peers.
    #[inline]
    pub(super) fn place(source: Source) -> usize {
        usize::from(source.seat.0) * usize::from(P::protocol().queues) + usize::from(source.queue)
    }

    #[inline]
    pub(super) fn peer(&self, source: Source) -> Option<&Peer> {
        self.peers.get(Self::place(source))
    }

    /// Whether the peer of a queue has left in the middle of its run.
    pub(super) fn is_gone(&self, source: Source) -> bool {
        match (self.peer(source), &self.port) {
            (Some(Peer::Here { outgoing, .. }), _) => outgoing.far() == Far::Gone,
            (Some(Peer::There), Some(port)) => port.is_gone(source.seat),
            _ => true,
        }
    }

    pub(super) fn lost(&self, seat: SeatId) -> SessionError {
        let role = self.walk.seating().name_of(seat);
        match &self.port {
            Some(port) => port.lost(role),
            None => SessionError::PeerLost { role },
        }
    }

    /// Waits until the clock says so.
    pub(super) fn poll_sleep(&mut self, deadline: Duration, context: &mut Context<'_>) -> Poll<()> {
        let time = &self.time;
        let sleep = match &mut self.sleep {
            Some((known, sleep)) if *known == deadline => sleep,
            other => &mut other.insert((deadline, time.sleep_until(deadline))).1,
        };
        let done = sleep.as_mut().poll(context);
        if done.is_ready() {
            self.sleep = None;
        }
        done
    }

    /// What the next frame or parcel of a queue says.
    #[inline]
    pub(super) fn poll_look(&mut self, source: Source, context: &mut Context<'_>) -> Look {
        let place = Self::place(source);
        match self.peers.get(place) {
            Some(Peer::Here { .. }) => self.look_here(place, context),
            Some(Peer::There) => self
                .port
                .as_ref()
                .map_or(Look::Lost, |port| port.poll_look(source, context)),
            Some(Peer::Me) | None => Look::Lost,
        }
    }

    fn look_here(&mut self, place: usize, context: &mut Context<'_>) -> Look {
        loop {
            match self.heads.get_mut(place) {
                Some(Some(parcel)) => match parcel.poll_open(context) {
                    Poll::Pending => return Look::Silent,
                    // Its write failed: it was never said.
                    Poll::Ready(false) => self.heads[place] = None,
                    Poll::Ready(true) => {
                        let said = parcel.letter().said();
                        return said.map_or(Look::Silent, |said| Look::Word(said.word()));
                    }
                },
                Some(None) => match self.party.poll(place, context) {
                    Poll::Ready(Some(parcel)) => {
                        if let Some(Peer::Here { incoming, .. }) = self.peers.get(place) {
                            incoming.give_back();
                        }
                        self.heads[place] = Some(parcel);
                    }
                    Poll::Ready(None) => return Look::Lost,
                    Poll::Pending => return Look::Silent,
                },
                None => return Look::Lost,
            }
        }
    }

    /// Takes what [`Self::poll_look`] has seen.
    #[inline]
    pub(super) fn take_head(
        &mut self,
        source: Source,
        row: &MessageRow,
    ) -> Result<Letter<P>, SessionError> {
        let place = Self::place(source);
        if let Some(Peer::There) = self.peers.get(place) {
            let port = self.port.as_ref().ok_or(SessionError::Table("endpoint"))?;
            let taken = port.take::<P>(source, row);
            let taken = taken.map(Letter::from);
            return taken.ok_or_else(|| self.undecodable(source, row));
        }
        let parcel = self.heads.get_mut(place).and_then(Option::take);
        let letter = parcel.map(Parcel::into_letter);
        letter.ok_or(SessionError::Table("such message"))
    }

    /// The facts that ride with it.
    pub(super) fn riding(
        &self,
        source: Source,
        row: &MessageRow,
    ) -> Result<Vec<Fact>, SessionError> {
        let place = Self::place(source);
        if let Some(Peer::There) = self.peers.get(place) {
            let port = self.port.as_ref().ok_or(SessionError::Table("endpoint"))?;
            let riding = port.riding(source, row);
            return riding.ok_or_else(|| self.undecodable(source, row));
        }
        let parcel = self.heads.get(place).and_then(Option::as_ref);
        Ok(match parcel.and_then(|parcel| parcel.letter().said()) {
            Some(Content::Merging(_, facts)) => facts.clone(),
            _ => Vec::new(),
        })
    }

    fn undecodable(&self, source: Source, row: &MessageRow) -> SessionError {
        let fault = FrameFault::Payload(P::protocol().label_name(row.label));
        self.fault(source.seat, fault).into()
    }

    /// Drops it unread.
    pub(super) fn drop_head(&mut self, source: Source) {
        let place = Self::place(source);
        if let Some(Peer::There) = self.peers.get(place) {
            if let Some(port) = &self.port {
                port.discard(source);
            }
        } else if let Some(head) = self.heads.get_mut(place) {
            *head = None;
        }
    }
}

impl<P: Choreography> Drop for Seat<P> {
    /// Peers learn that nobody will take or answer any more, and whether that is in order.
    fn drop(&mut self) {
        // A thread's channels are its owner's as well.
        if self.walk.is_thread() {
            return;
        }
        let through = self.pending.is_none() && self.walk.may_end();
        let far = if through { Far::Through } else { Far::Gone };
        for peer in &self.peers {
            if let Peer::Here { incoming, .. } = peer {
                incoming.close(far);
            }
        }
        if let Some(port) = &self.port {
            port.close(through);
        }
    }
}

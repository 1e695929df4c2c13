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
    corner::leave,
    credit::Far,
    desk::Desk,
    fork::Thread,
    lane::{Lane, Peer},
    port::Port,
    receipts::Proving,
    seal::{Letter, Parcel},
    shortcut::Shortcuts,
    take::What,
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

/// A send that has been submitted to the ledger.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) verdict: Verdict,
    pub(super) to: StateId,
}

/// A value that a later local step or condition reads.
pub(super) type Value = Arc<dyn Any + Send + Sync>;

pub(crate) struct Seat<P: Choreography> {
    /// By seat, then by queue: see [`Source::place`].
    pub(super) peers: Vec<Peer<P>>,
    pub(super) desk: Arc<Desk>,
    pub(super) walk: Walk,
    /// By edge of the machine.
    pub(super) shortcuts: Shortcuts,
    pub(super) port: Option<Arc<Port>>,
    pub(super) time: Time,
    pub(super) pending: Option<Pending>,
    /// What has come, from the look that found it until it is handed out.
    pub(super) what: What<P>,
    /// A blank letter, from the message that was taken last, for the one that is sent next.
    blank: Option<Letter<P>>,
    /// Answers of a gather that is not complete.
    pub(super) gathered: BTreeMap<u32, P::Message>,
    /// Facts of a message at the head of a queue, on their way to the journal.
    pub(super) merging: Vec<(Source, Option<Verdict>)>,
    /// Receipts of such a message, likewise.
    pub(super) proving: Vec<Proving>,
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
        mut peers: Vec<Peer<P>>,
        desk: Arc<Desk>,
        machine: MachineId,
        port: Option<Arc<Port>>,
    ) -> Option<Self> {
        let walk = Walk::new(Arc::clone(desk.seating()), machine)?;
        let time = Time::new();
        let threads = Thread::all(&mut peers, &desk, machine, port.as_ref(), &time)?;
        Some(Self {
            shortcuts: Shortcuts::new(&walk, &desk),
            what: What::Nothing,
            blank: None,
            peers,
            desk,
            walk,
            port,
            time,
            pending: None,
            gathered: BTreeMap::new(),
            merging: Vec::new(),
            proving: Vec::new(),
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

    /// The one message that has come.
    #[inline]
    pub(super) fn take_one(&mut self) -> Option<P::Message> {
        // Only the letter is taken: the whole would be read in larger pieces than it was just written in,
        // which the processor has to wait for.
        let What::One(_, _, letter) = &mut self.what else {
            return None;
        };
        let letter = letter.take()?;
        self.read(letter)
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

    #[inline]
    pub(super) fn peer(&self, source: Source) -> Option<&Peer<P>> {
        self.peers.get(source.place(P::protocol()))
    }

    /// Sends to a party of this process; `false` if it is gone.
    pub(super) fn hand_over(&mut self, source: Source, parcel: Parcel<P>) -> bool {
        match self.peers.get_mut(source.place(P::protocol())) {
            Some(Peer::Here(lane)) => lane.send(parcel),
            _ => false,
        }
    }

    /// Whether the peer of a queue has left in the middle of its run.
    pub(super) fn is_gone(&self, source: Source) -> bool {
        match (self.peer(source), &self.port) {
            (Some(Peer::There), Some(port)) => port.is_gone(source.seat),
            (Some(peer), _) => peer
                .credits()
                .is_none_or(|credits| credits.outgoing.far() == Far::Gone),
            (None, _) => true,
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
        match self.peers.get_mut(source.place(P::protocol())) {
            Some(Peer::Here(lane)) => look_here(lane, context),
            Some(Peer::There) => self
                .port
                .as_ref()
                .map_or(Look::Lost, |port| port.poll_look(source, context)),
            Some(Peer::Me | Peer::Lent(_)) | None => Look::Lost,
        }
    }

    /// Takes what [`Self::poll_look`] has seen.
    #[inline]
    pub(super) fn take_head(
        &mut self,
        source: Source,
        row: &MessageRow,
    ) -> Result<Letter<P>, SessionError> {
        let letter = match self.peers.get_mut(source.place(P::protocol())) {
            Some(Peer::There) => {
                let port = self.port.as_ref().ok_or(SessionError::Table("endpoint"))?;
                let taken = port.take::<P>(source, row).map(Letter::from);
                return taken.ok_or_else(|| self.undecodable(source, row));
            }
            Some(Peer::Here(lane)) => lane.head.take().map(Parcel::into_letter),
            _ => None,
        };
        letter.ok_or(SessionError::Table("such message"))
    }

    /// The facts that ride with it.
    pub(super) fn riding(
        &self,
        source: Source,
        row: &MessageRow,
    ) -> Result<Vec<Fact>, SessionError> {
        match self.peer(source) {
            Some(Peer::There) => {
                let port = self.port.as_ref().ok_or(SessionError::Table("endpoint"))?;
                let riding = port.riding(source, row);
                riding.ok_or_else(|| self.undecodable(source, row))
            }
            Some(Peer::Here(lane)) => {
                let head = lane.head.as_ref();
                Ok(head.map_or_else(Vec::new, |parcel| parcel.letter().riding().to_vec()))
            }
            _ => Ok(Vec::new()),
        }
    }

    fn undecodable(&self, source: Source, row: &MessageRow) -> SessionError {
        let fault = FrameFault::Payload(P::protocol().label_name(row.label));
        self.fault(source.seat, fault).into()
    }

    /// Drops it unread.
    pub(super) fn drop_head(&mut self, source: Source) {
        match (self.peers.get_mut(source.place(P::protocol())), &self.port) {
            (Some(Peer::There), Some(port)) => port.discard(source),
            (Some(Peer::Here(lane)), _) => lane.head = None,
            _ => {}
        }
    }
}

fn look_here<P: Choreography>(lane: &mut Lane<P>, context: &mut Context<'_>) -> Look {
    loop {
        match &mut lane.head {
            Some(parcel) => match parcel.poll_open(context) {
                Poll::Pending => return Look::Silent,
                // Its write failed: it was never said.
                Poll::Ready(false) => lane.head = None,
                Poll::Ready(true) => {
                    return parcel.letter().word().map_or(Look::Silent, Look::Word);
                }
            },
            None => match lane.poll(context) {
                Poll::Ready(Some(parcel)) => {
                    lane.credits.incoming.give_back();
                    lane.head = Some(parcel);
                }
                Poll::Ready(None) => return Look::Lost,
                Poll::Pending => return Look::Silent,
            },
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
        leave(&self.peers, far);
        if let Some(port) = &self.port {
            port.close(through);
        }
    }
}

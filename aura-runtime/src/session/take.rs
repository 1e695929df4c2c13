//! The one way in: look at every queue that the state listens to, and take what fits.
//!
//! Arrival order is free: the first message that fits decides. What comes late is absorbed on the
//! way. A message that does not belong here moves nothing; it is an error at once where its sender is
//! the only one that is listened to, and otherwise once nobody else can be heard, since it may belong
//! to a later state. In a gather a member that says something else, or that is gone, is one that will
//! not answer: it costs the quorum its answer and no more. (DECISIONS 12, 13, 15; SEMANTICS 0.)

use std::{
    collections::BTreeMap,
    mem, slice,
    task::{Context, Poll},
};

use super::{
    Choreography, SessionError,
    seal::Letter,
    seat::{Look, Seat},
    verdict::Verdict,
};
use crate::{
    endpoint::FrameError,
    frame::FrameFault,
    identity::SeatId,
    machine::{Action, EdgeRow, LabelId, MessageRow, PeerRow},
    walk::{Fit, Source, Word},
};

/// What has come; the run has moved.
pub(super) enum What<P: Choreography> {
    Nothing,
    /// One message, on that edge, from that member; its letter until it is read.
    One(usize, usize, Option<Letter<P>>),
    /// The answers of a gather, by member.
    All(usize, BTreeMap<u32, P::Message>),
    /// Nothing in time.
    Late,
}

/// What a look at every queue has shown.
#[derive(Default)]
struct Scan {
    /// Somebody may still say what one of the edges takes.
    open: bool,
    misfit: Option<(Source, Word)>,
    /// Who will not say anything any more, and whether it has left in the middle of its run.
    lost: Option<(SeatId, bool)>,
}

impl Scan {
    /// Of those who will say nothing more, one that has left in the middle is to blame.
    fn lose(&mut self, seat: SeatId, gone: bool) {
        if self.lost.is_none_or(|(_, known)| gone && !known) {
            self.lost = Some((seat, gone));
        }
    }
}

impl<P: Choreography> Seat<P> {
    /// Takes the next message, or the answers, that the state waits for.
    ///
    /// Kept apart from the shortcut: what it needs of the stack would weigh on every step.
    #[inline(never)]
    pub(super) fn poll_take(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<What<P>, SessionError>> {
        let deadline = self.walk.deadline();
        if deadline.is_some_and(|deadline| self.time.now() >= deadline) {
            return Poll::Ready(Ok(self.give_up()));
        }
        if let Some(error) = self.reported() {
            return Poll::Ready(Err(error));
        }
        let edges = self.walk.edges();
        let mut scan = Scan::default();
        for (at, edge) in (0u16..).zip(edges) {
            let found = match &edge.action {
                Action::Receive { from, .. } => {
                    if is_looked_at(&edges[..usize::from(at)], from) {
                        continue;
                    }
                    self.receive(at, &edges[usize::from(at)..], *from, &mut scan, context)
                }
                Action::Gather { from, .. } => self.gather(at, edge, *from, &mut scan, context),
                _ => Err(SessionError::Table("message to wait for")),
            };
            match found {
                Ok(None) => {}
                Ok(Some(what)) => return Poll::Ready(Ok(what)),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        // A frame that came while the edges were looked at one after the other fits one that found
        // nothing a moment ago; that one has asked to be woken.
        if !scan.open {
            if let Some((source, word)) = scan.misfit {
                return Poll::Ready(Err(self.unexpected(source, word)));
            }
            if deadline.is_some() {
                return Poll::Ready(Ok(self.give_up()));
            }
            let lost = scan.lost.map(|(seat, _)| self.lost(seat));
            return Poll::Ready(Err(lost.unwrap_or(SessionError::Table("sender"))));
        }
        match deadline {
            Some(deadline) if self.poll_sleep(deadline, context).is_ready() => {
                Poll::Ready(Ok(self.give_up()))
            }
            _ => Poll::Pending,
        }
    }

    /// The timer has fired, or what it waits for cannot come any more.
    fn give_up(&mut self) -> What<P> {
        let now = self.time.now();
        self.gathered.clear();
        self.walk.give_up(now);
        self.trace_late();
        What::Late
    }

    /// A frame that the endpoint has refused, told once. Where a quorum is awaited, a member's fault
    /// is not the session's: it stays in the trace.
    fn reported(&mut self) -> Option<SessionError> {
        let error = self.port.as_ref()?.reported()?;
        let quorum = self
            .walk
            .edges()
            .iter()
            .all(|edge| matches!(edge.action, Action::Gather { need: Some(_), .. }));
        (!quorum).then(|| error.into())
    }

    /// Looks for the first of `edges`, and for those behind it that listen to the same queue.
    fn receive(
        &mut self,
        at: u16,
        edges: &'static [EdgeRow],
        from: PeerRow,
        scan: &mut Scan,
        context: &mut Context<'_>,
    ) -> Result<Option<What<P>>, SessionError> {
        let Some((member, seat)) = self.walk.one(from) else {
            return Err(SessionError::Table("such sender"));
        };
        let source = Source {
            seat,
            queue: from.queue,
        };
        match self.head(edges, source, context)? {
            Found::Take(behind, letter) => {
                if let Some(edge) = edges.get(usize::from(behind)) {
                    self.go(edge.to);
                }
                let at = usize::from(at + behind);
                Ok(Some(What::One(at, member as usize, Some(letter))))
            }
            Found::Silent => {
                scan.open = true;
                Ok(None)
            }
            Found::Lost => {
                scan.lose(seat, self.is_gone(source));
                Ok(None)
            }
            Found::Misfit(word) => {
                scan.misfit.get_or_insert((source, word));
                Ok(None)
            }
            Found::Pass => Err(self.unexpected(source, Word::Abstention(LabelId(0)))),
        }
    }

    fn gather(
        &mut self,
        at: u16,
        edge: &'static EdgeRow,
        from: PeerRow,
        scan: &mut Scan,
        context: &mut Context<'_>,
    ) -> Result<Option<What<P>>, SessionError> {
        let mut silent = 0;
        let mut misfit = None;
        for (member, seat) in self.walk.reach(from) {
            if self.walk.has_heard(at, member) {
                continue;
            }
            // As many as are needed, and no more: the others are absorbed.
            if self.walk.missing(at) == 0 {
                break;
            }
            let source = Source {
                seat,
                queue: from.queue,
            };
            match self.head(slice::from_ref(edge), source, context)? {
                Found::Take(_, letter) => {
                    let message = self.read(letter);
                    let message = message.ok_or(SessionError::Table("such message"))?;
                    self.gathered.insert(member, message);
                    self.walk.hear(at, member, true);
                }
                Found::Pass => self.walk.hear(at, member, false),
                Found::Silent => silent += 1,
                Found::Lost => {
                    scan.lose(seat, self.is_gone(source));
                }
                Found::Misfit(word) => {
                    misfit.get_or_insert((source, word));
                }
            }
        }
        let missing = self.walk.missing(at);
        if missing == 0 {
            let now = self.time.now();
            self.walk.leave_gather(at, now);
            let answers = mem::take(&mut self.gathered);
            return Ok(Some(What::All(usize::from(at), answers)));
        }
        if missing <= silent {
            scan.open = true;
        } else if let Some((source, word)) = misfit {
            if self.walk.is_timed() {
                let error = self.unexpected(source, word);
                tracing::warn!(target: "aura", role = self.role(), %error, "does not count");
            } else {
                scan.misfit.get_or_insert((source, word));
            }
        }
        Ok(None)
    }

    /// Looks at the head of a queue, past what is absorbed, and takes it if one of the edges does.
    fn head(
        &mut self,
        edges: &'static [EdgeRow],
        source: Source,
        context: &mut Context<'_>,
    ) -> Result<Found<P>, SessionError> {
        loop {
            let word = match self.poll_look(source, context) {
                Look::Silent => return Ok(Found::Silent),
                Look::Lost => return Ok(Found::Lost),
                Look::Word(word) => word,
            };
            match self.walk.fit(edges, source, word) {
                Fit::Absorb => {
                    self.drop_head(source);
                    self.walk.absorb(source);
                    tracing::trace!(target: "aura", role = self.role(), "absorbed");
                }
                Fit::Pass => {
                    self.drop_head(source);
                    return Ok(Found::Pass);
                }
                Fit::Misfit => return Ok(Found::Misfit(word)),
                Fit::Take(behind, id) => {
                    let row = P::protocol().message(id);
                    let row = row.ok_or(SessionError::Table("such message"))?;
                    if !row.receipt.is_none() && self.poll_prove(source, row, context)?.is_pending()
                    {
                        return Ok(Found::Silent);
                    }
                    if row.journal_merge && self.poll_merge(source, row, context)?.is_pending() {
                        return Ok(Found::Silent);
                    }
                    let letter = self.take_head(source, row)?;
                    if !row.receipt.is_none() {
                        self.keep_receipt(source, row);
                    }
                    self.trace_received(source.seat, &letter);
                    return Ok(Found::Take(behind, letter));
                }
            }
        }
    }

    /// Joins the facts that ride with the head of a queue, before it is delivered. (DECISIONS 28.)
    fn poll_merge(
        &mut self,
        source: Source,
        row: &MessageRow,
        context: &mut Context<'_>,
    ) -> Result<Poll<()>, SessionError> {
        let known = self.merging.iter().position(|(known, _)| *known == source);
        let at = if let Some(at) = known {
            at
        } else {
            let facts = self.riding(source, row)?;
            let forged = facts
                .iter()
                .any(|fact| !self.desk.may_ride(fact, row, source.seat));
            if forged {
                let fault = FrameFault::Payload(P::protocol().label_name(row.label));
                return Err(self.fault(source.seat, fault).into());
            }
            let (judge, verdict) = Verdict::pending();
            let told = self.desk.ledger().join(facts, move |outcome| {
                judge.announce(outcome);
            });
            self.merging.push((source, (!told).then_some(verdict)));
            self.merging.len() - 1
        };
        let outcome = match &self.merging[at].1 {
            None => Poll::Ready(Ok(())),
            Some(verdict) => verdict.poll(context),
        };
        match outcome {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(outcome) => {
                self.merging.swap_remove(at);
                outcome
                    .map(Poll::Ready)
                    .map_err(|error| SessionError::Journal {
                        cause: error.to_string(),
                    })
            }
        }
    }

    fn unexpected(&self, source: Source, word: Word) -> SessionError {
        let protocol = P::protocol();
        let (Word::Message(label) | Word::Abstention(label)) = word;
        let role = self.walk.seating().role_of(source.seat);
        let expected = self
            .walk
            .edges()
            .iter()
            .flat_map(|edge| match &edge.action {
                Action::Receive { from, message } if Some(from.role) == role => {
                    std::slice::from_ref(message)
                }
                Action::Gather { from, answers, .. } if Some(from.role) == role => answers,
                _ => &[],
            });
        let expected = expected
            .filter_map(|id| Some(protocol.label_name(protocol.message(*id)?.label)))
            .collect();
        let found = protocol.label_name(label);
        self.fault(source.seat, FrameFault::Unexpected { found, expected })
            .into()
    }

    pub(super) fn fault(&self, seat: SeatId, fault: FrameFault) -> FrameError {
        FrameError {
            seat,
            role: self.walk.seating().name_of(seat),
            fault,
        }
    }
}

/// Whether one of these edges has had a look at the queue already.
#[inline]
fn is_looked_at(edges: &[EdgeRow], from: &PeerRow) -> bool {
    edges.iter().any(|edge| match &edge.action {
        Action::Receive { from: other, .. } => other == from,
        _ => false,
    })
}

/// What stands at the head of a queue, for one edge.
enum Found<P: Choreography> {
    /// The message, and how far behind the first edge stands the one that takes it.
    Take(u16, Letter<P>),
    /// The member abstains.
    Pass,
    Silent,
    Lost,
    Misfit(Word),
}

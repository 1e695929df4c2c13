//! The acceptor's half of the handshake: who greets whom, and when everyone has.

use std::{collections::BTreeMap, fmt, marker::PhantomData, sync::Arc};

use futures::future::try_join_all;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{
    Inner, OpenError,
    admit::{Invitation, Offer, Policy},
    lock,
    open::{Call, Handshake},
};
use crate::{
    identity::{SeatId, SessionId},
    session::{Choreography, Role, Session},
};

/// Invitations that wait for an acceptor.
const BACKLOG: usize = 1024;

/// The hellos that have come for one session.
struct Gathered {
    began: Instant,
    invitations: Vec<Invitation>,
}

impl Gathered {
    /// Keeps an invitation to the same session, from a seat that greets this one; whether it is.
    fn take(&mut self, invitation: Invitation) -> bool {
        let (from, to) = (invitation.hello.from, invitation.hello.to);
        let mut known = self.invitations.iter();
        let fits =
            known.all(|known| known.roster == invitation.roster) && greets(&invitation, from, to);
        if fits {
            self.invitations.push(invitation);
        }
        fits
    }
}

/// Sessions that others open, as role `R`.
pub struct Acceptor<R: Role> {
    node: Arc<Inner>,
    queue: mpsc::Receiver<Invitation>,
    /// Sessions of more than two, some of whose hellos are still to come.
    gathering: BTreeMap<(SessionId, SeatId), Gathered>,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> fmt::Debug for Acceptor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("role", &R::ROLE)
            .finish_non_exhaustive()
    }
}

impl<R: Role> Acceptor<R> {
    pub(super) fn new(node: Arc<Inner>, policy: Policy) -> Self {
        let protocol = R::Of::protocol();
        let (sender, queue) = mpsc::channel(BACKLOG);
        let offer = Offer {
            protocol,
            policy,
            queue: sender,
        };
        if let Some(offers) = lock(&node.offers).as_mut() {
            offers.by_machine.insert((protocol.hash, R::MACHINE), offer);
        }
        Self {
            node,
            queue,
            gathering: BTreeMap::new(),
            role: PhantomData,
        }
    }

    /// Waits for the next session, until every other seat of it has shaken hands with this one. A
    /// session for which not everyone has come in time is given up. Nothing is lost when the future
    /// is dropped, but a session that it was about to complete.
    pub async fn accept(&mut self) -> Result<Session<R>, OpenError> {
        loop {
            let patience = self.node.limits.timing.handshake;
            let invitation = if self.gathering.is_empty() {
                self.queue.recv().await
            } else if let Ok(invitation) = timeout(patience / 4, self.queue.recv()).await {
                invitation
            } else {
                self.gathering
                    .retain(|_, gathered| gathered.began.elapsed() < patience);
                continue;
            };
            let invitation = invitation.ok_or(OpenError::Closed)?;
            let key = (invitation.roster.session, invitation.hello.to);
            if self.gathering.len() >= BACKLOG && !self.gathering.contains_key(&key) {
                self.gathering.pop_first();
            }
            let gathered = self.gathering.entry(key).or_insert_with(|| Gathered {
                began: Instant::now(),
                invitations: Vec::new(),
            });
            // Whoever plays another session under this name, or speaks out of turn, is told by
            // dropping the invitation.
            if !gathered.take(invitation) {
                continue;
            }
            let Some(greet) = uncalled(&gathered.invitations) else {
                continue;
            };
            let invitations = self.gathering.remove(&key).map(|found| found.invitations);
            let Some((call, mut handshakes)) = invitations.and_then(answer) else {
                continue;
            };
            let greeted = greet.iter().map(|to| self.node.greet::<R>(&call, *to));
            handshakes.extend(try_join_all(greeted).await?);
            return self.node.session(call.roster, call.from, handshakes);
        }
    }
}

/// Once everyone who greets this seat has: the seats that it must greet itself.
fn uncalled(gathered: &[Invitation]) -> Option<Vec<SeatId>> {
    let first = gathered.first()?;
    let seat = first.hello.to;
    let mut uncalled = Vec::new();
    for (at, _) in (0u16..).zip(&first.roster.seats) {
        let other = SeatId(at);
        if other == seat {
            continue;
        }
        if !greets(first, other, seat) {
            uncalled.push(other);
        } else if gathered.iter().all(|known| known.hello.from != other) {
            return None;
        }
    }
    Some(uncalled)
}

/// Which of two seats greets the other, so that every pair shakes hands once: the initiator's
/// greet all others, and among equals the one that opens the session does, else the lower one.
fn greets(session: &Invitation, one: SeatId, other: SeatId) -> bool {
    let is_initiators = |seat| {
        let seat = session.roster.seat(seat);
        seat.is_some_and(|seat| seat.authority == session.initiator)
    };
    match (is_initiators(one), is_initiators(other)) {
        (true, true) if session.opener == Some(one) => true,
        (true, true) if session.opener == Some(other) => false,
        (true, true) | (false, false) => one < other,
        (first, _) => first,
    }
}

/// Whom a seat calls in turn, and the handshakes that it has.
fn answer(invitations: Vec<Invitation>) -> Option<(Call, Vec<Handshake>)> {
    let mut call = None;
    let mut handshakes = Vec::with_capacity(invitations.len());
    for invitation in invitations {
        handshakes.push(invitation.handshake);
        call.get_or_insert(Call {
            signed: invitation.hello.roster,
            roster: invitation.roster,
            initiator: invitation.initiator,
            opener: invitation.opener,
            from: invitation.hello.to,
        });
    }
    Some((call?, handshakes))
}

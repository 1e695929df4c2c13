//! Plays: what the parties of a form do, a step at a time, so that a test can stop any of them
//! anywhere.
//!
//! A [`Part`] asks its session where it stands and takes one step from there; nothing is carried
//! from one step to the next outside the session but what was heard. A [`Play`] seats the parts of
//! one protocol, in one process or over nodes.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use aura_runtime::{
    identity::{AuthorityId, ContextId},
    ledger::Ledger,
    session::{Choreography, Clock, Role, Room, Session, SessionError, Unsent},
};
use futures::{FutureExt, future::LocalBoxFuture};

use super::stage::Stage;

/// What a party has heard, and what it may need beside its session.
pub(crate) struct Seen {
    heard: RefCell<Vec<String>>,
    /// A number that a part remembers.
    pub(crate) note: Cell<Option<u64>>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) context: ContextId,
    pub(crate) seats: Vec<AuthorityId>,
}

impl Seen {
    pub(crate) fn hear(&self, what: impl Into<String>) {
        self.heard.borrow_mut().push(what.into());
    }

    /// How much was heard so far.
    pub(crate) fn count(&self) -> usize {
        self.heard.borrow().len()
    }
}

/// Why a party goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Sending(SessionError),
    Receiving(SessionError),
}

impl From<SessionError> for Stop {
    fn from(error: SessionError) -> Self {
        Self::Receiving(error)
    }
}

/// Whether the run goes on.
pub(crate) type Step = Result<bool, Stop>;

/// A send was made.
pub(crate) fn sent<N, K, M>(sent: Result<N, Unsent<K, M>>) -> Step {
    match sent {
        Ok(_) => Ok(true),
        Err(unsent) => Err(Stop::Sending(SessionError::from(unsent))),
    }
}

/// One role's side of a play.
pub(crate) trait Part: Role {
    /// Takes the next step; `false` at the end.
    fn step(session: &mut Session<Self>, seen: &Seen) -> impl Future<Output = Step>;
}

/// A party, whatever its role.
pub(crate) trait Actor {
    fn step(&mut self) -> LocalBoxFuture<'_, Step>;
    fn heard(&self) -> Vec<String>;
}

struct Acting<R: Part> {
    session: Session<R>,
    seen: Seen,
}

impl<R: Part> Actor for Acting<R> {
    fn step(&mut self) -> LocalBoxFuture<'_, Step> {
        R::step(&mut self.session, &self.seen).boxed_local()
    }

    fn heard(&self) -> Vec<String> {
        self.seen.heard.borrow().clone()
    }
}

/// A seat that was taken, with the clock that its timers run on.
pub(crate) fn acting<R: Part>(
    session: Session<R>,
    seen: Seen,
    clock: Option<Arc<dyn Clock>>,
) -> Box<dyn Actor> {
    let session = match clock {
        Some(clock) => session.with_clock(clock),
        None => session,
    };
    Box::new(Acting { session, seen })
}

pub(crate) fn seen<P: Choreography>(stage: &Stage<P>, seat: usize) -> Seen {
    let roster = stage.roster();
    Seen {
        heard: RefCell::default(),
        note: Cell::new(None),
        ledger: Arc::clone(&stage.ledgers[seat]),
        context: stage.context(),
        seats: roster.seats.iter().map(|seat| seat.authority).collect(),
    }
}

/// A protocol whose parts are written down.
pub(crate) trait Play: Choreography {
    /// The sizes that it is played with.
    const SIZES: &'static [u32];
    /// Whether it has timers, and is played in time and late.
    const TIMED: bool = false;
    /// Whether its threads hear things in any order.
    const THREADED: bool = false;
    /// Whether its parts begin new epochs, so that the last one's spending is not all.
    const EPOCHS: bool = false;

    /// A seat of a room.
    fn enter(
        room: &mut Room<Self>,
        stage: &Stage<Self>,
        seat: usize,
        clock: Option<Arc<dyn Clock>>,
    ) -> Box<dyn Actor>;

    /// Seat 0 of a session over nodes, which it opens.
    fn open(
        stage: &Stage<Self>,
        clock: Option<Arc<dyn Clock>>,
    ) -> LocalBoxFuture<'_, Box<dyn Actor>>;

    /// Another seat, which accepts it; the offer stands when this returns.
    fn accept(
        stage: &Stage<Self>,
        seat: usize,
        clock: Option<Arc<dyn Clock>>,
    ) -> LocalBoxFuture<'static, Box<dyn Actor>>;
}

/// `play!(Protocol, [sizes], [Role, ..], { const TIMED: bool = true; })`: its roles in the order of
/// the protocol.
macro_rules! play {
    ($protocol:ty, $sizes:expr, [$first:ty $(, $role:ty)*] $(, { $($more:tt)* })?) => {
        impl $crate::forms::cast::Play for $protocol {
            const SIZES: &'static [u32] = &$sizes;
            $($($more)*)?

            fn enter(
                room: &mut aura_runtime::session::Room<Self>,
                stage: &$crate::forms::stage::Stage<Self>,
                seat: usize,
                clock: Option<std::sync::Arc<dyn aura_runtime::session::Clock>>,
            ) -> Box<dyn $crate::forms::cast::Actor> {
                use $crate::forms::cast::{acting, seen};
                let row = stage.roster().seats[seat];
                let ledger = &stage.ledgers[seat];
                if row.role == <$first as aura_runtime::session::Role>::ROLE.0 {
                    let session = room.join_member::<$first>(row.member, ledger).unwrap();
                    return acting(session, seen(stage, seat), clock);
                }
                $(if row.role == <$role as aura_runtime::session::Role>::ROLE.0 {
                    let session = room.join_member::<$role>(row.member, ledger).unwrap();
                    return acting(session, seen(stage, seat), clock);
                })*
                unreachable!("every role has a part")
            }

            fn open(
                stage: &$crate::forms::stage::Stage<Self>,
                clock: Option<std::sync::Arc<dyn aura_runtime::session::Clock>>,
            ) -> futures::future::LocalBoxFuture<'_, Box<dyn $crate::forms::cast::Actor>> {
                use $crate::forms::cast::{acting, seen};
                Box::pin(async move { acting(stage.open::<$first>().await, seen(stage, 0), clock) })
            }

            fn accept(
                stage: &$crate::forms::stage::Stage<Self>,
                seat: usize,
                clock: Option<std::sync::Arc<dyn aura_runtime::session::Clock>>,
            ) -> futures::future::LocalBoxFuture<'static, Box<dyn $crate::forms::cast::Actor>> {
                use $crate::forms::cast::{acting, seen};
                let (role, known) = (stage.roster().seats[seat].role, seen(stage, seat));
                if role == <$first as aura_runtime::session::Role>::ROLE.0 {
                    let accepted = stage.accept::<$first>(seat);
                    return Box::pin(async move { acting(accepted.await, known, clock) });
                }
                $(if role == <$role as aura_runtime::session::Role>::ROLE.0 {
                    let accepted = stage.accept::<$role>(seat);
                    return Box::pin(async move { acting(accepted.await, known, clock) });
                })*
                unreachable!("every role has a part")
            }
        }
    };
}
pub(crate) use play;

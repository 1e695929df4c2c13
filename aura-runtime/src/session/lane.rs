//! The rumpsteak side of a session: one queue to another seat of this process, as a role value.
//!
//! A [`Lane`] is the role value: it owns the rumpsteak channel of one queue. Nothing outside this crate
//! can hold one, and none of its parts has a public constructor. A send is a rumpsteak `Send` of its
//! own; which step comes next is what the typed states and the tables say, so that a state may listen
//! to several lanes at once. Seats elsewhere are reached through the endpoint instead.

use std::{
    marker::PhantomData,
    mem,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::FutureExt;
use rumpsteak::{
    Send, Session as RumpsteakSession, State, channel,
    role::{Pair, Receiver, Role as RumpsteakRole, Route, Sender, ToFrom},
};

use super::{Choreography, credit::Credit, seal::Parcel};

/// How a seat is reached, over one queue.
pub(crate) enum Peer<P: Choreography> {
    /// It is this one.
    Me,
    /// In this process.
    Here(Lane<P>),
    /// In this process, by another thread of this seat, which has the lane.
    Lent(Credits),
    /// Elsewhere, through the endpoint.
    There,
}

impl<P: Choreography> Peer<P> {
    /// The permits towards a party of this process.
    #[inline]
    pub(super) fn credits(&self) -> Option<&Credits> {
        match self {
            Self::Here(lane) => Some(&lane.credits),
            Self::Lent(credits) => Some(credits),
            Self::Me | Self::There => None,
        }
    }

    /// The same peer, without its lane.
    pub(super) fn shadow(&self) -> Self {
        match self {
            Self::Me => Self::Me,
            Self::There => Self::There,
            Self::Here(Lane { credits, .. }) | Self::Lent(credits) => Self::Lent(credits.clone()),
        }
    }

    /// The peer with its lane, for a thread; its shadow stays.
    pub(super) fn lend(&mut self) -> Self {
        let shadow = self.shadow();
        mem::replace(self, shadow)
    }
}

/// The permits of both directions.
#[derive(Clone, Debug)]
pub(crate) struct Credits {
    pub(super) outgoing: Arc<Credit>,
    pub(super) incoming: Arc<Credit>,
}

/// A queue to another seat of this process: its channel and its permits.
pub(crate) struct Lane<P: Choreography> {
    link: Link<P>,
    /// A parcel that was taken from the channel and not yet delivered.
    pub(super) head: Option<Parcel<P>>,
    pub(super) credits: Credits,
}

impl<P: Choreography> Lane<P> {
    /// Both ends of a queue that carries at most `window` messages each way.
    pub(super) fn pair(window: u32) -> (Self, Self) {
        let (near, far) = Link::pair();
        let forth = Arc::new(Credit::new(window));
        let back = Arc::new(Credit::new(window));
        let end = |link, outgoing: &Arc<_>, incoming: &Arc<_>| Self {
            link,
            head: None,
            credits: Credits {
                outgoing: Arc::clone(outgoing),
                incoming: Arc::clone(incoming),
            },
        };
        (end(near, &forth, &back), end(far, &back, &forth))
    }

    /// Sends over the channel; `false` if its far end is gone.
    #[inline]
    pub(super) fn send(&mut self, parcel: Parcel<P>) -> bool {
        let step: Send<'_, Self, Self, Parcel<P>, Step<'_, P>> = state(self).into_session();
        step.send(parcel).is_ok()
    }

    /// The next parcel; `None` once the far end is gone and the channel empty.
    ///
    /// It asks the role's own receiver, as rumpsteak's `Branch` does. That type would wrap the parcel in
    /// a result whose error is one byte, which cuts every copy of it into pieces that the processor
    /// has to wait for: a fifth of what a message costs.
    #[expect(
        clippy::inline_always,
        reason = "a call costs a tenth of what a message does"
    )]
    #[inline(always)]
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Parcel<P>>> {
        let receiver = Receiver::<Self>::receiver(Route::<Self>::route(self));
        pin!(receiver.receive()).poll(context).map(Result::ok)
    }
}

impl<P: Choreography> RumpsteakRole for Lane<P> {
    type Message = Parcel<P>;
}

impl<P: Choreography> Route<Self> for Lane<P> {
    type Route = Link<P>;

    #[inline]
    fn route(&mut self) -> &mut Link<P> {
        &mut self.link
    }
}

/// A channel in both directions, the same type whoever is at the far end.
pub(crate) struct Link<P: Choreography>(ToFrom<Anyone<P>>);

/// The far end of a [`Link`], for rumpsteak's types alone.
pub(crate) struct Anyone<P>(PhantomData<P>);

impl<P: Choreography> RumpsteakRole for Anyone<P> {
    type Message = Parcel<P>;
}

impl<P: Choreography> RumpsteakRole for Link<P> {
    type Message = Parcel<P>;
}

impl<P: Choreography> Pair<Self> for Link<P> {
    fn pair() -> (Self, Self) {
        let (left, right) = Pair::pair();
        (Self(left), Self(right))
    }
}

impl<P: Choreography> Sender<Lane<P>> for Link<P> {
    fn sender(&mut self) -> &mut channel::Sender<Parcel<P>> {
        self.0.sender()
    }
}

impl<P: Choreography> Receiver<Lane<P>> for Link<P> {
    fn receiver(&mut self) -> &mut channel::Receiver<Parcel<P>> {
        self.0.receiver()
    }
}

/// The rumpsteak session type behind a send: the tables say what it is.
struct Step<'s, P: Choreography>(PhantomData<State<'s, Lane<P>>>);

impl<'s, P: Choreography> RumpsteakSession<'s, Lane<P>> for Step<'s, P> {
    fn from_state(_: State<'s, Lane<P>>) -> Self {
        Self(PhantomData)
    }
}

/// A rumpsteak state of this role value, out of rumpsteak's closure.
#[inline]
fn state<P: Choreography>(lane: &mut Lane<P>) -> State<'_, Lane<P>> {
    let entered = rumpsteak::try_session::<_, Bare<'_, P>, std::convert::Infallible, _, _>(
        lane,
        |bare: Bare<'_, P>| futures::future::err(bare.0),
    );
    match entered.now_or_never() {
        Some(Err(state)) => state,
        Some(Ok(never)) => match never {},
        None => unreachable!("a future that is ready resolves at the first poll"),
    }
}

struct Bare<'s, P: Choreography>(State<'s, Lane<P>>);

impl<'s, P: Choreography> RumpsteakSession<'s, Lane<P>> for Bare<'s, P> {
    fn from_state(state: State<'s, Lane<P>>) -> Self {
        Self(state)
    }
}

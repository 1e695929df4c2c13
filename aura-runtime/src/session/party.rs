//! The rumpsteak side of a session: the role value, its routes, and the session type of one step.
//!
//! A [`Party`] is the role value: it owns a channel for each queue that it shares with another seat
//! of its process. Nothing outside this crate can hold one, and none of its parts has a public
//! constructor. A step aims at one channel; a send is then a rumpsteak `Send` of its own. Which step comes next is what the typed states and the tables say, so that a state may listen to
//! several channels at once. Seats elsewhere are reached through the endpoint instead.

use std::{
    marker::PhantomData,
    pin::pin,
    task::{Context, Poll},
};

use futures::FutureExt;
use rumpsteak::{
    Send, Session as RumpsteakSession, State, channel,
    role::{Pair, Receiver, Role as RumpsteakRole, Route, Sender, ToFrom},
};

use super::{Choreography, seal::Parcel};

/// The role value of one seat, or of one of its threads.
pub(crate) struct Party<P: Choreography> {
    /// By seat, then by queue; none where nothing is shared within this process.
    links: Vec<Option<Link<P>>>,
    aim: usize,
    /// What an aim without a channel leads to: a channel whose far end is gone.
    nowhere: Option<Link<P>>,
}

impl<P: Choreography> Party<P> {
    pub(crate) fn new(links: Vec<Option<Link<P>>>) -> Self {
        Self {
            links,
            aim: 0,
            nowhere: None,
        }
    }

    /// Moves the channels in `places` to a party of their own.
    pub(super) fn split(&mut self, places: impl IntoIterator<Item = usize>) -> Self {
        let mut links: Vec<_> = self.links.iter().map(|_| None).collect();
        for place in places {
            // A place may be named by several steps; it is moved once.
            if let Some(link) = self.links.get_mut(place).and_then(Option::take) {
                links[place] = Some(link);
            }
        }
        Self::new(links)
    }

    /// Sends over the channel at `place`; `false` if its far end is gone.
    #[inline]
    pub(super) fn send(&mut self, place: usize, parcel: Parcel<P>) -> bool {
        self.aim = place;
        let step: Send<'_, Self, Self, Parcel<P>, Step<'_, P>> = state(self).into_session();
        step.send(parcel).is_ok()
    }

    /// The next parcel of the channel at `place`; `None` once its far end is gone and it is empty.
    ///
    /// It asks the role's own receiver, as rumpsteak's `Branch` does. That type would wrap the parcel in
    /// a result whose error is one byte, which cuts every copy of it into pieces that the processor
    /// has to wait for: a fifth of what a message costs.
    #[inline]
    pub(super) fn poll(
        &mut self,
        place: usize,
        context: &mut Context<'_>,
    ) -> Poll<Option<Parcel<P>>> {
        self.aim = place;
        let receiver = Receiver::<Self>::receiver(Route::<Self>::route(self));
        pin!(receiver.receive()).poll(context).map(Result::ok)
    }
}

impl<P: Choreography> RumpsteakRole for Party<P> {
    type Message = Parcel<P>;
}

impl<P: Choreography> Route<Self> for Party<P> {
    type Route = Link<P>;

    #[inline]
    fn route(&mut self) -> &mut Link<P> {
        match self.links.get_mut(self.aim) {
            Some(Some(link)) => link,
            _ => nowhere(&mut self.nowhere),
        }
    }
}

#[cold]
fn nowhere<P: Choreography>(link: &mut Option<Link<P>>) -> &mut Link<P> {
    link.get_or_insert_with(|| Link::pair().0)
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

impl<P: Choreography> Sender<Party<P>> for Link<P> {
    fn sender(&mut self) -> &mut channel::Sender<Parcel<P>> {
        self.0.sender()
    }
}

impl<P: Choreography> Receiver<Party<P>> for Link<P> {
    fn receiver(&mut self) -> &mut channel::Receiver<Parcel<P>> {
        self.0.receiver()
    }
}

/// The rumpsteak session type behind a send: the tables say what it is.
struct Step<'s, P: Choreography>(PhantomData<State<'s, Party<P>>>);

impl<'s, P: Choreography> RumpsteakSession<'s, Party<P>> for Step<'s, P> {
    fn from_state(_: State<'s, Party<P>>) -> Self {
        Self(PhantomData)
    }
}

/// A rumpsteak state of this role value, out of rumpsteak's closure.
#[inline]
fn state<P: Choreography>(party: &mut Party<P>) -> State<'_, Party<P>> {
    let entered = rumpsteak::try_session::<_, Bare<'_, P>, std::convert::Infallible, _, _>(
        party,
        |bare: Bare<'_, P>| futures::future::err(bare.0),
    );
    match entered.now_or_never() {
        Some(Err(state)) => state,
        Some(Ok(never)) => match never {},
        None => unreachable!("a future that is ready resolves at the first poll"),
    }
}

struct Bare<'s, P: Choreography>(State<'s, Party<P>>);

impl<'s, P: Choreography> RumpsteakSession<'s, Party<P>> for Bare<'s, P> {
    fn from_state(state: State<'s, Party<P>>) -> Self {
        Self(state)
    }
}

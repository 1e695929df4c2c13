//! The rumpsteak side of a session: the role value, its routes, and the session type of a state.
//!
//! A [`Party`] is the role value: it owns a channel to every other seat. Nothing outside this crate
//! can hold one, and none of its parts has a public constructor. A seat that is not in this process
//! has a channel whose far end is gone; such a seat is reached through the endpoint instead.

use std::marker::PhantomData;

use futures::FutureExt;
use rumpsteak::{
    Session as RumpsteakSession, State, channel,
    choice::External,
    role::{Pair, Receiver, Role as RumpsteakRole, Route, Sender, ToFrom},
};

use super::{Choreography, Position, Role, seal::Parcel};

/// The role value of one seat.
pub(crate) struct Party<R: Role> {
    /// For each role, the channel to its seat.
    links: Vec<Link<R::Of>>,
}

impl<R: Role> Party<R> {
    pub(crate) fn new(links: Vec<Link<R::Of>>) -> Self {
        Self { links }
    }

    /// A party that has no one else in its process.
    pub(crate) fn alone(roles: usize) -> Self {
        Self {
            links: (0..roles).map(|_| Link::pair().0).collect(),
        }
    }
}

impl<R: Role> RumpsteakRole for Party<R> {
    type Message = Parcel<R::Of>;
}

impl<R: Role, Q: Role<Of = R::Of>> Route<Party<Q>> for Party<R> {
    type Route = Link<R::Of>;

    fn route(&mut self) -> &mut Self::Route {
        &mut self.links[usize::from(Q::ROLE.0)]
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

impl<Q: Role> Sender<Party<Q>> for Link<Q::Of> {
    fn sender(&mut self) -> &mut channel::Sender<Parcel<Q::Of>> {
        self.0.sender()
    }
}

impl<Q: Role> Receiver<Party<Q>> for Link<Q::Of> {
    fn receiver(&mut self) -> &mut channel::Receiver<Parcel<Q::Of>> {
        self.0.receiver()
    }
}

/// The rumpsteak session type of the typed state `K`: named, so that recursion is finite.
pub(crate) struct Point<'s, K: Position<'s>> {
    pub(super) state: State<'s, Party<K::Role>>,
    kind: PhantomData<K>,
}

impl<'s, K: Position<'s>> RumpsteakSession<'s, Party<K::Role>> for Point<'s, K> {
    fn from_state(state: State<'s, Party<K::Role>>) -> Self {
        Self {
            state,
            kind: PhantomData,
        }
    }
}

/// What a rumpsteak `Branch` yields: the parcel, and the state to go on from.
pub(crate) struct Taken<'s, R: Role> {
    pub(super) state: State<'s, Party<R>>,
    pub(super) parcel: Parcel<R::Of>,
}

impl<'s, R: Role> External<'s, Party<R>> for Taken<'s, R> {
    fn choice(state: State<'s, Party<R>>, parcel: Parcel<R::Of>) -> Option<Self> {
        Some(Self { state, parcel })
    }
}

/// A rumpsteak state of this role value, out of rumpsteak's closure.
pub(super) fn state<R: Role>(party: &mut Party<R>) -> State<'_, Party<R>> {
    let entered = rumpsteak::try_session::<_, Bare<'_, R>, std::convert::Infallible, _, _>(
        party,
        |bare: Bare<'_, R>| futures::future::err(bare.0),
    );
    match entered.now_or_never() {
        Some(Err(state)) => state,
        Some(Ok(never)) => match never {},
        None => unreachable!("a future that is ready resolves at the first poll"),
    }
}

struct Bare<'s, R: Role>(State<'s, Party<R>>);

impl<'s, R: Role> RumpsteakSession<'s, Party<R>> for Bare<'s, R> {
    fn from_state(state: State<'s, Party<R>>) -> Self {
        Self(state)
    }
}

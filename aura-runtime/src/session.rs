//! Typed sessions: the states that generated code wraps, over `rumpsteak` session types.
//!
//! In: a seat in a session, from a [`Room`] (parties in one process) or a node (parties elsewhere).
//! Out: the current state, typed; each step consumes it and gives the next. A send passes the guard
//! chain first and gives the next state, or [`Refused`] with the same state, or a fatal error.
//! What holds: the rumpsteak role value stays inside [`Session`], and what a rumpsteak channel
//! carries can only be made from the ledger's proof of commitment, so there is no way round.
//! Left out on purpose: names of labels and roles. Those are the generated code's.

mod answers;
mod broadcast;
mod bytes;
mod clock;
mod corner;
mod credit;
mod desk;
mod error;
mod far;
mod fork;
mod held;
mod lane;
mod line;
mod near;

mod port;
mod receipts;
mod room;
mod seal;
mod seat;
mod send;
mod shortcut;
mod step;
mod take;
mod taken;
#[cfg(test)]
mod tests;
mod verdict;
mod wakers;
mod watch;

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

pub use self::{
    answers::{Answers, IntoIter, Member, Peers},
    clock::{Clock, Sleep},
    error::{LocalError, Refused, SessionError, Unsent},
    fork::Threads,
    held::Held,
    room::{Room, RoomError},
    step::{Branching, Hearing, Receiving, Sending},
    taken::Taken,
};
use self::{bytes::Bytes, clock::Time};
pub(crate) use self::{
    corner::{Corner, Half},
    desk::Desk,
    line::{Line, Next, Outlet},
    port::Port,
    seat::Seat,
};
use crate::{
    export::Compiled,
    fact::Fact,
    machine::{LabelId, MachineId, MessageRow, Protocol, RoleId, StateId},
};

/// A compiled protocol, as a type. Implemented by generated code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a compiled protocol",
    label = "not a protocol",
    note = "`aura_choreography!` and `aura_protocol!` make a type of each protocol, named as the protocol is"
)]
pub trait Choreography: Sized + Send + 'static {
    /// One variant for each label's payload.
    type Message: Send + 'static;

    /// That a compiler made it.
    #[doc(hidden)]
    const COMPILED: Compiled;

    /// The tables.
    fn protocol() -> &'static Protocol;

    /// The message that `payload` holds under `label`; `None` where it is not one, to the last byte.
    fn decode(label: LabelId, payload: &[u8]) -> Option<Self::Message>;

    /// The postcard bytes of a message's payload, or why there are none.
    fn encode(message: &Self::Message) -> Result<Vec<u8>, String>;

    /// The label of a message.
    fn label(message: &Self::Message) -> LabelId;

    /// The postcard bytes of a named field: for facts that keep it and capabilities over it.
    fn field(message: &Self::Message, name: &str) -> Option<Vec<u8>> {
        let _ = (message, name);
        None
    }
}

/// A role of a protocol, a named member of a family, the other members of one, or a thread, as a
/// type. Implemented by generated code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a role of a compiled protocol",
    label = "not a role",
    note = "`aura_choreography!` and `aura_protocol!` make a type of each role, beside the protocol's"
)]
pub trait Role: Sized + Send + 'static {
    /// The protocol.
    type Of: Choreography;
    /// The state that a session starts in.
    type Start<'s>: Position<'s, Self::Of>;
    /// One variant for each state.
    type At<'s>;
    /// The role's position in the tables.
    const ROLE: RoleId;
    /// Its local type's position in the tables.
    const MACHINE: MachineId;
    /// That a compiler made it.
    #[doc(hidden)]
    const COMPILED: Compiled;

    /// The typed state with this number.
    fn at(state: StateId, held: Held<'_, Self::Of>) -> Self::At<'_>;
}

/// A state of a role's local type, or what may come behind a round, as a type. Implemented by
/// generated code; what is placed comes from a [`Session`] alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state of a role",
    label = "not a state",
    note = "states are the structs in the role's module; a session gives the first one with `start`"
)]
pub trait Position<'s, P: Choreography>: Sized {
    /// Wraps what the runtime holds at this state.
    fn place(held: Held<'s, P>) -> Self;
}

/// A wire label, as a type. Implemented by generated code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a label of a compiled protocol",
    label = "not a label",
    note = "labels are the types in the module `label` of the protocol"
)]
pub trait Label: 'static {
    /// The protocol.
    type Of: Choreography;
    /// What the label carries.
    type Payload: Send + 'static;

    /// The payload of a message that carries this label.
    fn open(message: <Self::Of as Choreography>::Message) -> Option<Self::Payload>;
}

/// Decodes a payload: all of the bytes, or nothing. Generated code calls it.
pub fn decode_payload<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

/// Encodes a payload. Generated code calls it.
pub fn encode_payload<T: Serialize>(payload: &T) -> Result<Vec<u8>, String> {
    postcard::serialize_with_flavor(payload, Bytes::new()).map_err(|error| error.to_string())
}

/// Encodes a field. Generated code calls it.
pub fn encode_field<T: Serialize>(field: &T) -> Option<Vec<u8>> {
    postcard::to_stdvec(field).ok()
}

/// The bytes of a frame: the facts that ride with the message, if any may, and the payload.
fn payload<M>(
    row: &MessageRow,
    message: &M,
    riding: &[Fact],
    encode: fn(&M) -> Result<Vec<u8>, String>,
) -> Result<Vec<u8>, String> {
    let payload = encode(message)?;
    if !row.journal_merge {
        return Ok(payload);
    }
    let mut bytes = encode_payload(&riding)?;
    bytes.extend(payload);
    Ok(bytes)
}

/// The facts that ride in a frame, and the payload behind them; `None` where they are none.
fn riding<'a>(row: &MessageRow, bytes: &'a [u8]) -> Option<(Vec<Fact>, &'a [u8])> {
    let (_, bytes) = receipts::split(row, bytes)?;
    if row.journal_merge {
        return postcard::take_from_bytes(bytes).ok();
    }
    Some((Vec::new(), bytes))
}

/// One role's side of one run of a protocol.
///
/// It owns the rumpsteak role value and never shows it. At most one typed state exists at a time,
/// because a state borrows the session.
pub struct Session<R: Role> {
    seat: Seat<R::Of>,
}

impl<R: Role> std::fmt::Debug for Session<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("seat", &self.seat).finish()
    }
}

impl<R: Role> Session<R> {
    pub(crate) fn new(seat: Seat<R::Of>) -> Self {
        // A seal is looked at where it is used, so that a wrong one does not compile.
        let Compiled { .. } = <R::Of as Choreography>::COMPILED;
        let Compiled { .. } = R::COMPILED;
        Self { seat }
    }

    /// Runs the session's timers on another clock. Without, they run on tokio's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.seat.set_time(&Time::Given(clock));
        self
    }

    /// Which member of its family sits here.
    pub fn member(&self) -> Member<R> {
        Member::new(self.seat.desk.seating().member())
    }

    /// The members of the family `Q`.
    pub fn peers<Q: Role<Of = R::Of>>(&self) -> Peers<Q> {
        let seating = self.seat.desk.seating();
        let members = (0..seating.members(Q::ROLE))
            .filter_map(|member| seating.authority_of(seating.seat_of(Q::ROLE, member)?));
        Peers::new(members.collect())
    }

    /// The first state. Fails with [`SessionError::Moved`] once a step was taken.
    pub fn start(&mut self) -> Result<R::Start<'_>, SessionError> {
        if self.seat.position().is_none() || self.seat.walk.steps() > 0 || self.seat.forked {
            return Err(SessionError::Moved);
        }
        let now = self.seat.time.now();
        self.seat.walk.pass(now);
        Ok(R::Start::place(Held::enter(&mut self.seat)))
    }

    /// The state that the session is in, after a step whose future was dropped or that failed. If a
    /// send is still on its way to the journal, it waits for the outcome.
    pub async fn resume(&mut self) -> R::At<'_> {
        // A write that failed has left the state where it was, and the message with its sender.
        let _ = self.seat.settle().await;
        if self.seat.forked {
            self.seat.settle_threads().await;
        }
        let now = self.seat.time.now();
        self.seat.walk.pass(now);
        R::at(self.seat.walk.state(), Held::enter(&mut self.seat))
    }
}

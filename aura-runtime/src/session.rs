//! Typed sessions: the states that generated code wraps, over `rumpsteak` session types.
//!
//! In: a seat in a session, from a [`Room`] (parties in one process) or a node (parties elsewhere).
//! Out: the current state, typed; each step consumes it and gives the next. A send passes the guard
//! chain first and gives the next state, or [`Refused`] with the same state, or a fatal error.
//! What holds: the rumpsteak role value stays inside [`Session`], and what a rumpsteak channel
//! carries can only be made from the ledger's proof of commitment, so there is no way round.
//! Left out on purpose: names of labels and roles. Those are the generated code's.

mod credit;
mod desk;
mod error;
mod held;
mod line;
mod party;
mod port;
mod room;
mod seal;
mod send;

use serde::{Serialize, de::DeserializeOwned};

pub(crate) use self::{
    desk::{Desk, Peer},
    line::{Line, Next, Outlet},
    party::Party,
    port::Port,
};
pub use self::{
    error::{Refused, SessionError, Unsent},
    held::{Arrival, Held},
    room::{Room, RoomError},
};
use crate::machine::{LabelId, Protocol, RoleId, StateId};

/// A compiled protocol, as a type. Implemented by generated code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a compiled protocol",
    label = "not a protocol",
    note = "`aura_choreography!` and `aura_protocol!` make a type of each protocol, named as the protocol is"
)]
pub trait Choreography: Sized + Send + 'static {
    /// One variant for each label's payload.
    type Message: Send + 'static;

    /// The tables.
    fn protocol() -> &'static Protocol;

    /// The message that `payload` holds under `label`; `None` where it is not one, to the last byte.
    fn decode(label: LabelId, payload: &[u8]) -> Option<Self::Message>;
}

/// A role of a protocol, as a type. Implemented by generated code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a role of a compiled protocol",
    label = "not a role",
    note = "`aura_choreography!` and `aura_protocol!` make a type of each role, beside the protocol's"
)]
pub trait Role: Sized + Send + 'static {
    /// The protocol.
    type Of: Choreography;
    /// The state that a session starts in.
    type Start<'s>: Position<'s, Role = Self>;
    /// One variant for each state.
    type At<'s>;
    /// The role's position in the tables.
    const ROLE: RoleId;

    /// The typed state with this number.
    fn at(state: StateId, held: Held<'_, Self>) -> Self::At<'_>;
}

/// A state of a role's local type, as a type. Implemented by generated code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state of a role",
    label = "not a state",
    note = "states are the structs in the role's module; a session gives the first one with `start`"
)]
pub trait Position<'s>: Sized {
    /// Whose state it is.
    type Role: Role;
    /// The state's number in the role's machine.
    const STATE: StateId;

    /// Wraps what the runtime holds at this state.
    fn place(held: Held<'s, Self::Role>) -> Self;
}

/// A wire label, as a type. Implemented by generated code.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a label of a compiled protocol",
    label = "not a label",
    note = "labels are the types in the module `label` of the protocol"
)]
pub trait Label: Send + 'static {
    /// The protocol.
    type Of: Choreography;
    /// What the label carries.
    type Payload: Serialize + DeserializeOwned + Send + 'static;
    /// The label's position in the tables.
    const LABEL: LabelId;

    /// The payload as a message of the protocol.
    fn wrap(payload: Self::Payload) -> <Self::Of as Choreography>::Message;

    /// The payload of a message, if it carries this label; else the message again.
    fn unwrap(
        message: <Self::Of as Choreography>::Message,
    ) -> Result<Self::Payload, <Self::Of as Choreography>::Message>;

    /// The postcard bytes of a named field: for facts that keep it and capabilities over it.
    fn field(payload: &Self::Payload, name: &str) -> Option<Vec<u8>> {
        let _ = (payload, name);
        None
    }
}

/// Decodes a payload: all of the bytes, or nothing. Generated code calls it.
pub fn decode_payload<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

/// Encodes a field. Generated code calls it.
pub fn encode_field<T: Serialize>(field: &T) -> Option<Vec<u8>> {
    postcard::to_stdvec(field).ok()
}

/// One role's side of one run of a protocol.
///
/// It owns the rumpsteak role value and never shows it. At most one typed state exists at a time,
/// because a state borrows the session.
pub struct Session<R: Role> {
    party: Party<R>,
    desk: Desk<R::Of>,
}

impl<R: Role> std::fmt::Debug for Session<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

impl<R: Role> Session<R> {
    pub(crate) fn new(party: Party<R>, desk: Desk<R::Of>) -> Self {
        Self { party, desk }
    }

    /// The first state. Fails with [`SessionError::Moved`] once a step was taken.
    pub fn start(&mut self) -> Result<R::Start<'_>, SessionError> {
        match self.desk.position() {
            Some(StateId::START) => Ok(R::Start::place(Held::enter(
                &mut self.party,
                &mut self.desk,
            ))),
            _ => Err(SessionError::Moved),
        }
    }

    /// The state that the session is in, after a step whose future was dropped or that failed. If a
    /// send is still on its way to the journal, it waits for the outcome.
    pub async fn resume(&mut self) -> R::At<'_> {
        // A write that failed has left the state where it was, and the message with its sender.
        let _ = self.desk.settle().await;
        R::at(
            self.desk.state(),
            Held::enter(&mut self.party, &mut self.desk),
        )
    }
}

//! What can be wrong with a frame, field by field.

use crate::{identity::SeatId, machine::LabelId, receipt::ReceiptError};

/// What is wrong with a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// Shorter than its header or than its length says.
    #[error("the frame is cut short: {have} of {want} bytes")]
    Truncated {
        /// Bytes there.
        have: usize,
        /// Bytes needed.
        want: usize,
    },
    /// Longer than its length says.
    #[error("{extra} bytes follow the frame")]
    Trailing {
        /// Bytes too many.
        extra: usize,
    },
    /// Beyond the cap; nothing was allocated for it.
    #[error("a payload of {length} bytes is beyond the cap of {cap}")]
    Oversized {
        /// The length claimed.
        length: u32,
        /// The cap.
        cap: u32,
    },
    /// A kind that this version does not know, or that has no place here.
    #[error("a frame of kind {0} has no place here")]
    Kind(u8),
    /// For another session.
    #[error("the frame is for route {found}, this is {expected:?}")]
    Session {
        /// This session's route; none before the handshake.
        expected: Option<u32>,
        /// The route in the frame.
        found: u32,
    },
    /// The seat is not one that the connection's authority holds.
    #[error("{found:?} is not {expected:?}, who holds the connection")]
    Seat {
        /// The seat that this channel belongs to.
        expected: SeatId,
        /// The seat in the frame.
        found: SeatId,
    },
    /// A branch that the state does not have.
    #[error("there is no branch {0}")]
    Branch(u8),
    /// Seen before.
    #[error("frame {found} was seen before, {expected} is next")]
    Replayed {
        /// The next number.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// Ahead of its turn.
    #[error("frame {found} came before {expected}")]
    Reordered {
        /// The next number.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// It acknowledges what was never sent.
    #[error("it acknowledges {found}, and {sent} were sent")]
    Ack {
        /// Frames sent.
        sent: u32,
        /// The number found.
        found: u32,
    },
    /// The label is not one that this peer ever sends to this role.
    #[error("label {0:?} is not one that this peer sends to this role")]
    Label(LabelId),
    /// The label does not belong to this context.
    #[error("label {label:?} does not belong to context {context}")]
    Context {
        /// The label.
        label: LabelId,
        /// The context in the frame.
        context: u16,
    },
    /// The local type does not expect it now.
    #[error("`{found}` is not expected now, but one of {expected:?}")]
    Unexpected {
        /// The label that arrived.
        found: &'static str,
        /// Labels that the state takes from this peer.
        expected: Vec<&'static str>,
    },
    /// The payload is not one of this label.
    #[error("the payload is not one of `{0}`")]
    Payload(&'static str),
    /// The receipt that came with a message does not hold, or has been used.
    #[error("the receipt of `{message}` does not hold: {cause}")]
    Receipt {
        /// The message's wire label.
        message: &'static str,
        /// What is wrong.
        cause: ReceiptError,
    },
    /// More frames than the window allows.
    #[error("more than {0} frames are waiting")]
    Overrun(u32),
    /// After the peer had closed.
    #[error("the peer had closed its side")]
    Closed,
}

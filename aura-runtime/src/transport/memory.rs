//! Connections within a process: two ends of a pipe.

use tokio::io::duplex;

use super::{Connection, Side};
use crate::identity::AuthorityId;

/// Bytes that a pipe holds before a writer waits.
const PIPE: usize = 256 << 10;

/// A connection between two authorities: the end that `dialling` holds, and the end that `accepting`
/// holds.
pub fn pair(dialling: AuthorityId, accepting: AuthorityId) -> (Connection, Connection) {
    let (near, far) = duplex(PIPE);
    (
        Connection {
            peer: accepting,
            side: Side::Dialled,
            stream: Box::new(near),
        },
        Connection {
            peer: dialling,
            side: Side::Accepted,
            stream: Box::new(far),
        },
    )
}

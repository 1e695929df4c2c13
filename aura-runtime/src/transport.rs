//! Byte streams to peers whose name is known.
//!
//! A transport yields a [`Connection`]: a stream, and the authority at its other end as the transport
//! has proved it. Everything above trusts that name and nothing else about the peer. Left out on
//! purpose: frames and sessions, which are the node's.

#[cfg(feature = "tcp")]
mod lobby;
pub mod memory;
#[cfg(feature = "tcp")]
pub mod tcp;
#[cfg(feature = "tls")]
pub mod tls;

use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::identity::AuthorityId;

/// What a connection reads from and writes to.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Which end of a connection this is. The two ends number sessions from disjoint sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This end connected.
    Dialled,
    /// This end accepted.
    Accepted,
}

/// A stream to a peer.
pub struct Connection {
    /// Who is at the other end.
    pub peer: AuthorityId,
    /// Which end this is.
    pub side: Side,
    /// The bytes.
    pub stream: Box<dyn Stream>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The network said no.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The peer is somebody, but nobody who is known here.
    #[error("the peer's certificate is not bound to an authority")]
    Unknown,
    /// The peer is somebody else.
    #[error("{found:?} answered where {expected:?} was called")]
    Impostor {
        /// Who was called.
        expected: AuthorityId,
        /// Who answered.
        found: AuthorityId,
    },
    /// Nobody will connect here any more.
    #[error("the network is closed")]
    Closed,
    /// Certificates or keys that cannot be used.
    #[error("{0}")]
    Setup(String),
}

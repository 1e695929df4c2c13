//! TCP as it is: no proof of who is there. For tests, and below transports that bring the proof.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where sockets are opened"
)]

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};

use super::{Connection, Side, TransportError};
use crate::identity::AuthorityId;

/// Connects; the caller vouches that `peer` is who listens there.
pub async fn connect(address: SocketAddr, peer: AuthorityId) -> Result<Connection, TransportError> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(Connection {
        peer,
        side: Side::Dialled,
        stream: Box::new(stream),
    })
}

/// Accepts one connection; the caller vouches that `peer` is who connects.
pub async fn accept(
    listener: &TcpListener,
    peer: AuthorityId,
) -> Result<Connection, TransportError> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(Connection {
        peer,
        side: Side::Accepted,
        stream: Box::new(stream),
    })
}

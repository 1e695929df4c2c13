//! TCP as it is: no proof of who is there. For tests, and below transports that bring the proof.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where sockets are opened"
)]

use std::{collections::BTreeMap, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{Connection, Side, TransportError, lobby::Lobby};
use crate::{effects::network::NetworkEffects, identity::AuthorityId};

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

/// A network of sockets on which everyone says who they are and is believed.
#[derive(Debug)]
pub struct TcpNetwork {
    me: AuthorityId,
    lobby: Lobby,
    addresses: BTreeMap<AuthorityId, SocketAddr>,
}

impl TcpNetwork {
    /// The side of `me`, who listens here and knows where others do.
    pub fn new(
        me: AuthorityId,
        listener: TcpListener,
        addresses: BTreeMap<AuthorityId, SocketAddr>,
    ) -> Self {
        Self {
            me,
            lobby: Lobby::new(listener),
            addresses,
        }
    }
}

impl NetworkEffects for TcpNetwork {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        let address = self.addresses.get(&peer).ok_or(TransportError::Unknown)?;
        let mut connection = connect(*address, peer).await?;
        connection.stream.write_all(&self.me.0).await?;
        Ok(connection)
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        let claimed = |mut stream: TcpStream| async move {
            let mut peer = AuthorityId([0; 32]);
            stream.read_exact(&mut peer.0).await?;
            Ok(Connection {
                peer,
                side: Side::Accepted,
                stream: Box::new(stream),
            })
        };
        self.lobby.next(claimed).await
    }
}

//! Connections within a process: two ends of a pipe.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::duplex,
    sync::{Mutex as AsyncMutex, mpsc},
};

use super::{Connection, Side, TransportError};
use crate::{effects::network::NetworkEffects, identity::AuthorityId};

/// Bytes that a pipe holds before a writer waits.
const PIPE: usize = 256 << 10;

/// Connections that wait to be accepted.
const BACKLOG: usize = 64;

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

/// A network within a process. Clones are the same network.
#[derive(Clone, Debug, Default)]
pub struct Hub {
    doors: Arc<Mutex<BTreeMap<AuthorityId, mpsc::Sender<Connection>>>>,
}

impl Hub {
    /// A network that nobody is on.
    pub fn new() -> Self {
        Self::default()
    }

    /// The place of `authority` on the network; who had it before accepts no more.
    pub fn seat(&self, authority: AuthorityId) -> MemoryNetwork {
        let (door, arrivals) = mpsc::channel(BACKLOG);
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.insert(authority, door);
        MemoryNetwork {
            authority,
            hub: self.clone(),
            arrivals: AsyncMutex::new(arrivals),
        }
    }

    /// A place for `authority` from which it can only dial.
    pub fn caller(&self, authority: AuthorityId) -> MemoryNetwork {
        let (_, arrivals) = mpsc::channel(1);
        MemoryNetwork {
            authority,
            hub: self.clone(),
            arrivals: AsyncMutex::new(arrivals),
        }
    }

    fn door(&self, authority: AuthorityId) -> Option<mpsc::Sender<Connection>> {
        let doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.get(&authority).cloned()
    }
}

/// One authority's place on a [`Hub`].
#[derive(Debug)]
pub struct MemoryNetwork {
    authority: AuthorityId,
    hub: Hub,
    arrivals: AsyncMutex<mpsc::Receiver<Connection>>,
}

impl NetworkEffects for MemoryNetwork {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        let door = self.hub.door(peer).ok_or(TransportError::Unknown)?;
        let (near, far) = pair(self.authority, peer);
        door.send(far).await.map_err(|_| TransportError::Closed)?;
        Ok(near)
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        let mut arrivals = self.arrivals.lock().await;
        arrivals.recv().await.ok_or(TransportError::Closed)
    }
}

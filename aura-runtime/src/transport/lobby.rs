//! Where connections wait until it is known who they are from.
//!
//! Each proves itself in a task of its own, in bounded number and time, so that one that is silent
//! holds up nobody.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where sockets are accepted"
)]

use std::{future::Future, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Mutex,
    task::JoinSet,
    time::timeout,
};

use super::{Connection, TransportError};

/// Connections that prove themselves at once.
const PLACES: usize = 256;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Lobby {
    listener: TcpListener,
    waiting: Mutex<JoinSet<Result<Connection, TransportError>>>,
}

impl Lobby {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            waiting: Mutex::new(JoinSet::new()),
        }
    }

    /// The next connection that has proved itself, or the error of one that has not. Nothing is lost
    /// when the future is dropped.
    pub(super) async fn next<F>(
        &self,
        prove: impl Fn(TcpStream) -> F,
    ) -> Result<Connection, TransportError>
    where
        F: Future<Output = Result<Connection, TransportError>> + Send + 'static,
    {
        let mut waiting = self.waiting.lock().await;
        loop {
            let is_full = waiting.len() >= PLACES;
            tokio::select! {
                Some(proved) = waiting.join_next() => {
                    return proved.unwrap_or_else(|error| Err(std::io::Error::other(error).into()));
                }
                accepted = self.listener.accept(), if !is_full => {
                    let (stream, _) = accepted?;
                    stream.set_nodelay(true)?;
                    let proof = prove(stream);
                    waiting.spawn(async move {
                        let proved = timeout(PATIENCE, proof).await;
                        proved.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
                    });
                }
            }
        }
    }
}

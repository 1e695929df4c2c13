//! Reaching peers: the one effect that yields connections.
//!
//! A network dials whom it is told to and accepts whoever comes; in both cases it has proved who is
//! at the other end. Left out on purpose: what is said on a connection.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use crate::{
    identity::AuthorityId,
    transport::{Connection, TransportError},
};

/// Connections to peers and from them.
pub trait NetworkEffects: Send + Sync + 'static {
    /// A new connection to `peer`, which has proved to be there.
    fn dial(
        &self,
        peer: AuthorityId,
    ) -> impl Future<Output = Result<Connection, TransportError>> + Send;

    /// The next connection that somebody makes to this side. An error concerns one attempt, unless
    /// it is [`TransportError::Closed`].
    fn accept(&self) -> impl Future<Output = Result<Connection, TransportError>> + Send;
}

type Connecting<'a> = Pin<Box<dyn Future<Output = Result<Connection, TransportError>> + Send + 'a>>;

/// The same, for stacks that choose their network at run time.
trait Erased: Send + Sync {
    fn dial(&self, peer: AuthorityId) -> Connecting<'_>;
    fn accept(&self) -> Connecting<'_>;
}

impl<N: NetworkEffects> Erased for N {
    fn dial(&self, peer: AuthorityId) -> Connecting<'_> {
        Box::pin(NetworkEffects::dial(self, peer))
    }

    fn accept(&self) -> Connecting<'_> {
        Box::pin(NetworkEffects::accept(self))
    }
}

/// Any network, shared.
///
/// ```
/// use aura_runtime::{effects::network::{AnyNetwork, NetworkEffects}, identity::Identity, transport::memory::Hub};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (a, b) = (Identity::from_seed([1; 32]).id(), Identity::from_seed([2; 32]).id());
/// let hub = Hub::new();
/// let (near, far) = (AnyNetwork::new(hub.seat(a)), AnyNetwork::new(hub.seat(b)));
/// let dialled = near.dial(b).await?;
/// assert_eq!((dialled.peer, far.accept().await?.peer), (b, a));
/// # Ok::<(), aura_runtime::transport::TransportError>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct AnyNetwork(Arc<dyn Erased>);

impl AnyNetwork {
    /// Erases the type of a network.
    pub fn new(network: impl NetworkEffects) -> Self {
        Self(Arc::new(network))
    }
}

impl fmt::Debug for AnyNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyNetwork")
    }
}

impl NetworkEffects for AnyNetwork {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        self.0.dial(peer).await
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        self.0.accept().await
    }
}

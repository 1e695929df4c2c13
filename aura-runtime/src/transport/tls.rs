//! TCP with mutual TLS 1.3: both ends show a certificate, and a certificate is bound to an authority.
//!
//! Trust is either a list of pinned certificates or a private CA whose names are bound to
//! authorities. A certificate that is valid but bound to nobody is refused, and so is one that is
//! bound to somebody else than was called.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where sockets are opened"
)]

mod verify;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use zeroize::Zeroizing;

use self::verify::Pins;
use super::{Connection, Side, Stream, TransportError, lobby::Lobby};
use crate::{effects::network::NetworkEffects, identity::AuthorityId};

/// Which certificates are accepted, and whose they are.
#[derive(Clone, Debug)]
pub enum Trust {
    /// These certificates and no others.
    Pinned(Vec<(CertificateDer<'static>, AuthorityId)>),
    /// Certificates that these roots have signed, for these DNS names.
    PrivateCa {
        /// The roots.
        roots: Vec<CertificateDer<'static>>,
        /// Whose each name is.
        names: BTreeMap<String, AuthorityId>,
    },
}

/// One authority's side of mutual TLS.
pub struct Tls {
    connector: TlsConnector,
    acceptor: TlsAcceptor,
    trust: Trust,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// A side that shows `chain` and accepts what `trust` names. The bytes of the key are erased once they
    /// are read, also where they are refused; what signs is `ring`'s, which keeps its own form of the key
    /// as long as the side lives.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        trust: Trust,
    ) -> Result<Self, TransportError> {
        let setup = |error: &dyn std::fmt::Display| TransportError::Setup(error.to_string());
        let key = Zeroizing::new(key);
        let signer = any_supported_type(&key).map_err(|error| setup(&error))?;
        let shown = CertifiedKey::new(chain, signer);
        shown.keys_match().map_err(|error| setup(&error))?;
        let shown = Arc::new(SingleCertAndKey::from(shown));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = &[&rustls::version::TLS13];
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .map_err(|error| setup(&error))?;
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .map_err(|error| setup(&error))?;
        let (client, server) = match &trust {
            Trust::Pinned(pins) => {
                let certificates = pins.iter().map(|(certificate, _)| certificate.clone());
                let pins = Arc::new(Pins::new(certificates, &provider));
                let client = client
                    .dangerous()
                    .with_custom_certificate_verifier(pins.clone());
                (client, server.with_client_cert_verifier(pins))
            }
            Trust::PrivateCa { roots, .. } => {
                let mut store = RootCertStore::empty();
                for root in roots {
                    store.add(root.clone()).map_err(|error| setup(&error))?;
                }
                let store = Arc::new(store);
                let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(
                    Arc::clone(&store),
                    provider,
                );
                let clients = clients.build().map_err(|error| setup(&error))?;
                (
                    client.with_root_certificates(store),
                    server.with_client_cert_verifier(clients),
                )
            }
        };
        let client = client.with_client_cert_resolver(shown.clone());
        let server = server.with_cert_resolver(shown);
        Ok(Self {
            connector: TlsConnector::from(Arc::new(client)),
            acceptor: TlsAcceptor::from(Arc::new(server)),
            trust,
        })
    }

    /// Connects to `peer`, who must show a certificate bound to it.
    pub async fn connect(
        &self,
        address: SocketAddr,
        peer: AuthorityId,
    ) -> Result<Connection, TransportError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        self.call(stream, self.name_of(peer, address.ip())?, peer)
            .await
    }

    /// As [`Self::connect`], over a stream that is there already: a tunnel, a proxy's, a pipe.
    pub async fn connect_over(
        &self,
        stream: impl Stream + 'static,
        peer: AuthorityId,
    ) -> Result<Connection, TransportError> {
        let name = self.name_of(peer, Ipv4Addr::UNSPECIFIED.into())?;
        self.call(stream, name, peer).await
    }

    async fn call(
        &self,
        stream: impl Stream + 'static,
        name: ServerName<'static>,
        peer: AuthorityId,
    ) -> Result<Connection, TransportError> {
        let stream = self.connector.connect(name, stream).await?;
        let found = self.authority(stream.get_ref().1.peer_certificates())?;
        if found != peer {
            return Err(TransportError::Impostor {
                expected: peer,
                found,
            });
        }
        Ok(Connection {
            peer,
            side: Side::Dialled,
            stream: Box::new(stream),
        })
    }

    /// Accepts one connection from whoever shows a certificate bound to an authority. An error
    /// concerns that one attempt; the listener goes on.
    pub async fn accept(&self, listener: &TcpListener) -> Result<Connection, TransportError> {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        self.accept_over(stream).await
    }

    /// As [`Self::accept`], over a stream that is there already.
    pub async fn accept_over(
        &self,
        stream: impl Stream + 'static,
    ) -> Result<Connection, TransportError> {
        let stream = self.acceptor.accept(stream).await?;
        let peer = self.authority(stream.get_ref().1.peer_certificates())?;
        Ok(Connection {
            peer,
            side: Side::Accepted,
            stream: Box::new(stream),
        })
    }

    /// The name that the peer's certificate must have; pinned ones are compared whole instead.
    fn name_of(
        &self,
        peer: AuthorityId,
        address: IpAddr,
    ) -> Result<ServerName<'static>, TransportError> {
        let Trust::PrivateCa { names, .. } = &self.trust else {
            return Ok(ServerName::IpAddress(address.into()));
        };
        let name = names.iter().find(|(_, authority)| **authority == peer);
        let (name, _) = name.ok_or(TransportError::Unknown)?;
        ServerName::try_from(name.clone())
            .map_err(|error| TransportError::Setup(format!("{name}: {error}")))
    }

    fn authority(
        &self,
        chain: Option<&[CertificateDer<'_>]>,
    ) -> Result<AuthorityId, TransportError> {
        let shown = chain
            .and_then(<[_]>::first)
            .ok_or(TransportError::Unknown)?;
        match &self.trust {
            Trust::Pinned(pins) => {
                let found = pins.iter().find(|(pinned, _)| pinned == shown);
                found
                    .map(|(_, authority)| *authority)
                    .ok_or(TransportError::Unknown)
            }
            Trust::PrivateCa { names, .. } => {
                let shown = rustls::server::ParsedCertificate::try_from(shown)
                    .map_err(|_| TransportError::Unknown)?;
                let bound = names
                    .iter()
                    .filter(|(name, _)| verify::is_named(&shown, name));
                let mut authorities = bound.map(|(_, authority)| *authority);
                let first = authorities.next().ok_or(TransportError::Unknown)?;
                // A certificate that names two authorities proves neither.
                if authorities.any(|other| other != first) {
                    return Err(TransportError::Unknown);
                }
                Ok(first)
            }
        }
    }
}

/// A network of sockets under mutual TLS.
#[derive(Debug)]
pub struct TlsNetwork {
    side: Arc<Tls>,
    lobby: Lobby,
    addresses: BTreeMap<AuthorityId, SocketAddr>,
}

impl TlsNetwork {
    /// This side of mutual TLS, which listens here and knows where others do.
    pub fn new(
        side: Tls,
        listener: TcpListener,
        addresses: BTreeMap<AuthorityId, SocketAddr>,
    ) -> Self {
        Self {
            side: Arc::new(side),
            lobby: Lobby::new(listener),
            addresses,
        }
    }
}

impl NetworkEffects for TlsNetwork {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        let address = self.addresses.get(&peer).ok_or(TransportError::Unknown)?;
        self.side.connect(*address, peer).await
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        let prove = |stream| {
            let side = Arc::clone(&self.side);
            async move { side.accept_over(stream).await }
        };
        self.lobby.next(prove).await
    }
}

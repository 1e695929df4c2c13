//! The way to the server: under TLS if a file of roots was given, else in the clear.
//!
//! With roots nothing is ever said in the clear: the server's certificate must be signed by one of them,
//! and be for the host of the address, also where the address only prefers TLS. A server that offers none
//! is refused. Without roots nobody could tell one server from another, so an address that requires TLS
//! is refused, too. Left out on purpose: certificates of this side; the server knows it by its password.

use std::{path::Path, sync::Arc};

use postgres::{Client, Config, NoTls, config::SslMode};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::StoreError;

/// Connects as the address and the roots say.
pub(super) fn connect(config: &Config, roots: Option<&Path>) -> Result<Client, StoreError> {
    let Some(roots) = roots else {
        if config.get_ssl_mode() == SslMode::Require {
            return Err(StoreError::Io(
                "the address asks for TLS, and no file of roots says whom to trust".to_owned(),
            ));
        }
        return config.connect(NoTls).map_err(unreached);
    };
    if config.get_ssl_mode() == SslMode::Disable {
        return Err(StoreError::Io(
            "the address has TLS disabled, and a file of roots asks for it".to_owned(),
        ));
    }
    let mut config = config.clone();
    config.ssl_mode(SslMode::Require);
    let tls = MakeRustlsConnect::new(trusting(roots)?);
    config.connect(tls).map_err(unreached)
}

/// Nothing has been read yet that could be damaged.
fn unreached(error: postgres::Error) -> StoreError {
    match error.into() {
        StoreError::Corrupt(text) => StoreError::Io(text),
        other => other,
    }
}

fn trusting(roots: &Path) -> Result<ClientConfig, StoreError> {
    let said = |what: &dyn std::fmt::Display| {
        StoreError::Io(format!("the roots in {}: {what}", roots.display()))
    };
    let mut trusted = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(roots).map_err(|error| said(&error))? {
        let root = root.map_err(|error| said(&error))?;
        trusted.add(root).map_err(|error| said(&error))?;
    }
    if trusted.is_empty() {
        return Err(said(&"there is no certificate in it"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| said(&error))?;
    Ok(config.with_root_certificates(trusted).with_no_client_auth())
}

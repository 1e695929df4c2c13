//! Connections under mutual TLS within a process: no socket, so that time may be virtual.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use aura_runtime::{
    identity::AuthorityId,
    transport::{
        Connection,
        tls::{Tls, Trust},
    },
};
use rcgen::{CertifiedKey, KeyPair};
use tokio::io::duplex;

/// Each authority's certificate, made once: keys cost more than handshakes.
static CERTIFICATES: Mutex<BTreeMap<AuthorityId, CertifiedKey<KeyPair>>> =
    Mutex::new(BTreeMap::new());

/// Both ends of a connection, each of which has seen the other's certificate.
pub(crate) fn pair(dialling: AuthorityId, accepting: AuthorityId) -> (Connection, Connection) {
    let (near, far) = duplex(1 << 16);
    let (calling, called) = (side(dialling, accepting), side(accepting, dialling));
    let shaken = futures::executor::block_on(async {
        futures::try_join!(
            calling.connect_over(near, accepting),
            called.accept_over(far)
        )
    });
    shaken.unwrap()
}

fn side(me: AuthorityId, peer: AuthorityId) -> Tls {
    let mut known = CERTIFICATES.lock().unwrap_or_else(PoisonError::into_inner);
    for authority in [me, peer] {
        known.entry(authority).or_insert_with(|| {
            rcgen::generate_simple_self_signed(vec!["peer.aura".to_owned()]).unwrap()
        });
    }
    let pin = (known[&peer].cert.der().clone(), peer);
    let own = &known[&me];
    let key = own.signing_key.serialize_der().try_into().unwrap();
    let chain = vec![own.cert.der().clone()];
    Tls::new(chain, key, Trust::Pinned(vec![pin])).unwrap()
}

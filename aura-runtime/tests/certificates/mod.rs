//! Certificates of tests, and sides of mutual TLS that show them.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test uses the parts that it is about"
)]

use aura_runtime::transport::tls::{Tls, Trust};
use rcgen::{CertifiedKey, generate_simple_self_signed};

/// A certificate that nobody but itself has signed.
pub fn certificate(name: &str) -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(vec![name.to_owned()]).unwrap()
}

/// The side of whoever holds `mine`.
pub fn tls(mine: &CertifiedKey<rcgen::KeyPair>, trust: Trust) -> Tls {
    let key = mine.signing_key.serialize_der().try_into().unwrap();
    Tls::new(vec![mine.cert.der().clone()], key, trust).unwrap()
}

//! Certificates of tests, and sides of mutual TLS that show them.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test uses the parts that it is about"
)]

use aura_runtime::transport::tls::{Tls, Trust};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;

/// A certificate that nobody but itself has signed.
pub fn certificate(name: &str) -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(vec![name.to_owned()]).unwrap()
}

/// The side of whoever holds `mine`.
pub fn tls(mine: &CertifiedKey<rcgen::KeyPair>, trust: Trust) -> Tls {
    let key = mine.signing_key.serialize_der().try_into().unwrap();
    Tls::new(vec![mine.cert.der().clone()], key, trust).unwrap()
}

/// A private CA: its root, and what issues certificates for names.
pub fn authority() -> (
    CertificateDer<'static>,
    impl Fn(&str) -> CertifiedKey<rcgen::KeyPair>,
) {
    let root_key = rcgen::KeyPair::generate().unwrap();
    let mut root = rcgen::CertificateParams::new(vec![]).unwrap();
    root.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = root.self_signed(&root_key).unwrap().der().clone();
    let issuer = rcgen::Issuer::new(root, root_key);
    let issue = move |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        CertifiedKey {
            cert: params.signed_by(&key, &issuer).unwrap(),
            signing_key: key,
        }
    };
    (certificate, issue)
}

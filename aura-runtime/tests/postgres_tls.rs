//! The journal in a `PostgreSQL` server that is reached under TLS: the server is known by whom its
//! certificate is signed by and for which host it is, and nothing is said in the clear instead.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that start programs"
)]

mod certificates;
mod cluster;

use std::{fs, path::Path, process::Command, time::Duration};

use aura_runtime::{
    identity::{AuthorityId, ContextId},
    store::{Archive as _, PostgresOptions, PostgresStore, Record, Store as _, StoreError, audit},
};
use cluster::Server;
use rustls::pki_types::CertificateDer;

fn pem(certificate: &CertificateDer<'_>) -> String {
    let digits = base64(certificate);
    let lines = digits.as_bytes().chunks(64);
    let lines = lines.map(|line| std::str::from_utf8(line).unwrap());
    let body = lines.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

/// As RFC 4648 has it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let group = u32::from_be_bytes(group);
        for at in 0..4u32 {
            let digit = group >> (18 - 6 * at) & 63;
            let is_there = at as usize <= chunk.len();
            text.push(if is_there {
                char::from(DIGITS[digit as usize])
            } else {
                '='
            });
        }
    }
    text
}

fn open(url: &str, roots: Option<&Path>) -> Result<PostgresStore, StoreError> {
    let options = PostgresOptions {
        patience: Duration::ZERO,
        roots: roots.map(Path::to_owned),
        ..PostgresOptions::default()
    };
    PostgresStore::open(url, options)
}

fn refused(url: &str, roots: Option<&Path>, words: &str) {
    let error = open(url, roots).err().unwrap();
    assert!(matches!(error, StoreError::Io(_)), "{error}");
    assert!(error.to_string().contains(words), "{url}: {error}");
}

const CLEAR: &str = "host all all 127.0.0.1/32 trust\n";
const UNDER_TLS: &str = "hostssl all all 127.0.0.1/32 trust\n";

#[test]
fn a_server_is_reached_under_tls_or_not_at_all() {
    let Some(server) = Server::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (root, issue) = certificates::authority();
    let (stranger, _) = certificates::authority();
    let [roots, others, empty] =
        ["roots.pem", "others.pem", "empty.pem"].map(|name| folder.path().join(name));
    fs::write(&roots, format!("{}{}", pem(&stranger), pem(&root))).unwrap();
    fs::write(&others, pem(&stranger)).unwrap();
    fs::write(&empty, "nothing\n").unwrap();

    let clear = server.url();
    let named = format!(
        "host=db.aura hostaddr=127.0.0.1 port={} user=postgres dbname=postgres",
        server.port
    );
    // A server that offers no TLS gets nothing in the clear, whatever the address prefers.
    for url in [
        clear.clone(),
        format!("{clear}?sslmode=prefer"),
        named.clone(),
    ] {
        refused(&url, Some(&roots), "TLS");
    }
    refused(&format!("{clear}?sslmode=require"), None, "asks for TLS");
    refused(
        &format!("{clear}?sslmode=disable"),
        Some(&roots),
        "has TLS disabled",
    );
    drop(open(&clear, None).unwrap());

    let made = issue("db.aura");
    server.write("server.crt", &pem(made.cert.der()));
    server.write("server.key", &made.signing_key.serialize_pem());
    server.write("pg_hba.conf", UNDER_TLS);
    server.down("fast");
    server.configure("ssl = on");
    server.up();

    // The server itself refuses what is in the clear, so whoever is let in is under TLS.
    refused(&clear, None, "no encryption");
    let mut store = open(&named, Some(&roots)).unwrap();
    let budget = Record::Budget {
        context: ContextId([2; 32]),
        peer: AuthorityId([6; 32]),
        epoch: 1,
        limit: 100,
    };
    store.commit(&[budget]).unwrap();
    assert_eq!(audit(&mut store), []);
    assert_eq!(store.cells().unwrap().len(), 1);
    drop(store);
    drop(open(&format!("{named} sslmode=require"), Some(&roots)).unwrap());

    // Signed by somebody else; for another host; no certificate at all.
    refused(&named, Some(&others), "certificate");
    refused(&clear, Some(&roots), "certificate");
    refused(&named, Some(&empty), "no certificate in it");
    refused(&named, Some(&folder.path().join("none.pem")), "none.pem");

    let program = |roots: &Path| {
        let address = format!(
            "postgresql://postgres@db.aura:{}/postgres?hostaddr=127.0.0.1",
            server.port
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_aura-journal"));
        command.args(["verify", &address, "--roots"]).arg(roots);
        command.output().unwrap()
    };
    let verified = program(&roots);
    let said = String::from_utf8_lossy(&verified.stdout);
    assert!(
        verified.status.success() && said.contains("whole"),
        "{verified:?}"
    );
    assert_eq!(program(&others).status.code(), Some(3));

    // The same server, for connections of the machine.
    server.write("pg_hba.conf", CLEAR);
    server.down("fast");
    server.up();
    drop(open(&clear, None).unwrap());
    refused(&clear, Some(&roots), "certificate");
}

//! Key material: erased where it stood when it is dropped, printed by nothing, and without the traits by
//! which it could get out or be compared in a time that tells how much of it is right.
//!
//! What was dropped in place is read back through the system's view of this process. Copies that a move
//! leaves on the stack are nobody's to erase, and are not looked for.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that read their own memory"
)]

use std::{
    env,
    fmt::{Debug, Display},
    fs::{self, File},
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    sync::Arc,
};

use aura_runtime::{
    effects::{
        crypto::KeyedCrypto,
        record::Tape,
        storage::{
            EncryptedFiles, EnvironmentKey, FixedKey, Key, KeyFile, KeyProvider, Passphrase,
        },
    },
    identity::Identity,
    ledger::Ledger,
    store::SqliteStore,
    transport::tls::{Tls, Trust},
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::Serialize;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Does not compile where the type has the trait.
macro_rules! lacks {
    ($type:ty: $($trait:path),+) => {$(
        const _: () = {
            trait Asked<Answer> {
                fn ask() {}
            }
            struct Yes;
            impl<T: ?Sized> Asked<()> for T {}
            impl<T: ?Sized + $trait> Asked<Yes> for T {}
            // Two answers fit where it has the trait, and one must be chosen.
            let _ = <$type as Asked<_>>::ask;
        };
    )+};
}

macro_rules! secret {
    ($($type:ty),+) => {$(
        lacks!($type: Display, Serialize, PartialEq, std::hash::Hash, Copy);
        const _: fn() = || {
            fn is_erased<T: ZeroizeOnDrop>() {}
            is_erased::<$type>();
        };
    )+};
}

secret!(Identity, KeyedCrypto, Key, FixedKey, Passphrase);
#[cfg(feature = "tokens")]
secret!(aura_runtime::capability::TokenIssuer);
lacks!(Identity: Clone);
lacks!(EncryptedFiles: Clone, Display, Serialize);
lacks!(SqliteStore: Clone, Display, Serialize);
lacks!(Tls: Clone, Display, Serialize);

/// Bytes that stand nowhere else.
fn seed(purpose: &str) -> [u8; 32] {
    blake3::derive_key("aura 2026 test secrets", purpose.as_bytes())
}

fn memory(at: usize, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    let memory = File::open("/proc/self/mem").unwrap();
    memory.read_exact_at(&mut bytes, at as u64).unwrap();
    bytes
}

fn has(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|found| found == secret)
}

/// Drops a value where it stands, and looks at the place.
fn erased<T>(value: T, secret: &[u8]) {
    let name = std::any::type_name::<T>();
    // A vector that is cleared drops what is in it, keeps the place, and writes nothing there.
    let mut place = vec![value];
    let (at, size) = (place.as_ptr().addr(), size_of::<T>());
    assert!(has(&memory(at, size), secret), "{name} is elsewhere");
    place.clear();
    assert!(!has(&memory(at, size), secret), "{name} stays in memory");
    drop(place);
}

/// The key for a purpose, made as the runtime makes it.
fn derived(root: [u8; 32], purpose: &str) -> [u8; 32] {
    *blake3::keyed_hash(&root, purpose.as_bytes()).as_bytes()
}

#[test]
fn keys_are_erased_where_they_stood() {
    let root = seed("erased");
    erased(Identity::from_seed(root), &root);
    erased(KeyedCrypto::from_seed(root), &root);
    erased(Key::new(root), &root);
    erased(FixedKey(Key::new(root)), &root);
    let purpose = "aura 2026 test purpose";
    erased(Key::new(root).derive(purpose), &derived(root, purpose));
    #[cfg(feature = "tokens")]
    erased(
        aura_runtime::capability::TokenIssuer::from_seed(&root).unwrap(),
        &root,
    );
}

#[test]
fn keys_of_storages_are_erased_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = seed("storages");
    let key = FixedKey(Key::new(root));
    let open = || EncryptedFiles::open(folder.path(), &key).unwrap();
    for purpose in ["aura 2026 storage values v1", "aura 2026 storage names v1"] {
        erased(open(), &derived(root, purpose));
    }
    let path = folder.path().join("journal.db");
    let store = SqliteStore::open_sealed(path, &key).unwrap();
    erased(store, &derived(root, "aura 2026 store bodies v1"));
}

/// Words are on the heap, where the place that was freed can still be read.
#[test]
fn words_are_erased() {
    let words = Zeroizing::new("the words of this test, ".repeat(40));
    let passphrase = Passphrase::with_cost(&words, 8, 1).unwrap();
    passphrase.key(&[1; 16]).unwrap();
    let found = places(words.as_bytes());
    assert!(!found.is_empty(), "they are somewhere");
    drop(passphrase);
    drop(words);
    for at in found {
        // The allocator writes its own into the beginning of what is free.
        let left = memory(at, 960);
        assert!(!has(&left, b"of this test, the words"), "at {at:#x}");
    }
}

/// Where these bytes stand in what this process can write.
fn places(secret: &[u8]) -> Vec<usize> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut found = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        let (range, _) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| usize::from_str_radix(text, 16).unwrap());
        let mut bytes = Zeroizing::new(vec![0; to - from]);
        let memory = File::open("/proc/self/mem").unwrap();
        if memory.read_exact_at(&mut bytes, from as u64).is_ok() {
            let own = bytes.as_ptr().addr();
            let all = bytes.windows(secret.len()).enumerate();
            let here = all.filter(|(_, window)| *window == secret);
            let here = here.map(|(at, _)| from + at);
            found.extend(here.filter(|at| !(own..own + (to - from)).contains(at)));
        }
    }
    found
}

/// What was handed in of a TLS key is erased once it is read, and where it is refused.
#[test]
fn the_bytes_of_a_tls_key_are_erased() {
    let made = rcgen::generate_simple_self_signed(vec!["one".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["other".to_owned()]).unwrap();
    for (certificate, is_fine) in [(&made, true), (&other, false)] {
        // Long enough that nothing else is put where it stood.
        let bytes = made.signing_key.serialize_der();
        let (mut padded, secret) = (Vec::with_capacity(1 << 16), bytes[40..64].to_vec());
        padded.extend_from_slice(&bytes);
        let at = padded.as_ptr().addr();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(padded));
        assert!(has(&memory(at, bytes.len()), &secret));
        let chain = vec![certificate.cert.der().clone()];
        let side = Tls::new(chain, key, Trust::Pinned(Vec::new()));
        assert_eq!(
            side.is_ok(),
            is_fine,
            "a key of another certificate is refused"
        );
        assert!(!has(&memory(at, bytes.len()), &secret), "{is_fine}");
    }
}

/// Whether a text shows these bytes: as digits, as numbers, as they are.
fn shows(text: &str, secret: &[u8]) -> bool {
    let hex = |byte: &u8| format!("{byte:02x}");
    let digits: String = secret[..4].iter().map(hex).collect();
    let numbers = secret[..3].iter().map(u8::to_string).collect::<Vec<_>>();
    let squeezed: String = text.split_whitespace().collect();
    let bare = text
        .to_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "");
    bare.contains(&digits)
        || squeezed.contains(&numbers.join(","))
        || has(text.as_bytes(), &secret[..4])
}

fn hidden(value: &impl Debug, secret: &[u8]) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shows(&text, secret), "{text}");
    }
}

#[test]
fn nothing_prints_a_key() {
    let root = seed("printed");
    for shown in [
        format!("{root:?}"),
        format!("{root:#?}"),
        format!("{root:02x?}"),
        format!("{root:02X?}"),
    ] {
        assert!(shows(&shown, &root), "the test would not see it: {shown}");
    }
    hidden(&Identity::from_seed(root), &root);
    hidden(&KeyedCrypto::from_seed(root), &root);
    hidden(&Key::new(root), &root);
    hidden(&FixedKey(Key::new(root)), &root);
    let ledger = Ledger::in_memory();
    assert!(ledger.sign_receipts(Arc::new(Identity::from_seed(root))));
    hidden(&ledger, &root);
    hidden(&Tape::default(), &root);
    let words = "correct horse battery staple";
    hidden(&Passphrase::new(words).unwrap(), words.as_bytes());
    let folder = tempfile::tempdir().unwrap();
    let key = FixedKey(Key::new(root));
    let files = EncryptedFiles::open(folder.path(), &key).unwrap();
    let store = SqliteStore::open_sealed(folder.path().join("journal.db"), &key).unwrap();
    for purpose in [
        "aura 2026 storage values v1",
        "aura 2026 storage names v1",
        "aura 2026 store bodies v1",
    ] {
        let secret = derived(root, purpose);
        hidden(&files, &secret);
        hidden(&store, &secret);
    }
    hidden(&files, &root);
    hidden(&store, &root);
    let made = rcgen::generate_simple_self_signed(vec!["one".to_owned()]).unwrap();
    let bytes = made.signing_key.serialize_der();
    let key = bytes.clone().try_into().unwrap();
    let side = Tls::new(
        vec![made.cert.der().clone()],
        key,
        Trust::Pinned(Vec::new()),
    );
    hidden(&side.unwrap(), &bytes[40..]);
}

#[cfg(feature = "tokens")]
#[test]
fn nothing_prints_a_token() {
    use aura_runtime::{
        capability::{Rights, TokenIssuer},
        identity::ContextId,
    };
    let root = seed("tokens");
    let issuer = TokenIssuer::from_seed(&root).unwrap();
    hidden(&issuer, &root);
    let mut rights = Rights::default();
    rights.allow("pay");
    let token = issuer.issue(ContextId([1; 32]), &rights, 1).unwrap();
    // Its last bytes are the key by which it is narrowed.
    let bytes = token.bytes().unwrap();
    hidden(&token, &bytes[bytes.len() - 32..]);
}

/// What is wrong with a key is told without the key.
#[test]
fn no_error_repeats_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let root = seed("repeated");
    let digits = blake3::Hash::from_bytes(root).to_hex().to_string();
    let mut file = fs::OpenOptions::new();
    let file = file.create(true).truncate(true).write(true).mode(0o600);
    for bad in [
        digits[..63].to_owned(),
        format!("{digits}0"),
        format!("{digits}zz"),
    ] {
        std::io::Write::write_all(&mut file.open(&path).unwrap(), bad.as_bytes()).unwrap();
        let error = KeyFile::new(&path).key(&[0; 16]).unwrap_err();
        hidden(&error, &root);
        assert!(!shows(&error.to_string(), &root), "{error}");
    }
    // A variable that every process has, and that is no key.
    let (name, value) = env::vars().find(|(_, value)| value.len() > 8).unwrap();
    let error = EnvironmentKey::new(&name).key(&[0; 16]).unwrap_err();
    assert!(!error.to_string().contains(&value), "{error}");
    #[cfg(feature = "postgres")]
    for url in [
        "postgres://me:sesame@127.0.0.1:1/none",
        "postgres://me:sesame@127.0.0.1:port/none",
        "host=127.0.0.1 port=1 user=me password=sesame bad",
    ] {
        use aura_runtime::store::{PostgresOptions, PostgresStore};
        let options = PostgresOptions {
            patience: std::time::Duration::ZERO,
            ..PostgresOptions::default()
        };
        let error = PostgresStore::open(url, options).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error}");
    }
}

//! Keys that are kept outside of the program: in a file, or in the environment.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module reads a file and the environment"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{Key, KeyError, KeyProvider};

/// A key in a file: 32 bytes, or 64 hexadecimal digits and nothing else but the end of a line. The file
/// must be its owner's alone (mode 0600 or less), where the system knows modes.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

impl KeyFile {
    /// The key in this file, which is read when it is asked for.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self(path.as_ref().to_owned())
    }
}

impl KeyProvider for KeyFile {
    fn key(&self, _: &[u8; 16]) -> Result<Key, KeyError> {
        let said = |what: &str| KeyError(format!("{}: {what}", self.0.display()));
        let metadata = fs::metadata(&self.0).map_err(|error| said(&error.to_string()))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(said(&format!(
                    "others may read it (mode {mode:04o}); it must be 0600"
                )));
            }
        }
        // A longer file is not a key, so it is not read.
        if metadata.len() > 66 {
            return Err(said("no key: 32 bytes, or 64 hexadecimal digits"));
        }
        let bytes = Zeroizing::new(fs::read(&self.0).map_err(|error| said(&error.to_string()))?);
        parse(&bytes).ok_or_else(|| said("no key: 32 bytes, or 64 hexadecimal digits"))
    }
}

/// A key in an environment variable, as 64 hexadecimal digits.
#[derive(Clone, Debug)]
pub struct EnvironmentKey(String);

impl EnvironmentKey {
    /// The key in the variable of this name, which is read when it is asked for.
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl KeyProvider for EnvironmentKey {
    fn key(&self, _: &[u8; 16]) -> Result<Key, KeyError> {
        let text = env::var_os(&self.0)
            .ok_or_else(|| KeyError(format!("the environment has no `{}`", self.0)))?;
        let text = Zeroizing::new(text.into_encoded_bytes());
        let digits = (text.len() == 64).then(|| parse(&text)).flatten();
        digits.ok_or_else(|| KeyError(format!("`{}` is not 64 hexadecimal digits", self.0)))
    }
}

fn parse(bytes: &[u8]) -> Option<Key> {
    if let Ok(key) = <[u8; 32]>::try_from(bytes) {
        return Some(Key::new(key));
    }
    let digits = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let digits = digits.strip_suffix(b"\r").unwrap_or(digits);
    let mut key = Zeroizing::new([0; 32]);
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(Key::new(*key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn key(path: &Path) -> Result<Vec<u8>, String> {
        let key = KeyFile::new(path).key(&[0; 16]);
        key.map(|key| key.bytes().to_vec())
            .map_err(|error| error.to_string())
    }

    #[test]
    #[cfg(unix)]
    fn a_key_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, [7; 32]).unwrap();
        for mode in [0o644, 0o640, 0o604, 0o660, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(key(&path).unwrap_err().contains("0600"), "{mode:o}");
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(key(&path).unwrap(), [7; 32]);
        }
    }

    #[test]
    fn keys_are_bytes_or_digits() {
        let digits = "ab".repeat(32);
        for good in [
            digits.clone(),
            digits.to_uppercase(),
            format!("{digits}\r\n"),
        ] {
            assert_eq!(parse(good.as_bytes()).unwrap().bytes(), &[0xab; 32]);
        }
        for bad in [
            "",
            "ab",
            &digits[1..],
            &format!("{digits}0"),
            &"zz".repeat(32),
        ] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad}");
        }
        let missing = EnvironmentKey::new("AURA_NO_SUCH_KEY").key(&[0; 16]);
        assert!(
            missing
                .unwrap_err()
                .to_string()
                .contains("AURA_NO_SUCH_KEY")
        );
    }
}

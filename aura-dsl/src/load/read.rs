//! Reading a text: bounded, regular, UTF-8.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the command line and the macros read files through this module"
)]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// More than any text that people write; the parser has a limit of its own for what is one.
const LARGEST: u64 = 16 << 20;

/// Reads a regular file as UTF-8.
///
/// # Errors
///
/// In a few words, why it cannot be read.
pub fn file(path: &Path) -> Result<String, String> {
    // Opening a pipe waits for a writer, so the kind is looked at first, and again once open.
    regular(&fs::metadata(path).map_err(|error| reason(&error))?)?;
    let file = File::open(path).map_err(|error| reason(&error))?;
    regular(&file.metadata().map_err(|error| reason(&error))?)?;
    utf8(bounded(file)?)
}

/// Reads a stream as UTF-8.
///
/// # Errors
///
/// In a few words, why it cannot be read.
pub fn stream(reader: impl Read) -> Result<String, String> {
    utf8(bounded(reader)?)
}

fn regular(metadata: &fs::Metadata) -> Result<(), String> {
    if metadata.is_dir() {
        Err("it is a folder".into())
    } else if !metadata.is_file() {
        Err("it is not a regular file".into())
    } else if metadata.len() > LARGEST {
        Err(too_large())
    } else {
        Ok(())
    }
}

fn bounded(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut reader = reader.take(LARGEST + 1);
    reader
        .read_to_end(&mut bytes)
        .map_err(|error| reason(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}

fn too_large() -> String {
    format!("it is larger than {} MiB", LARGEST >> 20)
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8 text, from byte {at} on")
    })
}

/// Why something could not be read, without the numbers of an operating system.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "permission is denied".into(),
        _ => {
            let text = error.to_string();
            text.split(" (os error")
                .next()
                .unwrap_or(&text)
                .to_lowercase()
        }
    }
}

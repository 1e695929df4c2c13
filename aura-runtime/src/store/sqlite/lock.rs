//! The lock of a journal file: one process at a time has it open for writing.
//!
//! The lock is advisory and the system's, so that a process that is killed leaves nothing behind. The
//! file that carries it also says that the journal was made once: an empty journal beside it is one
//! that was cut off, not a new one.
//!
//! A journal has one name, by which its lock and `SQLite`'s log are found. Symbolic links are followed to it.
//! A file with two names of its own (hard links) is refused: whoever opened the other name would see neither
//! this lock nor what is in the log.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::StoreError;

const MARK: &[u8] = b"A journal was made here.\n";

/// How often, and how far apart, the lock is asked for: a ledger that was just dropped closes its
/// store on a thread of its own.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    marked: bool,
}

/// The one name of a journal, there or not yet.
pub(super) fn name(journal: &Path) -> Result<PathBuf, StoreError> {
    match fs::canonicalize(journal) {
        Ok(name) => {
            #[cfg(unix)]
            {
                use std::os::unix::fs::MetadataExt as _;
                let names = fs::metadata(&name).map_or(1, |found| found.nlink());
                if names > 1 {
                    return Err(StoreError::Busy(format!(
                        "the file has {names} names (hard links), by which it could be opened twice; copy it"
                    )));
                }
            }
            Ok(name)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(journal.to_owned()),
        Err(error) => Err(StoreError::Io(error.to_string())),
    }
}

impl Lock {
    pub(super) fn take(journal: &Path) -> Result<Self, StoreError> {
        let mut name = OsString::from(journal);
        name.push(".lock");
        let said = |error: std::io::Error| StoreError::Io(error.to_string());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&name)
            .map_err(said)?;
        for left in (0..TRIES).rev() {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if left > 0 => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Busy(format!(
                        "another process or ledger has {} open",
                        journal.display()
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(said(error)),
            }
        }
        let mut text = Vec::new();
        let reading = (&mut file).take(64).read_to_end(&mut text);
        reading.map_err(said)?;
        Ok(Self {
            file,
            marked: text == MARK,
        })
    }

    /// Whether a journal was made here before.
    pub(super) fn is_marked(&self) -> bool {
        self.marked
    }

    /// Notes that there is a journal now.
    pub(super) fn mark(&mut self) -> Result<(), StoreError> {
        if self.marked {
            return Ok(());
        }
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.write_all(MARK));
        let written = written.and_then(|()| self.file.sync_all());
        self.marked = true;
        written.map_err(|error| StoreError::Io(error.to_string()))
    }
}

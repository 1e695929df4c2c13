//! Several processes on one journal: one at a time writes it, whoever comes second is refused with a word
//! of why, and one that gets round the lock is found by its next batch. No headroom is spent twice.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that start processes"
)]

mod batches;

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use aura_runtime::store::{Archive as _, SqliteReader, SqliteStore, Store as _, StoreError, audit};
use batches::{budget, sent};

fn begun(path: &Path) {
    SqliteStore::open(path)
        .unwrap()
        .commit(&[budget()])
        .unwrap();
}

/// The other process: opens the journal, says so, and writes a batch for each line that it is given.
#[test]
#[ignore = "the other process; the tests start it"]
fn other() {
    let Ok(path) = env::var("AURA_PROCESSES_JOURNAL") else {
        return;
    };
    let mut store = loop {
        match SqliteStore::open(&path) {
            Ok(store) => break store,
            Err(StoreError::Busy(_)) if env::var("AURA_PROCESSES_WAITS").is_ok() => {}
            Err(error) => return println!("other {error}"),
        }
    };
    println!("other open");
    for line in std::io::stdin().lines() {
        let step = line.unwrap().parse().unwrap();
        match store.commit(&[sent(step)]) {
            Ok(()) => println!("other written"),
            Err(error) => println!("other {error}"),
        }
    }
}

struct Other {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(path: &Path, waits: bool) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["other", "--exact", "--ignored", "--nocapture"])
            .env("AURA_PROCESSES_JOURNAL", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if waits {
            command.env("AURA_PROCESSES_WAITS", "1");
        }
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn hear(&mut self) -> String {
        loop {
            let line = self.lines.next().unwrap().unwrap();
            // The harness writes in front of the first.
            if let Some((_, said)) = line.split_once("other ")
                && !line.contains("running")
            {
                return said.to_owned();
            }
        }
    }

    fn write(&mut self, step: u64) -> String {
        writeln!(self.child.stdin.as_mut().unwrap(), "{step}").unwrap();
        self.hear()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // One that has ended already is not there to be killed.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_second_process_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    begun(&path);
    let mut first = Other::start(&path, false);
    assert_eq!(first.hear(), "open");
    assert_eq!(first.write(0), "written");
    let refused = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Busy(_)), "{refused}");
    assert!(refused.to_string().contains("journal.db open"), "{refused}");
    // By another name it is the same journal.
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let refused = SqliteStore::open(&link).unwrap_err();
    assert!(matches!(refused, StoreError::Busy(_)), "{refused}");
    // Whoever only reads is let in, and sees what was acknowledged.
    let reader = SqliteReader::open(&path).unwrap();
    assert_eq!(reader.charges().unwrap().len(), 1);
    drop(reader);
    assert_eq!(first.write(1), "written");
    // A process that is killed leaves no lock behind.
    drop(first);
    let mut store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.head().unwrap().charges, 2);
}

/// `SQLite` finds the log by the file's name, so a second name would be a second journal.
#[test]
fn a_file_with_two_names_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [path, second] = ["journal.db", "second.db"].map(|name| folder.path().join(name));
    begun(&path);
    fs::hard_link(&path, &second).unwrap();
    for name in [&path, &second] {
        let refused = SqliteStore::open(name).unwrap_err();
        assert!(refused.to_string().contains("2 names"), "{refused}");
    }
    fs::remove_file(&second).unwrap();
    SqliteStore::open(&path).unwrap();
}

/// The lock's file is removed under a process that holds it.
#[test]
fn a_process_whose_lock_was_taken_away_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    begun(&path);
    let mut first = Other::start(&path, false);
    assert_eq!(first.hear(), "open");
    assert_eq!(first.write(0), "written");
    fs::remove_file(folder.path().join("journal.db.lock")).unwrap();
    let mut second = SqliteStore::open(&path).unwrap();
    second.commit(&[sent(1)]).unwrap();
    for step in 2..4 {
        let said = first.write(step);
        assert!(said.contains("somebody else has written to it"), "{said}");
    }
    second.commit(&[sent(4)]).unwrap();
    assert_eq!(audit(&mut second), []);
    assert_eq!(second.head().unwrap().charges, 3);
}

/// Processes that wait for each other's turn: every acknowledged batch is there, once.
#[test]
fn processes_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("journal.db");
    begun(&path);
    let processes = (0..4).map(|at| {
        let path = path.clone();
        std::thread::spawn(move || {
            let mut process = Other::start(&path, true);
            assert_eq!(process.hear(), "open");
            for step in 0..10 {
                assert_eq!(process.write(at * 10 + step), "written");
            }
        })
    });
    for process in processes.collect::<Vec<_>>() {
        process.join().unwrap();
    }
    let mut store = SqliteStore::open(&path).unwrap();
    assert_eq!(audit(&mut store), []);
    let mut steps = Vec::new();
    store
        .charges(&mut |charge, _| {
            steps.push(charge.step);
            Ok(())
        })
        .unwrap();
    steps.sort_unstable();
    assert_eq!(steps, (0..40).collect::<Vec<_>>());
}

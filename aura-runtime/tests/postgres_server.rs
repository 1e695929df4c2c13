//! A `PostgreSQL` server of the test's own, which is shut down and started again while a ledger writes to
//! it: no acknowledged batch is lost, none is written twice, and the ledger goes on.
//!
//! It needs `initdb` and `pg_ctl`, in the path or where Debian puts them; where they are not, the test
//! says so and is skipped.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that start programs"
)]

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use aura_runtime::{
    identity::{AuthorityId, ContextId, SessionId},
    store::{
        Archive as _, PostgresOptions, PostgresStore, Record, SentRecord, Store as _, StoreError,
        audit,
    },
};

struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

/// Where the server's programs are.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    places.extend(debian.flatten().map(|version| version.path().join("bin")));
    let has = |place: &PathBuf| {
        ["initdb", "pg_ctl"]
            .iter()
            .all(|it| place.join(it).is_file())
    };
    places.into_iter().find(has)
}

impl Server {
    /// `None`, and said loudly, where there is no server to start.
    fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            // Not `eprintln!`, which the test harness keeps to itself.
            let mut terminal = std::io::stderr();
            let _ = writeln!(terminal, "SKIPPED: no initdb and pg_ctl of PostgreSQL here");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // The server refuses to run as root, so the folder is its own user's.
        if is_root() {
            let given = Command::new("chown")
                .arg("postgres")
                .arg(folder.path())
                .status();
            assert!(given.unwrap().success());
        }
        // Free again before the server asks for it.
        let port = {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            free.local_addr().unwrap().port()
        };
        let server = Self {
            programs,
            folder,
            port,
        };
        let data = server.data();
        server.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "-A", "trust", "-N"],
        );
        server.up();
        Some(server)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").to_str().unwrap().to_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let ended = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .status();
        assert!(ended.unwrap().success());
    }

    fn up(&self) {
        let options = format!(
            "-h 127.0.0.1 -p {} -k {}",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log");
        let (data, log) = (self.data(), log.to_str().unwrap());
        self.run(
            "pg_ctl",
            &["-D", &data, "-w", "-l", log, "-o", &options, "start"],
        );
    }

    /// Shuts it down: in order, with every session ended (`fast`), or as a crash would (`immediate`).
    fn down(&self, mode: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-m", mode, "stop"]);
    }

    fn open(&self, patience: Duration) -> Result<PostgresStore, StoreError> {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        let options = PostgresOptions {
            patience,
            ..PostgresOptions::default()
        };
        PostgresStore::open(&url, options)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.down("immediate");
        }
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

fn sent(step: u64) -> Record {
    Record::Send(Box::new(SentRecord {
        context: ContextId([2; 32]),
        peer: AuthorityId([6; 32]),
        epoch: 1,
        cost: 3,
        leak: [1, 0, 2],
        session: SessionId([3; 16]),
        step,
        label: "Label",
        facts: vec![],
        log: None,
    }))
}

#[test]
fn a_server_that_goes_away_under_load_and_comes_back_loses_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let mut store = server.open(Duration::from_mins(1)).unwrap();
    let budget = Record::Budget {
        context: ContextId([2; 32]),
        peer: AuthorityId([6; 32]),
        epoch: 1,
        limit: 1_000_000,
    };
    store.commit(&[budget]).unwrap();
    let mut acknowledged = 0;
    thread::scope(|scope| {
        let restarts = scope.spawn(|| {
            for mode in ["fast", "immediate", "fast", "immediate"] {
                thread::sleep(Duration::from_millis(150));
                server.down(mode);
                thread::sleep(Duration::from_millis(50));
                server.up();
            }
        });
        while !restarts.is_finished() {
            store.commit(&[sent(acknowledged)]).unwrap();
            acknowledged += 1;
        }
        restarts.join().unwrap();
    });
    assert!(acknowledged > 20, "{acknowledged} batches");
    drop(store);
    let mut store = server.open(Duration::from_mins(1)).unwrap();
    assert_eq!(audit(&mut store), []);
    let mut steps = Vec::new();
    store
        .charges(&mut |charge, _| {
            steps.push(charge.step);
            Ok(())
        })
        .unwrap();
    // Each once, in order: none lost, none twice.
    assert_eq!(steps, (0..acknowledged).collect::<Vec<_>>());
    // Longer than it is waited for: what is asked meanwhile is refused, or leaves the ledger unsure.
    drop(store);
    let mut store = server.open(Duration::from_millis(200)).unwrap();
    server.down("fast");
    let refused = store.commit(&[sent(acknowledged)]).unwrap_err();
    server.up();
    assert!(matches!(refused, StoreError::Io(_)), "{refused}");
    store.commit(&[sent(acknowledged)]).unwrap();
    assert_eq!(store.head().unwrap().charges, acknowledged + 1);
}

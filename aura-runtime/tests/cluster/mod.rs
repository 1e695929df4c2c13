//! A `PostgreSQL` server of the test's own.
//!
//! It needs `initdb` and `pg_ctl`, in the path or where Debian puts them; where they are not, the test
//! says so and is skipped.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test uses the parts that it is about"
)]

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A server with a folder of its own, stopped when it is dropped.
pub struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    /// Where it listens.
    pub port: u16,
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
    pub fn start() -> Option<Self> {
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

    pub fn data(&self) -> String {
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

    pub fn up(&self) {
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
    pub fn down(&self, mode: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-m", mode, "stop"]);
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Adds a line to how it is set up; it is read when the server starts.
    pub fn configure(&self, line: &str) {
        let path = Path::new(&self.data()).join("postgresql.conf");
        let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }

    /// Writes a file into its folder, which it and nobody else can read.
    pub fn write(&self, name: &str, text: &str) {
        let path = Path::new(&self.data()).join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(&path).status();
            assert!(given.unwrap().success());
        }
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

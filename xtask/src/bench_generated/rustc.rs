//! rustc as cargo starts it for a debug build, alone and timed.
//!
//! What holds: what the texts depend on is built by cargo, with this workspace's lock file, before
//! anything is measured; a text that does not compile ends the measurement.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs};

use serde_json::Value;
use wait4::Wait4 as _;

use crate::bench_compile::measure::Sample;
use crate::process;

/// What the texts name.
const CRATES: [&str; 3] = ["aura_runtime", "aura_macros", "rumpsteak"];

/// rustc, and where its texts and what they depend on are.
pub(super) struct Rustc {
    pub(super) folder: PathBuf,
    crates: BTreeMap<&'static str, PathBuf>,
    dependencies: PathBuf,
}

impl Rustc {
    /// Builds what the texts depend on, in a crate that depends on nothing else.
    pub(super) fn prepare() -> Result<Self, Box<dyn Error>> {
        // The same folder each time: cargo would take the crates of another one for other crates.
        let this = env::current_exe()?;
        let target = this
            .ancestors()
            .nth(2)
            .ok_or("the target folder has no name")?;
        let folder = target.join("bench-generated");
        fs::create_dir_all(folder.join("src"))?;
        let root = process::root();
        let path = |package: &str| format!("{:?}", root.join(package).to_string_lossy());
        let manifest = format!(
            "[package]\nname = \"texts\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nrumpsteak = \"=0.1.0\"\naura-macros = {{ path = {} }}\n\
             aura-runtime = {{ path = {}, default-features = false }}\n",
            path("aura-macros"),
            path("aura-runtime"),
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/lib.rs"), "")?;
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let mut cargo = process::cargo();
        cargo.current_dir(&folder);
        cargo.args(["build", "--offline", "--message-format=json"]);
        let output = cargo.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err("what the texts depend on does not build".into());
        }
        let crates = artifacts(&String::from_utf8(output.stdout)?);
        let runtime = crates
            .get("aura_runtime")
            .ok_or("cargo has not named the runtime's library")?;
        // An uplifted library lies above the folder of the others.
        let beside = runtime.parent().ok_or("a library without a folder")?;
        let dependencies = if beside.ends_with("deps") {
            beside.to_owned()
        } else {
            beside.join("deps")
        };
        Ok(Self {
            folder,
            crates,
            dependencies,
        })
    }

    /// Compiles a text once.
    pub(super) fn measure(&self, name: &str) -> Result<Sample, String> {
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        // The macros look for their files in the crate's folder.
        rustc
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder);
        rustc.args(["--edition=2024", "--crate-type=lib", "-Cdebuginfo=2"]);
        rustc.args(["--emit=link", "-Cembed-bitcode=no", "-Awarnings"]);
        rustc.arg("--out-dir").arg(self.folder.join("out"));
        rustc
            .arg("-L")
            .arg(format!("dependency={}", self.dependencies.display()));
        for (name, path) in &self.crates {
            rustc
                .arg("--extern")
                .arg(format!("{name}={}", path.display()));
        }
        rustc.arg(format!("{name}.rs")).stdin(Stdio::null());
        let began = Instant::now();
        let mut child = rustc.spawn().map_err(|error| format!("rustc: {error}"))?;
        let end = child.wait4().map_err(|error| error.to_string())?;
        let wall = began.elapsed();
        if !end.status.success() {
            return Err(format!("{name}.rs does not compile"));
        }
        Ok(Sample {
            wall,
            cpu: end.rusage.utime + end.rusage.stime,
            peak: end.rusage.maxrss,
        })
    }
}

/// The libraries that cargo says it has built, by the names of their crates.
fn artifacts(messages: &str) -> BTreeMap<&'static str, PathBuf> {
    let mut found = BTreeMap::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let name = message["target"]["name"].as_str();
        let name = CRATES.into_iter().find(|known| name == Some(known));
        let files = message["filenames"].as_array();
        let files = files.into_iter().flatten().filter_map(Value::as_str);
        let mut libraries = files.filter(|file| {
            let endings = [".rlib", ".so", ".dylib", ".dll"];
            endings.iter().any(|ending| file.ends_with(ending))
        });
        let library = libraries.next_back();
        if let (Some(name), Some(library)) = (name, library) {
            found.insert(name, PathBuf::from(library));
        }
    }
    found
}

//! Crates with generated code, as their authors have them: built on their own, with cargo.
//!
//! One workspace in a folder of its own holds a crate of each kind: written by `aura-dsl generate`,
//! with a build script, and with the macros in each edition. Every lint is an error in them. They
//! share the target folder of this workspace and its profile, so that dependencies are built once.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that runs cargo on files"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aura_dsl::compile::compile;
use aura_dsl::emit::package::{Parts, package};
use aura_dsl::load::Files;

/// What an author might deny in a crate of their own.
const STRICT: &str = "#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, \
                      missing_debug_implementations, rust_2018_idioms, unsafe_code)]\n";

const PING: &str = "#[namespace = \"ping\"]\nimport \"common.aura\";\nprotocol Ping {\n    roles: A, B;\n    \
                    A[guard_capability = \"ask\"] -> B: Ask;\n    B[guard_capability = \"ask\"] -> A: Told(u64);\n}\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder below the target folder, the same each time: cargo would take the crates of another one
/// for other crates, and build them all again.
struct Workspace(PathBuf);

impl Workspace {
    fn new(name: &str, members: &[&str]) -> Self {
        let workspace = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        if workspace.0.exists() {
            fs::remove_dir_all(&workspace.0).unwrap();
        }
        let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        let profile = manifest.find("[profile.dev").unwrap();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n{}",
            &manifest[profile..]
        );
        workspace.write("Cargo.toml", &manifest);
        let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
        workspace.write("Cargo.lock", &lock);
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A crate with these dependencies, each a folder of this workspace and its features.
    fn member(&self, name: &str, edition: &str, dependencies: &str, code: &str) {
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = {edition:?}\n\n{dependencies}"
        );
        self.write(&format!("{name}/Cargo.toml"), &manifest);
        self.write(&format!("{name}/src/lib.rs"), code);
        self.write(&format!("{name}/protocols/ping.aura"), PING);
        self.write(
            &format!("{name}/protocols/common.aura"),
            "capability ask;\n",
        );
    }

    fn cargo(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(args)
            .args(["--offline", "--quiet"])
            .current_dir(&self.0);
        // What the outer cargo has set for this test looks to build scripts like a change.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_") && name != "CARGO_HOME" || name == "RUSTFLAGS" {
                command.env_remove(&*name);
            }
        }
        command.env("CARGO_TARGET_DIR", target());
        command.output().unwrap()
    }
}

/// The target folder that this test was built in: above `debug/deps`.
fn target() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    this.ancestors().nth(3).unwrap().to_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(package: &str) -> String {
    format!("{:?}", root().join(package).to_str().unwrap())
}

/// The first example of the page about generated code.
fn documented() -> String {
    let page = fs::read_to_string(root().join("docs/generated.md")).unwrap();
    let (_, example) = page.split_once("```rust\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    // Inner attributes stand behind the header.
    example.replacen("\n\n", &format!("\n{STRICT}\n"), 1)
}

/// Writes what `aura-dsl generate x.aura --crate NAME --runtime ..` writes.
fn generate(workspace: &Workspace, name: &str, protocol: &Path, types: Option<&str>) {
    let loader = Files::of_file(protocol, Some(protocol.parent().unwrap())).unwrap();
    let text = fs::read_to_string(protocol).unwrap();
    let compilation = compile(protocol.to_str().unwrap(), loader.key(), &text, &loader);
    assert!(!compilation.report.has_errors());
    let runtime = root().join("aura-runtime");
    let parts = Parts {
        source: "x.aura",
        runtime: runtime.to_str(),
        types,
    };
    for file in package(&compilation, parts).unwrap() {
        workspace.write(&format!("{name}/{}", file.path), &file.text);
    }
}

/// The workspace with a crate of each kind.
fn authors() -> Workspace {
    let workspace = Workspace::new(
        "authors",
        &[
            "generated",
            "typed",
            "built",
            "m2021",
            "m2024",
            "documented",
        ],
    );
    let protocol = root().join("protocols/request_response/request_response.aura");
    generate(&workspace, "generated", &protocol, None);
    let runtime = format!("aura-runtime = {{ path = {} }}\n", path("aura-runtime"));
    let macros = format!("aura-macros = {{ path = {} }}\n", path("aura-macros"));
    let both = format!("[dependencies]\n{runtime}{macros}");
    let block = PING.replace(
        "import \"common.aura\";\n",
        "import \"protocols/common.aura\";\n",
    );
    let code = format!(
        "//! Macros.\n{STRICT}\n/// A file.\npub mod file {{\n    \
         aura_macros::aura_protocol!(\"protocols/ping.aura\");\n}}\n/// A block.\npub mod block {{\n    \
         aura_macros::aura_choreography! {{\n{block}    }}\n}}\n\
         pub use file::ping::A;\npub use block::ping::B;\n"
    );
    workspace.member("m2021", "2021", &both, &code);
    workspace.member("m2024", "2024", &both, &code);
    workspace.member("documented", "2024", &both, &documented());
    let build = format!(
        "[dependencies]\n{runtime}\n[build-dependencies]\naura-dsl = {{ path = {}, \
         default-features = false, features = [\"build\"] }}\n",
        path("aura-dsl")
    );
    let code = format!("//! Built.\n{STRICT}\naura_runtime::include_aura!(\"ping\");\n");
    workspace.member("built", "2024", &build, &code);
    let script = "fn main() -> Result<(), aura_dsl::build::Error> {\n    \
                  aura_dsl::build::compile(\"protocols/ping.aura\")\n}\n";
    workspace.write("built/build.rs", script);
    let foreign = "#[namespace = \"typed\"]\nuse crate::Body;\nuse crate::inner::Note;\n\
                   protocol Typed { roles: A, B; A -> B: M(Body, Vec<Note>); }\n";
    workspace.write("typed.aura", foreign);
    let types = "/// A body.\n#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]\n\
                 pub struct Body(pub Vec<u8>);\n/// Inside.\npub mod inner {\n    pub use super::Body as Note;\n}\n";
    generate(
        &workspace,
        "typed",
        &workspace.0.join("typed.aura"),
        Some(types),
    );
    workspace
}

#[test]
fn crates_with_generated_code_build_without_a_warning() {
    let workspace = authors();
    let output = workspace.cargo(&["check", "--workspace"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output), "");

    // A change of an imported file is a change of the crate, for the macros as for a build script.
    for member in ["m2021", "built"] {
        workspace.write(
            &format!("{member}/protocols/common.aura"),
            "capability told;\n",
        );
        let output = workspace.cargo(&["check", "--package", member]);
        assert!(!output.status.success(), "{member}");
        let said = said(&output);
        assert!(
            said.contains("ping.aura:5:") && said.contains("the capability `ask` is not declared"),
            "{said}"
        );
    }
    let said_again = said(&workspace.cargo(&["check", "--package", "m2021"]));
    assert!(
        said_again.contains("m2021/src/lib.rs:15:26\n"),
        "the token in the block: {said_again}"
    );

    // Code that was generated for another runtime says so.
    let path = workspace.0.join("generated/src/protocol.rs");
    let code = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        code.replacen("INTERFACE == ", "INTERFACE == 1 + ", 1),
    )
    .unwrap();
    let said = said(&workspace.cargo(&["check", "--package", "request-response"]));
    assert!(
        said.contains("generate it again with the aura-dsl (or aura-macros) of"),
        "{said}"
    );
}

#[test]
fn a_warning_of_the_compiler_is_seen_and_never_ends_the_build() {
    let workspace = Workspace::new("warned", &["warned", "silent"]);
    let dependencies = format!(
        "[dependencies]\naura-runtime = {{ path = {} }}\naura-macros = {{ path = {} }}\n",
        path("aura-runtime"),
        path("aura-macros")
    );
    let code = format!(
        "//! Warned.\n{STRICT}\naura_macros::aura_choreography! {{\n    #[namespace = \"w\"]\n    \
         protocol Warned {{\n        roles: A, B;\n        A -> B: Open;\n    }}\n}}\n"
    );
    workspace.member("warned", "2021", &dependencies, &code);
    workspace.member(
        "silent",
        "2021",
        &dependencies,
        &code.replace("//!", "#![allow(deprecated)]\n//!"),
    );
    let output = workspace.cargo(&["check", "--package", "warned"]);
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("W0906: "), "{text}");
    assert!(text.contains("warned/src/lib.rs:8:"), "{text}");
    let output = workspace.cargo(&["check", "--package", "silent"]);
    assert_eq!(
        (output.status.success(), said(&output)),
        (true, String::new())
    );
}

#[test]
fn compiler_and_runtime_agree_on_the_interface() {
    assert_eq!(
        aura_dsl::emit::rust::INTERFACE,
        aura_runtime::export::INTERFACE
    );
}

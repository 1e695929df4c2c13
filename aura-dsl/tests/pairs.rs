//! Two versions of a protocol: every dropped pair is a test.
//!
//! `pairs/NAME/{old,new}.aura`; the snapshot is what `diff` prints. To accept new snapshots:
//! `INSTA_UPDATE=always cargo test -p aura-dsl --test pairs`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that runs the binary on files"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn diff(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aura-dsl"))
        .arg("diff")
        .args(args)
        .env_remove("NO_COLOR")
        .current_dir(folder())
        .output()
        .unwrap()
}

fn pairs() -> Vec<(String, String)> {
    let mut names: Vec<_> = std::fs::read_dir(folder().join("pairs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let file = |name: &str, which: &str| format!("pairs/{name}/{which}.aura");
    let both = |name: &String| (file(name, "old"), file(name, "new"));
    names.iter().map(both).collect()
}

fn json(old: &str, new: &str) -> Value {
    serde_json::from_slice(&diff(&["--format", "json", old, new]).stdout).unwrap()
}

fn validator() -> jsonschema::Validator {
    let path = folder().join("../../docs/schema/diff.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn pairs_say_what_changed_and_who_can_talk() {
    insta::glob!("pairs/*/new.aura", |path| {
        let name = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let (old, new) = (
            format!("pairs/{name}/old.aura"),
            format!("pairs/{name}/new.aura"),
        );
        let output = diff(&[&old, &new]);
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code().unwrap();
        insta::assert_snapshot!(format!(
            "$ aura-dsl diff {old} {new}\n{out}{err}-- exit code {code} --\n"
        ));
    });
}

#[test]
fn outcomes_fit_exit_codes_and_the_schema() {
    let validator = validator();
    for (old, new) in pairs() {
        let value = json(&old, &new);
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{new}: {errors:?}");
        let outcome = value["outcome"].as_str().unwrap();
        let fails = matches!(outcome, "weakened" | "breaking");
        assert_eq!(
            diff(&[&old, &new]).status.code(),
            Some(i32::from(fails)),
            "{new}"
        );
        let breaking = diff(&["--fail-on", "breaking", &old, &new]).status.code();
        assert_eq!(breaking, Some(i32::from(outcome == "breaking")), "{new}");
    }
}

/// Whoever can take part one way can do so the other way when the versions change places, and what
/// was added was then removed.
#[test]
fn changing_places_turns_everything_round() {
    for (old, new) in pairs() {
        let (forth, back) = (json(&old, &new), json(&new, &old));
        let roles = |value: &Value, which: &str| {
            let protocol = &value["protocols"][0];
            let mut all: Vec<_> = protocol["roles"]
                .as_array()
                .unwrap()
                .iter()
                .map(|role| {
                    (
                        role["name"].to_string(),
                        role[which]["can_take_part"].clone(),
                    )
                })
                .collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all
        };
        assert_eq!(
            roles(&forth, "new_among_old"),
            roles(&back, "old_among_new"),
            "{new}"
        );
        let messages = |value: &Value, what: &str| {
            let changes = value["protocols"][0]["changes"].as_array().unwrap();
            let found = |change: &&Value| change["kind"] == "message" && change["what"] == what;
            changes.iter().filter(found).count()
        };
        assert_eq!(
            messages(&forth, "added"),
            messages(&back, "removed"),
            "{new}"
        );
    }
}

#[test]
fn a_text_is_the_same_as_itself() {
    let mut seen = 0;
    for place in ["corpus/pass", "../../protocols"] {
        for entry in std::fs::read_dir(folder().join(place)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let path = if path.is_dir() {
                path.join(format!("{name}.aura"))
            } else {
                path.clone()
            };
            if !path.is_file() || path.extension().is_none_or(|end| end != "aura") {
                continue;
            }
            let path = path.to_str().unwrap();
            let value = json(path, path);
            assert_eq!(value["outcome"], "same", "{path}");
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen} texts");
}

#[test]
fn errors_end_with_2() {
    let corpus = "corpus/resolve-fail";
    let broken = std::fs::read_dir(folder().join(corpus))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let broken = broken.path();
    let good = "pairs/version-alone/old.aura";
    assert_eq!(
        diff(&[broken.to_str().unwrap(), good]).status.code(),
        Some(2)
    );
    assert_eq!(diff(&[good, "no-such-file.aura"]).status.code(), Some(2));
    assert_eq!(diff(&["-", "-"]).status.code(), Some(2));
}

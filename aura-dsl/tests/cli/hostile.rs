//! Texts that mean harm: one clear error each, in time, and nothing of them reaches the terminal.

use std::time::{Duration, Instant};

use super::{Folder, GOOD};

/// Harmful texts, each with a name.
fn harmful() -> Vec<(&'static str, String)> {
    let long = "x".repeat(1 << 20);
    vec![
        ("braces", "{".repeat(5_000)),
        (
            "nested steps",
            format!("protocol P {{ roles: A, B; {}", "par { { ".repeat(5_000)),
        ),
        ("blanks", " ".repeat(2 << 20)),
        ("blank lines", "\n".repeat(2 << 20)),
        ("nul", "protocol \0 {}".into()),
        ("bidi", "protocol P\u{202e} { roles: A; }".into()),
        ("empty", String::new()),
        ("unclosed", "protocol P { roles: A, B; A -> B: M;".into()),
        (
            "number",
            GOOD.replace("\"send\"", "\"send\", flow_cost = 99999999999999999999999"),
        ),
        ("keyword", GOOD.replace("A, B", "protocol, B")),
        ("long name", GOOD.replace("Good", &format!("{long} {long}"))),
        ("escape", GOOD.replace("\"send\"", "\"\\u{1b}[2J\"")),
        ("quote", GOOD.replace("\"send\"", "\"a\\\"]; b\"")),
    ]
}

#[test]
fn harmful_texts_are_clear_errors_at_their_place() {
    for (name, text) in harmful() {
        let folder = Folder::new(&[("in.aura", &text)]);
        let start = Instant::now();
        let ran = folder.run(&["check", "in.aura"]);
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{name}: {:?}",
            start.elapsed()
        );
        assert_eq!(ran.code, 1, "{name}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("error[E"), "{name}: {}", ran.err);
        assert!(ran.err.contains("--> in.aura:"), "{name}: {}", ran.err);
        assert!(ran.err.len() < 20_000, "{name}: {}", ran.err.len());
        let hidden = |char: char| aura_dsl::escape::is_hidden(char) && char != '\n';
        assert!(!ran.err.contains(hidden), "{name}: {}", ran.err);
        let json = folder.run(&["check", "--format", "json", "in.aura"]);
        assert!(!json.out.contains(hidden), "{name}");
        assert!(
            !json.json()["diagnostics"].as_array().unwrap().is_empty(),
            "{name}"
        );
    }
}

#[test]
fn a_thousand_levels_compile_and_print() {
    let open = "rec X { choice A { l: { A -> B: M; ".repeat(250);
    let close = "} r: { A -> B: N; } } }".repeat(250);
    let text = format!("#[namespace = \"t\"]\nprotocol Deep {{ roles: A, B; {open}{close} }}");
    let folder = Folder::new(&[("deep.aura", &text)]);
    for args in [
        vec!["check"],
        vec!["project"],
        vec!["project", "--format", "json"],
        vec!["project", "--format", "mermaid"],
        vec!["project", "--format", "machine"],
        vec!["audit"],
        vec!["audit", "--format", "json"],
        vec!["fmt", "--check"],
    ] {
        let ran = folder.run(&[&args[..], &["deep.aura"]].concat());
        assert!(!ran.err.contains("error"), "{args:?}: {:.2000}", ran.err);
        assert!(!ran.out.is_empty(), "{args:?}");
    }
}

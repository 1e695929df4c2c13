//! Pictures in a browser: no text lies on another one, measured in the font that is really there.

use std::fmt::Write as _;

use super::browser::{Tab, in_browser};
use super::{printed, run};

const OVERLAPS: &str = include_str!("overlaps.js");

async fn legible(tab: &Tab, name: &str, svg: &str) -> u64 {
    tab.open("picture.svg", svg).await;
    let complaints = tab.complaints().await;
    assert!(complaints.is_empty(), "{name}: {complaints:?}");
    let texts = tab
        .run("return document.querySelectorAll('text').length;")
        .await;
    let found = tab.run(OVERLAPS).await;
    let found = found.as_array().unwrap();
    assert!(found.is_empty(), "{name}: {found:#?}");
    texts.as_u64().unwrap()
}

/// A protocol of so many roles and messages: names of all lengths, frames in each other, local
/// steps, families.
pub(super) fn generated(roles: usize, messages: usize, seed: u32) -> String {
    let mut state = seed;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % below
    };
    let word = |at: usize, length: usize| {
        let syllables = ["Ask", "Confirm", "Membership", "Of", "Snapshot", "Rotation"];
        let word: String = (0..=length)
            .map(|n| syllables[(at + n) % syllables.len()])
            .collect();
        format!("{word}{at}")
    };
    let names: Vec<String> = (0..roles).map(|at| word(at, at % 3)).collect();
    let family = |at: usize| at == roles - 1 && roles > 2;
    let party = |at: usize| {
        if family(at) {
            format!("{}[*]", names[at])
        } else {
            names[at].clone()
        }
    };
    let declared: Vec<String> = (0..roles)
        .map(|at| {
            if family(at) {
                format!("{}[n]", names[at])
            } else {
                names[at].clone()
            }
        })
        .collect();
    let mut text = format!(
        "#[namespace = \"t\"]\nprotocol Generated {{\n roles: {};\n",
        declared.join(", ")
    );
    let mut depth = 0;
    for at in 0..messages {
        if next(9) == 0 && depth < 4 {
            let count = next(7) + 2;
            let _ = writeln!(text, "loop (count: {count}) {{");
            depth += 1;
        }
        let from = next(roles);
        let to = (from + 1 + next(roles - 1)) % roles;
        let (label, guard) = (word(at, next(5)), word(at, next(4)));
        let guard = guard.to_lowercase();
        let _ = writeln!(
            text,
            "{}[guard_capability = \"{guard}\", flow_cost = {}] -> {}: {label};",
            party(from),
            next(100_000) + 1,
            party(to)
        );
        if next(5) == 0 {
            let hook = word(at, next(4)).to_lowercase();
            let _ = writeln!(text, "local {}: {hook}({label}) -> r{at}: u64;", party(to));
        }
        if depth > 0 && next(4) == 0 {
            text += "}\n";
            depth -= 1;
        }
    }
    for _ in 0..=depth {
        text += "}\n";
    }
    text
}

#[test]
fn labels_of_large_charts_do_not_overlap() {
    in_browser("labels_of_large_charts_do_not_overlap", async |tab| {
        let folder = tempfile::tempdir().unwrap();
        for roles in 2..=8 {
            for seed in 0..3 {
                let text = generated(roles, 40, seed * 31 + 7);
                std::fs::write(folder.path().join("g.aura"), &text).unwrap();
                let ran = run(folder.path(), &["project", "--format", "svg", "g.aura"]);
                let svg = String::from_utf8(ran.stdout).unwrap();
                let arrows = svg.matches("class=\"head\"").count();
                assert!(arrows >= 40, "{arrows} arrows:\n{text}");
                let name = format!("{roles} roles, seed {seed}");
                assert!(legible(tab, &name, &svg).await > 80);
            }
        }
    });
}

#[test]
fn labels_of_protocols_and_of_the_corpus_do_not_overlap() {
    in_browser(
        "labels_of_protocols_and_of_the_corpus_do_not_overlap",
        async |tab| {
            for folder in [
                "../protocols",
                "tests/corpus/pass",
                "tests/corpus/verdict-fail",
            ] {
                let svg = printed(&["project", "--format", "svg", folder]);
                assert!(legible(tab, folder, &svg).await > 200);
            }
        },
    );
}

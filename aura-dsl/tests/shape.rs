//! From a text to its findings: parsing, resolving and checking in a row.

#![allow(
    clippy::disallowed_methods,
    reason = "edge: the test reads the repository's protocols"
)]

use std::fmt::Write as _;

use aura_dsl::check::Checked;
use aura_dsl::diag::Report;
use aura_dsl::global::Step;
use aura_dsl::source::{LoadError, Loaded, Loader, Sources};
use aura_dsl::{check, parse, resolve};

/// Files in memory; the name is path and key, and what climbs is outside.
struct Files<'a>(&'a [(&'a str, &'a str)]);

impl Loader for Files<'_> {
    fn load(&self, _importer: &str, path: &str) -> Result<Loaded, LoadError> {
        if path.starts_with("..") || path.starts_with('/') {
            return Err(LoadError::Outside);
        }
        let (name, text) = self
            .0
            .iter()
            .find(|(name, _)| *name == path)
            .ok_or(LoadError::Missing)?;
        Ok(Loaded {
            path: (*name).to_owned(),
            key: (*name).to_owned(),
            text: (*text).to_owned(),
        })
    }
}

fn compile(files: &[(&str, &str)], sources: &mut Sources) -> Result<Checked, Report> {
    let (name, text) = files[0];
    let id = sources.add(name, text);
    let file = parse::parse(id, text)?;
    let program = resolve::resolve(&file, sources, name, &Files(files))?;
    check::check(program)
}

/// One line a finding: `E0201 a.aura:3:5 what is wrong`.
fn findings(files: &[(&str, &str)]) -> String {
    let mut sources = Sources::default();
    let report = match compile(files, &mut sources) {
        Ok(checked) => checked.warnings().clone(),
        Err(report) => report,
    };
    let mut out = String::new();
    for diagnostic in report.iter() {
        let start = sources.start(diagnostic.span);
        let path = &sources.file(diagnostic.span.file).path;
        let (line, column) = (start.line, start.column);
        let token = sources.text(diagnostic.span);
        let token = token.lines().next().unwrap_or_default();
        let _ = writeln!(
            out,
            "{} {path}:{line}:{column} `{token}` {}",
            diagnostic.code, diagnostic.message
        );
    }
    out
}

#[test]
fn protocols_of_the_repository_have_no_findings() {
    let protocols = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocols");
    let mut seen = 0;
    for entry in std::fs::read_dir(protocols).expect("the protocols stand beside the compiler") {
        let folder = entry.expect("the folder is readable").path();
        let name = folder.file_name().unwrap_or_default().to_os_string();
        let Ok(text) = std::fs::read_to_string(folder.join(name).with_extension("aura")) else {
            continue;
        };
        assert_eq!(
            findings(&[("root.aura", &text)]),
            "",
            "{}",
            folder.display()
        );
        seen += 1;
    }
    assert!(seen >= 16, "{seen} protocols");
}

/// Each finding's code, place and token.
fn places(files: &[(&str, &str)]) -> Vec<String> {
    let line = |line: &str| {
        let end = line
            .match_indices('`')
            .nth(1)
            .map_or(line.len(), |(at, _)| at + 1);
        line[..end].replace('`', "")
    };
    let found = findings(files);
    let errors = found.lines().filter(|line| line.starts_with('E'));
    errors.map(line).collect()
}

#[test]
fn errors_stand_on_the_exact_word_inside_of_a_text() {
    let text = r#"#[namespace = "t"]
message M { root: u64 }
protocol P {
    roles: A, B;
    A[guard_capability = "need(rot)", journal_facts = "a, b(toor)"] -> B: M;
    A[guard_capability = "need root", leak = (group: 0.1, groop: 1)] -> B: M;
}"#;
    let expected = [
        "E0410 p:5:32 rot",
        "E0410 p:5:61 toor",
        "E0407 p:6:32 root",
        "E0405 p:6:59 groop",
    ];
    assert_eq!(places(&[("p", text)]), expected);
}

#[test]
fn all_errors_of_all_files_are_told() {
    let root = r#"#[namespace = "t"]
import "a";
import "b";
protocol P { roles: A, B; A -> C: M(Missing); call Helper(A); }"#;
    let a = r#"import "b";
protocol Helper { roles: X, Y; X -> Z: N; }"#;
    let b = "type T = Lost;\ntype T = u8;";
    let expected = [
        "E0201 p:4:32 C",
        "E0203 p:4:37 Missing",
        "E0206 p:4:47 call Helper(A);",
        "E0203 b:1:10 Lost",
        "E0202 b:2:6 T",
        "E0201 a:2:37 Z",
    ];
    let mut found = places(&[("p", root), ("a", a), ("b", b)]);
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_circle_of_imports_is_named_and_a_file_may_come_along_two_ways() {
    let p = "#[namespace = \"t\"]\nimport \"a\";\nimport \"b\";\nprotocol P { roles: A, B; A -> B: M(T); }";
    let fine = [("p", p), ("a", "import \"b\";"), ("b", "type T = u8;")];
    assert_eq!(places(&fine), [""; 0]);
    let circle = [
        ("p", p),
        ("a", "import \"b\";"),
        ("b", "type T = u8; import \"a\";"),
    ];
    let found = findings(&circle);
    assert!(found.contains("E0211 b:1:21"), "{found}");
    assert!(found.contains("a -> b -> a"), "{found}");
}

#[test]
fn a_call_back_to_the_beginning_is_one_recursion() {
    let text = r#"#[namespace = "t"]
protocol P {
    roles: A, B;
    in group g;
    A -> B: M;
    choice A { on: { A -> B: N; call P(A, B); } off: { A -> B: O; } }
}"#;
    let mut sources = Sources::default();
    let checked = compile(&[("p", text)], &mut sources).expect("the protocol is right");
    let protocol = &checked.protocols()[0];
    assert_eq!(protocol.sends.len(), 3, "nothing is inlined twice");
    assert!(matches!(&*protocol.body.steps, [Step::Rec(_)]));
}

#[test]
fn an_inlined_send_knows_its_calls() {
    let text = r#"#[namespace = "t"]
protocol P { roles: A, B; call Q(B, A); }
protocol Q { roles: X, Y; call R(X, Y); }
protocol R { roles: X, Y; X -> Y: M; }"#;
    let mut sources = Sources::default();
    let checked = compile(&[("p", text)], &mut sources).expect("the protocol is right");
    let send = &checked.protocols()[0].sends[0];
    let calls: Vec<&str> = send.calls.iter().map(|call| sources.text(*call)).collect();
    assert_eq!(calls, ["call Q(B, A);", "call R(X, Y);"]);
    assert_eq!(sources.text(send.span), "X -> Y: M;");
    let names = [send.from.role, send.to.role].map(aura_dsl::global::RoleId::index);
    assert_eq!(names, [1, 0]);
}

#[test]
fn sizes_know_their_bounds() {
    let text = r#"#[namespace = "t"]
protocol P {
    roles: A, Q[m], R[n];
    A -> Q[3]: One;
    Q[any t] -> A: Vote;
    A -> R[0..s]: Low;
    A -> R[s..n]: High;
    loop (count: k) { A -> Q[*]: Tick; }
}"#;
    let mut sources = Sources::default();
    let checked = compile(&[("p", text)], &mut sources).expect("the protocol is right");
    let protocol = &checked.protocols()[0];
    let bounds: Vec<(&str, u64, usize)> = protocol
        .sizes
        .iter()
        .map(|size| (&*size.name, size.at_least, size.at_most.len()))
        .collect();
    let expected = [
        ("m", 4, 0),
        ("n", 1, 0),
        ("s", 0, 1),
        ("t", 1, 1),
        ("k", 1, 0),
    ];
    assert_eq!(bounds, expected);
    let names: Vec<&str> = protocol.roles.iter().map(|role| &*role.name).collect();
    assert_eq!(names, ["A", "Q", "R[0..s]", "R[s..]"]);
}

#[test]
fn a_guard_is_judged_word_by_word() {
    let text = r#"#[namespace = "t"]
message Offer { price: u64, kind: String, small: u8 }
protocol P {
    roles: A, B;
    B -> A: Offer;
    choice A {
        a when (price  < limit): { A -> B: M1; }
        b when (kind < "x" || small == 256): { A -> B: M2; }
        c when (!price): { A -> B: M3; }
        d when (Offer.price == small): { A -> B: M4; }
        e: { A -> B: M5; }
    }
}"#;
    let expected = [
        "E0304 p:7:26 limit",
        "E0305 p:8:17 kind < \"x\"",
        "E0305 p:8:31 small == 256",
        "E0305 p:9:18 price",
        "E0305 p:10:17 Offer.price == small",
    ];
    assert_eq!(places(&[("p", text)]), expected);
}

/// Nothing here may take time or memory that grows with what the text stands for.
#[test]
fn texts_that_stand_for_a_great_deal_are_refused_at_once() {
    let loops: Vec<String> = (0..50)
        .map(|at| format!("for i{at} in Q{at}[0..1000] {{ "))
        .collect();
    let loops = loops.concat();
    let families: Vec<String> = (0..50).map(|at| format!("Q{at}[1000]")).collect();
    let families = families.join(", ");
    let nested = format!(
        "protocol P {{ roles: {families}; {loops} {} }}",
        "}".repeat(50)
    );
    let call = |at| {
        let next = at + 1;
        format!("protocol P{at} {{ roles: A, B; call P{next}(A, B); call P{next}(A, B); }}\n")
    };
    let calls = (0..40).map(call).collect::<Vec<String>>().concat();
    let doubled = format!("{calls}protocol P40 {{ roles: A, B; A -> B: M; }}");
    for text in [nested, doubled] {
        let found = findings(&[("p", &format!("#[namespace = \"t\"] {text}"))]);
        assert!(found.starts_with("E0208 "), "{found}");
    }
    let repeated = "#[namespace = \"t\"] protocol P { roles: Q[1000]; \
                    for i in Q[0..1000] { A -> B: M; C -> D: N; } }";
    assert_eq!(
        places(&[("p", repeated)]).len(),
        4,
        "the copies add nothing"
    );
    let alias = |at| format!("type A{at} = A{};\n", at + 1);
    let aliases = (0..3_000).map(alias).collect::<Vec<String>>().concat();
    let sends = "A[guard_capability = \"c(x)\"] -> B: M; ".repeat(3_000);
    let chain = format!(
        "#[namespace = \"t\"] {aliases} type A3000 = u8; capability c(x: u8); \
         message M {{ x: A0 }} protocol P {{ roles: A, B; {sends} }}"
    );
    assert_eq!(findings(&[("p", &chain)]), "");
}

//! What is exported as nuScr and imported again is the same protocol: the same verdict and the same
//! machines, without the labels of branches, which do not travel there.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that reads the corpus"
)]

mod grammar;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use aura_dsl::check::Checked;
use aura_dsl::compile::{Compilation, compile};
use aura_dsl::emit::nuscr::nuscr;
use aura_dsl::global::Protocol;
use aura_dsl::local::{Action, Machine, Peer, State, WireLabel};
use aura_dsl::source::NoImports;
use proptest::prelude::*;

/// The text exported, or why not; and both compilations.
fn there_and_back(name: &str, text: &str) -> Option<(Compilation, Compilation, String)> {
    let before = compile(name, name, text, &NoImports);
    let protocols = Checked::protocols(before.program.as_ref()?);
    let exported = nuscr(protocols).ok()?;
    if let Err(wrong) = grammar::accepts(&exported) {
        panic!("{wrong}\n{text}\n{exported}");
    }
    let after = compile("again.nuscr", "again.nuscr", &exported, &NoImports);
    assert!(
        !after.report.has_errors() || before.report.has_errors(),
        "{text}\n{exported}"
    );
    Some((before, after, exported))
}

/// What happens, in names that both have.
fn shown(protocol: &Protocol, action: &Action) -> String {
    // A name that is a word of nuScr has got a `_`.
    let role = |peer: &Peer| protocol.roles[peer.role.index()].name.trim_end_matches('_');
    let name = |label: &WireLabel| {
        protocol.labels[label.label.index()]
            .name
            .trim_end_matches('_')
    };
    match action {
        Action::Send { to, label, .. } => format!("{}!{}", role(to), name(label)),
        Action::Receive { from, label, .. } => format!("{}?{}", role(from), name(label)),
        other => panic!("no export has {other:?}"),
    }
}

/// Machines are deterministic, so walking both at once finds any difference.
fn assert_same(before: (&Protocol, &Machine), after: (&Protocol, &Machine), text: &str) {
    let mut seen = BTreeSet::from([(0, 0)]);
    let mut open = vec![(0, 0)];
    while let Some((a, b)) = open.pop() {
        let (left, right) = (&before.1.states[a], &after.1.states[b]);
        assert_eq!(left.accepting, right.accepting, "{text}");
        let steps = |protocol, state: &State| {
            let mut steps: Vec<_> = state
                .transitions
                .iter()
                .map(|step| (shown(protocol, &step.action), step.to))
                .collect();
            steps.sort();
            steps
        };
        let (left, right) = (steps(before.0, left), steps(after.0, right));
        let actions = |steps: &[(String, usize)]| {
            steps
                .iter()
                .map(|(action, _)| action.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(actions(&left), actions(&right), "{text}");
        for pair in left.iter().zip(&right).map(|(a, b)| (a.1, b.1)) {
            if seen.insert(pair) {
                open.push(pair);
            }
        }
    }
}

/// Compares all protocols of both; how many there were.
fn compared(before: &Compilation, after: &Compilation, text: &str) -> usize {
    let protocols = |compilation: &Compilation| -> Vec<Protocol> {
        let program = compilation.program.as_ref().unwrap();
        Checked::protocols(program).to_vec()
    };
    let (left, right) = (protocols(before), protocols(after));
    assert_eq!(left.len(), right.len());
    for (at, (a, b)) in left.iter().zip(&right).enumerate() {
        let found = (&before.protocols[at], &after.protocols[at]);
        // What has errors behind its tree has no verdict to compare.
        let (Some(one), Some(other)) = found else {
            continue;
        };
        assert_eq!(one.decision.verdict, other.decision.verdict, "{text}");
        let (Some(one), Some(other)) = (&one.locals, &other.locals) else {
            continue;
        };
        for (one, other) in one.machines.iter().zip(&other.machines) {
            assert_same((a, one), (b, other), text);
        }
    }
    left.len()
}

/// A random protocol that nuScr can say, from a seed.
struct Author {
    seed: u64,
    labels: u32,
    text: String,
}

const ROLES: &[&str] = &["A", "B", "C"];

impl Author {
    fn below(&mut self, bound: usize) -> usize {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.seed >> 33).unwrap() % bound
    }

    fn message(&mut self, from: usize) {
        let to = (from + 1 + self.below(2)) % 3;
        self.labels += 1;
        let payload = ["", "(i64)", " { a: String, b: Vec<u8> }"][self.below(3)];
        let (from, to) = (ROLES[from], ROLES[to]);
        let label = self.labels;
        let _ = writeln!(self.text, "{from} -> {to}: M{label}{payload};");
    }

    /// Some steps; `variables` are the recursions that may be continued where they end.
    fn block(&mut self, depth: usize, variables: &[u32]) {
        for _ in 0..self.below(3) {
            let from = self.below(3);
            self.message(from);
        }
        match self.below(if depth == 0 { 1 } else { 5 }) {
            1 | 2 => self.choice(depth, variables),
            3 => {
                let decider = self.below(3);
                let _ = writeln!(self.text, "loop (decides: {}) {{", ROLES[decider]);
                self.message(decider);
                self.block(depth - 1, &[]);
                self.text.push_str("}\n");
                self.message(decider);
                self.block(depth - 1, &[]);
            }
            4 => {
                self.labels += 1;
                let variable = self.labels;
                let _ = writeln!(self.text, "rec X{variable} {{");
                self.choice(depth, &[variable]);
                self.text.push_str("}\n");
                self.block(depth - 1, &[]);
            }
            _ => {}
        }
    }

    fn choice(&mut self, depth: usize, variables: &[u32]) {
        let decider = self.below(3);
        let _ = writeln!(self.text, "choice {} {{", ROLES[decider]);
        for branch in 0..2 + self.below(2) {
            let _ = writeln!(self.text, "b{branch}: {{");
            self.message(decider);
            match variables.first() {
                Some(variable) if branch == 0 => {
                    let _ = writeln!(self.text, "continue X{variable};");
                }
                _ => self.block(depth - 1, &[]),
            }
            self.text.push_str("}\n");
        }
        self.text.push_str("}\n");
        if variables.is_empty() {
            self.block(depth - 1, &[]);
        }
    }

    fn protocol(seed: u64) -> String {
        let mut author = Self {
            seed,
            labels: 0,
            text: "#[namespace = \"random\"]\nprotocol Random {\nroles: A, B, C;\n".to_owned(),
        };
        author.block(3, &[]);
        author.text + "}\n"
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_protocols_come_back(seed in any::<u64>()) {
        let text = Author::protocol(seed);
        let Some((before, after, exported)) = there_and_back("random.aura", &text) else {
            return Err(TestCaseError::fail(text));
        };
        compared(&before, &after, &format!("{text}\n{exported}"));
    }
}

#[test]
fn random_protocols_have_both_verdicts_and_every_construct() {
    let texts: Vec<_> = (0..100).map(|seed| Author::protocol(seed << 20)).collect();
    let verdicts: BTreeSet<_> = texts
        .iter()
        .filter_map(|text| {
            let found = compile("r.aura", "r.aura", text, &NoImports);
            Some(found.protocols.first()?.as_ref()?.decision.verdict.name())
        })
        .collect();
    assert!(
        verdicts.contains("implementable") && verdicts.len() > 1,
        "{verdicts:?}"
    );
    for word in ["loop", "continue", "choice"] {
        assert!(
            texts.iter().filter(|text| text.contains(word)).count() > 15,
            "{word}"
        );
    }
}

#[test]
fn what_can_be_said_of_the_corpus_comes_back() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut came_back = 0;
    for folder in ["corpus/pass", "corpus/verdict-fail", "pairs/version-alone"] {
        for entry in std::fs::read_dir(tests.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            let Some((before, after, exported)) = there_and_back(name, &text) else {
                continue;
            };
            // Of two branches that begin alike for somebody nobody is told without labels.
            if exported.contains("choice") && after.report.has_errors() {
                continue;
            }
            came_back += compared(&before, &after, &exported);
        }
    }
    assert!(came_back >= 15, "{came_back}");
}

/// The first construct outside of what nuScr says, with its token.
fn refused(step: &str) -> String {
    let text = format!("#[namespace = \"t\"]\nprotocol P {{\nroles: A, B;\n{step}\n}}\n");
    let before = compile("t.aura", "t.aura", &text, &NoImports);
    let program = before
        .program
        .as_ref()
        .unwrap_or_else(|| panic!("{:?}", before.report));
    let report = nuscr(Checked::protocols(program)).unwrap_err();
    let found = report.iter().next().unwrap();
    format!(
        "{} {}: {}",
        found.code,
        before.sources.start(found.span).line,
        found.message
    )
}

#[test]
fn what_nuscr_cannot_say_is_named_where_it_stands() {
    insta::assert_snapshot!(
        [
            refused("A -> B: M;\nloop (count: 3) { A -> B: N; }"),
            refused("timeout (1s) at B { A -> B: M; B -> A: G; } else { B -> A: L; }"),
            refused("par { { A -> B: M; } { B -> A: N; } }"),
            refused("A -> B: M;\nlocal B: f(M);"),
            refused("choice A { x: { A -> B: M; } y: { A -> B: M; } }"),
            refused("choice A { x: { B -> A: M; } y: { A -> B: N; } }"),
            refused("loop (decides: A) { A -> B: M; }"),
        ]
        .join("\n")
    );
}

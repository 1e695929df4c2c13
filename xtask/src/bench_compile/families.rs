//! The generated protocols, each family a shape that some compiler is slow on.
//!
//! Out: the text of each case, how many messages it has, and the times that are to be reached and
//! to be beaten. The times to beat are nuScr's on a machine of the same kind.

use std::fmt::Write;

/// One protocol of a family.
pub(crate) struct Case {
    /// The family.
    pub(crate) family: &'static str,
    /// What is counted: messages, branches, roles, choices or depth.
    pub(crate) size: usize,
    /// The protocol.
    pub(crate) text: String,
    /// Seconds that `check` should take at most.
    pub(crate) reach: Option<f64>,
    /// Seconds that nuScr takes; a `>` marks a run that was given up.
    pub(crate) beat: &'static str,
}

impl Case {
    /// Sends that stand in the text.
    pub(crate) fn messages(&self) -> usize {
        self.text.matches("->").count()
    }

    /// Whether this is the protocol whose time stands for starting a process.
    pub(crate) fn baseline(&self) -> bool {
        self.family == "baseline"
    }
}

/// Every case, families together, sizes ascending.
pub(crate) fn all() -> Vec<Case> {
    let case = |family, size, text, reach, beat| Case {
        family,
        size,
        text,
        reach,
        beat,
    };
    vec![
        case("baseline", 1, sequential(1), None, ""),
        case("sequential", 100, sequential(100), None, ""),
        case("sequential", 1_000, sequential(1_000), None, ""),
        case("sequential", 5_000, sequential(5_000), Some(0.05), "0.06"),
        case("choice", 10, choice(10), None, ""),
        case("choice", 100, choice(100), None, ""),
        case("choice", 1_000, choice(1_000), Some(0.1), "7.5"),
        case("ring", 10, ring(10), None, ""),
        case("ring", 100, ring(100), None, "0.06"),
        case("ring", 1_000, ring(1_000), Some(0.3), ""),
        case("choices in sequence", 8, choices_in_sequence(8), None, ""),
        case(
            "choices in sequence",
            16,
            choices_in_sequence(16),
            None,
            ">120",
        ),
        case(
            "choices in sequence",
            64,
            choices_in_sequence(64),
            Some(0.02),
            "",
        ),
        case("choice tree", 8, choice_tree(8), None, ""),
        case("choice tree", 12, choice_tree(12), Some(0.1), ">120"),
        case("nested go/stop", 100, nested(100), None, ""),
        case("nested go/stop", 400, nested(400), Some(0.05), "2.1"),
    ]
}

fn protocol(roles: &str, body: &str) -> String {
    format!("#[namespace = \"bench\"]\nprotocol Bench {{\n    roles: {roles};\n{body}}}\n")
}

/// Distinct messages to and fro between two roles.
fn sequential(messages: usize) -> String {
    let mut body = String::new();
    for i in 0..messages {
        let (from, to) = if i % 2 == 0 { ("A", "B") } else { ("B", "A") };
        let _ = writeln!(body, "    {from} -> {to}: M{i};");
    }
    protocol("A, B", &body)
}

/// One choice of many branches, a third role informed in each.
fn choice(branches: usize) -> String {
    let mut body = String::from("    choice A {\n");
    for i in 0..branches {
        let _ = writeln!(body, "        b{i}: {{ A -> B: M{i}; B -> C: N{i}; }}");
    }
    body.push_str("    }\n");
    protocol("A, B, C", &body)
}

/// A token goes round until the first role stops it.
fn ring(roles: usize) -> String {
    let names: Vec<String> = (0..roles).map(|i| format!("R{i}")).collect();
    let mut body = String::from("    rec Round {\n        choice R0 {\n            go: {\n");
    for i in 0..roles {
        let _ = writeln!(body, "                R{i} -> R{}: Go;", (i + 1) % roles);
    }
    body.push_str("                continue Round;\n            }\n            stop: {\n");
    for i in 0..roles - 1 {
        let _ = writeln!(body, "                R{i} -> R{}: Stop;", i + 1);
    }
    body.push_str("            }\n        }\n    }\n");
    protocol(&names.join(", "), &body)
}

/// Binary choices one after another: exponential for who copies what follows into each branch.
fn choices_in_sequence(choices: usize) -> String {
    let mut body = String::new();
    for i in 0..choices {
        let _ = writeln!(
            body,
            "    choice A {{\n        l: {{ A -> B: L{i}; B -> C: L{i}; }}\n        \
             r: {{ A -> B: R{i}; B -> C: R{i}; }}\n    }}"
        );
    }
    protocol("A, B, C", &body)
}

/// A full binary tree of choices whose leaves all differ.
fn choice_tree(depth: u32) -> String {
    fn grow(depth: u32, leaf: &mut usize, out: &mut String) {
        if depth == 0 {
            let _ = writeln!(out, "B -> C: Leaf{leaf};");
            *leaf += 1;
            return;
        }
        out.push_str("choice A {\nl: { A -> B: L;\n");
        grow(depth - 1, leaf, out);
        out.push_str("}\nr: { A -> B: R;\n");
        grow(depth - 1, leaf, out);
        out.push_str("}\n}\n");
    }
    let mut body = String::new();
    grow(depth, &mut 0, &mut body);
    protocol("A, B, C", &body)
}

/// Go further down or stop, at each of many levels; a third role is told.
fn nested(levels: usize) -> String {
    let mut body = String::new();
    for _ in 0..levels {
        body.push_str("choice A {\nstop: { A -> B: Stop; B -> C: Stop; }\n");
        body.push_str("go: { A -> B: Go; B -> C: Go;\n");
    }
    for _ in 0..levels {
        body.push_str("}\n}\n");
    }
    protocol("A, B, C", &body)
}

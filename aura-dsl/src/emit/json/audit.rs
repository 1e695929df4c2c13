//! The JSON of `audit`: the numbers of the text, exact, with the symbols that they range over.
//!
//! In: [`Subject`]s and their audits. Out: the objects of `docs/schema/audit.schema.json`. Numbers
//! are polynomials with integer coefficients, written as decimal strings since they may be larger
//! than what readers of JSON keep; leakage counts in millionths.

mod fill;

use serde::Serialize;

use super::report::Place;
use crate::audit;
use crate::emit::name::Names;
use crate::emit::{Subject, resilience};

/// A protocol with its audit.
#[derive(Debug, Serialize)]
pub struct Protocol {
    name: String,
    namespace: String,
    version: String,
    verdict: &'static str,
    method: String,
    audit: Option<Audit>,
}

#[derive(Debug, Serialize)]
struct Audit {
    symbols: Vec<Symbol>,
    authority: Authority,
    cost: Costs,
    leakage: Vec<Leakage>,
    facts: Vec<FactRow>,
    receipts: Vec<ReceiptRow>,
    contexts: Vec<ContextRow>,
    bridges: Vec<Bridge>,
    /// Where it was asked for.
    resilience: Option<resilience::Rows>,
}

#[derive(Debug, Serialize)]
struct Symbol {
    name: String,
    kind: &'static str,
    at_least: u64,
    /// What a sum stands for.
    value: Option<String>,
}

#[derive(Debug, Serialize)]
struct Authority {
    grants: Vec<Grant>,
    messages: Vec<MessageRow>,
    unused: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Grant {
    role: String,
    capability: Option<String>,
    message: String,
    to: Vec<String>,
    bridges: Vec<Crossing>,
    sends: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Crossing {
    from: String,
    to: String,
}

#[derive(Debug, Serialize)]
struct MessageRow {
    message: String,
    /// `every` path passes a guard, `some` do, or `none` does.
    guarded_paths: &'static str,
    uniform: bool,
    guarded: Vec<Place>,
    free: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Costs {
    run: AmountOf,
    roles: Vec<Row>,
    pairs: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Leakage {
    observer: &'static str,
    #[serde(flatten)]
    costs: Costs,
}

#[derive(Debug, Serialize)]
struct Row {
    role: String,
    peer: Option<String>,
    #[serde(flatten)]
    amount: AmountOf,
    per_member: Option<AmountOf>,
}

#[derive(Debug, Serialize)]
struct AmountOf {
    best: Option<Bound>,
    worst: Option<Bound>,
    needed: Option<Bound>,
    endless: Vec<Endless>,
}

#[derive(Debug, Serialize)]
struct Endless {
    recursion: String,
    before: RangeOf,
    round: RangeOf,
}

#[derive(Debug, Serialize)]
struct RangeOf {
    best: Bound,
    worst: Bound,
    needed: Bound,
}

#[derive(Debug, Serialize)]
struct Bound {
    text: String,
    exact: bool,
    terms: Vec<Term>,
}

#[derive(Debug, Serialize)]
struct Term {
    coefficient: String,
    factors: Vec<Factor>,
}

#[derive(Debug, Serialize)]
struct Factor {
    symbol: String,
    power: u32,
}

/// A step of the tree of facts.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FactRow {
    Facts {
        role: String,
        facts: Vec<String>,
        merged: bool,
        #[serde(flatten)]
        place: Place,
    },
    Choice {
        decider: String,
        branches: Vec<FactBranch>,
    },
    Loop {
        rounds: String,
        facts: Vec<FactRow>,
    },
    Par {
        branches: Vec<FactBranch>,
    },
    Timeout {
        lasting: String,
        decider: String,
        branches: Vec<FactBranch>,
    },
    Continue {
        recursion: String,
    },
}

#[derive(Debug, Serialize)]
struct FactBranch {
    label: Option<String>,
    facts: Vec<FactRow>,
}

#[derive(Debug, Serialize)]
struct ReceiptRow {
    message: String,
    from: String,
    receipt: String,
    arrived_by: Vec<Place>,
    #[serde(flatten)]
    place: Place,
}

#[derive(Debug, Serialize)]
struct ContextRow {
    context: String,
    roles: Vec<String>,
    sends: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Bridge {
    from: String,
    to: String,
    roles: Vec<String>,
    sends: Vec<Place>,
}

impl Protocol {
    /// A protocol that could not be audited since there are errors.
    pub fn failed(name: String) -> Self {
        Self {
            name,
            namespace: String::new(),
            version: String::new(),
            verdict: "error",
            method: String::new(),
            audit: None,
        }
    }

    /// A protocol with its audit.
    pub fn new(subject: Subject<'_>, audit: &audit::Audit) -> Self {
        let names = Names::new(subject.protocol);
        let view = fill::View {
            subject,
            names: &names,
            symbols: &audit.symbols,
        };
        Self {
            name: subject.protocol.name.clone(),
            namespace: subject.protocol.namespace.clone(),
            version: subject.protocol.version.clone(),
            verdict: subject.decision.verdict.name(),
            method: subject.decision.method.clone(),
            audit: Some(view.audit(audit)),
        }
    }
}

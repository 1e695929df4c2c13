//! Verdicts: what was decided about a protocol, by which method, and the run that shows it.

use crate::source::Span;

/// What was decided. The order is that of DECISIONS: where several hold, the first is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The protocol lies outside the class that the method decides.
    OutsideClass,
    /// No implementation can follow the protocol.
    NotImplementable,
    /// A role may wait for a message that never comes, because it cannot tell that all is over.
    MayWait,
    /// A role may wait for ever while others go on for ever.
    Starvation,
    /// The projected machines implement the protocol.
    Implementable,
}

impl Verdict {
    /// The verdict's name in JSON and in text.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::OutsideClass => "outside-class",
            Verdict::NotImplementable => "not-implementable",
            Verdict::MayWait => "may-wait",
            Verdict::Starvation => "starvation",
            Verdict::Implementable => "implementable",
        }
    }
}

/// A verdict with what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// How it was decided, in one sentence, with what is argued rather than proved.
    pub method: String,
    /// Properties that were looked at, in order, each with its own answer.
    pub properties: Vec<Property>,
    /// For every verdict but `Implementable` and `OutsideClass`: the runs that show it.
    pub counterexample: Option<Counterexample>,
}

/// A property that was decided on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name: "send validity", "receive validity", "no mixed choice", "no waiting for ever", ..
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// How it was decided.
    pub method: &'static str,
}

/// Why a protocol cannot be implemented as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// The role that cannot tell, as printed: `C`, `Q[i]`.
    pub role: String,
    /// What goes wrong, in one sentence.
    pub reason: String,
    /// The runs that the role cannot tell apart; where one run alone shows it, just that.
    pub runs: Vec<Run>,
    /// A change that was tried and makes the verdict `Implementable`.
    pub hint: Option<Hint>,
}

/// A run, as a sequence chart would draw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What the run shows, in one sentence.
    pub title: String,
    /// What happens, in order.
    pub events: Vec<Event>,
}

/// One event of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The participant that acts, as printed: `A`, `Q[0]`.
    pub from: String,
    /// The receiver of a message; `None` for a decision or another local event.
    pub to: Option<String>,
    /// What travels or happens, as printed.
    pub label: String,
    /// Where it stands.
    pub span: Span,
    /// Whether the event is the one that goes wrong.
    pub faulty: bool,
}

/// A repair that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What to do, in one sentence.
    pub text: String,
    /// The texts to insert: where (a byte offset in a file, as an empty span) and what.
    pub insertions: Vec<(Span, String)>,
}

//! Diagnostics: what is wrong, where, and what to do about it.
//!
//! Stages push [`Diagnostic`]s into a [`Report`]; one renderer (`diag::render`) prints them. A
//! stage reports all of its errors and then stops.

pub mod codes;
pub mod render;

pub use codes::{Code, Severity};

use crate::source::Span;

/// A place beside the main one, with a word on why it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// Why it matters.
    pub message: String,
}

/// One finding of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that was broken; it decides whether this is an error or a warning.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The exact token.
    pub span: Span,
    /// Other places that take part.
    pub labels: Vec<Label>,
    /// What to do, in one sentence.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without further labels and help.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            span,
            labels: Vec::new(),
            help: None,
        }
    }

    /// Adds a second place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            message: message.into(),
        });
        self
    }

    /// Sets the help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All findings of a compilation so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds all findings of another report.
    pub fn extend(&mut self, other: Report) {
        self.diagnostics.extend(other.diagnostics);
    }

    /// Leaves out what one rule has found.
    pub fn leave_out(&mut self, code: Code) {
        self.diagnostics.retain(|found| found.code != code);
    }

    /// Whether at least one finding is an error.
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The errors, in the order of finding.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter()
            .filter(|diagnostic| diagnostic.code.severity() == Severity::Error)
    }

    /// Every finding, in the order of finding.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter()
    }

    /// Orders the findings by file and place and drops repetitions.
    pub fn sort(&mut self) {
        self.diagnostics
            .sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        self.diagnostics.dedup();
    }
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: vec![diagnostic],
        }
    }
}

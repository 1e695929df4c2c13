//! The JSON of `check`, and the parts that other commands share with it.
//!
//! In: diagnostics and decisions. Out: the objects of `docs/schema/check.schema.json`. Lines and
//! columns count from 1, columns in characters.

use serde::Serialize;

use crate::diag::{self, Report, Severity};
use crate::emit::Subject;
use crate::source::{Position, Sources, Span};
use crate::verdict::{self, Decision};

/// All that a run of a command found.
#[derive(Debug, Serialize)]
pub struct Findings<P> {
    /// The files, in the order in which they were compiled.
    pub files: Vec<File<P>>,
    /// What was found in all of them.
    pub diagnostics: Vec<Diagnostic>,
}

impl<P> Default for Findings<P> {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            diagnostics: Vec::new(),
        }
    }
}

/// A file with its protocols.
#[derive(Debug, Serialize)]
pub struct File<P> {
    /// The path as the user gave it.
    pub path: String,
    /// Its protocols, in order.
    pub protocols: Vec<P>,
}

/// A protocol with its verdict.
#[derive(Debug, Serialize)]
pub struct Protocol {
    /// Its name.
    pub name: String,
    /// The verdict, `error` where an earlier stage found errors.
    pub verdict: &'static str,
    /// How it was decided; empty for an error.
    pub method: String,
    /// The run that shows a negative verdict.
    pub counterexample: Option<Counterexample>,
}

impl Protocol {
    /// A protocol that was decided.
    pub fn decided(subject: Subject<'_>) -> Self {
        let Decision {
            verdict,
            method,
            counterexample,
            ..
        } = subject.decision;
        Self {
            name: subject.protocol.name.clone(),
            verdict: verdict.name(),
            method: method.clone(),
            counterexample: counterexample
                .as_ref()
                .map(|found| Counterexample::new(subject.sources, found)),
        }
    }

    /// A protocol that could not be decided since there are errors.
    pub fn failed(name: String) -> Self {
        Self {
            name,
            verdict: "error",
            method: String::new(),
            counterexample: None,
        }
    }
}

/// The names of the protocols that a text with errors seems to declare, so that each of them has an
/// entry: the words behind `protocol` and `choreography` outside of comments and strings.
pub fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut declares = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |char: char| char.is_alphanumeric() || char == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else if word(first) {
            let length = rest.find(|char| !word(char)).unwrap_or(rest.len());
            if std::mem::take(&mut declares) {
                names.push(rest[..length].to_owned());
            }
            declares = matches!(&rest[..length], "protocol" | "choreography");
            length
        } else {
            declares &= first.is_whitespace();
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    names
}

/// A finding.
#[derive(Debug, Serialize)]
pub struct Diagnostic {
    /// The rule.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// The place behind the last character.
    pub end: End,
}

/// A place in a file that is known already.
#[derive(Debug, Serialize)]
pub struct End {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl From<Position> for End {
    fn from(Position { line, column }: Position) -> Self {
        Self { line, column }
    }
}

/// The findings of a report.
pub fn diagnostics(sources: &Sources, report: &Report) -> Vec<Diagnostic> {
    let one = |found: &diag::Diagnostic| {
        let at = sources.start(found.span);
        Diagnostic {
            code: found.code.name(),
            severity: match found.code.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: found.message.clone(),
            help: found.help.clone(),
            path: sources.file(found.span.file).path.clone(),
            line: at.line,
            column: at.column,
            end: sources.end(found.span).into(),
        }
    };
    report.iter().map(one).collect()
}

/// A place in a file.
#[derive(Debug, Serialize)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Place {
    /// Where a span begins.
    pub fn new(sources: &Sources, span: Span) -> Self {
        let Position { line, column } = sources.start(span);
        Self {
            path: sources.file(span.file).path.clone(),
            line,
            column,
        }
    }
}

/// Why a protocol cannot be implemented as written.
#[derive(Debug, Serialize)]
pub struct Counterexample {
    role: String,
    reason: String,
    runs: Vec<Run>,
    hint: Option<Hint>,
}

#[derive(Debug, Serialize)]
struct Run {
    title: String,
    events: Vec<Event>,
}

#[derive(Debug, Serialize)]
struct Event {
    from: String,
    to: Option<String>,
    label: String,
    faulty: bool,
    #[serde(flatten)]
    place: Place,
}

#[derive(Debug, Serialize)]
struct Hint {
    text: String,
    insertions: Vec<Insertion>,
}

#[derive(Debug, Serialize)]
struct Insertion {
    text: String,
    #[serde(flatten)]
    place: Place,
}

impl Counterexample {
    /// The counterexample with its places.
    pub fn new(sources: &Sources, found: &verdict::Counterexample) -> Self {
        let event = |event: &verdict::Event| Event {
            from: event.from.clone(),
            to: event.to.clone(),
            label: event.label.clone(),
            faulty: event.faulty,
            place: Place::new(sources, event.span),
        };
        let insertion = |(span, text): &(Span, String)| Insertion {
            text: text.clone(),
            place: Place::new(sources, *span),
        };
        Self {
            role: found.role.clone(),
            reason: found.reason.clone(),
            runs: found
                .runs
                .iter()
                .map(|run| Run {
                    title: run.title.clone(),
                    events: run.events.iter().map(event).collect(),
                })
                .collect(),
            hint: found.hint.as_ref().map(|hint| Hint {
                text: hint.text.clone(),
                insertions: hint.insertions.iter().map(insertion).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_of_broken_texts_are_found_by_their_keyword() {
        let text =
            "// protocol No\nprotocol A { \"protocol B\" } choreography C protocol { protocol";
        assert_eq!(names(text), ["A", "C"]);
    }
}

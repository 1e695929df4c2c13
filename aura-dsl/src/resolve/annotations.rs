//! Annotations: what the brackets of a sender say becomes the [`Terms`] of the send.
//!
//! In: keys and values as written. Out: one set of terms with the default cost filled in. What the
//! text inside of a value means is decided by one module a key.

mod capability;
mod facts;
mod leak;

use super::attributes::wrong_kind;
use super::nearest;
use super::phrase::Unexpected;
use super::protocol::{Here, Resolver};
use crate::ast::{Annotation, Value, ValueKind};
use crate::diag::{Code, Diagnostic, codes};
use crate::global::{LabelId, Receipt, TermSpans, Terms};
use crate::source::Span;

const KEYS: [&str; 7] = [
    "guard_capability",
    "flow_cost",
    "journal_facts",
    "journal_merge",
    "leak",
    "receipt",
    "audit_log",
];

impl<'a> Resolver<'a, '_> {
    /// The terms of a send of `label`.
    pub(super) fn terms(&mut self, written: &'a [Annotation], label: LabelId, here: Here) -> Terms {
        let declared = self.stage.declared;
        let mut terms = Terms {
            context: self.context_of(here),
            bridge_from: here.bridge,
            capability: None,
            cost: declared.protocols[self.frame().protocol].settings.cost,
            facts: Vec::new(),
            merge: false,
            leak: Vec::new(),
            receipt: None,
            audit_log: None,
            spans: TermSpans::default(),
        };
        let mut seen: [Option<Span>; KEYS.len()] = [None; KEYS.len()];
        for annotation in written {
            let key = &*annotation.key.text;
            let Some(position) = KEYS.iter().position(|known| *known == key) else {
                let message = format!("there is no annotation `{key}`");
                let diagnostic = Diagnostic::new(codes::E0401, annotation.key.span, message);
                let otherwise = format!("the annotations are `{}`", KEYS.join("`, `"));
                nearest::report(self.stage.report, diagnostic, key, KEYS, otherwise);
                continue;
            };
            if let Some(first) = seen[position] {
                let message = format!("the annotation `{key}` is given twice");
                self.stage.report.push(
                    Diagnostic::new(codes::E0402, annotation.key.span, message)
                        .label(first, "given here first")
                        .help("remove one of the two"),
                );
                continue;
            }
            seen[position] = Some(annotation.key.span);
            self.term(&mut terms, key, &annotation.value, label);
        }
        if terms.merge && terms.facts.is_empty() && seen[2].is_none() {
            let span = seen[3].unwrap_or(self.out.span);
            self.stage.report.push(
                Diagnostic::new(
                    codes::W0907,
                    span,
                    "there are no facts that could be merged",
                )
                .help("name them with `journal_facts = \"..\"`"),
            );
        }
        terms
    }

    fn term(&mut self, terms: &mut Terms, key: &str, value: &'a Value, label: LabelId) {
        match (key, &value.kind) {
            ("guard_capability", ValueKind::Text(text)) => {
                terms.capability = self.capability(text, value, label);
                terms.spans.capability = Some(value.span);
            }
            ("journal_facts", ValueKind::Text(text)) => {
                terms.facts = self.facts(text, value, label);
                terms.spans.facts = Some(value.span);
            }
            ("audit_log", ValueKind::Text(text)) => terms.audit_log = Some(text.clone()),
            ("journal_merge", ValueKind::Bool(merge)) => terms.merge = *merge,
            ("leak", ValueKind::Map(entries)) => {
                terms.leak = self.leak(entries);
                terms.spans.leak = Some(value.span);
            }
            ("flow_cost", ValueKind::Integer(cost)) => {
                if *cost == 0 {
                    let message = "no message is free: a flow cost of 0 is not allowed";
                    self.stage.report.push(
                        Diagnostic::new(codes::E0404, value.span, message)
                            .help("write a cost of at least 1, or leave it out for the default"),
                    );
                }
                terms.cost = (*cost).max(1);
                terms.spans.cost = Some(value.span);
            }
            ("receipt", ValueKind::Name(name)) => {
                terms.receipt = self.receipt(name, value);
                terms.spans.receipt = Some(value.span);
            }
            _ => {
                let wanted = match key {
                    "flow_cost" => "a whole number",
                    "journal_merge" => "`true` or `false`",
                    "leak" => "a list of observers with numbers",
                    "receipt" => "`root` or a label",
                    _ => "a text in quotes",
                };
                self.stage.report.push(wrong_kind(value, key, wanted));
            }
        }
    }

    /// Whether the label arrived at the sender is decided by `check` on the whole tree.
    fn receipt(&mut self, name: &'a str, value: &Value) -> Option<Receipt> {
        if name == "root" {
            return Some(Receipt::Root);
        }
        let label = self.label_index.get(name).copied();
        if label.is_none() {
            // In a loop the label may stand further down.
            let next = self.out.sends.len();
            self.receipts.push((next, name, value.span));
        }
        label.map(Receipt::Forward)
    }

    /// Fills in receipts whose label stands behind the send, and reports those without one.
    pub(super) fn finish_receipts(&mut self) {
        for (first, name, span) in std::mem::take(&mut self.receipts) {
            if let Some(label) = self.label_index.get(name) {
                let sends = self.out.sends[first..].iter_mut();
                for send in sends.take_while(|send| send.terms.spans.receipt == Some(span)) {
                    send.terms.receipt = Some(Receipt::Forward(*label));
                }
                continue;
            }
            let message = format!("the protocol has no message `{name}`");
            let diagnostic = Diagnostic::new(codes::E0411, span, message);
            let known = self.out.labels.iter().map(|label| &*label.name);
            let otherwise = "write `receipt = root`, or the label that arrived with a receipt";
            nearest::report(self.stage.report, diagnostic, name, known, otherwise);
        }
    }

    /// The place of a word inside of a text in quotes. A text with escapes is one place.
    fn inside(&self, text: &str, value: &Value, start: usize, len: usize) -> Span {
        let raw = self.stage.sources.text(value.span);
        let plain = raw.get(1..raw.len().saturating_sub(1)) == Some(text);
        let offset = u32::try_from(start).ok();
        match (plain, offset, u32::try_from(len)) {
            (true, Some(offset), Ok(len)) => {
                let start = value.span.start + 1 + offset;
                Span {
                    start,
                    end: start + len,
                    ..value.span
                }
            }
            _ => value.span,
        }
    }

    /// Reports a text that is not written as its key wants it.
    fn malformed(&mut self, code: Code, text: &str, value: &Value, error: &Unexpected, form: &str) {
        let message = format!("{} is expected here", error.expected);
        let span = match error.len {
            0 => value.span,
            len => self.inside(text, value, error.start, len),
        };
        self.stage
            .report
            .push(Diagnostic::new(code, span, message).help(format!("the form is {form}")));
    }
}

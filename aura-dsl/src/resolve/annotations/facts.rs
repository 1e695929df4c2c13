//! `journal_facts = "committed(root), notified"`: the facts that a send leaves.

use std::collections::HashSet;

use super::super::phrase;
use super::super::protocol::Resolver;
use crate::ast::Value;
use crate::diag::{Diagnostic, codes};
use crate::global::{Fact, LabelId};

impl Resolver<'_, '_> {
    /// The facts that `text` names for sends of `label`; each stored field is one of its payload.
    pub(super) fn facts(&mut self, text: &str, value: &Value, label: LabelId) -> Vec<Fact> {
        let phrases = match phrase::phrases(text, false) {
            Ok(phrases) => phrases,
            Err(error) => {
                let form = "`fact, fact(field, ..)`";
                self.malformed(codes::E0409, text, value, &error, form);
                return Vec::new();
            }
        };
        let mut facts: Vec<Fact> = Vec::new();
        let mut seen = HashSet::new();
        for phrase in phrases {
            let mut fields = Vec::new();
            for word in &phrase.fields {
                let span = self.inside(text, value, word.start, word.text.len());
                fields.extend(self.field(label, *word, span).map(|field| field.name));
            }
            let fact = Fact {
                name: phrase.name.text.to_owned(),
                fields,
            };
            if !seen.insert(phrase.name.text) {
                let span = self.inside(text, value, phrase.name.start, phrase.name.text.len());
                let message = format!("the fact `{}` is named twice", fact.name);
                self.stage.report.push(
                    Diagnostic::new(codes::E0409, span, message).help("remove one of the two"),
                );
                continue;
            }
            facts.push(fact);
        }
        facts
    }
}

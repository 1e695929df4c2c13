//! `guard_capability = "need_query(terms)"`: which capability a send demands, and with what.
//!
//! What holds afterwards: a declared capability gets as many arguments as it has parameters, each
//! a field of the payload with the parameter's type or a collection of it. Where nothing is
//! declared, the first use of a name decides its parameters.

use super::super::nearest;
use super::super::phrase::{self, Word, counted, listed};
use super::super::protocol::Resolver;
use super::super::types;
use crate::ast::Value;
use crate::diag::{Diagnostic, codes};
use crate::global::{Capability, CapabilityId, LabelId, Payload, PayloadField};
use crate::source::Span;

impl Resolver<'_, '_> {
    /// The capability that `text` demands of sends of `label`.
    pub(super) fn capability(
        &mut self,
        text: &str,
        value: &Value,
        label: LabelId,
    ) -> Option<(CapabilityId, Vec<String>)> {
        let phrase = match phrase::phrases(text, true) {
            Ok(mut phrases) if phrases.len() == 1 => phrases.remove(0),
            Ok(phrases) => {
                let second = phrases.get(1)?.name;
                let span = self.inside(text, value, second.start, second.text.len());
                let message = "a send demands one capability";
                let help = "declare one capability that stands for both";
                let diagnostic = Diagnostic::new(codes::E0407, span, message).help(help);
                self.stage.report.push(diagnostic);
                return None;
            }
            Err(error) => {
                self.malformed(
                    codes::E0407,
                    text,
                    value,
                    &error,
                    "`name` or `name(field, ..)`",
                );
                return None;
            }
        };
        let span = self.inside(text, value, phrase.name.start, phrase.name.text.len());
        let mut arguments = Vec::new();
        for word in &phrase.fields {
            let span = self.inside(text, value, word.start, word.text.len());
            arguments.push((self.field(label, *word, span)?, span));
        }
        let id = self.capability_named(phrase.name.text, span, &arguments)?;
        self.fits(id, span, &arguments);
        Some((
            id,
            arguments.into_iter().map(|(field, _)| field.name).collect(),
        ))
    }

    /// The field of a label's payload, or an error that names the nearest one.
    pub(super) fn field(
        &mut self,
        label: LabelId,
        word: Word<'_>,
        span: Span,
    ) -> Option<PayloadField> {
        let id = label;
        let label = &self.out.labels[label.index()];
        let fields: &[PayloadField] = match &label.payload {
            Payload::Fields(fields) => fields,
            Payload::Unit | Payload::Types(_) => &[],
        };
        let index = self.field_index.entry(id).or_insert_with(|| {
            let names = fields.iter().map(|field| field.name.clone());
            names.zip(0..).collect()
        });
        if let Some(position) = index.get(word.text) {
            return Some(fields[*position].clone());
        }
        let name = &label.name;
        let message = format!("`{name}` has no field `{}`", word.text);
        let known = || fields.iter().map(|field| &*field.name);
        let otherwise = if fields.is_empty() {
            format!(
                "declare its fields: `message {name} {{ {}: .. }}`",
                word.text
            )
        } else {
            format!("its fields are {}", listed(known()))
        };
        let diagnostic = Diagnostic::new(codes::E0410, span, message);
        nearest::report(self.stage.report, diagnostic, word.text, known(), otherwise);
        None
    }

    fn capability_named(
        &mut self,
        name: &str,
        span: Span,
        arguments: &[(PayloadField, Span)],
    ) -> Option<CapabilityId> {
        let declared = self.stage.declared;
        let position = declared.capability_index.get(name).copied();
        if let Some(position) = position {
            self.stage.demanded[position] = true;
        } else if !declared.capabilities.is_empty() {
            let message = format!("the capability `{name}` is not declared");
            let diagnostic = Diagnostic::new(codes::E0204, span, message);
            let known = declared
                .capabilities
                .iter()
                .map(|capability| &*capability.name.text);
            let otherwise = format!("declare it: `capability {name};`");
            nearest::report(self.stage.report, diagnostic, name, known, otherwise);
            return None;
        }
        if let Some(id) = self.capability_index.get(name) {
            return Some(*id);
        }
        let capability = match position.map(|position| declared.capabilities[position]) {
            Some(item) => Capability {
                name: name.to_owned(),
                params: super::super::declare::fields(&item.params),
                declared: true,
                span: item.name.span,
            },
            None => Capability {
                name: name.to_owned(),
                params: arguments.iter().map(|(field, _)| field.clone()).collect(),
                declared: false,
                span,
            },
        };
        let id = CapabilityId::of(self.out.capabilities.len());
        self.capability_index.insert(name.to_owned(), id);
        self.out.capabilities.push(capability);
        Some(id)
    }

    /// Checks the arguments against the parameters.
    fn fits(&mut self, id: CapabilityId, span: Span, arguments: &[(PayloadField, Span)]) {
        let capability = &self.out.capabilities[id.index()];
        let params = &capability.params;
        let place = capability.span;
        let what = if capability.declared {
            "declared here"
        } else {
            "its first use decides its parameters"
        };
        if params.len() != arguments.len() {
            let name = &capability.name;
            let wanted = counted(params.len(), "argument");
            let message = format!(
                "the capability `{name}` takes {wanted}, not {}",
                arguments.len()
            );
            let help = if params.is_empty() {
                format!("write `{name}` alone")
            } else {
                let params = listed(params.iter().map(|param| &*param.name));
                format!("name a field in its parentheses for each of {params}")
            };
            self.stage.report.push(
                Diagnostic::new(codes::E0408, span, message)
                    .label(place, what)
                    .help(help),
            );
            return;
        }
        let types = &self.stage.declared.types;
        for (param, (field, span)) in params.iter().zip(arguments) {
            if !types::accepts(types, &param.ty, &field.ty) {
                let message = format!(
                    "the field `{}` does not fit the parameter `{}`",
                    field.name, param.name
                );
                self.stage.report.push(
                    Diagnostic::new(codes::E0408, *span, message)
                        .label(param.span, "the parameter")
                        .label(field.span, "the field")
                        .help("a field has the parameter's type, or is a collection of it"),
                );
            }
        }
    }
}

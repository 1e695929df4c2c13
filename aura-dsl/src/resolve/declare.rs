//! Collects what the files declare into one space of names.
//!
//! In: the syntax trees, imports before importers. Out: tables by name. What holds: a name stands
//! for one thing; the later of two declarations is reported and left out.

use std::collections::HashMap;

use super::attributes::{self, Settings};
use super::types::{self, Types};
use crate::ast::{self, Ident, Item};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{PayloadField, TypeDecl, TypeDeclKind};
use crate::source::{FileId, Span};

/// Everything that the text and its imports declare.
pub(super) struct Declared<'a> {
    /// The text itself; the others were imported.
    pub(super) root: FileId,
    /// Payload types and messages.
    pub(super) types: Types,
    /// Capabilities, in order.
    pub(super) capabilities: Vec<&'a ast::Capability>,
    /// Their positions by name.
    pub(super) capability_index: HashMap<&'a str, usize>,
    /// Protocols, in order.
    pub(super) protocols: Vec<Declaration<'a>>,
    /// Their positions by name.
    pub(super) protocol_index: HashMap<&'a str, usize>,
}

/// A protocol with the attributes that hold for it.
pub(super) struct Declaration<'a> {
    /// The text it stands in.
    pub(super) file: FileId,
    /// What was written.
    pub(super) protocol: &'a ast::Protocol,
    /// What its attributes and those of its file say.
    pub(super) settings: Settings,
}

/// Collects the declarations of `files`.
pub(super) fn declare<'a>(
    files: &[&'a ast::File],
    root: FileId,
    report: &mut Report,
) -> Declared<'a> {
    let mut declared = Declared {
        root,
        types: Types::default(),
        capabilities: Vec::new(),
        capability_index: HashMap::new(),
        protocols: Vec::new(),
        protocol_index: HashMap::new(),
    };
    let mut namespaces = HashMap::new();
    for file in files {
        let defaults = attributes::read(&file.attributes, None, &mut namespaces, report);
        for item in &file.items {
            match item {
                Item::Import(_) => {}
                Item::Use(item) => declared.foreign(item, report),
                Item::Type(item) => {
                    let kind = TypeDeclKind::Alias(item.ty.clone());
                    declared.type_name(&item.name, kind, report);
                }
                Item::Message(item) => {
                    unique_fields(&item.fields, report);
                    let kind = TypeDeclKind::Message(fields(&item.fields));
                    declared.type_name(&item.name, kind, report);
                }
                Item::Capability(item) => declared.capability(item, report),
                Item::Protocol(item) => {
                    let settings = attributes::read(
                        &item.attributes,
                        Some(&defaults),
                        &mut namespaces,
                        report,
                    );
                    if file.id == root {
                        attributes::require_namespace(&settings, &item.name, report);
                    }
                    declared.protocol(file.id, item, settings, report);
                }
            }
        }
    }
    declared
}

impl<'a> Declared<'a> {
    fn type_name(&mut self, name: &Ident, kind: TypeDeclKind, report: &mut Report) {
        if types::is_built_in(&name.text) {
            let message = format!("the type `{}` is built in", name.text);
            report.push(
                Diagnostic::new(codes::E0202, name.span, message)
                    .help("choose another name; built-in types cannot be declared again"),
            );
            return;
        }
        if let Some(first) = self.types.find(&name.text) {
            return report.push(twice("type or message", name, first.span));
        }
        self.types.add(TypeDecl {
            name: name.text.clone(),
            kind,
            span: name.span,
        });
    }

    fn foreign(&mut self, item: &ast::Use, report: &mut Report) {
        // The grammar has at least two segments.
        if let Some(name) = item.path.last() {
            let segments = item.path.iter().map(|ident| ident.text.clone()).collect();
            self.type_name(name, TypeDeclKind::Foreign(segments), report);
        }
    }

    fn capability(&mut self, item: &'a ast::Capability, report: &mut Report) {
        unique_fields(&item.params, report);
        if let Some(first) = self.capability_index.get(&*item.name.text) {
            let first = self.capabilities[*first].name.span;
            return report.push(twice("capability", &item.name, first));
        }
        self.capability_index
            .insert(&item.name.text, self.capabilities.len());
        self.capabilities.push(item);
    }

    fn protocol(
        &mut self,
        file: FileId,
        item: &'a ast::Protocol,
        settings: Settings,
        report: &mut Report,
    ) {
        unique(item.roles.iter().map(|role| &role.name), "role", report);
        if let Some(first) = self.protocol_index.get(&*item.name.text) {
            let first = self.protocols[*first].protocol.name.span;
            return report.push(twice("protocol", &item.name, first));
        }
        self.protocol_index
            .insert(&item.name.text, self.protocols.len());
        self.protocols.push(Declaration {
            file,
            protocol: item,
            settings,
        });
    }
}

/// Fields as the global protocol has them.
pub(super) fn fields(fields: &[ast::Field]) -> Vec<PayloadField> {
    let field = |field: &ast::Field| PayloadField {
        name: field.name.text.clone(),
        ty: field.ty.clone(),
        span: field.name.span,
    };
    fields.iter().map(field).collect()
}

/// Reports fields of one list that share a name.
pub(super) fn unique_fields(fields: &[ast::Field], report: &mut Report) {
    unique(fields.iter().map(|field| &field.name), "field", report);
}

fn unique<'n>(names: impl Iterator<Item = &'n Ident>, what: &str, report: &mut Report) {
    let mut first = HashMap::new();
    for name in names {
        if let Some(span) = first.insert(&*name.text, name.span) {
            report.push(twice(what, name, span));
        }
    }
}

/// The error for a second declaration.
pub(super) fn twice(what: &str, name: &Ident, first: Span) -> Diagnostic {
    let message = format!("the {what} `{}` is declared twice", name.text);
    Diagnostic::new(codes::E0202, name.span, message)
        .label(first, "declared here first")
        .help("rename one of the two")
}

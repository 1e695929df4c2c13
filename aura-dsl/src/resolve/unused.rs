//! Warnings about declarations of the text that nothing uses. An imported file serves others too,
//! and a text without protocols is there to be imported, so neither is warned about.

use super::declare::Declared;
use crate::ast::{Type, TypeKind};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Payload, Protocol, TypeDeclKind};

/// Reports capabilities that no send demands.
pub(super) fn capabilities(declared: &Declared<'_>, demanded: &[bool], report: &mut Report) {
    for (capability, demanded) in declared.capabilities.iter().zip(demanded) {
        let name = &capability.name;
        if !demanded && name.span.file == declared.root && has_protocols(declared) {
            let message = format!("no message demands the capability `{}`", name.text);
            report.push(
                Diagnostic::new(codes::W0905, name.span, message).help(format!(
                    "demand it with `guard_capability = \"{}\"`, or remove it",
                    name.text
                )),
            );
        }
    }
}

/// Reports payload types and messages that no protocol needs.
pub(super) fn types<'p>(
    declared: &Declared<'_>,
    protocols: impl Iterator<Item = &'p Protocol>,
    report: &mut Report,
) {
    if !has_protocols(declared) {
        return;
    }
    let mut needed = Needed {
        declared,
        marks: vec![false; declared.types.decls.len()],
        queue: Vec::new(),
    };
    for protocol in protocols {
        for label in &protocol.labels {
            needed.name(&label.name);
            match &label.payload {
                Payload::Unit => {}
                Payload::Types(types) => types.iter().for_each(|ty| needed.ty(ty)),
                Payload::Fields(fields) => fields.iter().for_each(|field| needed.ty(&field.ty)),
            }
        }
        let results = protocol
            .locals
            .iter()
            .filter_map(|local| local.result.as_ref());
        results
            .filter_map(|(_, ty)| ty.as_ref())
            .for_each(|ty| needed.ty(ty));
    }
    for capability in &declared.capabilities {
        capability
            .params
            .iter()
            .for_each(|param| needed.ty(&param.ty));
    }
    needed.spread();
    for (decl, needed) in declared.types.decls.iter().zip(needed.marks) {
        if needed || decl.span.file != declared.root {
            continue;
        }
        let name = &decl.name;
        let (code, message) = match decl.kind {
            TypeDeclKind::Message(_) => (codes::W0904, format!("no protocol sends `{name}`")),
            _ => (codes::W0903, format!("nothing uses the type `{name}`")),
        };
        report.push(Diagnostic::new(code, decl.span, message).help("remove it"));
    }
}

fn has_protocols(declared: &Declared<'_>) -> bool {
    let root = declared.root;
    declared
        .protocols
        .iter()
        .any(|protocol| protocol.file == root)
}

/// Which declarations are needed, directly or by others.
struct Needed<'a> {
    declared: &'a Declared<'a>,
    marks: Vec<bool>,
    queue: Vec<usize>,
}

impl Needed<'_> {
    fn name(&mut self, name: &str) {
        if let Some(position) = self.declared.types.position(name)
            && !std::mem::replace(&mut self.marks[position], true)
        {
            self.queue.push(position);
        }
    }

    fn ty(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Array(element, _) => self.ty(element),
            TypeKind::Tuple(parts) => parts.iter().for_each(|part| self.ty(part)),
            TypeKind::Path { segments, args } => {
                if let [name] = &**segments {
                    self.name(&name.text);
                }
                for arg in args {
                    self.ty(arg);
                }
            }
        }
    }

    fn spread(&mut self) {
        let declared = self.declared;
        while let Some(position) = self.queue.pop() {
            match &declared.types.decls[position].kind {
                TypeDeclKind::Alias(ty) => self.ty(ty),
                TypeDeclKind::Message(fields) => {
                    for field in fields {
                        self.ty(&field.ty);
                    }
                }
                TypeDeclKind::Foreign(_) => {}
            }
        }
    }
}

//! A collection in a payload has elements that take bytes.
//!
//! Elements without bytes, such as `()`, an array of length zero or a message without fields, leave
//! the length of a collection as all that a frame says of it: one of a few bytes could claim any
//! length, and whoever decodes it would count to it. What stands behind a `use` is not known here.

use std::collections::BTreeSet;

use crate::ast::{Type, TypeKind};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Payload, PayloadField, Program, TypeDecl, TypeDeclKind};
use crate::source::Span;

/// The collections of the language; a map collects its keys with its values.
const COLLECTIONS: [&str; 4] = ["Vec", "VecDeque", "BTreeSet", "BTreeMap"];

/// Reports collections of nothing in declared types and in payloads, each once.
pub(super) fn check(program: &Program, report: &mut Report) {
    let mut found = Found {
        empty: without_bytes(&program.types),
        seen: BTreeSet::new(),
        report,
    };
    for decl in &program.types {
        match &decl.kind {
            TypeDeclKind::Alias(of) => found.within(of),
            TypeDeclKind::Message(fields) => found.fields(fields),
            TypeDeclKind::Foreign(_) => {}
        }
    }
    let protocols = program.protocols.iter().chain(&program.imported);
    for label in protocols.flat_map(|protocol| &protocol.labels) {
        match &label.payload {
            Payload::Unit => {}
            Payload::Types(types) => found.all(types),
            Payload::Fields(fields) => found.fields(fields),
        }
    }
}

struct Found<'a> {
    /// The declared types whose values take no bytes.
    empty: BTreeSet<&'a str>,
    seen: BTreeSet<Span>,
    report: &'a mut Report,
}

impl Found<'_> {
    fn all(&mut self, types: &[Type]) {
        for of in types {
            self.within(of);
        }
    }

    fn fields(&mut self, fields: &[PayloadField]) {
        for field in fields {
            self.within(&field.ty);
        }
    }

    fn within(&mut self, of: &Type) {
        match &of.kind {
            TypeKind::Array(element, _) => self.within(element),
            TypeKind::Tuple(parts) => self.all(parts),
            TypeKind::Path { segments, args } => {
                let collects = matches!(&**segments, [name] if COLLECTIONS.contains(&&*name.text));
                let nothing = args.iter().all(|arg| is_empty(arg, &self.empty));
                if collects && nothing && self.seen.insert(of.span) {
                    let message = "the elements of this collection take no bytes";
                    let help = "send a number, or elements with a value: with nothing to read, a \
                        short frame could claim any length";
                    let found = Diagnostic::new(codes::E0317, of.span, message).help(help);
                    self.report.push(found);
                }
                self.all(args);
            }
        }
    }
}

/// The least fixpoint: a type is empty if all that it holds is.
fn without_bytes(types: &[TypeDecl]) -> BTreeSet<&str> {
    let mut empty = BTreeSet::new();
    loop {
        let before = empty.len();
        for TypeDecl { name, kind, .. } in types {
            let is = match kind {
                TypeDeclKind::Alias(of) => is_empty(of, &empty),
                TypeDeclKind::Message(fields) => {
                    fields.iter().all(|field| is_empty(&field.ty, &empty))
                }
                TypeDeclKind::Foreign(_) => false,
            };
            if is {
                empty.insert(name.as_str());
            }
        }
        if empty.len() == before {
            return empty;
        }
    }
}

fn is_empty(of: &Type, empty: &BTreeSet<&str>) -> bool {
    match &of.kind {
        TypeKind::Array(element, length) => *length == 0 || is_empty(element, empty),
        TypeKind::Tuple(parts) => parts.iter().all(|part| is_empty(part, empty)),
        TypeKind::Path { segments, args } => match &**segments {
            [name] if name.text == "Box" => args.iter().all(|arg| is_empty(arg, empty)),
            [name] => empty.contains(name.text.as_str()),
            _ => false,
        },
    }
}

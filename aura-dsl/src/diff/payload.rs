//! What payloads are on the wire, so that two declarations of one meaning are equal.
//!
//! Declared types are followed to what they stand for. Every type becomes a number that is shared by
//! both versions: equal numbers, equal bytes. Names of fields do not travel and do not count here.

use std::collections::BTreeMap;

use crate::ast::{Type, TypeKind};
use crate::global::{Payload, TypeDecl, TypeDeclKind};

/// Numbers for types, shared by the versions that are compared.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: BTreeMap<String, usize>,
}

/// The declared types of one version.
pub(super) struct Declared<'a> {
    kinds: BTreeMap<&'a str, &'a TypeDeclKind>,
    /// Declared types that were followed already.
    followed: BTreeMap<&'a str, usize>,
    /// Those that are being followed: a type that holds itself is told by its name there.
    open: Vec<&'a str>,
}

impl<'a> Declared<'a> {
    pub(super) fn new(types: &'a [TypeDecl]) -> Self {
        Self {
            kinds: types
                .iter()
                .map(|decl| (decl.name.as_str(), &decl.kind))
                .collect(),
            followed: BTreeMap::new(),
            open: Vec::new(),
        }
    }
}

impl Shapes {
    /// The number of a payload. A label without one is a message without fields.
    pub(super) fn payload<'a>(
        &mut self,
        declared: &mut Declared<'a>,
        payload: &'a Payload,
    ) -> usize {
        match payload {
            Payload::Unit => self.of("()".to_owned()),
            Payload::Types(types) => self.all("", types.iter(), declared),
            Payload::Fields(fields) => self.all("", fields.iter().map(|field| &field.ty), declared),
        }
    }

    fn of(&mut self, shape: String) -> usize {
        let next = self.known.len();
        *self.known.entry(shape).or_insert(next)
    }

    fn all<'a>(
        &mut self,
        head: &str,
        types: impl Iterator<Item = &'a Type>,
        declared: &mut Declared<'a>,
    ) -> usize {
        let parts: Vec<_> = types.map(|ty| self.ty(declared, ty).to_string()).collect();
        self.of(format!("{head}({})", parts.join(",")))
    }

    fn ty<'a>(&mut self, declared: &mut Declared<'a>, ty: &'a Type) -> usize {
        match &ty.kind {
            TypeKind::Array(of, length) => {
                let of = self.ty(declared, of);
                self.of(format!("[{of};{length}]"))
            }
            TypeKind::Tuple(types) => self.all("", types.iter(), declared),
            TypeKind::Path { segments, args } => match segments.as_slice() {
                [name] if args.is_empty() && declared.kinds.contains_key(name.text.as_str()) => {
                    self.declared(declared, &name.text)
                }
                segments => {
                    let path: Vec<_> = segments.iter().map(|part| part.text.as_str()).collect();
                    self.all(&path.join("::"), args.iter(), declared)
                }
            },
        }
    }

    fn declared<'a>(&mut self, declared: &mut Declared<'a>, name: &'a str) -> usize {
        if let Some(number) = declared.followed.get(name) {
            return *number;
        }
        let Some(kind) = declared.kinds.get(name).copied() else {
            return self.of(name.to_owned());
        };
        if declared.open.contains(&name) {
            return self.of(format!("within {name}"));
        }
        declared.open.push(name);
        let number = match kind {
            TypeDeclKind::Alias(ty) => self.ty(declared, ty),
            TypeDeclKind::Message(fields) => {
                self.all("", fields.iter().map(|field| &field.ty), declared)
            }
            TypeDeclKind::Foreign(path) => self.of(path.join("::")),
        };
        declared.open.pop();
        declared.followed.insert(name, number);
        number
    }
}

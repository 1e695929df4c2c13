//! Payload types: which names are known, which types are equal, what a field can be compared with.
//!
//! In: declared types and types as written. Out: diagnostics for names that nobody declares, wrong
//! numbers of type arguments and types that contain themselves. Floating point numbers and
//! machine-sized integers are no payload types: equal values must have equal bytes everywhere.

use std::collections::HashMap;

use super::declare::Declared;
use super::phrase::counted;
use super::{nearest, type_circles};
use crate::ast::{Type, TypeKind};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{TypeDecl, TypeDeclKind};

/// The built-in types with the number of their arguments.
const BUILT_IN: [(&str, usize); 20] = [
    ("bool", 0),
    ("char", 0),
    ("u8", 0),
    ("u16", 0),
    ("u32", 0),
    ("u64", 0),
    ("u128", 0),
    ("i8", 0),
    ("i16", 0),
    ("i32", 0),
    ("i64", 0),
    ("i128", 0),
    ("String", 0),
    ("Vec", 1),
    ("VecDeque", 1),
    ("Option", 1),
    ("Box", 1),
    ("BTreeSet", 1),
    ("BTreeMap", 2),
    ("Result", 2),
];

/// Types that people try, and why they are refused.
const REFUSED: [(&str, &str); 7] = [
    (
        "f32",
        "use whole numbers: equal floats can have different bytes",
    ),
    (
        "f64",
        "use whole numbers: equal floats can have different bytes",
    ),
    ("usize", "use `u64`: its size is the same on every machine"),
    ("isize", "use `i64`: its size is the same on every machine"),
    ("str", "use `String`: a payload owns its text"),
    (
        "HashMap",
        "use `BTreeMap`: its order is the same on every machine",
    ),
    (
        "HashSet",
        "use `BTreeSet`: its order is the same on every machine",
    ),
];

/// Comparing types gives up after as many steps; only types built for that purpose reach it.
const COMPARE_LIMIT: u32 = 10_000;

/// The declared types and messages.
#[derive(Default)]
pub(super) struct Types {
    /// In the order of declaration.
    pub(super) decls: Vec<TypeDecl>,
    index: HashMap<String, usize>,
    /// For an alias the last one of its chain; filled once all are declared.
    ends: Vec<usize>,
}

impl Types {
    /// Adds a declaration whose name is new.
    pub(super) fn add(&mut self, decl: TypeDecl) {
        self.index.insert(decl.name.clone(), self.decls.len());
        self.decls.push(decl);
    }

    /// Follows every chain of aliases to its end, once.
    fn follow_aliases(&mut self) {
        let mut ends: Vec<Option<usize>> = vec![None; self.decls.len()];
        for start in 0..self.decls.len() {
            let mut chain = Vec::new();
            let mut at = start;
            let end = loop {
                if let Some(end) = ends[at] {
                    break end;
                }
                // A circle ends where it closes; it is reported elsewhere.
                ends[at] = Some(at);
                chain.push(at);
                match self.next_alias(at) {
                    Some(next) => at = next,
                    None => break at,
                }
            };
            for link in chain {
                ends[link] = Some(end);
            }
        }
        self.ends = ends.into_iter().map(Option::unwrap_or_default).collect();
    }

    /// The alias that an alias stands for.
    fn next_alias(&self, at: usize) -> Option<usize> {
        let TypeDeclKind::Alias(ty) = &self.decls[at].kind else {
            return None;
        };
        let next = self.position(plain_name(ty)?)?;
        let alias = matches!(self.decls[next].kind, TypeDeclKind::Alias(_));
        alias.then_some(next)
    }

    /// The position of a name's declaration.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The declaration of a name.
    pub(super) fn find(&self, name: &str) -> Option<&TypeDecl> {
        self.index.get(name).map(|index| &self.decls[*index])
    }

    /// Reports every name in `ty` that is not declared.
    pub(super) fn check(&self, ty: &Type, report: &mut Report) {
        match &ty.kind {
            TypeKind::Array(element, _) => self.check(element, report),
            TypeKind::Tuple(parts) => {
                for part in parts {
                    self.check(part, report);
                }
            }
            TypeKind::Path { segments, args } => {
                for arg in args {
                    self.check(arg, report);
                }
                // A longer path names a Rust type of the surrounding crate: rustc judges it.
                if let [name] = &**segments {
                    self.check_name(&name.text, args.len(), ty, report);
                }
            }
        }
    }

    fn check_name(&self, name: &str, args: usize, ty: &Type, report: &mut Report) {
        let wanted = match (self.find(name), arity(name)) {
            (Some(decl), _) if matches!(decl.kind, TypeDeclKind::Foreign(_)) => return,
            (Some(_), _) => 0,
            (None, Some(arity)) => arity,
            (None, None) => return self.unknown(name, ty, report),
        };
        if wanted != args {
            let wanted_args = counted(wanted, "type argument");
            let message = format!("the type `{name}` takes {wanted_args}, not {args}");
            report.push(
                Diagnostic::new(codes::E0224, ty.span, message).help(match wanted {
                    0 => format!("write `{name}`"),
                    1 => format!("write `{name}<..>` with one type"),
                    _ => format!("write `{name}<.., ..>` with two types"),
                }),
            );
        }
    }

    fn unknown(&self, name: &str, ty: &Type, report: &mut Report) {
        let message = format!("there is no payload type `{name}`");
        let diagnostic = Diagnostic::new(codes::E0203, ty.span, message);
        if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return report.push(diagnostic.help(*why));
        }
        let declared = self.decls.iter().map(|decl| &*decl.name);
        let known = declared.chain(BUILT_IN.iter().map(|(name, _)| *name));
        let otherwise = format!(
            "declare it with `type {name} = ..;` or `message {name} {{ .. }}`, or bring it from \
             Rust with `use crate::{name};`"
        );
        nearest::report(report, diagnostic, name, known, otherwise);
    }
}

/// Follows aliases and reports what is wrong with the declarations themselves.
pub(super) fn check_declarations(declared: &mut Declared<'_>, report: &mut Report) {
    declared.types.follow_aliases();
    let types = &declared.types;
    for decl in &types.decls {
        match &decl.kind {
            TypeDeclKind::Alias(ty) => types.check(ty, report),
            TypeDeclKind::Message(fields) => {
                for field in fields {
                    types.check(&field.ty, report);
                }
            }
            TypeDeclKind::Foreign(_) => {}
        }
    }
    for capability in &declared.capabilities {
        for param in &capability.params {
            types.check(&param.ty, report);
        }
    }
    type_circles::check(types, report);
}

/// Whether two types are written alike; where they stand does not matter.
pub(crate) fn alike(a: &Type, b: &Type) -> bool {
    match (&a.kind, &b.kind) {
        (TypeKind::Array(a, n), TypeKind::Array(b, m)) => n == m && alike(a, b),
        (TypeKind::Tuple(a), TypeKind::Tuple(b)) => all_alike(a, b),
        (
            TypeKind::Path {
                segments: s,
                args: a,
            },
            TypeKind::Path {
                segments: t,
                args: b,
            },
        ) => {
            let names = s.iter().map(|ident| &ident.text);
            names.eq(t.iter().map(|ident| &ident.text)) && all_alike(a, b)
        }
        _ => false,
    }
}

/// Whether two lists of types are written alike.
pub(super) fn all_alike(a: &[Type], b: &[Type]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
}

/// Whether a field can be the argument for a parameter: the types are equal once aliases are
/// written out, or the field is a collection of such elements.
pub(super) fn accepts(types: &Types, param: &Type, field: &Type) -> bool {
    let mut left = COMPARE_LIMIT;
    if equal(types, param, field, &mut left) {
        return true;
    }
    match &written_out(types, field).kind {
        TypeKind::Array(element, _) => equal(types, param, element, &mut left),
        TypeKind::Path { segments, args } => {
            let collection = matches!(&**segments, [name] if
                matches!(&*name.text, "Vec" | "VecDeque" | "BTreeSet"));
            collection
                && args
                    .iter()
                    .all(|element| equal(types, param, element, &mut left))
        }
        TypeKind::Tuple(_) => false,
    }
}

fn equal(types: &Types, a: &Type, b: &Type, left: &mut u32) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    if alike(a, b) {
        return true;
    }
    let (a, b) = (written_out(types, a), written_out(types, b));
    match (&a.kind, &b.kind) {
        (TypeKind::Array(a, n), TypeKind::Array(b, m)) => n == m && equal(types, a, b, left),
        (TypeKind::Tuple(a), TypeKind::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(types, a, b, left))
        }
        (
            TypeKind::Path {
                segments: s,
                args: a,
            },
            TypeKind::Path {
                segments: t,
                args: b,
            },
        ) => {
            let names = s.iter().map(|ident| &ident.text);
            names.eq(t.iter().map(|ident| &ident.text))
                && a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| equal(types, a, b, left))
        }
        _ => false,
    }
}

/// The type behind aliases at the top. Circles of aliases were reported; here they just end.
fn written_out<'t>(types: &'t Types, ty: &'t Type) -> &'t Type {
    let position = plain_name(ty).and_then(|name| types.position(name));
    let end = position.and_then(|position| types.ends.get(position));
    match end.map(|end| &types.decls[*end].kind) {
        Some(TypeDeclKind::Alias(behind)) => behind,
        _ => ty,
    }
}

/// The name of a type that is nothing but a name.
pub(crate) fn plain_name(ty: &Type) -> Option<&str> {
    match &ty.kind {
        TypeKind::Path { segments, args } if args.is_empty() => match &**segments {
            [name] => Some(&name.text),
            _ => None,
        },
        _ => None,
    }
}

fn arity(name: &str) -> Option<usize> {
    let found = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
    found.map(|(_, arity)| *arity)
}

/// Whether a type of this name needs no declaration.
pub(super) fn is_built_in(name: &str) -> bool {
    arity(name).is_some()
}

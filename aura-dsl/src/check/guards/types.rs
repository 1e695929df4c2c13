//! The types of guards: integers, truth values and texts, each compared with its like.

use std::collections::HashMap;

use crate::ast::{BinaryOp, Expr, ExprKind, Type};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{TypeDecl, TypeDeclKind};
use crate::resolve::plain_name;
use crate::source::Span;

/// The integer types with their largest values.
const INTEGERS: [(&str, u128); 10] = [
    ("u8", u8::MAX as u128),
    ("u16", u16::MAX as u128),
    ("u32", u32::MAX as u128),
    ("u64", u64::MAX as u128),
    ("u128", u128::MAX),
    ("i8", i8::MAX as u128),
    ("i16", i16::MAX as u128),
    ("i32", i32::MAX as u128),
    ("i64", i64::MAX as u128),
    ("i128", i128::MAX as u128),
];

/// What an expression yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    Text,
    /// An integer type, by its position in [`INTEGERS`].
    Integer(usize),
    /// A number as written, which fits any integer type that is large enough.
    Literal(u64),
}

/// The type of a name that a guard reads, or why it cannot be read.
type Read<'r, 'p> = &'r mut dyn FnMut(&'p Expr) -> Result<&'p Type, Box<Diagnostic>>;

/// What the declared types yield, by name; `None` for those that cannot be compared.
pub(super) struct Declared<'p> {
    aliases: HashMap<&'p str, Option<Kind>>,
}

impl<'p> Declared<'p> {
    pub(super) fn new(decls: &'p [TypeDecl]) -> Self {
        let behind: HashMap<&str, Option<&str>> = decls
            .iter()
            .map(|decl| match &decl.kind {
                TypeDeclKind::Alias(ty) => (&*decl.name, plain_name(ty)),
                _ => (&*decl.name, None),
            })
            .collect();
        let mut aliases: HashMap<&str, Option<Kind>> = HashMap::new();
        for decl in decls {
            // Circles of aliases were refused before, so every chain ends.
            let mut chain = Vec::new();
            let mut at = Some(&*decl.name);
            let kind = loop {
                let Some(name) = at else { break None };
                if let Some(kind) = aliases.get(name) {
                    break *kind;
                }
                let Some(next) = behind.get(name) else {
                    break built_in(name);
                };
                chain.push(name);
                at = *next;
            };
            aliases.extend(chain.into_iter().map(|name| (name, kind)));
        }
        Self { aliases }
    }

    /// Reports what is wrong with a guard, which must be a truth value.
    pub(super) fn truth(&self, guard: &'p Expr, read: Read<'_, 'p>, report: &mut Report) {
        if let Some(kind) = self.kind(guard, read, report)
            && kind != Kind::Truth
        {
            let message = format!("a guard is true or false, and this is {}", describe(kind));
            report.push(mismatch(guard.span, message).help("compare it with something"));
        }
    }

    /// What an expression yields; `None` where something was reported.
    fn kind(&self, expr: &'p Expr, read: Read<'_, 'p>, report: &mut Report) -> Option<Kind> {
        match &expr.kind {
            ExprKind::Bool(_) => Some(Kind::Truth),
            ExprKind::Text(_) => Some(Kind::Text),
            ExprKind::Integer(number) => Some(Kind::Literal(*number)),
            ExprKind::Name(_) => {
                let ty = read(expr)
                    .map_err(|diagnostic| report.push(*diagnostic))
                    .ok()?;
                let kind = self.of_type(ty);
                if kind.is_none() {
                    report.push(
                        mismatch(expr.span, "this is no integer, truth value or text")
                            .label(ty.span, "its type")
                            .help("let a local step make a comparable value of it"),
                    );
                }
                kind
            }
            ExprKind::Not(inner) => {
                self.truth(inner, read, report);
                Some(Kind::Truth)
            }
            ExprKind::Binary(BinaryOp::And | BinaryOp::Or, left, right) => {
                self.truth(left, read, report);
                self.truth(right, read, report);
                Some(Kind::Truth)
            }
            ExprKind::Binary(operator, left, right) => {
                let kinds = (
                    self.kind(left, read, report),
                    self.kind(right, read, report),
                );
                if let (Some(left), Some(right)) = kinds {
                    compare(*operator, left, right, expr.span, report);
                }
                Some(Kind::Truth)
            }
        }
    }

    fn of_type(&self, ty: &Type) -> Option<Kind> {
        let name = plain_name(ty)?;
        match self.aliases.get(name) {
            Some(kind) => *kind,
            None => built_in(name),
        }
    }
}

fn built_in(name: &str) -> Option<Kind> {
    match name {
        "bool" => Some(Kind::Truth),
        "String" => Some(Kind::Text),
        _ => {
            let position = INTEGERS.iter().position(|(integer, _)| *integer == name);
            position.map(Kind::Integer)
        }
    }
}

fn compare(operator: BinaryOp, left: Kind, right: Kind, span: Span, report: &mut Report) {
    let numbers = |kind| matches!(kind, Kind::Integer(_) | Kind::Literal(_));
    let fits = match (left, right) {
        (Kind::Integer(ty), Kind::Literal(number)) | (Kind::Literal(number), Kind::Integer(ty)) => {
            let (name, largest) = INTEGERS[ty];
            if u128::from(number) > largest {
                let message = format!("{number} is more than a `{name}` can be");
                report.push(mismatch(span, message).help("write a number that it can be"));
                return;
            }
            true
        }
        (Kind::Literal(_), Kind::Literal(_)) => true,
        (left, right) => left == right,
    };
    if !fits {
        let message = format!("{} is compared with {}", describe(left), describe(right));
        report.push(mismatch(span, message).help("compare values of one type"));
        return;
    }
    let ordered = !matches!(operator, BinaryOp::Equal | BinaryOp::NotEqual);
    if ordered && !numbers(left) {
        let message = format!("{} has no order", describe(left));
        report.push(mismatch(span, message).help("compare it with `==` or `!=`"));
    }
}

fn describe(kind: Kind) -> String {
    match kind {
        Kind::Truth => "a truth value".to_owned(),
        Kind::Text => "a text".to_owned(),
        Kind::Integer(ty) => format!("a `{}`", INTEGERS[ty].0),
        Kind::Literal(_) => "a number".to_owned(),
    }
}

fn mismatch(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(codes::E0305, span, message)
}

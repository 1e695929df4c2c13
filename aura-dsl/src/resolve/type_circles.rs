//! Types that contain themselves.

use super::types::Types;
use crate::ast::{Type, TypeKind};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{TypeDecl, TypeDeclKind};

/// How far the search for circles has come with a declaration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

/// Reports each type that contains itself. A message may contain itself inside of a collection or
/// a `Box`, an alias may not contain itself at all: it would have no end when it is written out.
pub(super) fn check(types: &Types, report: &mut Report) {
    let mut visits = vec![Visit::New; types.decls.len()];
    for start in 0..types.decls.len() {
        // Depth first without recursion: a chain of declarations may be long.
        let mut stack = vec![(start, None)];
        while let Some((at, mentioned)) = stack.pop() {
            match (mentioned, visits[at]) {
                (None, Visit::New) => {
                    visits[at] = Visit::Open;
                    let inner = mentioned_by(types, at);
                    stack.push((at, Some(inner)));
                }
                (Some(mut rest), _) => match rest.pop() {
                    None => visits[at] = Visit::Done,
                    Some(next) => {
                        stack.push((at, Some(rest)));
                        match visits[next] {
                            Visit::New => stack.push((next, None)),
                            Visit::Open => report.push(contains_itself(&types.decls[next])),
                            Visit::Done => {}
                        }
                    }
                },
                (None, _) => {}
            }
        }
    }
}

fn contains_itself(decl: &TypeDecl) -> Diagnostic {
    let message = format!("the type `{}` contains itself", decl.name);
    Diagnostic::new(codes::E0225, decl.span, message)
        .help("a message may contain itself inside of `Vec`, `Option<Box<..>>` and the like")
}

/// The declarations that a declaration mentions, without those of messages behind an indirection.
fn mentioned_by(types: &Types, at: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut stack: Vec<(&Type, bool)> = match &types.decls[at].kind {
        TypeDeclKind::Alias(ty) => vec![(ty, false)],
        TypeDeclKind::Message(fields) => fields.iter().map(|field| (&field.ty, false)).collect(),
        TypeDeclKind::Foreign(_) => Vec::new(),
    };
    while let Some((ty, behind)) = stack.pop() {
        match &ty.kind {
            TypeKind::Array(element, _) => stack.push((element, behind)),
            TypeKind::Tuple(parts) => stack.extend(parts.iter().map(|part| (part, behind))),
            TypeKind::Path { segments, args } => {
                let [name] = &**segments else { continue };
                let indirect = matches!(
                    &*name.text,
                    "Vec" | "VecDeque" | "Box" | "BTreeSet" | "BTreeMap"
                );
                stack.extend(args.iter().map(|arg| (arg, behind || indirect)));
                if let Some(index) = types.position(&name.text)
                    && !(behind && matches!(types.decls[index].kind, TypeDeclKind::Message(_)))
                {
                    found.push(index);
                }
            }
        }
    }
    found
}

//! Guards of branches [E-GUARD]: one branch goes without, and a guard reads what the decider knows.
//! (SEMANTICS 1, DECISIONS 30.)
//!
//! A guard compares integers, truth values and texts: fields of messages that the decider received
//! from one participant or sent, and results of its local steps. The verdict ignores guards, so
//! that a branch without one is what remains when all others are false.

pub(crate) mod reads;
mod types;

use std::collections::HashMap;

use super::knowledge::{self, At, Item, Known};
use super::walk;
use crate::ast::{Expr, ExprKind, Ident, Type};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Choice, LabelId, Party, Payload, PayloadField, Protocol, Step, TypeDecl};
use types::Declared;

/// Checks the guards of every choice.
pub(super) fn check(decls: &[TypeDecl], protocol: &Protocol, report: &mut Report) {
    let mut some = false;
    walk::each(&protocol.body, &mut |step| {
        some |= matches!(step, Step::Choice(choice) if is_guarded(choice));
    });
    if !some {
        return;
    }
    let guards = Guards::new(decls, protocol);
    knowledge::each(protocol, &mut |known, at| {
        let At::Choice(choice) = at else { return };
        if !is_guarded(choice) {
            return;
        }
        if choice.branches.iter().all(|branch| branch.guard.is_some()) {
            let message = "every branch of this choice has a guard";
            report.push(
                Diagnostic::new(codes::E0303, choice.decider.span, message)
                    .help("leave one branch without `when`, for the case that no guard is true"),
            );
        }
        guards.choice(choice, known, report);
    });
}

fn is_guarded(choice: &Choice) -> bool {
    choice.branches.iter().any(|branch| branch.guard.is_some())
}

/// The type of what a guard reads, or why it cannot be read.
type Readable<'p> = Result<&'p Type, Box<Diagnostic>>;

/// What guards can mention, by name.
struct Guards<'p> {
    protocol: &'p Protocol,
    declared: Declared<'p>,
    labels: HashMap<&'p str, LabelId>,
    /// The labels that have a field of that name.
    fields: HashMap<&'p str, Vec<(LabelId, &'p PayloadField)>>,
    /// The types of results: no type where none was written.
    results: HashMap<&'p str, Option<&'p Type>>,
}

impl<'p> Guards<'p> {
    fn new(decls: &'p [TypeDecl], protocol: &'p Protocol) -> Self {
        let mut labels = HashMap::new();
        let mut fields: HashMap<&str, Vec<_>> = HashMap::new();
        for (label, index) in protocol.labels.iter().zip(0..) {
            let id = LabelId(index);
            labels.insert(&*label.name, id);
            if let Payload::Fields(list) = &label.payload {
                for field in list {
                    fields.entry(&field.name).or_default().push((id, field));
                }
            }
        }
        let results = protocol.locals.iter().filter_map(|local| {
            let (name, ty) = local.result.as_ref()?;
            Some((&**name, ty.as_ref()))
        });
        Self {
            protocol,
            declared: Declared::new(decls),
            labels,
            fields,
            results: results.collect(),
        }
    }

    fn choice(&self, choice: &'p Choice, known: &Known<'p>, report: &mut Report) {
        for guard in choice
            .branches
            .iter()
            .filter_map(|branch| branch.guard.as_ref())
        {
            let mut read = |name: &'p Expr| self.read(name, &choice.decider, known);
            self.declared.truth(guard, &mut read, report);
        }
    }

    /// The type of what a guard reads, or why the decider cannot read it.
    fn read(&self, name: &'p Expr, decider: &Party, known: &Known<'p>) -> Readable<'p> {
        let ExprKind::Name(path) = &name.kind else {
            return Err(self.unknown(name, decider));
        };
        match &**path {
            [field] => self.bare(name, field, decider, known),
            [label, field] => self.qualified(name, label, field, decider, known),
            _ => Err(self.unknown(name, decider)),
        }
    }

    fn bare(
        &self,
        name: &Expr,
        field: &'p Ident,
        decider: &Party,
        known: &Known<'p>,
    ) -> Readable<'p> {
        let result = self.results.get_key_value(&*field.text);
        let result = result.filter(|(text, _)| known.has(decider, Item::Result(text)));
        let carriers = self.fields.get(&*field.text).map_or(&[][..], Vec::as_slice);
        let mut readable = carriers
            .iter()
            .filter(|(label, _)| reads(known, decider, *label));
        match (result, readable.next(), readable.next()) {
            (Some((_, Some(ty))), None, _) => Ok(ty),
            (Some((text, None)), None, _) => {
                let message = format!("the result `{text}` has no type that could be compared");
                let help = format!("write the type behind it: `-> {text}: u64`");
                Err(Box::new(
                    Diagnostic::new(codes::E0305, name.span, message).help(help),
                ))
            }
            (None, Some((_, field)), None) => Ok(&field.ty),
            (None, None, _) => {
                let gathered =
                    |(label, _): &&(LabelId, _)| known.has(decider, Item::Gathered(*label));
                Err(match carriers.iter().find(gathered) {
                    Some((label, _)) => self.many(name, *label),
                    None => self.unknown(name, decider),
                })
            }
            (_, Some((label, _)), _) => {
                let message = format!("`{}` can mean more than one thing here", field.text);
                let label = &self.protocol.labels[label.index()].name;
                let help = format!("say which message: `{label}.{}`", field.text);
                Err(Box::new(
                    Diagnostic::new(codes::E0304, name.span, message).help(help),
                ))
            }
        }
    }

    fn qualified(
        &self,
        name: &Expr,
        label: &Ident,
        field: &Ident,
        decider: &Party,
        known: &Known<'p>,
    ) -> Readable<'p> {
        let id = self.labels.get(&*label.text).copied();
        let carriers = self.fields.get(&*field.text).map_or(&[][..], Vec::as_slice);
        let found = carriers.iter().find(|(carrier, _)| Some(*carrier) == id);
        match (id, found) {
            (Some(id), Some((_, field))) if reads(known, decider, id) => Ok(&field.ty),
            (Some(id), Some(_)) if known.has(decider, Item::Gathered(id)) => {
                Err(self.many(name, id))
            }
            _ => Err(self.unknown(name, decider)),
        }
    }

    fn unknown(&self, name: &Expr, decider: &Party) -> Box<Diagnostic> {
        let role = walk::name(self.protocol, decider);
        let message = format!("`{role}` does not know this on every path to the choice");
        Box::new(Diagnostic::new(codes::E0304, name.span, message).help(
            "a guard reads fields of messages that the decider received or sent, and results of \
             its local steps",
        ))
    }

    fn many(&self, name: &Expr, label: LabelId) -> Box<Diagnostic> {
        let label = &self.protocol.labels[label.index()].name;
        let message = format!("`{label}` came from many members, so this is not one value");
        Box::new(
            Diagnostic::new(codes::E0304, name.span, message)
                .help("let a local step make one value of them, and read its result"),
        )
    }
}

fn reads(known: &Known<'_>, decider: &Party, label: LabelId) -> bool {
    known.has(decider, Item::Received(label)) || known.has(decider, Item::Sent(label))
}

//! Conditions of branches: evaluated by the branch's method, over what the decider knows.
//! (DECISIONS 30.)
//!
//! A local type has no conditions, because the verdict ignores them; here they are found again by
//! the branch's label and its first message. Where two branches that are equal in both have different
//! conditions, no method could say which one holds: that is a gap.

use std::collections::HashMap;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::Gap;
use super::kept::{Kept, label_slot};
use super::labels::payload;
use super::names::{Catalogue, verbatim};
use super::states::Part;
use super::types;
use crate::ast::{BinaryOp, Expr, ExprKind};
use crate::check::guards::reads::{Read, reads};
use crate::emit::name::children;
use crate::global::{Choice, LabelId, Protocol, RoleId, Step};
use crate::local::WireLabel;
use crate::source::Span;

/// The conditions of a protocol, by the step that they are about.
#[derive(Default)]
pub(super) struct Conditions<'a> {
    sends: HashMap<(RoleId, &'a str, LabelId), &'a Expr>,
    decisions: HashMap<(RoleId, &'a str, Span), &'a Expr>,
    reads: HashMap<Span, Read>,
}

impl<'a> Conditions<'a> {
    pub(super) fn new(protocol: &'a Protocol, kept: &mut Kept, gaps: &mut Vec<Gap>) -> Self {
        let mut conditions = Self::default();
        let mut unguarded = Vec::new();
        let mut blocks = vec![&protocol.body];
        while let Some(block) = blocks.pop() {
            for step in &block.steps {
                if let Step::Choice(choice) = step {
                    conditions.choice(protocol, choice, &mut unguarded, gaps);
                }
                blocks.extend(children(step));
            }
        }
        for (key, span) in unguarded {
            if conditions.sends.contains_key(&key) {
                gaps.push(gap(span));
            }
        }
        if conditions.sends.is_empty() && conditions.decisions.is_empty() {
            return conditions;
        }
        conditions.reads = reads(protocol);
        let sends = conditions
            .sends
            .iter()
            .map(|((role, ..), expr)| (*role, *expr));
        let decisions = conditions.decisions.iter();
        let decisions = decisions.map(|((role, ..), expr)| (*role, *expr));
        let all: Vec<_> = sends.chain(decisions).collect();
        for (role, expr) in all {
            for name in names(expr) {
                match conditions.reads.get(&name.span) {
                    Some(Read::Result(result)) => kept.reads_result(role, result),
                    Some(Read::Field(label, _)) => kept.compares(role, *label),
                    None => {}
                }
            }
        }
        conditions
    }

    fn choice(
        &mut self,
        protocol: &'a Protocol,
        choice: &'a Choice,
        unguarded: &mut Vec<((RoleId, &'a str, LabelId), Span)>,
        gaps: &mut Vec<Gap>,
    ) {
        let role = choice.decider.role;
        for branch in &choice.branches {
            let Some(label) = branch.label.as_deref() else {
                continue;
            };
            let sends = match branch.body.steps.first() {
                Some(Step::Send(send)) => Some(&protocol.sends[send.index()]),
                _ => None,
            };
            let sends = sends.filter(|send| send.from.role == role);
            let (known, expr) = match (sends, &branch.guard) {
                (Some(send), None) => {
                    unguarded.push(((role, label, send.label), branch.span));
                    continue;
                }
                (None, None) => continue,
                (Some(send), Some(expr)) => {
                    (self.sends.insert((role, label, send.label), expr), expr)
                }
                (None, Some(expr)) => (
                    self.decisions.insert((role, label, choice.span), expr),
                    expr,
                ),
            };
            if known.is_some_and(|known| text(known) != text(expr)) {
                gaps.push(gap(branch.span));
            }
        }
    }
}

fn gap(span: Span) -> Gap {
    Gap {
        span,
        message: "another branch of this label begins with the same message, and has another \
                  condition; rename one of the two"
            .to_owned(),
    }
}

/// A condition, ready to be checked.
pub(super) struct Guard {
    /// As in the source.
    pub(super) text: String,
    branch: String,
    values: TokenStream,
    truth: TokenStream,
}

impl Guard {
    /// What a method does first: it hands `message` back where the condition is false.
    pub(super) fn refuse(&self, message: &TokenStream) -> TokenStream {
        let Self {
            values,
            truth,
            branch,
            ..
        } = self;
        quote! {
            let open = {
                #values
                #truth
            };
            if !open {
                return ::core::result::Result::Err(self.0.closed(#message, #branch));
            }
        }
    }
}

/// The condition of a send, if its branch has one.
pub(super) fn send(part: &Part<'_>, label: &WireLabel) -> Option<Guard> {
    let branch = label.branch.as_deref()?;
    let role = part.machine.owner.role;
    let conditions = &part.catalogue.conditions;
    let expr = conditions.sends.get(&(role, branch, label.label))?;
    Some(guard(part, branch, expr))
}

/// The condition of a decision.
pub(super) fn decision(part: &Part<'_>, label: &str, span: Span) -> Option<Guard> {
    let role = part.machine.owner.role;
    let conditions = &part.catalogue.conditions;
    let expr = conditions.decisions.get(&(role, label, span))?;
    Some(guard(part, label, expr))
}

fn guard(part: &Part<'_>, branch: &str, expr: &Expr) -> Guard {
    let catalogue = part.catalogue;
    let mut values = TokenStream::new();
    let mut numbers = HashMap::new();
    for (number, name) in names(expr).into_iter().enumerate() {
        let Some(read) = catalogue.conditions.reads.get(&name.span) else {
            continue;
        };
        let value = format_ident!("value{number}");
        let (slot, ty) = match read {
            Read::Result(result) => (
                catalogue.kept.result_slot(result),
                result_type(catalogue, part.machine.owner.role, result),
            ),
            Read::Field(label, _) => (
                label_slot(*label),
                payload(
                    catalogue,
                    &catalogue.protocol.labels[label.index()],
                    &quote!(super::),
                ),
            ),
        };
        let slot = Literal::u16_unsuffixed(slot);
        values.extend(quote! {
            let #value = match self.0.known::<#ty>(#slot) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => {
                    return ::core::result::Result::Err(
                        rt::Unsent::from(error),
                    );
                }
            };
        });
        numbers.insert(name.span, (value, read));
    }
    let value = self::value(expr, &numbers);
    Guard {
        text: text(expr),
        branch: branch.to_owned(),
        values,
        truth: quote!(::aura_runtime::export::truth(&#value)),
    }
}

fn result_type(catalogue: &Catalogue<'_>, role: RoleId, name: &str) -> TokenStream {
    let locals = catalogue.protocol.locals.iter();
    let mut results = locals
        .filter(|local| local.at.role == role)
        .filter_map(|local| local.result.as_ref());
    let ty = results.find_map(|(known, ty)| ty.as_ref().filter(|_| known == name));
    ty.map_or_else(|| quote!(()), |ty| types::ty(ty, &quote!(super::super::)))
}

/// The value of an expression, as `aura_runtime::export` compares them.
fn value(expr: &Expr, numbers: &HashMap<Span, (proc_macro2::Ident, &Read)>) -> TokenStream {
    let export = quote!(::aura_runtime::export);
    match &expr.kind {
        ExprKind::Name(_) => match numbers.get(&expr.span) {
            Some((value, Read::Field(_, field))) => {
                let field = verbatim(field);
                quote!(#export::Readable::read(&#value.#field))
            }
            Some((value, Read::Result(_))) => quote!(#export::Readable::read(&*#value)),
            None => quote!(#export::Value::Bool(false)),
        },
        ExprKind::Integer(number) => {
            let number = Literal::i128_suffixed(i128::from(*number));
            quote!(#export::Value::Integer(#number))
        }
        ExprKind::Text(text) => quote!(#export::Value::Text(#text)),
        ExprKind::Bool(value) => quote!(#export::Value::Bool(#value)),
        ExprKind::Not(inner) => {
            let inner = self::value(inner, numbers);
            quote!(#export::Value::Bool(!#export::truth(&#inner)))
        }
        ExprKind::Binary(op, left, right) => {
            let (left, right) = (self::value(left, numbers), self::value(right, numbers));
            match op {
                BinaryOp::Or | BinaryOp::And => {
                    let op = if *op == BinaryOp::Or {
                        quote!(||)
                    } else {
                        quote!(&&)
                    };
                    quote!(#export::Value::Bool(
                        #export::truth(&#left) #op #export::truth(&#right)
                    ))
                }
                op => {
                    let op = match op {
                        BinaryOp::Equal => quote!(==),
                        BinaryOp::NotEqual => quote!(!=),
                        BinaryOp::Less => quote!(<),
                        BinaryOp::LessEqual => quote!(<=),
                        BinaryOp::Greater => quote!(>),
                        _ => quote!(>=),
                    };
                    quote!(#export::Value::Bool(#left #op #right))
                }
            }
        }
    }
}

fn names(expr: &Expr) -> Vec<&Expr> {
    let mut open = vec![expr];
    let mut names = Vec::new();
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Name(_) => names.push(expr),
            ExprKind::Not(inner) => open.push(inner),
            ExprKind::Binary(_, left, right) => open.extend([&**right, &**left]),
            ExprKind::Integer(_) | ExprKind::Text(_) | ExprKind::Bool(_) => {}
        }
    }
    names
}

/// A condition as it stands in the source.
fn text(expr: &Expr) -> String {
    crate::emit::global::expression(expr)
}

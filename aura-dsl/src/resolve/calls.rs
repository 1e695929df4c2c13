//! Calls are inlined: the callee's steps with the caller's roles.
//!
//! In: `call P(A, B as Y)`. Out: the steps of P. What holds: a call in tail position of a protocol
//! that is being inlined with the same arguments in the same context goes back to its beginning
//! (`Rec` and `Continue`); with permuted arguments it is inlined until they repeat. What the calls
//! add up to is bounded, so that a few lines cannot unfold to gigabytes.

use std::collections::HashMap;

use super::nearest;
use super::protocol::{Frame, Here, Resolver};
use super::roles::Binding;
use crate::ast::{self, CallArg, FamilySize, RoleDecl, Selector};
use crate::diag::{Diagnostic, codes};
use crate::global::{Block, Members, Rec, RecId, Size, Step};
use crate::source::Span;

/// So deep may blocks nest once calls are inlined.
const DEPTH_LIMIT: u32 = 1_000;

/// The callee's roles with the arguments for them: named ones first by name, the others fill the
/// remaining roles in order. Whatever does not match is left out.
pub(super) fn pairs<'a>(
    callee: &'a ast::Protocol,
    call: &'a ast::Call,
) -> Vec<(&'a RoleDecl, &'a CallArg)> {
    let named: HashMap<&str, &CallArg> = call
        .args
        .iter()
        .filter_map(|arg| Some((&*arg.formal.as_ref()?.text, arg)))
        .collect();
    let mut positional = call.args.iter().filter(|arg| arg.formal.is_none());
    let pair = |role: &'a RoleDecl| {
        let arg = named.get(&*role.name.text).copied();
        Some((role, arg.or_else(|| positional.next())?))
    };
    callee.roles.iter().filter_map(pair).collect()
}

impl<'a> Resolver<'a, '_> {
    /// Inlines a call, or goes back to where the same call is being inlined.
    pub(super) fn call(&mut self, call: &'a ast::Call, here: Here, out: &mut Vec<Step>) {
        let declared = self.stage.declared;
        let name = &*call.protocol.text;
        let Some(&index) = declared.protocol_index.get(name) else {
            let message = format!("there is no protocol `{name}`");
            let diagnostic = Diagnostic::new(codes::E0205, call.protocol.span, message);
            let names = declared.protocols.iter().map(|it| &*it.protocol.name.text);
            let otherwise = "declare it in this file, or import the file that declares it";
            return nearest::report(self.stage.report, diagnostic, name, names, otherwise);
        };
        let callee = declared.protocols[index].protocol;
        let Some((roles, sizes, arguments)) = self.arguments(callee, call) else {
            return;
        };
        let around = (here.context.map(|(id, _)| id), here.bridge);
        let same = |frame: &Frame<'_>| {
            frame.protocol == index && frame.around == around && frame.arguments == arguments
        };
        if let Some(depth) = self.frames.iter().position(same) {
            return self.recur(depth, call, here, out);
        }
        self.frames.push(Frame {
            protocol: index,
            roles,
            sizes,
            arguments,
            around,
            tail: here.tail,
            rec: None,
            scopes: self.scopes.len(),
        });
        self.calls.push(call.span);
        let body = self.frame_body(here);
        self.calls.pop();
        self.frames.pop();
        out.extend(body.steps);
    }

    /// The body of the innermost frame.
    pub(super) fn frame_body(&mut self, here: Here) -> Block {
        let protocol = self.stage.declared.protocols[self.frame().protocol].protocol;
        let mut inner = Here { tail: true, ..here };
        if let Some(context) = &protocol.context {
            inner = self.enter(context, inner);
        }
        let body = self.block(&protocol.body, inner);
        let Some(id) = self.frame().rec else {
            return body;
        };
        let braces = body.braces;
        let rec = Rec {
            id,
            name: protocol.name.text.clone(),
            body,
            span: protocol.name.span,
        };
        Block {
            steps: vec![Step::Rec(rec)],
            braces,
        }
    }

    /// Goes back to the frame at `depth`, which this call is equal to.
    fn recur(&mut self, depth: usize, call: &ast::Call, here: Here, out: &mut Vec<Step>) {
        let between = &self.frames[depth + 1..];
        if !here.tail || between.iter().any(|frame| !frame.tail) {
            let message = format!(
                "`{}` calls itself, and more would follow",
                call.protocol.text
            );
            self.stage
                .report
                .push(Diagnostic::new(codes::E0207, call.span, message).help(
                    "a protocol may call itself as the last step only, outside of loops and `par`",
                ));
            return;
        }
        let known = self.frames[depth].rec;
        let id = known.unwrap_or_else(|| self.next_rec());
        self.frames[depth].rec = Some(id);
        out.push(Step::Continue(id, call.span));
    }

    /// Numbers a recursion.
    pub(super) fn next_rec(&mut self) -> RecId {
        self.recs += 1;
        RecId(self.recs - 1)
    }

    /// What the callee's roles and sizes stand for; reports arguments that do not fit.
    #[expect(
        clippy::type_complexity,
        reason = "the three parts of a frame, taken apart at once"
    )]
    fn arguments(
        &mut self,
        callee: &'a ast::Protocol,
        call: &'a ast::Call,
    ) -> Option<(
        HashMap<&'a str, Binding>,
        HashMap<&'a str, Size>,
        Vec<Binding>,
    )> {
        if !self.argument_names(callee, call) {
            return None;
        }
        let mut roles = HashMap::new();
        let mut sizes = HashMap::new();
        let mut order: Vec<Binding> = Vec::new();
        let mut fits = true;
        for (formal, arg) in pairs(callee, call) {
            let Some(binding) = self.argument(formal, arg, &mut sizes) else {
                fits = false;
                continue;
            };
            if order.contains(&binding) {
                let message = format!("`{}` is handed over twice", arg.actual.role.text);
                let help = "each role of the callee is played by somebody else";
                let diagnostic = Diagnostic::new(codes::E0206, arg.actual.span, message).help(help);
                self.stage.report.push(diagnostic);
                fits = false;
            }
            order.push(binding.clone());
            roles.insert(&*formal.name.text, binding);
        }
        fits.then_some((roles, sizes, order))
    }

    /// Whether every role of the callee gets one argument.
    fn argument_names(&mut self, callee: &ast::Protocol, call: &ast::Call) -> bool {
        let name = &callee.name.text;
        let formals: Vec<&str> = callee.roles.iter().map(|role| &*role.name.text).collect();
        let mut seen: HashMap<&str, Span> = HashMap::new();
        let mut fits = true;
        for formal in call.args.iter().filter_map(|arg| arg.formal.as_ref()) {
            if !formals.contains(&&*formal.text) {
                let message = format!("`{name}` has no role `{}`", formal.text);
                let diagnostic = Diagnostic::new(codes::E0206, formal.span, message);
                let otherwise = format!("its roles are `{}`", formals.join("`, `"));
                let known = formals.iter().copied();
                nearest::report(
                    self.stage.report,
                    diagnostic,
                    &formal.text,
                    known,
                    otherwise,
                );
                fits = false;
            } else if let Some(first) = seen.insert(&formal.text, formal.span) {
                let message = format!("the role `{}` gets two arguments", formal.text);
                self.stage.report.push(
                    Diagnostic::new(codes::E0206, formal.span, message)
                        .label(first, "the first one")
                        .help("remove one of the two"),
                );
                fits = false;
            }
        }
        if call.args.len() != formals.len() {
            let message = format!(
                "`{name}` has {} roles, and {} arguments are given",
                formals.len(),
                call.args.len()
            );
            let help = format!("its roles are `{}`", formals.join("`, `"));
            let diagnostic = Diagnostic::new(codes::E0206, call.span, message)
                .label(callee.name.span, "declared here")
                .help(help);
            self.stage.report.push(diagnostic);
            fits = false;
        }
        fits
    }

    /// What one role of the callee stands for.
    fn argument(
        &mut self,
        formal: &'a RoleDecl,
        arg: &'a CallArg,
        sizes: &mut HashMap<&'a str, Size>,
    ) -> Option<Binding> {
        let actual = &arg.actual;
        let binding = match &actual.selector {
            None | Some(Selector::All(_)) => self.binding(actual)?,
            Some(_) => {
                let mut parties = self.parties(actual);
                let party = parties.pop()?;
                match (party.members, parties.is_empty()) {
                    (Members::All, true) => Binding::Family(party.role),
                    (Members::Any(_), _) | (_, false) => {
                        let message = "a quorum or several members cannot play one role";
                        return self.unfit(actual.span, formal, message.to_owned());
                    }
                    (members, true) => Binding::Single(party.role, members),
                }
            }
        };
        let size = match (&binding, &formal.size) {
            (Binding::Single(..), None) if actual.selector.is_none() => return Some(binding),
            (Binding::Single(..), None) => {
                let member = !matches!(actual.selector, Some(Selector::All(_)));
                let message = format!("`{}` is a single role", actual.role.text);
                return if member {
                    Some(binding)
                } else {
                    self.unfit(actual.span, formal, message)
                };
            }
            (Binding::Single(..), Some(_)) => {
                let message = format!("`{}` is one participant", actual.role.text);
                return self.unfit(actual.span, formal, message);
            }
            (_, None) => {
                let message = format!("`{}` is a family", actual.role.text);
                return self.unfit(actual.span, formal, message);
            }
            (Binding::Family(role), Some(_)) => self.family_size(*role),
            (Binding::Split { whole, .. }, Some(_)) => whole.clone(),
        };
        let wanted = match &formal.size {
            Some(FamilySize::Of(ast::Size::Number(number, _))) => Some(Size::Number(*number)),
            Some(FamilySize::Of(ast::Size::Symbol(name))) => Some(
                sizes
                    .entry(&name.text)
                    .or_insert_with(|| size.clone())
                    .clone(),
            ),
            _ => None,
        };
        match wanted {
            Some(wanted) if wanted != size => {
                let (size, wanted) = (self.print_size(&size), self.print_size(&wanted));
                let message = format!("`{}` has {size} members, not {wanted}", actual.role.text);
                self.unfit(actual.span, formal, message)
            }
            _ => Some(binding),
        }
    }

    fn unfit(&mut self, span: Span, formal: &RoleDecl, message: String) -> Option<Binding> {
        let kind = match formal.size {
            Some(_) => "a family",
            None => "a single role",
        };
        self.stage.report.push(
            Diagnostic::new(codes::E0206, span, message)
                .label(formal.span, format!("this role is {kind}"))
                .help(
                    "hand over what the callee's role is: a role, a family of its size, a member",
                ),
        );
        None
    }

    /// Takes a copied step from the budget; reports once when it is used up.
    pub(super) fn may_copy(&mut self, span: Span) -> bool {
        if self.calls.is_empty() && self.copies == 0 {
            return true;
        }
        if self.stage.budget.steps > 0 && self.depth <= DEPTH_LIMIT {
            self.stage.budget.steps -= 1;
            return true;
        }
        self.stage.budget.steps = 0;
        if !self.stage.budget.reported {
            self.stage.budget.reported = true;
            let span = self.calls.first().copied().unwrap_or(span);
            let message = "calls and ranges unfold to too many steps or too deep blocks";
            self.stage.report.push(
                Diagnostic::new(codes::E0208, span, message)
                    .help("use loops and `for` in place of calls that multiply"),
            );
        }
        false
    }
}

//! Arguments of calls: what the roles and sizes of a callee stand for.

use std::collections::{HashMap, HashSet};

use super::calls::pairs;
use super::nearest;
use super::phrase::{counted, listed};
use super::protocol::Resolver;
use super::roles::Binding;
use crate::ast::{self, CallArg, FamilySize, RoleDecl, Selector};
use crate::diag::{Diagnostic, codes};
use crate::global::{Members, Size};
use crate::source::Span;

/// What a callee's names stand for.
pub(super) struct Arguments<'a> {
    /// Its roles.
    pub(super) roles: HashMap<&'a str, Binding>,
    /// The size symbols of its families.
    pub(super) sizes: HashMap<&'a str, Size>,
    /// Its roles' bindings, in the order of their declaration.
    pub(super) order: Vec<Binding>,
}

impl<'a> Resolver<'a, '_> {
    /// What the callee's roles and sizes stand for; reports arguments that do not fit.
    pub(super) fn arguments(
        &mut self,
        callee: &'a ast::Protocol,
        call: &'a ast::Call,
    ) -> Option<Arguments<'a>> {
        if !self.argument_names(callee, call) {
            return None;
        }
        let mut roles = HashMap::new();
        let mut sizes = HashMap::new();
        let mut order: Vec<Binding> = Vec::new();
        let mut played = HashSet::new();
        let mut fits = true;
        for (formal, arg) in pairs(callee, call) {
            let Some(binding) = self.argument(formal, arg, &mut sizes) else {
                fits = false;
                continue;
            };
            if !played.insert(binding.clone()) {
                let message = format!("`{}` is handed over twice", arg.actual.role.text);
                let help = "each role of the callee is played by somebody else";
                let diagnostic = Diagnostic::new(codes::E0206, arg.actual.span, message).help(help);
                self.stage.report.push(diagnostic);
                fits = false;
            }
            order.push(binding.clone());
            roles.insert(&*formal.name.text, binding);
        }
        let arguments = Arguments {
            roles,
            sizes,
            order,
        };
        fits.then_some(arguments)
    }

    /// Whether every role of the callee gets one argument.
    fn argument_names(&mut self, callee: &ast::Protocol, call: &ast::Call) -> bool {
        let name = &callee.name.text;
        let formals: HashSet<&str> = callee.roles.iter().map(|role| &*role.name.text).collect();
        let names = || callee.roles.iter().map(|role| &*role.name.text);
        let mut seen: HashMap<&str, Span> = HashMap::new();
        let mut fits = true;
        for formal in call.args.iter().filter_map(|arg| arg.formal.as_ref()) {
            if !formals.contains(&*formal.text) {
                let message = format!("`{name}` has no role `{}`", formal.text);
                let diagnostic = Diagnostic::new(codes::E0206, formal.span, message);
                let otherwise = format!("its roles are {}", listed(names()));
                let known = names();
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
        if call.args.len() != callee.roles.len() {
            let wanted = counted(callee.roles.len(), "role");
            let message = format!("`{name}` takes {wanted}, not {}", call.args.len());
            let help = format!("its roles are {}", listed(names()));
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
}

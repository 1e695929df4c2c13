//! Who takes part in a step: endpoints as written become roles with members.
//!
//! In: an endpoint. Out: the parties that it denotes, in order: one as a rule, several for a range
//! of constants `Q[1..3]` and for `Q[*]` of a split family, none where something is wrong, which
//! was reported.

use super::nearest;
use super::protocol::{Resolver, Scope};
use super::roles::Binding;
use crate::ast::{self, Endpoint, Selector};
use crate::diag::{Code, Diagnostic, codes};
use crate::global::{Members, Party, RoleId, Size};
use crate::source::Span;

impl<'a> Resolver<'a, '_> {
    /// The parties that an endpoint denotes.
    pub(super) fn parties(&mut self, endpoint: &'a Endpoint) -> Vec<Party> {
        let Some(binding) = self.binding(endpoint) else {
            return Vec::new();
        };
        let members = match (&binding, &endpoint.selector) {
            (Binding::Single(role, members), None) => vec![(*role, members.clone())],
            (Binding::Single(..), Some(selector)) => {
                let message = format!("`{}` is a single role, not a family", endpoint.role.text);
                let help = format!("write `{}` without brackets", endpoint.role.text);
                self.refuse(codes::E0216, selector_span(selector), message, help)
            }
            (Binding::Family(_) | Binding::Split { .. }, None) => {
                let name = &endpoint.role.text;
                let message = format!("`{name}` is a family, and which members is not said");
                let help =
                    format!("write `{name}[*]`, `{name}[any t]` or, in a `for`, `{name}[i]`");
                self.refuse(codes::E0217, endpoint.role.span, message, help)
            }
            (Binding::Family(role), Some(selector)) => self.of_family(*role, selector, endpoint),
            (Binding::Split { .. }, Some(selector)) => self.of_split(&binding, selector, endpoint),
        };
        let party = |(role, members)| Party {
            role,
            members,
            span: endpoint.span,
        };
        members.into_iter().map(party).collect()
    }

    /// What the endpoint's name stands for.
    pub(super) fn binding(&mut self, endpoint: &'a Endpoint) -> Option<Binding> {
        let name = &*endpoint.role.text;
        if let Some(binding) = self.frame().roles.get(name) {
            return Some(binding.clone());
        }
        let declared = self.stage.declared;
        let protocol = declared.protocols[self.frame().protocol].protocol;
        let message = format!("there is no role `{name}` in `{}`", protocol.name.text);
        let diagnostic = Diagnostic::new(codes::E0201, endpoint.role.span, message);
        let known = protocol.roles.iter().map(|role| &*role.name.text);
        let help = "add it to `roles:` at the top of the protocol";
        nearest::report(self.stage.report, diagnostic, name, known, help);
        None
    }

    /// The index variable of that name: of which role, which member, and where it was bound.
    pub(super) fn index(&self, name: &str) -> Option<(RoleId, Members, Span)> {
        let visible = &self.scopes[self.frame().scopes..];
        visible.iter().rev().find_map(|scope| match scope {
            Scope::Index(index, role, members, span) if *index == name => {
                Some((*role, members.clone(), *span))
            }
            _ => None,
        })
    }

    fn of_family(
        &mut self,
        role: RoleId,
        selector: &'a Selector,
        endpoint: &Endpoint,
    ) -> Vec<(RoleId, Members)> {
        let size = self.family_size(role);
        match selector {
            Selector::All(_) => vec![(role, Members::All)],
            Selector::AnyOf(quorum, _) => match self.quorum(quorum, &size, endpoint) {
                Some(quorum) => vec![(role, Members::Any(quorum))],
                None => Vec::new(),
            },
            Selector::Index(ast::Size::Number(number, span), _) => {
                if self.constant(role, *number, *span, endpoint) {
                    vec![(role, Members::Constant(*number))]
                } else {
                    Vec::new()
                }
            }
            Selector::Index(ast::Size::Symbol(name), _) => self.member(role, name),
            Selector::Range(from, to, span) => self.range(role, from, to, *span, endpoint),
        }
    }

    fn of_split(
        &mut self,
        binding: &Binding,
        selector: &'a Selector,
        endpoint: &Endpoint,
    ) -> Vec<(RoleId, Members)> {
        let Binding::Split {
            low,
            high,
            at,
            whole,
        } = binding
        else {
            return Vec::new();
        };
        let at = Size::Symbol(*at);
        match selector {
            Selector::All(_) => return vec![(*low, Members::All), (*high, Members::All)],
            Selector::Index(ast::Size::Symbol(name), _) => {
                return self.member_of_split(*low, *high, name);
            }
            Selector::Range(from, to, _) => {
                let (Some(from), Some(to)) = (self.size(from, 0), self.size(to, 0)) else {
                    return Vec::new();
                };
                let zero = Size::Number(0);
                if from == zero && to == at {
                    return vec![(*low, Members::All)];
                }
                if from == at && to == *whole {
                    return vec![(*high, Members::All)];
                }
                if from == zero && to == *whole {
                    return vec![(*low, Members::All), (*high, Members::All)];
                }
                let point = if from == zero { &to } else { &from };
                if matches!(point, Size::Symbol(_)) && *point != at && point != whole {
                    // A second split point: `splits` has reported it.
                    return Vec::new();
                }
            }
            Selector::AnyOf(..) | Selector::Index(..) => {}
        }
        let name = &endpoint.role.text;
        let point = self.print_size(&at);
        let message = format!("`{name}` is split at `{point}`, and this names other members");
        let help = format!(
            "a split family is named as `{name}[0..{point}]`, `{name}[{point}..{}]` or `{name}[*]`",
            self.print_size(whole)
        );
        self.refuse(codes::E0219, selector_span(selector), message, help)
    }

    /// `Q[i]`.
    fn member(&mut self, role: RoleId, name: &ast::Ident) -> Vec<(RoleId, Members)> {
        match self.bound_index(name) {
            None => Vec::new(),
            Some((over, members, _)) if over == role => vec![(role, members)],
            Some((over, _, bound)) => self.foreign_index(name, over, role, bound),
        }
    }

    fn member_of_split(
        &mut self,
        low: RoleId,
        high: RoleId,
        name: &ast::Ident,
    ) -> Vec<(RoleId, Members)> {
        match self.bound_index(name) {
            None => Vec::new(),
            Some((over, members, _)) if over == low || over == high => vec![(over, members)],
            Some((over, _, bound)) => self.foreign_index(name, over, low, bound),
        }
    }

    fn bound_index(&mut self, name: &ast::Ident) -> Option<(RoleId, Members, Span)> {
        let found = self.index(&name.text);
        if found.is_none() {
            let message = format!("no `for` binds the index `{}`", name.text);
            let help = format!("put the step into `for {} in .. {{ .. }}`", name.text);
            self.refuse(codes::E0212, name.span, message, help);
        }
        found
    }

    fn foreign_index(
        &mut self,
        name: &ast::Ident,
        over: RoleId,
        wanted: RoleId,
        bound: Span,
    ) -> Vec<(RoleId, Members)> {
        let roles = &self.out.roles;
        let (over, wanted) = (&roles[over.index()].name, &roles[wanted.index()].name);
        let message = format!(
            "the index `{}` runs over `{over}`, not over `{wanted}`",
            name.text
        );
        self.stage.report.push(
            Diagnostic::new(codes::E0212, name.span, message)
                .label(bound, "bound here")
                .help("use an index of a `for` over the same family"),
        );
        Vec::new()
    }

    /// Reports that an endpoint denotes nobody.
    pub(super) fn refuse(
        &mut self,
        code: Code,
        span: Span,
        message: String,
        help: String,
    ) -> Vec<(RoleId, Members)> {
        let diagnostic = Diagnostic::new(code, span, message).help(help);
        self.stage.report.push(diagnostic);
        Vec::new()
    }

    /// The one party that decides or owns a step; families that would decide as one are refused.
    pub(super) fn one_party(&mut self, endpoint: &'a Endpoint, what: &str) -> Option<Party> {
        let mut parties = self.parties(endpoint);
        let party = parties.pop()?;
        let one = matches!(
            party.members,
            Members::Single | Members::Constant(_) | Members::Index(_)
        );
        if one && parties.is_empty() {
            return Some(party);
        }
        let message = format!("{what} belongs to one participant, and this names several");
        let help = "name a single role, or a member `Q[i]` inside a `for`";
        self.stage
            .report
            .push(Diagnostic::new(codes::E0228, endpoint.span, message).help(help));
        None
    }
}

/// Where a selector stands.
pub(super) fn selector_span(selector: &Selector) -> Span {
    match selector {
        Selector::All(span)
        | Selector::AnyOf(_, span)
        | Selector::Index(_, span)
        | Selector::Range(_, _, span) => *span,
    }
}

/// Where a size stands.
pub(super) fn size_span(size: &ast::Size) -> Span {
    match size {
        ast::Size::Number(_, span) => *span,
        ast::Size::Symbol(name) => name.span,
    }
}

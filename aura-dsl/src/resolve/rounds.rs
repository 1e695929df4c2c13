//! `for`: rounds over a family, over a part of it, or over members that constants name.

use super::declare;
use super::protocol::{Here, Resolver, Scope};
use super::roles::Binding;
use crate::ast;
use crate::diag::{Diagnostic, codes};
use crate::global::{For, Members, RoleId, Step};

impl<'a> Resolver<'a, '_> {
    /// A `for` over a family stays one, a range of constants is unrolled; a split family has two.
    pub(super) fn for_each(&mut self, step: &'a ast::For, inner: Here, out: &mut Vec<Step>) {
        let parties = self.rounds(step);
        if let Some((.., first)) = self.index(&step.index.text) {
            let diagnostic = declare::twice("index", &step.index, first);
            self.stage.report.push(diagnostic);
        }
        for (round, (role, members)) in parties.into_iter().enumerate() {
            if round > 0 {
                self.copying.push(step.span);
                if !self.may_copy() {
                    self.copying.pop();
                    break;
                }
            }
            let unrolled = matches!(members, Members::Constant(_));
            let id = if unrolled {
                None
            } else {
                Some(self.next_loop(Some(step.index.text.clone()), step.span))
            };
            let member = id.map_or(members, Members::Index);
            let body = self.behind("a `for`", step.span, |this| {
                let index = (&*step.index.text, role, member, step.index.span);
                this.scopes
                    .push(Scope::Index(index.0, index.1, index.2, index.3));
                let body = this.block(&step.body, inner);
                this.scopes.pop();
                body
            });
            match id {
                None => out.extend(body.steps),
                Some(id) => out.push(Step::For(For {
                    id,
                    family: role,
                    body,
                    span: step.span,
                })),
            }
            if round > 0 {
                self.copying.pop();
            }
        }
    }

    /// What a `for` runs over: whole families or parts of them, and members that constants name.
    fn rounds(&mut self, step: &'a ast::For) -> Vec<(RoleId, Members)> {
        let endpoint = &step.family;
        let parties: Vec<(RoleId, Members)> = if endpoint.selector.is_some() {
            let parties = self.parties(endpoint);
            parties
                .into_iter()
                .map(|it| (it.role, it.members))
                .collect()
        } else {
            match self.binding(endpoint) {
                Some(Binding::Family(role)) => vec![(role, Members::All)],
                Some(Binding::Split { low, high, .. }) => {
                    vec![(low, Members::All), (high, Members::All)]
                }
                Some(Binding::Single(role, members)) => vec![(role, members)],
                None => Vec::new(),
            }
        };
        let range = matches!(endpoint.selector, Some(ast::Selector::Range(..)));
        let fits = |(_, members): &(RoleId, Members)| match members {
            Members::All => true,
            Members::Constant(_) => range,
            _ => false,
        };
        if parties.iter().all(fits) {
            return parties;
        }
        let message = "a `for` runs over a family or a range of it";
        self.stage.report.push(
            Diagnostic::new(codes::E0228, endpoint.span, message)
                .help("write `for i in Q`, `for i in Q[0..t]` or `for i in Q[1..3]`"),
        );
        Vec::new()
    }
}

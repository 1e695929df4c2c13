//! Local steps: who takes them, what they read, what they yield.

use super::nearest;
use super::protocol::Resolver;
use crate::ast;
use crate::diag::{Diagnostic, codes};
use crate::global::{Local, LocalArg, LocalId, Members, RoleId, Step};

impl<'a> Resolver<'a, '_> {
    /// A local step, once for each part of a family that is split.
    pub(super) fn local(&mut self, local: &'a ast::Local, out: &mut Vec<Step>) {
        if let Some((_, Some(ty))) = &local.result {
            self.stage.declared.types.check(ty, self.stage.report);
        }
        for at in self.parties(&local.at) {
            if let Members::Any(_) = at.members {
                let message = "a local step belongs to all members or to one, not to a quorum";
                self.stage.report.push(
                    Diagnostic::new(codes::E0228, at.span, message)
                        .help("write `[*]`, or `[i]` inside a `for`"),
                );
                return;
            }
            let arg = |arg: &'a ast::Ident| Some((self.local_arg(at.role, arg)?, arg.span));
            let args = local.args.iter().filter_map(arg).collect();
            let id = LocalId::of(self.out.locals.len());
            if let Some((name, _)) = &local.result {
                self.results.insert((at.role, &name.text), id);
            }
            let result = local.result.as_ref();
            self.out.locals.push(Local {
                at,
                function: local.function.text.clone(),
                args,
                result: result.map(|(name, ty)| (name.text.clone(), ty.clone())),
                span: local.span,
            });
            out.push(Step::Local(id));
        }
    }

    fn local_arg(&mut self, role: RoleId, name: &'a ast::Ident) -> Option<LocalArg> {
        if let Some(id) = self.results.get(&(role, &*name.text)) {
            return Some(LocalArg::Result(*id));
        }
        if let Some(id) = self.label_index.get(&*name.text) {
            return Some(LocalArg::Received(*id));
        }
        let message = format!(
            "`{}` is neither a message nor a result before this step",
            name.text
        );
        let diagnostic = Diagnostic::new(codes::E0223, name.span, message);
        let labels = self.out.labels.iter().map(|label| &*label.name);
        let own = self.out.locals.iter().filter(|local| local.at.role == role);
        let results = own.filter_map(|local| Some(&*local.result.as_ref()?.0));
        let known = labels.chain(results);
        let otherwise = "name a label that the role received, or the result of an earlier `local`";
        nearest::report(self.stage.report, diagnostic, &name.text, known, otherwise);
        None
    }
}

//! Calls are inlined: the callee's steps with the caller's roles.
//!
//! In: `call P(A, B as Y)`. Out: the steps of P. What holds: a call in tail position of a protocol
//! that is being inlined with the same arguments in the same context goes back to its beginning
//! (`Rec` and `Continue`); with permuted arguments it is inlined until they repeat. What the calls
//! add up to is bounded, so that a few lines cannot unfold to gigabytes.

use std::collections::HashMap;

use super::nearest;
use super::protocol::{Frame, Here, Resolver};
use crate::ast::{self, CallArg, RoleDecl};
use crate::diag::{Diagnostic, codes};
use crate::global::{Block, Rec, RecId, Step};

/// So deep may blocks nest once calls are inlined.
const DEPTH_LIMIT: u32 = 1_000;
/// With as many findings no copies are made any more.
const FINDINGS_LIMIT: usize = 1_000;

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
        if !self.may_copy_many(call.args.len()) {
            return;
        }
        let Some(arguments) = self.arguments(callee, call) else {
            return;
        };
        let around = self.around(callee, here);
        let same = |frame: &Frame<'_>| {
            frame.protocol == index && frame.around == around && frame.arguments == arguments.order
        };
        if let Some(depth) = self.frames.iter().position(same) {
            return self.recur(depth, call, here, out);
        }
        self.frames.push(Frame {
            protocol: index,
            roles: arguments.roles,
            sizes: arguments.sizes,
            arguments: arguments.order,
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

    /// Takes one copied step from the budget.
    pub(super) fn may_copy(&mut self) -> bool {
        self.may_copy_many(1)
    }

    /// Takes copied steps or arguments from the budget; reports once when it is used up. After many
    /// findings with errors among them nothing is copied either: the copies would only repeat them.
    fn may_copy_many(&mut self, number: usize) -> bool {
        let Some(&span) = self.calls.first().or(self.copying.first()) else {
            return true;
        };
        let budget = &mut *self.stage.budget;
        let report = &self.stage.report;
        if report.iter().nth(FINDINGS_LIMIT).is_some() && report.has_errors() {
            return false;
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if budget.steps >= number && self.depth <= DEPTH_LIMIT {
            budget.steps -= number;
            return true;
        }
        budget.steps = 0;
        if !budget.reported {
            budget.reported = true;
            let message = "calls and ranges unfold to too many steps or too deep blocks";
            self.stage.report.push(
                Diagnostic::new(codes::E0208, span, message)
                    .help("use loops and `for` in place of calls that multiply"),
            );
        }
        false
    }
}

//! The walk over the steps: from blocks as written to blocks of the global tree.
//!
//! In: a block and what surrounds it. Out: its steps with ids. `in`, `bridge` and `call` leave
//! nothing but the steps inside of them.

use super::nearest;
use super::parties::size_span;
use super::protocol::{Here, Resolver, Scope};
use crate::ast::{self, LoopBound, TimeUnit};
use crate::diag::{Diagnostic, codes};
use crate::global::{
    Block, Branch, Choice, Counted, Decided, Par, ParId, Rec, Size, Step, Timeout, TimerId,
};
use crate::source::Span;

impl<'a> Resolver<'a, '_> {
    /// A block of its own.
    pub(super) fn block(&mut self, block: &'a ast::Block, here: Here) -> Block {
        let mut steps = Vec::with_capacity(block.steps.len());
        self.steps(&block.steps, here, &mut steps);
        Block {
            steps,
            braces: Some(block.span),
        }
    }

    fn steps(&mut self, steps: &'a [ast::Step], here: Here, out: &mut Vec<Step>) {
        self.depth += 1;
        for (position, step) in steps.iter().enumerate() {
            let tail = here.tail && position + 1 == steps.len();
            if !self.may_copy() {
                break;
            }
            self.step(step, Here { tail, ..here }, out);
        }
        self.depth -= 1;
    }

    fn step(&mut self, step: &'a ast::Step, here: Here, out: &mut Vec<Step>) {
        let inner = Here {
            tail: false,
            ..here
        };
        match step {
            ast::Step::Message(message) => self.message(message, here, out),
            ast::Step::Choice(choice) => self.choice(choice, here, out),
            ast::Step::Loop(step) => self.repeat(step, inner, out),
            ast::Step::Rec(rec) => {
                let id = self.next_rec();
                self.scopes.push(Scope::Rec(&rec.variable.text, id));
                let body = self.block(&rec.body, here);
                self.scopes.pop();
                out.push(Step::Rec(Rec {
                    id,
                    name: rec.variable.text.clone(),
                    body,
                    span: rec.variable.span,
                }));
            }
            ast::Step::Continue(name, span) => self.again(name, *span, out),
            ast::Step::Par(blocks, span) => {
                self.pars += 1;
                let id = ParId(self.pars - 1);
                let branch = |block| self.behind("a `par`", *span, |this| this.block(block, inner));
                let branches = blocks.iter().map(branch).collect();
                out.push(Step::Par(Par {
                    id,
                    branches,
                    span: *span,
                }));
            }
            ast::Step::Call(call) => self.call(call, here, out),
            ast::Step::Timeout(timeout) => self.timeout(timeout, here, out),
            ast::Step::Local(local) => self.local(local, out),
            ast::Step::In(context, block, _) => {
                let here = self.enter(context, here);
                self.steps(&block.steps, here, out);
            }
            ast::Step::Bridge(bridge) => {
                let here = self.cross(bridge, here);
                self.steps(&bridge.body.steps, here, out);
            }
            ast::Step::For(step) => self.for_each(step, inner, out),
        }
    }

    /// Runs `inside` with a scope that `continue` may not leave.
    pub(super) fn behind<T>(
        &mut self,
        what: &'static str,
        span: Span,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.scopes.push(Scope::Barrier(what, span));
        let result = inside(self);
        self.scopes.pop();
        result
    }

    fn choice(&mut self, choice: &'a ast::Choice, here: Here, out: &mut Vec<Step>) {
        let mut deciders = self.parties(&choice.decider);
        let decider = deciders.pop();
        if !deciders.is_empty() {
            let message = "the parts of a split family cannot decide together";
            self.stage.report.push(
                Diagnostic::new(codes::E0219, choice.decider.span, message)
                    .help("write one choice for each part"),
            );
        }
        let mut branches = Vec::with_capacity(choice.branches.len());
        for branch in &choice.branches {
            branches.push(Branch {
                label: branch.label.as_ref().map(|label| label.text.clone()),
                span: branch
                    .label
                    .as_ref()
                    .map_or(branch.span, |label| label.span),
                guard: branch.guard.clone(),
                body: self.block(&branch.body, here),
            });
        }
        if let Some(decider) = decider {
            out.push(Step::Choice(Choice {
                decider,
                branches,
                span: choice.span,
            }));
        }
    }

    fn repeat(&mut self, step: &'a ast::Loop, inner: Here, out: &mut Vec<Step>) {
        match &step.bound {
            LoopBound::Count(count) => {
                let count = self.count(count);
                let id = self.next_loop(None, step.span);
                let inside = |this: &mut Self| this.block(&step.body, inner);
                let body = self.behind("a counted loop", step.span, inside);
                if let Some(count) = count {
                    let span = step.span;
                    out.push(Step::Counted(Counted {
                        id,
                        count,
                        body,
                        span,
                    }));
                }
            }
            LoopBound::Decides(endpoint) => {
                let decider = self.one_party(endpoint, "the decision to go on");
                let id = self.next_loop(None, step.span);
                let body = self.block(&step.body, inner);
                if let Some(decider) = decider {
                    let span = step.span;
                    out.push(Step::Decided(Decided {
                        id,
                        decider,
                        body,
                        span,
                    }));
                }
            }
        }
    }

    fn count(&mut self, count: &ast::Size) -> Option<Size> {
        let size = self.size(count, 1)?;
        if size == Size::Number(0) {
            self.stage.report.push(
                Diagnostic::new(codes::E0227, size_span(count), "this loop never runs")
                    .help("a count is at least 1"),
            );
            return None;
        }
        Some(size)
    }

    fn again(&mut self, name: &'a ast::Ident, span: Span, out: &mut Vec<Step>) {
        let visible = &self.scopes[self.frame().scopes..];
        let mut barrier = None;
        for scope in visible.iter().rev() {
            match scope {
                Scope::Rec(variable, id) if *variable == name.text => {
                    if let Some((what, place)) = barrier {
                        let message = format!("`continue {}` would leave {what}", name.text);
                        self.stage.report.push(
                            Diagnostic::new(codes::E0307, span, message)
                                .label(place, "it begins here")
                                .help(
                                    "what is counted or runs side by side has to come to its end",
                                ),
                        );
                        return;
                    }
                    out.push(Step::Continue(*id, span));
                    return;
                }
                Scope::Barrier(what, place) if barrier.is_none() => barrier = Some((*what, *place)),
                _ => {}
            }
        }
        let message = format!("no `rec {}` surrounds this step", name.text);
        let diagnostic = Diagnostic::new(codes::E0220, name.span, message);
        let known = visible.iter().filter_map(|scope| match scope {
            Scope::Rec(variable, _) => Some(*variable),
            _ => None,
        });
        let otherwise = format!(
            "put the steps that repeat into `rec {} {{ .. }}`",
            name.text
        );
        nearest::report(self.stage.report, diagnostic, &name.text, known, otherwise);
    }

    fn timeout(&mut self, timeout: &'a ast::Timeout, here: Here, out: &mut Vec<Step>) {
        let decider = self.one_party(&timeout.decider, "a timer");
        let duration = timeout.duration;
        let (unit, scale) = match duration.unit {
            TimeUnit::Microseconds => ("us", 1_000),
            TimeUnit::Milliseconds => ("ms", 1_000_000),
            TimeUnit::Seconds => ("s", 1_000_000_000),
            TimeUnit::Minutes => ("min", 60_000_000_000),
            TimeUnit::Hours => ("h", 3_600_000_000_000),
        };
        let nanos = duration.value.checked_mul(scale);
        if nanos.is_none() {
            self.stage.report.push(
                Diagnostic::new(codes::E0230, duration.span, "this duration is too long")
                    .help("durations are kept in nanoseconds, in 64 bits: about 584 years"),
            );
        }
        let id = TimerId::of(self.out.timers.len());
        self.out.timers.push(format!("{}{unit}", duration.value));
        let body = self.block(&timeout.body, here);
        let otherwise = self.block(&timeout.otherwise, here);
        if let (Some(decider), Some(nanos)) = (decider, nanos) {
            out.push(Step::Timeout(Timeout {
                id,
                nanos,
                decider,
                body,
                otherwise,
                span: timeout.span,
            }));
        }
    }
}

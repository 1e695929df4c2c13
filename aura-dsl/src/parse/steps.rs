//! The tree of a protocol's steps.
//!
//! In: pairs of the grammar, one a step. Out: [`Step`]s. What holds: a node's span is what its
//! comment in the tree says, without the blanks behind it.

use pest::iterators::Pair;

use super::items::context_kind;
use super::{Builder, Inner, Rule};
use crate::ast::{
    Annotation, Block, Branch, Bridge, Call, CallArg, Choice, ContextKind, Endpoint, For, Ident,
    Local, Loop, LoopBound, Message, Payload, Rec, Selector, Step, Timeout, Type,
};
use crate::source::Span;

impl Builder {
    pub(super) fn steps(&mut self, parts: Inner<'_>) -> Vec<Step> {
        self.all(parts, Self::step)
    }

    fn block(&mut self, pair: Pair<'_, Rule>) -> Block {
        let span = self.span(&pair);
        Block {
            steps: self.steps(Inner::of(pair)),
            span,
        }
    }

    fn step(&mut self, pair: Pair<'_, Rule>) -> Option<Step> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut parts = Inner::of(pair);
        Some(match rule {
            Rule::message => Step::Message(self.message(parts, span)?),
            Rule::choice => Step::Choice(Choice {
                decider: self.endpoint(parts.next()?)?,
                branches: self.all(parts, Self::branch),
                span,
            }),
            Rule::continue_step => Step::Continue(self.name(&parts.next()?), span),
            Rule::loop_step => Step::Loop(Loop {
                bound: self.loop_bound(parts.next()?)?,
                body: self.block(parts.next()?),
                span,
            }),
            Rule::rec => Step::Rec(Rec {
                variable: self.name(&parts.next()?),
                body: self.block(parts.next()?),
                span,
            }),
            Rule::par => Step::Par(parts.map(|part| self.block(part)).collect(), span),
            Rule::call => Step::Call(Call {
                protocol: self.name(&parts.next()?),
                args: self.all(parts, Self::call_arg),
                span,
            }),
            Rule::timeout => Step::Timeout(Timeout {
                duration: self.duration(&parts.next()?)?,
                decider: self.endpoint(parts.next()?)?,
                body: self.block(parts.next()?),
                otherwise: self.block(parts.next()?),
                span,
            }),
            Rule::local => Step::Local(self.local(parts, span)?),
            Rule::in_step => {
                let context = self.context(parts.next()?)?;
                Step::In(context, self.block(parts.next()?), span)
            }
            Rule::bridge => Step::Bridge(Bridge {
                from: self.bridge_end(parts.next()?)?,
                to: self.bridge_end(parts.next()?)?,
                body: self.block(parts.next()?),
                span,
            }),
            Rule::for_step => Step::For(For {
                index: self.name(&parts.next()?),
                family: self.endpoint(parts.next()?)?,
                body: self.block(parts.next()?),
                span,
            }),
            _ => return None,
        })
    }

    fn message(&mut self, mut parts: Inner<'_>, span: Span) -> Option<Message> {
        let from = self.endpoint_of(&mut parts)?;
        let annotations = parts.while_part(Rule::annotation);
        let annotations = self.all(annotations.into_iter(), Self::annotation);
        let to = self.endpoint(parts.next()?)?;
        let label = self.name(&parts.next()?);
        let payload = match parts.next() {
            None => Payload::Bare,
            Some(part) if part.as_rule() == Rule::fields => {
                Payload::Fields(self.fields(Inner::of(part)))
            }
            Some(part) => Payload::Types {
                angle: part.as_rule() == Rule::angle_types,
                types: self.all(Inner::of(part), Self::type_term),
            },
        };
        Some(Message {
            from,
            annotations,
            to,
            label,
            payload,
            span,
        })
    }

    fn annotation(&mut self, pair: Pair<'_, Rule>) -> Option<Annotation> {
        let span = self.span(&pair);
        let mut parts = Inner::of(pair);
        Some(Annotation {
            key: self.word(&parts.next()?),
            value: self.value(parts.next()?)?,
            span,
        })
    }

    fn branch(&mut self, pair: Pair<'_, Rule>) -> Option<Branch> {
        let span = self.span(&pair);
        let mut parts = Inner::of(pair);
        let label = self.name(&parts.next()?);
        let guard = match parts.part(Rule::expression) {
            Some(part) => Some(self.expression(part)?),
            None => None,
        };
        Some(Branch {
            label: Some(label),
            guard,
            body: self.block(parts.next()?),
            span,
        })
    }

    fn loop_bound(&mut self, pair: Pair<'_, Rule>) -> Option<LoopBound> {
        let counted = pair.as_rule() == Rule::count_bound;
        let part = Inner::of(pair).next()?;
        Some(if counted {
            LoopBound::Count(self.size(&part))
        } else {
            LoopBound::Decides(self.endpoint(part)?)
        })
    }

    fn call_arg(&mut self, pair: Pair<'_, Rule>) -> Option<CallArg> {
        let mut parts = Inner::of(pair);
        Some(CallArg {
            actual: self.endpoint(parts.next()?)?,
            formal: parts.next().map(|part| self.name(&part)),
        })
    }

    fn local(&mut self, mut parts: Inner<'_>, span: Span) -> Option<Local> {
        let at = self.endpoint(parts.next()?)?;
        let function = self.name(&parts.next()?);
        let args = parts.part(Rule::local_args);
        let args = args.map_or_else(Vec::new, |part| {
            Inner::of(part).map(|part| self.name(&part)).collect()
        });
        let result = match parts.next() {
            Some(part) => Some(self.local_result(Inner::of(part))?),
            None => None,
        };
        Some(Local {
            at,
            function,
            args,
            result,
            span,
        })
    }

    fn local_result(&mut self, mut parts: Inner<'_>) -> Option<(Ident, Option<Type>)> {
        let name = self.name(&parts.next()?);
        let ty = match parts.next() {
            Some(part) => Some(self.type_term(part)?),
            None => None,
        };
        Some((name, ty))
    }

    fn bridge_end(&mut self, pair: Pair<'_, Rule>) -> Option<(Option<ContextKind>, Ident)> {
        let mut parts = Inner::of(pair);
        let first = parts.next()?;
        Some(match context_kind(first.as_rule()) {
            Some(kind) => (Some(kind), self.name(&parts.next()?)),
            None => (None, self.name(&first)),
        })
    }

    fn endpoint(&mut self, pair: Pair<'_, Rule>) -> Option<Endpoint> {
        self.endpoint_of(&mut Inner::of(pair))
    }

    /// An endpoint from its name and, where there is one, its selector.
    fn endpoint_of(&mut self, parts: &mut Inner<'_>) -> Option<Endpoint> {
        let role = self.name(&parts.next()?);
        let Some(part) = parts.part(Rule::selector) else {
            return Some(Endpoint {
                span: role.span,
                role,
                selector: None,
            });
        };
        Some(Endpoint {
            span: role.span.to(self.span(&part)),
            role,
            selector: Some(self.selector(Inner::of(part).next()?)?),
        })
    }

    fn selector(&mut self, pair: Pair<'_, Rule>) -> Option<Selector> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut parts = Inner::of(pair);
        if rule == Rule::all_members {
            return Some(Selector::All(span));
        }
        let size = self.size(&parts.next()?);
        if rule == Rule::any_members {
            return Some(Selector::AnyOf(size, span));
        }
        Some(match parts.next() {
            Some(end) => Selector::Range(size, self.size(&end), span),
            None => Selector::Index(size, span),
        })
    }
}

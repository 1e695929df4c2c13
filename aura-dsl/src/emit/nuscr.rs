//! Protocols in the notation of nuScr.
//!
//! In: checked protocols. Out: one module, or the first construct that nuScr cannot say (E0112). There a
//! choice, a recursion and a `continue` are the last step of their block, so what follows a choice is
//! written into each of its branches, up to a bound. The labels of branches do not travel there: the
//! branches of a choice have to begin with different messages, and whoever exports has to check that the
//! text without labels has the verdict of the one with them. What a message demands, costs and leaves
//! is a comment beside it.

mod names;

use std::fmt::Write as _;

use self::names::Called;
use super::name::{Names, fact, millionths, observer};
use crate::diag::codes::E0112;
use crate::diag::{Diagnostic, Report};
use crate::global::{Choice, Decided, LabelId, LoopId, Members, Party, Payload, Protocol, RecId};
use crate::global::{RoleId, SendId, Step};
use crate::source::Span;

/// So many lines may a protocol have once what follows a choice stands in each branch.
const MOST_LINES: usize = 20_000;
/// So deep may blocks nest then.
const DEEPEST: usize = 500;

/// The protocols as one module.
///
/// # Errors
///
/// The first construct of each protocol that nuScr cannot say.
pub fn nuscr(protocols: &[Protocol]) -> Result<String, Report> {
    let mut report = Report::default();
    let mut called = Called::default();
    let mut bodies = String::new();
    for protocol in protocols {
        let mut writer = Writer {
            names: Names::new(protocol),
            called: &mut called,
            out: String::new(),
            lines: 0,
        };
        match writer.protocol() {
            Ok(()) => bodies.push_str(&writer.out),
            Err(found) => report.push(*found),
        }
    }
    if report.has_errors() {
        return Err(report);
    }
    let mut out = String::new();
    if let Some(first) = protocols.first() {
        let _ = writeln!(out, "module {};\n", names::module(&first.namespace));
    }
    let types = called.types();
    if !types.is_empty() {
        out.push_str(&types);
        out.push('\n');
    }
    out.push_str(bodies.trim_start());
    Ok(out)
}

type Written = Result<(), Box<Diagnostic>>;

/// What follows a step.
#[derive(Clone, Copy)]
enum Next<'n> {
    End,
    /// These steps, and then what follows them.
    Steps(&'n [Step], &'n Next<'n>),
    /// Back to a loop.
    Again(LoopId),
}

struct Writer<'w, 'p> {
    names: Names<'p>,
    called: &'w mut Called,
    out: String,
    lines: usize,
}

impl Writer<'_, '_> {
    fn protocol(&mut self) -> Written {
        let protocol = self.names.protocol;
        for role in &protocol.roles {
            if role.family.is_some() {
                return Err(outside(
                    role.span,
                    "a family of roles",
                    "write out its members as roles",
                ));
            }
        }
        let roles: Vec<_> = protocol
            .roles
            .iter()
            .map(|role| format!("role {}", names::word(&role.name)))
            .collect();
        let name = names::word(&protocol.name);
        let _ = write!(
            self.out,
            "\nglobal protocol {name}({}) {{\n",
            roles.join(", ")
        );
        self.block(Next::Steps(&protocol.body.steps, &Next::End), 1)?;
        self.out.push_str("}\n");
        Ok(())
    }

    /// Everything from here on.
    fn block(&mut self, next: Next<'_>, depth: usize) -> Written {
        let mut next = next;
        loop {
            let (steps, behind) = match next {
                Next::End => return Ok(()),
                Next::Again(id) => {
                    let name = loop_name(id);
                    return self.line(
                        depth,
                        &format!("continue {name};"),
                        self.names.protocol.span,
                    );
                }
                Next::Steps(steps, behind) => (steps, behind),
            };
            let Some((step, rest)) = steps.split_first() else {
                next = *behind;
                continue;
            };
            next = Next::Steps(rest, behind);
            match step {
                Step::Send(send) => self.message(*send, depth)?,
                Step::Choice(choice) => return self.choice(choice, next, depth),
                Step::Decided(decided) => return self.decided(decided, rest, behind, depth),
                Step::Rec(rec) => {
                    self.line(
                        depth,
                        &format!("rec {} {{", self.rec_name(rec.id)),
                        rec.span,
                    )?;
                    self.block(Next::Steps(&rec.body.steps, &next), depth + 1)?;
                    return self.line(depth, "}", rec.span);
                }
                Step::Continue(rec, span) => {
                    let line = format!("continue {};", self.rec_name(*rec));
                    return self.line(depth, &line, *span);
                }
                other => return Err(self.refused(other)),
            }
        }
    }

    fn refused(&self, step: &Step) -> Box<Diagnostic> {
        let unroll = "write its rounds out";
        match step {
            Step::Counted(counted) => outside(counted.span, "a counted loop", unroll),
            Step::For(each) => outside(each.span, "a `for`", unroll),
            Step::Par(par) => outside(par.span, "a `par`", "put its branches one behind the other"),
            Step::Timeout(timeout) => outside(
                timeout.span,
                "a timeout",
                "there are no clocks: export what happens in time",
            ),
            Step::Local(local) => {
                let span = self.names.protocol.locals[local.index()].span;
                outside(span, "a local step", "it sends nothing: leave it out")
            }
            _ => outside(self.names.protocol.span, "a step", "leave it out"),
        }
    }

    fn choice(&mut self, choice: &Choice, next: Next<'_>, depth: usize) -> Written {
        let decider = choice.decider.role;
        let mut firsts: Vec<(RoleId, LabelId)> = Vec::new();
        for branch in &choice.branches {
            let first = self.first(branch.body.steps.first(), decider, branch.span)?;
            if firsts.contains(&first) {
                let label = self.names.label(first.1);
                let what = format!("a second branch that begins with `{label}`");
                return Err(outside(
                    branch.span,
                    &what,
                    "give its first message another label",
                ));
            }
            firsts.push(first);
        }
        self.line(
            depth,
            &format!("choice at {} {{", self.role(&choice.decider)),
            choice.span,
        )?;
        for (at, branch) in choice.branches.iter().enumerate() {
            if at > 0 {
                self.line(depth, "} or {", branch.span)?;
            }
            self.block(Next::Steps(&branch.body.steps, &next), depth + 1)?;
        }
        self.line(depth, "}", choice.span)
    }

    /// `rec X { choice at A { body continue X; } or { rest } }`.
    fn decided(
        &mut self,
        step: &Decided,
        rest: &[Step],
        behind: &Next<'_>,
        depth: usize,
    ) -> Written {
        let decider = step.decider.role;
        let again = self.first(step.body.steps.first(), decider, step.span)?;
        if self.first(rest.first(), decider, step.span)? == again {
            let what = "a loop whose end begins like its round";
            return Err(outside(
                step.span,
                what,
                "give the message behind it another label",
            ));
        }
        let name = loop_name(step.id);
        self.line(depth, &format!("rec {name} {{"), step.span)?;
        let role = self.role(&step.decider);
        self.line(depth + 1, &format!("choice at {role} {{"), step.span)?;
        self.block(
            Next::Steps(&step.body.steps, &Next::Again(step.id)),
            depth + 2,
        )?;
        self.line(depth + 1, "} or {", step.span)?;
        self.block(Next::Steps(rest, behind), depth + 2)?;
        self.line(depth + 1, "}", step.span)?;
        self.line(depth, "}", step.span)
    }

    /// The first message of a branch, which its decider must send.
    fn first(
        &self,
        step: Option<&Step>,
        decider: RoleId,
        span: Span,
    ) -> Result<(RoleId, LabelId), Box<Diagnostic>> {
        let send = match step {
            Some(Step::Send(send)) => &self.names.protocol.sends[send.index()],
            _ => return Err(silent(span)),
        };
        if send.from.role == decider {
            Ok((send.to.role, send.label))
        } else {
            Err(silent(span))
        }
    }

    fn message(&mut self, send: SendId, depth: usize) -> Written {
        let send = &self.names.protocol.sends[send.index()];
        let label = names::word(self.names.label(send.label));
        let payload = match &self.names.protocol.labels[send.label.index()].payload {
            Payload::Unit => String::new(),
            Payload::Types(types) => {
                let called: Vec<_> = types.iter().map(|ty| self.called.ty(ty)).collect();
                called.join(", ")
            }
            Payload::Fields(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|field| {
                        format!(
                            "{}: {}",
                            names::word(&field.name),
                            self.called.ty(&field.ty)
                        )
                    })
                    .collect();
                fields.join(", ")
            }
        };
        let (from, to) = (self.role(&send.from), self.role(&send.to));
        let aside = self.terms(send);
        let line = format!("{label}({payload}) from {from} to {to}; (* {aside} *)");
        self.line(depth, &line, send.span)
    }

    /// What nuScr has no words for, as the text of a comment.
    fn terms(&self, send: &crate::global::Send) -> String {
        let terms = &send.terms;
        let mut all = Vec::new();
        all.extend(self.names.capability(terms));
        all.push(format!("cost {}", terms.cost));
        all.extend(
            terms
                .leak
                .iter()
                .map(|(who, much)| format!("leaks {} to {}", millionths(*much), observer(*who))),
        );
        all.extend(
            terms
                .facts
                .iter()
                .map(|left| format!("leaves {}", fact(left))),
        );
        if terms.merge {
            all.push("merged by the receiver".to_owned());
        }
        let receipt = terms.receipt.map(|receipt| self.names.receipt(receipt));
        all.extend(receipt.map(|receipt| format!("receipt {receipt}")));
        if self.names.protocol.contexts[terms.context.index()]
            .name
            .is_some()
        {
            all.push(format!("in {}", self.names.context(terms.context)));
        }
        all.join(", ")
    }

    fn role(&self, party: &Party) -> String {
        debug_assert_eq!(party.members, Members::Single);
        names::word(self.names.role(party.role))
    }

    /// One name for each `rec`: two of one name may come to stand inside of one another.
    fn rec_name(&self, rec: RecId) -> String {
        format!("{}{}", names::word(self.names.rec(rec)), rec.index() + 1)
    }

    fn line(&mut self, depth: usize, line: &str, span: Span) -> Written {
        self.lines += 1;
        if self.lines > MOST_LINES || depth > DEEPEST {
            let what =
                "what becomes too large once all that follows a choice stands in each branch";
            return Err(outside(
                span,
                what,
                "put what follows into a protocol of its own",
            ));
        }
        let _ = writeln!(self.out, "{}{line}", "  ".repeat(depth));
        Ok(())
    }
}

fn loop_name(id: LoopId) -> String {
    format!("Loop{}", id.index() + 1)
}

fn silent(span: Span) -> Box<Diagnostic> {
    outside(
        span,
        "a branch that does not begin with a message of whoever decides",
        "let the decider send first, in each branch and behind each of its loops",
    )
}

fn outside(span: Span, what: &str, help: &str) -> Box<Diagnostic> {
    let message = format!("nuScr has no words for {what}");
    Box::new(Diagnostic::new(E0112, span, message).help(help))
}

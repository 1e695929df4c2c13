//! Protocols and their interactions.

use std::collections::BTreeMap;

use super::lexer::Kind;
use super::{Parsed, Reader, unsupported};
use crate::ast::{
    Block, Branch, Call, CallArg, Choice, Endpoint, Ident, Message, Protocol, Rec, RoleDecl, Step,
};
use crate::diag::Diagnostic;
use crate::diag::codes::{E0104, E0108};
use crate::parse::MAX_DEPTH;
use crate::source::Span;

impl Reader<'_> {
    /// `global protocol Name(role A, role B) { .. }`, with `aux` or `nested` in front.
    pub(super) fn protocol(&mut self) -> Parsed<Protocol> {
        self.protocol_named(None)
    }

    /// The same, inside of `outer`.
    pub(super) fn protocol_named(&mut self, outer: Option<&str>) -> Parsed<Protocol> {
        let start = self.peek().map_or(self.end, |token| token.span);
        let _ = self.takes("aux") || self.takes("nested");
        self.refuse(&["explicit"], "`explicit`")?;
        self.takes("global");
        self.expect("protocol")?;
        let name = self.name("a protocol's name")?;
        let name = self.declared(name, outer);
        self.refuse(&["<"], "a protocol with type parameters")?;
        self.expect("(")?;
        let roles = self.list(")", |reader| {
            reader.expect("role")?;
            let name = reader.name("a role's name")?;
            reader.refuse(&["as"], "a renamed role")?;
            reader.refuse(&[";"], "a role that joins while the protocol runs")?;
            Ok(RoleDecl {
                span: name.span,
                name,
                size: None,
            })
        })?;
        self.scopes.push(BTreeMap::new());
        let body = self.body(Some(&name.text))?;
        self.scopes.pop();
        Ok(Protocol {
            attributes: Vec::new(),
            choreography: false,
            name,
            roles,
            context: None,
            span: start.to(body.span),
            body,
        })
    }

    fn block(&mut self) -> Parsed<Block> {
        self.body(None)
    }

    /// A block; that of a protocol may begin with nested protocols.
    fn body(&mut self, protocol: Option<&str>) -> Parsed<Block> {
        let open = self.expect("{")?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("blocks nest deeper than {MAX_DEPTH} levels here");
            return Err(Diagnostic::new(E0108, open, message)
                .help("move the inner steps into a protocol of their own and `do` it")
                .into());
        }
        if let Some(outer) = protocol {
            self.nested(outer)?;
        }
        let mut steps = Vec::new();
        while !self.takes("}") {
            if self.peek().is_none() {
                return Err(Diagnostic::new(E0104, open, "this `{` is never closed")
                    .label(self.end, "the text ends here without its `}`")
                    .help("add `}`")
                    .into());
            }
            self.interaction(&mut steps)?;
        }
        self.depth -= 1;
        Ok(Block {
            steps,
            span: open.to(self.last()),
        })
    }

    fn interaction(&mut self, steps: &mut Vec<Step>) -> Parsed<()> {
        let Some(token) = self.peek() else {
            return Err(self.unexpected("`}`"));
        };
        let start = token.span;
        match self.word(token) {
            "choice" => steps.push(self.choice(start)?),
            "rec" => {
                self.at += 1;
                let variable = self.name("a variable")?;
                if self.is("[") {
                    self.set_aside("refinement")?;
                }
                let body = self.block()?;
                steps.push(Step::Rec(Rec {
                    variable,
                    span: start.to(body.span),
                    body,
                }));
            }
            "continue" => {
                self.at += 1;
                let variable = self.name("a variable")?;
                if self.is("[") {
                    self.set_aside("refinement")?;
                }
                let end = self.expect(";")?;
                steps.push(Step::Continue(variable, start.to(end)));
            }
            "par" => {
                self.at += 1;
                let mut branches = vec![self.block()?];
                while self.takes("and") {
                    branches.push(self.block()?);
                }
                steps.push(Step::Par(branches, start.to(self.last())));
            }
            "do" => steps.push(self.call(start)?),
            "connect" | "disconnect" | "wrap" | "interruptible" | "spawn" | "new" => {
                return Err(unsupported(token, &format!("`{}`", self.word(token))));
            }
            "(" => return Err(unsupported(token, "a message without a label")),
            "@" if self
                .tokens
                .get(self.at + 1)
                .is_some_and(|next| next.kind == Kind::Text) =>
            {
                self.annotation()?;
            }
            _ if token.kind == Kind::Word
                && self
                    .tokens
                    .get(self.at + 1)
                    .is_some_and(|next| self.word(next) == "calls") =>
            {
                self.at += 1;
                steps.push(self.call(start)?);
            }
            _ if token.kind == Kind::Word => self.message(start, steps)?,
            _ => return Err(self.unexpected("an interaction or `}`")),
        }
        Ok(())
    }

    /// `Label(payload) from A to B, C;`: one message for each receiver.
    fn message(&mut self, start: Span, steps: &mut Vec<Step>) -> Parsed<()> {
        let label = self.name("a label")?;
        let payload = self.payload()?;
        self.refuse(&["connect"], "a connection")?;
        self.expect("from")?;
        let from = self.role()?;
        self.expect("to")?;
        let receivers = self.list(";", |reader| {
            let role = reader.role()?;
            reader.annotation()?;
            Ok(role)
        })?;
        if receivers.is_empty() {
            self.at -= 1;
            return Err(self.unexpected("a role"));
        }
        let span = start.to(self.last());
        steps.extend(receivers.into_iter().map(|to| {
            Step::Message(Message {
                from: from.clone(),
                annotations: Vec::new(),
                to,
                label: label.clone(),
                payload: payload.clone(),
                span,
            })
        }));
        Ok(())
    }

    /// `choice at A { .. } or { .. }`.
    fn choice(&mut self, start: Span) -> Parsed<Step> {
        self.at += 1;
        self.expect("at")?;
        let decider = self.role()?;
        let mut branches = vec![self.branch()?];
        while self.takes("or") {
            branches.push(self.branch()?);
        }
        Ok(Step::Choice(Choice {
            decider,
            branches,
            span: start.to(self.last()),
        }))
    }

    fn branch(&mut self) -> Parsed<Branch> {
        let body = self.block()?;
        Ok(Branch {
            label: None,
            guard: None,
            span: body.span,
            body,
        })
    }

    /// `do Name(A, B as Y);`.
    fn call(&mut self, start: Span) -> Parsed<Step> {
        self.at += 1;
        let protocol = self.name("a protocol's name")?;
        let protocol = self.called(&protocol);
        self.refuse(&["<"], "a protocol with type parameters")?;
        self.refuse(&[".", ":"], "a protocol of another module")?;
        self.expect("(")?;
        let args = self.list(")", |reader| {
            let actual = reader.role()?;
            let formal = if reader.takes("as") {
                Some(reader.name("a role's name")?)
            } else {
                None
            };
            Ok(CallArg { actual, formal })
        })?;
        let end = self.expect(";")?;
        Ok(Step::Call(Call {
            protocol,
            args,
            span: start.to(end),
        }))
    }

    fn role(&mut self) -> Parsed<Endpoint> {
        let role: Ident = self.name("a role")?;
        Ok(Endpoint {
            span: role.span,
            role,
            selector: None,
        })
    }

    /// Refuses what has no counterpart if the next token begins it.
    fn refuse(&mut self, tokens: &[&str], what: &str) -> Parsed<()> {
        match self.peek() {
            Some(token) if tokens.contains(&self.word(token)) => Err(unsupported(token, what)),
            _ => Ok(()),
        }
    }
}

//! A short notation for protocols as trees, without text and without the parser.
//!
//! Roles: A, B, C are single, Q has m members and R has n. The symbol t is a quorum of Q.

use aura_dsl::ast::ContextKind;
use aura_dsl::global::{
    Block, Branch, Choice, Context, ContextId, Counted, Decided, For, Label, LabelId, LoopId,
    LoopInfo, Members, Observer, Par, ParId, Party, Payload, Protocol, Rec, RecId, Role, RoleId,
    Send, SendId, Size, SizeId, SizeSymbol, Step, TermSpans, Terms, Timeout, TimerId,
};
use aura_dsl::source::{FileId, Span};

pub const A: RoleId = RoleId(0);
pub const B: RoleId = RoleId(1);
pub const C: RoleId = RoleId(2);
pub const Q: RoleId = RoleId(3);
pub const R: RoleId = RoleId(4);

pub const M: SizeId = SizeId(0);
pub const N: SizeId = SizeId(1);
pub const T: SizeId = SizeId(2);

/// Builds a protocol; ids count up in the order of the calls.
pub struct Tree {
    pub protocol: Protocol,
    recs: u32,
    timers: u32,
    pars: u32,
}

pub fn nowhere() -> Span {
    Span {
        file: FileId(0),
        start: 0,
        end: 0,
    }
}

pub fn party(role: RoleId, members: Members) -> Party {
    Party {
        role,
        members,
        span: nowhere(),
    }
}

pub fn one(role: RoleId) -> Party {
    party(role, Members::Single)
}

pub fn all(role: RoleId) -> Party {
    party(role, Members::All)
}

pub fn block(steps: Vec<Step>) -> Block {
    Block {
        steps,
        braces: None,
    }
}

impl Default for Tree {
    fn default() -> Self {
        let symbol = |name: &str, at_most: Vec<Size>| SizeSymbol {
            name: name.to_owned(),
            span: nowhere(),
            at_least: 1,
            at_most,
        };
        let role = |name: &str, family: Option<Size>| Role {
            name: name.to_owned(),
            span: nowhere(),
            family,
            part: None,
            constants: std::collections::BTreeSet::new(),
        };
        let mut q = role("Q", Some(Size::Symbol(M)));
        q.constants.insert(0);
        Self {
            protocol: Protocol {
                name: "Test".to_owned(),
                span: nowhere(),
                file: FileId(0),
                namespace: "test".to_owned(),
                version: "0.1.0".to_owned(),
                roles: vec![
                    role("A", None),
                    role("B", None),
                    role("C", None),
                    q,
                    role("R", Some(Size::Symbol(N))),
                ],
                given: std::collections::BTreeMap::new(),
                sizes: vec![
                    symbol("m", vec![]),
                    symbol("n", vec![]),
                    symbol("t", vec![Size::Symbol(M)]),
                ],
                labels: vec![Label {
                    name: "L".to_owned(),
                    payload: Payload::Unit,
                    span: nowhere(),
                }],
                sends: Vec::new(),
                contexts: vec![Context {
                    name: None,
                    kind: ContextKind::Group,
                    span: nowhere(),
                }],
                capabilities: Vec::new(),
                locals: Vec::new(),
                loops: Vec::new(),
                timers: Vec::new(),
                body: Block::default(),
            },
            recs: 0,
            timers: 0,
            pars: 0,
        }
    }
}

impl Tree {
    pub fn send(&mut self, from: Party, to: Party, cost: u64) -> Step {
        let id = SendId::of(self.protocol.sends.len());
        self.protocol.sends.push(Send {
            from,
            to,
            label: LabelId(0),
            label_span: nowhere(),
            terms: Terms {
                context: ContextId(0),
                bridge_from: None,
                capability: None,
                cost,
                facts: Vec::new(),
                merge: false,
                leak: vec![(Observer::Neighbor, cost * 3 % 7)],
                receipt: None,
                audit_log: None,
                spans: TermSpans::default(),
            },
            span: nowhere(),
            calls: Vec::new(),
        });
        Step::Send(id)
    }

    pub fn choice(decider: Party, branches: Vec<Vec<Step>>) -> Step {
        Step::Choice(Choice {
            decider,
            branches: branches
                .into_iter()
                .enumerate()
                .map(|(index, steps)| Branch {
                    label: Some(format!("l{index}")),
                    span: nowhere(),
                    guard: None,
                    body: block(steps),
                })
                .collect(),
            span: nowhere(),
        })
    }

    pub fn new_loop(&mut self) -> LoopId {
        self.protocol.loops.push(LoopInfo {
            index: None,
            span: nowhere(),
        });
        LoopId::of(self.protocol.loops.len() - 1)
    }

    pub fn counted(&mut self, count: Size, body: Vec<Step>) -> Step {
        Step::Counted(Counted {
            id: self.new_loop(),
            count,
            body: block(body),
            span: nowhere(),
        })
    }

    pub fn decided(&mut self, decider: RoleId, body: Vec<Step>) -> Step {
        Step::Decided(Decided {
            id: self.new_loop(),
            decider: one(decider),
            body: block(body),
            span: nowhere(),
        })
    }

    pub fn each(id: LoopId, family: RoleId, body: Vec<Step>) -> Step {
        Step::For(For {
            id,
            family,
            body: block(body),
            span: nowhere(),
        })
    }

    pub fn new_rec(&mut self) -> RecId {
        self.recs += 1;
        RecId(self.recs - 1)
    }

    pub fn rec(id: RecId, body: Vec<Step>) -> Step {
        Step::Rec(Rec {
            id,
            name: format!("X{}", id.0),
            body: block(body),
            span: nowhere(),
        })
    }

    pub fn par(&mut self, branches: Vec<Vec<Step>>) -> Step {
        self.pars += 1;
        Step::Par(Par {
            id: ParId(self.pars - 1),
            branches: branches.into_iter().map(block).collect(),
            span: nowhere(),
        })
    }

    pub fn timeout(&mut self, at: RoleId, body: Vec<Step>, otherwise: Vec<Step>) -> Step {
        self.timers += 1;
        self.protocol.timers.push("1s".to_owned());
        Step::Timeout(Timeout {
            id: TimerId(self.timers - 1),
            nanos: 1_000_000_000,
            decider: one(at),
            body: block(body),
            otherwise: block(otherwise),
            span: nowhere(),
        })
    }

    pub fn finish(mut self, body: Vec<Step>) -> Protocol {
        self.protocol.body = block(body);
        self.protocol
    }
}

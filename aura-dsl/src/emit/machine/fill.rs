//! Fills the tables: every id becomes a position, every name stands where its row is.
//!
//! In: a [`Subject`]. Out: its [`Protocol`] row by row, in the order of the compiler's own tables,
//! so that positions and ids are the same numbers.

use super::{
    ActionRow, Answer, Branch, Capability, Context, Counter, Demand, FactRow, Field, Label, Leak,
    LocalStep, Machine, MemberOf, MembersOf, Owed, PartOf, Peer, Protocol, ReceiptOf, Role,
    Running, Send, SizeOf, SizeRow, State, Thread, Timer, Transition, Turn, Wire,
};
use crate::emit::Subject;
use crate::emit::name::{children, context_kind, observer, payload_type};
use crate::global::{self, Fact, Members, Payload, Receipt, Size, Step};
use crate::local::{self, Action, Member, WireLabel};

impl Protocol {
    /// The tables of a protocol. Roles are never left out: machines refer to each other.
    pub fn new(subject: Subject<'_>) -> Self {
        let protocol = subject.protocol;
        let mut timers: Vec<Timer> = protocol.timers.iter().map(|_| Timer { nanos: 0 }).collect();
        let mut blocks = vec![&protocol.body];
        while let Some(block) = blocks.pop() {
            for step in &block.steps {
                if let Step::Timeout(timeout) = step {
                    timers[timeout.id.index()].nanos = timeout.nanos;
                }
                blocks.extend(children(step));
            }
        }
        let machines = subject.locals.map_or(&[][..], |locals| &locals.machines);
        Self {
            name: protocol.name.clone(),
            namespace: protocol.namespace.clone(),
            version: protocol.version.clone(),
            sizes: protocol.sizes.iter().map(size_row).collect(),
            roles: protocol.roles.iter().map(role).collect(),
            labels: protocol.labels.iter().map(label).collect(),
            contexts: protocol.contexts.iter().map(context).collect(),
            capabilities: protocol.capabilities.iter().map(capability).collect(),
            sends: protocol.sends.iter().map(send).collect(),
            locals: protocol.locals.iter().map(local_step).collect(),
            counters: protocol.loops.iter().map(counter).collect(),
            timers,
            machines: machines.iter().map(machine).collect(),
        }
    }
}

fn size(of: &Size) -> SizeOf {
    match of {
        Size::Number(number) => SizeOf::Number(*number),
        Size::Symbol(symbol) => SizeOf::Symbol(symbol.index()),
        Size::Difference(whole, part) => SizeOf::Difference(Box::new((size(whole), size(part)))),
    }
}

fn size_row(symbol: &global::SizeSymbol) -> SizeRow {
    SizeRow {
        name: symbol.name.clone(),
        at_least: symbol.at_least,
        at_most: symbol.at_most.iter().map(size).collect(),
    }
}

fn role(role: &global::Role) -> Role {
    Role {
        name: role.name.clone(),
        family: role.family.as_ref().map(size),
        part_of: role.part.as_ref().map(|part| PartOf {
            family: part.family.clone(),
            offset: size(&part.offset),
        }),
    }
}

fn label(label: &global::Label) -> Label {
    Label {
        name: label.name.clone(),
        payload: match &label.payload {
            Payload::Unit => Vec::new(),
            Payload::Types(types) => types
                .iter()
                .map(|ty| Field {
                    name: None,
                    ty: payload_type(ty),
                })
                .collect(),
            Payload::Fields(fields) => fields
                .iter()
                .map(|field| Field {
                    name: Some(field.name.clone()),
                    ty: payload_type(&field.ty),
                })
                .collect(),
        },
    }
}

fn context(context: &global::Context) -> Context {
    Context {
        name: context.name.clone(),
        kind: context_kind(context.kind),
    }
}

fn capability(capability: &global::Capability) -> Capability {
    Capability {
        name: capability.name.clone(),
        parameters: capability
            .params
            .iter()
            .map(|param| param.name.clone())
            .collect(),
    }
}

fn send(send: &global::Send) -> Send {
    let terms = &send.terms;
    let fact = |fact: &Fact| FactRow {
        name: fact.name.clone(),
        fields: fact.fields.clone(),
    };
    Send {
        from: send.from.role.index(),
        to: send.to.role.index(),
        label: send.label.index(),
        context: terms.context.index(),
        bridge_from: terms.bridge_from.map(global::ContextId::index),
        capability: terms
            .capability
            .as_ref()
            .map(|(capability, arguments)| Demand {
                capability: capability.index(),
                arguments: arguments.clone(),
            }),
        cost: terms.cost,
        facts: terms.facts.iter().map(fact).collect(),
        merge: terms.merge,
        leak: terms
            .leak
            .iter()
            .map(|(class, millionths)| Leak {
                observer: observer(*class),
                millionths: *millionths,
            })
            .collect(),
        receipt: terms.receipt.map(|receipt| match receipt {
            Receipt::Root => ReceiptOf::Root,
            Receipt::Forward(label) => ReceiptOf::Forward(label.index()),
        }),
        audit_log: terms.audit_log.clone(),
    }
}

fn local_step(local: &global::Local) -> LocalStep {
    LocalStep {
        role: local.at.role.index(),
        function: local.function.clone(),
    }
}

fn counter(info: &global::LoopInfo) -> Counter {
    Counter {
        index: info.index.clone(),
    }
}

fn machine(machine: &local::Machine) -> Machine {
    let owner = &machine.owner;
    Machine {
        role: owner.role.index(),
        member: match owner.member {
            Member::Single => MemberOf::Single,
            Member::Constant(index) => MemberOf::Constant(index),
            Member::General => MemberOf::General,
        },
        thread: branches(&owner.thread),
        states: machine.states.iter().map(state).collect(),
    }
}

fn state(state: &local::State) -> State {
    State {
        accepting: state.accepting,
        transitions: state
            .transitions
            .iter()
            .map(|transition| Transition {
                action: action(&transition.action),
                next: transition.to,
            })
            .collect(),
        timer: state.timer.as_ref().map(|running| Running {
            timer: running.timer.index(),
            late: running.late,
            owed: running
                .owed
                .iter()
                .map(|(from, messages)| Owed {
                    peer: peer(from),
                    messages: *messages,
                })
                .collect(),
        }),
        turn: state.turn.as_ref().map(|turn| Turn {
            counter: turn.counter.index(),
            limit: size(&turn.limit),
            again: turn.again,
            done: turn.done,
        }),
    }
}

fn action(action: &Action) -> ActionRow {
    match action {
        Action::Send { to, label, send } => ActionRow::Send {
            to: peer(to),
            label: wire(label),
            send: send.index(),
        },
        Action::Broadcast { to, label, send } => ActionRow::Broadcast {
            to: peer(to),
            label: wire(label),
            send: send.index(),
        },
        Action::Receive { from, label, send } => ActionRow::Receive {
            from: peer(from),
            label: wire(label),
            send: send.index(),
        },
        Action::Gather {
            from,
            need,
            answers,
        } => ActionRow::Gather {
            from: peer(from),
            need: need.as_ref().map(size),
            answers: answers
                .iter()
                .map(|(label, send)| Answer {
                    wire: wire(label),
                    send: send.index(),
                })
                .collect(),
        },
        Action::Exchange { label, send } => ActionRow::Exchange {
            label: wire(label),
            send: send.index(),
        },
        Action::Decide { label, .. } => ActionRow::Decide {
            branch: label.clone(),
        },
        Action::Local(local) => ActionRow::Local {
            step: local.index(),
        },
        Action::Arm { timer } => ActionRow::Arm {
            timer: timer.index(),
        },
        Action::Fork { par, threads } => ActionRow::Fork {
            par: par.index(),
            threads: threads
                .iter()
                .map(|thread| Thread {
                    machine: thread.machine,
                    entry: thread.entry,
                })
                .collect(),
        },
    }
}

fn wire(wire: &WireLabel) -> Wire {
    Wire {
        branch: wire.branch.clone(),
        label: wire.label.index(),
    }
}

fn peer(peer: &local::Peer) -> Peer {
    Peer {
        role: peer.role.index(),
        members: match &peer.members {
            Members::Single => MembersOf::Single,
            Members::All => MembersOf::All,
            Members::Any(need) => MembersOf::Any(size(need)),
            Members::Constant(index) => MembersOf::Constant(*index),
            Members::Index(counter) => MembersOf::Index(counter.index()),
        },
        thread: branches(&peer.thread),
    }
}

fn branches(thread: &[(global::ParId, usize)]) -> Vec<Branch> {
    let branch = |(par, branch): &(global::ParId, usize)| Branch {
        par: par.index(),
        branch: *branch,
    };
    thread.iter().map(branch).collect()
}

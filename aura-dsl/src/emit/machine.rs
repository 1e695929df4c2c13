//! The tables that a runtime loads to run a protocol without generated code.
//!
//! In: [`Subject`]s that are implementable. Out: the objects of `docs/schema/machine.schema.json`:
//! everything refers by number to a table of the same object. `docs/machines.md` says how an
//! endpoint runs them. The version of the format is [`VERSION`]; it goes up with every change that
//! an older reader would get wrong.

use serde::Serialize;

use super::Subject;
use super::name::{context_kind, observer, payload_type};
use crate::global::{self, Fact, Members, Payload, Receipt, Size, Step};
use crate::local::{self, Action, Member, WireLabel};

/// The version of the format.
pub const VERSION: u32 = 1;

/// The machines of the protocols of one run.
#[derive(Debug, Serialize)]
pub struct Tables {
    format: &'static str,
    version: u32,
    /// The protocols, in order.
    pub protocols: Vec<Protocol>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            format: "aura-machine",
            version: VERSION,
            protocols: Vec::new(),
        }
    }
}

/// One protocol.
#[derive(Debug, Serialize)]
pub struct Protocol {
    name: String,
    namespace: String,
    version: String,
    sizes: Vec<SizeRow>,
    roles: Vec<Role>,
    labels: Vec<Label>,
    contexts: Vec<Context>,
    capabilities: Vec<Capability>,
    sends: Vec<Send>,
    locals: Vec<LocalStep>,
    counters: Vec<Counter>,
    timers: Vec<Timer>,
    machines: Vec<Machine>,
}

/// A number, the position of a symbol, or a difference.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum SizeOf {
    Number(u64),
    Symbol(usize),
    Difference(Box<(SizeOf, SizeOf)>),
}

#[derive(Debug, Serialize)]
struct SizeRow {
    name: String,
    at_least: u64,
    at_most: Vec<SizeOf>,
}

#[derive(Debug, Serialize)]
struct Role {
    name: String,
    family: Option<SizeOf>,
    part_of: Option<PartOf>,
}

#[derive(Debug, Serialize)]
struct PartOf {
    family: String,
    offset: SizeOf,
}

#[derive(Debug, Serialize)]
struct Label {
    name: String,
    /// Names are missing where types stand by position.
    payload: Vec<Field>,
}

#[derive(Debug, Serialize)]
struct Field {
    name: Option<String>,
    #[serde(rename = "type")]
    ty: String,
}

#[derive(Debug, Serialize)]
struct Context {
    name: Option<String>,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Capability {
    name: String,
    parameters: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Send {
    from: usize,
    to: usize,
    label: usize,
    context: usize,
    bridge_from: Option<usize>,
    capability: Option<Demand>,
    cost: u64,
    facts: Vec<FactRow>,
    merge: bool,
    leak: Vec<Leak>,
    receipt: Option<ReceiptOf>,
    audit_log: Option<String>,
}

#[derive(Debug, Serialize)]
struct Demand {
    capability: usize,
    arguments: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FactRow {
    name: String,
    fields: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Leak {
    observer: &'static str,
    millionths: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum ReceiptOf {
    Root,
    Forward(usize),
}

#[derive(Debug, Serialize)]
struct LocalStep {
    role: usize,
    function: String,
}

#[derive(Debug, Serialize)]
struct Counter {
    index: Option<String>,
}

#[derive(Debug, Serialize)]
struct Timer {
    nanos: u64,
}

#[derive(Debug, Serialize)]
struct Machine {
    role: usize,
    member: MemberOf,
    thread: Vec<(usize, usize)>,
    states: Vec<State>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum MemberOf {
    Single,
    Constant(u64),
    General,
}

#[derive(Debug, Serialize)]
struct State {
    accepting: bool,
    transitions: Vec<Transition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timer: Option<Running>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn: Option<Turn>,
}

#[derive(Debug, Serialize)]
struct Transition {
    #[serde(flatten)]
    action: ActionRow,
    next: usize,
}

#[derive(Debug, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum ActionRow {
    Send {
        to: Peer,
        label: Wire,
        send: usize,
    },
    Broadcast {
        to: Peer,
        label: Wire,
        send: usize,
    },
    Receive {
        from: Peer,
        label: Wire,
        send: usize,
    },
    Gather {
        from: Peer,
        need: Option<SizeOf>,
        answers: Vec<Answer>,
    },
    Exchange {
        label: Wire,
        send: usize,
    },
    Decide {
        branch: String,
    },
    Local {
        step: usize,
    },
    Arm {
        timer: usize,
    },
    Fork {
        par: usize,
        threads: Vec<Thread>,
    },
}

#[derive(Debug, Serialize)]
struct Peer {
    role: usize,
    members: MembersOf,
    /// The `par` branches that the peer's thread runs in, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thread: Vec<Branch>,
}

#[derive(Debug, Serialize)]
struct Branch {
    par: usize,
    branch: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum MembersOf {
    Single,
    All,
    Any(SizeOf),
    Constant(u64),
    Index(usize),
}

#[derive(Debug, Serialize)]
struct Wire {
    branch: Option<String>,
    label: usize,
}

#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    wire: Wire,
    send: usize,
}

#[derive(Debug, Serialize)]
struct Thread {
    machine: usize,
    entry: usize,
}

#[derive(Debug, Serialize)]
struct Running {
    timer: usize,
    late: usize,
    owed: Vec<Owed>,
}

#[derive(Debug, Serialize)]
struct Owed {
    peer: Peer,
    messages: u64,
}

#[derive(Debug, Serialize)]
struct Turn {
    counter: usize,
    limit: SizeOf,
    again: usize,
    done: usize,
}

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
                blocks.extend(super::name::children(step));
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
        thread: owner
            .thread
            .iter()
            .map(|(par, branch)| (par.index(), *branch))
            .collect(),
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
        thread: peer
            .thread
            .iter()
            .map(|(par, branch)| Branch {
                par: par.index(),
                branch: *branch,
            })
            .collect(),
    }
}

//! The tables that a runtime loads to run a protocol without generated code.
//!
//! In: [`Subject`](super::Subject)s that are implementable. Out: the objects of `docs/schema/machine.schema.json`:
//! everything refers by number to a table of the same object. `docs/machines.md` says how an
//! endpoint runs them. The version of the format is [`VERSION`]; it goes up with every change that
//! an older reader would get wrong.

mod fill;

use serde::Serialize;

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
    thread: Vec<Branch>,
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

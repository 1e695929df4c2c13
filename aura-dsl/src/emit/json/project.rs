//! The JSON of `project`: what the text says, by name, for tools that show it.
//!
//! In: [`Subject`]s. Out: the objects of `docs/schema/project.schema.json`. A runtime loads the
//! tables of `machine` instead, which refer by number.

use serde::Serialize;

use super::report::{Counterexample, Place};
use crate::emit::Subject;
use crate::emit::action::{self, notation, sent};
use crate::emit::global;
use crate::emit::local::local_type;
use crate::emit::name::{Names, fact, millionths, observer};
use crate::emit::text::kind;
use crate::global::{LabelId, SendId};
use crate::local::{Machine, State};

/// A protocol with its verdict and machines.
#[derive(Debug, Serialize)]
pub struct Protocol {
    name: String,
    namespace: String,
    version: String,
    verdict: &'static str,
    method: String,
    properties: Vec<Property>,
    counterexample: Option<Counterexample>,
    global: String,
    messages: Vec<Message>,
    sends: Vec<Send>,
    machines: Vec<Local>,
}

#[derive(Debug, Serialize)]
struct Property {
    name: &'static str,
    holds: bool,
    method: &'static str,
}

#[derive(Debug, Serialize)]
struct Message {
    label: String,
    payload: String,
}

#[derive(Debug, Serialize)]
struct Send {
    from: String,
    to: String,
    label: String,
    context: String,
    bridge_from: Option<String>,
    capability: Option<String>,
    cost: u64,
    facts: Vec<String>,
    merge: bool,
    leak: Vec<Leak>,
    receipt: Option<String>,
    audit_log: Option<String>,
    #[serde(flatten)]
    place: Place,
}

#[derive(Debug, Serialize)]
struct Leak {
    observer: &'static str,
    amount: String,
}

#[derive(Debug, Serialize)]
struct Local {
    owner: String,
    role: String,
    thread: bool,
    #[serde(rename = "local_type", skip_serializing_if = "Option::is_none")]
    written: Option<String>,
    states: Vec<StateRow>,
}

#[derive(Debug, Serialize)]
struct StateRow {
    kind: &'static str,
    accepting: bool,
    transitions: Vec<Step>,
    timer: Option<Timer>,
    turn: Option<Turn>,
}

#[derive(Debug, Serialize)]
struct Step {
    action: &'static str,
    notation: String,
    send: Option<usize>,
    to: usize,
}

#[derive(Debug, Serialize)]
struct Timer {
    lasting: String,
    late: usize,
    owed: Vec<Owed>,
}

#[derive(Debug, Serialize)]
struct Owed {
    peer: String,
    messages: u64,
}

#[derive(Debug, Serialize)]
struct Turn {
    counter: String,
    limit: String,
    again: usize,
    done: usize,
}

impl Protocol {
    /// A protocol that could not be decided since there are errors.
    pub fn failed(name: String) -> Self {
        Self {
            name,
            namespace: String::new(),
            version: String::new(),
            verdict: "error",
            method: String::new(),
            properties: Vec::new(),
            counterexample: None,
            global: String::new(),
            messages: Vec::new(),
            sends: Vec::new(),
            machines: Vec::new(),
        }
    }

    /// A protocol with the machines of all roles or of one.
    pub fn new(subject: Subject<'_>, role: Option<&str>) -> Self {
        let (protocol, decision) = (subject.protocol, subject.decision);
        let names = Names::new(protocol);
        let message = |at: usize| Message {
            label: protocol.labels[at].name.clone(),
            payload: names.payload(LabelId::of(at)),
        };
        let machines = subject.machines(&names, role).into_iter();
        let machines = machines.flat_map(|(position, _)| {
            let threads = subject.with_threads(position);
            let names = &names;
            threads.map(move |(thread, machine)| local(subject, names, position + thread, machine))
        });
        Self {
            name: protocol.name.clone(),
            namespace: protocol.namespace.clone(),
            version: protocol.version.clone(),
            verdict: decision.verdict.name(),
            method: decision.method.clone(),
            properties: decision
                .properties
                .iter()
                .map(|property| Property {
                    name: property.name,
                    holds: property.holds,
                    method: property.method,
                })
                .collect(),
            counterexample: decision
                .counterexample
                .as_ref()
                .map(|found| Counterexample::new(subject.sources, found)),
            global: global::steps(&names, 0),
            messages: (0..protocol.labels.len()).map(message).collect(),
            sends: (0..protocol.sends.len())
                .map(|at| send(subject, &names, SendId::of(at)))
                .collect(),
            machines: machines.collect(),
        }
    }
}

fn send(subject: Subject<'_>, names: &Names, id: SendId) -> Send {
    let send = &subject.protocol.sends[id.index()];
    let terms = &send.terms;
    Send {
        from: names.party(send.from.role, &send.from.members),
        to: names.party(send.to.role, &send.to.members),
        label: names.label(send.label).into(),
        context: names.context(terms.context),
        bridge_from: terms.bridge_from.map(|from| names.context(from)),
        capability: names.capability(terms),
        cost: terms.cost,
        facts: terms.facts.iter().map(fact).collect(),
        merge: terms.merge,
        leak: terms
            .leak
            .iter()
            .map(|(class, amount)| Leak {
                observer: observer(*class),
                amount: millionths(*amount),
            })
            .collect(),
        receipt: terms.receipt.map(|receipt| names.receipt(receipt).into()),
        audit_log: terms.audit_log.clone(),
        place: Place::new(subject.sources, send.span),
    }
}

fn local(subject: Subject<'_>, names: &Names, position: usize, machine: &Machine) -> Local {
    let thread = !machine.owner.thread.is_empty();
    let shown = subject.locals.filter(|_| !thread);
    Local {
        owner: names.owner(&machine.owner),
        role: names.role(machine.owner.role).into(),
        thread,
        written: shown.map(|locals| local_type(names, locals, position)),
        states: machine
            .states
            .iter()
            .map(|state| row(names, machine, state))
            .collect(),
    }
}

fn row(names: &Names, machine: &Machine, state: &State) -> StateRow {
    let step = |transition: &crate::local::Transition| Step {
        action: action::kind(&transition.action),
        notation: notation(names, &machine.owner, &transition.action),
        send: sent(&transition.action).map(|(_, send)| send.index()),
        to: transition.to,
    };
    StateRow {
        kind: kind(state),
        accepting: state.accepting,
        transitions: state.transitions.iter().map(step).collect(),
        timer: state.timer.as_ref().map(|timer| Timer {
            lasting: names.protocol.timers[timer.timer.index()].clone(),
            late: timer.late,
            owed: timer
                .owed
                .iter()
                .map(|(peer, messages)| Owed {
                    peer: names.peer(peer),
                    messages: *messages,
                })
                .collect(),
        }),
        turn: state.turn.as_ref().map(|turn| Turn {
            counter: names.index(turn.counter).into(),
            limit: names.size(&turn.limit),
            again: turn.again,
            done: turn.done,
        }),
    }
}

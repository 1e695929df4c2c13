//! The static tables of a protocol, and the hash that stands for its source.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::names::Catalogue;
use crate::ast::ContextKind;
use crate::emit::machine::Protocol as Table;
use crate::emit::name::children;
use crate::emit::{Subject, name};
use crate::global::{
    Members, Observer, Protocol, Receipt, SendId, Size, Step, Terms, TypeDecl, TypeDeclKind,
};
use crate::local::{Action, Machine, Member, Peer, State, StateIndex, Transition, WireLabel};

/// BLAKE3 over everything that parties must agree on: the machine tables and the declared types.
/// Blanks, comments and the order of imports do not change it.
pub(super) fn hash(subject: Subject<'_>, types: &[TypeDecl]) -> [u8; 32] {
    let mut hash = blake3::Hasher::new_derive_key("aura 2026 protocol source v1");
    let mut part = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes())
            .update(text.as_bytes());
    };
    let table = serde_json::to_string(&Table::new(subject));
    part(&table.expect("strings and numbers always encode"));
    for decl in types {
        part(&declaration(decl));
    }
    *hash.finalize().as_bytes()
}

fn declaration(decl: &TypeDecl) -> String {
    match &decl.kind {
        TypeDeclKind::Alias(of) => format!("type {} = {}", decl.name, name::payload_type(of)),
        TypeDeclKind::Message(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{}: {}", field.name, name::payload_type(&field.ty)))
                .collect();
            format!("message {} {{ {} }}", decl.name, fields.join(", "))
        }
        TypeDeclKind::Foreign(path) => format!("use {}", path.join("::")),
    }
}

pub(super) fn tables(catalogue: &Catalogue<'_>, hash: [u8; 32]) -> TokenStream {
    let Protocol {
        name,
        namespace,
        version,
        ..
    } = catalogue.protocol;
    let bytes = hash.map(Literal::u8_unsuffixed);
    let roles = catalogue.protocol.roles.iter().map(|role| {
        let name = &role.name;
        let size = match &role.family {
            None => quote!(RoleSize::One),
            Some(size) => {
                let size = self::size(size);
                quote!(RoleSize::Family(#size))
            }
        };
        quote!(RoleRow { name: #name, size: #size })
    });
    let sizes = catalogue.protocol.sizes.iter().map(|row| {
        let (name, at_least) = (&row.name, bounded(row.at_least));
        let at_most = row.at_most.iter().map(size);
        quote!(SizeRow { name: #name, at_least: #at_least, at_most: &[#(#at_most),*] })
    });
    let timers = timers(catalogue.protocol)
        .into_iter()
        .map(Literal::u64_unsuffixed);
    let (counters, queues) = (
        number(catalogue.protocol.loops.len()),
        number(catalogue.queues.len()),
    );
    let contexts = catalogue.protocol.contexts.iter().map(|context| {
        let name = context.name.as_deref().unwrap_or_default();
        let kind = match context.kind {
            ContextKind::Relationship => quote!(Relationship),
            ContextKind::Group => quote!(Group),
            ContextKind::Derived => quote!(Derived),
        };
        quote!(ContextRow { name: #name, kind: ContextKind::#kind })
    });
    let labels = catalogue.labels.iter().map(|label| {
        let name = catalogue.names.wire(label);
        quote!(LabelRow { name: #name })
    });
    let messages = catalogue.messages.iter().map(|(send, label)| {
        let send = &catalogue.protocol.sends[send.index()];
        let label = number(*label);
        let (from, to) = (number(send.from.role.index()), number(send.to.role.index()));
        let context = number(send.terms.context.index());
        let cost = Literal::u64_unsuffixed(send.terms.cost);
        let terms = terms(catalogue, &send.terms);
        quote!(message(#label, #from, #to, #context, #cost) #terms)
    });
    let machines = catalogue
        .machines
        .iter()
        .map(|machine| self::machine(catalogue, machine));
    quote! {
        /// The tables: roles, labels, messages with their guards, and the roles' local types.
        pub static PROTOCOL: ::aura_runtime::machine::Protocol = {
            #[allow(unused_imports, reason = "not every protocol needs every row")]
            use ::aura_runtime::machine::{
                Action, ContextKind, ContextRow, CounterId, FactRow, LabelRow, Machine, MachineId,
                Member, MessageId, Protocol, ProtocolHash, Reach, RoleId, RoleRow, RoleSize,
                Running, Size, SizeRow, StateId, ThreadRow, TimerId, TurnRow,
                rows::{edge, message, peer, receive, send, single, state},
            };
            #[allow(unused_imports, reason = "not every protocol needs both")]
            use ::core::option::Option::{None, Some};
            Protocol {
                name: #name,
                namespace: #namespace,
                version: #version,
                hash: ProtocolHash([#(#bytes),*]),
                roles: &[#(#roles),*],
                sizes: &[#(#sizes),*],
                contexts: &[#(#contexts),*],
                labels: &[#(#labels),*],
                messages: &[#(#messages),*],
                timers: &[#(#timers),*],
                counters: #counters,
                queues: #queues,
                machines: &[#(#machines),*],
            }
        };
    }
}

/// What is not ordinary about a message.
fn terms(catalogue: &Catalogue<'_>, terms: &Terms) -> TokenStream {
    let capability = terms.capability.as_ref().map(|(id, arguments)| {
        let name = &catalogue.protocol.capabilities[id.index()].name;
        quote!(.demands(#name, &[#(#arguments),*]))
    });
    let leak = [Observer::External, Observer::Neighbor, Observer::Group].map(|class| {
        let leak = terms
            .leak
            .iter()
            .filter(|(to, _)| *to == class)
            .map(|(_, leak)| leak);
        leak.sum()
    });
    let leak = (leak != [0; 3]).then(|| {
        let leak = leak.map(Literal::u64_unsuffixed);
        quote!(.leaking([#(#leak),*]))
    });
    let facts = terms.facts.iter().map(|fact| {
        let (name, fields) = (&fact.name, &fact.fields);
        quote!(FactRow { name: #name, fields: &[#(#fields),*] })
    });
    let facts = (!terms.facts.is_empty()).then(|| quote!(.leaving(&[#(#facts),*])));
    let merge = terms.merge.then(|| quote!(.merging()));
    let log = terms.audit_log.as_ref().map(|line| quote!(.logging(#line)));
    let receipt = terms.receipt.map(|receipt| match receipt {
        Receipt::Root => quote!(.rooting()),
        Receipt::Forward(label) => {
            let wire = (0usize..).zip(&catalogue.labels);
            let wire = wire.filter(|(_, wire)| wire.label == label);
            let wire = wire.map(|(at, _)| number(at));
            quote!(.forwarding(&[#(::aura_runtime::machine::LabelId(#wire)),*]))
        }
    });
    quote!(#capability #leak #facts #merge #log #receipt)
}

fn machine(catalogue: &Catalogue<'_>, machine: &Machine) -> TokenStream {
    let owner = &machine.owner;
    let role = number(owner.role.index());
    let member = match owner.member {
        Member::Single => quote!(Single),
        Member::General => quote!(General),
        Member::Constant(index) => {
            let index = bounded(index);
            quote!(Constant(#index))
        }
    };
    let is_thread = !owner.thread.is_empty();
    let mut first = 0;
    let (mut states, mut edges) = (Vec::new(), Vec::new());
    for state in &machine.states {
        states.push(self::state(catalogue, machine, state, first));
        first += state.transitions.len();
        for Transition { action, to } in &state.transitions {
            edges.push(edge(catalogue, machine, action, *to));
        }
    }
    quote! {
        Machine {
            role: RoleId(#role),
            member: Member::#member,
            is_thread: #is_thread,
            states: &[#(#states),*],
            edges: &[#(#edges),*],
        }
    }
}

fn state(catalogue: &Catalogue<'_>, machine: &Machine, state: &State, first: usize) -> TokenStream {
    let (first, count) = (number(first), number(state.transitions.len()));
    let accepting = state.accepting.then(|| quote!(.accepting()));
    let timer = state.timer.as_ref().map(|running| {
        let (timer, late) = (number(running.timer.index()), number(running.late));
        let owed = running.owed.iter().map(|(from, count)| {
            let (from, count) = (peer(catalogue, machine, from), bounded(*count));
            quote!((#from, #count))
        });
        quote!(.timed(Running {
            timer: TimerId(#timer),
            late: StateId(#late),
            owed: &[#(#owed),*],
        }))
    });
    let turn = state.turn.as_ref().map(|turn| {
        let (counter, limit) = (number(turn.counter.index()), size(&turn.limit));
        let (again, done) = (number(turn.again), number(turn.done));
        quote!(.turning(TurnRow {
            counter: CounterId(#counter),
            limit: #limit,
            again: StateId(#again),
            done: StateId(#done),
        }))
    });
    quote!(state(#first, #count) #accepting #timer #turn)
}

fn edge(
    catalogue: &Catalogue<'_>,
    machine: &Machine,
    action: &Action,
    to: StateIndex,
) -> TokenStream {
    let message = |send: &SendId, label: &WireLabel| number(catalogue.message_number(*send, label));
    let state = number(to);
    let action = match action {
        Action::Send { to, label, send } | Action::Broadcast { to, label, send } => {
            let (to, message) = (peer(catalogue, machine, to), message(send, label));
            return quote!(send(#to, #message, #state));
        }
        Action::Receive { from, label, send } => {
            let (from, message) = (peer(catalogue, machine, from), message(send, label));
            return quote!(receive(#from, #message, #state));
        }
        Action::Gather {
            from,
            need,
            answers,
        } => {
            let from = peer(catalogue, machine, from);
            let need = match need {
                None => quote!(None),
                Some(need) => {
                    let need = size(need);
                    quote!(Some(#need))
                }
            };
            let answers = answers.iter().map(|(label, send)| message(send, label));
            quote!(Action::Gather { from: #from, need: #need, answers: &[#(MessageId(#answers)),*] })
        }
        Action::Arm { timer } => {
            let timer = number(timer.index());
            quote!(Action::Arm(TimerId(#timer)))
        }
        Action::Fork { threads, .. } => {
            let threads = threads.iter().map(|thread| {
                let (machine, entry) = (number(thread.machine), number(thread.entry));
                quote!(ThreadRow { machine: MachineId(#machine), entry: StateId(#entry) })
            });
            quote!(Action::Fork(&[#(#threads),*]))
        }
        // An exchange has been taken apart before.
        Action::Decide { .. } | Action::Local(_) | Action::Exchange { .. } => {
            quote!(Action::Local)
        }
    };
    quote!(edge(#action, #state))
}

/// A peer as a machine's step names it. All of the own family are the others.
fn peer(catalogue: &Catalogue<'_>, machine: &Machine, peer: &Peer) -> TokenStream {
    let role = number(peer.role.index());
    let queue = number(catalogue.queue(&machine.owner.thread, &peer.thread));
    let reach = match &peer.members {
        Members::Single => return quote!(single(#role, #queue)),
        Members::Constant(index) => {
            let index = bounded(*index);
            quote!(Constant(#index))
        }
        Members::Index(counter) => {
            let counter = number(counter.index());
            quote!(Index(CounterId(#counter)))
        }
        Members::All | Members::Any(_) if peer.role == machine.owner.role => quote!(Others),
        Members::All | Members::Any(_) => quote!(All),
    };
    quote!(peer(#role, Reach::#reach, #queue))
}

fn size(of: &Size) -> TokenStream {
    match of {
        Size::Number(number) => {
            let number = bounded(*number);
            quote!(Size::Number(#number))
        }
        Size::Symbol(symbol) => {
            let symbol = number(symbol.index());
            quote!(Size::Symbol(#symbol))
        }
        Size::Difference(whole, part) => {
            let (whole, part) = (size(whole), size(part));
            quote!(Size::Difference(&#whole, &#part))
        }
    }
}

/// How long each timer runs, in nanoseconds.
fn timers(protocol: &Protocol) -> Vec<u64> {
    let mut nanos = vec![0; protocol.timers.len()];
    let mut blocks = vec![&protocol.body];
    while let Some(block) = blocks.pop() {
        for step in &block.steps {
            if let Step::Timeout(timeout) = step {
                nanos[timeout.id.index()] = timeout.nanos;
            }
            blocks.extend(children(step));
        }
    }
    nanos
}

/// Sizes are counted in 32 bits; no session has more members.
fn bounded(count: u64) -> Literal {
    Literal::u32_unsuffixed(u32::try_from(count).unwrap_or(u32::MAX))
}

fn number(index: usize) -> Literal {
    Literal::usize_unsuffixed(index)
}

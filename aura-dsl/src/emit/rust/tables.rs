//! The static tables of a protocol, and the hash that stands for its source.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::names::Catalogue;
use crate::ast::ContextKind;
use crate::emit::machine::Protocol as Table;
use crate::emit::{Subject, name};
use crate::global::{Observer, Protocol, Size, Terms, TypeDecl, TypeDeclKind};
use crate::local::{Action, Machine, State};

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
            Some(Size::Number(number)) => {
                let number = Literal::u64_unsuffixed(*number);
                quote!(RoleSize::Fixed(#number))
            }
            Some(Size::Symbol(symbol)) => {
                let symbol = Literal::u32_unsuffixed(symbol.0);
                quote!(RoleSize::Symbolic(#symbol))
            }
            Some(Size::Difference(..)) => quote!(RoleSize::Fixed(0)),
        };
        quote!(RoleRow { name: #name, size: #size })
    });
    let sizes = catalogue.protocol.sizes.iter().map(|size| &size.name);
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
        let terms = terms(catalogue, &send.terms);
        quote!(MessageRow { label: LabelId(#label), from: RoleId(#from), to: RoleId(#to), #terms })
    });
    let machines = catalogue
        .locals
        .machines
        .iter()
        .map(|machine| self::machine(catalogue, machine));
    quote! {
        /// The tables: roles, labels, messages with their guards, and the roles' local types.
        pub static PROTOCOL: ::aura_runtime::machine::Protocol = {
            #[allow(unused_imports, reason = "not every protocol needs every row")]
            use ::aura_runtime::machine::{
                CapabilityRow, ContextIndex, ContextKind, ContextRow, EdgeRow, FactRow, LabelId,
                LabelRow, Machine, MessageId, MessageRow, Protocol, ProtocolHash, RoleId, RoleRow,
                RoleSize, StateId, StateKind, StateRow,
            };
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
                machines: &[#(#machines),*],
            }
        };
    }
}

fn terms(catalogue: &Catalogue<'_>, terms: &Terms) -> TokenStream {
    let context = number(terms.context.index());
    let capability = match &terms.capability {
        None => quote!(::core::option::Option::None),
        Some((id, arguments)) => {
            let name = &catalogue.protocol.capabilities[id.index()].name;
            quote!(::core::option::Option::Some(
                CapabilityRow { name: #name, arguments: &[#(#arguments),*] }
            ))
        }
    };
    let cost = Literal::u64_unsuffixed(terms.cost);
    let leak = [Observer::External, Observer::Neighbor, Observer::Group].map(|class| {
        let leak = terms
            .leak
            .iter()
            .filter(|(to, _)| *to == class)
            .map(|(_, leak)| leak);
        Literal::u64_unsuffixed(leak.sum())
    });
    let facts = terms.facts.iter().map(|fact| {
        let (name, fields) = (&fact.name, &fact.fields);
        quote!(FactRow { name: #name, fields: &[#(#fields),*] })
    });
    let merge = terms.merge;
    quote! {
        context: ContextIndex(#context),
        capability: #capability,
        cost: #cost,
        leak: [#(#leak),*],
        facts: &[#(#facts),*],
        journal_merge: #merge,
    }
}

fn machine(catalogue: &Catalogue<'_>, machine: &Machine) -> TokenStream {
    let role = number(machine.owner.role.index());
    let mut first = 0;
    let (mut states, mut edges) = (Vec::new(), Vec::new());
    for state in &machine.states {
        let (kind, count) = (kind(state), state.transitions.len());
        let (start, many) = (number(first), number(count));
        states.push(quote!(StateRow { kind: StateKind::#kind, first: #start, count: #many }));
        first += count;
        for transition in &state.transitions {
            let message = match &transition.action {
                Action::Send { label, send, .. } | Action::Receive { label, send, .. } => {
                    let message = number(catalogue.message_number(*send, label));
                    quote!(::core::option::Option::Some(MessageId(#message)))
                }
                _ => quote!(::core::option::Option::None),
            };
            let to = number(transition.to);
            edges.push(quote!(EdgeRow { message: #message, to: StateId(#to) }));
        }
    }
    quote!(Machine { role: RoleId(#role), states: &[#(#states),*], edges: &[#(#edges),*] })
}

fn kind(state: &State) -> TokenStream {
    let mut kind = quote!(End);
    for transition in &state.transitions {
        match transition.action {
            Action::Send { .. } => return quote!(Send),
            Action::Receive { .. } => return quote!(Receive),
            _ => kind = quote!(Local),
        }
    }
    kind
}

fn number(index: usize) -> Literal {
    Literal::usize_unsuffixed(index)
}

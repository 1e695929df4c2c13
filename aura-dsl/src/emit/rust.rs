//! Rust: a module for each protocol, in which a wrong step does not compile.
//!
//! In: a program whose protocols are implementable. Out: tokens. Payload types stand beside the
//! modules; in a module stand the tables that `aura_runtime::machine` describes, the labels as types,
//! and for each role a module with a struct for each state. What holds: the tokens are built from
//! tokens, never from text of a user; they name `::aura_runtime` and nothing else outside of
//! themselves; the same program gives the same tokens. Left out on purpose: behaviour, which is the
//! runtime's. What cannot be generated yet is a [`Gap`] with its place.

mod labels;
mod names;
mod states;
mod tables;
mod types;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::Subject;
use crate::compile::{Compilation, Compiled};
use crate::global::{Protocol, RoleId, TypeDecl};
use crate::local::{Action, Locals, State};
use crate::source::Span;
use names::Catalogue;

/// Something for which there is no generated form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where it stands.
    pub span: Span,
    /// What it is, in one sentence without a full stop.
    pub message: String,
}

/// The tokens of every protocol of a compilation without errors.
///
/// # Errors
///
/// Everything that has no generated form, with its place.
pub fn rust(compilation: &Compilation) -> Result<TokenStream, Vec<Gap>> {
    let Some(checked) = &compilation.program else {
        return Ok(TokenStream::new());
    };
    let program = checked.program();
    let mut gaps = Vec::new();
    let declared = types::declared(program, &mut gaps);
    let mut modules = Vec::new();
    for (protocol, compiled) in program.protocols.iter().zip(&compilation.protocols) {
        if let Some(Compiled {
            decision,
            locals: Some(locals),
            ..
        }) = compiled
        {
            let sources = &compilation.sources;
            let subject = Subject {
                sources,
                protocol,
                decision,
                locals: Some(locals),
            };
            let hash = tables::hash(subject, &program.types);
            modules.push(module(protocol, locals, hash, &program.types, &mut gaps));
        }
    }
    if !gaps.is_empty() {
        return Err(gaps);
    }
    Ok(quote!(#declared #(#modules)*))
}

fn module(
    protocol: &Protocol,
    locals: &Locals,
    hash: [u8; 32],
    declared: &[TypeDecl],
    gaps: &mut Vec<Gap>,
) -> TokenStream {
    let before = gaps.len();
    refuse(protocol, locals, gaps);
    if gaps.len() > before {
        return TokenStream::new();
    }
    let catalogue = Catalogue::new(protocol, locals, declared);
    let name = names::module(&protocol.name);
    let tables = tables::tables(&catalogue, hash);
    let labels = labels::labels(&catalogue, gaps);
    let roles = locals
        .machines
        .iter()
        .map(|machine| states::role(&catalogue, machine));
    let doc = format!(
        "The protocol `{}` of namespace `{}`.",
        protocol.name, protocol.namespace
    );
    quote! {
        #[doc = #doc]
        #[allow(
            dead_code, unreachable_pub, clippy::all, clippy::pedantic, clippy::restriction,
            reason = "generated: which parts are used is the surrounding crate's choice"
        )]
        pub mod #name {
            #tables
            #labels
            #(#roles)*
        }
    }
}

/// Notes every construct that the backend has no form for.
fn refuse(protocol: &Protocol, locals: &Locals, gaps: &mut Vec<Gap>) {
    let mut gap = |span, what: &str| {
        let message = format!("there is no generated Rust for {what} yet");
        let gap = Gap { span, message };
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    };
    for role in &protocol.roles {
        if role.family.is_some() {
            gap(role.span, "families");
        }
    }
    for machine in &locals.machines {
        for state in &machine.states {
            if state.turn.is_some() {
                gap(protocol.span, "counted loops");
            }
            for transition in &state.transitions {
                match &transition.action {
                    Action::Send { .. } | Action::Receive { .. } | Action::Decide { .. } => {}
                    Action::Broadcast { send, .. } | Action::Exchange { send, .. } => {
                        gap(protocol.sends[send.index()].span, "families");
                    }
                    Action::Gather { .. } => gap(protocol.span, "gathers"),
                    Action::Local(local) => {
                        gap(protocol.locals[local.index()].span, "local steps");
                    }
                    Action::Arm { .. } => gap(protocol.span, "timeouts"),
                    Action::Fork { .. } => gap(protocol.span, "`par`"),
                }
            }
            if senders(state).len() > 1 {
                gap(protocol.span, "a state that receives from several roles");
            }
        }
    }
}

/// The roles that a state receives from.
fn senders(state: &State) -> BTreeSet<RoleId> {
    let actions = state
        .transitions
        .iter()
        .map(|transition| &transition.action);
    actions
        .filter_map(|action| match action {
            Action::Receive { from, .. } => Some(from.role),
            _ => None,
        })
        .collect()
}

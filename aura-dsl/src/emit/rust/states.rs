//! A role: its type, and a module with a struct for each state of its local type.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::machines::{Kind, kind, reached};
use super::names::{Catalogue, goal, verbatim};
use super::{forks, own, receives};
use crate::local::{Machine, Member};

/// What a state's struct comes with.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) items: TokenStream,
    pub(super) methods: TokenStream,
}

/// One machine, with the names of its parts.
pub(super) struct Part<'a> {
    pub(super) catalogue: &'a Catalogue<'a>,
    pub(super) machine: &'a Machine,
    pub(super) number: usize,
    pub(super) names: Vec<Ident>,
}

impl Part<'_> {
    /// The type that a step leads to.
    pub(super) fn goal(&self, to: usize) -> &Ident {
        goal(self.machine, &self.names, to)
    }
}

pub(super) fn role(catalogue: &Catalogue<'_>, number: usize) -> TokenStream {
    let machine = &catalogue.machines[number];
    let part = Part {
        catalogue,
        machine,
        number,
        names: catalogue.states(machine),
    };
    let owner = &machine.owner;
    let (protocol, role) = (verbatim(&catalogue.protocol.name), catalogue.role(number));
    let module = catalogue.module(number);
    let role_number = Literal::usize_unsuffixed(owner.role.index());
    let machine_number = Literal::usize_unsuffixed(number);
    let concrete: Vec<usize> = (0..machine.states.len())
        .filter(|at| !matches!(kind(&machine.states[*at]), Kind::Turn | Kind::Arm))
        .collect();
    let Some((last, others)) = concrete.split_last() else {
        return TokenStream::new();
    };
    let arms = others.iter().map(|at| {
        let (number, state) = (Literal::usize_unsuffixed(*at), &part.names[*at]);
        quote!(#number => #module::At::#state(Position::place(held)),)
    });
    let last = &part.names[*last];
    let start = part.goal(0);
    let variants = concrete.iter().map(|at| &part.names[*at]);
    let variants = variants.map(|name| quote!(#[doc = "See the state."] #name(#name<'s>)));
    let states = (0..machine.states.len()).map(|at| match kind(&machine.states[at]) {
        Kind::Turn => round(&part, at),
        Kind::Arm => TokenStream::new(),
        _ => state(&part, at),
    });
    let title = catalogue.names.owner(owner);
    let (about, inside) = (
        match owner.member {
            Member::General => format!("A member `{title}`, as a type."),
            _ if owner.thread.is_empty() => format!("The role `{title}`, as a type."),
            _ => format!("The thread `{title}`, as a type."),
        },
        format!("The states of `{title}`."),
    );
    quote! {
        #[doc = #about]
        #[derive(Clone, Copy, Debug)]
        pub enum #role {}

        impl ::aura_runtime::session::Role for #role {
            type Of = #protocol;
            type Start<'s> = #module::#start<'s>;
            type At<'s> = #module::At<'s>;
            const ROLE: ::aura_runtime::machine::RoleId =
                ::aura_runtime::machine::RoleId(#role_number);
            const MACHINE: ::aura_runtime::machine::MachineId =
                ::aura_runtime::machine::MachineId(#machine_number);

            fn at(
                state: ::aura_runtime::machine::StateId,
                held: ::aura_runtime::session::Held<'_, Self>,
            ) -> #module::At<'_> {
                use ::aura_runtime::session::Position;
                match state.0 {
                    #(#arms)*
                    _ => #module::At::#last(Position::place(held)),
                }
            }
        }

        #[doc = #inside]
        pub mod #module {
            /// Where a session stands.
            #[derive(Debug)]
            pub enum At<'s> { #(#variants),* }

            #(#states)*
        }
    }
}

fn state(part: &Part<'_>, at: usize) -> TokenStream {
    let state = &part.machine.states[at];
    let (name, role) = (&part.names[at], part.catalogue.role(part.number));
    let (about, must_use) = match kind(state) {
        Kind::End => ("The session is over for this role.", None),
        Kind::Receive => (
            "A message is awaited.",
            Some(quote!(#[must_use = "a message is awaited here"])),
        ),
        _ => (
            "It is this role's turn.",
            Some(quote!(#[must_use = "it is this role's turn"])),
        ),
    };
    let Parts { items, methods } = match kind(state) {
        Kind::Receive => receives::receives(part, at),
        _ if forks::is_fork(state) => forks::fork(part, at),
        _ => own::steps(part, at),
    };
    let methods = (!methods.is_empty()).then(|| quote!(impl<'s> #name<'s> { #methods }));
    quote! {
        #[doc = #about]
        #must_use
        #[derive(Debug)]
        pub struct #name<'s>(::aura_runtime::session::Held<'s, super::#role>);

        impl<'s> ::aura_runtime::session::Position<'s> for #name<'s> {
            type Role = super::#role;

            #[inline]
            fn place(held: ::aura_runtime::session::Held<'s, super::#role>) -> Self {
                Self(held)
            }
        }

        #items
        #methods
    }
}

/// The end of a round: an enum of the states that may follow. Where only one may, it needs no type.
fn round(part: &Part<'_>, at: usize) -> TokenStream {
    let (machine, names) = (part.machine, &part.names);
    let goals = reached(machine, at);
    let Some(turn) = machine.states[at].turn.as_ref().filter(|_| goals.len() > 1) else {
        return TokenStream::new();
    };
    let (again, done) = (reached(machine, turn.again), reached(machine, turn.done));
    let plain = again.len() == 1 && done.len() == 1;
    let rows: Vec<_> = goals
        .iter()
        .map(|goal| {
            let state = &names[*goal];
            let (variant, doc) = match plain {
                true if again.contains(goal) => (verbatim("Again"), "Another round.".to_owned()),
                true => (verbatim("Done"), "Behind the loop.".to_owned()),
                false => (state.clone(), format!("It goes on at [`{state}`].")),
            };
            (*goal, state, variant, doc)
        })
        .collect();
    let variants = rows
        .iter()
        .map(|(_, state, variant, doc)| quote!(#[doc = #doc] #variant(#state<'s>)));
    let last = rows.len() - 1;
    let arms = rows.iter().enumerate().map(|(row, (goal, _, variant, _))| {
        let pattern = if row == last {
            quote!(_)
        } else {
            let goal = Literal::usize_unsuffixed(*goal);
            quote!(#goal)
        };
        quote!(#pattern => Self::#variant(::aura_runtime::session::Position::place(held)))
    });
    let (name, role) = (&names[at], part.catalogue.role(part.number));
    quote! {
        /// Where a round ends.
        #[must_use = "the session goes on"]
        #[derive(Debug)]
        pub enum #name<'s> { #(#variants),* }

        impl<'s> ::aura_runtime::session::Position<'s> for #name<'s> {
            type Role = super::#role;

            #[inline]
            fn place(held: ::aura_runtime::session::Held<'s, super::#role>) -> Self {
                match held.state().0 { #(#arms),* }
            }
        }
    }
}

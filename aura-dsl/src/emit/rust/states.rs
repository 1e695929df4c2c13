//! A role: its type, and a module with a struct for each state of its local type.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::machines::{Kind, kind, reached};
use super::names::{self, Catalogue, goal, verbatim};
use super::{INTERFACE, forks, own, receives};
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
    pub(super) names: Vec<Ident>,
}

impl Part<'_> {
    /// The type that a step leads to.
    pub(super) fn goal(&self, to: usize) -> &Ident {
        goal(self.machine, &self.names, to)
    }

    /// Where rustc shows a state: at the first thing that can happen there.
    fn place(&self, at: usize) -> Span {
        let owner = &self.machine.owner;
        match self.machine.states[at].transitions.first() {
            Some(first) => self.catalogue.place_of(&first.action, owner),
            None => self.catalogue.place(self.catalogue.role_span(owner)),
        }
    }
}

pub(super) fn role(catalogue: &Catalogue<'_>, number: usize) -> TokenStream {
    let machine = &catalogue.machines[number];
    let part = Part {
        catalogue,
        machine,
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
    let arm = |at: &usize| {
        let state = &part.names[*at];
        quote!(At::#state(#state(held)))
    };
    let arms = others.iter().map(|at| {
        let (number, state) = (Literal::usize_unsuffixed(*at), arm(at));
        quote!(#number => #state,)
    });
    let last = arm(last);
    let start = part.goal(0);
    let interface = Literal::u32_unsuffixed(INTERFACE);
    let names: Vec<_> = concrete.iter().map(|at| &part.names[*at]).collect();
    let texts = names.iter().map(ToString::to_string);
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
    let place = catalogue.place(catalogue.role_span(owner));
    let shown = names::shown(role, place);
    let head = quote_spanned!(place=> pub enum #shown {});
    quote! {
        #[doc = #about]
        #[derive(Clone, Copy, Debug)]
        #head

        #[doc = #inside]
        pub mod #module {
            // No state can have this name: theirs begin with a capital letter.
            use ::aura_runtime::session as rt;

            impl rt::Role for super::#role {
                type Of = super::#protocol;
                type Start<'s> = #start<'s>;
                type At<'s> = At<'s>;
                const ROLE: ::aura_runtime::machine::RoleId =
                    ::aura_runtime::machine::RoleId(#role_number);
                const MACHINE: ::aura_runtime::machine::MachineId =
                    ::aura_runtime::machine::MachineId(#machine_number);
                const COMPILED: ::aura_runtime::export::Compiled =
                    ::aura_runtime::export::Compiled::by(#interface);

                fn at(
                    state: ::aura_runtime::machine::StateId,
                    held: rt::Held<'_, super::#protocol>,
                ) -> At<'_> {
                    match state.0 {
                        #(#arms)*
                        _ => #last,
                    }
                }
            }

            /// Where a session stands.
            pub enum At<'s> { #(#names(#names<'s>)),* }

            impl ::core::fmt::Debug for At<'_> {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.write_str(match self { #(Self::#names(_) => #texts),* })
                }
            }

            #(#states)*
        }
    }
}

fn state(part: &Part<'_>, at: usize) -> TokenStream {
    let state = &part.machine.states[at];
    let name = &part.names[at];
    let protocol = verbatim(&part.catalogue.protocol.name);
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
    let place = part.place(at);
    let shown = names::shown(name, place);
    let head = quote_spanned!(place=> pub struct #shown<'s>(rt::Held<'s, super::#protocol>););
    quote! {
        #[doc = #about]
        #must_use
        #[derive(Debug)]
        #head

        impl<'s> rt::Position<'s, super::#protocol> for #name<'s> {
            #[inline]
            fn place(held: rt::Held<'s, super::#protocol>) -> Self {
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
    let arms = rows
        .iter()
        .enumerate()
        .map(|(row, (goal, state, variant, _))| {
            let pattern = if row == last {
                quote!(_)
            } else {
                let goal = Literal::usize_unsuffixed(*goal);
                quote!(#goal)
            };
            quote!(#pattern => Self::#variant(#state(held)))
        });
    let name = &names[at];
    let protocol = verbatim(&part.catalogue.protocol.name);
    let place = part.place(*goals.first().unwrap_or(&at));
    let shown = names::shown(name, place);
    let head = quote_spanned!(place=> pub enum #shown<'s>);
    quote! {
        /// Where a round ends.
        #[must_use = "the session goes on"]
        #[derive(Debug)]
        #head { #(#variants),* }

        impl<'s> rt::Position<'s, super::#protocol> for #name<'s> {
            fn place(held: rt::Held<'s, super::#protocol>) -> Self {
                match held.state().0 { #(#arms),* }
            }
        }
    }
}

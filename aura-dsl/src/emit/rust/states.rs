//! A role: its type, and a module with a struct for each state of its local type.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::labels::payload;
use super::names::{Catalogue, method, verbatim};
use crate::check::generated_names::camel_case;
use crate::emit::name::{fact, millionths, observer};
use crate::global::{Label, Payload, SendId};
use crate::local::{Action, Machine, State, Transition};

pub(super) fn role(catalogue: &Catalogue<'_>, machine: &Machine) -> TokenStream {
    let owner = machine.owner.role;
    let (protocol, role) = (verbatim(&catalogue.protocol.name), catalogue.role(owner));
    let (module, number) = (
        catalogue.role_module(owner),
        Literal::usize_unsuffixed(owner.index()),
    );
    let names = catalogue.states(machine);
    let Some((last, others)) = names.split_last() else {
        return TokenStream::new();
    };
    let arms = (0u32..).zip(others).map(|(at, state)| {
        let at = Literal::u32_unsuffixed(at);
        quote!(#at => #module::At::#state(Position::place(held)),)
    });
    let start = &names[0];
    let states = (0u32..)
        .zip(&machine.states)
        .map(|(at, state)| self::state(catalogue, &role, &names, at, state));
    let title = catalogue.names.role(owner);
    let (about, inside) = (
        format!("The role `{title}`, as a type."),
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
            const ROLE: ::aura_runtime::machine::RoleId = ::aura_runtime::machine::RoleId(#number);

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
            pub enum At<'s> { #(#[doc = "See the state."] #names(#names<'s>)),* }

            #(#states)*
        }
    }
}

fn state(
    catalogue: &Catalogue<'_>,
    role: &Ident,
    names: &[Ident],
    at: u32,
    state: &State,
) -> TokenStream {
    let name = &names[at as usize];
    let number = Literal::u32_unsuffixed(at);
    let (about, must_use) = match state.transitions.first().map(|first| &first.action) {
        None => ("The session is over for this role.", None),
        Some(Action::Receive { .. }) => (
            "A message is awaited.",
            Some(quote!(#[must_use = "a message is awaited here"])),
        ),
        Some(_) => (
            "It is this role's turn.",
            Some(quote!(#[must_use = "it is this role's turn"])),
        ),
    };
    let receives = matches!(
        state.transitions.first(),
        Some(Transition {
            action: Action::Receive { .. },
            ..
        })
    );
    let steps = match &*state.transitions {
        [only] if receives => receive(catalogue, names, only),
        many if receives => branch(catalogue, names, state, many),
        many => {
            let steps = catalogue.steps(state);
            let steps = steps
                .iter()
                .zip(many)
                .map(|(step, transition)| own_step(catalogue, names, &method(step), transition));
            Parts {
                items: TokenStream::new(),
                methods: quote!(#(#steps)*),
            }
        }
    };
    let Parts { items, methods } = steps;
    let methods = (!methods.is_empty()).then(|| quote!(impl<'s> #name<'s> { #methods }));
    quote! {
        #[doc = #about]
        #must_use
        #[derive(Debug)]
        pub struct #name<'s>(::aura_runtime::session::Held<'s, super::#role>);

        impl<'s> ::aura_runtime::session::Position<'s> for #name<'s> {
            type Role = super::#role;
            const STATE: ::aura_runtime::machine::StateId =
                ::aura_runtime::machine::StateId(#number);

            fn place(held: ::aura_runtime::session::Held<'s, super::#role>) -> Self {
                Self(held)
            }
        }

        #items
        #methods
    }
}

struct Parts {
    items: TokenStream,
    methods: TokenStream,
}

/// A send, or a decision that nobody sees.
fn own_step(
    catalogue: &Catalogue<'_>,
    names: &[Ident],
    step: &Ident,
    transition: &Transition,
) -> TokenStream {
    let next = &names[transition.to];
    let Action::Send { to, label, send } = &transition.action else {
        return quote! {
            /// Decides so; nothing is sent.
            pub fn #step(self) -> #next<'s> {
                self.0.step::<#next<'s>>()
            }
        };
    };
    let (to, wire) = (catalogue.role(to.role), catalogue.label(label));
    let message = Literal::usize_unsuffixed(catalogue.message_number(*send, label));
    let declared = &catalogue.protocol.labels[label.label.index()];
    let payload = payload(catalogue, declared, &quote!(super::));
    let (parameter, argument) = match declared.payload {
        Payload::Unit => (quote!(), quote!(())),
        _ => (quote!(message: #payload), quote!(message)),
    };
    let docs = docs(catalogue, *send, declared);
    quote! {
        #(#[doc = #docs])*
        pub async fn #step(
            self,
            #parameter
        ) -> ::core::result::Result<#next<'s>, ::aura_runtime::session::Unsent<Self, #payload>> {
            self.0
                .send::<super::label::#wire, super::#to, Self, #next<'s>>(
                    ::aura_runtime::machine::MessageId(#message),
                    #argument,
                )
                .await
        }
    }
}

/// What is sent, to whom, under which capability, at which cost.
fn docs(catalogue: &Catalogue<'_>, send: SendId, label: &Label) -> Vec<String> {
    let send = &catalogue.protocol.sends[send.index()];
    let terms = &send.terms;
    let mut docs = vec![format!(
        "Sends `{}` to `{}`, in {}.",
        label.name,
        catalogue.names.role(send.to.role),
        catalogue.names.context(terms.context),
    )];
    docs.push(String::new());
    docs.push(match catalogue.names.capability(terms) {
        Some(capability) => format!("- demands the capability `{capability}`"),
        None => "- demands no capability".to_owned(),
    });
    docs.push(format!("- costs {}", terms.cost));
    for (class, leak) in &terms.leak {
        docs.push(format!(
            "- leaks {} to {} observers",
            millionths(*leak),
            observer(*class)
        ));
    }
    for left in &terms.facts {
        docs.push(format!("- leaves the fact `{}`", fact(left)));
    }
    docs
}

fn receive(catalogue: &Catalogue<'_>, names: &[Ident], only: &Transition) -> Parts {
    let Action::Receive { from, label, .. } = &only.action else {
        return Parts {
            items: TokenStream::new(),
            methods: TokenStream::new(),
        };
    };
    let next = &names[only.to];
    let declared = &catalogue.protocol.labels[label.label.index()];
    let (step, wire) = (method(&declared.name), catalogue.label(label));
    let doc = format!(
        "Waits for `{}` from `{}`.",
        declared.name,
        catalogue.names.role(from.role)
    );
    let from = catalogue.role(from.role);
    let payload = payload(catalogue, declared, &quote!(super::));
    let (result, strip) = match declared.payload {
        Payload::Unit => (quote!(#next<'s>), quote!(.map(|((), next)| next))),
        _ => (quote!((#payload, #next<'s>)), quote!()),
    };
    let methods = quote! {
        #[doc = #doc]
        pub async fn #step(
            self,
        ) -> ::core::result::Result<#result, ::aura_runtime::session::SessionError> {
            self.0.receive::<super::#from>().await?.only::<super::label::#wire, _>() #strip
        }
    };
    Parts {
        items: TokenStream::new(),
        methods,
    }
}

/// Several labels may come: an enum with a variant for each.
fn branch(
    catalogue: &Catalogue<'_>,
    names: &[Ident],
    state: &State,
    transitions: &[Transition],
) -> Parts {
    let name = verbatim(&catalogue.joined(state));
    let (mut variants, mut arms, mut sender) = (Vec::new(), Vec::new(), None);
    for (step, transition) in catalogue.steps(state).iter().zip(transitions) {
        let Action::Receive { from, label, .. } = &transition.action else {
            continue;
        };
        sender = Some(from.role);
        let (variant, next) = (verbatim(&camel_case(step)), &names[transition.to]);
        let (wire, declared) = (
            catalogue.label(label),
            &catalogue.protocol.labels[label.label.index()],
        );
        let payload = payload(catalogue, declared, &quote!(super::));
        let doc = format!("`{}` came.", catalogue.names.wire(label));
        let (fields, build) = match declared.payload {
            Payload::Unit => (
                quote!(#next<'s>),
                quote!(|((), next)| #name::#variant(next)),
            ),
            _ => (
                quote!(#payload, #next<'s>),
                quote!(|(payload, next)| #name::#variant(payload, next)),
            ),
        };
        variants.push(quote!(#[doc = #doc] #variant(#fields)));
        arms.push(quote! {
            let arrival = match arrival.is::<super::label::#wire, #next<'s>>().map(#build) {
                ::core::result::Result::Ok(branch) => return ::core::result::Result::Ok(branch),
                ::core::result::Result::Err(arrival) => arrival,
            };
        });
    }
    let Some(sender) = sender else {
        return Parts {
            items: TokenStream::new(),
            methods: TokenStream::new(),
        };
    };
    let doc = format!("Waits for what `{}` decides.", catalogue.names.role(sender));
    let from = catalogue.role(sender);
    let about = format!("What may come from `{}`.", catalogue.names.role(sender));
    let items = quote! {
        #[doc = #about]
        #[derive(Debug)]
        pub enum #name<'s> { #(#variants),* }
    };
    let methods = quote! {
        #[doc = #doc]
        pub async fn receive(
            self,
        ) -> ::core::result::Result<#name<'s>, ::aura_runtime::session::SessionError> {
            let arrival = self.0.receive::<super::#from>().await?;
            #(#arms)*
            ::core::result::Result::Err(arrival.unexpected())
        }
    };
    Parts { items, methods }
}

//! What a role does by itself: sends, abstentions, decisions and local steps, a method each.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::guards;
use super::hooks;
use super::kept::label_slot;
use super::labels::payload;
use super::names::{Catalogue, method, shown, shown_all, verbatim};
use super::states::{Part, Parts};
use crate::emit::name::{fact, millionths, observer};
use crate::global::{Label, Members, SendId};
use crate::local::{Action, Peer, Transition, WireLabel};

pub(super) fn steps(part: &Part<'_>, at: usize) -> Parts {
    let state = &part.machine.states[at];
    let names = part.catalogue.steps(state);
    let mut methods = TokenStream::new();
    let mut abstain = None;
    let owner = &part.machine.owner;
    for ((number, transition), name) in (0u16..).zip(&state.transitions).zip(&names) {
        let place = part.catalogue.place_of(&transition.action, owner);
        let name = shown(&method(name), place);
        methods.extend(match &transition.action {
            Action::Send { to, label, send } | Action::Broadcast { to, label, send } => {
                if part
                    .catalogue
                    .abstained
                    .contains(&(label, owner.role, to.role))
                {
                    abstain.get_or_insert((number, to, label, *send, transition.to));
                }
                self::send(part, number, &name, transition, (to, label, *send))
            }
            Action::Decide { label, span } => {
                let guard = guards::decision(part, label, *span);
                decide(part, number, &name, transition, guard)
            }
            Action::Local(local) => hooks::method(part, number, &name, *local, transition.to),
            _ => TokenStream::new(),
        });
    }
    if let Some(abstention) = abstain {
        let name = if names.iter().any(|name| method(name) == "abstain") {
            method("abstain_from_answering")
        } else {
            method("abstain")
        };
        methods.extend(self::abstain(part, &name, abstention));
    }
    Parts {
        items: TokenStream::new(),
        methods,
    }
}

fn send(
    part: &Part<'_>,
    number: u16,
    step: &Ident,
    transition: &Transition,
    (to, label, send): (&Peer, &WireLabel, SendId),
) -> TokenStream {
    let catalogue = part.catalogue;
    let next = part.goal(transition.to);
    let wire = catalogue.label(label);
    let declared = &catalogue.protocol.labels[label.label.index()];
    let payload = payload(catalogue, declared, &quote!(super::));
    let place = catalogue.place(catalogue.protocol.sends[send.index()].label_span);
    let (parameter, argument) = if catalogue.is_unit(label.label) {
        (quote!(), quote!(()))
    } else {
        let payload = shown_all(&payload, place);
        (quote_spanned!(place=> message: #payload), quote!(message))
    };
    let is_broadcast = matches!(transition.action, Action::Broadcast { .. });
    let mut docs = vec![sends(catalogue, part, to, send, declared)];
    docs.extend(terms(catalogue, send));
    if is_broadcast {
        docs.push("- for each member; all of it, or nothing".to_owned());
    }
    let number = Literal::u16_unsuffixed(number);
    let role = part.machine.owner.role;
    let slot = catalogue
        .kept
        .compared(role, label.label)
        .then(|| Literal::u16_unsuffixed(label_slot(label.label)));
    let guard = guards::send(part, label).map(|guard| {
        let condition = &guard.text;
        docs.push(format!("- is open when `{condition}`"));
        guard.refuse(&argument)
    });
    // A plain send is a future of the runtime's own; what is `async` is compiled for each state.
    let is_plain = !is_broadcast && slot.is_none() && guard.is_none();
    let message = if is_broadcast {
        let again = again(catalogue, label);
        quote!(super::Message::#wire(#argument), #again)
    } else {
        quote!(super::Message::#wire(#argument))
    };
    // The label, this state, and the next one; for a plain send the result says them.
    let kind = quote!(::<super::label::#wire, Self, #next<'s>>);
    let call = match (is_broadcast, &slot) {
        (false, None) if is_plain => quote!(send(#number, #message)),
        (false, None) => quote!(send #kind (#number, #message)),
        (true, None) => quote!(broadcast #kind (#number, #message)),
        (false, Some(slot)) => quote!(send_kept #kind ((#number, #slot), copy, #message)),
        (true, Some(slot)) => quote!(broadcast_kept #kind ((#number, #slot), copy, #message)),
    };
    let copy = slot
        .is_some()
        .then(|| quote!(let copy = ::core::clone::Clone::clone(&#argument);));
    let peer = round_peer(part, &number, to, step, place);
    let (asynchronous, result, wait) = if is_plain {
        let protocol = verbatim(&catalogue.protocol.name);
        let sending = quote!(rt::Sending<
            's, super::#protocol, super::label::#wire, Self, #next<'s>,
        >);
        (None, sending, None)
    } else {
        let result = quote!(::core::result::Result<#next<'s>, rt::Unsent<Self, #payload>>);
        (Some(quote!(async)), result, Some(quote!(.await)))
    };
    quote_spanned! {place=>
        #(#[doc = #docs])*
        #[inline]
        pub #asynchronous fn #step(self, #parameter) -> #result {
            #guard
            #copy
            self.0.#call #wait
        }
        #peer
    }
}

/// What makes another copy of a message, for another member.
fn again(catalogue: &Catalogue<'_>, label: &WireLabel) -> TokenStream {
    let wire = catalogue.label(label);
    let rest = (catalogue.labels.len() > 1).then(|| quote!(_ => ::core::option::Option::None,));
    quote! {
        |message| match message {
            super::Message::#wire(payload) => ::core::option::Option::Some(
                super::Message::#wire(::core::clone::Clone::clone(payload)),
            ),
            #rest
        }
    }
}

/// Which member a step inside a `for` speaks with.
pub(super) fn round_peer(
    part: &Part<'_>,
    number: &Literal,
    peer: &Peer,
    step: &Ident,
    place: Span,
) -> Option<TokenStream> {
    if !matches!(peer.members, Members::Index(_)) {
        return None;
    }
    let family = part.catalogue.family(peer.role);
    let name = quote::format_ident!("{}_peer", step.to_string().trim_end_matches('_'));
    let doc = format!("The member that `{step}` is about in this round.");
    Some(quote_spanned! {place=>
        #[doc = #doc]
        pub fn #name(&self) -> ::core::option::Option<rt::Member<super::#family>> {
            self.0.peer(#number)
        }
    })
}

fn abstain(
    part: &Part<'_>,
    name: &Ident,
    (number, to, label, send, next): (u16, &Peer, &WireLabel, SendId, usize),
) -> TokenStream {
    let catalogue = part.catalogue;
    let declared = &catalogue.protocol.labels[label.label.index()];
    let cost = catalogue.protocol.sends[send.index()].terms.cost;
    let docs = [
        format!(
            "Tells `{}` that `{}` will not come: nobody has to wait for it.",
            catalogue.names.peer(to),
            declared.name
        ),
        String::new(),
        "- demands no capability, and leaves no fact".to_owned(),
        format!("- costs {cost}, and leaks what the answer would"),
    ];
    let number = Literal::u16_unsuffixed(number);
    let next = part.goal(next);
    let place = catalogue.place(catalogue.protocol.sends[send.index()].label_span);
    let name = shown(name, place);
    quote_spanned! {place=>
        #(#[doc = #docs])*
        pub async fn #name(self) -> ::core::result::Result<#next<'s>, rt::Unsent<Self, ()>> {
            self.0.abstain::<Self, #next<'s>>(#number).await
        }
    }
}

fn decide(
    part: &Part<'_>,
    number: u16,
    step: &Ident,
    transition: &Transition,
    guard: Option<guards::Guard>,
) -> TokenStream {
    let number = Literal::u16_unsuffixed(number);
    let next = part.goal(transition.to);
    let owner = &part.machine.owner;
    let place = part.catalogue.place_of(&transition.action, owner);
    match guard {
        None => quote_spanned! {place=>
            /// Decides so; nothing is sent.
            pub fn #step(self) -> #next<'s> {
                self.0.step(#number)
            }
        },
        Some(guard) => {
            let doc = format!("Decides so, when `{}`; nothing is sent.", guard.text);
            let refuse = guard.refuse(&quote!(()));
            quote_spanned! {place=>
                #[doc = #doc]
                pub fn #step(self) -> ::core::result::Result<#next<'s>, rt::Unsent<Self, ()>> {
                    #refuse
                    ::core::result::Result::Ok(self.0.step(#number))
                }
            }
        }
    }
}

fn sends(
    catalogue: &Catalogue<'_>,
    part: &Part<'_>,
    to: &Peer,
    send: SendId,
    label: &Label,
) -> String {
    let terms = &catalogue.protocol.sends[send.index()].terms;
    let to = match &to.members {
        Members::All if to.role == part.machine.owner.role => "every other member".to_owned(),
        _ => format!("`{}`", catalogue.names.peer(to)),
    };
    format!(
        "Sends `{}` to {to}, in {}.",
        label.name,
        catalogue.names.context(terms.context)
    )
}

/// Under which capability, at which cost.
fn terms(catalogue: &Catalogue<'_>, send: SendId) -> Vec<String> {
    let terms = &catalogue.protocol.sends[send.index()].terms;
    let mut docs = vec![String::new()];
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
        let rides = if terms.merge {
            ", which rides with it"
        } else {
            ""
        };
        docs.push(format!("- leaves the fact `{}`{rides}", fact(left)));
    }
    if let Some(line) = &terms.audit_log {
        docs.push(format!("- writes `{line}` into the audit log"));
    }
    docs
}

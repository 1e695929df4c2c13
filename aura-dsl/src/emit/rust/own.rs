//! What a role does by itself: sends, abstentions, decisions and local steps, a method each.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::guards;
use super::hooks;
use super::kept::label_slot;
use super::labels::payload;
use super::names::{Catalogue, method};
use super::states::{Part, Parts};
use crate::emit::name::{fact, millionths, observer};
use crate::global::{Label, Members, Payload, SendId};
use crate::local::{Action, Peer, Transition, WireLabel};

pub(super) fn steps(part: &Part<'_>, at: usize) -> Parts {
    let state = &part.machine.states[at];
    let names = part.catalogue.steps(state);
    let mut methods = TokenStream::new();
    let mut abstain = None;
    let owner = &part.machine.owner;
    for ((number, transition), name) in (0u16..).zip(&state.transitions).zip(&names) {
        let name = method(name);
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
    let (parameter, argument) = match declared.payload {
        Payload::Unit => (quote!(), quote!(())),
        _ => (quote!(message: #payload), quote!(message)),
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
    let is_kept = slot.is_some();
    let call = match (is_broadcast, slot) {
        (false, None) => {
            quote!(send::<super::label::#wire, Self, #next<'s>>(#number, #argument))
        }
        (true, None) => {
            quote!(broadcast::<super::label::#wire, Self, #next<'s>>(#number, #argument))
        }
        (false, Some(slot)) => {
            quote!(send_kept::<super::label::#wire, Self, #next<'s>>(#number, #slot, #argument))
        }
        (true, Some(slot)) => {
            quote!(broadcast_kept::<super::label::#wire, Self, #next<'s>>(#number, #slot, #argument))
        }
    };
    let guard = guards::send(part, label).map(|guard| {
        let condition = &guard.text;
        docs.push(format!("- is open when `{condition}`"));
        guard.refuse(&argument)
    });
    let peer = round_peer(part, &number, to, step);
    // A plain send is a future of the runtime's own, which is compiled once, not once for each state.
    let is_plain = !is_broadcast && !is_kept && guard.is_none();
    let (asynchronous, result, wait) = if is_plain {
        let role = part.catalogue.role(part.number);
        let sending = quote!(::aura_runtime::session::Sending<
            's, super::#role, super::label::#wire, Self, #next<'s>,
        >);
        (None, sending, None)
    } else {
        let result = quote!(::core::result::Result<
            #next<'s>, ::aura_runtime::session::Unsent<Self, #payload>,
        >);
        (Some(quote!(async)), result, Some(quote!(.await)))
    };
    quote! {
        #(#[doc = #docs])*
        #[inline]
        pub #asynchronous fn #step(self, #parameter) -> #result {
            #guard
            self.0.#call #wait
        }
        #peer
    }
}

/// Which member a step inside a `for` speaks with.
pub(super) fn round_peer(
    part: &Part<'_>,
    number: &Literal,
    peer: &Peer,
    step: &Ident,
) -> Option<TokenStream> {
    if !matches!(peer.members, Members::Index(_)) {
        return None;
    }
    let family = part.catalogue.family(peer.role);
    let name = quote::format_ident!("{}_peer", step.to_string().trim_end_matches('_'));
    let doc = format!("The member that `{step}` is about in this round.");
    Some(quote! {
        #[doc = #doc]
        pub fn #name(
            &self,
        ) -> ::core::option::Option<::aura_runtime::session::Member<super::#family>> {
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
    let (number, next) = (Literal::u16_unsuffixed(number), part.goal(next));
    quote! {
        #(#[doc = #docs])*
        pub async fn #name(
            self,
        ) -> ::core::result::Result<#next<'s>, ::aura_runtime::session::Unsent<Self, ()>> {
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
    let (number, next) = (Literal::u16_unsuffixed(number), part.goal(transition.to));
    match guard {
        None => quote! {
            /// Decides so; nothing is sent.
            pub fn #step(self) -> #next<'s> {
                self.0.step::<#next<'s>>(#number)
            }
        },
        Some(guard) => {
            let doc = format!("Decides so, when `{}`; nothing is sent.", guard.text);
            let refuse = guard.refuse(&quote!(()));
            quote! {
                #[doc = #doc]
                pub fn #step(
                    self,
                ) -> ::core::result::Result<
                    #next<'s>,
                    ::aura_runtime::session::Unsent<Self, ()>,
                > {
                    #refuse
                    ::core::result::Result::Ok(self.0.step::<#next<'s>>(#number))
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

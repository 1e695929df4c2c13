//! What a role waits for: one message or one gather as a tuple, everything else as an enum.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::kept::{answers_slot, label_slot};
use super::labels::payload;
use super::names::{method, verbatim};
use super::own::round_peer;
use super::states::{Part, Parts};
use crate::check::generated_names::camel_case;
use crate::global::{LabelId, SendId};
use crate::local::{Action, Peer, WireLabel};

/// How one edge of the state arrives.
struct Edge {
    /// What it is called.
    name: String,
    /// The type of what comes; none for a message without payload.
    content: Option<TokenStream>,
    /// The call that makes it of what was taken, and gives content and next state.
    call: TokenStream,
    /// The label, of a single message.
    label: Option<Ident>,
    /// What is kept before, for later steps.
    keep: TokenStream,
    next: Ident,
    /// Enums of answers.
    items: TokenStream,
    doc: String,
}

pub(super) fn receives(part: &Part<'_>, at: usize) -> Parts {
    let state = &part.machine.states[at];
    let names = part.catalogue.steps(state);
    let enumeration = {
        let state = part.names[at].to_string();
        format_ident!("{}", state.strip_prefix("Await").unwrap_or(&state))
    };
    let edges: Vec<Edge> = state
        .transitions
        .iter()
        .zip(&names)
        .filter_map(|(transition, name)| match &transition.action {
            Action::Receive { from, label, .. } => {
                Some(message(part, name, from, label, transition.to))
            }
            Action::Gather {
                from,
                need,
                answers,
            } => {
                let many = need.as_ref().map(|need| part.catalogue.names.size(need));
                let answers = (&enumeration, &**answers);
                Some(gather(part, name, from, many, answers, transition.to))
            }
            _ => None,
        })
        .collect();
    let late = state
        .timer
        .as_ref()
        .map(|running| part.goal(running.late).clone());
    let peers = state.transitions.iter().zip(&names).zip(0u16..);
    let peers = peers.filter_map(|((transition, name), number)| match &transition.action {
        Action::Receive { from, .. } => {
            round_peer(part, &Literal::u16_unsuffixed(number), from, &method(name))
        }
        _ => None,
    });
    let peers = quote!(#(#peers)*);
    let role = part.catalogue.role(part.number);
    let mut parts = match (&*edges, &late) {
        ([only], None) => single(role, only),
        (several, late) => branch(role, &enumeration, several, late.as_ref()),
    };
    parts.methods.extend(peers);
    parts
}

/// What the local steps and conditions of this role read of a label is kept.
fn kept(part: &Part<'_>, from: &Peer, label: &WireLabel, gathered: bool) -> TokenStream {
    let kept = &part.catalogue.kept;
    let (role, id) = (part.machine.owner.role, label.label);
    let wire = part.catalogue.label(label);
    let family = part.catalogue.family(from.role);
    let (plain, answers) = (
        Literal::u16_unsuffixed(label_slot(id)),
        Literal::u16_unsuffixed(answers_slot(id)),
    );
    let is_read = kept.received(role, id);
    let mut keep = TokenStream::new();
    match kept.gathered(role, id) {
        _ if gathered && is_read => {
            keep.extend(quote!(taken.keep_all::<super::#family, super::label::#wire>(#answers);));
        }
        // Elsewhere it comes from many: here it is one of them.
        Some(family) if is_read => {
            let family = part.catalogue.family(family);
            keep.extend(quote!(taken.keep_among::<super::#family, super::label::#wire>(#answers);));
        }
        _ => {}
    }
    let single = is_read && kept.gathered(role, id).is_none();
    if !gathered && (single || kept.compared(role, id)) {
        keep.extend(quote!(taken.keep::<super::label::#wire>(#plain);));
    }
    keep
}

fn message(part: &Part<'_>, name: &str, from: &Peer, label: &WireLabel, to: usize) -> Edge {
    let catalogue = part.catalogue;
    let declared = &catalogue.protocol.labels[label.label.index()];
    let wire = catalogue.label(label);
    Edge {
        name: name.to_owned(),
        content: content(part, label.label),
        call: quote!(taken.one::<super::label::#wire, _>()),
        label: Some(wire),
        keep: kept(part, from, label, false),
        next: part.goal(to).clone(),
        items: TokenStream::new(),
        doc: format!("`{}` from `{}`", declared.name, catalogue.names.peer(from)),
    }
}

/// The type of a label's payload, seen from a role's module; none for a label without.
fn content(part: &Part<'_>, label: LabelId) -> Option<TokenStream> {
    let catalogue = part.catalogue;
    let declared = &catalogue.protocol.labels[label.index()];
    (!catalogue.is_unit(label)).then(|| payload(catalogue, declared, &quote!(super::)))
}

fn gather(
    part: &Part<'_>,
    name: &str,
    from: &Peer,
    many: Option<String>,
    (enumeration, answers): (&Ident, &[(WireLabel, SendId)]),
    to: usize,
) -> Edge {
    let catalogue = part.catalogue;
    let family = catalogue.family(from.role);
    let own = from.role == part.machine.owner.role;
    let keep = answers
        .iter()
        .map(|(label, _)| kept(part, from, label, true));
    let keep = quote!(#(#keep)*);
    let (answer, unwrap, items) = match answers {
        [(label, _)] => {
            let (wire, content) = (catalogue.label(label), content(part, label.label));
            let unwrap = quote!(<super::label::#wire as ::aura_runtime::session::Label>::unwrap);
            (content.unwrap_or(quote!(())), unwrap, TokenStream::new())
        }
        several => choice(part, enumeration, several),
    };
    let names: Vec<_> = answers
        .iter()
        .map(|(label, _)| format!("`{}`", catalogue.names.label(label.label)))
        .collect();
    let who = match (many, own) {
        (Some(need), _) => format!(
            "any {need} members of `{}`",
            catalogue.names.role(from.role)
        ),
        (None, true) => "every other member".to_owned(),
        (None, false) => format!("every member of `{}`", catalogue.names.role(from.role)),
    };
    Edge {
        name: name.to_owned(),
        content: Some(quote!(::aura_runtime::session::Answers<super::#family, #answer>)),
        call: quote!(taken.all::<super::#family, #answer, _>(#unwrap)),
        keep,
        next: part.goal(to).clone(),
        items,
        label: None,
        doc: format!("{} from {who}", names.join(" or ")),
    }
}

/// Where members choose between labels: an enum of the answers, and what makes one of a message.
fn choice(
    part: &Part<'_>,
    enumeration: &Ident,
    answers: &[(WireLabel, SendId)],
) -> (TokenStream, TokenStream, TokenStream) {
    let catalogue = part.catalogue;
    let name = format_ident!("{enumeration}Answer");
    let (mut variants, mut arms) = (Vec::new(), Vec::new());
    for (label, _) in answers {
        let variant = catalogue.label(label);
        let doc = format!("`{}`.", catalogue.names.wire(label));
        match content(part, label.label) {
            None => {
                variants.push(quote!(#[doc = #doc] #variant));
                arms.push(quote! {
                    super::Message::#variant(()) => ::core::result::Result::Ok(#name::#variant)
                });
            }
            Some(content) => {
                variants.push(quote!(#[doc = #doc] #variant(#content)));
                arms.push(quote! {
                    super::Message::#variant(payload) => {
                        ::core::result::Result::Ok(#name::#variant(payload))
                    }
                });
            }
        }
    }
    let rest = (catalogue.labels.len() > answers.len())
        .then(|| quote!(other => ::core::result::Result::Err(other)));
    let items = quote! {
        /// What a member may answer.
        #[derive(Clone, Debug)]
        pub enum #name { #(#variants),* }
    };
    let unwrap = quote!(|message| match message { #(#arms,)* #rest });
    (quote!(#name), unwrap, items)
}

fn single(role: &Ident, edge: &Edge) -> Parts {
    let Edge {
        call, keep, next, ..
    } = edge;
    let step = method(&edge.name);
    let doc = format!("Waits for {}.", edge.doc);
    let result = match &edge.content {
        None => quote!(#next<'s>),
        Some(content) => quote!((#content, #next<'s>)),
    };
    let make = match (&edge.label, &edge.content) {
        // A path is compiled once, a closure twice.
        (Some(label), None) if keep.is_empty() => {
            quote!(::aura_runtime::session::Taken::bare::<super::label::#label, _>)
        }
        (Some(label), Some(_)) if keep.is_empty() => {
            quote!(::aura_runtime::session::Taken::one::<super::label::#label, _>)
        }
        (_, content) => {
            let mutable = (!keep.is_empty()).then(|| quote!(mut));
            let strip = content.is_none().then(|| quote!(.map(|((), next)| next)));
            quote!(|#mutable taken| { #keep #call #strip })
        }
    };
    let methods = quote! {
        #[doc = #doc]
        #[inline]
        pub fn #step(self) -> ::aura_runtime::session::Receiving<'s, super::#role, #result> {
            self.0.receive(#make)
        }
    };
    Parts {
        items: edge.items.clone(),
        methods,
    }
}

fn branch(role: &Ident, name: &Ident, edges: &[Edge], late: Option<&Ident>) -> Parts {
    let (mut variants, mut arms, mut items) = (Vec::new(), Vec::new(), TokenStream::new());
    let last = if late.is_some() {
        edges.len()
    } else {
        edges.len().saturating_sub(1)
    };
    for (number, edge) in edges.iter().enumerate() {
        let Edge {
            call, keep, next, ..
        } = edge;
        let variant = verbatim(&camel_case(&edge.name));
        let doc = format!("{}.", edge.doc);
        let (fields, build) = match &edge.content {
            None => (
                quote!(#next<'s>),
                quote!(|((), next)| #name::#variant(next)),
            ),
            Some(content) => (
                quote!(#content, #next<'s>),
                quote!(|(payload, next)| #name::#variant(payload, next)),
            ),
        };
        variants.push(quote!(#[doc = #doc] #variant(#fields)));
        let pattern = if number == last {
            quote!(_)
        } else {
            let number = Literal::usize_unsuffixed(number);
            quote!(::core::option::Option::Some(#number))
        };
        arms.push(quote!(#pattern => { #keep #call.map(#build) }));
        items.extend(edge.items.clone());
    }
    if let Some(late) = late {
        variants.push(quote!(#[doc = "Nothing that would do came in time."] Late(#late<'s>)));
        arms.push(quote!(_ => taken.late().map(#name::Late)));
    }
    let step = match (edges, late) {
        ([only], Some(_)) => method(&only.name),
        _ => method("receive"),
    };
    let what: Vec<_> = edges.iter().map(|edge| edge.doc.as_str()).collect();
    let doc = match late {
        None => format!("Waits for {}.", what.join(", or ")),
        Some(_) => format!("Waits for {}, while the timer runs.", what.join(", or ")),
    };
    let mutable = edges
        .iter()
        .any(|edge| !edge.keep.is_empty())
        .then(|| quote!(mut));
    items.extend(quote! {
        /// What may come.
        #[must_use = "what has come leads to different states"]
        #[derive(Debug)]
        pub enum #name<'s> { #(#variants),* }
    });
    let methods = quote! {
        #[doc = #doc]
        #[inline]
        pub fn #step(self) -> ::aura_runtime::session::Receiving<'s, super::#role, #name<'s>> {
            self.0.receive(|#mutable taken| match taken.at() { #(#arms),* })
        }
    };
    Parts { items, methods }
}

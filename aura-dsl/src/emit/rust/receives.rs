//! What a role waits for: one message or one gather as a tuple, everything else as an enum.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::kept::{answers_slot, label_slot};
use super::labels::payload;
use super::names::{Catalogue, method, shown, verbatim};
use super::own::round_peer;
use super::states::{Part, Parts};
use crate::check::generated_names::camel_case;
use crate::global::{LabelId, SendId};
use crate::local::{Action, Peer, Transition, WireLabel};

/// How one edge of the state arrives.
struct Edge {
    /// What it is called.
    name: String,
    /// The type of what comes; none for a message without payload.
    content: Option<TokenStream>,
    /// The method that makes it of what was taken.
    call: TokenStream,
    /// What takes answers out of messages, for the method, of a gather.
    open: Option<TokenStream>,
    /// The label, of a single message.
    label: Option<Ident>,
    /// What is kept before, for later steps.
    keep: TokenStream,
    next: Ident,
    place: Span,
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
                Some(message(part, name, from, label, transition))
            }
            Action::Gather {
                from,
                need,
                answers,
            } => {
                let many = need.as_ref().map(|need| part.catalogue.names.size(need));
                let answers = (&enumeration, &**answers);
                Some(gather(part, name, from, many, answers, transition))
            }
            _ => None,
        })
        .collect();
    let late = state.timer.as_ref().map(|running| part.goal(running.late));
    let peers = state.transitions.iter().zip(&names).zip(0u16..);
    let peers = peers.filter_map(|((transition, name), number)| match &transition.action {
        Action::Receive { from, .. } => {
            let place = part
                .catalogue
                .place_of(&transition.action, &part.machine.owner);
            let number = Literal::u16_unsuffixed(number);
            round_peer(part, &number, from, &method(name), place)
        }
        _ => None,
    });
    let peers = quote!(#(#peers)*);
    let protocol = verbatim(&part.catalogue.protocol.name);
    let mut parts = match (&*edges, &late) {
        ([only], None) => single(&protocol, only),
        (several, late) => branch(&protocol, &enumeration, several, *late),
    };
    parts.methods.extend(peers);
    parts
}

/// What the local steps and conditions of this role read of a label is kept.
fn kept(part: &Part<'_>, from: &Peer, label: &WireLabel, gathered: bool) -> TokenStream {
    let kept = &part.catalogue.kept;
    let (role, id) = (part.machine.owner.role, label.label);
    let family = part.catalogue.family(from.role);
    let peek = peek(part.catalogue, label);
    let (plain, answers) = (
        Literal::u16_unsuffixed(label_slot(id)),
        Literal::u16_unsuffixed(answers_slot(id)),
    );
    let is_read = kept.received(role, id);
    let mut keep = TokenStream::new();
    match kept.gathered(role, id) {
        _ if gathered && is_read => {
            keep.extend(quote!(taken.keep_all::<super::#family, _>(#answers, #peek);));
        }
        // Elsewhere it comes from many: here it is one of them.
        Some(family) if is_read => {
            let family = part.catalogue.family(family);
            keep.extend(quote!(taken.keep_among::<super::#family, _>(#answers, #peek);));
        }
        _ => {}
    }
    let single = is_read && kept.gathered(role, id).is_none();
    if !gathered && (single || kept.compared(role, id)) {
        keep.extend(quote!(taken.keep(#plain, #peek);));
    }
    keep
}

/// A look at a message that carries a label: a copy of its payload.
fn peek(catalogue: &Catalogue<'_>, label: &WireLabel) -> TokenStream {
    let wire = catalogue.label(label);
    let rest = (catalogue.labels.len() > 1).then(|| quote!(_ => ::core::option::Option::None,));
    quote! {
        |message| match message {
            super::Message::#wire(payload) => {
                ::core::option::Option::Some(::core::clone::Clone::clone(payload))
            }
            #rest
        }
    }
}

fn message(
    part: &Part<'_>,
    name: &str,
    from: &Peer,
    label: &WireLabel,
    transition: &Transition,
) -> Edge {
    let catalogue = part.catalogue;
    let declared = &catalogue.protocol.labels[label.label.index()];
    let wire = catalogue.label(label);
    let content = content(part, label.label);
    let call = if content.is_some() {
        quote!(one::<super::label::#wire, _, _>)
    } else {
        quote!(bare)
    };
    Edge {
        name: name.to_owned(),
        content,
        call,
        open: None,
        label: Some(wire),
        keep: kept(part, from, label, false),
        next: part.goal(transition.to).clone(),
        place: catalogue.place_of(&transition.action, &part.machine.owner),
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
    transition: &Transition,
) -> Edge {
    let catalogue = part.catalogue;
    let family = catalogue.family(from.role);
    let own = from.role == part.machine.owner.role;
    let keep = answers
        .iter()
        .map(|(label, _)| kept(part, from, label, true));
    let keep = quote!(#(#keep)*);
    let place = catalogue.place_of(&transition.action, &part.machine.owner);
    let (answer, open, items) = match answers {
        [(label, _)] => {
            let (wire, content) = (catalogue.label(label), content(part, label.label));
            let open = quote!(<super::label::#wire as rt::Label>::open);
            (content.unwrap_or(quote!(())), open, TokenStream::new())
        }
        several => choice(part, enumeration, several, place),
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
        content: Some(quote!(rt::Answers<super::#family, #answer>)),
        call: quote!(all),
        open: Some(quote!(#open,)),
        label: None,
        keep,
        next: part.goal(transition.to).clone(),
        place,
        items,
        doc: format!("{} from {who}", names.join(" or ")),
    }
}

/// Where members choose between labels: an enum of the answers, and what makes one of a message.
fn choice(
    part: &Part<'_>,
    enumeration: &Ident,
    answers: &[(WireLabel, SendId)],
    place: Span,
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
                    super::Message::#variant(()) => ::core::option::Option::Some(#name::#variant)
                });
            }
            Some(content) => {
                variants.push(quote!(#[doc = #doc] #variant(#content)));
                arms.push(quote! {
                    super::Message::#variant(payload) => {
                        ::core::option::Option::Some(#name::#variant(payload))
                    }
                });
            }
        }
    }
    let rest =
        (catalogue.labels.len() > answers.len()).then(|| quote!(_ => ::core::option::Option::None));
    let head = quote_spanned!(place=> pub enum #name);
    let items = quote! {
        /// What a member may answer.
        #[derive(Clone, Debug)]
        #head { #(#variants),* }
    };
    let open = quote!(|message| match message { #(#arms,)* #rest });
    (quote!(#name), open, items)
}

fn single(protocol: &Ident, edge: &Edge) -> Parts {
    let Edge {
        call,
        open,
        keep,
        next,
        ..
    } = edge;
    let step = shown(&method(&edge.name), edge.place);
    let doc = format!("Waits for {}.", edge.doc);
    // One message that nobody asks for later is the runtime's own future.
    let plain = edge.label.as_ref().filter(|_| keep.is_empty());
    let (waiting, body) = match (&edge.content, plain) {
        (None, Some(_)) => (
            quote!(rt::Hearing<'s, super::#protocol, #next<'s>>),
            quote!(self.0.hear()),
        ),
        (Some(_), Some(label)) => (
            quote!(rt::Receiving<'s, super::#protocol, super::label::#label, #next<'s>>),
            quote!(self.0.receive()),
        ),
        (content, None) => {
            let (result, make) = match content {
                None => (quote!(#next<'s>), quote!(|next: #next<'s>| next)),
                Some(content) => (
                    quote!((#content, #next<'s>)),
                    quote!(|payload, next| (payload, next)),
                ),
            };
            let mutable = (!keep.is_empty()).then(|| quote!(mut));
            (
                quote!(rt::Branching<'s, super::#protocol, #result>),
                quote!(self.0.branch(|#mutable taken| { #keep taken.#call(#open #make) })),
            )
        }
    };
    let methods = quote_spanned! {edge.place=>
        #[doc = #doc]
        #[inline]
        pub fn #step(self) -> #waiting {
            #body
        }
    };
    Parts {
        items: edge.items.clone(),
        methods,
    }
}

fn branch(protocol: &Ident, name: &Ident, edges: &[Edge], late: Option<&Ident>) -> Parts {
    let (mut variants, mut arms, mut items) = (Vec::new(), Vec::new(), TokenStream::new());
    let last = if late.is_some() {
        edges.len()
    } else {
        edges.len().saturating_sub(1)
    };
    for (number, edge) in edges.iter().enumerate() {
        let Edge {
            call,
            open,
            keep,
            next,
            ..
        } = edge;
        let variant = shown(&verbatim(&camel_case(&edge.name)), edge.place);
        let doc = format!("{}.", edge.doc);
        let fields = match &edge.content {
            None => quote!(#next<'s>),
            Some(content) => quote!(#content, #next<'s>),
        };
        variants.push(quote_spanned!(edge.place=> #[doc = #doc] #variant(#fields)));
        let pattern = if number == last {
            quote!(_)
        } else {
            let number = Literal::usize_unsuffixed(number);
            quote!(::core::option::Option::Some(#number))
        };
        arms.push(quote!(#pattern => { #keep taken.#call(#open #name::#variant) }));
        items.extend(edge.items.clone());
    }
    if let Some(late) = late {
        let place = edges
            .first()
            .map_or_else(Span::call_site, |edge| edge.place);
        variants.push(quote_spanned! {place=>
            #[doc = "Nothing that would do came in time."] Late(#late<'s>)
        });
        arms.push(quote!(_ => taken.late(#name::Late)));
    }
    let step = match (edges, late) {
        ([only], Some(_)) => method(&only.name),
        _ => method("receive"),
    };
    let place = edges
        .first()
        .map_or_else(Span::call_site, |edge| edge.place);
    let (step, shown_name) = (shown(&step, place), shown(name, place));
    let what: Vec<_> = edges.iter().map(|edge| edge.doc.as_str()).collect();
    let doc = match late {
        None => format!("Waits for {}.", what.join(", or ")),
        Some(_) => format!("Waits for {}, while the timer runs.", what.join(", or ")),
    };
    let mutable = edges
        .iter()
        .any(|edge| !edge.keep.is_empty())
        .then(|| quote!(mut));
    let head = quote_spanned!(place=> pub enum #shown_name<'s>);
    items.extend(quote! {
        /// What may come.
        #[must_use = "what has come leads to different states"]
        #[derive(Debug)]
        #head { #(#variants),* }
    });
    let methods = quote_spanned! {place=>
        #[doc = #doc]
        #[inline]
        pub fn #step(self) -> rt::Branching<'s, super::#protocol, #name<'s>> {
            self.0.branch(|#mutable taken| match taken.at() { #(#arms),* })
        }
    };
    Parts { items, methods }
}

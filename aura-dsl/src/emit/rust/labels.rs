//! Labels as types, and the message type that a channel of the protocol carries.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::names::{Catalogue, verbatim};
use super::types;
use super::{Gap, INTERFACE};
use crate::global::{Label, Payload};

#[expect(
    clippy::too_many_lines,
    reason = "one arm of each match for each label"
)]
pub(super) fn labels(catalogue: &Catalogue<'_>, gaps: &mut Vec<Gap>) -> TokenStream {
    let protocol = verbatim(&catalogue.protocol.name);
    let mut payloads = Vec::new();
    let mut made = BTreeSet::new();
    let (mut variants, mut arms, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut encodes, mut numbers, mut fielded) = (Vec::new(), Vec::new(), Vec::new());
    for (number, wire) in (0u16..).zip(&catalogue.labels) {
        let label = &catalogue.protocol.labels[wire.label.index()];
        if let Payload::Fields(fields) = &label.payload
            && !catalogue.is_declared(&label.name)
            && made.insert(&label.name)
        {
            let prefix = quote!(super::super::);
            payloads.push(types::message(
                &label.name,
                fields,
                &prefix,
                catalogue.declared(),
                gaps,
            ));
        }
        if let Payload::Types(types) = &label.payload {
            types::check(types, catalogue.declared(), gaps);
        }
        let name = catalogue.label(wire);
        let doc = format!("`{}`.", catalogue.names.wire(wire));
        let (here, payload) = (
            payload(catalogue, label, &quote!()),
            payload(catalogue, label, &quote!(super::)),
        );
        let id = Literal::u16_suffixed(number);
        let carried = match &label.payload {
            Payload::Types(types) => types::are_carried(types, catalogue.declared()),
            Payload::Unit | Payload::Fields(_) => false,
        };
        let (codec, encode, decode) = if carried {
            (quote!(export::carry), quote!(encode), quote!(decode))
        } else {
            (
                quote!(session),
                quote!(encode_payload),
                quote!(decode_payload),
            )
        };
        variants.push(quote!(#[doc = #doc] #name(#here)));
        arms.push(quote!(#id => Message::#name(::aura_runtime::#codec::#decode(payload)?)));
        let rest = (catalogue.labels.len() > 1).then(|| quote!(_ => ::core::option::Option::None,));
        encodes.push(quote!(
            Message::#name(payload) => ::aura_runtime::#codec::#encode(payload)
        ));
        numbers.push(quote!(Message::#name(_) => #id));
        let named = fields(catalogue, label);
        if !named.is_empty() {
            fielded.push(quote!(Message::#name(payload) => match name { #named _ => None }));
        }
        kinds.push(quote! {
            #[doc = #doc]
            pub enum #name {}

            impl rt::Label for #name {
                type Of = super::#protocol;
                type Payload = #payload;

                #[inline]
                fn open(message: super::Message) -> ::core::option::Option<#payload> {
                    match message {
                        super::Message::#name(payload) => ::core::option::Option::Some(payload),
                        #rest
                    }
                }
            }
        });
    }
    let rest = (fielded.len() < catalogue.labels.len()).then(|| quote!(_ => None));
    let field = (!fielded.is_empty()).then(|| {
        quote! {
            fn field(
                message: &Message,
                name: &::core::primitive::str,
            ) -> ::core::option::Option<::std::vec::Vec<::core::primitive::u8>> {
                use ::core::option::Option::None;
                match message { #(#fielded,)* #rest }
            }
        }
    });
    let payloads = (!payloads.is_empty()).then(|| {
        quote! {
            /// Payloads that are written where they are sent.
            pub mod payload { #(#payloads)* }
        }
    });
    let interface = Literal::u32_unsuffixed(INTERFACE);
    let doc = format!("The protocol `{}`, as a type.", catalogue.protocol.name);
    quote! {
        #payloads

        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        pub enum #protocol {}

        /// What a channel of this protocol carries: one variant for each wire label.
        pub enum Message { #(#variants),* }

        impl ::aura_runtime::session::Choreography for #protocol {
            type Message = Message;
            const COMPILED: ::aura_runtime::export::Compiled =
                ::aura_runtime::export::Compiled::by(#interface);

            fn protocol() -> &'static ::aura_runtime::machine::Protocol {
                &PROTOCOL
            }

            fn decode(
                label: ::aura_runtime::machine::LabelId,
                payload: &[u8],
            ) -> ::core::option::Option<Message> {
                ::core::option::Option::Some(match label.0 {
                    #(#arms,)*
                    _ => return ::core::option::Option::None,
                })
            }

            fn encode(
                message: &Message,
            ) -> ::core::result::Result<
                ::std::vec::Vec<::core::primitive::u8>,
                ::std::string::String,
            > {
                match message { #(#encodes),* }
            }

            fn label(message: &Message) -> ::aura_runtime::machine::LabelId {
                ::aura_runtime::machine::LabelId(match message { #(#numbers),* })
            }

            #field
        }

        /// The wire labels, as types.
        pub mod label {
            // No label can have this name: theirs begin with a capital letter.
            use ::aura_runtime::session as rt;

            #(#kinds)*
        }
    }
}

/// The type of a label's payload, seen from a module whose way to the protocol's is `up`.
pub(super) fn payload(catalogue: &Catalogue<'_>, label: &Label, up: &TokenStream) -> TokenStream {
    let prefix = quote!(#up super::);
    match &label.payload {
        Payload::Unit => quote!(()),
        Payload::Types(parts) => match &**parts {
            [only] => types::ty(only, &prefix),
            parts => {
                let parts = parts.iter().map(|part| types::ty(part, &prefix));
                quote!((#(#parts,)*))
            }
        },
        Payload::Fields(_) => {
            let name = verbatim(&label.name);
            if catalogue.is_declared(&label.name) {
                quote!(#prefix #name)
            } else {
                quote!(#up payload::#name)
            }
        }
    }
}

/// Fields by name, for facts that keep them and capabilities over them.
fn fields(catalogue: &Catalogue<'_>, label: &Label) -> TokenStream {
    let Payload::Fields(fields) = &label.payload else {
        return TokenStream::new();
    };
    let arms = fields.iter().map(|field| {
        let (text, name) = (&field.name, verbatim(&field.name));
        let codec = if types::is_carried(&field.ty, catalogue.declared()) {
            quote!(export::carry)
        } else {
            quote!(session)
        };
        quote!(#text => ::aura_runtime::#codec::encode_field(&payload.#name),)
    });
    quote!(#(#arms)*)
}

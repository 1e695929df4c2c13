//! Labels as types, and the message type that a channel of the protocol carries.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::Gap;
use super::names::{Catalogue, verbatim};
use super::types;
use crate::global::{Label, Payload};

pub(super) fn labels(catalogue: &Catalogue<'_>, gaps: &mut Vec<Gap>) -> TokenStream {
    let protocol = verbatim(&catalogue.protocol.name);
    let mut payloads = Vec::new();
    let mut made = BTreeSet::new();
    let (mut variants, mut arms, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for (number, wire) in (0u16..).zip(&catalogue.labels) {
        let label = &catalogue.protocol.labels[wire.label.index()];
        if let Payload::Fields(fields) = &label.payload
            && !catalogue.is_declared(&label.name)
            && made.insert(&label.name)
        {
            let prefix = quote!(super::super::);
            payloads.push(types::message(&label.name, fields, &prefix, gaps));
        }
        if let Payload::Types(types) = &label.payload {
            types::check(types, gaps);
        }
        let name = catalogue.label(wire);
        let doc = format!("`{}`.", catalogue.names.wire(wire));
        let (here, payload) = (
            payload(catalogue, label, &quote!()),
            payload(catalogue, label, &quote!(super::)),
        );
        let id = Literal::u16_suffixed(number);
        variants.push(quote!(#[doc = #doc] #name(#here)));
        arms.push(
            quote!(#id => ::aura_runtime::session::decode_payload(payload).map(Message::#name)),
        );
        let rest = (catalogue.labels.len() > 1)
            .then(|| quote!(other => ::core::result::Result::Err(other),));
        let fields = fields(label);
        kinds.push(quote! {
            #[doc = #doc]
            #[derive(Clone, Copy, Debug)]
            pub enum #name {}

            impl ::aura_runtime::session::Label for #name {
                type Of = super::#protocol;
                type Payload = #payload;
                const LABEL: ::aura_runtime::machine::LabelId =
                    ::aura_runtime::machine::LabelId(#id);

                fn wrap(payload: Self::Payload) -> super::Message {
                    super::Message::#name(payload)
                }

                fn unwrap(
                    message: super::Message,
                ) -> ::core::result::Result<Self::Payload, super::Message> {
                    match message {
                        super::Message::#name(payload) => ::core::result::Result::Ok(payload),
                        #rest
                    }
                }

                #fields
            }
        });
    }
    let payloads = (!payloads.is_empty()).then(|| {
        quote! {
            /// Payloads that are written where they are sent.
            pub mod payload { #(#payloads)* }
        }
    });
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

            fn protocol() -> &'static ::aura_runtime::machine::Protocol {
                &PROTOCOL
            }

            fn decode(
                label: ::aura_runtime::machine::LabelId,
                payload: &[u8],
            ) -> ::core::option::Option<Message> {
                match label.0 {
                    #(#arms,)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        /// The wire labels, as types.
        pub mod label { #(#kinds)* }
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
fn fields(label: &Label) -> TokenStream {
    let Payload::Fields(fields) = &label.payload else {
        return TokenStream::new();
    };
    let arms = fields.iter().map(|field| {
        let (text, name) = (&field.name, verbatim(&field.name));
        quote!(#text => ::aura_runtime::session::encode_field(&payload.#name),)
    });
    quote! {
        fn field(
            payload: &Self::Payload,
            name: &::core::primitive::str,
        ) -> ::core::option::Option<::std::vec::Vec<::core::primitive::u8>> {
            let _ = payload;
            match name {
                #(#arms)*
                _ => ::core::option::Option::None,
            }
        }
    }
}

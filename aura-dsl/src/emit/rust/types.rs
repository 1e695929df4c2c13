//! Payload types: what the text declares, as Rust types that serde can carry.

use proc_macro2::TokenStream;
use quote::quote;

use super::Gap;
use super::names::{segment_of_path, verbatim};
use crate::ast::{Type, TypeKind};
use crate::global::{PayloadField, Program, TypeDeclKind};

/// The longest array that serde carries by itself.
const ARRAY: u64 = 32;

/// Every declared type, as items.
pub(super) fn declared(program: &Program, gaps: &mut Vec<Gap>) -> TokenStream {
    let mut items = Vec::new();
    for decl in &program.types {
        let name = verbatim(&decl.name);
        items.push(match &decl.kind {
            TypeDeclKind::Alias(of) => {
                let doc = format!("The payload type `{}`.", decl.name);
                let of = ty(of, &quote!());
                quote!(#[doc = #doc] #[allow(dead_code, unreachable_pub, reason = "generated")] pub type #name = #of;)
            }
            TypeDeclKind::Message(fields) => {
                message(&decl.name, fields, &quote!(), gaps)
            }
            TypeDeclKind::Foreign(segments) => {
                let segments = segments.iter().map(|segment| segment_of_path(segment));
                quote!(#[allow(unused_imports, reason = "generated")] use #(#segments)::*;)
            }
        });
    }
    quote!(#(#items)*)
}

/// A struct for named fields; `prefix` leads to the declared types.
pub(super) fn message(
    name: &str,
    fields: &[PayloadField],
    prefix: &TokenStream,
    gaps: &mut Vec<Gap>,
) -> TokenStream {
    let doc = format!("The payload `{name}`.");
    let name = verbatim(name);
    let fields: Vec<_> = fields
        .iter()
        .map(|field| {
            let (doc, name) = (format!("`{}`.", field.name), verbatim(&field.name));
            let with = with(&field.ty, gaps);
            let ty = ty(&field.ty, prefix);
            quote!(#[doc = #doc] #with pub #name: #ty)
        })
        .collect();
    quote! {
        #[doc = #doc]
        #[allow(dead_code, unreachable_pub, reason = "generated")]
        #[derive(
            Clone, Debug, PartialEq, Eq,
            ::aura_runtime::export::serde::Serialize,
            ::aura_runtime::export::serde::Deserialize,
        )]
        #[serde(crate = "::aura_runtime::export::serde")]
        pub struct #name { #(#fields),* }
    }
}

/// How serde carries an array that is too long for it.
fn with(of: &Type, gaps: &mut Vec<Gap>) -> TokenStream {
    match &of.kind {
        TypeKind::Array(element, length) if *length > ARRAY => {
            inner_arrays(element, gaps);
            quote!(#[serde(with = "::aura_runtime::export::array")])
        }
        _ => {
            inner_arrays(of, gaps);
            TokenStream::new()
        }
    }
}

fn inner_arrays(of: &Type, gaps: &mut Vec<Gap>) {
    match &of.kind {
        TypeKind::Array(element, length) => {
            if *length > ARRAY {
                let message = format!(
                    "an array of more than {ARRAY} elements is carried as a field of its own alone"
                );
                gaps.push(Gap {
                    span: of.span,
                    message,
                });
            }
            inner_arrays(element, gaps);
        }
        TypeKind::Tuple(parts) => parts.iter().for_each(|part| inner_arrays(part, gaps)),
        TypeKind::Path { args, .. } => args.iter().for_each(|arg| inner_arrays(arg, gaps)),
    }
}

/// A type, with `prefix` before the names that the text declares.
pub(super) fn ty(of: &Type, prefix: &TokenStream) -> TokenStream {
    match &of.kind {
        TypeKind::Array(element, length) => {
            let element = ty(element, prefix);
            let length = proc_macro2::Literal::u64_unsuffixed(*length);
            quote!([#element; #length])
        }
        TypeKind::Tuple(parts) => {
            let parts = parts.iter().map(|part| ty(part, prefix));
            quote!((#(#parts,)*))
        }
        TypeKind::Path { segments, args } => {
            let args: Vec<_> = args.iter().map(|arg| ty(arg, prefix)).collect();
            let args = (!args.is_empty()).then(|| quote!(<#(#args),*>));
            let path = match &**segments {
                [name] => built_in(&name.text).unwrap_or_else(|| {
                    let name = verbatim(&name.text);
                    quote!(#prefix #name)
                }),
                path => {
                    let path = path.iter().map(|segment| segment_of_path(&segment.text));
                    quote!(#(#path)::*)
                }
            };
            quote!(#path #args)
        }
    }
}

/// The full path of a type that every text knows.
fn built_in(name: &str) -> Option<TokenStream> {
    Some(match name {
        "bool" | "char" | "u8" | "u16" | "u32" | "u64" | "u128" | "i8" | "i16" | "i32" | "i64"
        | "i128" => {
            let name = verbatim(name);
            quote!(::core::primitive::#name)
        }
        "String" => quote!(::std::string::String),
        "Vec" => quote!(::std::vec::Vec),
        "VecDeque" => quote!(::std::collections::VecDeque),
        "Option" => quote!(::core::option::Option),
        "Box" => quote!(::std::boxed::Box),
        "BTreeSet" => quote!(::std::collections::BTreeSet),
        "BTreeMap" => quote!(::std::collections::BTreeMap),
        "Result" => quote!(::core::result::Result),
        _ => return None,
    })
}

/// Checks the types of a payload that is not declared.
pub(super) fn check(types: &[Type], gaps: &mut Vec<Gap>) {
    for of in types {
        inner_arrays(of, gaps);
    }
}

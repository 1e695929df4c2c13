//! Payload types: what the text declares, as Rust types that serde can carry.

use proc_macro2::TokenStream;
use quote::quote;

use super::Gap;
use super::names::{segment_of_path, verbatim};
use crate::ast::{Type, TypeKind};
use crate::global::{Payload, PayloadField, Program, TypeDecl, TypeDeclKind};

/// The longest array that serde carries by itself.
const ARRAY: u64 = 32;

/// The longest tuple that the runtime carries.
const TUPLE: usize = 8;

/// Every declared type, as items.
pub(super) fn declared(program: &Program, gaps: &mut Vec<Gap>) -> TokenStream {
    let long = any_long(program);
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
                let item = message(&decl.name, fields, &quote!(), &program.types, gaps);
                let carried = long.then(|| carried(&decl.name));
                quote!(#item #carried)
            }
            TypeDeclKind::Foreign(segments) => {
                let segments = segments.iter().map(|segment| segment_of_path(segment));
                quote!(#[allow(unused_imports, reason = "generated")] use #(#segments)::*;)
            }
        });
    }
    quote!(#(#items)*)
}

/// Whether anything in the program holds a long array, so that messages may stand beside one.
fn any_long(program: &Program) -> bool {
    let long = |of: &Type| is_long(of, &program.types);
    let declared = program.types.iter().any(|decl| match &decl.kind {
        TypeDeclKind::Alias(of) => long(of),
        TypeDeclKind::Message(fields) => fields.iter().any(|field| long(&field.ty)),
        TypeDeclKind::Foreign(_) => false,
    });
    let mut labels = program.protocols.iter().flat_map(|it| &it.labels);
    declared
        || labels.any(|label| match &label.payload {
            Payload::Unit => false,
            Payload::Types(types) => types.iter().any(long),
            Payload::Fields(fields) => fields.iter().any(|field| long(&field.ty)),
        })
}

/// A declared message, carried as serde carries it.
fn carried(name: &str) -> TokenStream {
    let name = verbatim(name);
    quote! {
        impl ::aura_runtime::export::carry::Carry for #name {
            fn carry<S: ::aura_runtime::export::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ::aura_runtime::export::serde::Serialize::serialize(self, serializer)
            }

            fn bring<'de, D: ::aura_runtime::export::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::aura_runtime::export::serde::Deserialize::deserialize(deserializer)
            }
        }
    }
}

/// A struct for named fields; `prefix` leads to the declared types.
pub(super) fn message(
    name: &str,
    fields: &[PayloadField],
    prefix: &TokenStream,
    declared: &[TypeDecl],
    gaps: &mut Vec<Gap>,
) -> TokenStream {
    let doc = format!("The payload `{name}`.");
    let name = verbatim(name);
    let fields: Vec<_> = fields
        .iter()
        .map(|field| {
            let (doc, name) = (format!("`{}`.", field.name), verbatim(&field.name));
            let with = with(&field.ty, declared, gaps);
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

/// Whether a type holds an array that is too long for serde. A declared message carries its own.
pub(super) fn is_long(of: &Type, declared: &[TypeDecl]) -> bool {
    match &of.kind {
        TypeKind::Array(element, length) => *length > ARRAY || is_long(element, declared),
        TypeKind::Tuple(parts) => parts.iter().any(|part| is_long(part, declared)),
        TypeKind::Path { segments, args } => {
            let alias = match &**segments {
                [name] => declared.iter().find(|decl| decl.name == name.text),
                _ => None,
            };
            alias.is_some_and(|decl| match &decl.kind {
                TypeDeclKind::Alias(of) => is_long(of, declared),
                TypeDeclKind::Message(_) | TypeDeclKind::Foreign(_) => false,
            }) || args.iter().any(|arg| is_long(arg, declared))
        }
    }
}

/// Whether the runtime carries a type instead of serde: what serde cannot, and what it would carry
/// byte by byte.
pub(super) fn is_carried(of: &Type, declared: &[TypeDecl]) -> bool {
    is_long(of, declared) || holds_bytes(of, declared) == Some(true)
}

/// Whether it carries a payload of these types, which is a tuple where there are several.
pub(super) fn are_carried(types: &[Type], declared: &[TypeDecl]) -> bool {
    let holds = |of: &Type| holds_bytes(of, declared);
    types.iter().any(|of| is_long(of, declared))
        || (types.len() <= TUPLE
            && types.iter().all(|of| holds(of).is_some())
            && types.iter().any(|of| holds(of) == Some(true)))
}

/// Whether a type holds a `Vec<u8>`; none where something beside it is another's to carry.
fn holds_bytes(of: &Type, declared: &[TypeDecl]) -> Option<bool> {
    let any = |parts: &[Type]| {
        parts.iter().try_fold(false, |found, part| {
            Some(holds_bytes(part, declared)? || found)
        })
    };
    match &of.kind {
        TypeKind::Array(element, _) => holds_bytes(element, declared),
        TypeKind::Tuple(parts) if parts.len() <= TUPLE => any(parts),
        TypeKind::Tuple(_) => None,
        TypeKind::Path { segments, args } => {
            let [name] = &**segments else { return None };
            let alias = declared.iter().find(|decl| decl.name == name.text);
            match (alias.map(|decl| &decl.kind), &**args) {
                (Some(TypeDeclKind::Alias(of)), _) => holds_bytes(of, declared),
                (Some(_), _) => None,
                (None, [element]) if name.text == "Vec" && is_byte(element, declared) => Some(true),
                (None, args) => any(args),
            }
        }
    }
}

fn is_byte(of: &Type, declared: &[TypeDecl]) -> bool {
    let TypeKind::Path { segments, .. } = &of.kind else {
        return false;
    };
    let [name] = &**segments else { return false };
    match declared.iter().find(|decl| decl.name == name.text) {
        Some(decl) => {
            matches!(&decl.kind, TypeDeclKind::Alias(of) if is_byte(of, declared))
        }
        None => name.text == "u8",
    }
}

/// How serde carries a field that it leaves to the runtime.
fn with(of: &Type, declared: &[TypeDecl], gaps: &mut Vec<Gap>) -> TokenStream {
    if is_long(of, declared) {
        no_strangers(of, declared, gaps);
    } else if !is_carried(of, declared) {
        return TokenStream::new();
    }
    quote!(#[serde(with = "::aura_runtime::export::carry")])
}

/// A type of the surrounding crate beside a long array could not be carried.
fn no_strangers(of: &Type, declared: &[TypeDecl], gaps: &mut Vec<Gap>) {
    match &of.kind {
        TypeKind::Array(element, _) => no_strangers(element, declared, gaps),
        TypeKind::Tuple(parts) => parts
            .iter()
            .for_each(|part| no_strangers(part, declared, gaps)),
        TypeKind::Path { segments, args } => {
            let stranger = match &**segments {
                [name] => declared.iter().any(|decl| {
                    decl.name == name.text && matches!(decl.kind, TypeDeclKind::Foreign(_))
                }),
                _ => true,
            };
            if stranger {
                let message = format!(
                    "a type of another crate cannot stand in one field with an array of more than \
                     {ARRAY} elements; give it a message of its own"
                );
                gaps.push(Gap {
                    span: of.span,
                    message,
                });
            }
            for arg in args {
                no_strangers(arg, declared, gaps);
            }
        }
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
pub(super) fn check(types: &[Type], declared: &[TypeDecl], gaps: &mut Vec<Gap>) {
    for of in types {
        if is_long(of, declared) {
            no_strangers(of, declared, gaps);
        }
    }
}

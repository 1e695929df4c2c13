//! Local steps: a trait for each role, and in its states a method that calls the hook.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::kept::{answers_slot, label_slot};
use super::labels::payload;
use super::names::{self, Catalogue, shown, verbatim};
use super::states::Part;
use super::types;
use crate::check::generated_names::{camel_case, snake_case};
use crate::global::{Local, LocalArg, LocalId, RoleId};
use crate::local::Action;

/// The traits of every role that has local steps.
pub(super) fn traits(catalogue: &Catalogue<'_>) -> TokenStream {
    let mut by_role: BTreeMap<RoleId, BTreeMap<&str, LocalId>> = BTreeMap::new();
    for machine in catalogue.machines {
        for transition in machine.states.iter().flat_map(|state| &state.transitions) {
            if let Action::Local(id) = transition.action {
                let function = &*catalogue.protocol.locals[id.index()].function;
                by_role
                    .entry(machine.owner.role)
                    .or_default()
                    .entry(function)
                    .or_insert(id);
            }
        }
    }
    let traits = by_role.iter().map(|(role, locals)| {
        let (name, title) = (catalogue.hooks(*role), catalogue.names.role(*role));
        let doc = format!("The local steps of `{title}`.");
        let associated: BTreeSet<String> = locals
            .values()
            .flat_map(|id| open_types(catalogue, *id))
            .collect();
        let associated = associated.iter().map(|name| {
            let (doc, name) = (format!("The result `{name}`."), associated_type(name));
            quote! {
                #[doc = #doc]
                type #name: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static;
            }
        });
        let functions = locals
            .values()
            .map(|id| function(catalogue, *role, &catalogue.protocol.locals[id.index()]));
        let place = locals.values().next().map_or_else(Span::call_site, |id| {
            catalogue.place(catalogue.protocol.locals[id.index()].span)
        });
        let shown = shown(&name, place);
        let head = quote_spanned!(place=> pub trait #shown);
        let message = format!("`{{Self}}` does not take the local steps of `{title}`");
        let note = format!("implement `{name}` for it: a function for each `local {title}: ..`");
        quote! {
            #[doc = #doc]
            #[diagnostic::on_unimplemented(
                message = #message,
                label = "takes no local steps of this role",
                note = #note
            )]
            #head {
                #(#associated)*
                #(#functions)*
            }
        }
    });
    quote!(#(#traits)*)
}

/// Results without a written type, of a step and of what it reads.
fn open_types(catalogue: &Catalogue<'_>, id: LocalId) -> Vec<String> {
    let local = &catalogue.protocol.locals[id.index()];
    let read = local.args.iter().filter_map(|(arg, _)| match arg {
        LocalArg::Result(id) => Some(&catalogue.protocol.locals[id.index()]),
        LocalArg::Received(_) => None,
    });
    let results = read
        .chain([local])
        .filter_map(|local| local.result.as_ref());
    results
        .filter(|(_, ty)| ty.is_none())
        .map(|(name, _)| name.clone())
        .collect()
}

fn associated_type(result: &str) -> Ident {
    verbatim(&camel_case(result))
}

fn function(catalogue: &Catalogue<'_>, role: RoleId, local: &Local) -> TokenStream {
    let name = names::method(&local.function);
    let arguments = (1..).zip(&local.args).map(|(number, (arg, _))| {
        let name = match arg {
            LocalArg::Received(label) => snake_case(catalogue.names.label(*label)),
            LocalArg::Result(id) => snake_case(&result_name(catalogue, *id)),
        };
        let twice = local.args.iter().filter(|(other, _)| other == arg).count() > 1;
        let name = if twice {
            format_ident!("{}_{number}", names::method(&name))
        } else {
            names::method(&name)
        };
        let ty = argument(catalogue, role, arg, &quote!(), &quote!(Self));
        quote!(#name: &#ty)
    });
    let result = result(local, &quote!(super::), &quote!(Self));
    let doc = format!("The local step `{}`.", local.function);
    let place = catalogue.place(local.span);
    let name = shown(&name, place);
    quote_spanned! {place=>
        #[doc = #doc]
        fn #name(
            &mut self,
            #(#arguments),*
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<#result, ::aura_runtime::session::LocalError>,
        > + ::core::marker::Send;
    }
}

fn result_name(catalogue: &Catalogue<'_>, id: LocalId) -> String {
    let result = &catalogue.protocol.locals[id.index()].result;
    result
        .as_ref()
        .map_or_else(String::new, |(name, _)| name.clone())
}

/// The type of what a step reads, seen from a module whose way to the protocol's is `up`.
fn argument(
    catalogue: &Catalogue<'_>,
    role: RoleId,
    arg: &LocalArg,
    up: &TokenStream,
    hooks: &TokenStream,
) -> TokenStream {
    match arg {
        LocalArg::Received(label) => {
            let declared = &catalogue.protocol.labels[label.index()];
            let payload = payload(catalogue, declared, up);
            match catalogue.kept.gathered(role, *label) {
                None => payload,
                Some(family) => {
                    let family = catalogue.family(family);
                    quote!(::aura_runtime::session::Answers<#up #family, #payload>)
                }
            }
        }
        LocalArg::Result(id) => result(
            &catalogue.protocol.locals[id.index()],
            &quote!(#up super::),
            hooks,
        ),
    }
}

/// The type of a step's result; `prefix` leads to the declared types.
fn result(local: &Local, prefix: &TokenStream, hooks: &TokenStream) -> TokenStream {
    match &local.result {
        None => quote!(()),
        Some((_, Some(ty))) => types::ty(ty, prefix),
        Some((name, None)) => {
            let name = associated_type(name);
            quote!(#hooks::#name)
        }
    }
}

/// The method of a state whose step is local.
pub(super) fn method(
    part: &Part<'_>,
    number: u16,
    name: &Ident,
    id: LocalId,
    to: usize,
) -> TokenStream {
    let catalogue = part.catalogue;
    let local = &catalogue.protocol.locals[id.index()];
    let role = part.machine.owner.role;
    let (hooks, next) = (catalogue.hooks(role), part.goal(to));
    let number = Literal::u16_unsuffixed(number);
    let arguments: Vec<Ident> = (1..=local.args.len())
        .map(|number| format_ident!("read{number}"))
        .collect();
    let reads = local.args.iter().zip(&arguments).map(|((arg, _), name)| {
        let slot = Literal::u16_unsuffixed(match arg {
            LocalArg::Received(label) => match catalogue.kept.gathered(role, *label) {
                Some(_) => answers_slot(*label),
                None => label_slot(*label),
            },
            LocalArg::Result(id) => catalogue.kept.result_slot(&result_name(catalogue, *id)),
        });
        let ty = argument(catalogue, role, arg, &quote!(super::), &quote!(H));
        quote! {
            let #name = match self.0.known::<#ty>(#slot) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(error) => {
                    return ::core::result::Result::Err(
                        rt::Unsent::from(error),
                    );
                }
            };
        }
    });
    let doc = format!(
        "Takes the local step `{}`; nothing is sent.",
        local.function
    );
    let result_type = result(local, &quote!(super::super::), &quote!(H));
    let kept = local
        .result
        .as_ref()
        .filter(|(name, _)| catalogue.kept.result(role, name));
    let keep = kept.map(|(name, _)| {
        let slot = Literal::u16_unsuffixed(catalogue.kept.result_slot(name));
        quote!(self.0.keep(#slot, ::core::clone::Clone::clone(&result));)
    });
    let mutable = kept.map(|_| quote!(mut));
    let (output, value) = match &local.result {
        None => (
            quote!(#next<'s>),
            quote!({
                let () = result;
                next
            }),
        ),
        Some(_) => (quote!((#result_type, #next<'s>)), quote!((result, next))),
    };
    let function = names::method(&local.function);
    let place = catalogue.place(local.span);
    let name = shown(name, place);
    quote_spanned! {place=>
        #[doc = #doc]
        pub async fn #name<H: super::#hooks>(
            #mutable self,
            hooks: &mut H,
        ) -> ::core::result::Result<
            #output,
            rt::Unsent<Self, rt::LocalError>,
        > {
            #(#reads)*
            match hooks.#function(#(&#arguments),*).await {
                ::core::result::Result::Ok(result) => {
                    #keep
                    let next: #next<'s> = self.0.step(#number);
                    ::core::result::Result::Ok(#value)
                }
                ::core::result::Result::Err(error) => {
                    ::core::result::Result::Err(self.0.failed(error))
                }
            }
        }
    }
}

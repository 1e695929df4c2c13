//! A fork: a closure for each thread, which takes the thread's first state and gives its last.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::machines::{Kind, kind};
use super::names::{goal, shown, verbatim};
use super::states::{Part, Parts};
use crate::local::{Action, State, Thread};

pub(super) fn is_fork(state: &State) -> bool {
    matches!(&*state.transitions, [only] if matches!(only.action, Action::Fork { .. }))
}

/// One thread, as the method takes it.
struct Row<'a> {
    protocol: Ident,
    role: &'a Ident,
    module: &'a Ident,
    /// The state that it starts in.
    start: Ident,
    /// The state that it ends in; none if it never does.
    end: Option<Ident>,
    closure: Ident,
    bound: Ident,
}

pub(super) fn fork(part: &Part<'_>, at: usize) -> Parts {
    let [only] = &*part.machine.states[at].transitions else {
        return Parts::default();
    };
    let Action::Fork { threads, .. } = &only.action else {
        return Parts::default();
    };
    let rows: Vec<Row<'_>> = threads
        .iter()
        .enumerate()
        .map(|(number, thread)| row(part, number, thread))
        .collect();
    let next = part.goal(only.to);
    let endless = rows.iter().any(|row| row.end.is_none());
    let place = part.catalogue.place_of(&only.action, &part.machine.owner);
    let fresh = method(&rows, next, endless, true, place);
    let resumed = method(&rows, next, endless, false, place);
    Parts {
        items: TokenStream::new(),
        methods: quote!(#fresh #resumed),
    }
}

fn row<'a>(part: &'a Part<'_>, number: usize, thread: &Thread) -> Row<'a> {
    let catalogue = part.catalogue;
    let machine = &catalogue.machines[thread.machine];
    let names = catalogue.states(machine);
    let ends: Vec<&Ident> = machine
        .states
        .iter()
        .zip(&names)
        .filter(|(state, _)| kind(state) == Kind::End)
        .map(|(_, name)| name)
        .collect();
    Row {
        protocol: verbatim(&catalogue.protocol.name),
        role: catalogue.role(thread.machine),
        module: catalogue.module(thread.machine),
        start: goal(machine, &names, thread.entry).clone(),
        end: match &*ends {
            [] => None,
            [only] => Some((*only).clone()),
            // Which of several it was, the runtime asks.
            _ => Some(format_ident!("At")),
        },
        closure: format_ident!("thread{}", number + 1),
        bound: format_ident!("Thread{}", number + 1),
    }
}

fn method(rows: &[Row<'_>], next: &Ident, endless: bool, fresh: bool, place: Span) -> TokenStream {
    let (name, doc, check) = if fresh {
        (
            format_ident!("fork"),
            "Runs the threads side by side, each from its first state to its last.",
            quote! {
                if !held.fork(0)? {
                    return ::core::result::Result::Err(
                        rt::SessionError::Moved.into(),
                    );
                }
            },
        )
    } else {
        (
            format_ident!("resume"),
            "Runs the threads on from wherever they stand, after a fork whose future was dropped.",
            quote!(held.fork(0)?;),
        )
    };
    let bounds: Vec<_> = rows.iter().map(|row| &row.bound).collect();
    let wheres = rows.iter().map(|row| row.bound(fresh));
    let parameters = rows.iter().map(|row| {
        let Row { closure, bound, .. } = row;
        quote!(#closure: #bound)
    });
    let takes = rows.iter().map(|row| row.take(fresh));
    let closures = rows.iter().map(|row| &row.closure);
    let both = closures
        .map(|closure| quote!(#closure))
        .rev()
        .reduce(|rest, closure| quote!(::aura_runtime::export::try_join(#closure, #rest)));
    let (result, end) = if endless {
        (
            quote!(::core::convert::Infallible),
            // A thread that never ends has an end that cannot be: only an error comes here.
            quote!(::core::result::Result::Err(
                rt::SessionError::Running.into(),
            )),
        )
    } else {
        (
            quote!(#next<'s>),
            quote!(::core::result::Result::Ok(held.join::<#next<'s>>(0)?)),
        )
    };
    let name = shown(&name, place);
    quote_spanned! {place=>
        #[doc = #doc]
        pub async fn #name<E, #(#bounds),*>(
            self,
            #(#parameters),*
        ) -> ::core::result::Result<#result, E>
        where
            E: ::core::convert::From<rt::SessionError>,
            #(#wheres),*
        {
            let mut held = self.0;
            #check
            let mut threads = held.threads(0)?;
            #(#takes)*
            let ended = #both.await?;
            drop(ended);
            drop(threads);
            #end
        }
    }
}

impl Row<'_> {
    /// What the thread's closure is.
    fn bound(&self, fresh: bool) -> TokenStream {
        let Self { module, bound, .. } = self;
        let start = if fresh {
            &self.start
        } else {
            &format_ident!("At")
        };
        let end = self.end.as_ref().map_or_else(
            || quote!(::core::convert::Infallible),
            |end| quote!(super::#module::#end<'_>),
        );
        quote! {
            #bound: ::core::ops::AsyncFnOnce(
                super::#module::#start<'_>,
            ) -> ::core::result::Result<#end, E>
        }
    }

    /// The thread's closure, called with the state that it goes on from.
    fn take(&self, fresh: bool) -> TokenStream {
        let Self {
            role,
            module,
            closure,
            start,
            protocol,
            ..
        } = self;
        let place = if fresh {
            quote!(<super::#module::#start<'_> as rt::Position<'_, super::#protocol>>::place(next))
        } else {
            quote!(<super::#role as rt::Role>::at(next.state(), next))
        };
        quote! {
            let #closure = {
                let next = threads.thread::<super::#role>()?;
                #closure(#place)
            };
        }
    }
}

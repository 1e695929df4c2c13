//! Protocols inside of protocols.
//!
//! `nested protocol N(..) {..}` at the start of a protocol is known inside of it alone. Here it becomes
//! a protocol beside it, called `N`, or `Outer_N` where that name is taken; `A calls N(A, B);` becomes a
//! call, since all roles are there from the start and need no invitation.

use super::{Parsed, Reader, ident};
use crate::ast::{Ident, Protocol};

impl Reader<'_> {
    /// Reads the nested protocols at the start of the block that was opened for `outer`.
    pub(super) fn nested(&mut self, outer: &str) -> Parsed<()> {
        while self.is("nested") {
            let mut protocol: Protocol = self.protocol_named(Some(outer))?;
            protocol.span = protocol.span.to(self.last());
            self.nested.push(protocol);
        }
        Ok(())
    }

    /// What a protocol that is declared here is called.
    pub(super) fn declared(&mut self, name: Ident, outer: Option<&str>) -> Ident {
        let mut text = name.text.clone();
        let twice = self
            .scopes
            .last()
            .is_some_and(|scope| scope.contains_key(&name.text));
        // Two of one name in one scope are an error that resolving finds.
        if let (Some(outer), false) = (outer, twice) {
            if self.taken.contains(&text) {
                text = format!("{outer}_{}", name.text);
            }
            while self.taken.contains(&text) {
                text.push('_');
            }
        }
        self.taken.insert(text.clone());
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.text, text.clone());
        }
        ident(&text, name.span)
    }

    /// What the protocol that a call names is called.
    pub(super) fn called(&self, name: &Ident) -> Ident {
        let known = self
            .scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(&name.text));
        let text = known.unwrap_or(&name.text);
        ident(text, name.span)
    }
}

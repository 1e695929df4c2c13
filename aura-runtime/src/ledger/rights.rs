//! Where the rights in a ledger's books come from: what was granted here, and what tokens have brought.
//!
//! The books hold an interned set that a send looks up; here stands, for each context, from which
//! sources it was compiled, so that a source can be taken out again. A token's rights are those of the
//! epoch in which it was presented: when another begins they lapse, and it is presented again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Books, Ledger, NoteError};
use crate::{
    capability::{Arguments, Rights, Scope},
    identity::ContextId,
    lattice::Join as _,
    store::Record,
};

#[derive(Debug, Default)]
pub(super) struct Sources {
    contexts: BTreeMap<ContextId, Held>,
    revoked: BTreeSet<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Held {
    granted: Rights,
    tokens: Vec<Presented>,
}

/// The rights of one token, and the ids by which it can be taken back.
#[derive(Debug)]
struct Presented {
    ids: Vec<Vec<u8>>,
    rights: Rights,
}

impl Sources {
    pub(super) fn load(revoked: &[Vec<u8>]) -> Self {
        Self {
            contexts: BTreeMap::new(),
            revoked: revoked.iter().cloned().collect(),
        }
    }

    pub(super) fn grant(&mut self, context: ContextId, name: &str, only: Option<&Arguments>) {
        let granted = &mut self.contexts.entry(context).or_default().granted;
        match only {
            None => granted.allow(name),
            Some(arguments) => granted.allow_for(name, arguments.clone()),
        };
    }

    pub(super) fn revoke(&mut self, context: ContextId, name: &str) {
        if let Some(held) = self.contexts.get_mut(&context) {
            held.granted.remove(name);
            for token in &mut held.tokens {
                token.rights.remove(name);
            }
        }
    }

    /// Takes tokens out of a context, and writes what is left of their rights into the books.
    fn withdraw(
        &mut self,
        context: ContextId,
        books: &mut Books,
        is_gone: impl Fn(&[Vec<u8>]) -> bool,
    ) {
        let Some(held) = self.contexts.get_mut(&context) else {
            return;
        };
        let mut gone = Rights::default();
        held.tokens.retain(|token| {
            let keeps = !is_gone(&token.ids);
            if !keeps {
                gone.join(&token.rights);
            }
            keeps
        });
        let mut left = held.granted.clone();
        for token in &held.tokens {
            left.join(&token.rights);
        }
        for (name, _) in gone.iter() {
            books.revoke(context, name);
        }
        for (name, scope) in left.iter() {
            if gone.iter().any(|(gone, _)| gone == name) {
                write(books, context, name, scope);
            }
        }
    }
}

fn write(books: &mut Books, context: ContextId, name: &str, scope: &Scope) {
    match scope {
        Scope::Any => books.grant(context, name, None),
        Scope::Only(only) => {
            for arguments in only {
                books.grant(context, name, Some(arguments.clone()));
            }
        }
    }
}

impl Ledger {
    /// Takes in what a token allows of a policy, in a context and its present epoch; what that is. Its
    /// rights lapse when the token is revoked, or another epoch of the context begins.
    #[cfg(feature = "tokens")]
    pub fn present(
        &self,
        context: ContextId,
        token: &crate::capability::Bearer,
        policy: &Rights,
    ) -> Result<Rights, crate::capability::TokenError> {
        let mut notes = self.notes();
        let epoch = notes.epochs.get(&context).copied().unwrap_or(0);
        let sources = &mut notes.sources;
        let revoked = &sources.revoked;
        let rights = token.rights(context, epoch, policy, &|id| revoked.contains(id))?;
        let mut books = self.books();
        for (name, scope) in rights.iter() {
            write(&mut books, context, name, scope);
        }
        sources
            .contexts
            .entry(context)
            .or_default()
            .tokens
            .push(Presented {
                ids: token.ids(),
                rights: rights.clone(),
            });
        Ok(rights)
    }

    /// Takes a token back, and every one that was narrowed from it, for good. No send that begins after
    /// this call sees its rights, whether or not the journal takes the revocation.
    pub async fn revoke_token(&self, id: &[u8]) -> Result<(), NoteError> {
        let written = {
            let mut notes = self.notes();
            let sources = &mut notes.sources;
            sources.revoked.insert(id.to_vec());
            let contexts: Vec<_> = sources.contexts.keys().copied().collect();
            let mut books = self.books();
            for context in contexts {
                sources.withdraw(context, &mut books, |ids| ids.iter().any(|it| it == id));
            }
            self.write(Record::Revoked(id.to_vec()))
        };
        Ok(written.await?)
    }

    /// Another epoch has begun: tokens of the one before have no rights.
    pub(super) fn lapse(&self, sources: &mut Sources, context: ContextId) {
        sources.withdraw(context, &mut self.books(), |_| true);
    }
}

//! A journal on a tape.
//!
//! How many records one commit takes is a matter of time, so each record is a call of its own; a
//! group that is played back is one only if all of it was. Records are kept whole, and are as secret
//! as the journal.

use super::{Difference, Played, Recorded};
use crate::{
    fact::{Fact, FactId, WrittenFact},
    store::{Holdings, Record, Store, StoreError},
};

impl<E: Store> Store for Recorded<E> {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        let loaded = self.inner.load();
        self.tape.record("journal.load", &(), loaded)
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        let outcome = self.inner.commit(batch);
        for record in batch {
            let _ = self.tape.record("journal.commit", record, &outcome);
        }
        outcome
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        let mut facts: Vec<(FactId, Fact)> = Vec::new();
        let read = self
            .inner
            .facts(&mut |id, fact| facts.push((id, fact.fact())));
        let facts = self
            .tape
            .record("journal.facts", &(), read.map(|()| facts))?;
        for (id, fact) in facts {
            each(id, WrittenFact::of(&fact));
        }
        Ok(())
    }
}

fn differs<T>(difference: &Difference) -> Result<T, StoreError> {
    Err(StoreError::Io(difference.to_string()))
}

impl Store for Played {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        let played = self.tape.play("journal.load", &());
        played.unwrap_or_else(|difference| differs(&difference))
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        let mut whole = Ok(());
        for record in batch {
            let played = self.tape.play("journal.commit", record);
            let outcome = played.unwrap_or_else(|difference| differs(&difference));
            whole = whole.and(outcome);
        }
        whole
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        let played = self.tape.play("journal.facts", &());
        let facts: Vec<(FactId, Fact)> =
            played.unwrap_or_else(|difference| differs(&difference))?;
        for (id, fact) in facts {
            each(id, WrittenFact::of(&fact));
        }
        Ok(())
    }
}

//! Every effect through a layer that looks at calls once they have come back.

macro_rules! network {
    ($layer:ident) => {
        impl<E: crate::effects::network::NetworkEffects> crate::effects::network::NetworkEffects
            for $layer<E>
        {
            async fn dial(
                &self,
                peer: crate::identity::AuthorityId,
            ) -> Result<crate::transport::Connection, crate::transport::TransportError> {
                let began = Instant::now();
                let outcome = self.inner.dial(peer).await;
                self.observe("network.dial", began, &outcome);
                outcome
            }

            async fn accept(
                &self,
            ) -> Result<crate::transport::Connection, crate::transport::TransportError> {
                let began = Instant::now();
                let outcome = self.inner.accept().await;
                self.observe("network.accept", began, &outcome);
                outcome
            }
        }
    };
}

/// One call after the other, each as it is declared: its receiver, its arguments, its outcome.
macro_rules! calls {
    ($layer:ident, $effects:path, $($name:literal: fn $method:ident(
        $($given:ident: $kind:ty),*
    ) -> $outcome:ty;)*) => {
        impl<E: $effects> $effects for $layer<E> {
            $(fn $method(&self, $($given: $kind),*) -> $outcome {
                let began = Instant::now();
                let outcome = self.inner.$method($($given),*);
                self.observe($name, began, &outcome);
                outcome
            })*
        }
    };
}

macro_rules! storage {
    ($layer:ident) => {
        observed::calls! {
            $layer, crate::effects::storage::StorageEffects,
            "storage.get": fn get(name: &str)
                -> Result<Option<Vec<u8>>, crate::effects::storage::StorageError>;
            "storage.put": fn put(name: &str, value: &[u8])
                -> Result<(), crate::effects::storage::StorageError>;
            "storage.remove": fn remove(name: &str)
                -> Result<bool, crate::effects::storage::StorageError>;
            "storage.names": fn names()
                -> Result<Vec<String>, crate::effects::storage::StorageError>;
        }
    };
}

macro_rules! random {
    ($layer:ident) => {
        observed::calls! {
            $layer, crate::effects::random::RandomEffects,
            "random.fill": fn fill(bytes: &mut [u8])
                -> Result<(), crate::effects::random::RandomError>;
        }
    };
}

macro_rules! console {
    ($layer:ident) => {
        observed::calls! {
            $layer, crate::effects::console::ConsoleEffects,
            "console.say": fn say(line: &str)
                -> Result<(), crate::effects::console::ConsoleError>;
            "console.ask": fn ask(question: &str)
                -> Result<Option<String>, crate::effects::console::ConsoleError>;
        }
    };
}

macro_rules! journal {
    ($layer:ident) => {
        impl<E: crate::store::Store> crate::store::Store for $layer<E> {
            fn load(&mut self) -> Result<crate::store::Holdings, crate::store::StoreError> {
                let began = Instant::now();
                let outcome = self.inner.load();
                self.observe("journal.load", began, &outcome);
                outcome
            }

            fn commit(
                &mut self,
                batch: &[crate::store::Record],
            ) -> Result<(), crate::store::StoreError> {
                let began = Instant::now();
                let outcome = self.inner.commit(batch);
                self.observe("journal.commit", began, &outcome);
                outcome
            }

            fn facts(
                &mut self,
                each: &mut dyn FnMut(crate::fact::FactId, crate::fact::WrittenFact<'_>),
            ) -> Result<(), crate::store::StoreError> {
                let began = Instant::now();
                let outcome = self.inner.facts(each);
                self.observe("journal.facts", began, &outcome);
                outcome
            }
        }
    };
}

macro_rules! crypto {
    ($layer:ident) => {
        impl<E: crate::effects::crypto::CryptoEffects> crate::effects::crypto::CryptoEffects
            for $layer<E>
        {
            fn hash(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
                let began = Instant::now();
                let hash = self.inner.hash(domain, parts);
                self.observe_sure("crypto.hash", began);
                hash
            }

            fn public(&self) -> [u8; 32] {
                let began = Instant::now();
                let key = self.inner.public();
                self.observe_sure("crypto.public", began);
                key
            }

            fn sign(&self, domain: &str, parts: &[&[u8]]) -> [u8; 64] {
                let began = Instant::now();
                let signature = self.inner.sign(domain, parts);
                self.observe_sure("crypto.sign", began);
                signature
            }

            /// A signature that is not valid counts as a failure.
            fn verify(
                &self,
                key: &[u8; 32],
                domain: &str,
                parts: &[&[u8]],
                signature: &[u8; 64],
            ) -> bool {
                let began = Instant::now();
                let valid = self.inner.verify(key, domain, parts, signature);
                let outcome = if valid { Ok(()) } else { Err("not valid") };
                self.observe("crypto.verify", began, &outcome);
                valid
            }
        }
    };
}

macro_rules! time {
    ($layer:ident) => {
        impl<E: crate::effects::time::TimeEffects> crate::effects::time::TimeEffects for $layer<E> {
            fn now(&self) -> Duration {
                let began = Instant::now();
                let now = self.inner.now();
                self.observe_sure("time.now", began);
                now
            }

            fn wall(&self) -> Result<Duration, crate::effects::time::TimeError> {
                let began = Instant::now();
                let outcome = self.inner.wall();
                self.observe("time.wall", began, &outcome);
                outcome
            }

            /// Observed once it has ended; a sleep that is dropped is not.
            fn sleep(
                &self,
                duration: Duration,
            ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
                let began = Instant::now();
                let sleep = self.inner.sleep(duration);
                Box::pin(async move {
                    sleep.await;
                    self.observe_sure("time.sleep", began);
                })
            }
        }
    };
}

pub(super) use {calls, console, crypto, journal, network, random, storage, time};

//! Effects: everything that the runtime asks of the world, as traits.
//!
//! | effect | in production | in tests |
//! |---|---|---|
//! | [`network`] | TCP and mutual TLS, below [`crate::transport`] | [`Hub`](crate::transport::memory::Hub) |
//! | [`storage`] | `EncryptedFiles` | [`MemoryStorage`](storage::MemoryStorage) |
//! | [`journal`] | `SqliteStore` | [`MemoryStore`](crate::store::MemoryStore) |
//! | [`crypto`] | [`KeyedCrypto`](crypto::KeyedCrypto) | the same, from a fixed seed |
//! | [`random`] | [`SystemRandom`](random::SystemRandom) | [`SeededRandom`](random::SeededRandom) |
//! | [`time`] | [`SystemTimes`](time::SystemTimes) | [`ManualTimes`](time::ManualTimes) |
//! | [`console`] | [`Terminal`](console::Terminal) | [`ScriptedConsole`](console::ScriptedConsole) |
//!
//! Each can be used statically, as a type parameter, and erased, for stacks that are put together at
//! run time: as `dyn` where its methods do not wait, else by a type named `Any`. [`record`] keeps what
//! a run took from the world and gives it again; [`layer`] holds what goes around effects.

pub mod console;
pub mod crypto;
pub mod journal;
pub mod layer;
pub mod network;
pub mod random;
pub mod record;
pub mod storage;
pub mod time;

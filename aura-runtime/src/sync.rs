//! What threads share memory with, under one name.
//!
//! Everything here is std's, futures' or tokio's, and costs what it costs there. The files that take
//! it from here are compiled a second time by `tests/models.rs`, where this module is a model whose
//! every order of events is tried; nothing else may stand between such a file and a thread.

pub(crate) use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic, mpsc},
    thread,
};

pub(crate) use futures::task::AtomicWaker;
pub(crate) use tokio::sync::{Notify, Semaphore, TryAcquireError};

//! The runtime's `sync`, as a model.
#![allow(
    clippy::unused_self,
    clippy::unnecessary_wraps,
    reason = "the names and shapes are those of what is modelled"
)]

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, Waker},
};

pub(crate) use std::sync::{Arc, PoisonError};

pub(crate) use loom::{
    sync::{Mutex, MutexGuard, atomic},
    thread,
};

/// Tries every order in which at most `preemptions` threads are interrupted where they need not wait.
pub(crate) fn explore(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// A waker that one registers and another wakes.
pub(crate) struct AtomicWaker(loom::future::AtomicWaker);

impl AtomicWaker {
    pub(crate) fn new() -> Self {
        Self(loom::future::AtomicWaker::new())
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.0.register_by_ref(waker);
    }

    pub(crate) fn wake(&self) {
        self.0.wake();
    }
}

impl fmt::Debug for AtomicWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtomicWaker")
    }
}

/// One that waits is woken; if nobody waits, the next one does not have to.
#[derive(Debug)]
pub(crate) struct Notify(Mutex<(bool, Option<Waker>)>);

impl Notify {
    pub(crate) fn new() -> Self {
        Self(Mutex::new((false, None)))
    }

    pub(crate) fn notify_one(&self) {
        let mut inside = self.0.lock().unwrap();
        inside.0 = true;
        let waiting = inside.1.take();
        drop(inside);
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn notified(&self) -> Notified<'_> {
        Notified(self)
    }
}

pub(crate) struct Notified<'a>(&'a Notify);

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut inside = self.0.0.lock().unwrap();
        if std::mem::take(&mut inside.0) {
            return Poll::Ready(());
        }
        inside.1 = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Room without end: what waits for room is not what these models are about.
#[derive(Debug)]
pub(crate) struct Semaphore;

pub(crate) struct Room;

#[derive(Debug)]
pub(crate) struct TryAcquireError;

impl Semaphore {
    pub(crate) fn new(_: usize) -> Self {
        Self
    }

    pub(crate) fn acquire_many_owned(
        self: Arc<Self>,
        _: u32,
    ) -> std::future::Ready<Result<Room, TryAcquireError>> {
        std::future::ready(Ok(Room))
    }

    pub(crate) fn try_acquire_many_owned(self: Arc<Self>, _: u32) -> Result<Room, TryAcquireError> {
        Ok(Room)
    }

    pub(crate) fn available_permits(&self) -> usize {
        0
    }

    pub(crate) fn close(&self) {}
}

/// A queue between threads; it ends when one of the sides is gone.
pub(crate) mod mpsc {
    use std::{collections::VecDeque, sync::Arc};

    use loom::sync::{Condvar, Mutex};

    struct Queue<T> {
        inside: Mutex<Inside<T>>,
        more: Condvar,
    }

    struct Inside<T> {
        waiting: VecDeque<T>,
        senders: usize,
        heard: bool,
    }

    pub(crate) struct Sender<T>(Arc<Queue<T>>);

    pub(crate) struct Receiver<T>(Arc<Queue<T>>);

    pub(crate) struct SendError<T>(pub(crate) T);

    pub(crate) struct Ended;

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let queue = Arc::new(Queue {
            inside: Mutex::new(Inside {
                waiting: VecDeque::new(),
                senders: 1,
                heard: true,
            }),
            more: Condvar::new(),
        });
        (Sender(Arc::clone(&queue)), Receiver(queue))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(&self, item: T) -> Result<(), SendError<T>> {
            let mut inside = self.0.inside.lock().unwrap();
            if !inside.heard {
                return Err(SendError(item));
            }
            inside.waiting.push_back(item);
            drop(inside);
            self.0.more.notify_one();
            Ok(())
        }
    }

    impl<T> std::fmt::Debug for Sender<T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Sender")
        }
    }

    impl<T> Clone for Sender<T> {
        fn clone(&self) -> Self {
            self.0.inside.lock().unwrap().senders += 1;
            Self(Arc::clone(&self.0))
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            self.0.inside.lock().unwrap().senders -= 1;
            self.0.more.notify_one();
        }
    }

    impl<T> Receiver<T> {
        pub(crate) fn recv(&self) -> Result<T, Ended> {
            let mut inside = self.0.inside.lock().unwrap();
            loop {
                if let Some(item) = inside.waiting.pop_front() {
                    return Ok(item);
                }
                if inside.senders == 0 {
                    return Err(Ended);
                }
                inside = self.0.more.wait(inside).unwrap();
            }
        }

        pub(crate) fn try_recv(&self) -> Result<T, Ended> {
            self.0
                .inside
                .lock()
                .unwrap()
                .waiting
                .pop_front()
                .ok_or(Ended)
        }
    }

    impl<T> Drop for Receiver<T> {
        fn drop(&mut self) {
            let mut inside = self.0.inside.lock().unwrap();
            inside.heard = false;
            let unheard = std::mem::take(&mut inside.waiting);
            drop(inside);
            drop(unheard);
        }
    }
}

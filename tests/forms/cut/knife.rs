//! Drops the futures of one party's steps where it is told to, and plays on.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use crate::forms::cast::{Actor, Step};

/// The waker of one attempt.
struct Attempt {
    outer: Mutex<Waker>,
    lives: AtomicBool,
}

impl Wake for Attempt {
    fn wake(self: Arc<Self>) {
        if self.lives.load(Ordering::Acquire) {
            self.outer.lock().unwrap().wake_by_ref();
        }
    }
}

/// Where a party's futures are dropped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edge {
    Nowhere,
    /// Behind this poll, counted from the party's first.
    Behind(u32),
    /// Instead of the poll after this one: something has come, or it would not be polled.
    Before(u32),
    /// Behind and before a third of all polls, as this seed has it.
    Anywhere(u64),
}

pub(super) struct Knife {
    edge: Edge,
    pub(super) polls: u32,
    cuts: u32,
}

impl Knife {
    pub(super) fn new(edge: Edge) -> Self {
        Self {
            edge,
            polls: 0,
            cuts: 0,
        }
    }

    fn cuts_before(&mut self) -> bool {
        match &mut self.edge {
            Edge::Before(poll) if *poll == self.polls && self.cuts == 0 => true,
            Edge::Anywhere(seed) => roll(seed),
            _ => false,
        }
    }

    fn cuts_behind(&mut self) -> bool {
        match &mut self.edge {
            Edge::Behind(poll) => *poll == self.polls,
            Edge::Anywhere(seed) => roll(seed),
            _ => false,
        }
    }

    /// One attempt at a step; `None` if it was dropped.
    async fn attempt(&mut self, actor: &mut dyn Actor) -> Option<Step> {
        let mut step = pin!(actor.step());
        let attempt = Arc::new(Attempt {
            outer: Mutex::new(Waker::noop().clone()),
            lives: AtomicBool::new(true),
        });
        let waker = Waker::from(Arc::clone(&attempt));
        let done = poll_fn(|context| {
            if self.cuts_before() {
                self.cuts += 1;
                return Poll::Ready(None);
            }
            attempt.outer.lock().unwrap().clone_from(context.waker());
            self.polls += 1;
            match step.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(step) => Poll::Ready(Some(step)),
                Poll::Pending if self.cuts_behind() => {
                    self.cuts += 1;
                    Poll::Ready(None)
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        attempt.lives.store(false, Ordering::Release);
        done
    }

    /// A party's whole run.
    pub(super) async fn play(&mut self, actor: &mut dyn Actor) {
        loop {
            match self.attempt(actor).await {
                Some(Ok(false)) => return,
                Some(Ok(true)) => {}
                Some(Err(stop)) => panic!("{stop:?}, cut {:?}", self.edge),
                // A cut by chance may be cut again at once: the others go on in between.
                None => tokio::task::yield_now().await,
            }
        }
    }
}

/// One time in three.
fn roll(seed: &mut u64) -> bool {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    seed.is_multiple_of(3)
}

//! Dropping the future of a step at every poll of every party of every form and every example, and
//! going on with `resume`: nothing is lost, repeated, or charged twice. (DECISIONS 34.)
//!
//! A run without cuts says what each party hears and what each pays. Every other run is cut once, in
//! one party, at one poll, and has to come to the same; then runs are cut at random, everywhere at
//! once. Each attempt at a step has a waker of its own, which is dead once the attempt is dropped, so
//! that a wake that goes to the wrong one is a run that hangs. Over nodes, what was charged is
//! compared with what a tap on the connections has seen.

mod knife;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aura_runtime::{
    fact::{FactId, WrittenFact},
    ledger::Ledger,
    session::{Clock, Sleep},
    store::{Holdings, Record, SqliteStore, Store, StoreError},
};
use futures::{StreamExt, future::join_all, stream::FuturesUnordered};

use self::knife::{Edge, Knife};
use super::{
    cast::{Actor, Play},
    plays,
    stage::Stage,
    tap::Tap,
};

/// A clock that stands still, or one on which every timer is late when it is looked at.
#[derive(Debug, Default)]
struct Hours {
    late: bool,
    looks: AtomicU64,
}

impl Clock for Hours {
    fn now(&self) -> Duration {
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        Duration::from_hours(if self.late { looks } else { 0 })
    }

    fn sleep_until(&self, _: Duration) -> Sleep {
        if self.late {
            Box::pin(std::future::ready(()))
        } else {
            Box::pin(std::future::pending())
        }
    }
}

/// A store that answers late.
struct Late(SqliteStore);

impl Store for Late {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        self.0.load()
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        std::thread::sleep(Duration::from_micros(300));
        self.0.commit(batch)
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        self.0.facts(each)
    }
}

/// Where the parties are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Room,
    Nodes,
}

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    heard: Vec<Vec<String>>,
    /// From seat to seat.
    spent: Vec<Vec<u64>>,
}

struct Theatre<P: Play> {
    stage: Stage<P>,
    place: Place,
    tap: Tap,
    late: bool,
    _folder: Option<tempfile::TempDir>,
}

impl<P: Play> Theatre<P> {
    async fn new(place: Place, durable: bool, late: bool) -> Self {
        let folder = durable.then(|| tempfile::tempdir().unwrap());
        let mut stage = Stage::with(P::SIZES, |seat| match &folder {
            Some(folder) => {
                let store = SqliteStore::open(folder.path().join(seat.to_string())).unwrap();
                Ledger::open(Late(store)).unwrap()
            }
            None => Ledger::in_memory(),
        })
        .await;
        for ledger in &stage.ledgers {
            for seat in &stage.roster().seats {
                let declared = ledger.declare_budget(stage.context(), seat.authority, 2, 1 << 40);
                declared.await.unwrap();
            }
        }
        let tap = Tap::default();
        if place == Place::Nodes {
            stage.connect_over(|left, right| tap.pair(left, right));
        }
        Self {
            stage,
            place,
            tap,
            late,
            _folder: folder,
        }
    }

    async fn actors(&mut self) -> Vec<Box<dyn Actor>> {
        self.stage.renew();
        let (stage, seats) = (&self.stage, self.stage.ledgers.len());
        let clock = || -> Option<Arc<dyn Clock>> {
            Some(Arc::new(Hours {
                late: self.late,
                ..Hours::default()
            }))
        };
        if self.place == Place::Room {
            let mut room = stage.room();
            return (0..seats)
                .map(|seat| P::enter(&mut room, stage, seat, clock()))
                .collect();
        }
        let others: Vec<_> = (1..seats)
            .map(|seat| P::accept(stage, seat, clock()))
            .collect();
        let (first, mut actors) = futures::join!(P::open(stage, clock()), join_all(others));
        actors.insert(0, first);
        actors
    }

    fn spent(&self) -> Vec<Vec<u64>> {
        let seats = 0..self.stage.ledgers.len();
        let row = |from| seats.clone().map(move |to| self.stage.spent(from, to));
        seats.clone().map(|from| row(from).collect()).collect()
    }

    /// One run; the knives say how it was cut.
    async fn run(&mut self, edges: &[Edge]) -> (Outcome, Vec<Knife>) {
        self.tap.clear();
        let before = self.spent();
        let mut actors = self.actors().await;
        let mut knives: Vec<_> = edges.iter().copied().map(Knife::new).collect();
        {
            let parties = actors.iter_mut().zip(&mut knives);
            let mut playing: FuturesUnordered<_> = parties
                .map(|(actor, knife)| knife.play(actor.as_mut()))
                .collect();
            let all = async { while playing.next().await.is_some() {} };
            let played = tokio::time::timeout(Duration::from_secs(20), all).await;
            assert!(played.is_ok(), "{}: stuck, cut {edges:?}", self.name());
        }
        let heard = actors.iter().map(|actor| {
            let mut heard = actor.heard();
            if P::THREADED {
                heard.sort();
            }
            heard
        });
        let heard = heard.collect();
        let mut spent = self.spent();
        for (now, before) in spent.iter_mut().zip(&before) {
            for (now, before) in now.iter_mut().zip(before) {
                *now = now.wrapping_sub(*before);
            }
        }
        if self.place == Place::Nodes && !P::EPOCHS {
            self.listen(&spent, edges).await;
        }
        (Outcome { heard, spent }, knives)
    }

    fn name(&self) -> String {
        let (place, late) = (self.place, self.late);
        format!("{} in {place:?}, late {late}", P::protocol().name)
    }

    /// What was charged is what crossed the wire.
    async fn listen(&self, spent: &[Vec<u64>], edges: &[Edge]) {
        let seats = 0..self.stage.ledgers.len();
        let pairs = seats
            .clone()
            .flat_map(|from| seats.clone().map(move |to| (from, to)));
        for (from, to) in pairs {
            let (one, other) = (self.stage.authority(from), self.stage.authority(to));
            let seen = || self.tap.cost(P::protocol(), one, other);
            // The last frames may still be on their way.
            let arrived = async {
                while seen() < spent[from][to] {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(5), arrived).await;
            assert_eq!(seen(), spent[from][to], "{}: {edges:?}", self.name());
        }
    }
}

/// More polls than any party needs when nothing is in its way.
const MOST: u32 = 500;

async fn cut_everywhere<P: Play>(place: Place, durable: bool) {
    for late in [false, true] {
        if late && !P::TIMED {
            continue;
        }
        let mut theatre = Theatre::<P>::new(place, durable, late).await;
        let seats = theatre.stage.ledgers.len();
        let (expected, _) = theatre.run(&vec![Edge::Nowhere; seats]).await;
        let compare = |outcome: Outcome, edges: &[Edge], name: String| {
            assert_eq!(outcome.heard, expected.heard, "{name}: {edges:?}");
            if !P::EPOCHS {
                assert_eq!(outcome.spent, expected.spent, "{name}: {edges:?}");
            }
        };
        for seat in 0..seats {
            for edge in [Edge::Before, Edge::Behind] {
                for poll in 0..MOST {
                    let mut edges = vec![Edge::Nowhere; seats];
                    edges[seat] = edge(poll);
                    let (outcome, knives) = theatre.run(&edges).await;
                    compare(outcome, &edges, theatre.name());
                    if knives[seat].polls < poll {
                        break;
                    }
                }
            }
        }
        for seed in 1..=10 {
            let seeds = (1..).map(|seat| Edge::Anywhere(seed * 0x9e37_79b9 + seat * 77));
            let edges: Vec<_> = seeds.take(seats).collect();
            let (outcome, _) = theatre.run(&edges).await;
            compare(outcome, &edges, theatre.name());
        }
    }
}

/// A test for each play, at each place.
macro_rules! cut {
    ($($name:ident: $protocol:ty),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test]
            async fn in_one_process() {
                cut_everywhere::<$protocol>(Place::Room, false).await;
            }

            #[tokio::test]
            async fn in_one_process_with_a_store_that_answers_late() {
                cut_everywhere::<$protocol>(Place::Room, true).await;
            }

            #[tokio::test]
            async fn over_nodes() {
                cut_everywhere::<$protocol>(Place::Nodes, false).await;
            }

            #[tokio::test]
            async fn over_nodes_with_a_store_that_answers_late() {
                cut_everywhere::<$protocol>(Place::Nodes, true).await;
            }
        }
    )*};
}

cut! {
    poll: plays::families::poll::Poll,
    vote: plays::families::vote::Vote,
    again: plays::families::again::Again,
    mix: plays::families::mix::Mix,
    round: plays::timers::round::Round,
    nested: plays::timers::nested::Nested,
    best_effort: plays::timers::best_effort::BestEffort,
    tour: plays::rounds::tour::Tour,
    either: plays::rounds::either::Either,
    both: plays::threads::both::Both,
    market: plays::hooks::market::Market,
    fields: plays::hooks::fields::Fields,
    riding: plays::hooks::riding::Riding,
    request_response: plays::examples::asking::RequestResponse,
    refused_then_retried: plays::examples::news::News,
    quorum_with_timeout: plays::examples::snapshot::Snapshot,
    ring_of_roles: plays::examples::ring::Ring,
    many_sessions: plays::examples::ping::Ping,
}

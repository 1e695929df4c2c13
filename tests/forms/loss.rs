//! A party that dies in each of its states, of every form and every example: everybody else is told,
//! goes on without it, or is late. Nobody waits for ever.
//!
//! The party takes some of its steps, or is in the middle of one, and then its session is dropped,
//! or its node, or its connections are cut for good. Time is virtual, so that whoever waits for ever
//! is found at once. Who is left waiting is compared with what the compiler's audit says of the same
//! text. (SEMANTICS 0, Crash; DECISIONS 32.)

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fs,
    path::Path,
    time::Duration,
};

use aura_dsl::{audit::resilience::resilience, compile::compile, source::NoImports};
use aura_runtime::{machine::Protocol, session::SessionError};
use futures::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};

use super::{
    cast::{Actor, Play, Stop},
    plays, secure,
    stage::Stage,
    tap::Tap,
};

/// How a party is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Its session is dropped, in the others' process.
    Leaves,
    /// Its session is dropped, on a node.
    LeavesNode,
    /// Its node is gone.
    NodeDies,
    /// The same, where every connection is mutual TLS.
    NodeDiesSecure,
    /// Its connections are cut, and it goes on.
    CutOff,
}

/// When: behind so many steps, or one poll into the next.
#[derive(Clone, Copy, Debug)]
struct Moment {
    steps: usize,
    inside: bool,
}

/// What became of a party; none if it is the one that died.
type End = Option<Result<(), Stop>>;

/// Longer than any timer of a form and any patience of a node.
const FOR_EVER: Duration = Duration::from_hours(1);

async fn seated<P: Play>(stage: &mut Stage<P>, tap: &Tap, way: Way) -> Vec<Box<dyn Actor>> {
    let seats = stage.ledgers.len();
    if way == Way::Leaves {
        let mut room = stage.room();
        return (0..seats)
            .map(|seat| P::enter(&mut room, stage, seat, None))
            .collect();
    }
    match way {
        Way::NodeDiesSecure => stage.connect_over(secure::pair),
        _ => stage.connect_over(|left, right| tap.pair(left, right)),
    }
    let others: Vec<_> = (1..seats)
        .map(|seat| P::accept(stage, seat, None))
        .collect();
    let (first, mut actors) = futures::join!(P::open(stage, None), join_all(others));
    actors.insert(0, first);
    actors
}

/// Plays to the end, or until the session says no; then this party leaves, too.
async fn live(mut actor: Box<dyn Actor>, steps: &Cell<usize>) -> End {
    loop {
        match actor.step().await {
            Ok(true) => steps.set(steps.get() + 1),
            Ok(false) => return Some(Ok(())),
            Err(stop) => return Some(Err(stop)),
        }
    }
}

/// One run in which `victim`, if any, is lost. What became of each, and how many steps each took.
async fn run<P: Play>(way: Way, victim: Option<(usize, Moment)>) -> (Vec<End>, Vec<usize>) {
    let mut stage = Stage::<P>::new(P::SIZES).await;
    let tap = Tap::default();
    let actors = seated(&mut stage, &tap, way).await;
    let nodes: RefCell<Vec<_>> = RefCell::new(
        std::mem::take(&mut stage.nodes)
            .into_iter()
            .map(Some)
            .collect(),
    );
    let steps: Vec<Cell<usize>> = actors.iter().map(|_| Cell::new(0)).collect();
    let (stage, nodes, tap) = (&stage, &nodes, &tap);
    let mut playing: FuturesUnordered<_> = actors
        .into_iter()
        .zip(&steps)
        .enumerate()
        .map(|(seat, (mut actor, steps))| async move {
            let Some((_, moment)) = victim.filter(|(victim, _)| *victim == seat) else {
                return (seat, live(actor, steps).await);
            };
            for _ in 0..moment.steps {
                match actor.step().await {
                    Ok(true) => {}
                    done => return (seat, Some(done.map(drop))),
                }
            }
            if moment.inside {
                let _ = actor.step().now_or_never();
            }
            match way {
                Way::Leaves | Way::LeavesNode => drop(actor),
                Way::NodeDies | Way::NodeDiesSecure => {
                    nodes.borrow_mut()[seat] = None;
                    drop(actor);
                }
                Way::CutOff => {
                    tap.cut(stage.authority(seat));
                    return (seat, live(actor, steps).await);
                }
            }
            (seat, None)
        })
        .collect();
    let mut ends: Vec<(usize, End)> = Vec::new();
    let all = async {
        while let Some(end) = playing.next().await {
            ends.push(end);
        }
    };
    let ended = tokio::time::timeout(FOR_EVER, all).await;
    let name = P::protocol().name;
    assert!(
        ended.is_ok(),
        "{name}: {way:?} {victim:?}: not all have ended"
    );
    drop(playing);
    ends.sort_by_key(|(seat, _)| *seat);
    let ends = ends.into_iter().map(|(_, end)| end).collect();
    (ends, steps.iter().map(Cell::get).collect())
}

/// Whom a crash of each role leaves waiting, as the audit of the protocol's text has it.
fn audit(protocol: &Protocol) -> Vec<(String, BTreeSet<String>)> {
    let text = text(protocol.name);
    let found = compile("form.aura", "form.aura", &text, &NoImports);
    let program = found.program.as_ref().unwrap();
    let (global, compiled) = program
        .protocols()
        .iter()
        .zip(&found.protocols)
        .find(|(global, _)| global.name == protocol.name)
        .unwrap();
    let bare = |who: &str| who.split('[').next().unwrap_or_default().to_owned();
    let crashes = resilience(global, &compiled.as_ref().unwrap().automata).crashes;
    crashes
        .iter()
        .map(|crash| {
            let waits = crash.waits.iter().map(|wait| bare(&wait.who)).collect();
            (bare(&crash.who), waits)
        })
        .collect()
}

/// The text in which a protocol of a form, an example or a file stands.
fn text(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let line = format!("protocol {name} {{");
    for folder in ["tests/forms", "examples", "protocols/request_response"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            if path.extension().is_some_and(|kind| kind == "aura") && text.contains(&line) {
                return text;
            }
            if let Some(block) = blocks(&text).find(|block| block.contains(&line)) {
                return block.to_owned();
            }
        }
    }
    panic!("the text of {name} is nowhere");
}

/// The choreographies that stand in a Rust text.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("aura_choreography! {").skip(1).map(|rest| {
        let mut depth = 1;
        let end = rest.find(|character| {
            depth += i32::from(character == '{') - i32::from(character == '}');
            depth == 0
        });
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// What the ends of the others are checked against.
struct Judge {
    name: &'static str,
    /// The role in each seat.
    roles: Vec<&'static str>,
    audit: Vec<(String, BTreeSet<String>)>,
    /// By role that was lost: who was seen to wait for it.
    waited: BTreeSet<(&'static str, &'static str)>,
}

impl Judge {
    fn waits(&self, lost: &str, role: &str) -> bool {
        let mut rows = self.audit.iter();
        rows.any(|(who, waits)| who == lost && waits.contains(role))
    }

    /// Nobody ends but with its run over, or because of the one that is lost, or of one that has
    /// left on its account.
    fn hear(&mut self, way: Way, victim: usize, moment: Moment, ends: &[End]) {
        let (name, lost) = (self.name, self.roles[victim]);
        let about = format!("{name}: {way:?} {lost} ({victim}) {moment:?}: {ends:?}");
        let stopped: BTreeSet<&str> = (0..ends.len())
            .filter(|seat| !matches!(ends[*seat], Some(Ok(()))))
            .map(|seat| self.roles[seat])
            .collect();
        let tolerated = self
            .audit
            .iter()
            .all(|(who, waits)| who != lost || waits.is_empty());
        if tolerated && way != Way::CutOff && self.roles.len() > 2 {
            let all = ends.iter().all(|end| matches!(end, None | Some(Ok(()))));
            assert!(all, "the audit tolerates it. {about}");
        }
        for (seat, end) in ends.iter().enumerate() {
            let Some(Err(stop)) = end else {
                continue;
            };
            let role = self.roles[seat];
            let (Stop::Sending(error) | Stop::Receiving(error)) = stop;
            let SessionError::PeerLost { role: gone } = error else {
                panic!("{role} ended otherwise. {about}");
            };
            if way == Way::CutOff && seat == victim {
                continue;
            }
            assert!(*gone == lost || stopped.contains(gone), "{about}");
            if *gone != lost {
                continue;
            }
            self.waited.insert((lost, role));
            if matches!(stop, Stop::Receiving(_)) {
                assert!(
                    self.waits(lost, role),
                    "the audit has no such wait. {about}"
                );
            }
        }
    }
}

async fn die_everywhere<P: Play>(way: Way) {
    let (ends, steps) = run::<P>(way, None).await;
    assert!(ends.iter().all(|end| *end == Some(Ok(()))), "{ends:?}");
    let protocol = P::protocol();
    let roster = Stage::<P>::new(P::SIZES).await.roster();
    let roles = roster
        .seats
        .iter()
        .map(|seat| protocol.roles[usize::from(seat.role)].name);
    let mut judge = Judge {
        name: protocol.name,
        roles: roles.collect(),
        audit: audit(protocol),
        waited: BTreeSet::new(),
    };
    for (victim, count) in steps.iter().enumerate() {
        for steps in 0..*count {
            for inside in [false, true] {
                let moment = Moment { steps, inside };
                let (ends, _) = run::<P>(way, Some((victim, moment))).await;
                judge.hear(way, victim, moment, &ends);
            }
        }
    }
    for (lost, waits) in &judge.audit {
        for role in waits {
            let seen = judge.waited.iter();
            let seen = seen.filter(|(one, other)| one == lost && other == role);
            assert_eq!(
                seen.count(),
                1,
                "{}: {role} never waited for {lost}",
                judge.name
            );
        }
    }
}

/// A test for each play and each way.
macro_rules! loss {
    ($($name:ident: $protocol:ty),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[tokio::test(start_paused = true)]
            async fn leaves() {
                die_everywhere::<$protocol>(Way::Leaves).await;
            }

            #[tokio::test(start_paused = true)]
            async fn leaves_its_node() {
                die_everywhere::<$protocol>(Way::LeavesNode).await;
            }

            #[tokio::test(start_paused = true)]
            async fn is_gone_with_its_node() {
                die_everywhere::<$protocol>(Way::NodeDies).await;
            }

            #[tokio::test(start_paused = true)]
            async fn is_gone_with_its_node_under_tls() {
                die_everywhere::<$protocol>(Way::NodeDiesSecure).await;
            }

            #[tokio::test(start_paused = true)]
            async fn is_cut_off() {
                die_everywhere::<$protocol>(Way::CutOff).await;
            }
        }
    )*};
}

loss! {
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

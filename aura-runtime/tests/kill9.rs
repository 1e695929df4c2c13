//! A process that sends under load is killed with SIGKILL, again and again, while another process, this
//! one, records what leaves it. After each restart what was seen is covered by charges in the store, no
//! fact whose message arrived is missing, and the store is whole. One kill in five comes between the
//! write of a batch and its acknowledgement: then nothing of that batch may have been seen.
//!
//! `AURA_KILLS` says how many kills; `cargo xtask kill9` sets it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that starts processes"
)]

mod request_response;

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use aura_runtime::{
    endpoint::Limits,
    fact::{FactId, WrittenFact},
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::Observer,
    session::{Room, SessionError},
    store::{Archive as _, Content, Holdings, Record, SqliteStore, Store, StoreError},
};
use request_response::{Client, PROTOCOL, RequestData, RequestResponse, ResponseData, Server};

const TASKS: u8 = 8;

fn client() -> AuthorityId {
    Identity::from_seed([1; 32]).id()
}

fn server() -> AuthorityId {
    Identity::from_seed([2; 32]).id()
}

fn context() -> ContextId {
    ContextId::derive("group", &[client(), server()], b"kill9")
}

/// What leaves the process: one line, one write.
fn tap(line: &str) {
    let line = format!("tap {line}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

/// How the store of the process behaves.
#[derive(Clone, Copy, PartialEq)]
enum Conduct {
    Good,
    /// It stops for ever between a write and its acknowledgement, at this batch.
    Parks(u32),
    /// It acknowledges what it has not written: a fault, to see that it is found.
    Lies,
}

struct Watched {
    store: SqliteStore,
    conduct: Conduct,
    batches: u32,
}

impl Store for Watched {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        self.store.load()
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        let sends = batch.iter().any(|record| matches!(record, Record::Send(_)));
        self.batches += u32::from(sends);
        if self.conduct == Conduct::Lies && sends && self.batches.wrapping_rem(4) == 3 {
            return Ok(());
        }
        self.store.commit(batch)?;
        if let Conduct::Parks(at) = self.conduct
            && sends
            && self.batches >= at
        {
            for record in batch {
                if let Record::Send(sent) = record {
                    tap(&format!("parked {:?}", sent.session));
                }
            }
            tap("parked");
            thread::sleep(Duration::from_hours(1));
        }
        Ok(())
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        self.store.facts(each)
    }
}

async fn ledger(path: &Path, peer: AuthorityId, conduct: Conduct) -> Arc<Ledger> {
    let store = SqliteStore::open(path).unwrap();
    let ledger = Ledger::open(Watched {
        store,
        conduct,
        batches: 0,
    })
    .unwrap();
    ledger.grant(context(), "send_request");
    ledger.grant(context(), "send_response");
    ledger
        .declare_budget(context(), peer, 1, 1 << 40)
        .await
        .unwrap();
    ledger
        .declare_leakage(context(), Observer::Neighbor, 1 << 40)
        .await
        .unwrap();
    ledger
}

async fn run(ledgers: [Arc<Ledger>; 2], session: SessionId) -> Result<(), SessionError> {
    let seat = |role, authority| Seat {
        role,
        member: 0,
        authority,
    };
    let roster = Roster {
        protocol: PROTOCOL.hash,
        session,
        contexts: vec![context()],
        sizes: vec![],
        seats: vec![seat(0, client()), seat(1, server())],
    };
    let mut room = Room::<RequestResponse>::new(roster, Limits::default()).unwrap();
    let mut near = room.join::<Client>(&ledgers[0]).unwrap();
    let mut far = room.join::<Server>(&ledgers[1]).unwrap();
    let ask = async {
        let body = "?".to_owned();
        let state = near.start()?.send_request(RequestData { body }).await?;
        state.send_response().await?;
        tap(&format!("response {session:?}"));
        Ok::<_, SessionError>(())
    };
    let answer = async {
        let (_, state) = far.start()?.send_request().await?;
        tap(&format!("request {session:?}"));
        let body = "!".to_owned();
        state.send_response(ResponseData { body }).await?;
        Ok::<_, SessionError>(())
    };
    futures::try_join!(ask, answer).map(drop)
}

#[test]
#[ignore = "the process that is killed; the other tests start it"]
fn sender() {
    let Ok(folder) = env::var("AURA_KILL9_FOLDER") else {
        return;
    };
    let number = |name| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u32>().ok())
    };
    let round = number("AURA_KILL9_ROUND").unwrap().to_le_bytes();
    let conduct = match number("AURA_KILL9_PARK") {
        Some(at) => Conduct::Parks(at),
        None if env::var("AURA_KILL9_LIES").is_ok() => Conduct::Lies,
        None => Conduct::Good,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = Path::new(&folder);
        let ledgers = [
            ledger(&folder.join("client.db"), server(), conduct).await,
            ledger(&folder.join("server.db"), client(), Conduct::Good).await,
        ];
        let tasks = (0..TASKS).map(|task| {
            let ledgers = ledgers.clone();
            tokio::spawn(async move {
                for count in 0u32.. {
                    let mut session = [0; 16];
                    session[..4].copy_from_slice(&round);
                    session[4] = task;
                    session[5..9].copy_from_slice(&count.to_le_bytes());
                    run(ledgers.clone(), SessionId(session)).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

/// What was seen of one process before it was killed.
#[derive(Debug, Default)]
struct Seen {
    requests: BTreeSet<String>,
    responses: BTreeSet<String>,
    /// The sessions of the batch that was written and not acknowledged.
    parked: BTreeSet<String>,
}

/// Starts the process, lets it send, kills it; what was seen.
fn kill(folder: &Path, round: u32, conduct: Conduct, patience: Duration) -> Seen {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["sender", "--exact", "--ignored", "--nocapture"])
        .env("AURA_KILL9_FOLDER", folder)
        .env("AURA_KILL9_ROUND", round.to_string())
        .stdout(Stdio::piped());
    match conduct {
        Conduct::Parks(at) => drop(command.env("AURA_KILL9_PARK", at.to_string())),
        Conduct::Lies => drop(command.env("AURA_KILL9_LIES", "1")),
        Conduct::Good => {}
    }
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (send, receive) = mpsc::channel();
    let (mut first, parks) = (Some(send), matches!(conduct, Conduct::Parks(_)));
    let reader = thread::spawn(move || {
        let mut seen = Seen::default();
        for line in lines.map_while(Result::ok) {
            let Some(line) = line.split_once("tap ").map(|(_, line)| line.to_owned()) else {
                continue;
            };
            match line.split_once(' ') {
                Some(("request", session)) => drop(seen.requests.insert(session.to_owned())),
                Some(("response", session)) => drop(seen.responses.insert(session.to_owned())),
                Some((_, session)) => drop(seen.parked.insert(session.to_owned())),
                None => {}
            }
            if !parks || line == "parked" {
                first.take();
            }
        }
        seen
    });
    // The channel closes with the first line that counts.
    let _ = receive.recv_timeout(Duration::from_mins(1)) as Result<(), _>;
    thread::sleep(patience);
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// What the stores say after a kill: opens them, which checks every row, and compares.
fn judge(folder: &Path, seen: &Seen) -> Result<usize, String> {
    let mut charged = Vec::new();
    let mut facts = BTreeSet::new();
    for name in ["client.db", "server.db"] {
        let store = SqliteStore::open(folder.join(name));
        let mut store = store.map_err(|error| error.to_string())?;
        let mut sessions = BTreeSet::new();
        store
            .charges(&mut |charge, _| {
                sessions.insert(format!("{:?}", charge.session));
                Ok(())
            })
            .map_err(|error| error.to_string())?;
        store
            .contents(&mut |_, content| {
                if let Content::Fact(fact) = content {
                    facts.insert(format!("{:?}", fact.fact().session));
                }
                Ok(())
            })
            .map_err(|error| error.to_string())?;
        charged.push(sessions);
    }
    let missing = |what: &str, seen: &BTreeSet<String>, stored: &BTreeSet<String>| match seen
        .difference(stored)
        .next()
    {
        Some(session) => Err(format!("{what} {session} is missing")),
        None => Ok(()),
    };
    missing("the charge of request", &seen.requests, &charged[0])?;
    missing("the charge of response", &seen.responses, &charged[1])?;
    missing("the fact of response", &seen.responses, &facts)?;
    missing("the written batch of", &seen.parked, &charged[0])?;
    if let Some(session) = seen.parked.intersection(&seen.requests).next() {
        return Err(format!(
            "request {session} was sent before it was acknowledged"
        ));
    }
    Ok(charged[0].len())
}

#[test]
fn kills_lose_nothing_and_nothing_leaves_for_free() {
    let kills = env::var("AURA_KILLS").ok();
    let kills: u32 = kills.map_or(50, |text| text.parse().unwrap());
    let mut folder = tempfile::tempdir().unwrap();
    let (mut parked, mut requests, mut responses) = (0, 0, 0);
    let mut dice = 0x9e37_79b9_7f4a_7c15u64;
    for round in 0..kills {
        if round % 25 == 24 {
            // A journal that grows for ever would only make the checks slower.
            folder = tempfile::tempdir().unwrap();
        }
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        let conduct = match round % 5 {
            0 => Conduct::Parks(u32::try_from(1 + dice % 7).unwrap()),
            _ => Conduct::Good,
        };
        let patience = Duration::from_micros(dice >> 20 & 0x7fff);
        let seen = kill(folder.path(), round, conduct, patience);
        let charged = judge(folder.path(), &seen);
        assert!(charged.is_ok(), "kill {round}: {charged:?}");
        parked += u32::from(!seen.parked.is_empty());
        requests += seen.requests.len();
        responses += seen.responses.len();
    }
    println!(
        "{kills} kills, {parked} of them between write and acknowledgement; \
         {requests} requests and {responses} responses were seen, all charged"
    );
    assert!(parked >= kills / 10, "{parked} of {kills}");
    assert!(requests > kills as usize && responses > kills as usize / 2);
}

/// The judge is not blind.
#[test]
fn a_store_that_acknowledges_early_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let found = (0..5).any(|round| {
        let seen = kill(
            folder.path(),
            round,
            Conduct::Lies,
            Duration::from_millis(30),
        );
        judge(folder.path(), &seen).is_err()
    });
    assert!(found);
}

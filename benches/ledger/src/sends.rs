//! Guarded sends that are durable before they leave, and raw commits of SQLite on the same disk.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
    time::Instant,
};

use aura_runtime::{
    endpoint::Limits,
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::Observer,
    session::{Room, SessionError},
    store::SqliteStore,
};
use rusqlite::Connection;

use crate::{
    Failure, median,
    request_response::{Client, PROTOCOL, RequestData, RequestResponse, ResponseData, Server},
    say,
};

/// Commits, or sends one after the other, of a round.
const SINGLE: u32 = 60;

/// Sessions that run at once, and how many each of these runs, one after the other, in a round.
const AT_ONCE: u32 = 64;
const EACH: u32 = 60;

// Deriving a key takes as long as a send.
static CLIENT: LazyLock<AuthorityId> = LazyLock::new(|| Identity::from_seed([1; 32]).id());
static SERVER: LazyLock<AuthorityId> = LazyLock::new(|| Identity::from_seed([2; 32]).id());

const CONTEXT: ContextId = ContextId([2; 32]);

fn raw(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection
        .execute_batch("CREATE TABLE row (id INTEGER PRIMARY KEY, what BLOB NOT NULL) STRICT;")?;
    Ok(connection)
}

async fn ledger(path: &Path) -> Result<Arc<Ledger>, Failure> {
    let ledger = Ledger::open(SqliteStore::open(path)?)?;
    for capability in ["send_request", "send_response"] {
        ledger.grant(CONTEXT, capability);
    }
    for peer in [*CLIENT, *SERVER] {
        ledger.declare_budget(CONTEXT, peer, 1, 1 << 50).await?;
    }
    ledger
        .declare_leakage(CONTEXT, Observer::Neighbor, 1 << 50)
        .await?;
    Ok(ledger)
}

/// One session: a request, and an answer that leaves a fact.
async fn session(ledger: &Arc<Ledger>, number: u64) -> Result<(), Failure> {
    let seat = |role, authority| Seat {
        role,
        member: 0,
        authority,
    };
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    let roster = Roster {
        protocol: PROTOCOL.hash,
        session: SessionId(id),
        contexts: vec![CONTEXT],
        sizes: vec![],
        seats: vec![seat(0, *CLIENT), seat(1, *SERVER)],
    };
    let mut room = Room::<RequestResponse>::new(roster, Limits::default())?;
    let mut near = room.join::<Client>(ledger)?;
    let mut far = room.join::<Server>(ledger)?;
    let ask = async {
        let body = "?".to_owned();
        let state = near.start()?.send_request(RequestData { body }).await?;
        state.send_response().await?;
        Ok::<_, SessionError>(())
    };
    let answer = async {
        let (_, state) = far.start()?.send_request().await?;
        let body = "!".to_owned();
        state.send_response(ResponseData { body }).await?;
        Ok::<_, SessionError>(())
    };
    futures::try_join!(ask, answer)?;
    Ok(())
}

pub(crate) fn run(rounds: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let connection = raw(&folder.path().join("raw.db"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?;
    let ledger = runtime.block_on(ledger(&folder.path().join("journal.db")))?;
    let mut next = 0u64;
    let (mut raws, mut alone, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rates, mut gains) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        for number in 0..SINGLE {
            connection.execute("INSERT INTO row (what) VALUES (?1)", [[number as u8; 200]])?;
        }
        let commit = began.elapsed().as_secs_f64() / f64::from(SINGLE);
        let began = Instant::now();
        futures::executor::block_on(async {
            for _ in 0..SINGLE / 2 {
                next += 1;
                session(&ledger, next).await?;
            }
            Ok::<_, Failure>(())
        })?;
        let send = began.elapsed().as_secs_f64() / f64::from(SINGLE);
        let began = Instant::now();
        let tasks: Vec<_> = (0..u64::from(AT_ONCE))
            .map(|task| {
                let ledger = Arc::clone(&ledger);
                let first = next + 1 + task * u64::from(EACH);
                runtime.spawn(async move {
                    for number in 0..u64::from(EACH) {
                        session(&ledger, first + number).await?;
                    }
                    Ok::<_, Failure>(())
                })
            })
            .collect();
        runtime.block_on(async {
            for task in tasks {
                task.await??;
            }
            Ok::<_, Failure>(())
        })?;
        next += u64::from(AT_ONCE * EACH);
        let rate = f64::from(2 * AT_ONCE * EACH) / began.elapsed().as_secs_f64();
        raws.push(commit * 1e6);
        alone.push(send * 1e6);
        ratios.push(send / commit);
        rates.push(rate);
        gains.push(rate * commit);
    }
    say("raw_us", median(raws));
    say("alone_us", median(alone));
    say("alone_ratio", median(ratios));
    say("at_once_rate", median(rates));
    say("at_once_gain", median(gains));
    Ok(())
}

//! A journal of many facts: opened, reduced, held in memory, merged with one that differs a little.

use std::{collections::BTreeMap, path::Path, time::Instant};

use aura_runtime::{
    fact::Fact,
    identity::{AuthorityId, ContextId, SessionId},
    journal::{Journal, Namespace, Reducer},
    ledger::Ledger,
    machine::ProtocolHash,
    store::{Record, SentRecord, SqliteStore, Store as _},
};
use futures::executor::block_on;

use crate::{Failure, heap, say};

const CONTEXT: ContextId = ContextId([2; 32]);

/// Facts of a session.
const STEPS: u64 = 100;

/// What a fact says, in bytes.
const PAYLOAD: usize = 32;

/// The last step of each session.
struct Last;

impl Reducer for Last {
    type State = BTreeMap<SessionId, u64>;

    fn reduce(&self, fact: &Fact) -> Self::State {
        BTreeMap::from([(fact.session, fact.step)])
    }
}

fn fact(number: u64) -> Fact {
    let mut session = [0; 16];
    session[..8].copy_from_slice(&(number / STEPS).to_le_bytes());
    let mut value = vec![0; PAYLOAD];
    value[..8].copy_from_slice(&number.to_le_bytes());
    Fact {
        namespace: "bench".into(),
        name: "happened".into(),
        protocol: ProtocolHash([1; 32]),
        context: CONTEXT,
        session: SessionId(session),
        step: number % STEPS,
        role: 0,
        author: AuthorityId([5; 32]),
        peer: AuthorityId([6; 32]),
        fields: vec![("value".into(), value)],
    }
}

/// A journal of so many facts, joined from others or left by sends.
fn fill(path: &Path, count: u64, sends: bool) -> Result<(), Failure> {
    let mut store = SqliteStore::open(path)?;
    for first in (0..count).step_by(10_000) {
        let facts = (first..count.min(first + 10_000)).map(fact);
        let facts = facts.map(|fact| (fact.id(), fact));
        let batch: Vec<Record> = if sends {
            let sent = facts.map(|(id, fact)| SentRecord {
                context: CONTEXT,
                peer: fact.peer,
                epoch: 1,
                cost: 1,
                leak: [0; 3],
                session: fact.session,
                step: fact.step,
                label: "Label",
                facts: vec![(id, fact)],
                log: None,
            });
            sent.map(|sent| Record::Send(Box::new(sent))).collect()
        } else {
            vec![Record::Facts(facts.collect())]
        };
        store.commit(&batch)?;
    }
    Ok(())
}

pub(crate) fn run(count: u64) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let here = Namespace::Context(CONTEXT);
    say("facts", count as f64);
    let charged = folder.path().join("charged.db");
    fill(&charged, count, true)?;
    let began = Instant::now();
    let ledger = Ledger::open(SqliteStore::open(&charged)?)?;
    say("open_charged_s", began.elapsed().as_secs_f64());
    drop(ledger);
    let path = folder.path().join("journal.db");
    fill(&path, count, false)?;
    let before = heap::bytes();
    let began = Instant::now();
    let ledger = Ledger::open(SqliteStore::open(&path)?)?;
    say("open_s", began.elapsed().as_secs_f64());
    let mut journal: Journal<BTreeMap<SessionId, u64>> = block_on(ledger.journal(here))?;
    say("open_and_read_s", began.elapsed().as_secs_f64());
    if journal.len() as u64 != count {
        return Err("facts are missing".into());
    }
    let held = heap::bytes() - before;
    say("bytes_a_fact", held as f64 / count as f64 - PAYLOAD as f64);
    let began = Instant::now();
    let state = journal.reduce(&Last);
    say("reduce_s", began.elapsed().as_secs_f64());
    if state.len() as u64 != count.div_ceil(STEPS) {
        return Err("sessions are missing".into());
    }
    merge(&mut journal, count)?;
    Ok(())
}

/// A copy that knows a hundred facts more is merged.
fn merge(journal: &mut Journal<BTreeMap<SessionId, u64>>, count: u64) -> Result<(), Failure> {
    let mut apart: Journal<BTreeMap<SessionId, u64>> = Journal::new(journal.namespace());
    // Built from its facts, so that it shares no memory with the other.
    for fact in journal.facts() {
        apart.insert(fact)?;
    }
    for number in count..count + 100 {
        apart.insert(fact(number))?;
    }
    let began = Instant::now();
    let _ = (journal.digest(), apart.digest());
    say("digest_s", began.elapsed().as_secs_f64());
    let mut shared = journal.clone();
    let began = Instant::now();
    let merged = shared.merge(&apart)?;
    say("merge_us", began.elapsed().as_secs_f64() * 1e6);
    say("merge_new", merged.new as f64);
    say("merge_entered", merged.entered as f64);
    Ok(())
}

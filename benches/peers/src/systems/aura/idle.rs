//! Sessions that are open and do nothing: what one takes to create and to keep.

use std::{any::Any, time::Instant};

use aura_runtime::{identity::SessionId, session::Session};

use super::{
    Timed,
    play::ping_pong::ping_pong::{A, B, PingPong},
    stage::Stage,
};
use crate::scenario::{Failure, on_a_runtime, on_one_thread};

/// Sessions, kept until dropped.
pub type Idle = Box<dyn Any>;

fn numbered(stage: &Stage, number: u64) -> aura_runtime::identity::Roster {
    let mut roster = stage.roster();
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    roster.session = SessionId(id);
    roster
}

/// Opens so many sessions of two roles, both seats in this process. The time is that of rooms and
/// seats alone.
pub fn in_one_process(count: u64) -> Result<(Idle, std::time::Duration), Failure> {
    on_one_thread(async {
        let stage = Stage::of::<PingPong>();
        let ledgers = [stage.ledger().await?, stage.ledger().await?];
        let mut kept: Vec<(Session<A>, Session<B>)> = Vec::new();
        let mut rosters: Vec<_> = (0..count).map(|number| numbered(&stage, number)).collect();
        let began = Instant::now();
        while let Some(roster) = rosters.pop() {
            let mut room = stage.room_of::<PingPong>(roster)?;
            kept.push((room.join(&ledgers[0])?, room.join(&ledgers[1])?));
        }
        let took = began.elapsed();
        Ok((Box::new(kept) as Idle, took))
    })
}

/// Opens so many sessions between two nodes over one memory transport, handshake included.
pub fn over_nodes(count: u64, then: impl FnOnce(std::time::Duration)) -> Timed {
    on_a_runtime(async {
        let stage = Stage::of::<PingPong>();
        let nodes = stage.nodes().await?;
        let (opener, acceptor) = (&nodes[0], &nodes[1]);
        let mut acceptor = acceptor.offer::<B>(|_, _| true);
        let mut kept: Vec<(Session<A>, Session<B>)> = Vec::new();
        // Naming the authorities takes two keys, which no session needs.
        let mut rosters: Vec<_> = (0..count).map(|number| numbered(&stage, number)).collect();
        let began = Instant::now();
        while let Some(roster) = rosters.pop() {
            kept.push(futures::try_join!(
                opener.open::<A>(roster),
                acceptor.accept()
            )?);
        }
        let took = began.elapsed();
        then(took);
        drop(kept);
        Ok(took)
    })
}

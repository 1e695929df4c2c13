//! Ten thousand sessions at once, in one process, over two ledgers: what they take, and how fast
//! they go.
//!
//! `cargo run --release --example many_sessions -- 10000`

use std::{error::Error, fs, time::Instant};

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    identity::SessionId,
    session::{Room, Session, SessionError},
};
use ping::{A, B, Ping};

mod stage;

aura_choreography! {
    #[namespace = "examples"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "ping", flow_cost = 1] -> B: Ping(u64);
        B[guard_capability = "ping", flow_cost = 1] -> A: Pong(u64);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: u32 = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 10_000,
    };
    let mut roster = stage::roster::<Ping>(&[])?;
    let ledgers = [
        stage::ledger::<Ping>(&roster, u64::MAX / 2).await?,
        stage::ledger::<Ping>(&roster, u64::MAX / 2).await?,
    ];
    let before = memory();
    let began = Instant::now();
    let mut sessions: Vec<(Session<A>, Session<B>)> = Vec::new();
    for _ in 0..count {
        roster.session = SessionId::random()?;
        let mut room = Room::new(roster.clone(), Limits::default())?;
        sessions.push((room.join(&ledgers[0])?, room.join(&ledgers[1])?));
    }
    let opened = began.elapsed();
    let taken = memory().saturating_sub(before);
    println!(
        "{count} sessions of two parties: {} MB, {:.1} us to open each",
        taken / 1024,
        opened.as_secs_f64() * 1e6 / f64::from(count.max(1))
    );
    let began = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for (number, (mut a, mut b)) in (0u64..).zip(sessions) {
        running.spawn(async move {
            let (answer, ()) = futures::try_join!(
                async {
                    let (answer, _) = a.start()?.ping(number).await?.pong().await?;
                    Ok::<_, SessionError>(answer)
                },
                async {
                    let (asked, state) = b.start()?.ping().await?;
                    state.pong(asked + 1).await?;
                    Ok(())
                }
            )?;
            Ok::<_, SessionError>(answer == number + 1)
        });
    }
    let mut right = 0;
    while let Some(done) = running.join_next().await {
        right += usize::from(done??);
    }
    let took = began.elapsed().as_secs_f64();
    let rate = 2.0 * f64::from(count) / took;
    println!("{right} of {count} ran to their end; {rate:.0} guarded messages a second");
    let spent = ledgers[0]
        .budget(roster.contexts[0], stage::authority(1))
        .spent;
    println!("charged once each: {spent}");
    Ok(())
}

/// Resident memory in KiB, as the system tells it; 0 where it does not.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

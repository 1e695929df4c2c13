//! A token goes round a ring of four roles, three times, and each adds to it.
//!
//! Every role has its own local type; the round is counted, so nobody has to say that it goes on. The
//! end of a round is an enum: again, or done.

use std::error::Error;

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    session::{Room, Session, SessionError},
};
use ring::{East, North, Ring, South, West, east, north, south, west};

mod stage;

aura_choreography! {
    #[namespace = "examples"]
    protocol Ring {
        roles: North, East, South, West;
        loop (count: rounds) {
            North[guard_capability = "pass", flow_cost = 10] -> East: Token(u64);
            East[guard_capability = "pass", flow_cost = 10] -> South: Token(u64);
            South[guard_capability = "pass", flow_cost = 10] -> West: Token(u64);
            West[guard_capability = "pass", flow_cost = 10] -> North: Token(u64);
        }
    }
}

/// A role that takes the token, adds to it and passes it on.
macro_rules! passes {
    ($name:ident, $role:ty, $module:ident, $adds:literal) => {
        async fn $name(session: &mut Session<$role>) -> Result<(), SessionError> {
            let mut state = session.start()?;
            loop {
                let (token, next) = state.token().await?;
                match next.token(token + $adds).await? {
                    $module::Round::Again(again) => state = again,
                    $module::Round::Done(_) => return Ok(()),
                }
            }
        }
    };
}

passes!(east, East, east, 1);
passes!(south, South, south, 10);
passes!(west, West, west, 100);

async fn north(session: &mut Session<North>) -> Result<u64, SessionError> {
    let mut state = session.start()?;
    let mut token = 0;
    loop {
        let (next, round) = state.token(token).await?.token().await?;
        token = next;
        println!("north: the token is {token}");
        match round {
            north::Round::Again(again) => state = again,
            north::Round::Done(_) => return Ok(token),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let roster = stage::roster::<Ring>(&[3])?;
    let mut ledgers = Vec::new();
    for _ in &roster.seats {
        ledgers.push(stage::ledger::<Ring>(&roster, 1000).await?);
    }
    let mut room = Room::new(roster.clone(), Limits::default())?;
    let mut seats = (
        room.join::<North>(&ledgers[0])?,
        room.join::<East>(&ledgers[1])?,
        room.join::<South>(&ledgers[2])?,
        room.join::<West>(&ledgers[3])?,
    );
    let (token, (), (), ()) = futures::try_join!(
        north(&mut seats.0),
        east(&mut seats.1),
        south(&mut seats.2),
        west(&mut seats.3),
    )?;
    let spent = ledgers[0]
        .budget(roster.contexts[0], stage::authority(1))
        .spent;
    println!("the token came back as {token}; north has spent {spent}");
    Ok(())
}

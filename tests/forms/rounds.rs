//! Counted loops, `for`, and messages that may come from several roles.

use aura_macros::aura_choreography;
use aura_runtime::session::{Session, SessionError};
use futures::future::try_join_all;

use super::stage::Stage;

aura_choreography! {
    #[namespace = "forms"]
    protocol Tour {
        roles: A, B, Q[m];
        A -> B: Start;
        for i in Q {
            A -> Q[i]: Task(u32);
            loop (count: n) {
                Q[i] -> A: Part(u32);
                A -> B: Copy(u32);
            }
            A -> Q[i]: Thanks;
        }
        A -> B: End;
    }
}

use tour::{A, B, Q, Tour, a, b, q};

async fn leads(session: &mut Session<A>) -> Result<Vec<u32>, SessionError> {
    let mut asked = Vec::new();
    let mut state = session.start()?.start().await?;
    loop {
        let member = state.task_peer().unwrap().index();
        asked.push(member);
        let mut working = state.task(member * 100).await?;
        let thanks = loop {
            let (part, copying) = working.part().await?;
            match copying.copy(part).await? {
                a::Round::Again(next) => working = next,
                a::Round::Done(next) => break next,
            }
        };
        match thanks.thanks().await? {
            a::Round2::Again(next) => state = next,
            a::Round2::Done(end) => {
                end.end().await?;
                return Ok(asked);
            }
        }
    }
}

async fn copies(session: &mut Session<B>) -> Result<Vec<u32>, SessionError> {
    let mut state = session.start()?.start().await?;
    let mut heard = Vec::new();
    loop {
        let (part, next) = state.copy().await?;
        heard.push(part);
        match next {
            b::Round::AwaitCopy(next) => state = next,
            b::Round::AwaitEnd(end) => {
                end.end().await?;
                return Ok(heard);
            }
        }
    }
}

async fn works(session: &mut Session<Q>) -> Result<(), SessionError> {
    let (task, mut state) = session.start()?.task().await?;
    let mut part = task;
    loop {
        match state.part(part).await? {
            q::Round::Again(next) => state = next,
            q::Round::Done(end) => {
                end.thanks().await?;
                return Ok(());
            }
        }
        part += 1;
    }
}

#[tokio::test]
async fn every_round_of_every_member_in_order() {
    // m members, n parts.
    let troupe = Stage::<Tour>::new(&[3, 2]).await;
    let mut room = troupe.room();
    let mut a = room.join(&troupe.ledgers[0]).unwrap();
    let mut b = room.join(&troupe.ledgers[1]).unwrap();
    let mut members: Vec<_> = (2..5)
        .map(|at| room.join(&troupe.ledgers[at]).unwrap())
        .collect();
    let all = try_join_all(members.iter_mut().map(works));
    let (asked, heard, _) = futures::try_join!(leads(&mut a), copies(&mut b), all).unwrap();
    assert_eq!(asked, [0, 1, 2]);
    assert_eq!(heard, [0, 1, 100, 101, 200, 201]);
}

#[tokio::test]
async fn every_round_over_nodes() {
    let mut troupe = Stage::<Tour>::new(&[2, 3]).await;
    troupe.connect();
    let copying = troupe.accept::<B>(1);
    let working: Vec<_> = (2..4).map(|seat| troupe.accept::<Q>(seat)).collect();
    let (mut a, mut b, mut members) = futures::join!(
        troupe.open::<A>(),
        copying,
        futures::future::join_all(working)
    );
    let all = try_join_all(members.iter_mut().map(works));
    let (asked, heard, _) = futures::try_join!(leads(&mut a), copies(&mut b), all).unwrap();
    assert_eq!((asked, heard), (vec![0, 1], vec![0, 1, 2, 100, 101, 102]));
}

pub(crate) mod several_senders {
    use super::*;

    aura_choreography! {
        #[namespace = "forms"]
        protocol Either {
            roles: A, B, C;
            choice A {
                near: { A -> C: Direct(u32); A -> B: Skip; }
                far: { A -> B: Pass(u32); B -> C: Passed(u32); }
            }
        }
    }
    use self::either::{A, B, C, Either, b::SkipOrPass, c::DirectOrPassed};

    async fn run(remote: bool, near: bool) -> (u32, bool) {
        let mut troupe = Stage::<Either>::new(&[]).await;
        let (mut a, mut b, mut c);
        if remote {
            troupe.connect();
            let (bob, carol) = (troupe.accept::<B>(1), troupe.accept::<C>(2));
            (a, b, c) = futures::join!(troupe.open::<A>(), bob, carol);
        } else {
            let mut room = troupe.room();
            a = room.join(&troupe.ledgers[0]).unwrap();
            b = room.join(&troupe.ledgers[1]).unwrap();
            c = room.join(&troupe.ledgers[2]).unwrap();
        }
        let decides = async {
            let state = a.start()?;
            if near {
                state.direct(1).await?.skip().await?;
            } else {
                state.pass(2).await?;
            }
            Ok::<_, SessionError>(())
        };
        let passes = async {
            if let SkipOrPass::Pass(number, state) = b.start()?.receive().await? {
                state.passed(number).await?;
            }
            Ok::<_, SessionError>(())
        };
        let hears = async {
            Ok::<_, SessionError>(match c.start()?.receive().await? {
                DirectOrPassed::Direct(number, _) => (number, true),
                DirectOrPassed::Passed(number, _) => (number, false),
            })
        };
        futures::try_join!(decides, passes, hears).unwrap().2
    }

    #[tokio::test]
    async fn whoever_speaks_is_heard() {
        for remote in [false, true] {
            assert_eq!(run(remote, true).await, (1, true));
            assert_eq!(run(remote, false).await, (2, false));
        }
    }
}

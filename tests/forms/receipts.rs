//! Receipts in threads and in broadcasts, in one process and over nodes: each copy and each thread has a
//! nonce of its own, and what a message goes on from is what had arrived when its send began.

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    identity::DeviceId,
    node::NodeLimits,
    session::{Choreography, Session, SessionError},
};
use futures::{
    channel::oneshot,
    future::{join_all, try_join_all},
};

use super::stage::Stage;

aura_choreography! {
    #[namespace = "forms"]
    protocol Toll {
        roles: A, B, C;
        par {
            { A[receipt = root] -> B: X(u32); B[receipt = X] -> A: Y(u32); }
            { A[receipt = root] -> C: Z(u32); C[receipt = Z] -> A: W(u32); }
        }
        A[receipt = Y] -> B: Bye;
    }
}

aura_choreography! {
    #[namespace = "forms"]
    protocol Levy {
        roles: A, Q[m];
        A[receipt = root] -> Q[*]: Ask(u32);
        Q[*][receipt = Ask] -> A: Answer(u32);
    }
}

aura_choreography! {
    #[namespace = "forms"]
    protocol Grow {
        roles: A, B, C;
        A[receipt = root] -> B: First;
        B[receipt = First] -> A: Ball;
        par {
            { A -> C: Hold; A[receipt = Ball] -> C: Show; }
            { A[receipt = Ball] -> B: Again; B[receipt = Again] -> A: Ball; }
        }
    }
}

mod tolled {
    pub(super) use super::toll::{A, B, C, Toll, a_thread1, a_thread2};
}
mod grown {
    pub(super) use super::grow::{A, B, C, Grow, a_thread1, a_thread2};
}

async fn pays(session: &mut Session<tolled::A>) -> Result<u32, SessionError> {
    let state = session.start()?;
    let (mut one, mut two) = (0, 0);
    let joined = state
        .fork(
            async |thread: tolled::a_thread1::ToX<'_>| {
                let (answer, end) = thread.x(1).await?.y().await?;
                one = answer;
                Ok::<_, SessionError>(end)
            },
            async |thread: tolled::a_thread2::ToZ<'_>| {
                let (answer, end) = thread.z(2).await?.w().await?;
                two = answer;
                Ok::<_, SessionError>(end)
            },
        )
        .await?;
    joined.bye().await?;
    Ok(one + two)
}

async fn tolls_b(session: &mut Session<tolled::B>) -> Result<(), SessionError> {
    let (number, state) = session.start()?.x().await?;
    state.y(number * 10).await?.bye().await?;
    Ok(())
}

async fn tolls_c(session: &mut Session<tolled::C>) -> Result<(), SessionError> {
    let (number, state) = session.start()?.z().await?;
    state.w(number * 10).await?;
    Ok(())
}

/// The nonces that seat `of` has seen, of every seat.
fn seen<P: Choreography>(stage: &Stage<P>, of: usize) -> Vec<u64> {
    let seats = 0..stage.ledgers.len();
    let marks = seats.map(|source| {
        let ledger = &stage.ledgers[of];
        let source = stage.authority(source);
        ledger.seen_nonce(stage.context(), source, DeviceId::ONLY)
    });
    marks
        .map(|mark| mark.map_or(0, |(_, nonce)| nonce))
        .collect()
}

/// Nonces 1 and 2 go to one thread each, 3 to what follows them.
fn assert_tolled(stage: &Stage<tolled::Toll>) {
    assert_eq!(seen(stage, 0), [0, 1, 1], "one of each who answered");
    let (at_b, at_c) = (seen(stage, 1), seen(stage, 2));
    assert_eq!(at_b, [3, 0, 0], "its own receipts are not counted again");
    assert!((1..3).contains(&at_c[0]), "{at_c:?}");
    // 50 for each message where nothing else is said: 100.
    let spent = [(0, 1), (0, 2), (1, 0), (2, 0)].map(|(from, to)| stage.spent(from, to));
    assert_eq!(spent, [200, 100, 100, 100]);
}

#[tokio::test]
async fn threads_have_receipts_of_their_own() {
    let stage = Stage::<tolled::Toll>::new(&[]).await;
    let mut room = stage.room();
    let mut a = room.join(&stage.ledgers[0]).unwrap();
    let mut b = room.join(&stage.ledgers[1]).unwrap();
    let mut c = room.join(&stage.ledgers[2]).unwrap();
    let (sum, ..) = futures::try_join!(pays(&mut a), tolls_b(&mut b), tolls_c(&mut c)).unwrap();
    assert_eq!(sum, 30);
    assert_tolled(&stage);
}

#[tokio::test]
async fn threads_have_receipts_of_their_own_over_nodes() {
    let mut stage = Stage::<tolled::Toll>::new(&[]).await;
    stage.connect();
    let (b, c) = (stage.accept::<tolled::B>(1), stage.accept::<tolled::C>(2));
    let (mut a, mut b, mut c) = futures::join!(stage.open::<tolled::A>(), b, c);
    let (sum, ..) = futures::try_join!(pays(&mut a), tolls_b(&mut b), tolls_c(&mut c)).unwrap();
    assert_eq!(sum, 30);
    assert_tolled(&stage);
}

async fn levies(session: &mut Session<levy::A>) -> Result<u32, SessionError> {
    let (answers, _) = session.start()?.ask(7).await?.answer().await?;
    Ok(answers.values().sum())
}

async fn answers(session: &mut Session<levy::Q>) -> Result<(), SessionError> {
    let index = session.member().index();
    let (question, state) = session.start()?.ask().await?;
    state.answer(question + index).await?;
    Ok(())
}

/// A copy for each member, each with the next nonce.
fn assert_levied(stage: &Stage<levy::Levy>) {
    assert_eq!(seen(stage, 0), [0, 1, 1, 1]);
    for seat in 1..4 {
        let mut expected = [0; 4];
        expected[0] = seat as u64;
        assert_eq!(seen(stage, seat), expected);
        assert_eq!((stage.spent(0, seat), stage.spent(seat, 0)), (100, 100));
    }
}

#[tokio::test]
async fn copies_have_receipts_of_their_own() {
    let stage = Stage::<levy::Levy>::new(&[3]).await;
    let mut room = stage.room();
    let mut a = room.join(&stage.ledgers[0]).unwrap();
    let members = (0..3).map(|at| {
        room.join_member(at, &stage.ledgers[1 + at as usize])
            .unwrap()
    });
    let mut members: Vec<_> = members.collect();
    let members = try_join_all(members.iter_mut().map(answers));
    let (sum, _) = futures::try_join!(levies(&mut a), members).unwrap();
    assert_eq!(sum, 24);
    assert_levied(&stage);
}

#[tokio::test]
async fn copies_have_receipts_of_their_own_over_nodes() {
    let mut stage = Stage::<levy::Levy>::new(&[3]).await;
    stage.connect();
    let accepted: Vec<_> = (1..4).map(|seat| stage.accept::<levy::Q>(seat)).collect();
    let (mut a, mut members) = futures::join!(stage.open::<levy::A>(), join_all(accepted));
    let members = try_join_all(members.iter_mut().map(answers));
    let (sum, _) = futures::try_join!(levies(&mut a), members).unwrap();
    assert_eq!(sum, 24);
    assert_levied(&stage);
}

/// A second `Ball` comes with a longer chain while the send that goes on from the first one waits for room
/// on its line, where a frame has been measured for the shorter.
#[tokio::test]
async fn what_arrives_while_a_send_waits_is_not_what_it_goes_on_from() {
    let mut troupe = Stage::<grown::Grow>::new(&[]).await;
    troupe.connect_with(NodeLimits {
        session: Limits {
            window: 1,
            ..Limits::default()
        },
        ..NodeLimits::default()
    });
    let (b, c) = (troupe.accept::<grown::B>(1), troupe.accept::<grown::C>(2));
    let (mut a, mut b, mut c) = futures::join!(troupe.open::<grown::A>(), b, c);
    let (grew, has_grown) = oneshot::channel();
    let a = async {
        let state = a.start()?.first().await?.ball().await?;
        state
            .fork(
                async |thread: grown::a_thread1::ToHold<'_>| {
                    thread
                        .hold()
                        .await?
                        .show()
                        .await
                        .map_err(SessionError::from)
                },
                async |thread: grown::a_thread2::ToAgain<'_>| {
                    let end = thread.again().await?.ball().await?;
                    grew.send(()).unwrap();
                    Ok::<_, SessionError>(end)
                },
            )
            .await?;
        Ok::<_, SessionError>(())
    };
    let b = async {
        let state = b.start()?.first().await?;
        state.ball().await?.again().await?.ball().await?;
        Ok::<_, SessionError>(())
    };
    let c = async {
        has_grown.await.unwrap();
        c.start()?.hold().await?.show().await?;
        Ok::<_, SessionError>(())
    };
    futures::try_join!(a, b, c).unwrap();
    // Three hops: A's root, B's answer, A's show.
    assert_eq!(seen(&troupe, 2)[1], 1, "the first answer, not the second");
}

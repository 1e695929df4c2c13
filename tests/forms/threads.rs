//! `par`: threads side by side, joined, dropped and resumed; and one that never ends.

use std::convert::Infallible;

use aura_macros::aura_choreography;
use aura_runtime::session::{Session, SessionError};
use futures::FutureExt;

use super::stage::Stage;

aura_choreography! {
    #[namespace = "forms"]
    protocol Both {
        roles: A, B, C;
        loop (count: 2) {
            par {
                { A -> B: X(u32); B -> A: Y(u32); }
                { A -> C: Z(u32); C -> A: W(u32); }
            }
            A -> B: Sum(u32);
            A -> C: Sum(u32);
        }
        B -> C: Bye;
    }
}

use both::{A, B, Both, C, a, a_thread1, a_thread2, b, c};

async fn left<'t>(
    state: a_thread1::ToX<'t>,
    number: u32,
    sum: &mut u32,
) -> Result<a_thread1::End<'t>, SessionError> {
    let (answer, end) = state.x(number).await?.y().await?;
    *sum += answer;
    Ok(end)
}

async fn right<'t>(
    state: a_thread2::ToZ<'t>,
    number: u32,
    sum: &mut u32,
) -> Result<a_thread2::End<'t>, SessionError> {
    let (answer, end) = state.z(number).await?.w().await?;
    *sum += answer;
    Ok(end)
}

async fn forks(session: &mut Session<A>) -> Result<u32, SessionError> {
    let mut state = session.start()?;
    let mut total = 0;
    for round in 1.. {
        let (mut one, mut two) = (0, 0);
        let joined = state
            .fork(
                async |thread: a_thread1::ToX<'_>| left(thread, round, &mut one).await,
                async |thread: a_thread2::ToZ<'_>| right(thread, round, &mut two).await,
            )
            .await?;
        total += one + two;
        match joined.sum(total).await?.sum(total).await? {
            a::Round::Again(next) => state = next,
            a::Round::Done(_) => break,
        }
    }
    Ok(total)
}

async fn doubles(session: &mut Session<B>) -> Result<u32, SessionError> {
    let mut state = session.start()?;
    loop {
        let (number, answering) = state.x().await?;
        let (sum, next) = answering.y(number * 2).await?.sum().await?;
        match next {
            b::Round::Again(again) => state = again,
            b::Round::Done(done) => {
                done.bye().await?;
                return Ok(sum);
            }
        }
    }
}

async fn triples(session: &mut Session<C>) -> Result<u32, SessionError> {
    let mut state = session.start()?;
    loop {
        let (number, answering) = state.z().await?;
        let (sum, next) = answering.w(number * 3).await?.sum().await?;
        match next {
            c::Round::Again(again) => state = again,
            c::Round::Done(done) => {
                done.bye().await?;
                return Ok(sum);
            }
        }
    }
}

#[tokio::test]
async fn threads_are_joined_round_after_round() {
    let troupe = Stage::<Both>::new(&[]).await;
    let mut room = troupe.room();
    let mut a = room.join(&troupe.ledgers[0]).unwrap();
    let mut b = room.join(&troupe.ledgers[1]).unwrap();
    let mut c = room.join(&troupe.ledgers[2]).unwrap();
    let sums = futures::try_join!(forks(&mut a), doubles(&mut b), triples(&mut c)).unwrap();
    assert_eq!(sums, (15, 15, 15));
}

#[tokio::test]
async fn threads_over_nodes_have_queues_of_their_own() {
    let mut troupe = Stage::<Both>::new(&[]).await;
    troupe.connect();
    let (bob, carol) = (troupe.accept::<B>(1), troupe.accept::<C>(2));
    let (mut a, mut b, mut c) = futures::join!(troupe.open::<A>(), bob, carol);
    let sums = futures::try_join!(forks(&mut a), doubles(&mut b), triples(&mut c)).unwrap();
    assert_eq!(sums, (15, 15, 15));
}

#[tokio::test]
async fn a_fork_that_is_dropped_goes_on_where_its_threads_stand() {
    let troupe = Stage::<Both>::new(&[]).await;
    let mut room = troupe.room();
    let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
    let mut b = room.join::<B>(&troupe.ledgers[1]).unwrap();
    let mut c = room.join::<C>(&troupe.ledgers[2]).unwrap();
    let (mut one, mut two) = (0, 0);
    let dropped = a
        .start()
        .unwrap()
        .fork(
            async |thread: a_thread1::ToX<'_>| left(thread, 1, &mut one).await,
            async |thread: a_thread2::ToZ<'_>| right(thread, 1, &mut two).await,
        )
        .now_or_never();
    assert!(dropped.is_none(), "both have asked, and wait");
    let (number, answering) = b.start().unwrap().x().await.unwrap();
    let _ = answering.y(number * 2).await.unwrap();
    let (number, answering) = c.start().unwrap().z().await.unwrap();
    let _ = answering.w(number * 3).await.unwrap();
    assert!(a.start().is_err(), "it has begun");
    let a::At::ToFork(state) = a.resume().await else {
        panic!("still at the fork");
    };
    let joined = state
        .resume(
            async |thread: a_thread1::At<'_>| match thread {
                a_thread1::At::AwaitY(state) => Ok::<_, SessionError>(state.y().await?.1),
                _ => panic!("the first has sent"),
            },
            async |thread: a_thread2::At<'_>| match thread {
                a_thread2::At::AwaitW(state) => Ok(state.w().await?.1),
                _ => panic!("the second has sent"),
            },
        )
        .await
        .unwrap();
    let _ = joined.sum(5).await.unwrap();
    assert_eq!(troupe.spent(0, 1), 200, "X once, and Sum");
}

#[tokio::test]
async fn a_fork_can_be_spawned() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let troupe = Stage::<Both>::new(&[]).await;
    let mut room = troupe.room();
    let mut a = room.join(&troupe.ledgers[0]).unwrap();
    let mut b = room.join(&troupe.ledgers[1]).unwrap();
    let mut c = room.join(&troupe.ledgers[2]).unwrap();
    let others = tokio::spawn(is_send(async move {
        futures::try_join!(doubles(&mut b), triples(&mut c))
    }));
    assert_eq!(forks(&mut a).await.unwrap(), 15);
    assert_eq!(others.await.unwrap().unwrap(), (15, 15));
}

mod endless {
    use super::*;

    aura_choreography! {
        #[namespace = "forms"]
        protocol Endless {
            roles: A, B, C;
            par {
                { A -> B: X; }
                { rec R { A -> C: Tick(u32); C -> A: Tock(u32); continue R; } }
            }
        }
    }
    use self::endless::{A, B, C, Endless, a_thread1, a_thread2};

    #[tokio::test]
    async fn a_thread_that_never_ends_is_left_by_an_error_alone() {
        let troupe = Stage::<Endless>::new(&[]).await;
        let mut room = troupe.room();
        let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
        let mut b = room.join::<B>(&troupe.ledgers[1]).unwrap();
        let mut c = room.join::<C>(&troupe.ledgers[2]).unwrap();
        let ticks = async {
            let ended = a
                .start()?
                .fork(
                    async |thread: a_thread1::ToX<'_>| Ok(thread.x().await?),
                    async |thread: a_thread2::ToTick<'_>| {
                        let mut state = thread;
                        let mut number = 0;
                        loop {
                            let (next, again) = state.tick(number).await?.tock().await?;
                            (number, state) = (next, again);
                        }
                        #[expect(unreachable_code, reason = "this gives the loop its type")]
                        Ok::<Infallible, SessionError>(unreachable!())
                    },
                )
                .await;
            match ended {
                Ok(never) => match never {},
                Err(error) => Ok::<_, SessionError>(error),
            }
        };
        let hears = async { b.start()?.x().await.map(drop) };
        let counts = async move {
            let mut state = c.start()?;
            for _ in 0..50 {
                let (number, answering) = state.tick().await?;
                state = answering.tock(number + 1).await?;
            }
            drop(c);
            Ok(())
        };
        let (error, (), ()) = futures::try_join!(ticks, hears, counts).unwrap();
        assert_eq!(error, SessionError::PeerLost { role: "C" });
    }
}

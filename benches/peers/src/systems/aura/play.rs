//! Each role's side of each exchange, written once for the protocol with facts and without.

use aura_runtime::session::Session;

use super::{Fault, Timed, stage::Stage};
use crate::scenario::{BATCH, expect, on_a_task, on_one_thread, timed};

/// A module with a protocol, the sides of its roles, and both ways to run them. The first role
/// opens the session.
macro_rules! exchange {
    (
        $module:ident, $path:literal, $protocol:ident::$Protocol:ident,
        $first:ident: $First:ident, [$($role:ident: $Role:ident),+], $sides:ident
    ) => {
        pub(crate) mod $module {
            use super::*;

            aura_macros::aura_protocol!($path);
            use self::$protocol::{$First, $($Role,)+ $Protocol};

            $sides!($protocol);

            pub(crate) fn in_one_process(turns: u64) -> Timed {
                on_one_thread(async {
                    let stage = Stage::of::<$Protocol>();
                    let mut room = stage.room::<$Protocol>()?;
                    let mut $first: Session<$First> = room.join(&stage.ledger().await?)?;
                    $(let mut $role: Session<$Role> = room.join(&stage.ledger().await?)?;)+
                    timed(async {
                        futures::try_join!(
                            sides::$first(&mut $first, turns),
                            $(sides::$role(&mut $role, turns)),+
                        )?;
                        Ok(())
                    })
                    .await
                })
            }

            #[allow(dead_code, reason = "protocols with facts are run in one process alone")]
            pub(crate) fn over_nodes(turns: u64) -> Timed {
                on_a_task(async move {
                    let stage = Stage::of::<$Protocol>();
                    let nodes = stage.nodes().await?;
                    let mut others = nodes.iter();
                    let opener = others.next().ok_or("a node")?;
                    $(let mut $role = others.next().ok_or("a node")?.offer::<$Role>(|_, _| true);)+
                    let (mut $first, $(mut $role),+) = futures::try_join!(
                        opener.open::<$First>(stage.roster()),
                        $($role.accept()),+
                    )?;
                    timed(async {
                        futures::try_join!(
                            sides::$first(&mut $first, turns),
                            $(sides::$role(&mut $role, turns)),+
                        )?;
                        Ok(())
                    })
                    .await
                })
            }
        }
    };
}

macro_rules! ping_pong {
    ($protocol:ident) => {
        mod sides {
            use super::{$protocol::b, *};

            pub(super) async fn a(session: &mut Session<A>, turns: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                for turn in 0..turns {
                    let (value, next) = state.ping(turn).await?.pong().await?;
                    expect(value, turn + 1)?;
                    state = next;
                }
                state.stop().await?;
                Ok(())
            }

            pub(super) async fn b(session: &mut Session<B>, _: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                loop {
                    match state.receive().await? {
                        b::PingOrStop::Ping(value, next) => state = next.pong(value + 1).await?,
                        b::PingOrStop::Stop(_) => return Ok(()),
                    }
                }
            }
        }
    };
}

macro_rules! stream {
    ($protocol:ident) => {
        mod sides {
            use super::{$protocol::b, *};

            pub(super) async fn a(session: &mut Session<A>, turns: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                for turn in 0..turns {
                    let first = turn * BATCH;
                    let batch = state.item(first).await?;
                    let batch = batch.item(first + 1).await?.item(first + 2).await?;
                    let batch = batch.item(first + 3).await?.item(first + 4).await?;
                    let batch = batch.item(first + 5).await?.item(first + 6).await?;
                    state = batch.item(first + 7).await?.credit().await?;
                }
                state.stop().await?;
                Ok(())
            }

            pub(super) async fn b(session: &mut Session<B>, _: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                let mut due = 0;
                loop {
                    let (first, batch) = match state.receive().await? {
                        b::ItemOrStop::Item(first, batch) => (first, batch),
                        b::ItemOrStop::Stop(_) => return Ok(()),
                    };
                    let (_, batch) = batch.item().await?;
                    let (_, batch) = batch.item().await?;
                    let (_, batch) = batch.item().await?;
                    let (_, batch) = batch.item().await?;
                    let (_, batch) = batch.item().await?;
                    let (_, batch) = batch.item().await?;
                    let (last, batch) = batch.item().await?;
                    expect((first, last), (due, due + 7))?;
                    due += BATCH;
                    state = batch.credit().await?;
                }
            }
        }
    };
}

macro_rules! double_buffer {
    ($protocol:ident) => {
        mod sides {
            use super::{
                $protocol::{s, t},
                *,
            };

            pub(super) async fn s(session: &mut Session<S>, _: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                let mut next = 0;
                loop {
                    match state.receive().await? {
                        s::FillOrStop::Fill(more) => {
                            let fill = more.fill().await?.buffer([next; 8]).await?;
                            state = fill.buffer([next + 1; 8]).await?;
                            next += 2;
                        }
                        s::FillOrStop::Stop(_) => return Ok(()),
                    }
                }
            }

            pub(super) async fn k(session: &mut Session<K>, turns: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                for _ in 0..turns {
                    let decide = state.ready().await?.ready().await?;
                    let (first, wait) = decide.fill().await?.fill().await?.buffer().await?;
                    let (second, hand) = wait.buffer().await?;
                    state = hand.filled(first).await?.filled(second).await?;
                }
                let decide = state.ready().await?.ready().await?;
                decide.stop().await?.stop().await?;
                Ok(())
            }

            pub(super) async fn t(session: &mut Session<T>, _: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                let mut due = 0;
                loop {
                    match state.ready().await?.ready().await?.receive().await? {
                        t::FilledOrStop::Filled(first, wait) => {
                            let (second, next) = wait.filled().await?;
                            expect((first[7], second[7]), (due, due + 1))?;
                            due += 2;
                            state = next;
                        }
                        t::FilledOrStop::Stop(_) => return Ok(()),
                    }
                }
            }
        }
    };
}

macro_rules! ring {
    ($protocol:ident) => {
        mod sides {
            use super::{
                $protocol::{b, c},
                *,
            };

            pub(super) async fn a(session: &mut Session<A>, turns: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                for turn in 0..turns {
                    let (value, next) = state.token(turn).await?.token().await?;
                    expect(value, turn + 2)?;
                    state = next;
                }
                state.stop().await?;
                Ok(())
            }

            pub(super) async fn b(session: &mut Session<B>, _: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                loop {
                    match state.receive().await? {
                        b::TokenOrStop::Token(value, next) => state = next.token(value + 1).await?,
                        b::TokenOrStop::Stop(last) => {
                            last.stop().await?;
                            return Ok(());
                        }
                    }
                }
            }

            pub(super) async fn c(session: &mut Session<C>, _: u64) -> Result<(), Fault> {
                let mut state = session.start()?;
                loop {
                    match state.receive().await? {
                        c::TokenOrStop::Token(value, next) => state = next.token(value + 1).await?,
                        c::TokenOrStop::Stop(_) => return Ok(()),
                    }
                }
            }
        }
    };
}

exchange!(ping_pong, "protocols/ping_pong.aura", ping_pong::PingPong, a: A, [b: B], ping_pong);
exchange!(ping_pong_facts, "protocols/ping_pong_facts.aura", ping_pong_facts::PingPongFacts, a: A, [b: B], ping_pong);
exchange!(stream, "protocols/stream.aura", stream::Stream, a: A, [b: B], stream);
exchange!(stream_facts, "protocols/stream_facts.aura", stream_facts::StreamFacts, a: A, [b: B], stream);
exchange!(double_buffer, "protocols/double_buffer.aura", double_buffer::DoubleBuffer, s: S, [k: K, t: T], double_buffer);
exchange!(double_buffer_facts, "protocols/double_buffer_facts.aura", double_buffer_facts::DoubleBufferFacts, s: S, [k: K, t: T], double_buffer);
exchange!(ring, "protocols/ring.aura", ring::Ring, a: A, [b: B, c: C], ring);
exchange!(ring_facts, "protocols/ring_facts.aura", ring_facts::RingFacts, a: A, [b: B, c: C], ring);

//! The forks of rumpsteak, which share their macros: rumpsteak-aura 0.9.1 and telltale 22.

/// The four exchanges for one of the forks.
macro_rules! fork {
    ($module:ident, $name:literal, $lib:ident) => {
        pub(crate) mod $module {
            use std::time::Duration;

            use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
            use $lib::{
                Branch, End, Message, Receive, Role, Roles, Select, Send,
                channel::{Bidirectional, Nil},
                session, try_session,
            };

            use crate::scenario::{
                BATCH, Block as Values, Failure, System, expect, on_one_thread, timed,
            };

            pub(crate) const SYSTEM: System = System {
                name: $name,
                runs: [
                    Some(ping_pong::run),
                    Some(stream::run),
                    Some(double_buffer::run),
                    Some(ring::run),
                ],
                slower: 1,
            };

            type Channel<M> = Bidirectional<UnboundedSender<M>, UnboundedReceiver<M>>;

            mod ping_pong {
                use super::*;

                #[derive(Roles)]
                struct Roles(A, B);

                #[derive(Role)]
                #[message(Label)]
                struct A(#[route(B)] Channel<Label>);

                #[derive(Role)]
                #[message(Label)]
                struct B(#[route(A)] Channel<Label>);

                #[derive(Message)]
                enum Label {
                    Ping(Ping),
                    Pong(Pong),
                    Stop(Stop),
                }

                struct Ping(u64);
                struct Pong(u64);
                struct Stop;

                #[session]
                type PlayerA = Select<B, ChoiceA>;

                #[session]
                #[allow(dead_code, reason = "a type of what may be selected")]
                enum ChoiceA {
                    Ping(Ping, Receive<B, Pong, PlayerA>),
                    Stop(Stop, End),
                }

                #[session]
                type PlayerB = Branch<A, ChoiceB>;

                #[session]
                enum ChoiceB {
                    Ping(Ping, Send<A, Pong, PlayerB>),
                    Stop(Stop, End),
                }

                async fn a(role: &mut A, turns: u64) -> Result<(), Failure> {
                    try_session(role, |mut s: PlayerA<'_, _>| async move {
                        for turn in 0..turns {
                            let (Pong(value), next) = s.select(Ping(turn)).await?.receive().await?;
                            expect(value, turn + 1)?;
                            s = next;
                        }
                        Ok(((), s.select(Stop).await?))
                    })
                    .await
                }

                async fn b(role: &mut B) -> Result<(), Failure> {
                    try_session(role, |mut s: PlayerB<'_, _>| async move {
                        loop {
                            match s.branch().await? {
                                ChoiceB::Ping(Ping(value), next) => {
                                    s = next.send(Pong(value + 1)).await?;
                                }
                                ChoiceB::Stop(Stop, end) => return Ok(((), end)),
                            }
                        }
                    })
                    .await
                }

                pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
                    let Roles(mut left, mut right) = Roles::default();
                    on_one_thread(timed(async {
                        futures::try_join!(a(&mut left, turns), b(&mut right))
                    }))
                }
            }

            mod stream {
                use super::*;

                #[derive(Roles)]
                struct Roles(A, B);

                #[derive(Role)]
                #[message(Label)]
                struct A(#[route(B)] Channel<Label>);

                #[derive(Role)]
                #[message(Label)]
                struct B(#[route(A)] Channel<Label>);

                #[derive(Message)]
                enum Label {
                    Item(Item),
                    Credit(Credit),
                    Stop(Stop),
                }

                struct Item(u64);
                struct Credit;
                struct Stop;

                #[session]
                type Source = Select<B, ChoiceA>;

                #[session]
                #[allow(dead_code, reason = "a type of what may be selected")]
                #[rustfmt::skip]
                enum ChoiceA {
                    Item(Item, Send<B, Item, Send<B, Item, Send<B, Item, Send<B, Item, Send<B, Item,
                        Send<B, Item, Send<B, Item, Receive<B, Credit, Source>>>>>>>>),
                    Stop(Stop, End),
                }

                #[session]
                type Sink = Branch<A, ChoiceB>;

                #[session]
                #[rustfmt::skip]
                enum ChoiceB {
                    Item(Item, Receive<A, Item, Receive<A, Item, Receive<A, Item, Receive<A, Item,
                        Receive<A, Item, Receive<A, Item, Receive<A, Item, Send<A, Credit, Sink>>>>>>>>),
                    Stop(Stop, End),
                }

                async fn a(role: &mut A, turns: u64) -> Result<(), Failure> {
                    try_session(role, |mut s: Source<'_, _>| async move {
                        for turn in 0..turns {
                            let first = turn * BATCH;
                            let batch = s.select(Item(first)).await?;
                            let batch = batch.send(Item(first + 1)).await?;
                            let batch = batch.send(Item(first + 2)).await?;
                            let batch = batch.send(Item(first + 3)).await?;
                            let batch = batch.send(Item(first + 4)).await?;
                            let batch = batch.send(Item(first + 5)).await?;
                            let batch = batch.send(Item(first + 6)).await?;
                            let batch = batch.send(Item(first + 7)).await?;
                            let (Credit, next) = batch.receive().await?;
                            s = next;
                        }
                        Ok(((), s.select(Stop).await?))
                    })
                    .await
                }

                async fn b(role: &mut B) -> Result<(), Failure> {
                    try_session(role, |mut s: Sink<'_, _>| async move {
                        let mut due = 0;
                        loop {
                            let (Item(first), batch) = match s.branch().await? {
                                ChoiceB::Item(item, batch) => (item, batch),
                                ChoiceB::Stop(Stop, end) => return Ok(((), end)),
                            };
                            let (Item(_), batch) = batch.receive().await?;
                            let (Item(_), batch) = batch.receive().await?;
                            let (Item(_), batch) = batch.receive().await?;
                            let (Item(_), batch) = batch.receive().await?;
                            let (Item(_), batch) = batch.receive().await?;
                            let (Item(_), batch) = batch.receive().await?;
                            let (Item(last), batch) = batch.receive().await?;
                            expect((first, last), (due, due + 7))?;
                            due += BATCH;
                            s = batch.send(Credit).await?;
                        }
                    })
                    .await
                }

                pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
                    let Roles(mut left, mut right) = Roles::default();
                    on_one_thread(timed(async {
                        futures::try_join!(a(&mut left, turns), b(&mut right))
                    }))
                }
            }

            mod double_buffer {
                use super::*;

                #[derive(Roles)]
                struct Roles(S, K, T);

                #[derive(Role)]
                #[message(Label)]
                struct S(#[route(K)] Channel<Label>, #[route(T)] Nil);

                #[derive(Role)]
                #[message(Label)]
                struct K(#[route(S)] Channel<Label>, #[route(T)] Channel<Label>);

                #[derive(Role)]
                #[message(Label)]
                struct T(#[route(S)] Nil, #[route(K)] Channel<Label>);

                #[derive(Message)]
                enum Label {
                    Ready(Ready),
                    Fill(Fill),
                    Buffer(Buffer),
                    Stop(Stop),
                }

                struct Ready;
                struct Fill;
                struct Buffer(Values);
                struct Stop;

                #[session]
                type Source = Branch<K, ChoiceS>;

                #[session]
                enum ChoiceS {
                    Fill(Fill, Receive<K, Fill, Send<K, Buffer, Send<K, Buffer, Source>>>),
                    Stop(Stop, End),
                }

                #[session]
                type Kernel = Receive<T, Ready, Receive<T, Ready, Select<S, ChoiceK>>>;

                #[session]
                #[allow(dead_code, reason = "a type of what may be selected")]
                #[rustfmt::skip]
                enum ChoiceK {
                    Fill(Fill, Send<S, Fill, Receive<S, Buffer, Receive<S, Buffer,
                        Send<T, Buffer, Send<T, Buffer, Kernel>>>>>),
                    Stop(Stop, Send<T, Stop, End>),
                }

                #[session]
                type Sink = Send<K, Ready, Send<K, Ready, Branch<K, ChoiceT>>>;

                #[session]
                enum ChoiceT {
                    Buffer(Buffer, Receive<K, Buffer, Sink>),
                    Stop(Stop, End),
                }

                async fn source(role: &mut S) -> Result<(), Failure> {
                    try_session(role, |mut s: Source<'_, _>| async move {
                        let mut next = 0;
                        loop {
                            match s.branch().await? {
                                ChoiceS::Fill(Fill, more) => {
                                    let (Fill, fill) = more.receive().await?;
                                    let fill = fill.send(Buffer([next; 8])).await?;
                                    s = fill.send(Buffer([next + 1; 8])).await?;
                                    next += 2;
                                }
                                ChoiceS::Stop(Stop, end) => return Ok(((), end)),
                            }
                        }
                    })
                    .await
                }

                async fn kernel(role: &mut K, turns: u64) -> Result<(), Failure> {
                    try_session(role, |mut s: Kernel<'_, _>| async move {
                        for _ in 0..turns {
                            let (Ready, wait) = s.receive().await?;
                            let (Ready, decide) = wait.receive().await?;
                            let fill = decide.select(Fill).await?.send(Fill).await?;
                            let (first, wait) = fill.receive().await?;
                            let (second, hand) = wait.receive().await?;
                            s = hand.send(first).await?.send(second).await?;
                        }
                        let (Ready, wait) = s.receive().await?;
                        let (Ready, decide) = wait.receive().await?;
                        Ok(((), decide.select(Stop).await?.send(Stop).await?))
                    })
                    .await
                }

                async fn sink(role: &mut T) -> Result<(), Failure> {
                    try_session(role, |mut s: Sink<'_, _>| async move {
                        let mut due = 0;
                        loop {
                            let asked = s.send(Ready).await?.send(Ready).await?;
                            match asked.branch().await? {
                                ChoiceT::Buffer(Buffer(first), wait) => {
                                    let (Buffer(second), next) = wait.receive().await?;
                                    expect((first[7], second[7]), (due, due + 1))?;
                                    due += 2;
                                    s = next;
                                }
                                ChoiceT::Stop(Stop, end) => return Ok(((), end)),
                            }
                        }
                    })
                    .await
                }

                pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
                    let Roles(mut s, mut k, mut t) = Roles::default();
                    on_one_thread(timed(async {
                        futures::try_join!(source(&mut s), kernel(&mut k, turns), sink(&mut t))
                    }))
                }
            }

            mod ring {
                use super::*;

                #[derive(Roles)]
                struct Roles(A, B, C);

                #[derive(Role)]
                #[message(Label)]
                struct A(#[route(B)] UnboundedSender<Label>, #[route(C)] UnboundedReceiver<Label>);

                #[derive(Role)]
                #[message(Label)]
                struct B(#[route(A)] UnboundedReceiver<Label>, #[route(C)] UnboundedSender<Label>);

                #[derive(Role)]
                #[message(Label)]
                struct C(#[route(A)] UnboundedSender<Label>, #[route(B)] UnboundedReceiver<Label>);

                #[derive(Message)]
                enum Label {
                    Token(Token),
                    Stop(Stop),
                }

                struct Token(u64);
                struct Stop;

                #[session]
                type RingA = Select<B, ChoiceA>;

                #[session]
                #[allow(dead_code, reason = "a type of what may be selected")]
                enum ChoiceA {
                    Token(Token, Receive<C, Token, RingA>),
                    Stop(Stop, End),
                }

                #[session]
                type RingB = Branch<A, ChoiceB>;

                #[session]
                enum ChoiceB {
                    Token(Token, Send<C, Token, RingB>),
                    Stop(Stop, Send<C, Stop, End>),
                }

                #[session]
                type RingC = Branch<B, ChoiceC>;

                #[session]
                enum ChoiceC {
                    Token(Token, Send<A, Token, RingC>),
                    Stop(Stop, End),
                }

                async fn a(role: &mut A, turns: u64) -> Result<(), Failure> {
                    try_session(role, |mut s: RingA<'_, _>| async move {
                        for turn in 0..turns {
                            let (Token(value), next) = s.select(Token(turn)).await?.receive().await?;
                            expect(value, turn + 2)?;
                            s = next;
                        }
                        Ok(((), s.select(Stop).await?))
                    })
                    .await
                }

                async fn b(role: &mut B) -> Result<(), Failure> {
                    try_session(role, |mut s: RingB<'_, _>| async move {
                        loop {
                            match s.branch().await? {
                                ChoiceB::Token(Token(value), next) => {
                                    s = next.send(Token(value + 1)).await?;
                                }
                                ChoiceB::Stop(Stop, last) => {
                                    return Ok(((), last.send(Stop).await?));
                                }
                            }
                        }
                    })
                    .await
                }

                async fn c(role: &mut C) -> Result<(), Failure> {
                    try_session(role, |mut s: RingC<'_, _>| async move {
                        loop {
                            match s.branch().await? {
                                ChoiceC::Token(Token(value), next) => {
                                    s = next.send(Token(value + 1)).await?;
                                }
                                ChoiceC::Stop(Stop, end) => return Ok(((), end)),
                            }
                        }
                    })
                    .await
                }

                pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
                    let Roles(mut first, mut second, mut third) = Roles::default();
                    on_one_thread(timed(async {
                        futures::try_join!(a(&mut first, turns), b(&mut second), c(&mut third))
                    }))
                }
            }
        }
    };
}

fork!(rumpsteak_aura, "rumpsteak-aura 0.9.1", rumpsteak_aura);
fork!(telltale, "telltale 22.0.0", telltale);

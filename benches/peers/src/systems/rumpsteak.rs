//! rumpsteak 0.1.0, as its examples write it: what Aura's states wrap, without anything around it.

use std::time::Duration;

use rumpsteak::{
    Branch, End, Label, Receive, Select, Send,
    choice::Choice,
    role::{From, Nil, Role, Roles, To, ToFrom},
    try_session,
};

use crate::scenario::{BATCH, Block as Values, Failure, System, expect, on_one_thread, timed};

pub(crate) const SYSTEM: System = System {
    name: "rumpsteak 0.1.0",
    runs: [
        Some(ping_pong::run),
        Some(stream::run),
        Some(double_buffer::run),
        Some(ring::run),
    ],
    slower: 1,
};

mod ping_pong {
    use super::*;

    #[derive(Roles)]
    struct Roles(A, B);

    #[derive(Role)]
    #[message(Message)]
    struct A(#[route(B)] ToFrom<B>);

    #[derive(Role)]
    #[message(Message)]
    struct B(#[route(A)] ToFrom<A>);

    #[derive(Label)]
    enum Message {
        Ping(Ping),
        Pong(Pong),
        Stop(Stop),
    }

    struct Ping(u64);
    struct Pong(u64);
    struct Stop;

    type PlayerA<'a> = Select<'a, A, B, ChoiceA<'a>>;

    #[derive(Choice)]
    #[role('a, A)]
    #[allow(dead_code, reason = "a type of what may be selected")]
    enum ChoiceA<'a> {
        Ping(Ping, Receive<'a, A, B, Pong, PlayerA<'a>>),
        Stop(Stop, End<'a>),
    }

    type PlayerB<'b> = Branch<'b, B, A, ChoiceB<'b>>;

    #[derive(Choice)]
    #[role('b, B)]
    enum ChoiceB<'b> {
        Ping(Ping, Send<'b, B, A, Pong, PlayerB<'b>>),
        Stop(Stop, End<'b>),
    }

    async fn a(role: &mut A, turns: u64) -> Result<(), Failure> {
        try_session(role, |mut s: PlayerA<'_>| async move {
            for turn in 0..turns {
                let (Pong(value), next) = s.select(Ping(turn))?.receive().await?;
                expect(value, turn + 1)?;
                s = next;
            }
            Ok(((), s.select(Stop)?))
        })
        .await
    }

    async fn b(role: &mut B) -> Result<(), Failure> {
        try_session(role, |mut s: PlayerB<'_>| async move {
            loop {
                match s.branch().await? {
                    ChoiceB::Ping(Ping(value), next) => s = next.send(Pong(value + 1))?,
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
    #[message(Message)]
    struct A(#[route(B)] ToFrom<B>);

    #[derive(Role)]
    #[message(Message)]
    struct B(#[route(A)] ToFrom<A>);

    #[derive(Label)]
    enum Message {
        Item(Item),
        Credit(Credit),
        Stop(Stop),
    }

    struct Item(u64);
    struct Credit;
    struct Stop;

    type Give<'a, S> = Send<'a, A, B, Item, S>;
    type Take<'b, S> = Receive<'b, B, A, Item, S>;

    type Source<'a> = Select<'a, A, B, ChoiceA<'a>>;
    type Paid<'a> = Receive<'a, A, B, Credit, Source<'a>>;
    type Seven<'a> = Give<'a, Give<'a, Give<'a, Give<'a, Give<'a, Give<'a, Give<'a, Paid<'a>>>>>>>>;

    #[derive(Choice)]
    #[role('a, A)]
    #[allow(dead_code, reason = "a type of what may be selected")]
    enum ChoiceA<'a> {
        Item(Item, Seven<'a>),
        Stop(Stop, End<'a>),
    }

    type Sink<'b> = Branch<'b, B, A, ChoiceB<'b>>;
    type Pays<'b> = Send<'b, B, A, Credit, Sink<'b>>;
    type SevenMore<'b> =
        Take<'b, Take<'b, Take<'b, Take<'b, Take<'b, Take<'b, Take<'b, Pays<'b>>>>>>>>;

    #[derive(Choice)]
    #[role('b, B)]
    enum ChoiceB<'b> {
        Item(Item, SevenMore<'b>),
        Stop(Stop, End<'b>),
    }

    async fn a(role: &mut A, turns: u64) -> Result<(), Failure> {
        try_session(role, |mut s: Source<'_>| async move {
            for turn in 0..turns {
                let first = turn * BATCH;
                let batch = s.select(Item(first))?;
                let batch = batch.send(Item(first + 1))?.send(Item(first + 2))?;
                let batch = batch.send(Item(first + 3))?.send(Item(first + 4))?;
                let batch = batch.send(Item(first + 5))?.send(Item(first + 6))?;
                let (Credit, next) = batch.send(Item(first + 7))?.receive().await?;
                s = next;
            }
            Ok(((), s.select(Stop)?))
        })
        .await
    }

    async fn b(role: &mut B) -> Result<(), Failure> {
        try_session(role, |mut s: Sink<'_>| async move {
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
                s = batch.send(Credit)?;
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
    #[message(Message)]
    struct S(#[route(K)] ToFrom<K>, #[route(T)] Nil<T>);

    #[derive(Role)]
    #[message(Message)]
    struct K(#[route(S)] ToFrom<S>, #[route(T)] ToFrom<T>);

    #[derive(Role)]
    #[message(Message)]
    struct T(#[route(S)] Nil<S>, #[route(K)] ToFrom<K>);

    #[derive(Label)]
    enum Message {
        Ready(Ready),
        Fill(Fill),
        Buffer(Buffer),
        Stop(Stop),
    }

    struct Ready;
    struct Fill;
    struct Buffer(Values);
    struct Stop;

    type Source<'s> = Branch<'s, S, K, ChoiceS<'s>>;

    #[derive(Choice)]
    #[role('s, S)]
    #[allow(clippy::type_complexity, reason = "a session type")]
    enum ChoiceS<'s> {
        Fill(
            Fill,
            Receive<'s, S, K, Fill, Send<'s, S, K, Buffer, Send<'s, S, K, Buffer, Source<'s>>>>,
        ),
        Stop(Stop, End<'s>),
    }

    type Kernel<'k> = Receive<'k, K, T, Ready, Receive<'k, K, T, Ready, Decides<'k>>>;
    type Decides<'k> = Select<'k, K, S, ChoiceK<'k>>;
    type Moves<'k, N> = Receive<'k, K, S, Buffer, N>;
    type Hands<'k, N> = Send<'k, K, T, Buffer, N>;

    #[derive(Choice)]
    #[role('k, K)]
    #[allow(
        dead_code,
        clippy::type_complexity,
        reason = "a type of what may be selected"
    )]
    enum ChoiceK<'k> {
        Fill(
            Fill,
            Send<'k, K, S, Fill, Moves<'k, Moves<'k, Hands<'k, Hands<'k, Kernel<'k>>>>>>,
        ),
        Stop(Stop, Send<'k, K, T, Stop, End<'k>>),
    }

    type Sink<'t> = Send<'t, T, K, Ready, Send<'t, T, K, Ready, Waits<'t>>>;
    type Waits<'t> = Branch<'t, T, K, ChoiceT<'t>>;

    #[derive(Choice)]
    #[role('t, T)]
    enum ChoiceT<'t> {
        Buffer(Buffer, Receive<'t, T, K, Buffer, Sink<'t>>),
        Stop(Stop, End<'t>),
    }

    async fn source(role: &mut S) -> Result<(), Failure> {
        try_session(role, |mut s: Source<'_>| async move {
            let mut next = 0;
            loop {
                match s.branch().await? {
                    ChoiceS::Fill(Fill, more) => {
                        let (Fill, fill) = more.receive().await?;
                        s = fill.send(Buffer([next; 8]))?.send(Buffer([next + 1; 8]))?;
                        next += 2;
                    }
                    ChoiceS::Stop(Stop, end) => return Ok(((), end)),
                }
            }
        })
        .await
    }

    async fn kernel(role: &mut K, turns: u64) -> Result<(), Failure> {
        try_session(role, |mut s: Kernel<'_>| async move {
            for _ in 0..turns {
                let (Ready, wait) = s.receive().await?;
                let (Ready, decide) = wait.receive().await?;
                let (first, wait) = decide.select(Fill)?.send(Fill)?.receive().await?;
                let (second, hand) = wait.receive().await?;
                s = hand.send(first)?.send(second)?;
            }
            let (Ready, wait) = s.receive().await?;
            let (Ready, decide) = wait.receive().await?;
            Ok(((), decide.select(Stop)?.send(Stop)?))
        })
        .await
    }

    async fn sink(role: &mut T) -> Result<(), Failure> {
        try_session(role, |mut s: Sink<'_>| async move {
            let mut due = 0;
            loop {
                match s.send(Ready)?.send(Ready)?.branch().await? {
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
    #[message(Message)]
    struct A(#[route(B)] To<B>, #[route(C)] From<C>);

    #[derive(Role)]
    #[message(Message)]
    struct B(#[route(A)] From<A>, #[route(C)] To<C>);

    #[derive(Role)]
    #[message(Message)]
    struct C(#[route(A)] To<A>, #[route(B)] From<B>);

    #[derive(Label)]
    enum Message {
        Token(Token),
        Stop(Stop),
    }

    struct Token(u64);
    struct Stop;

    type RingA<'a> = Select<'a, A, B, ChoiceA<'a>>;

    #[derive(Choice)]
    #[role('a, A)]
    #[allow(dead_code, reason = "a type of what may be selected")]
    enum ChoiceA<'a> {
        Token(Token, Receive<'a, A, C, Token, RingA<'a>>),
        Stop(Stop, End<'a>),
    }

    type RingB<'b> = Branch<'b, B, A, ChoiceB<'b>>;

    #[derive(Choice)]
    #[role('b, B)]
    enum ChoiceB<'b> {
        Token(Token, Send<'b, B, C, Token, RingB<'b>>),
        Stop(Stop, Send<'b, B, C, Stop, End<'b>>),
    }

    type RingC<'c> = Branch<'c, C, B, ChoiceC<'c>>;

    #[derive(Choice)]
    #[role('c, C)]
    enum ChoiceC<'c> {
        Token(Token, Send<'c, C, A, Token, RingC<'c>>),
        Stop(Stop, End<'c>),
    }

    async fn a(role: &mut A, turns: u64) -> Result<(), Failure> {
        try_session(role, |mut s: RingA<'_>| async move {
            for turn in 0..turns {
                let (Token(value), next) = s.select(Token(turn))?.receive().await?;
                expect(value, turn + 2)?;
                s = next;
            }
            Ok(((), s.select(Stop)?))
        })
        .await
    }

    async fn b(role: &mut B) -> Result<(), Failure> {
        try_session(role, |mut s: RingB<'_>| async move {
            loop {
                match s.branch().await? {
                    ChoiceB::Token(Token(value), next) => s = next.send(Token(value + 1))?,
                    ChoiceB::Stop(Stop, last) => return Ok(((), last.send(Stop)?)),
                }
            }
        })
        .await
    }

    async fn c(role: &mut C) -> Result<(), Failure> {
        try_session(role, |mut s: RingC<'_>| async move {
            loop {
                match s.branch().await? {
                    ChoiceC::Token(Token(value), next) => s = next.send(Token(value + 1))?,
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

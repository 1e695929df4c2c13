//! mpstthree 0.1.17: meshed channels over crossbeam, each role on a thread, a fresh channel for each
//! step. A choice is told to every other role, which the others send only where it is needed; it is
//! not counted.
#![allow(
    clippy::large_enum_variant,
    clippy::type_complexity,
    reason = "session types, as the library's examples write them"
)]

use std::{
    error::Error,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use mpstthree::{
    binary::struct_trait::{end::End, recv::Recv, send::Send, session::Session},
    generate,
    role::{broadcast::RoleBroadcast, end::RoleEnd},
};

use crate::scenario::{BATCH, Failure, System};

pub(crate) const SYSTEM: System = System {
    name: "mpstthree 0.1.17",
    runs: [
        Some(ping_pong::run),
        Some(stream::run),
        // rustc overflows (E0275) on the types of a recursion in which one role sends twice in a row.
        None,
        Some(ring::run),
    ],
    slower: 10,
};

type Side = Result<(), Box<dyn Error>>;

fn join<T>(threads: impl IntoIterator<Item = JoinHandle<T>>) -> Result<(), Failure> {
    for thread in threads {
        thread.join().map_err(|_| "a role panicked")?;
    }
    Ok(())
}

mod ping_pong {
    use super::*;

    generate!("recursive", MeshedChannels, A, B);

    type ChooseB = <RecursB as Session>::Dual;

    enum Branching0fromAtoB {
        More(MeshedChannels<Recv<u64, Send<u64, RecursB>>, RoleA<RoleA<RoleA<RoleEnd>>>, NameB>),
        Done(MeshedChannels<End, RoleEnd, NameB>),
    }
    type RecursB = Recv<Branching0fromAtoB, End>;

    type EndpointA = MeshedChannels<ChooseB, RoleBroadcast, NameA>;
    type EndpointB = MeshedChannels<RecursB, RoleA<RoleEnd>, NameB>;

    fn a(mut s: EndpointA, turns: u64) -> Side {
        for turn in 0..turns {
            let more = choose_mpst_a_to_all!(s, Branching0fromAtoB::More);
            let (value, next) = more.send(turn).recv();
            assert_eq!(value, turn + 1);
            s = next;
        }
        let s = choose_mpst_a_to_all!(s, Branching0fromAtoB::Done);
        s.close()
    }

    fn b(mut s: EndpointB) -> Side {
        loop {
            let next = offer_mpst!(s, {
                Branching0fromAtoB::Done(s) => {
                    s.close().map(|()| None)
                },
                Branching0fromAtoB::More(s) => {
                    let (value, s) = s.recv();
                    Ok(Some(s.send(value + 1)))
                },
            })?;
            let Some(next) = next else {
                return Ok(());
            };
            s = next;
        }
    }

    pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
        let began = Instant::now();
        let (left, right) = fork_mpst(move |s| a(s, turns), b);
        join([left, right])?;
        Ok(began.elapsed())
    }
}

mod stream {
    use super::*;

    generate!("recursive", MeshedChannels, A, B);

    type ChooseB = <RecursB as Session>::Dual;

    type Take<S> = Recv<u64, S>;
    type Taken = Take<Take<Take<Take<Take<Take<Take<Take<Send<(), RecursB>>>>>>>>>;
    type Two<R> = RoleA<RoleA<R>>;

    enum Branching0fromAtoB {
        More(MeshedChannels<Taken, Two<Two<Two<Two<Two<RoleEnd>>>>>, NameB>),
        Done(MeshedChannels<End, RoleEnd, NameB>),
    }
    type RecursB = Recv<Branching0fromAtoB, End>;

    type EndpointA = MeshedChannels<ChooseB, RoleBroadcast, NameA>;
    type EndpointB = MeshedChannels<RecursB, RoleA<RoleEnd>, NameB>;

    fn a(mut s: EndpointA, turns: u64) -> Side {
        for turn in 0..turns {
            let first = turn * BATCH;
            let batch = choose_mpst_a_to_all!(s, Branching0fromAtoB::More);
            let batch = batch
                .send(first)
                .send(first + 1)
                .send(first + 2)
                .send(first + 3);
            let batch = batch.send(first + 4).send(first + 5).send(first + 6);
            let ((), next) = batch.send(first + 7).recv();
            s = next;
        }
        let s = choose_mpst_a_to_all!(s, Branching0fromAtoB::Done);
        s.close()
    }

    fn b(mut s: EndpointB) -> Side {
        let mut due = 0;
        loop {
            let next = offer_mpst!(s, {
                Branching0fromAtoB::Done(s) => {
                    s.close().map(|()| None)
                },
                Branching0fromAtoB::More(s) => {
                    let (first, s) = s.recv();
                    let (_, s) = s.recv();
                    let (_, s) = s.recv();
                    let (_, s) = s.recv();
                    let (_, s) = s.recv();
                    let (_, s) = s.recv();
                    let (_, s) = s.recv();
                    let (last, s) = s.recv();
                    assert_eq!((first, last), (due, due + 7));
                    Ok(Some(s.send(())))
                },
            })?;
            let Some(next) = next else {
                return Ok(());
            };
            s = next;
            due += BATCH;
        }
    }

    pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
        let began = Instant::now();
        let (left, right) = fork_mpst(move |s| a(s, turns), b);
        join([left, right])?;
        Ok(began.elapsed())
    }
}

mod ring {
    use super::*;

    generate!("recursive", MeshedChannels, A, B, C);

    type ChooseB = <RecursB as Session>::Dual;
    type ChooseC = <RecursC as Session>::Dual;

    enum Branching0fromAtoB {
        More(
            MeshedChannels<Recv<u64, RecursB>, Send<u64, End>, RoleA<RoleC<RoleA<RoleEnd>>>, NameB>,
        ),
        Done(MeshedChannels<End, End, RoleEnd, NameB>),
    }
    type RecursB = Recv<Branching0fromAtoB, End>;

    enum Branching0fromAtoC {
        More(
            MeshedChannels<Send<u64, RecursC>, Recv<u64, End>, RoleB<RoleA<RoleA<RoleEnd>>>, NameC>,
        ),
        Done(MeshedChannels<End, End, RoleEnd, NameC>),
    }
    type RecursC = Recv<Branching0fromAtoC, End>;

    type EndpointA = MeshedChannels<ChooseB, ChooseC, RoleBroadcast, NameA>;
    type MoreA =
        MeshedChannels<Send<u64, ChooseB>, Recv<u64, ChooseC>, RoleB<RoleC<RoleBroadcast>>, NameA>;
    type EndpointB = MeshedChannels<RecursB, End, RoleA<RoleEnd>, NameB>;
    type EndpointC = MeshedChannels<RecursC, End, RoleA<RoleEnd>, NameC>;

    fn a(mut s: EndpointA, turns: u64) -> Side {
        for turn in 0..turns {
            let more: MoreA =
                choose_mpst_a_to_all!(s, Branching0fromAtoB::More, Branching0fromAtoC::More);
            let (value, next) = more.send(turn).recv();
            assert_eq!(value, turn + 2);
            s = next;
        }
        let s = choose_mpst_a_to_all!(s, Branching0fromAtoB::Done, Branching0fromAtoC::Done);
        s.close()
    }

    fn b(mut s: EndpointB) -> Side {
        loop {
            let next = offer_mpst!(s, {
                Branching0fromAtoB::Done(s) => {
                    s.close().map(|()| None)
                },
                Branching0fromAtoB::More(s) => {
                    let (value, s) = s.recv();
                    Ok(Some(s.send(value + 1)))
                },
            })?;
            let Some(next) = next else {
                return Ok(());
            };
            s = next;
        }
    }

    fn c(mut s: EndpointC) -> Side {
        loop {
            let next = offer_mpst!(s, {
                Branching0fromAtoC::Done(s) => {
                    s.close().map(|()| None)
                },
                Branching0fromAtoC::More(s) => {
                    let (value, s) = s.recv();
                    Ok(Some(s.send(value + 1)))
                },
            })?;
            let Some(next) = next else {
                return Ok(());
            };
            s = next;
        }
    }

    pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
        let began = Instant::now();
        let (first, second, third) = fork_mpst(move |s| a(s, turns), b, c);
        join([first, second, third])?;
        Ok(began.elapsed())
    }
}

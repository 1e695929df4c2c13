//! ferrite-session 0.3.0: intuitionistic binary sessions, each step a future of its own on tokio.
//!
//! A provider serves one client, so sessions form a tree: the kernel of the double buffering is the
//! client of both others, and a ring, which is a cycle, cannot be expressed.

use std::time::Duration;

use ferrite_session::prelude::*;

use crate::scenario::{BATCH, Block, Failure, System, on_a_task, timed};

pub(crate) const SYSTEM: System = System {
    name: "ferrite-session 0.3.0",
    runs: [
        Some(ping_pong::run),
        Some(stream::run),
        Some(double_buffer::run),
        None,
    ],
    slower: 10,
};

mod ping_pong {
    use super::*;

    define_choice! { Game;
        Ping: ReceiveValue<u64, SendValue<u64, Z>>,
        Stop: End,
    }

    type Player = Rec<ExternalChoice<Game>>;

    fn b() -> Session<Player> {
        fix_session(offer_choice! {
            Ping => receive_value!(value => send_value!(value + 1, b())),
            Stop => terminate!(),
        })
    }

    fn a(turn: u64, turns: u64) -> PartialSession<HList![Player], End> {
        if turn == turns {
            return unfix_session(Z, choose!(Z, Stop, wait!(Z, terminate!())));
        }
        unfix_session(
            Z,
            choose!(
                Z,
                Ping,
                send_value_to!(
                    Z,
                    turn,
                    receive_value_from!(Z, value => {
                        assert_eq!(value, turn + 1);
                        a(turn + 1, turns)
                    })
                )
            ),
        )
    }

    pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
        let session: Session<End> = include_session(b(), move |_| a(0, turns));
        on_a_task(timed(async {
            run_session(session).await;
            Ok(())
        }))
    }
}

mod stream {
    use super::*;

    type Take<A> = ReceiveValue<u64, A>;
    type Taken = Take<Take<Take<Take<Take<Take<Take<Take<SendValue<(), Z>>>>>>>>>;

    define_choice! { Trade;
        Item: Taken,
        Stop: End,
    }

    type Sink = Rec<ExternalChoice<Trade>>;

    fn b(due: u64) -> Session<Sink> {
        fix_session(offer_choice! {
            Item => receive_value!(first => receive_value!(_b => receive_value!(_c =>
                receive_value!(_d => receive_value!(_e => receive_value!(_f =>
                    receive_value!(_g => receive_value!(last => {
                        assert_eq!((first, last), (due, due + 7));
                        send_value!((), b(due + BATCH))
                    })))))))),
            Stop => terminate!(),
        })
    }

    fn a(turn: u64, turns: u64) -> PartialSession<HList![Sink], End> {
        if turn == turns {
            return unfix_session(Z, choose!(Z, Stop, wait!(Z, terminate!())));
        }
        let i = turn * BATCH;
        unfix_session(
            Z,
            choose!(
                Z,
                Item,
                send_value_to!(
                    Z,
                    i,
                    send_value_to!(
                        Z,
                        i + 1,
                        send_value_to!(
                            Z,
                            i + 2,
                            send_value_to!(
                                Z,
                                i + 3,
                                send_value_to!(
                                    Z,
                                    i + 4,
                                    send_value_to!(
                                        Z,
                                        i + 5,
                                        send_value_to!(
                                            Z,
                                            i + 6,
                                            send_value_to!(
                                                Z,
                                                i + 7,
                                                receive_value_from!(Z, _credit => a(turn + 1, turns))
                                            )
                                        )
                                    )
                                )
                            )
                        )
                    )
                )
            ),
        )
    }

    pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
        let session: Session<End> = include_session(b(0), move |_| a(0, turns));
        on_a_task(timed(async {
            run_session(session).await;
            Ok(())
        }))
    }
}

mod double_buffer {
    use super::*;

    mod source {
        use super::*;

        define_choice! { Order;
            Fill: ReceiveValue<(), SendValue<Block, SendValue<Block, Z>>>,
            Stop: End,
        }

        pub(super) type Source = Rec<ExternalChoice<Order>>;

        pub(super) fn provide(next: u64) -> Session<Source> {
            fix_session(offer_choice! {
                Fill => receive_value!(_more => send_value!([next; 8],
                    send_value!([next + 1; 8], provide(next + 2)))),
                Stop => terminate!(),
            })
        }
    }

    mod sink {
        use super::*;

        define_choice! { Offer;
            Filled: ReceiveValue<Block, ReceiveValue<Block, Z>>,
            Stop: End,
        }

        pub(super) type Sink = Rec<SendValue<(), SendValue<(), ExternalChoice<Offer>>>>;

        pub(super) fn provide(due: u64) -> Session<Sink> {
            fix_session(send_value!(
                (),
                send_value!(
                    (),
                    offer_choice! {
                        Filled => receive_value!(first => receive_value!(second => {
                            let (first, second): (Block, Block) = (first, second);
                            assert_eq!((first[7], second[7]), (due, due + 1));
                            provide(due + 2)
                        })),
                        Stop => terminate!(),
                    }
                )
            ))
        }
    }

    /// The place of the second client end.
    const T: S<Z> = S(std::marker::PhantomData);

    type Both = HList![source::Source, sink::Sink];

    fn kernel(turn: u64, turns: u64) -> PartialSession<Both, End> {
        let ready = |cont| {
            unfix_session(
                T,
                receive_value_from!(T, _a =>
                receive_value_from!(T, _b => cont)),
            )
        };
        if turn == turns {
            use {sink::StopLabel as SinkStopLabel, source::StopLabel};
            return ready(unfix_session(
                Z,
                choose!(
                    Z,
                    Stop,
                    choose!(T, SinkStop, wait!(Z, wait!(T, terminate!())))
                ),
            ));
        }
        use {sink::FilledLabel, source::FillLabel};
        ready(unfix_session(
            Z,
            choose!(
                Z,
                Fill,
                send_value_to!(
                    Z,
                    (),
                    receive_value_from!(Z, first => receive_value_from!(Z, second =>
                choose!(T, Filled, send_value_to!(T, first,
                    send_value_to!(T, second, kernel(turn + 1, turns))))))
                )
            ),
        ))
    }

    pub(super) fn run(turns: u64) -> Result<Duration, Failure> {
        let session: Session<End> = include_session(source::provide(0), move |_| {
            include_session(sink::provide(0), move |_| kernel(0, turns))
        });
        on_a_task(timed(async {
            run_session(session).await;
            Ok(())
        }))
    }
}

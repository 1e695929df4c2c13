//! Channels without any protocol: what a session system is measured against.

/// The four exchanges over an unbounded channel, for a library's constructor, send and receive.
macro_rules! channels {
    ($module:ident, $name:literal, $channel:path, $sender:ident . $send:ident, $receiver:ident . $receive:ident) => {
        pub(super) mod $module {
            #[allow(unused_imports, reason = "one library receives through a trait")]
            use ::futures::StreamExt as _;

            use $channel as channel;

            use crate::scenario::{BATCH, Block, Failure, System, expect, on_one_thread, timed};
            use std::time::Duration;

            pub(crate) const SYSTEM: System = System {
                name: $name,
                runs: [
                    Some(ping_pong),
                    Some(stream),
                    Some(double_buffer),
                    Some(ring),
                ],
                slower: 1,
            };

            const GONE: &str = "the other end is gone";

            enum Message {
                Value(u64),
                Block(Block),
                Ready,
                Stop,
            }

            fn ping_pong(turns: u64) -> Result<Duration, Failure> {
                let ($sender, mut theirs) = channel::<Message>();
                let (back, mut $receiver) = channel::<Message>();
                let a = async {
                    for turn in 0..turns {
                        $sender.$send(Message::Value(turn))?;
                        match $receiver.$receive().await.ok_or(GONE)? {
                            Message::Value(value) => expect(value, turn + 1)?,
                            _ => return Err(GONE.into()),
                        }
                    }
                    $sender.$send(Message::Stop)?;
                    Ok::<_, Failure>(())
                };
                let b = async {
                    while let Message::Value(value) = theirs.$receive().await.ok_or(GONE)? {
                        back.$send(Message::Value(value + 1))?;
                    }
                    Ok::<_, Failure>(())
                };
                on_one_thread(timed(async { ::futures::try_join!(a, b) }))
            }

            fn stream(turns: u64) -> Result<Duration, Failure> {
                let ($sender, mut theirs) = channel::<Message>();
                let (back, mut $receiver) = channel::<Message>();
                let a = async {
                    for turn in 0..turns {
                        for item in 0..BATCH {
                            $sender.$send(Message::Value(turn * BATCH + item))?;
                        }
                        $receiver.$receive().await.ok_or(GONE)?;
                    }
                    $sender.$send(Message::Stop)?;
                    Ok::<_, Failure>(())
                };
                let b = async {
                    let mut due = 0;
                    while let Message::Value(value) = theirs.$receive().await.ok_or(GONE)? {
                        expect(value, due)?;
                        due += 1;
                        if due % BATCH == 0 {
                            back.$send(Message::Ready)?;
                        }
                    }
                    Ok::<_, Failure>(())
                };
                on_one_thread(timed(async { ::futures::try_join!(a, b) }))
            }

            fn double_buffer(turns: u64) -> Result<Duration, Failure> {
                let (k_to_s, mut s_from_k) = channel::<Message>();
                let (s_to_k, mut k_from_s) = channel::<Message>();
                let (k_to_t, mut t_from_k) = channel::<Message>();
                let (t_to_k, mut k_from_t) = channel::<Message>();
                let source = async {
                    let mut next = 0;
                    while let Message::Ready = s_from_k.$receive().await.ok_or(GONE)? {
                        s_to_k.$send(Message::Block([next; 8]))?;
                        next += 1;
                    }
                    Ok::<_, Failure>(())
                };
                let kernel = async {
                    for _ in 0..turns {
                        k_from_t.$receive().await.ok_or(GONE)?;
                        k_from_t.$receive().await.ok_or(GONE)?;
                        k_to_s.$send(Message::Ready)?;
                        k_to_s.$send(Message::Ready)?;
                        k_to_t.$send(k_from_s.$receive().await.ok_or(GONE)?)?;
                        k_to_t.$send(k_from_s.$receive().await.ok_or(GONE)?)?;
                    }
                    k_from_t.$receive().await.ok_or(GONE)?;
                    k_from_t.$receive().await.ok_or(GONE)?;
                    k_to_s.$send(Message::Stop)?;
                    k_to_t.$send(Message::Stop)?;
                    Ok::<_, Failure>(())
                };
                let sink = async {
                    let mut due = 0;
                    t_to_k.$send(Message::Ready)?;
                    t_to_k.$send(Message::Ready)?;
                    while let Message::Block(block) = t_from_k.$receive().await.ok_or(GONE)? {
                        expect(block[7], due)?;
                        due += 1;
                        if due % 2 == 0 {
                            t_to_k.$send(Message::Ready)?;
                            t_to_k.$send(Message::Ready)?;
                        }
                    }
                    expect(due, 2 * turns)
                };
                on_one_thread(timed(async { ::futures::try_join!(source, kernel, sink) }))
            }

            fn ring(turns: u64) -> Result<Duration, Failure> {
                let (a_to_b, mut b_from_a) = channel::<Message>();
                let (b_to_c, mut c_from_b) = channel::<Message>();
                let (c_to_a, mut a_from_c) = channel::<Message>();
                let a = async {
                    for turn in 0..turns {
                        a_to_b.$send(Message::Value(turn))?;
                        match a_from_c.$receive().await.ok_or(GONE)? {
                            Message::Value(value) => expect(value, turn + 2)?,
                            _ => return Err(GONE.into()),
                        }
                    }
                    a_to_b.$send(Message::Stop)?;
                    Ok::<_, Failure>(())
                };
                let b = async {
                    while let Message::Value(value) = b_from_a.$receive().await.ok_or(GONE)? {
                        b_to_c.$send(Message::Value(value + 1))?;
                    }
                    b_to_c.$send(Message::Stop)?;
                    Ok::<_, Failure>(())
                };
                let c = async {
                    while let Message::Value(value) = c_from_b.$receive().await.ok_or(GONE)? {
                        c_to_a.$send(Message::Value(value + 1))?;
                    }
                    Ok::<_, Failure>(())
                };
                on_one_thread(timed(async { ::futures::try_join!(a, b, c) }))
            }
        }
    };
}

channels!(
    tokio,
    "tokio mpsc, raw",
    ::tokio::sync::mpsc::unbounded_channel,
    sender.send,
    receiver.recv
);
channels!(
    futures,
    "futures mpsc, raw",
    ::futures::channel::mpsc::unbounded,
    sender.unbounded_send,
    receiver.next
);

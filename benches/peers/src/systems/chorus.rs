//! chorus_lib 0.5.0: choreographies as functions, each role on a thread, values as JSON over
//! blocking queues.
//!
//! Every role knows how many turns there are, so no decision is sent: what is counted is what the
//! others send besides theirs.

use std::{
    thread,
    time::{Duration, Instant},
};

use chorus_lib::{
    core::{ChoreoOp, Choreography, ChoreographyLocation, Located, LocationSet, Projector},
    transport::local::{LocalTransport, LocalTransportChannelBuilder},
};

use crate::scenario::{BATCH, Block, Failure, System};

pub(crate) const SYSTEM: System = System {
    name: "chorus_lib 0.5.0",
    runs: [
        Some(ping_pong),
        Some(stream),
        Some(double_buffer),
        Some(ring),
    ],
    slower: 10,
};

#[derive(ChoreographyLocation)]
struct A;

#[derive(ChoreographyLocation)]
struct B;

#[derive(ChoreographyLocation)]
struct C;

struct PingPong(u64);

impl Choreography for PingPong {
    type L = LocationSet!(A, B);

    fn run(self, op: &impl ChoreoOp<Self::L>) {
        for turn in 0..self.0 {
            let ping = op.locally(A, |_| turn);
            let ping = op.comm(A, B, &ping);
            let pong = op.locally(B, |un| un.unwrap(&ping) + 1);
            let pong: Located<u64, A> = op.comm(B, A, &pong);
            op.locally(A, |un| assert_eq!(*un.unwrap(&pong), turn + 1));
        }
    }
}

struct Stream(u64);

impl Choreography for Stream {
    type L = LocationSet!(A, B);

    fn run(self, op: &impl ChoreoOp<Self::L>) {
        for turn in 0..self.0 {
            for item in 0..BATCH {
                let due = turn * BATCH + item;
                let given = op.locally(A, |_| due);
                let taken = op.comm(A, B, &given);
                op.locally(B, |un| assert_eq!(*un.unwrap(&taken), due));
            }
            let credit = op.locally(B, |_| ());
            op.comm(B, A, &credit);
        }
    }
}

struct DoubleBuffer(u64);

impl Choreography for DoubleBuffer {
    type L = LocationSet!(A, B, C);

    fn run(self, op: &impl ChoreoOp<Self::L>) {
        for turn in 0..self.0 {
            for _ in 0..2 {
                let ready = op.locally(C, |_| ());
                op.comm(C, B, &ready);
            }
            for _ in 0..2 {
                let fill = op.locally(B, |_| ());
                op.comm(B, A, &fill);
            }
            let buffers = [2 * turn, 2 * turn + 1].map(|due| {
                let block: Block = [due; 8];
                let block = op.locally(A, |_| block);
                (due, op.comm(A, B, &block))
            });
            for (due, buffer) in buffers {
                let buffer = op.comm(B, C, &buffer);
                op.locally(C, |un| assert_eq!(un.unwrap(&buffer)[7], due));
            }
        }
    }
}

struct Ring(u64);

impl Choreography for Ring {
    type L = LocationSet!(A, B, C);

    fn run(self, op: &impl ChoreoOp<Self::L>) {
        for turn in 0..self.0 {
            let token = op.locally(A, |_| turn);
            let token = op.comm(A, B, &token);
            let token = op.locally(B, |un| un.unwrap(&token) + 1);
            let token = op.comm(B, C, &token);
            let token = op.locally(C, |un| un.unwrap(&token) + 1);
            let token = op.comm(C, A, &token);
            op.locally(A, |un| assert_eq!(*un.unwrap(&token), turn + 2));
        }
    }
}

/// A run with each role on a thread of its own.
macro_rules! on_threads {
    ($name:ident, $choreography:ident, $($role:ident),+) => {
        fn $name(turns: u64) -> Result<Duration, Failure> {
            let channel = LocalTransportChannelBuilder::new()$(.with($role))+.build();
            let began = Instant::now();
            let threads = [$({
                let transport = LocalTransport::new($role, channel.clone());
                thread::spawn(move || Projector::new($role, transport).epp_and_run($choreography(turns)))
            }),+];
            for thread in threads {
                thread.join().map_err(|_| "a role panicked")?;
            }
            Ok(began.elapsed())
        }
    };
}

on_threads!(ping_pong, PingPong, A, B);
on_threads!(stream, Stream, A, B);
on_threads!(double_buffer, DoubleBuffer, A, B, C);
on_threads!(ring, Ring, A, B, C);

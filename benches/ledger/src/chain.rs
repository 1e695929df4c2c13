//! The guard chain over a ledger in memory that knows a hundred capabilities and ten thousand budgets.

use std::{hint::black_box, time::Instant};

use aura_runtime::{
    identity::{AuthorityId, ContextId},
    ledger::{Ledger, measure::Chain},
    machine::Observer,
};
use futures::executor::block_on;

use crate::{Failure, heap, median, request_response::PROTOCOL, say};

const BUDGETS: u64 = 10_000;

/// Accounts that sends go to in turn: one after the other would stay in the cache.
const SENDS: u64 = 100_000;

fn peer(number: u64) -> AuthorityId {
    let mut id = [6; 32];
    id[..8].copy_from_slice(&number.to_le_bytes());
    AuthorityId(id)
}

pub(crate) fn run(rounds: usize) -> Result<(), Failure> {
    let (context, me) = (ContextId([2; 32]), AuthorityId([1; 32]));
    let (mut plain, mut with_fact) = (Vec::new(), Vec::new());
    let mut allocations = 0;
    for _ in 0..rounds {
        // Facts are kept, so each round has a ledger of its own.
        let ledger = Ledger::in_memory();
        for number in 0..98 {
            ledger.grant(context, &format!("capability_{number}"));
        }
        ledger.grant(context, "send_request");
        ledger.grant(context, "send_response");
        block_on(ledger.declare_leakage(context, Observer::Neighbor, 1 << 50))?;
        for number in 0..BUDGETS {
            block_on(ledger.declare_budget(context, peer(number), 1, 1 << 50))?;
        }
        for (message, times) in [(0, &mut plain), (1, &mut with_fact)] {
            let chains: Option<Vec<_>> = (0..BUDGETS)
                // A step that has no factor in common with the count reaches all, in no order.
                .map(|at| peer(at * 7_919 % BUDGETS))
                .map(|peer| Chain::new(&ledger, &PROTOCOL, message, context, [me, peer]))
                .collect();
            let chains = chains.ok_or("the protocol has two messages")?;
            let send = |step| {
                let chain = &chains[usize::try_from(step % BUDGETS).unwrap_or(0)];
                black_box(chain.send(black_box(step)))
            };
            if !(0..BUDGETS).all(send) {
                return Err("a send was refused".into());
            }
            let before = heap::allocations();
            let began = Instant::now();
            let mut allowed = true;
            for step in 0..SENDS {
                allowed &= send(step);
            }
            let (took, made) = (began.elapsed(), heap::allocations() - before);
            times.push(took.as_secs_f64() * 1e9 / SENDS as f64);
            if message == 0 {
                allocations += made;
            }
            if !allowed {
                return Err("a send was refused".into());
            }
        }
    }
    say("chain_ns", median(plain));
    say("chain_fact_ns", median(with_fact));
    say(
        "chain_allocations",
        allocations as f64 / (SENDS as f64 * rounds as f64),
    );
    Ok(())
}

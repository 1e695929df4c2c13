//! Receipts through real sessions: a relay of three parties, in one process and between nodes; what is
//! refused before it leaves, and what is not believed when it arrives.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

#[path = "relay/by_hand.rs"]
mod by_hand;
#[path = "relay/devices.rs"]
mod devices;
mod stream;

use std::{collections::BTreeMap, sync::Arc, time::UNIX_EPOCH};

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    epoch::Epoch,
    frame::{FrameFault, Header, Hello, Kind, Reply},
    guard::Refusal,
    identity::{ContextId, DeviceId, Roster, Seat, SeatId, SessionId},
    ledger::Ledger,
    machine::LabelId,
    node::{Node, NodeLimits},
    receipt::{Chain, Flaw, Order, Receipt, ReceiptId},
    session::{Choreography, Room, Session, SessionError},
    store::{MemoryStore, Record},
};
use pay::Pay;
use relay::{A, B, C, Relay};
use stream::{
    id, identity,
    raw::{Raw, bare, window},
};

aura_choreography! {
    #[namespace = "relay"]
    protocol Relay {
        roles: A, B, C;
        A[guard_capability = "pay", flow_cost = 50, receipt = root] -> B: Write(String);
        B[guard_capability = "pay", flow_cost = 20, receipt = Write] -> C: Forward(String);
        C[guard_capability = "pay"] -> A: Done;
    }
}

aura_choreography! {
    #[namespace = "pay"]
    protocol Pay {
        roles: A, B;
        A[guard_capability = "pay", flow_cost = 50, receipt = root] -> B: Write(String);
        B[guard_capability = "pay", flow_cost = 20, receipt = Write] -> A: Back(String);
        A[guard_capability = "pay", flow_cost = 30, receipt = Back] -> B: Again(String);
    }
}

fn context() -> ContextId {
    ContextId::derive("group", &[id(1), id(2), id(3)], b"relay")
}

fn roster<P: Choreography>() -> Roster {
    let roles = P::protocol().roles.iter();
    let seats = (0u16..)
        .zip(1u8..)
        .zip(roles)
        .map(|((role, seed), _)| Seat {
            role,
            member: 0,
            authority: id(seed),
        });
    Roster {
        protocol: P::protocol().hash,
        session: SessionId::random().unwrap(),
        contexts: vec![context()],
        sizes: vec![],
        seats: seats.collect(),
    }
}

/// The ledger of an authority: it may spend 200 on each, and signs its receipts.
async fn funded(ledger: Arc<Ledger>, me: u8) -> Arc<Ledger> {
    for peer in 1..4 {
        let declared = ledger.declare_budget(context(), id(peer), 1, 200);
        declared.await.unwrap();
    }
    ledger.grant(context(), "pay");
    ledger.sign_receipts(identity(me));
    ledger
}

async fn play(
    a: &mut Session<A>,
    b: &mut Session<B>,
    c: &mut Session<C>,
) -> Result<String, SessionError> {
    let a = async {
        let state = a.start()?.write("paid".to_owned()).await?;
        let _ = state.done().await?;
        Ok::<_, SessionError>(())
    };
    let b = async {
        let (text, state) = b.start()?.write().await?;
        let _ = state.forward(text).await?;
        Ok::<_, SessionError>(())
    };
    let c = async {
        let (text, state) = c.start()?.forward().await?;
        let _ = state.done().await?;
        Ok::<_, SessionError>(text)
    };
    let (a, b, c) = tokio::join!(a, b, c);
    a.and(b).and(c)
}

fn room(ledgers: &[Arc<Ledger>; 3]) -> (Session<A>, Session<B>, Session<C>) {
    let mut room = Room::<Relay>::new(roster::<Relay>(), Limits::default()).unwrap();
    (
        room.join(&ledgers[0]).unwrap(),
        room.join(&ledgers[1]).unwrap(),
        room.join(&ledgers[2]).unwrap(),
    )
}

/// What each ledger has seen of receipts, after so many runs.
fn assert_seen(ledgers: &[Arc<Ledger>; 3], runs: u64) {
    let seen = |at: usize, of| ledgers[at].seen_nonce(context(), id(of), DeviceId::ONLY);
    assert_eq!(seen(1, 1), Some((0, runs)));
    assert_eq!(seen(2, 1), Some((0, runs)), "the root came along");
    assert_eq!(seen(2, 2), Some((0, runs)));
    assert_eq!(seen(0, 2), None);
}

#[tokio::test]
async fn a_relay_in_one_process_shows_what_was_paid() {
    let ledgers = [
        funded(Ledger::in_memory(), 1).await,
        funded(Ledger::in_memory(), 2).await,
        funded(Ledger::in_memory(), 3).await,
    ];
    for runs in 1..3 {
        let (mut a, mut b, mut c) = room(&ledgers);
        assert_eq!(play(&mut a, &mut b, &mut c).await.unwrap(), "paid");
        assert_seen(&ledgers, runs);
        let spent = |at: usize, to| ledgers[at].budget(context(), id(to)).spent;
        assert_eq!((spent(0, 2), spent(1, 3)), (50 * runs, 20 * runs));
    }
}

/// The nonce becomes durable with the charge, the use of a chain before the message is delivered.
#[tokio::test]
async fn receipts_are_durable_on_both_sides() {
    let stores = [(); 3].map(|()| MemoryStore::default());
    let open = |at: usize| Ledger::open(stores[at].clone()).unwrap();
    let ledgers = [
        funded(open(0), 1).await,
        funded(open(1), 2).await,
        funded(open(2), 3).await,
    ];
    let (mut a, mut b, mut c) = room(&ledgers);
    assert_eq!(play(&mut a, &mut b, &mut c).await.unwrap(), "paid");
    assert_seen(&ledgers, 1);
    for (at, cost) in [(0usize, 50), (1, 20)] {
        let found = stores[at]
            .records()
            .into_iter()
            .find_map(|record| match record {
                Record::All(records) => Some(records),
                _ => None,
            });
        let Some([Record::Send(sent), Record::Issued { nonce: 1, .. }]) = found.as_deref() else {
            panic!("{found:?}");
        };
        assert_eq!(sent.cost, cost);
    }
    for (at, hops) in [(1usize, 1), (2, 2)] {
        let accepted = stores[at]
            .records()
            .into_iter()
            .find_map(|record| match record {
                Record::Accepted { chain, .. } => Some(chain.receipts().len()),
                _ => None,
            });
        assert_eq!(accepted, Some(hops));
    }
}

/// Nothing is delivered without the mark, and nothing is lost for want of one.
#[tokio::test]
async fn a_receipt_that_could_not_be_marked_is_taken_later() {
    let store = MemoryStore::default();
    let ledgers = [
        funded(Ledger::in_memory(), 1).await,
        funded(Ledger::open(store.clone()).unwrap(), 2).await,
        funded(Ledger::in_memory(), 3).await,
    ];
    let (mut a, mut b, _c) = room(&ledgers);
    let _ = a.start().unwrap().write("paid".to_owned()).await.unwrap();
    store.fail_with(Some("no room"));
    let failed = b.start().unwrap().write().await.err().unwrap();
    assert!(matches!(failed, SessionError::Journal { .. }), "{failed}");
    store.fail_with(None);
    let (text, _) = b.start().unwrap().write().await.unwrap();
    assert_eq!(text, "paid");
}

#[tokio::test]
async fn a_relay_between_nodes_shows_what_was_paid() {
    let ledgers = [
        funded(Ledger::in_memory(), 1).await,
        funded(Ledger::in_memory(), 2).await,
        funded(Ledger::in_memory(), 3).await,
    ];
    let node = |at: usize, seed| {
        Node::new(
            identity(seed),
            Arc::clone(&ledgers[at]),
            NodeLimits::default(),
        )
    };
    let (a, b, c) = (node(0, 1), node(1, 2), node(2, 3));
    for (left, right) in [(&a, &b), (&a, &c), (&b, &c)] {
        let (near, far) =
            aura_runtime::transport::memory::pair(left.authority(), right.authority());
        left.attach(near);
        right.attach(far);
    }
    let (mut at_b, mut at_c) = (b.offer::<B>(|_, _| true), c.offer::<C>(|_, _| true));
    for runs in 1..3 {
        let (first, second, third) =
            tokio::join!(a.open::<A>(roster::<Relay>()), at_b.accept(), at_c.accept());
        let (mut first, mut second, mut third) = (first.unwrap(), second.unwrap(), third.unwrap());
        let text = play(&mut first, &mut second, &mut third).await.unwrap();
        assert_eq!(text, "paid");
        assert_seen(&ledgers, runs);
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_sent_or_charged() {
    let poor = Ledger::in_memory();
    poor.grant(context(), "pay");
    poor.declare_budget(context(), id(2), 1, 200).await.unwrap();
    let ledgers = [
        Arc::clone(&poor),
        funded(Ledger::in_memory(), 2).await,
        funded(Ledger::in_memory(), 3).await,
    ];
    let (mut a, mut b, mut c) = room(&ledgers);
    let refused = a.start().unwrap().write("paid".to_owned()).await.err();
    let refused = refused.unwrap().refused().unwrap();
    let message = "Write";
    assert_eq!(refused.reason, Refusal::ReceiptUnsigned { message });
    assert_eq!(poor.budget(context(), id(2)).spent, 0);
    poor.sign_receipts(identity(9));
    let refused = refused.state.write(refused.message).await.err();
    let refused = refused.unwrap().refused().unwrap();
    let other = "somebody else's key is none";
    assert_eq!(
        refused.reason,
        Refusal::ReceiptUnsigned { message },
        "{other}"
    );
    drop(refused);
    let _ = (&mut b, &mut c);
}

/// What has arrived in one epoch is not forwarded in the next.
#[tokio::test]
async fn a_receipt_of_an_epoch_that_is_over_is_not_forwarded() {
    let ledgers = [
        funded(Ledger::in_memory(), 1).await,
        funded(Ledger::in_memory(), 2).await,
        funded(Ledger::in_memory(), 3).await,
    ];
    let (mut a, mut b, _c) = room(&ledgers);
    let _ = a.start().unwrap().write("paid".to_owned()).await.unwrap();
    let (text, state) = b.start().unwrap().write().await.unwrap();
    let next = Epoch {
        context: context(),
        number: 2,
        limits: BTreeMap::from([(id(3), 90)]),
        parts: BTreeMap::new(),
    };
    let signed = next.sign(&identity(9));
    ledgers[1].begin_epoch(&signed, id(9)).await.unwrap();
    let refused = state.forward(text).await.err().unwrap().refused().unwrap();
    let Refusal::ReceiptInvalid { message, cause } = refused.reason else {
        panic!("{}", refused.reason);
    };
    let over = Flaw::Epoch {
        found: 0,
        expected: 2,
    };
    assert_eq!((message, cause.flaw), ("Forward", over));
    assert_eq!(ledgers[1].budget(context(), id(3)).spent, 0);
}

//! Receipts: what is valid is accepted once, and everything that can be made of valid chains by
//! changing one field, by splicing two, or by showing one again is refused.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::BTreeSet;

use aura_runtime::{
    identity::{AuthorityId, ContextId, DeviceId, Identity},
    receipt::{
        Accepted, Chain, Expected, Flaw, MOST_HOPS, Order, Receipt, ReceiptError, ReceiptId,
        SignedReceipt,
    },
};

const EPOCH: u64 = 3;

fn identity(at: usize) -> Identity {
    Identity::from_seed([u8::try_from(at + 1).unwrap(); 32])
}

fn members() -> BTreeSet<AuthorityId> {
    (0..MOST_HOPS + 2).map(|at| identity(at).id()).collect()
}

fn context(salt: &[u8]) -> ContextId {
    ContextId::derive("group", &[], salt)
}

/// The hops of a chain have one device, or the second of several.
fn device(at: usize) -> DeviceId {
    [DeviceId::ONLY, DeviceId([2; 32])][at % 2]
}

/// A chain through these members, each hop with a nonce of its own.
fn chain(route: &[usize], nonce: u64) -> Chain {
    let hop = |at: usize| Receipt {
        context: context(b""),
        source: identity(route[at]).id(),
        device: device(at),
        destination: identity(route[at + 1]).id(),
        epoch: EPOCH,
        cost: 10 + at as u64,
        nonce: nonce + at as u64,
        previous: None,
    };
    let root = Chain::root(hop(0), &identity(route[0])).unwrap();
    (1..route.len() - 1).fold(root, |chain, at| {
        chain.forward(hop(at), &identity(route[at])).unwrap()
    })
}

fn verify(chain: &Chain, destination: usize) -> Result<(), ReceiptError> {
    let expected = Expected {
        context: context(b""),
        epoch: EPOCH,
        destination: identity(destination).id(),
        members: &members(),
    };
    chain.verify(&expected).map(drop)
}

/// Every receipt that differs from this one in one field.
fn changed(receipt: Receipt) -> Vec<(&'static str, Receipt)> {
    let mut all = Vec::new();
    let mut change = |field, with: &dyn Fn(&mut Receipt)| {
        let mut other = receipt;
        with(&mut other);
        if other != receipt {
            all.push((field, other));
        }
    };
    change("context", &|other| other.context = context(b"x"));
    for device in [DeviceId::ONLY, DeviceId([2; 32]), DeviceId([3; 32])] {
        change("device", &|other| other.device = device);
    }
    for previous in [None, Some(ReceiptId([9; 32]))] {
        change("previous", &|other| other.previous = previous);
    }
    let known = (0..MOST_HOPS + 2).map(|at| identity(at).id());
    for id in known.chain([AuthorityId([9; 32])]) {
        change("source", &|other| other.source = id);
        change("destination", &|other| other.destination = id);
    }
    for number in [0, 1, 2, 4, u64::MAX] {
        change("epoch", &|other| other.epoch = number);
        change("cost", &|other| other.cost = number);
        change("nonce", &|other| other.nonce = number);
    }
    for step in [u64::MAX, 1] {
        change("cost", &|other| other.cost = other.cost.wrapping_add(step));
        change("nonce", &|other| {
            other.nonce = other.nonce.wrapping_add(step);
        });
    }
    all
}

/// A receipt with these contents and the seal of another.
fn with_seal_of(contents: Receipt, original: &SignedReceipt) -> SignedReceipt {
    let seal = &postcard::to_stdvec(original).unwrap();
    let seal = &seal[postcard::to_stdvec(original.receipt()).unwrap().len()..];
    let bytes = [&postcard::to_stdvec(&contents).unwrap()[..], seal].concat();
    postcard::from_bytes(&bytes).unwrap()
}

#[test]
fn a_chain_of_any_length_is_valid_at_its_destination_alone() {
    let route: Vec<usize> = (0..=MOST_HOPS).collect();
    for hops in 1..=MOST_HOPS {
        let chain = chain(&route[..=hops], 1);
        for at in &route {
            assert_eq!(
                verify(&chain, *at).is_ok(),
                *at == hops,
                "{hops} hops at {at}"
            );
        }
        assert_eq!(Chain::from_bytes(&chain.bytes()), Ok(chain));
    }
    let longest = chain(&route, 1);
    let more = *longest.receipts()[0].receipt();
    assert_eq!(longest.forward(more, &identity(0)), None);
    let longer = Chain::of([longest.receipts(), &longest.receipts()[..1]].concat());
    assert_eq!(
        verify(&longer, MOST_HOPS).unwrap_err().flaw,
        Flaw::Length(MOST_HOPS + 1)
    );
    assert!(verify(&Chain::of(vec![]), 0).is_err());
}

#[test]
fn nobody_signs_for_another() {
    let receipt = *chain(&[0, 1], 1).receipts()[0].receipt();
    assert_eq!(receipt.sign(&identity(1)), None);
    assert_eq!(Chain::root(receipt, &identity(1)), None);
}

/// Whoever changes a field cannot sign again: the seal stays what it was.
#[test]
fn every_change_of_one_field_is_refused() {
    let mut count = 0;
    for hops in 1..=4 {
        let valid = chain(&(0..=hops).collect::<Vec<_>>(), 5);
        for at in 0..hops {
            let original = valid.receipts()[at];
            for (field, other) in changed(*original.receipt()) {
                let mut receipts = valid.receipts().to_vec();
                receipts[at] = with_seal_of(other, &original);
                let outcome = verify(&Chain::of(receipts), hops);
                assert!(outcome.is_err(), "{field} of {at} in {hops}");
                count += 1;
            }
        }
    }
    assert!(count > 400, "{count}");
}

/// A hop that signs a change of its own receipt: what binds it to its neighbours is what refuses it.
#[test]
fn a_hop_that_signs_anew_breaks_the_links() {
    let valid = chain(&[0, 1, 2, 3], 5);
    for at in 0..3 {
        for (field, other) in changed(*valid.receipts()[at].receipt()) {
            let Some(signed) = other.sign(&identity(at)) else {
                continue;
            };
            let mut receipts = valid.receipts().to_vec();
            receipts[at] = signed;
            let outcome = verify(&Chain::of(receipts), 3);
            // The last hop may charge what it likes and count as it likes, on any of its devices: it
            // answers for that.
            let own = at == 2 && matches!(field, "cost" | "nonce" | "device") && other.nonce > 0;
            assert_eq!(outcome.is_ok(), own, "{field} of {at}");
        }
    }
}

#[test]
fn every_changed_bit_is_refused() {
    let valid = chain(&[0, 1, 2, 3], 5);
    let bytes = valid.bytes();
    for at in 0..bytes.len() * 8 {
        let mut other = bytes.clone();
        other[at / 8] ^= 1 << (at % 8);
        let outcome = Chain::from_bytes(&other).and_then(|chain| verify(&chain, 3));
        assert!(outcome.is_err(), "bit {at}");
    }
    for end in 0..bytes.len() {
        assert!(Chain::from_bytes(&bytes[..end]).is_err(), "{end} bytes");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Chain::from_bytes(&longer).unwrap_err().flaw, Flaw::Encoding);
}

#[test]
fn a_second_spelling_is_refused() {
    let bytes = chain(&[0, 1], 5).bytes();
    // The epoch stands behind the length and three ids; here it takes a byte that adds nothing.
    let mut wide = bytes.clone();
    assert_eq!(wide[97], u8::try_from(EPOCH).unwrap());
    wide.splice(97..98, [wide[97] | 0x80, 0]);
    assert!(
        postcard::from_bytes::<Chain>(&wide).is_ok(),
        "postcard reads it"
    );
    assert_eq!(Chain::from_bytes(&wide).unwrap_err().flaw, Flaw::Encoding);
}

/// All prefixes of one chain before all suffixes of another, with nonces apart and the same.
#[test]
fn every_splice_of_two_chains_is_refused() {
    let routes: [&[usize]; 6] = [
        &[0, 1, 2, 3],
        &[0, 2, 1, 3],
        &[1, 0, 2, 3],
        &[0, 1, 3],
        &[0, 3],
        &[0, 1, 2, 1, 3],
    ];
    let chains: Vec<Chain> = routes
        .iter()
        .flat_map(|route| [1, 40].map(|nonce| chain(route, nonce)))
        .collect();
    let mut count = 0;
    for (one, other) in chains
        .iter()
        .flat_map(|one| chains.iter().map(move |other| (one, other)))
    {
        for end in 0..=one.receipts().len() {
            for start in 0..=other.receipts().len() {
                let spliced = [&one.receipts()[..end], &other.receipts()[start..]].concat();
                let spliced = Chain::of(spliced);
                let is_whole = chains.contains(&spliced);
                assert_eq!(verify(&spliced, 3).is_ok(), is_whole, "{spliced:?}");
                count += usize::from(!is_whole);
            }
        }
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn every_rearrangement_of_a_chain_is_refused() {
    let valid = chain(&[0, 1, 2, 3], 1);
    let [a, b, c] = valid.receipts() else {
        panic!("three hops")
    };
    for picked in [
        vec![a, c],
        vec![b, c],
        vec![a, b],
        vec![b, a, c],
        vec![a, a, b, c],
        vec![a, b, c, c],
        vec![c, b, a],
        vec![c],
    ] {
        let picked = Chain::of(picked.into_iter().copied().collect());
        assert!(verify(&picked, 3).is_err(), "{picked:?}");
    }
}

fn accept(state: &mut Accepted, chain: &Chain, order: Order) -> Result<(), ReceiptError> {
    let members = members();
    let last = chain.receipts().last().unwrap().receipt();
    let expected = Expected {
        context: context(b""),
        epoch: last.epoch,
        destination: last.destination,
        members: &members,
    };
    state.accept(&chain.verify(&expected)?, order).map(drop)
}

/// Every sequence of four out of four chains that share a root, a relay, or nothing.
#[test]
fn every_replay_is_refused_and_changes_nothing() {
    let chains = [
        chain(&[0, 1, 2, 3], 1),
        chain(&[0, 1, 3], 10),
        chain(&[4, 2, 3], 20),
        chain(&[0, 3], 30),
    ];
    for sequence in 0..256usize {
        for order in [Order::Strict, Order::Window] {
            let (mut state, mut seen) = (Accepted::default(), BTreeSet::new());
            for place in 0..4 {
                let at = sequence >> (2 * place) & 3;
                let before = state.clone();
                let outcome = accept(&mut state, &chains[at], order);
                if !seen.insert(at) {
                    assert!(matches!(outcome.unwrap_err().flaw, Flaw::Replay(_)));
                    assert_eq!(state, before);
                } else if order == Order::Window {
                    outcome.unwrap();
                } else if outcome.is_err() {
                    assert_eq!(state, before);
                    seen.remove(&at);
                }
            }
        }
    }
}

#[test]
fn one_receipt_is_forwarded_to_one_place_once() {
    let mut state = Accepted::default();
    let first = chain(&[0, 1, 3], 1);
    accept(&mut state, &first, Order::Window).unwrap();
    // The relay shows the root's receipt again under a receipt of its own that is new.
    let root = Chain::of(first.receipts()[..1].to_vec());
    let again = Receipt {
        nonce: 50,
        ..*first.receipts()[1].receipt()
    };
    let again = root.forward(again, &identity(1)).unwrap();
    let refused = accept(&mut state, &again, Order::Window).unwrap_err();
    assert_eq!(
        refused,
        ReceiptError {
            hop: 0,
            flaw: Flaw::Replay(1)
        }
    );
}

#[test]
fn an_epoch_that_is_over_stays_over() {
    let mut state = Accepted::default();
    let at = |epoch, nonce| {
        let receipt = *chain(&[0, 3], nonce).receipts()[0].receipt();
        Chain::root(Receipt { epoch, ..receipt }, &identity(0)).unwrap()
    };
    accept(&mut state, &at(3, 7), Order::Strict).unwrap();
    accept(&mut state, &at(4, 1), Order::Strict).unwrap();
    let refused = accept(&mut state, &at(3, 8), Order::Strict).unwrap_err();
    assert_eq!(
        refused.flaw,
        Flaw::Epoch {
            found: 3,
            expected: 4
        }
    );
    let restarted = Accepted::load(state.marks().copied());
    assert_eq!(restarted, state);
}

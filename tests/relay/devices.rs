//! Two devices of one authority: each counts its receipts for itself, towards the same peer and in the same
//! context, and neither is taken for the other.

use super::*;

const PHONE: DeviceId = DeviceId([1; 32]);
const LAPTOP: DeviceId = DeviceId([2; 32]);

/// The ledger of one of A's devices, which holds a half of what A may spend on B.
async fn device(device: DeviceId) -> Arc<Ledger> {
    let ledger = Ledger::in_memory_as(device);
    let half = BTreeMap::from([(id(2), 500)]);
    let epoch = Epoch {
        context: context(),
        number: 1,
        limits: BTreeMap::from([(id(2), 1000)]),
        parts: BTreeMap::from([(
            id(1),
            BTreeMap::from([(PHONE, half.clone()), (LAPTOP, half)]),
        )]),
    };
    begin(&ledger, &epoch).await;
    ledger.grant(context(), "pay");
    ledger.sign_receipts(identity(1));
    ledger
}

async fn begin(ledger: &Ledger, epoch: &Epoch) {
    let signed = epoch.clone().sign(&identity(9));
    ledger.begin_epoch(&signed, id(9)).await.unwrap();
}

/// A ledger of one device, in the epoch of the others.
async fn only(me: u8) -> Arc<Ledger> {
    let ledger = Ledger::in_memory();
    let epoch = Epoch {
        context: context(),
        number: 1,
        limits: (1..4).map(|peer| (id(peer), 1000)).collect(),
        parts: BTreeMap::new(),
    };
    begin(&ledger, &epoch).await;
    ledger.grant(context(), "pay");
    ledger.sign_receipts(identity(me));
    ledger
}

#[tokio::test]
async fn two_devices_of_one_authority_do_not_collide() {
    let devices = [device(PHONE).await, device(LAPTOP).await];
    let (b, c) = (only(2).await, only(3).await);
    for run in 0..6u64 {
        // The phone is ahead by far, then the laptop begins.
        let at = usize::from(run == 3 || run == 5);
        let ledgers = [Arc::clone(&devices[at]), Arc::clone(&b), Arc::clone(&c)];
        let (mut first, mut second, mut third) = room(&ledgers);
        let text = play(&mut first, &mut second, &mut third).await.unwrap();
        assert_eq!(text, "paid", "run {run}");
    }
    for ledger in [&b, &c] {
        let seen = |device| ledger.seen_nonce(context(), id(1), device);
        assert_eq!((seen(PHONE), seen(LAPTOP)), (Some((1, 4)), Some((1, 2))));
        assert_eq!(seen(DeviceId::ONLY), None);
    }
}

/// Both at once in one session, as far as a session's seats can be: A's seat is the phone's, and its answer is
/// forwarded to the laptop, which has not seen what the phone has signed.
#[tokio::test]
async fn a_chain_of_one_device_is_new_to_the_other() {
    let [phone, laptop] = [device(PHONE).await, device(LAPTOP).await];
    let peer = only(2).await;
    let members = [1, 2].map(id).into();
    let there = (context(), id(2));
    let [own, other] = [1, 2].map(identity);
    let root = phone.issue_receipt(&own, there, 5, None).await.unwrap();
    let order = Order::Strict;
    let taken = peer.accept_receipts(id(2), context(), &members, &root, order);
    taken.await.unwrap();
    let here = (context(), id(1));
    let back = peer.issue_receipt(&other, here, 5, Some(&root));
    let back = back.await.unwrap();
    let take = |ledger: Arc<Ledger>| {
        let (back, members) = (back.clone(), members.clone());
        async move {
            let taken = ledger.accept_receipts(id(1), context(), &members, &back, order);
            taken.await
        }
    };
    take(Arc::clone(&laptop)).await.unwrap();
    let seen = |ledger: &Ledger, of, device| ledger.seen_nonce(context(), id(of), device);
    assert_eq!(
        seen(&laptop, 1, PHONE),
        Some((1, 1)),
        "it has not signed that itself"
    );
    take(Arc::clone(&phone)).await.unwrap();
    assert_eq!(seen(&phone, 1, PHONE), None, "its own is not counted");
    assert!(
        take(laptop).await.is_err() && take(phone).await.is_err(),
        "each once"
    );
}

//! Chains that a peer has made by hand, frame by frame: what is changed, repeated or spliced is refused.

use super::*;

/// A node of authority 2 that plays B of `Pay`, and a peer that speaks frames by hand, as A.
struct Stage {
    /// It runs as long as somebody has it.
    _node: Node,
    raw: Raw,
    session: Session<pay::B>,
}

impl Stage {
    async fn new(ledger: &Arc<Ledger>) -> Self {
        let node = Node::new(identity(2), Arc::clone(ledger), NodeLimits::default());
        let mut acceptor = node.offer::<pay::B>(|_, _| true);
        let mut raw = Raw::to(&node, 1).await;
        let issued = UNIX_EPOCH.elapsed().unwrap();
        let hello = Hello {
            wire: vec![1],
            version: Pay::protocol().version.to_owned(),
            roster: identity(1).sign(roster::<Pay>(), issued).unwrap(),
            from: SeatId(0),
            to: SeatId(1),
            window: window(),
        };
        raw.say(Kind::Hello, 3, &hello).await;
        assert!(matches!(raw.hear_body().await, Reply::Welcome { .. }));
        let session = acceptor.accept().await.unwrap();
        Self {
            _node: node,
            raw,
            session,
        }
    }

    /// What is wrong with this chain in front of A's first message.
    async fn flaw(ledger: &Arc<Ledger>, chain: &[u8]) -> Option<Flaw> {
        let mut stage = Self::new(ledger).await;
        send(&mut stage.raw, "Write", 0, chain).await;
        let received = stage.session.start().unwrap().write().await;
        Some(flaw(received.err()?))
    }
}

/// A message of A's by hand, with this in the place of its chain.
async fn send(raw: &mut Raw, name: &str, sequence: u32, chain: &[u8]) {
    let mut labels = Pay::protocol().labels.iter();
    let label = labels.position(|row| row.name == name).unwrap();
    let header = Header {
        route: 3,
        label: LabelId(u16::try_from(label).unwrap()),
        sequence,
        ..bare(Kind::Data)
    };
    let length = u16::try_from(chain.len()).unwrap().to_le_bytes();
    let text = postcard::to_stdvec("text").unwrap();
    let payload = [&length[..], chain, &text].concat();
    raw.frame(header, &payload).await;
}

fn flaw(error: SessionError) -> Flaw {
    let SessionError::Frame(error) = error else {
        panic!("{error}");
    };
    let FrameFault::Receipt { cause, .. } = error.fault else {
        panic!("{error}");
    };
    cause.flaw
}

fn receipt(nonce: u64) -> Receipt {
    Receipt {
        context: context(),
        source: id(1),
        device: DeviceId::ONLY,
        destination: id(2),
        epoch: 0,
        cost: 50,
        nonce,
        previous: None,
    }
}

fn signed(receipt: Receipt) -> Vec<u8> {
    Chain::of(vec![receipt.sign(&identity(1)).unwrap()]).bytes()
}

#[tokio::test]
async fn no_field_of_a_receipt_can_be_another() {
    let ledger = funded(Ledger::in_memory(), 2).await;
    let right = receipt(7);
    let elsewhere = ContextId::derive("group", &[id(1)], b"elsewhere");
    let (found, expected) = (3, 0);
    let cases = [
        (
            Receipt {
                context: elsewhere,
                ..right
            },
            Flaw::Context(elsewhere),
        ),
        (
            Receipt {
                destination: id(3),
                ..right
            },
            Flaw::Destination(id(3)),
        ),
        (
            Receipt { epoch: 3, ..right },
            Flaw::Epoch { found, expected },
        ),
        (
            Receipt { cost: 49, ..right },
            Flaw::Cost {
                found: 49,
                expected: 50,
            },
        ),
        (Receipt { nonce: 0, ..right }, Flaw::Replay(0)),
        (
            Receipt {
                previous: Some(ReceiptId([1; 32])),
                ..right
            },
            Flaw::Previous,
        ),
    ];
    for (changed, flaw) in cases {
        assert_eq!(Stage::flaw(&ledger, &signed(changed)).await, Some(flaw));
    }
    // Signed by somebody else, who takes part, and by one who does not.
    for seed in [2, 3] {
        let stolen = Receipt {
            source: id(seed),
            ..right
        };
        let chain = Chain::of(vec![stolen.sign(&identity(seed)).unwrap()]);
        let found = Stage::flaw(&ledger, &chain.bytes()).await;
        assert_eq!(found, Some(Flaw::Source(id(seed))));
    }
    assert_eq!(
        ledger.seen_nonce(context(), id(1), DeviceId::ONLY),
        None,
        "none was taken"
    );
    assert_eq!(Stage::flaw(&ledger, &signed(right)).await, None);
}

#[tokio::test]
async fn a_receipt_is_taken_once() {
    let ledger = funded(Ledger::in_memory(), 2).await;
    let chain = signed(receipt(7));
    assert_eq!(Stage::flaw(&ledger, &chain).await, None);
    assert_eq!(Stage::flaw(&ledger, &chain).await, Some(Flaw::Replay(7)));
    // Sessions that run at once may overtake each other, and still each counts once.
    assert_eq!(Stage::flaw(&ledger, &signed(receipt(5))).await, None);
    let again = Stage::flaw(&ledger, &signed(receipt(5))).await;
    assert_eq!(again, Some(Flaw::Replay(5)));
    let next = Epoch {
        context: context(),
        number: 1,
        limits: BTreeMap::new(),
        parts: BTreeMap::new(),
    };
    let attested = next.sign(&identity(9));
    ledger.begin_epoch(&attested, id(9)).await.unwrap();
    let (found, expected) = (0, 1);
    let stale = Some(Flaw::Epoch { found, expected });
    assert_eq!(Stage::flaw(&ledger, &signed(receipt(9))).await, stale);
}

#[tokio::test]
async fn bytes_that_are_no_chain_are_told() {
    let ledger = funded(Ledger::in_memory(), 2).await;
    let whole = signed(receipt(7));
    for at in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        assert!(Stage::flaw(&ledger, &bytes).await.is_some(), "byte {at}");
    }
    let none = Chain::of(vec![]).bytes();
    let long = vec![1; 60_000];
    for bytes in [&[][..], &none, &[0xff; 9], &whole[1..], &long] {
        assert!(Stage::flaw(&ledger, bytes).await.is_some());
    }
    assert_eq!(ledger.seen_nonce(context(), id(1), DeviceId::ONLY), None);
}

/// B answers with the chain that it was shown, one hop longer; A goes on from that, or from another.
#[tokio::test]
async fn chains_go_on_and_are_not_spliced() {
    let ledger = funded(Ledger::in_memory(), 2).await;
    let mut earlier: Option<Chain> = None;
    for (nonce, splice) in [(1, false), (3, false), (5, true)] {
        let Stage {
            _node,
            mut raw,
            mut session,
        } = Stage::new(&ledger).await;
        send(&mut raw, "Write", 0, &signed(receipt(nonce))).await;
        let (text, state) = session.start().unwrap().write().await.unwrap();
        let state = state.back(text).await.unwrap();
        let (_, payload) = raw.hear().await.unwrap();
        let length = usize::from(u16::from_le_bytes([payload[0], payload[1]]));
        let chain = Chain::from_bytes(&payload[2..2 + length]).unwrap();
        assert_eq!(chain.receipts().len(), 2);
        let next = Receipt {
            nonce: nonce + 1,
            cost: 30,
            ..receipt(0)
        };
        // The hops of this run under the last hop of another, where a splice is tried.
        let behind = earlier.as_ref().filter(|_| splice).unwrap_or(&chain);
        let third = behind.forward(next, &identity(1)).unwrap();
        let mut hops = chain.receipts().to_vec();
        hops.extend(third.receipts().last());
        send(&mut raw, "Again", 1, &Chain::of(hops).bytes()).await;
        let received = state.again().await;
        assert_eq!(received.err().map(flaw), splice.then_some(Flaw::Previous));
        earlier = Some(chain);
    }
}

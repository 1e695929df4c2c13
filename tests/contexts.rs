//! Contexts at run time: frames are tagged, ledgers keep them apart, and a refusal in one says
//! nothing of another.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

mod stream;

use std::{sync::Arc, time::UNIX_EPOCH};

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    frame::{FrameFault, Header, Hello, Kind, Reply},
    guard::Refusal,
    identity::{ContextId, Roster, Seat, SeatId, SessionId},
    ledger::Ledger,
    machine::LabelId,
    node::{Node, NodeLimits},
    session::{Choreography, Room, Session, SessionError},
};
use bridged::{A, B, Bridged};
use stream::{
    id, identity,
    raw::{Raw, bare, window},
};

aura_choreography! {
    #[namespace = "bridged"]
    #[default_flow_cost = 10]
    message Note { text: String }
    protocol Bridged {
        roles: A, B;
        in relationship near {
            A[guard_capability = "tell"] -> B: Note;
        }
        bridge from relationship near to group wide {
            B[guard_capability = "tell"] -> A: Passed;
        }
    }
}

fn near() -> ContextId {
    ContextId::derive("relationship", &[id(1), id(2)], b"near")
}

fn wide() -> ContextId {
    ContextId::derive("group", &[id(1), id(2)], b"wide")
}

fn roster() -> Roster {
    let seat = |role, seed| Seat {
        role,
        member: 0,
        authority: id(seed),
    };
    let contexts = Bridged::protocol().contexts.iter();
    Roster {
        protocol: Bridged::protocol().hash,
        session: SessionId::random().unwrap(),
        contexts: contexts
            .map(|row| if row.name == "near" { near() } else { wide() })
            .collect(),
        sizes: vec![],
        seats: vec![seat(0, 1), seat(1, 2)],
    }
}

/// The position of a context in the tables.
fn index(name: &str) -> u16 {
    let mut contexts = Bridged::protocol().contexts.iter();
    u16::try_from(contexts.position(|row| row.name == name).unwrap()).unwrap()
}

fn label(name: &str) -> LabelId {
    let mut labels = Bridged::protocol().labels.iter();
    LabelId(u16::try_from(labels.position(|row| row.name == name).unwrap()).unwrap())
}

/// B's ledger: what it may do in each context, and how much it may spend there.
async fn ledger(granted: &[ContextId], limits: [(ContextId, u64); 2]) -> Arc<Ledger> {
    let ledger = Ledger::in_memory();
    for context in granted {
        ledger.grant(*context, "tell");
    }
    for (context, limit) in limits {
        let declared = ledger.declare_budget(context, id(1), 1, limit);
        declared.await.unwrap();
    }
    ledger
}

async fn rich() -> Arc<Ledger> {
    let ledger = ledger(&[near(), wide()], [(near(), 100), (wide(), 100)]).await;
    for context in [near(), wide()] {
        ledger.declare_budget(context, id(2), 1, 100).await.unwrap();
    }
    ledger
}

/// Plays up to B's bridge with this ledger; what the guards say there.
async fn refusal(ledger: &Arc<Ledger>) -> Option<Refusal> {
    let mut room = Room::<Bridged>::new(roster(), Limits::default()).unwrap();
    let mut a: Session<A> = room.join(&rich().await).unwrap();
    let mut b: Session<B> = room.join(ledger).unwrap();
    let note = Note {
        text: "hello".to_owned(),
    };
    let _ = a.start().unwrap().note(note).await.unwrap();
    let (_, state) = b.start().unwrap().note().await.unwrap();
    match state.passed().await {
        Ok(_) => None,
        Err(unsent) => Some(unsent.refused().unwrap().reason),
    }
}

#[tokio::test]
async fn a_bridge_is_guarded_and_charged_in_the_context_that_it_leads_to() {
    let everything = rich().await;
    assert_eq!(refusal(&everything).await, None);
    let spent = |context| everything.budget(context, id(1)).spent;
    assert_eq!((spent(near()), spent(wide())), (0, 10));
}

#[tokio::test]
async fn what_is_held_in_one_context_counts_for_nothing_in_another() {
    let elsewhere = ledger(&[near()], [(near(), 100), (wide(), 100)]).await;
    let denied = Refusal::AuthorizationDenied {
        capability: "tell",
        message: "Passed",
        context: wide(),
    };
    assert_eq!(refusal(&elsewhere).await, Some(denied));
    let elsewhere = ledger(&[near(), wide()], [(near(), 100), (wide(), 9)]).await;
    let poor = Refusal::InsufficientBudget {
        message: "Passed",
        peer: id(1),
        asked: 10,
        available: 9,
        limit: 9,
        epoch: 1,
    };
    assert_eq!(refusal(&elsewhere).await, Some(poor));
}

/// Whatever another context holds, the refusal is the same to the last byte.
#[tokio::test]
async fn a_refusal_says_nothing_of_another_context() {
    for granted in [vec![], vec![wide()]] {
        let mut said = Vec::new();
        for (also, limit) in [(false, 0), (true, 0), (false, 7), (true, 1 << 40)] {
            let mut granted = granted.clone();
            granted.extend(also.then(near));
            let ledger = ledger(&granted, [(near(), limit), (wide(), 0)]).await;
            let refusal = refusal(&ledger).await.unwrap();
            said.push(format!("{refusal:?} {refusal}"));
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:?}");
        let other = format!("{:?}", near());
        assert!(!said[0].contains(&other), "{said:?}");
    }
}

#[tokio::test]
async fn a_frame_of_one_context_is_refused_in_another() {
    let serving = Node::new(identity(2), rich().await, NodeLimits::default());
    let mut acceptor = serving.offer::<B>(|_, _| true);
    let mut raw = Raw::to(&serving, 1).await;
    let hello = Hello {
        wire: vec![1],
        version: Bridged::protocol().version.to_owned(),
        roster: identity(1)
            .sign(roster(), UNIX_EPOCH.elapsed().unwrap())
            .unwrap(),
        from: SeatId(0),
        to: SeatId(1),
        window: window(),
    };
    raw.say(Kind::Hello, 3, &hello).await;
    assert!(matches!(raw.hear_body().await, Reply::Welcome { .. }));
    let mut session = acceptor.accept().await.unwrap();
    let tagged = |context, text: &str| {
        let header = Header {
            route: 3,
            label: label("Note"),
            context,
            ..bare(Kind::Data)
        };
        let note = Note {
            text: text.to_owned(),
        };
        (header, postcard::to_stdvec(&note).unwrap())
    };
    let (header, payload) = tagged(index("wide"), "from the wrong context");
    raw.frame(header, &payload).await;
    let (header, payload) = tagged(9, "from no context");
    raw.frame(header, &payload).await;
    let (header, payload) = tagged(index("near"), "right");
    raw.frame(header, &payload).await;
    // The session is told of both, and is where it was.
    for context in [index("wide"), 9] {
        let error = session.start().unwrap().note().await.err().unwrap();
        let SessionError::Frame(error) = error else {
            panic!("{error}");
        };
        let fault = FrameFault::Context {
            label: label("Note"),
            context,
        };
        assert_eq!(error.fault, fault);
    }
    let (heard, state) = session.start().unwrap().note().await.unwrap();
    assert_eq!(heard.text, "right");
    // What goes out is tagged with the context that it is in.
    let _ = state.passed().await.unwrap();
    let (header, _) = raw.hear().await.unwrap();
    assert_eq!((header.kind, header.context), (Kind::Data, index("wide")));
}

//! What is traced: every step with role, peer, label, cost and outcome, and never a payload.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "ui/pass/local_steps.rs"]
mod local_steps;
#[path = "ui/stage.rs"]
#[allow(dead_code, reason = "these cases need a part of it")]
mod stage;
mod stream;
#[path = "ui/pass/threads.rs"]
mod threads;

/// Where the cases look for their stage.
mod pass {
    pub(crate) use super::stage;
}

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};

use aura_runtime::{
    endpoint::Limits,
    ledger::Ledger,
    node::{Node, NodeLimits},
    session::{Choreography as _, Room, Session},
    transport::memory,
};
use stream::{A, B, Item, Stream, Total, b, context, id, identity, open, roster};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// What every payload of these tests holds.
const SECRET: &str = "correct horse battery staple";

/// Everything that was traced: the fields of each event and of each span; and the spans.
#[derive(Clone, Default)]
struct Captured(
    Arc<Mutex<Vec<BTreeMap<&'static str, String>>>>,
    Arc<Mutex<Vec<Spanned>>>,
);

/// A span, and the events in it.
#[derive(Clone, Debug)]
struct Spanned {
    name: &'static str,
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
    events: Vec<String>,
    handles: u32,
}

impl Spanned {
    fn says(&self, name: &str, value: &str) -> bool {
        self.fields.get(name).is_some_and(|found| found == value)
    }
}

struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), value.to_string());
    }
}

impl Subscriber for Captured {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(BTreeMap::new());
        attributes.record(&mut fields);
        self.0.lock().unwrap().push(fields.0.clone());
        let mut spans = self.1.lock().unwrap();
        spans.push(Spanned {
            name: attributes.metadata().name(),
            parent: attributes.parent().map(span::Id::into_u64),
            fields: fields.0,
            events: Vec::new(),
            handles: 1,
        });
        span::Id::from_u64(spans.len() as u64)
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields(BTreeMap::new());
        values.record(&mut fields);
        self.0.lock().unwrap().push(fields.0.clone());
        self.with(id, |span| span.fields.extend(fields.0));
    }

    fn clone_span(&self, id: &span::Id) -> span::Id {
        self.with(id, |span| span.handles += 1);
        id.clone()
    }

    fn try_close(&self, id: span::Id) -> bool {
        self.with(&id, |span| span.handles -= 1);
        false
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        fields
            .0
            .insert("level", event.metadata().level().to_string());
        if let (Some(parent), Some(message)) = (event.parent(), fields.0.get("message")) {
            let message = message.clone();
            self.with(parent, |span| span.events.push(message));
        }
        self.0.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Captured {
    fn with(&self, id: &span::Id, change: impl FnOnce(&mut Spanned)) {
        let at = usize::try_from(id.into_u64()).unwrap() - 1;
        change(&mut self.1.lock().unwrap()[at]);
    }

    /// A session has a span for each of its two seats, and below it one for each step, in which the
    /// step's event stands; all are over.
    fn assert_spans(&self) {
        let spans = self.1.lock().unwrap().clone();
        let source = format!("{:?}", Stream::protocol().hash);
        let sessions: Vec<_> = (1u64..)
            .zip(&spans)
            .filter(|(_, span)| span.name == "session")
            .collect();
        assert_eq!(sessions.len(), 2, "{sessions:?}");
        let session = &sessions[0].1.fields["session"];
        for (_, span) in &sessions {
            assert!(span.says("source", &source) && span.says("protocol", "Stream"));
            assert!(span.says("session", session) && span.says("member", "0"));
        }
        for (name, role, peer, label, cost, outcome) in [
            ("send", "A", "B", "again.Item", "1", "sent"),
            ("send", "A", "B", "again.Item", "1", "refused"),
            ("send", "A", "B", "done.Stop", "1", "sent"),
            ("send", "B", "A", "Total", "1", "sent"),
            ("receive", "B", "A", "again.Item", "0", "received"),
            ("receive", "B", "A", "done.Stop", "0", "received"),
            ("receive", "A", "B", "Total", "0", "received"),
        ] {
            let parent = sessions.iter().find(|(_, span)| span.says("role", role));
            let steps = spans.iter().filter(|span| {
                span.name == name
                    && span.parent == parent.map(|(id, _)| *id)
                    && span.says("role", role)
                    && span.says("peer", peer)
                    && span.says("label", label)
                    && span.says("cost", cost)
                    && span.says("outcome", outcome)
                    && span.events == [outcome]
            });
            assert_eq!(
                steps.count(),
                1,
                "{name} {role} {label} {outcome}: {spans:#?}"
            );
        }
        assert!(spans.iter().all(|span| span.handles == 0), "{spans:#?}");
    }

    /// How often a step of `role` with `label` had this outcome.
    fn steps(&self, outcome: &str, role: &str, peer: &str, label: &str) -> usize {
        let events = self.0.lock().unwrap();
        let is = |event: &BTreeMap<_, _>, name, value: &str| {
            event.get(name).is_some_and(|found: &String| found == value)
        };
        let source = format!("{:?}", Stream::protocol().hash);
        let fits = events.iter().filter(|event| {
            is(event, "message", outcome)
                && is(event, "source", &source)
                && is(event, "role", role)
                && is(event, "peer", peer)
                && is(event, "label", label)
        });
        fits.count()
    }

    /// Nothing that was captured holds the payload, as text or as bytes in any usual notation.
    fn assert_silent(&self) {
        let text = format!("{:?}", self.0.lock().unwrap());
        let decimal: Vec<String> = SECRET
            .bytes()
            .take(4)
            .map(|byte| byte.to_string())
            .collect();
        let hex = SECRET.bytes().take(4).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let words = [SECRET[..7].to_owned(), decimal.join(", "), hex];
        for word in words {
            assert!(!text.contains(&word), "{word} occurs");
        }
    }
}

fn item(number: u64) -> Item {
    let body = SECRET.as_bytes().to_vec();
    Item { number, body }
}

/// One item, one refused, the stop, the total.
async fn play(a: &mut Session<A>, b: &mut Session<B>, ledger: &Ledger) {
    let sending = async {
        let state = a.start().unwrap().item(item(0)).await.unwrap();
        ledger.revoke(context(), "send");
        let refused = state.item(item(1)).await.err().unwrap().refused().unwrap();
        ledger.grant(context(), "send");
        let _ = refused.state.stop().await.unwrap().total().await.unwrap();
    };
    let receiving = async {
        let mut state = b.start().unwrap();
        loop {
            match state.receive().await.unwrap() {
                b::ItemOrStop::Item(_, next) => state = next,
                b::ItemOrStop::Stop(next) => {
                    let _ = next.total(Total { count: 1 }).await.unwrap();
                    return;
                }
            }
        }
    };
    tokio::join!(sending, receiving);
}

fn assert_steps(captured: &Captured) {
    for (outcome, role, peer, label) in [
        ("sent", "A", "B", "again.Item"),
        ("refused", "A", "B", "again.Item"),
        ("sent", "A", "B", "done.Stop"),
        ("sent", "B", "A", "Total"),
        ("received", "B", "A", "again.Item"),
        ("received", "B", "A", "done.Stop"),
        ("received", "A", "B", "Total"),
    ] {
        let found = captured.steps(outcome, role, peer, label);
        assert_eq!(found, 1, "{outcome} {role} {peer} {label}");
    }
    let events = captured.0.lock().unwrap();
    let sent = events
        .iter()
        .filter(|event| event.get("message").is_some_and(|m| m == "sent"));
    assert!(sent.clone().count() > 0);
    for event in sent {
        assert_eq!(
            event.get("cost").map(String::as_str),
            Some("1"),
            "{event:?}"
        );
    }
    drop(events);
    captured.assert_silent();
}

#[tokio::test]
async fn one_process() {
    let captured = Captured::default();
    let _guard = tracing::subscriber::set_default(captured.clone());
    let ledgers = [stream::funded(&[2]).await, stream::funded(&[1]).await];
    let mut room = Room::<Stream>::new(roster(1, 2), Limits::default()).unwrap();
    let mut a = room.join::<A>(&ledgers[0]).unwrap();
    let mut b = room.join::<B>(&ledgers[1]).unwrap();
    play(&mut a, &mut b, &ledgers[0]).await;
    drop((room, a, b));
    assert_steps(&captured);
    captured.assert_spans();
}

#[tokio::test]
async fn two_nodes() {
    let captured = Captured::default();
    let _guard = tracing::subscriber::set_default(captured.clone());
    let ledger = stream::funded(&[2]).await;
    let one = Node::new(identity(1), Arc::clone(&ledger), NodeLimits::default());
    let two = stream::node(2, &[1], NodeLimits::default()).await;
    let (near, far) = memory::pair(id(1), id(2));
    one.attach(near);
    two.attach(far);
    let (mut a, mut b) = open((&one, 1), (&two, 2)).await.unwrap();
    play(&mut a, &mut b, &ledger).await;
    drop((a, b));
    assert_steps(&captured);
    captured.assert_spans();
}

/// A frame that does not fit is traced with its fault, not with what it carried.
#[tokio::test]
async fn a_rejected_frame() {
    use aura_runtime::frame::{Header, Kind, Reply};
    let captured = Captured::default();
    let _guard = tracing::subscriber::set_default(captured.clone());
    let node = stream::node(2, &[1], NodeLimits::default()).await;
    let mut acceptor = node.offer::<B>(|_, _| true);
    let mut raw = stream::raw::Raw::to(&node, 1).await;
    let now = std::time::UNIX_EPOCH.elapsed().unwrap();
    let hello = stream::raw::hello(roster(1, 2), 1, now);
    raw.say(Kind::Hello, 3, &hello).await;
    assert!(matches!(raw.hear_body().await, Reply::Welcome { .. }));
    let mut session = acceptor.accept().await.unwrap();
    for sequence in [4, 0] {
        let header = Header {
            route: 3,
            sequence,
            ..stream::raw::bare(Kind::Data)
        };
        let payload = [&[0xff; 12][..], SECRET.as_bytes()].concat();
        raw.frame(header, &payload).await;
    }
    assert!(session.start().unwrap().receive().await.is_err());
    let events = captured.0.lock().unwrap().clone();
    let rejected = events
        .iter()
        .find(|event| event.get("message").is_some_and(|m| m == "frame rejected"));
    assert!(
        rejected.unwrap()["error"].contains("frame 4 came before 0"),
        "{rejected:?}"
    );
    captured.assert_silent();
}

/// Steps that nobody else sees have their spans as well.
#[test]
fn own_steps() {
    let captured = Captured::default();
    let guard = tracing::subscriber::set_default(captured.clone());
    local_steps::main();
    threads::main();
    drop(guard);
    let spans = captured.1.lock().unwrap().clone();
    for (what, role, outcome) in [
        ("step", "B", "taken"),
        ("step", "B", "refused"),
        ("condition", "B", "refused"),
        ("fork", "A", "taken"),
        ("join", "A", "taken"),
    ] {
        let found = spans.iter().any(|span| {
            let at = span.parent.and_then(|id| usize::try_from(id - 1).ok());
            let parent = at.and_then(|at| spans.get(at));
            span.name == "own step"
                && parent.is_some_and(|parent| parent.name == "session")
                && span.says("what", what)
                && span.says("role", role)
                && span.says("outcome", outcome)
                && span.events == [outcome]
        });
        assert!(found, "{what} {role} {outcome}: {spans:#?}");
    }
}

//! A peer that speaks frames by hand.

use std::time::Duration;

use aura_runtime::{
    endpoint::Limits,
    frame::{Greeting, HEADER, Header, Hello, Kind, Window},
    identity::{Roster, SeatId},
    machine::LabelId,
    node::Node,
    session::Choreography,
    transport::{Stream, memory},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Stream as Protocol, id, identity};

pub struct Raw {
    pub stream: Box<dyn Stream>,
}

/// A header of this kind, all zero.
pub fn bare(kind: Kind) -> Header {
    Header {
        length: 0,
        kind,
        branch: 0,
        label: LabelId(0),
        route: 0,
        sequence: 0,
        ack: 0,
        context: 0,
        seat: SeatId(0),
    }
}

impl Raw {
    /// A peer with this seed, connected to a node and greeted.
    pub async fn to(node: &Node, seed: u8) -> Self {
        let mut raw = Self::silent_to(node, seed);
        let greeting = Greeting {
            me: [seed; 16],
            you: None,
        };
        raw.say(Kind::Greet, 0, &greeting).await;
        assert_eq!(raw.hear().await.unwrap().0.kind, Kind::Greet);
        raw
    }

    /// A peer with this seed, connected to a node, who has said nothing yet.
    pub fn silent_to(node: &Node, seed: u8) -> Self {
        let (near, far) = memory::pair(id(seed), node.authority());
        node.attach(far);
        Self {
            stream: near.stream,
        }
    }

    pub async fn say(&mut self, kind: Kind, route: u32, body: &impl Serialize) {
        let header = Header {
            route,
            ..bare(kind)
        };
        self.frame(header, &postcard::to_stdvec(body).unwrap())
            .await;
    }

    pub async fn frame(&mut self, header: Header, payload: &[u8]) {
        let header = Header {
            length: u32::try_from(payload.len()).unwrap(),
            ..header
        };
        self.bytes(&[&header.write()[..], payload].concat()).await;
    }

    /// Writes, unless the node has hung up.
    pub async fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next frame that is no ping; `None` once the node has hung up.
    pub async fn hear(&mut self) -> Option<(Header, Vec<u8>)> {
        loop {
            let mut start = [0; HEADER];
            self.stream.read_exact(&mut start).await.ok()?;
            let header = Header::read(&start, 1 << 20).unwrap();
            let mut payload = vec![0; header.length as usize];
            self.stream.read_exact(&mut payload).await.ok()?;
            if header.kind != Kind::Ping {
                return Some((header, payload));
            }
        }
    }

    pub async fn hear_body<T: DeserializeOwned>(&mut self) -> T {
        postcard::from_bytes(&self.hear().await.unwrap().1).unwrap()
    }
}

/// What nodes have room for by default.
pub fn window() -> Window {
    Limits::default().window()
}

/// A hello that says nothing wrong: node 1 opens a stream to node 2.
pub fn hello(roster: Roster, signer: u8, issued: Duration) -> Hello {
    Hello {
        wire: vec![1],
        version: Protocol::protocol().version.to_owned(),
        roster: identity(signer).sign(roster, issued).unwrap(),
        from: SeatId(0),
        to: SeatId(1),
        window: window(),
    }
}

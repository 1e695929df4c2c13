//! A tap on the connections between nodes: who has said what to whom, each frame once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aura_runtime::{
    frame::{HEADER, Header, Kind},
    identity::AuthorityId,
    machine::Protocol,
    transport::{Connection, Side},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split},
    task::JoinHandle,
};

/// From whom, to whom, in which session of their connection and which branch, the how manieth.
type Place = (AuthorityId, AuthorityId, u32, u8, u32);

/// What carries the bytes of a connection in one direction, and between whom.
type Carrier = (AuthorityId, AuthorityId, JoinHandle<()>);

/// What was said, by place; clones listen to the same.
#[derive(Clone, Default)]
pub(crate) struct Tap {
    frames: Arc<Mutex<BTreeMap<Place, u16>>>,
    carriers: Arc<Mutex<Vec<Carrier>>>,
}

impl Tap {
    /// A connection with the tap in it.
    pub(crate) fn pair(
        &self,
        dialling: AuthorityId,
        accepting: AuthorityId,
    ) -> (Connection, Connection) {
        let ((near, left), (right, far)) = (duplex(1 << 16), duplex(1 << 16));
        let ((left_in, left_out), (right_in, right_out)) = (split(left), split(right));
        let carriers = [
            tokio::spawn(carry(self.clone(), dialling, accepting, left_in, right_out)),
            tokio::spawn(carry(self.clone(), accepting, dialling, right_in, left_out)),
        ];
        let carriers = carriers.map(|carrier| (dialling, accepting, carrier));
        self.carriers.lock().unwrap().extend(carriers);
        let connection = |peer, side, stream| Connection {
            peer,
            side,
            stream: Box::new(stream),
        };
        (
            connection(accepting, Side::Dialled, near),
            connection(dialling, Side::Accepted, far),
        )
    }
    /// Cuts every connection of one authority.
    pub(crate) fn cut(&self, authority: AuthorityId) {
        for (left, right, carrier) in self.carriers.lock().unwrap().iter() {
            if [*left, *right].contains(&authority) {
                carrier.abort();
            }
        }
    }

    /// Forgets what was said.
    pub(crate) fn clear(&self) {
        self.frames.lock().unwrap().clear();
    }

    /// What the protocol asks for what one has said to the other.
    pub(crate) fn cost(&self, protocol: &Protocol, from: AuthorityId, to: AuthorityId) -> u64 {
        let frames = self.frames.lock().unwrap();
        let said = frames
            .iter()
            .filter(|((one, other, ..), _)| (*one, *other) == (from, to));
        let price = |label: u16| {
            let mut rows = protocol.messages.iter();
            rows.find(|row| row.label.0 == label).unwrap().cost
        };
        said.map(|(_, label)| price(*label)).sum()
    }
}

async fn carry(
    tap: Tap,
    from: AuthorityId,
    to: AuthorityId,
    mut bytes: ReadHalf<DuplexStream>,
    mut onward: WriteHalf<DuplexStream>,
) {
    loop {
        let mut start = [0; HEADER];
        if bytes.read_exact(&mut start).await.is_err() {
            return;
        }
        let header = Header::read(&start, 1 << 20).unwrap();
        let mut payload = vec![0; header.length as usize];
        bytes.read_exact(&mut payload).await.unwrap();
        if matches!(header.kind, Kind::Data | Kind::Abstain) {
            let place = (from, to, header.route, header.branch, header.sequence);
            let known = tap.frames.lock().unwrap().insert(place, header.label.0);
            // Repeated, it is the identical frame. (DECISIONS 31.)
            assert!(known.is_none_or(|label| label == header.label.0));
        }
        if onward.write_all(&start).await.is_err() || onward.write_all(&payload).await.is_err() {
            return;
        }
    }
}

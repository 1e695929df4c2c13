//! A line to a peer: sessions that ring, and the one who writes what is ready.

use std::sync::Arc;

use loom::{future::block_on, sync::Mutex, thread};

use super::sync::explore;
use crate::line::{Line, Next, Outlet};

/// A session's frames, and its place on the line.
struct Session {
    frames: Mutex<u32>,
    outlet: Outlet,
}

impl Session {
    /// Another frame is ready.
    fn queue(&self) {
        *self.frames.lock().unwrap() += 1;
        self.outlet.ring();
    }

    /// As a port does: the bell is answered before the frames are taken.
    fn transmit(&self) -> u32 {
        self.outlet.answer();
        std::mem::take(&mut *self.frames.lock().unwrap())
    }
}

fn write(sessions: u32, frames: u32) {
    let line = Arc::new(Line::new(1));
    let sessions: Arc<Vec<Session>> = Arc::new(
        (0..sessions)
            .map(|route| Session {
                frames: Mutex::new(0),
                outlet: Outlet::new(Arc::clone(&line), route),
            })
            .collect(),
    );
    let threads: Vec<_> = (0..sessions.len())
        .map(|at| {
            let sessions = Arc::clone(&sessions);
            thread::spawn(move || (0..frames).for_each(|_| sessions[at].queue()))
        })
        .collect();
    let mut written = 0;
    while written < frames * u32::try_from(sessions.len()).unwrap() {
        match block_on(line.next()) {
            Next::Route(route) => written += sessions[route as usize].transmit(),
            Next::Word(_) | Next::Last => panic!("nobody said so"),
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

/// The writer that waits for every frame is found waiting for ever if one is forgotten.
#[test]
fn no_frame_is_forgotten() {
    explore(3, || write(1, 2));
    explore(2, || write(2, 1));
}

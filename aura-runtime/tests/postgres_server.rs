//! A `PostgreSQL` server of the test's own, which is shut down and started again while a ledger writes to
//! it: no acknowledged batch is lost, none is written twice, and the ledger goes on.
//!
//! Where there are no programs of a server, the test says so and is skipped.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that start programs"
)]

mod batches;
mod cluster;

use std::{thread, time::Duration};

use aura_runtime::store::{
    Archive as _, PostgresOptions, PostgresStore, Store as _, StoreError, audit,
};
use batches::{budget, sent};
use cluster::Server;

fn open(server: &Server, patience: Duration) -> Result<PostgresStore, StoreError> {
    let options = PostgresOptions {
        patience,
        ..PostgresOptions::default()
    };
    PostgresStore::open(&server.url(), options)
}

#[test]
fn a_server_that_goes_away_under_load_and_comes_back_loses_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let mut store = open(&server, Duration::from_mins(1)).unwrap();
    store.commit(&[budget()]).unwrap();
    let mut acknowledged = 0;
    thread::scope(|scope| {
        let restarts = scope.spawn(|| {
            for mode in ["fast", "immediate", "fast", "immediate"] {
                thread::sleep(Duration::from_millis(150));
                server.down(mode);
                thread::sleep(Duration::from_millis(50));
                server.up();
            }
        });
        // On a busy machine the restarts may be all there was time for.
        while !restarts.is_finished() || acknowledged <= 20 {
            store.commit(&[sent(acknowledged)]).unwrap();
            acknowledged += 1;
        }
        restarts.join().unwrap();
    });
    assert!(acknowledged > 20, "{acknowledged} batches");
    drop(store);
    let mut store = open(&server, Duration::from_mins(1)).unwrap();
    assert_eq!(audit(&mut store), []);
    let mut steps = Vec::new();
    store
        .charges(&mut |charge, _| {
            steps.push(charge.step);
            Ok(())
        })
        .unwrap();
    // Each once, in order: none lost, none twice.
    assert_eq!(steps, (0..acknowledged).collect::<Vec<_>>());
    // Longer than it is waited for: what is asked meanwhile is refused, or leaves the ledger unsure.
    drop(store);
    let mut store = open(&server, Duration::from_millis(200)).unwrap();
    server.down("fast");
    let refused = store.commit(&[sent(acknowledged)]).unwrap_err();
    server.up();
    assert!(matches!(refused, StoreError::Io(_)), "{refused}");
    store.commit(&[sent(acknowledged)]).unwrap();
    assert_eq!(store.head().unwrap().charges, acknowledged + 1);
}

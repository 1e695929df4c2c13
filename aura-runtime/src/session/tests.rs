//! Permits: never more than a window, and never none for ever.
//!
//! They stand apart from what they test, which `tests/models.rs` compiles a second time.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    sync::Arc,
    task::{Context, Poll},
    thread,
};

use futures::{executor::block_on, future::poll_fn, task::noop_waker};

use super::credit::{Credit, Far};

fn take(credit: &Credit) -> Poll<bool> {
    credit.poll_take(&mut Context::from_waker(&noop_waker()))
}

#[test]
fn no_more_than_a_window_is_on_its_way() {
    for window in 1..5 {
        let credit = Credit::new(window);
        for _ in 0..window {
            assert_eq!(take(&credit), Poll::Ready(true));
        }
        assert_eq!(take(&credit), Poll::Pending);
        credit.give_back();
        assert_eq!(
            take(&credit),
            Poll::Ready(true),
            "one that waits is served at once"
        );
        assert_eq!(take(&credit), Poll::Pending);
        credit.give();
        assert_eq!(
            take(&credit),
            Poll::Ready(true),
            "unused, it can be taken again"
        );
        assert_eq!(take(&credit), Poll::Pending);
    }
}

#[test]
fn a_receiver_that_is_gone_or_through_is_told_from_one_that_is_slow() {
    let credit = Credit::new(1);
    assert_eq!(take(&credit), Poll::Ready(true));
    credit.close(Far::Gone);
    assert_eq!(take(&credit), Poll::Ready(false));
    let credit = Credit::new(1);
    credit.close(Far::Through);
    for _ in 0..3 {
        assert_eq!(take(&credit), Poll::Ready(true));
    }
}

#[test]
fn two_threads_never_pass_the_window_and_never_stall() {
    for window in [1, 2, 3, 64] {
        let credit = Arc::new(Credit::new(window));
        let (sender, receiver) = std::sync::mpsc::channel();
        let taking = Arc::clone(&credit);
        let sending = thread::spawn(move || {
            for number in 0..20_000u32 {
                assert!(block_on(poll_fn(|context| taking.poll_take(context))));
                sender.send(number).unwrap();
            }
        });
        let mut heard = 0;
        while let Ok(number) = receiver.recv() {
            assert_eq!(number, heard);
            heard += 1;
            assert!(credit.taken().wrapping_sub(heard - 1) <= window);
            credit.give_back();
        }
        sending.join().unwrap();
        assert_eq!(heard, 20_000);
    }
}

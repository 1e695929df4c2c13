//! Permits between two parties: a sender that takes them, a receiver that gives them back.

use std::{collections::VecDeque, future::poll_fn, sync::Arc};

use loom::{future::block_on, sync::Mutex, thread};

use super::sync::{Notify, explore};
use crate::credit::{Credit, Far};

/// What one says to the other, in order.
struct Channel {
    said: Mutex<VecDeque<u32>>,
    more: Notify,
}

impl Channel {
    fn new() -> Self {
        Self {
            said: Mutex::new(VecDeque::new()),
            more: Notify::new(),
        }
    }

    fn say(&self, number: u32) -> usize {
        let mut said = self.said.lock().unwrap();
        said.push_back(number);
        let waiting = said.len();
        drop(said);
        self.more.notify_one();
        waiting
    }

    async fn hear(&self) -> u32 {
        loop {
            let heard = self.said.lock().unwrap().pop_front();
            match heard {
                Some(number) => return number,
                None => self.more.notified().await,
            }
        }
    }
}

fn stream(window: u32, messages: u32) {
    let (credit, channel) = (Arc::new(Credit::new(window)), Arc::new(Channel::new()));
    let sender = {
        let (credit, channel) = (Arc::clone(&credit), Arc::clone(&channel));
        thread::spawn(move || {
            for number in 0..messages {
                assert!(block_on(poll_fn(|context| credit.poll_take(context))));
                let waiting = channel.say(number);
                assert!(waiting <= window as usize, "{waiting} of {window}");
            }
        })
    };
    for number in 0..messages {
        assert_eq!(block_on(channel.hear()), number);
        credit.give_back();
    }
    sender.join().unwrap();
}

#[test]
fn every_message_comes_and_no_more_than_a_window_waits() {
    explore(2, || stream(1, 2));
    explore(2, || stream(2, 3));
}

/// A sender that waits while its receiver leaves is told, whatever it waits for.
#[test]
fn a_sender_that_waits_is_told_that_the_receiver_has_left() {
    for (far, goes_on) in [(Far::Gone, false), (Far::Through, true)] {
        explore(3, move || {
            let credit = Arc::new(Credit::new(1));
            let receiver = {
                let credit = Arc::clone(&credit);
                thread::spawn(move || credit.close(far))
            };
            let take = || block_on(poll_fn(|context| credit.poll_take(context)));
            // The first is free, or the receiver has left already.
            let first = take();
            assert_eq!(take(), goes_on);
            assert!(first || !goes_on);
            receiver.join().unwrap();
        });
    }
}

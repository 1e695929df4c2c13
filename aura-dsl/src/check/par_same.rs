//! Branches of a `par` are told apart by channel or label [E-PAR-SAME]. (SEMANTICS 2.)
//!
//! The sends of nested blocks are collected from the inside out, the smaller set into the larger,
//! so that deep nesting stays cheap.

use std::collections::HashMap;

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, LabelId, Members, Protocol, RoleId, Send, Step};

/// Reports sends with equal sender, receiver and label in two branches of one `par`.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    let mut some = false;
    walk::each(&protocol.body, &mut |step| {
        some |= matches!(step, Step::Par(_));
    });
    if !some {
        return;
    }
    let mut walk = Walk { protocol, report };
    walk.block(&protocol.body);
}

struct Walk<'p, 'r> {
    protocol: &'p Protocol,
    report: &'r mut Report,
}

impl<'p> Walk<'p, '_> {
    fn block(&mut self, block: &'p Block) -> Sends<'p> {
        let mut sends = Sends::default();
        for step in &block.steps {
            if let Step::Send(id) = step {
                sends.add(&self.protocol.sends[id.index()]);
                continue;
            }
            let apart = matches!(step, Step::Par(_));
            let mut inside = Sends::default();
            for inner in walk::blocks(step) {
                let branch = self.block(inner);
                inside = self.merge(inside, branch, apart);
            }
            sends = self.merge(sends, inside, false);
        }
        sends
    }

    /// Both together. Where they run side by side, what they have in common is reported.
    fn merge(&mut self, a: Sends<'p>, b: Sends<'p>, apart: bool) -> Sends<'p> {
        let (mut large, small) = if a.count < b.count { (b, a) } else { (a, b) };
        for send in small.all() {
            if let (true, Some(other)) = (apart, large.like(send)) {
                self.same(send, other);
            }
        }
        for send in small.all() {
            large.add(send);
        }
        large
    }

    fn same(&mut self, a: &Send, b: &Send) {
        let (first, second) = if a.label_span <= b.label_span {
            (a, b)
        } else {
            (b, a)
        };
        let label = &self.protocol.labels[second.label.index()].name;
        let message = format!(
            "two branches of a `par` send `{label}` from `{}` to `{}`",
            walk::name(self.protocol, &second.from),
            walk::name(self.protocol, &second.to)
        );
        self.report.push(
            Diagnostic::new(codes::E0309, second.label_span, message)
                .label(first.label_span, "in another branch")
                .help("rename one of the labels, so that the branches can be told apart"),
        );
    }
}

/// Sends by what a receiver sees of them.
#[derive(Default)]
struct Sends<'p> {
    channels: HashMap<(RoleId, RoleId, LabelId), Channel<'p>>,
    count: usize,
}

/// Sends of one label between two roles, by the members that take part: one that a constant names,
/// or any.
#[derive(Default)]
struct Channel<'p> {
    pairs: HashMap<(Option<u64>, Option<u64>), &'p Send>,
    by_sender: HashMap<Option<u64>, &'p Send>,
    by_receiver: HashMap<Option<u64>, &'p Send>,
}

impl<'p> Sends<'p> {
    fn add(&mut self, send: &'p Send) {
        let key = (send.from.role, send.to.role, send.label);
        let channel = self.channels.entry(key).or_default();
        let (from, to) = members(send);
        if channel.pairs.insert((from, to), send).is_none() {
            self.count += 1;
            channel.by_sender.entry(from).or_insert(send);
            channel.by_receiver.entry(to).or_insert(send);
        }
    }

    fn all(&self) -> impl Iterator<Item = &'p Send> {
        let channels = self.channels.values();
        channels.flat_map(|channel| channel.pairs.values().copied())
    }

    /// A send that could be taken for `send`.
    fn like(&self, send: &Send) -> Option<&'p Send> {
        let key = (send.from.role, send.to.role, send.label);
        let channel = self.channels.get(&key)?;
        let found = match members(send) {
            (None, None) => channel.pairs.values().min_by_key(|send| send.label_span),
            (None, to) => channel
                .by_receiver
                .get(&to)
                .or(channel.by_receiver.get(&None)),
            (from, None) => channel
                .by_sender
                .get(&from)
                .or(channel.by_sender.get(&None)),
            (from, to) => [(from, to), (from, None), (None, to), (None, None)]
                .iter()
                .find_map(|pair| channel.pairs.get(pair)),
        };
        found.copied()
    }
}

fn members(send: &Send) -> (Option<u64>, Option<u64>) {
    let one = |members: &Members| match members {
        Members::Constant(constant) => Some(*constant),
        _ => None,
    };
    (one(&send.from.members), one(&send.to.members))
}

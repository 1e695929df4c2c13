//! A receipt that is forwarded arrived before. (DECISIONS 5.)
//!
//! `receipt = Label` needs a message `Label` to the sender, with a receipt of its own, on some path
//! to the send; inside of a loop the rest of the loop counts as before. That it arrives on the path
//! that is taken is checked when it is forwarded: this analysis finds what can never be.

use std::collections::HashSet;

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, LabelId, Protocol, Receipt, RoleId, Send, Step};

/// Reports forwarded receipts that cannot have arrived.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    if protocol
        .sends
        .iter()
        .all(|send| send.terms.receipt.is_none())
    {
        return;
    }
    let mut walk = Walk {
        protocol,
        arrived: HashSet::new(),
        order: Vec::new(),
        in_loop: false,
        report,
    };
    walk.block(&protocol.body);
}

struct Walk<'a> {
    protocol: &'a Protocol,
    /// Which role may have which receipt.
    arrived: HashSet<(RoleId, LabelId)>,
    order: Vec<(RoleId, LabelId)>,
    in_loop: bool,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block) {
        for step in &block.steps {
            match step {
                Step::Send(id) => self.send(&self.protocol.sends[id.index()]),
                Step::Choice(choice) => {
                    self.apart(choice.branches.iter().map(|branch| &branch.body));
                }
                Step::Par(par) => self.apart(par.branches.iter()),
                // What arrived in time may have arrived before the timer fired.
                Step::Timeout(step) => {
                    self.block(&step.body);
                    self.block(&step.otherwise);
                }
                Step::Rec(step) => self.round(&step.body),
                Step::Decided(step) => self.round(&step.body),
                Step::Counted(step) => self.round(&step.body),
                Step::For(step) => self.round(&step.body),
                Step::Local(_) | Step::Continue(..) => {}
            }
        }
    }

    fn send(&mut self, send: &Send) {
        if let Some(Receipt::Forward(label)) = send.terms.receipt
            && !self.arrived.contains(&(send.from.role, label))
        {
            let name = walk::name(self.protocol, &send.from);
            let label = &self.protocol.labels[label.index()].name;
            let message =
                format!("no receipt can have come to `{name}` with `{label}` before this");
            let span = send.terms.spans.receipt.unwrap_or(send.span);
            self.report
                .push(Diagnostic::new(codes::E0411, span, message).help(format!(
                "start a chain with `receipt = root`, or give the `{label}` to `{name}` a receipt"
            )));
        }
        self.arrive(send);
    }

    fn arrive(&mut self, send: &Send) {
        let key = (send.to.role, send.label);
        if send.terms.receipt.is_some() && self.arrived.insert(key) {
            self.order.push(key);
        }
    }

    /// Blocks that do not come after each other; what any of them brings may be there afterwards.
    fn apart<'b>(&mut self, blocks: impl Iterator<Item = &'b Block>) {
        let mut gained = Vec::new();
        for block in blocks {
            let mark = self.order.len();
            self.block(block);
            for key in self.order.split_off(mark) {
                self.arrived.remove(&key);
                gained.push(key);
            }
        }
        for key in gained {
            if self.arrived.insert(key) {
                self.order.push(key);
            }
        }
    }

    /// The body of a loop: what its end brings may be there at its beginning.
    fn round(&mut self, body: &Block) {
        let outermost = !std::mem::replace(&mut self.in_loop, true);
        if outermost {
            let protocol = self.protocol;
            walk::each(body, &mut |step| {
                if let Step::Send(id) = step {
                    self.arrive(&protocol.sends[id.index()]);
                }
            });
        }
        self.block(body);
        self.in_loop = !outermost;
    }
}

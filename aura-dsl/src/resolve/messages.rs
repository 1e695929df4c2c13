//! Messages: one written step becomes a send for each pair of parties that it names.

use super::protocol::{Here, Resolver};
use crate::ast;
use crate::diag::{Diagnostic, codes};
use crate::global::{Members, Party, Send, SendId, Step};

impl<'a> Resolver<'a, '_> {
    /// A message, a broadcast, a gather or an exchange; several of them for ranges of constants and
    /// for families that are split.
    pub(super) fn message(&mut self, message: &'a ast::Message, here: Here, out: &mut Vec<Step>) {
        let senders = self.parties(&message.from);
        let receivers = self.parties(&message.to);
        let label = self.label(&message.label, &message.payload);
        let terms = self.terms(&message.annotations, label, here);
        let many = senders.len() * receivers.len() > 1;
        if many {
            self.copying.push(message.span);
        }
        'pairs: for from in &senders {
            for to in &receivers {
                if !self.sendable(from, to) || !self.may_copy() {
                    break 'pairs;
                }
                out.push(Step::Send(SendId::of(self.out.sends.len())));
                self.out.sends.push(Send {
                    from: from.clone(),
                    to: to.clone(),
                    label,
                    label_span: message.label.span,
                    terms: terms.clone(),
                    span: message.span,
                    calls: self.calls.clone(),
                });
            }
        }
        if many {
            self.copying.pop();
        }
    }

    /// Whether members can send to members in this way; reports what cannot be.
    fn sendable(&mut self, from: &Party, to: &Party) -> bool {
        let many = matches!(from.members, Members::All | Members::Any(_));
        if let Members::Any(_) = to.members {
            self.stage.report.push(
                Diagnostic::new(codes::E0215, to.span, "a quorum cannot receive")
                    .help("send to all with `[*]`: nobody can tell beforehand who will answer"),
            );
            return false;
        }
        let exchange = from.members == Members::All && from.role == to.role;
        if many && to.members == Members::All && !exchange {
            let message = "members of a family can send to many only in an exchange";
            self.stage.report.push(
                Diagnostic::new(codes::E0229, from.span, message)
                    .help("an exchange is `Q[*] -> Q[*]`; otherwise use `for i in .. { .. }`"),
            );
            return false;
        }
        true
    }
}

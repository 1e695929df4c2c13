//! Who waits for ever if somebody crashes.
//!
//! A crash may come in any state. From each, the walk goes on without the crashed participant
//! until somebody else is blocked: that is where it waits. A decider that has lost a message of a
//! guarded segment gives up, so the edge on which it was in time is left out.

use std::collections::{BTreeMap, HashSet};

use super::{Crash, LIMIT, Wait, Who, participants, who};
use crate::automaton::Automaton;
use crate::automaton::alphabet::{Alphabet, Mark, ProcessId, What};
use crate::automaton::graph::StateId;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Protocol, SendId};
use crate::project::available::{Blocked, Layout};
use crate::source::Span;

/// Every participant's crash; `None` where there is too much to explore.
pub(super) fn crashes(protocol: &Protocol, automaton: &Automaton) -> Option<Vec<Crash>> {
    let layout = Layout::new(&automaton.alphabet);
    let mut budget = LIMIT;
    participants(protocol, automaton)
        .into_iter()
        .map(|(crashed, own)| {
            let waits = waits(protocol, automaton, &layout, &own, &mut budget)?;
            Some(Crash {
                who: crashed.name(protocol, "i"),
                waits: waits
                    .into_iter()
                    .map(|((span, waiting), send)| Wait {
                        who: waiting.name_beside(crashed, protocol),
                        send,
                        span,
                    })
                    .collect(),
            })
        })
        .collect()
}

type Waits = BTreeMap<(Span, Who), Option<SendId>>;

fn waits(
    protocol: &Protocol,
    automaton: &Automaton,
    layout: &Layout,
    own: &[ProcessId],
    budget: &mut usize,
) -> Option<Waits> {
    let (alphabet, graph) = (&automaton.alphabet, &automaton.graph);
    let mut start = layout.nobody();
    for process in own {
        start.add(process.index());
    }
    let mut open: Vec<(StateId, Blocked)> =
        graph.states().map(|state| (state, start.clone())).collect();
    let mut seen: HashSet<(StateId, Blocked)> = open.iter().cloned().collect();
    let mut found = Waits::new();
    while let Some((state, blocked)) = open.pop() {
        *budget = budget.checked_sub(1)?;
        for edge in graph.leaving(state) {
            let signature = alphabet.signature(edge.signature);
            if let What::InTime(timer) = signature.what
                && layout.must_give_up(timer, &blocked)
            {
                continue;
            }
            let mut behind = blocked.clone();
            layout.pass(alphabet, signature, &mut behind);
            let waiting: Vec<ProcessId> = [signature.from]
                .into_iter()
                .chain(signature.to)
                .chain(others(alphabet, signature.mark).iter().copied())
                .filter(|process| behind.has(process.index()) && !blocked.has(process.index()))
                .collect();
            if waiting.is_empty() {
                let node = (edge.to, behind);
                if seen.insert(node.clone()) {
                    open.push(node);
                }
                continue;
            }
            for process in waiting {
                let waiting = who(protocol, alphabet, process);
                found.entry((edge.span, waiting)).or_insert(signature.send);
            }
        }
    }
    Some(found)
}

/// Who else an edge may block: the last message of an exchange blocks its members.
fn others(alphabet: &Alphabet, mark: Mark) -> &[ProcessId] {
    match mark {
        Mark::Exchange { chain, last: true } => &alphabet.chains[chain.index()].members,
        _ => &[],
    }
}

/// A crash that leaves somebody waiting, as a warning at the first place.
pub(super) fn warning(protocol: &Protocol, crash: &Crash) -> Report {
    let Some(first) = crash.waits.first() else {
        return Report::default();
    };
    let name = &crash.who;
    let message = format!("if `{name}` crashes, `{}` waits for ever", first.who);
    let mut diagnostic = Diagnostic::new(codes::W0920, first.span, message)
        .help("let whoever waits decide by a `timeout` how to go on");
    for wait in &crash.waits[1..] {
        let label = wait
            .send
            .and_then(|send| protocol.sends.get(send.index()))
            .and_then(|send| protocol.labels.get(send.label.index()))
            .map_or_else(String::new, |label| format!(" for `{}`", label.name));
        let message = format!("`{}` waits{label} here", wait.who);
        diagnostic = diagnostic.label(wait.span, message);
    }
    diagnostic.into()
}

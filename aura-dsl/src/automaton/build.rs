//! From the tree of a protocol to the edges of its global automaton (SEMANTICS 1 to 4).
//!
//! In: a protocol and an instance. Out: a draft whose edges carry the marks that the availability
//! check needs. Blocks are built from their last step to their first, each step in front of the
//! state that continues it, so that nothing can follow a construct and be lost. One file per
//! group of constructs: `messages`, `rounds`, `threads`, `timers`.

mod choices;
mod messages;
mod place;
mod rounds;
mod threads;
mod timers;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::alphabet::{
    Chain, ChainId, Interner, Mark, Process, ProcessId, Scope, ScopeId, Signature, SignatureId,
    What,
};
use super::graph::{Draft, Edge, StateId};
use super::instance::Instance;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, LoopId, Protocol, RecId, RoleId, SendId, Step};
use crate::source::Span;
use place::Place;

/// More states and edges than this are refused: they come from rounds nested in rounds, and from
/// messages between all members of large families.
const LIMIT: usize = 1 << 18;

/// Builds one automaton.
pub(super) struct Builder<'a> {
    protocol: &'a Protocol,
    instance: &'a Instance,
    canonical: Vec<SendId>,
    pub(super) draft: Draft,
    processes: Interner<Process>,
    pub(super) signatures: Interner<Signature>,
    chains: Interner<Chain>,
    scopes: Interner<Option<Scope>>,
    recursions: FxHashMap<RecId, StateId>,
    /// Where each step of the text became edges: the state that its first edge leaves.
    pub(super) origins: BTreeMap<(Span, ScopeId), Vec<StateId>>,
    pub(super) report: Report,
    too_large: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(protocol: &'a Protocol, instance: &'a Instance) -> Self {
        let mut builder = Self {
            protocol,
            instance,
            canonical: canonical(protocol),
            draft: Draft::default(),
            processes: Interner::default(),
            signatures: Interner::default(),
            chains: Interner::default(),
            scopes: Interner::default(),
            recursions: FxHashMap::default(),
            origins: BTreeMap::new(),
            report: Report::default(),
            too_large: false,
        };
        builder.scopes.intern(None);
        for index in 0..protocol.roles.len() {
            let role = RoleId::of(index);
            match instance.members(role) {
                None => {
                    builder.process(role, None);
                }
                Some(count) => {
                    for member in 0..count {
                        builder.process(role, Some(member));
                    }
                }
            }
        }
        builder
    }

    /// Builds the whole protocol and returns its first state.
    pub(super) fn protocol(&mut self) -> StateId {
        let last = self.draft.state();
        self.draft.last = last;
        self.block(&self.protocol.body, last, &Place::default())
    }

    /// Builds one round of a loop alone, as the check of DELIM needs it.
    pub(super) fn round(&mut self, body: &Block, index: Option<LoopId>) -> StateId {
        let last = self.draft.state();
        self.draft.last = last;
        let mut place = Place::default();
        place.index.extend(index.map(|index| (index, 0)));
        self.block(body, last, &place)
    }

    /// The tables that the edges refer to.
    pub(super) fn alphabet(self) -> (super::alphabet::Alphabet, Draft, Report) {
        let signatures = self.signatures.into_values();
        let alphabet = super::alphabet::Alphabet {
            processes: self.processes.into_values(),
            actions: super::alphabet::actions(&signatures),
            signatures,
            chains: self.chains.into_values(),
            scopes: self.scopes.into_values(),
        };
        (alphabet, self.draft, self.report)
    }

    fn block(&mut self, block: &Block, next: StateId, place: &Place) -> StateId {
        self.steps(&block.steps, next, place)
    }

    fn steps(&mut self, steps: &[Step], next: StateId, place: &Place) -> StateId {
        let mut next = next;
        // The first states of the steps that were built, the last one first, for a `done` that
        // rides on the copies of the step that follows.
        let mut entries = vec![next];
        for (position, step) in steps.iter().enumerate().rev() {
            if !self.has_room(self.span(step), 0) {
                return next;
            }
            let entry = match step {
                Step::Decided(decided) => {
                    let following = &steps[position + 1..];
                    let copies = self.copies(following);
                    let behind = entries[following.len() - copies];
                    let following = (copies > 0).then(|| (&following[..copies], behind));
                    self.decided(decided, next, following, place)
                }
                _ => self.step(step, next, place),
            };
            next = entry;
            entries.push(entry);
        }
        next
    }

    fn step(&mut self, step: &Step, next: StateId, place: &Place) -> StateId {
        match step {
            Step::Send(send) => self.send(*send, None, next, place),
            Step::Choice(choice) => self.choice(choice, next, place),
            Step::Counted(counted) => self.counted(counted, next, place),
            Step::Decided(decided) => self.decided(decided, next, None, place),
            Step::For(each) => self.each(each, next, place),
            Step::Rec(rec) => {
                let entry = self.draft.state();
                let outer = self.recursions.insert(rec.id, entry);
                let body = self.block(&rec.body, next, place);
                match outer {
                    Some(outer) => self.recursions.insert(rec.id, outer),
                    None => self.recursions.remove(&rec.id),
                };
                self.draft.epsilon(entry, body);
                entry
            }
            // `check` has refused a `continue` to an unknown name.
            Step::Continue(rec, _) => self.recursions.get(rec).copied().unwrap_or(next),
            Step::Par(par) => self.par(par, next, place),
            Step::Timeout(timeout) => self.timeout(timeout, next, place),
            Step::Local(local) => {
                let local_step = &self.protocol.locals[local.index()];
                let (span, at) = (local_step.span, local_step.at.clone());
                let mut entry = next;
                for process in self.members(&at, place).into_iter().rev() {
                    entry = self.event(process, What::Local(*local), span, entry, place);
                }
                self.origin(span, place, entry);
                entry
            }
        }
    }

    fn event(
        &mut self,
        from: ProcessId,
        what: What,
        span: Span,
        next: StateId,
        place: &Place,
    ) -> StateId {
        let entry = self.draft.state();
        self.event_from(entry, from, what, span, next, place);
        entry
    }

    fn event_from(
        &mut self,
        entry: StateId,
        from: ProcessId,
        what: What,
        span: Span,
        next: StateId,
        place: &Place,
    ) {
        let signature = Signature {
            from,
            to: None,
            what,
            mark: Mark::Plain,
            scope: place.scope(),
            send: None,
        };
        self.edge(entry, signature, span, next);
    }

    fn edge(&mut self, entry: StateId, signature: Signature, span: Span, to: StateId) {
        let signature = SignatureId(self.signatures.intern(signature));
        self.draft.edge(
            entry,
            Edge {
                signature,
                to,
                span,
            },
        );
    }

    fn origin(&mut self, span: Span, place: &Place, entry: StateId) {
        self.origins
            .entry((span, place.scope()))
            .or_default()
            .push(entry);
    }

    /// Whether a step of so many more edges still fits; the first that does not is reported.
    pub(super) fn has_room(&mut self, span: Span, edges: usize) -> bool {
        let fits = self.draft.size().saturating_add(edges) <= LIMIT;
        if !fits && !std::mem::replace(&mut self.too_large, true) {
            self.report.push(
                Diagnostic::new(
                    codes::E0510,
                    span,
                    format!("unrolling this step makes more than {LIMIT} states and edges"),
                )
                .help(
                    "nest fewer counted loops and `for` loops in each other, or lower the indices",
                ),
            );
        }
        fits
    }

    /// Where a step stands.
    pub(super) fn span(&self, step: &Step) -> Span {
        step_span(self.protocol, step)
    }
}

/// Where a step stands.
pub fn step_span(protocol: &Protocol, step: &Step) -> Span {
    match step {
        Step::Send(send) => protocol.sends[send.index()].span,
        Step::Choice(choice) => choice.span,
        Step::Counted(counted) => counted.span,
        Step::Decided(decided) => decided.span,
        Step::For(each) => each.span,
        Step::Rec(rec) => rec.span,
        Step::Continue(_, span) => *span,
        Step::Par(par) => par.span,
        Step::Timeout(timeout) => timeout.span,
        Step::Local(local) => protocol.locals[local.index()].span,
    }
}

/// Steps that are equal in everything but their place share the first one's id.
fn canonical(protocol: &Protocol) -> Vec<SendId> {
    let mut first = FxHashMap::default();
    protocol
        .sends
        .iter()
        .enumerate()
        .map(|(index, send)| {
            let (from, to) = (&send.from, &send.to);
            let key = (
                (from.role, &from.members),
                (to.role, &to.members),
                send.label,
                &send.terms,
            );
            *first.entry(key).or_insert(SendId::of(index))
        })
        .collect()
}

impl Builder<'_> {
    fn chain(&mut self, chain: Chain) -> ChainId {
        ChainId(self.chains.intern(chain))
    }
}

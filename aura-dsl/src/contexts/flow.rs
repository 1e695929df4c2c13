//! The flow of taints along the tree, up to its least fixpoint.
//!
//! In: a protocol with several contexts. Out: an error for each send that leaves a context without a
//! bridge.

use std::collections::BTreeMap;

use super::{context_name, label};
use crate::ast::ContextKind;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{
    Block, ContextId, LoopId, Members, Party, Protocol, RecId, RoleId, SendId, Step,
};
use crate::guarded::{Plan, Then, plan};

/// Reports every send that carries something out of a context without a bridge.
pub(super) fn missing_bridges(protocol: &Protocol, report: &mut Report) {
    let mut flow = Flow {
        protocol,
        heads: BTreeMap::new(),
        grown: true,
        leaks: BTreeMap::new(),
    };
    while std::mem::take(&mut flow.grown) {
        flow.block(&protocol.body, State::default());
    }
    for ((send, _), leak) in std::mem::take(&mut flow.leaks) {
        report.push(flow.missing_bridge(send, leak));
    }
}

/// Who is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// A single role, or every member that is not named otherwise.
    Role(RoleId),
    /// A member with a constant index.
    Constant(RoleId, u64),
    /// The member of a round.
    Round(RoleId, LoopId),
}

/// By participant: the contexts that it received in, each with the first such step.
type State = BTreeMap<(Who, ContextId), SendId>;

/// Where states meet again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Head {
    Rec(RecId),
    Loop(LoopId),
}

/// A send out of a context without a bridge.
#[derive(Clone, Copy)]
struct Leaked {
    from: ContextId,
    since: SendId,
}

struct Flow<'a> {
    protocol: &'a Protocol,
    heads: BTreeMap<Head, State>,
    /// Whether a head grew in this pass, so that another pass is needed.
    grown: bool,
    leaks: BTreeMap<(SendId, ContextId), Leaked>,
}

fn unite(into: &mut State, other: State) {
    for (key, since) in other {
        into.entry(key).or_insert(since);
    }
}

fn either(one: Option<State>, other: Option<State>) -> Option<State> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            unite(&mut one, other);
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

impl Flow<'_> {
    /// The state behind a block, `None` where no run comes out behind it.
    fn block(&mut self, block: &Block, state: State) -> Option<State> {
        self.steps(&block.steps, state)
    }

    fn steps(&mut self, steps: &[Step], mut state: State) -> Option<State> {
        for step in steps {
            state = self.step(step, state)?;
        }
        Some(state)
    }

    fn step(&mut self, step: &Step, mut state: State) -> Option<State> {
        match step {
            Step::Send(id) => {
                self.send(*id, &mut state);
                Some(state)
            }
            Step::Local(_) => Some(state),
            Step::Continue(id, _) => {
                self.meet(Head::Rec(*id), state);
                None
            }
            Step::Choice(choice) => {
                let mut behind = None;
                for branch in &choice.branches {
                    let state = self.block(&branch.body, state.clone());
                    behind = either(behind, state);
                }
                behind
            }
            Step::Rec(rec) => {
                let state = self.enter(Head::Rec(rec.id), state);
                self.block(&rec.body, state)
            }
            Step::Decided(decided) => {
                let head = Head::Loop(decided.id);
                let state = self.enter(head, state);
                if let Some(state) = self.block(&decided.body, state.clone()) {
                    self.meet(head, state);
                }
                Some(state)
            }
            Step::Counted(counted) => {
                let head = Head::Loop(counted.id);
                let state = self.enter(head, state);
                let behind = self.block(&counted.body, state)?;
                self.meet(head, behind.clone());
                Some(behind)
            }
            Step::For(each) => {
                let head = Head::Loop(each.id);
                let mut state = self.enter(head, state);
                self.begin_round(each.family, each.id, &mut state);
                let mut behind = self.block(&each.body, state)?;
                let others = self.end_round(each.family, each.id, &mut behind);
                self.meet(head, others);
                Some(behind)
            }
            Step::Par(par) => {
                let mut behind = Some(state.clone());
                for branch in &par.branches {
                    let state = self.block(branch, state.clone());
                    // An endless branch takes the whole `par` with it.
                    behind = behind.zip(state).map(|(mut behind, state)| {
                        unite(&mut behind, state);
                        behind
                    });
                }
                behind
            }
            Step::Timeout(timeout) => {
                let plan = plan(self.protocol, timeout);
                let (in_time, late) = self.plan(&plan, state);
                let late = late.and_then(|state| self.block(&timeout.otherwise, state));
                either(in_time, late)
            }
        }
    }

    /// The states behind a timeout's body, and where its decider gives up.
    fn plan(&mut self, plan: &Plan<'_>, mut state: State) -> (Option<State>, Option<State>) {
        for steps in &plan.before {
            match self.steps(steps, state) {
                Some(behind) => state = behind,
                None => return (None, None),
            }
        }
        match &plan.then {
            Then::Decide(rest) => (self.steps(rest, state.clone()), Some(state)),
            Then::Branches(_, plans, rest) => {
                let mut behind = (None, None);
                for plan in plans {
                    let (in_time, late) = self.plan(plan, state.clone());
                    behind = (either(behind.0, in_time), either(behind.1, late));
                }
                let (in_time, late) = behind;
                (in_time.and_then(|state| self.steps(rest, state)), late)
            }
        }
    }

    fn enter(&self, head: Head, mut state: State) -> State {
        if let Some(known) = self.heads.get(&head) {
            unite(&mut state, known.clone());
        }
        state
    }

    fn meet(&mut self, head: Head, state: State) {
        let known = self.heads.entry(head).or_default();
        let before = known.len();
        unite(known, state);
        self.grown |= known.len() > before;
    }

    /// The member of a round is any member.
    fn begin_round(&self, family: RoleId, id: LoopId, state: &mut State) {
        for (_, context, since) in taints(state, |who| self.is_member(who, family)) {
            state
                .entry((Who::Round(family, id), context))
                .or_insert(since);
        }
    }

    /// Behind the loop every member has had its round. The state for the next round comes back:
    /// its member is another one, and has not seen what this round's member has seen.
    fn end_round(&self, family: RoleId, id: LoopId, state: &mut State) -> State {
        let round = Who::Round(family, id);
        let own = taints(state, |who| who == round);
        state.retain(|(who, _), _| *who != round);
        let others = state.clone();
        for (_, context, since) in own {
            for member in self.everybody(family) {
                state.entry((member, context)).or_insert(since);
            }
        }
        others
    }

    fn is_member(&self, who: Who, family: RoleId) -> bool {
        self.everybody(family).contains(&who)
    }

    fn everybody(&self, role: RoleId) -> Vec<Who> {
        let constants = self
            .protocol
            .roles
            .get(role.index())
            .map(|role| &role.constants);
        std::iter::once(Who::Role(role))
            .chain(
                constants
                    .into_iter()
                    .flatten()
                    .map(|index| Who::Constant(role, *index)),
            )
            .collect()
    }

    fn participants(&self, party: &Party) -> Vec<Who> {
        match party.members {
            Members::Single => vec![Who::Role(party.role)],
            Members::All | Members::Any(_) => self.everybody(party.role),
            Members::Constant(index) => vec![Who::Constant(party.role, index)],
            Members::Index(id) => vec![Who::Round(party.role, id)],
        }
    }

    fn send(&mut self, id: SendId, state: &mut State) {
        let Some(send) = self.protocol.sends.get(id.index()) else {
            return;
        };
        let (to, bridged) = (send.terms.context, send.terms.bridge_from);
        for who in self.participants(&send.from) {
            for (_, from, since) in taints(state, |other| other == who) {
                if from != to && bridged != Some(from) {
                    self.leaks
                        .entry((id, from))
                        .or_insert(Leaked { from, since });
                }
            }
        }
        for who in self.participants(&send.to) {
            state.entry((who, to)).or_insert(id);
        }
    }

    fn missing_bridge(&self, id: SendId, leak: Leaked) -> Diagnostic {
        let send = &self.protocol.sends[id.index()];
        let since = &self.protocol.sends[leak.since.index()];
        let name = |id: ContextId| context_name(self.protocol, id);
        let (from, to) = (name(leak.from), name(send.terms.context));
        let sender = &self.protocol.roles[send.from.role.index()].name;
        let label = label(self.protocol, send);
        Diagnostic::new(
            codes::E0601,
            send.label_span,
            format!("`{sender}` sends `{label}` in `{to}` although it knows of `{from}`"),
        )
        .label(
            since.label_span,
            format!("`{sender}` receives in `{from}` here"),
        )
        .help(format!(
            "if that is meant, put the message into `bridge from {} to {} {{ .. }}`",
            self.written(leak.from),
            self.written(send.terms.context),
        ))
    }

    /// A context with its kind, as a bridge may name it even where no `in` does.
    fn written(&self, id: ContextId) -> String {
        let kind = self.protocol.contexts.get(id.index());
        let kind = match kind.map(|context| context.kind) {
            Some(ContextKind::Relationship) => "relationship ",
            Some(ContextKind::Derived) => "derived ",
            Some(ContextKind::Group) => "group ",
            None => "",
        };
        format!("{kind}{}", context_name(self.protocol, id))
    }
}

/// The taints of some participants.
fn taints(state: &State, mut of: impl FnMut(Who) -> bool) -> Vec<(Who, ContextId, SendId)> {
    state
        .iter()
        .filter(|((who, _), _)| of(*who))
        .map(|((who, context), since)| (*who, *context, *since))
        .collect()
}

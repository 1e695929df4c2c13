//! Local types: what each participant does, as communicating machines.
//!
//! In: what `project` decided. Out: one [`Machine`] for each role, for each kind of member of a
//! family, and for each thread of a role that takes part in several branches of a `par`. What
//! holds: nothing of the encoding that decides implementability is left in them. A broadcast, a
//! gather, a quorum, an exchange is one action; a timer is a mark on the states that it covers; a
//! counted loop goes round a [`Turn`]. Sizes stay symbolic. Left out on purpose: payload types and
//! guards, which are found in the protocol through the [`SendId`] of an action.
//!
//! How an endpoint runs a machine is written at each action below; `docs/machines.md` has it whole.

use crate::global::{LabelId, LocalId, LoopId, Members, ParId, RoleId, SendId, Size, TimerId};
use crate::source::Span;

/// Position of a state in [`Machine::states`].
pub type StateIndex = usize;

/// The local types of a whole protocol.
#[derive(Clone, Debug, Default)]
pub struct Locals {
    /// The machines: roles in the order of declaration, a family's special members before its
    /// general one, threads directly behind the machine that forks them.
    pub machines: Vec<Machine>,
}

/// Whose machine it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// The role or family.
    pub role: RoleId,
    /// Which member.
    pub member: Member,
    /// The `par` branches that the thread runs in, outermost first; empty for the role itself.
    pub thread: Vec<(ParId, usize)>,
}

/// Which member of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Member {
    /// The role is single.
    Single,
    /// The member with a constant index that the protocol names.
    Constant(u64),
    /// Every member that has no machine of its own.
    General,
}

/// One communicating machine. State 0 is the first one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Whose it is.
    pub owner: Owner,
    /// Its states.
    pub states: Vec<State>,
}

/// A state of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// What can happen, in the order of the text. Either all are sends and events of the owner,
    /// or all are receives (receive, gather, and the answers of an exchange).
    pub transitions: Vec<Transition>,
    /// Whether the run may be over here.
    pub accepting: bool,
    /// The timer that runs in this state.
    pub timer: Option<Running>,
    /// Where the state is the end of a round of a counted loop or a `for`: it has no transitions
    /// and is left at once.
    pub turn: Option<Turn>,
}

/// A timer that runs: when it fires the machine moves to `late`, and each message of `owed` that
/// was not received yet is absorbed when it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which timer.
    pub timer: TimerId,
    /// Where firing leads.
    pub late: StateIndex,
    /// How many messages of the guarded segment are still to come, per peer.
    pub owed: Vec<(Peer, u64)>,
}

/// The end of a round. The loop's counter starts at 0. If `counter + 1 < limit` then the counter
/// goes up by one and the machine moves to `again`; otherwise the counter goes back to 0 and the
/// machine moves to `done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whose counter. For a `for` the counter is the index of the round's member.
    pub counter: LoopId,
    /// How many rounds.
    pub limit: Size,
    /// The first state of the next round.
    pub again: StateIndex,
    /// Behind the loop.
    pub done: StateIndex,
}

/// Something that happens, and the state behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What happens.
    pub action: Action,
    /// The state behind it.
    pub to: StateIndex,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// One message to one peer.
    Send {
        /// The receiver.
        to: Peer,
        /// What travels.
        label: WireLabel,
        /// The step, for its terms. Steps of equal terms may share one.
        send: SendId,
    },
    /// One message to each member of a family, in the order of the members.
    Broadcast {
        /// The family.
        to: Peer,
        /// What travels.
        label: WireLabel,
        /// The step.
        send: SendId,
    },
    /// One message from one peer.
    Receive {
        /// The sender.
        from: Peer,
        /// What travels.
        label: WireLabel,
        /// The step.
        send: SendId,
    },
    /// One message from each of `need` distinct members, in any order; leaving it adds one to the
    /// messages to absorb from each member not heard.
    Gather {
        /// The family.
        from: Peer,
        /// How many are needed; `None`: all of them.
        need: Option<Size>,
        /// The answers that a member may give, with their steps.
        answers: Vec<(WireLabel, SendId)>,
    },
    /// One message to every other member of the owner's family, then one from each, in any order.
    Exchange {
        /// What travels.
        label: WireLabel,
        /// The step.
        send: SendId,
    },
    /// The owner decides: nothing travels.
    Decide {
        /// The branch's label, `again` or `done`.
        label: String,
        /// Where the choice or loop stands.
        span: Span,
    },
    /// A local step.
    Local(LocalId),
    /// The owner starts a timer.
    Arm {
        /// Which.
        timer: TimerId,
    },
    /// The owner splits into threads, which run side by side, and goes on when all have ended. A
    /// thread that never ends is marked: then the owner does not go on.
    Fork {
        /// Which `par`.
        par: ParId,
        /// The threads.
        threads: Vec<Thread>,
    },
}

/// A thread that a fork starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Position in [`Locals::machines`].
    pub machine: usize,
    /// The state it starts in; it ends in an accepting state without transitions.
    pub entry: StateIndex,
}

/// Another participant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer {
    /// The role or family.
    pub role: RoleId,
    /// Which member: never `Any`; `All` for broadcasts, gathers and what [`Running::owed`] says of
    /// them.
    pub members: Members,
    /// Which of its threads, by the `par` branches it runs in, outermost first; empty for the role
    /// itself. Each pair of threads has a queue of its own, so frames carry it.
    pub thread: Vec<(ParId, usize)>,
}

/// A label as it travels: `accept.Reply`, or `Reply` where no choice rides on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WireLabel {
    /// The branch that the decider took.
    pub branch: Option<String>,
    /// The label.
    pub label: LabelId,
}

//! Local types as tables: what each participant does, state by state.
//!
//! `docs/machines.md` says how a machine runs. A state's edges are all sends and events of the owner,
//! or all receives. An exchange is two states here: the copies that go out, then the gather.

use super::{MessageId, RoleId, Size};

/// A state of one local type, by its position in [`Machine::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

impl StateId {
    /// Where every local type begins.
    pub const START: Self = Self(0);
}

/// A timer of a protocol, by its position in [`Protocol::timers`](super::Protocol::timers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(pub u16);

/// A loop's counter: rounds, or the member that a `for` has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterId(pub u16);

/// What a role can do in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// It sends one of the edges' messages, or takes a step that nobody sees.
    Own,
    /// It waits for one of the edges' messages.
    Receive,
    /// It is left at once: the end of a round, or the start of a timer.
    Passing,
    /// The session is over for this role.
    End,
}

/// Which members of a role a machine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The role is single.
    Single,
    /// The member that the source names by its index.
    Constant(u32),
    /// Every member that has no machine of its own.
    General,
}

/// Which members of a role a step reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The role is single.
    Single,
    /// One member, named by its index.
    Constant(u32),
    /// The member that a `for` has come to.
    Index(CounterId),
    /// Every member.
    All,
    /// Every other member of the owner's family.
    Others,
}

/// Somebody else, as a step names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// The role or family.
    pub role: RoleId,
    /// Which members.
    pub reach: Reach,
    /// The queue between the two: each pair of threads has one of its own. 0 outside of a `par`.
    pub queue: u8,
}

/// A thread that a fork starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// Its machine.
    pub machine: super::MachineId,
    /// Where it starts.
    pub entry: StateId,
}

/// What happens on an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// One message to each of the peer's members, in their order.
    Send {
        /// To whom.
        to: PeerRow,
        /// Which message.
        message: MessageId,
    },
    /// One message from one peer.
    Receive {
        /// From whom.
        from: PeerRow,
        /// Which message.
        message: MessageId,
    },
    /// One answer from each of `need` distinct members, in any order.
    Gather {
        /// From whom.
        from: PeerRow,
        /// How many are needed; none: all.
        need: Option<Size>,
        /// What a member may answer.
        answers: &'static [MessageId],
    },
    /// A decision or a local step: nothing travels.
    Local,
    /// A timer starts.
    Arm(TimerId),
    /// The threads start; the edge is taken when all have ended.
    Fork(&'static [ThreadRow]),
}

/// A timer that covers a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which.
    pub timer: TimerId,
    /// Where firing leads.
    pub late: StateId,
    /// Messages of the guarded segment that are still to come; from each member where it is all.
    pub owed: &'static [(PeerRow, u32)],
}

/// The end of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnRow {
    /// Whose counter.
    pub counter: CounterId,
    /// How many rounds.
    pub limit: Size,
    /// The next round.
    pub again: StateId,
    /// Behind the loop.
    pub done: StateId,
}

/// A state; its edges are `Machine::edges[first..first + count]`.
#[derive(Clone, Copy, Debug)]
pub struct StateRow {
    /// Where its edges begin.
    pub first: u32,
    /// How many there are.
    pub count: u32,
    /// Whether the run may be over here.
    pub accepting: bool,
    /// The timer that covers it.
    pub timer: Option<Running>,
    /// Where it is the end of a round.
    pub turn: Option<TurnRow>,
}

/// A step of a local type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeRow {
    /// What happens.
    pub action: Action,
    /// Where it leads.
    pub to: StateId,
}

/// A local type.
#[derive(Debug)]
pub struct Machine {
    /// Whose it is.
    pub role: RoleId,
    /// Of which of its members.
    pub member: Member,
    /// Whether it is a thread, which another machine forks.
    pub is_thread: bool,
    /// Its states; the first is the start.
    pub states: &'static [StateRow],
    /// The edges of all states, state after state.
    pub edges: &'static [EdgeRow],
}

impl Machine {
    /// What can be done in `state`; a state that is not in the table has ended.
    pub fn kind(&self, state: StateId) -> StateKind {
        if self.row(state).is_some_and(|row| row.turn.is_some()) {
            return StateKind::Passing;
        }
        match self.edges(state).first().map(|edge| edge.action) {
            None => StateKind::End,
            Some(Action::Arm(_)) => StateKind::Passing,
            Some(Action::Receive { .. } | Action::Gather { .. }) => StateKind::Receive,
            Some(Action::Send { .. } | Action::Local | Action::Fork(_)) => StateKind::Own,
        }
    }

    /// The steps that leave `state`.
    #[inline]
    pub fn edges(&self, state: StateId) -> &'static [EdgeRow] {
        self.row(state)
            .and_then(|row| {
                let first = row.first as usize;
                self.edges
                    .get(first..first.checked_add(row.count as usize)?)
            })
            .unwrap_or(&[])
    }

    /// The row of a state.
    #[inline]
    pub fn row(&self, state: StateId) -> Option<&'static StateRow> {
        self.states.get(usize::try_from(state.0).ok()?)
    }
}

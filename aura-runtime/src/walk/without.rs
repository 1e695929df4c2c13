//! Whether a run can go on without a participant that has left in the middle. (SEMANTICS 0, Crash.)
//!
//! In: the tables, and whose seat is empty. Out: yes, if nobody in the protocol waits for that role
//! without a timer or a quorum, and this one has somebody else to speak with: then the audit of
//! crashes has told its reader that nobody waits for ever. Left out on purpose: how far the run has
//! come. A role that was needed once is missed, even if it has said all that it had to.

use super::Walk;
use crate::{
    identity::SeatId,
    machine::{Action, Machine, RoleId, StateId},
};

impl Walk {
    /// Whether the run goes on without whoever sits in `seat`.
    #[cold]
    pub(crate) fn does_without(&self, seat: SeatId) -> bool {
        let Some(gone) = self.seating.role_of(seat) else {
            return false;
        };
        let machines = self.seating.protocol().machines;
        let mut own = machines
            .iter()
            .filter(|machine| machine.role == self.machine.role);
        own.any(|machine| speaks_with_others(machine, gone))
            && !machines.iter().any(|machine| waits(machine, gone))
    }
}

fn speaks_with_others(machine: &Machine, gone: RoleId) -> bool {
    machine.edges.iter().any(|edge| match &edge.action {
        Action::Send { to: peer, .. }
        | Action::Receive { from: peer, .. }
        | Action::Gather { from: peer, .. } => peer.role != gone,
        Action::Local | Action::Arm(_) | Action::Fork(_) => false,
    })
}

/// Whether a state of the machine waits for `gone`, with nothing that would end the wait.
fn waits(machine: &Machine, gone: RoleId) -> bool {
    (0u32..).zip(machine.states).any(|(state, row)| {
        let edges = machine.edges(StateId(state));
        row.timer.is_none()
            && edges.iter().any(|edge| match &edge.action {
                Action::Receive { from, .. } => from.role == gone,
                Action::Gather { from, need, .. } => from.role == gone && need.is_none(),
                _ => false,
            })
    })
}

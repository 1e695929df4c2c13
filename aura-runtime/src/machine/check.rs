//! Whether a protocol's tables hang together.
//!
//! In: the tables, whoever wrote them. Out: the first thing that is missing or contradicts another, in
//! words. What holds afterwards: every number leads to a row, every step is one of its machine's own
//! role, every message says the same about sender and receiver as the steps that carry it, and nothing
//! is free. Generated tables always pass; those that somebody wrote by hand are held to it before the
//! first session. Left out on purpose: whether the machines fit each other, which the compiler decides.

use super::{
    Action, EdgeRow, Machine, MachineId, MessageId, PeerRow, Protocol, Reach, ReceiptRow, RoleSize,
};

/// What is wrong, as it reads behind "the protocol's tables have no".
type Fault = &'static str;

impl Protocol {
    /// Looks at every row once.
    ///
    /// # Errors
    ///
    /// What the tables do not have, as in [`SessionError::Table`](crate::session::SessionError::Table).
    pub fn check(&self) -> Result<(), &'static str> {
        for row in self.messages {
            given(self.labels, row.label.0, "such label")?;
            given(self.roles, row.from.0, "such sender")?;
            given(self.roles, row.to.0, "such receiver")?;
            given(self.contexts, row.context.0, "such context")?;
            // Nothing leaves for free. (DECISIONS 1.)
            holds(row.cost > 0, "cost for a message")?;
            if let ReceiptRow::Forward(labels) = row.receipt {
                holds(!labels.is_empty(), "receipt to go on from")?;
                for label in labels {
                    given(self.labels, label.0, "such label")?;
                }
            }
        }
        (0u16..)
            .zip(self.machines)
            .try_for_each(|(id, machine)| self.check_machine(MachineId(id), machine))
    }

    fn check_machine(&self, id: MachineId, machine: &Machine) -> Result<(), Fault> {
        given(self.roles, machine.role.0, "role for a machine")?;
        holds(!machine.states.is_empty(), "state to start in")?;
        for row in machine.states {
            let end = row.first.checked_add(row.count).map(|end| end as usize);
            let inside = end.is_some_and(|end| end <= machine.edges.len());
            holds(inside, "such steps for a state")?;
            if let Some(running) = &row.timer {
                given(self.timers, running.timer.0, "such timer")?;
                holds(machine.row(running.late).is_some(), "state for who is late")?;
                for (peer, _) in running.owed {
                    self.check_peer(*peer)?;
                }
            }
            if let Some(turn) = &row.turn {
                holds(turn.counter.0 < self.counters, "such counter")?;
                let known = machine.row(turn.again).and(machine.row(turn.done));
                holds(known.is_some(), "state behind a round")?;
            }
        }
        for edge in machine.edges {
            holds(machine.row(edge.to).is_some(), "state behind a step")?;
            self.check_edge(id, machine, edge)?;
        }
        Ok(())
    }

    fn check_edge(&self, id: MachineId, machine: &Machine, edge: &EdgeRow) -> Result<(), Fault> {
        let fits = |message: MessageId, peer: PeerRow, sends: bool| {
            let row = self.message(message).ok_or("such message")?;
            let (from, to) = if sends {
                (machine.role, peer.role)
            } else {
                (peer.role, machine.role)
            };
            holds(
                (row.from, row.to) == (from, to),
                "message between these roles",
            )
        };
        match edge.action {
            Action::Send { to, message } => {
                self.check_peer(to)?;
                fits(message, to, true)
            }
            Action::Receive { from, message } => {
                self.check_peer(from)?;
                fits(message, from, false)
            }
            Action::Gather { from, answers, .. } => {
                self.check_peer(from)?;
                holds(!answers.is_empty(), "answer to gather")?;
                answers
                    .iter()
                    .try_for_each(|answer| fits(*answer, from, false))
            }
            Action::Arm(timer) => given(self.timers, timer.0, "such timer"),
            Action::Fork(threads) => threads.iter().try_for_each(|row| {
                let thread = self.machine(row.machine).filter(|it| it.is_thread);
                let thread = thread.ok_or("such thread")?;
                // Threads stand behind the machine that forks them, so that forks end.
                holds(
                    row.machine > id && thread.role == machine.role,
                    "thread of this role",
                )?;
                holds(thread.row(row.entry).is_some(), "state for a thread")
            }),
            Action::Local => Ok(()),
        }
    }

    fn check_peer(&self, peer: PeerRow) -> Result<(), Fault> {
        let role = self
            .roles
            .get(usize::from(peer.role.0))
            .ok_or("such peer")?;
        holds(peer.queue < self.queues, "such queue")?;
        let is_family = matches!(role.size, RoleSize::Family(_));
        match peer.reach {
            Reach::Single => holds(!is_family, "single peer of this name"),
            Reach::Index(counter) => holds(counter.0 < self.counters, "such counter"),
            Reach::Constant(_) | Reach::All | Reach::Others => {
                holds(is_family, "family of this name")
            }
        }
    }
}

fn given<T>(rows: &[T], at: u16, fault: Fault) -> Result<(), Fault> {
    holds(usize::from(at) < rows.len(), fault)
}

fn holds(holds: bool, fault: Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault) }
}

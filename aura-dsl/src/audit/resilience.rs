//! What a crash and a slow receiver do (SEMANTICS 0): warnings for an auditor, not verdicts.
//!
//! In: a protocol and its automata. Out: a [`Resilience`]: for each participant, who waits for
//! ever if it crashes and for what; for each channel, how many messages may lie in it. Both walk
//! over pairs of a state and the blocked participants, with the same rules for blocking as
//! projection. What holds: the walk has a budget, and what it does not reach is said. Families
//! stand for all sizes as in the verdict: a quorum is decided with one needed answer of two, so a
//! crash is tolerated as long as enough members remain.

mod buffers;
mod crashes;
mod cycles;

use crate::automaton::alphabet::{Alphabet, ProcessId};
use crate::automaton::{Automata, Automaton};
use crate::diag::Report;
use crate::global::{LoopId, Protocol, RoleId, SendId};
use crate::local::Member;
use crate::source::Span;

/// More pairs of a state and a participant than this are not explored.
pub const LIMIT: usize = 1 << 18;

/// What a crash and a slow receiver do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resilience {
    /// By participant, in the order of the roles: whom its crash leaves waiting.
    pub crashes: Vec<Crash>,
    /// By receiver and sender: how much may lie between them.
    pub buffers: Vec<Buffer>,
    /// Whether the automaton was too large: then the lists are empty, and nothing is known.
    pub too_large: bool,
    /// The same as warnings: a crash that is not tolerated, a channel without bound.
    pub warnings: Report,
}

/// A crash of one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Who crashes, as printed: `A`, `Q[0]`, `Q[i]` for a member without an index of its own.
    pub who: String,
    /// Whom it leaves waiting for ever, in the order of the text; whoever waits for them in turn
    /// is not listed. Nobody: the crash is tolerated.
    pub waits: Vec<Wait>,
}

/// Somebody who waits for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Who waits, as printed.
    pub who: String,
    /// For which step, unless for the end of a branch of a `par`.
    pub send: Option<SendId>,
    /// Where it waits.
    pub span: Span,
}

/// The messages that may lie in a channel while its receiver is slow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Who sends, as printed.
    pub from: String,
    /// Who is slow, as printed.
    pub to: String,
    /// How many.
    pub most: Most,
}

/// The most messages in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Most {
    /// At most so many.
    Messages(u64),
    /// At most so many in each two rounds of these loops, whose number is symbolic.
    PerRounds(u64, Vec<LoopId>),
    /// Any number: the sender may go round a loop without the receiver. The step stands in it.
    Unbounded(SendId),
}

/// Analyses crashes and slow receivers.
pub fn resilience(protocol: &Protocol, automata: &Automata) -> Resilience {
    let mut found = Resilience::default();
    let Some(automaton) = automata.instances.first() else {
        return found;
    };
    let participants = automaton.alphabet.processes.len();
    if automaton.graph.len().saturating_mul(participants) > LIMIT {
        found.too_large = true;
        return found;
    }
    let crashes = crashes::crashes(protocol, automaton);
    let buffers = buffers::buffers(protocol, automaton);
    let (Some(crashes), Some(buffers)) = (crashes, buffers) else {
        found.too_large = true;
        return found;
    };
    for crash in &crashes {
        found.warnings.extend(crashes::warning(protocol, crash));
    }
    for buffer in &buffers {
        found.warnings.extend(buffers::warning(protocol, buffer));
    }
    found.crashes = crashes;
    found.buffers = buffers;
    found
}

/// The participants that are told apart: a role once, each member with a constant index, and one
/// member for all others. A role's threads are the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Who {
    role: RoleId,
    member: Member,
}

fn who(protocol: &Protocol, alphabet: &Alphabet, process: ProcessId) -> Who {
    let process = &alphabet.processes[process.index()];
    told_apart(protocol, process.role, process.member)
}

fn told_apart(protocol: &Protocol, role: RoleId, member: Option<usize>) -> Who {
    let constants = protocol.roles.get(role.index()).map(|role| &role.constants);
    let member = match member.map(|index| index as u64) {
        None => Member::Single,
        Some(index) if constants.is_some_and(|known| known.contains(&index)) => {
            Member::Constant(index)
        }
        Some(_) => Member::General,
    };
    Who { role, member }
}

impl Who {
    fn name(self, protocol: &Protocol, index: &str) -> String {
        let name = protocol
            .roles
            .get(self.role.index())
            .map_or("?", |role| role.name.as_str());
        match self.member {
            Member::Single => name.to_owned(),
            Member::Constant(constant) => format!("{name}[{constant}]"),
            Member::General => format!("{name}[{index}]"),
        }
    }

    /// The name beside a first participant: another member of the same family has another index.
    fn name_beside(self, first: Who, protocol: &Protocol) -> String {
        self.name(protocol, if self == first { "j" } else { "i" })
    }
}

/// Whether two processes are the same participant, as itself or as a thread.
fn same(alphabet: &Alphabet, one: ProcessId, other: ProcessId) -> bool {
    let (one, other) = (
        &alphabet.processes[one.index()],
        &alphabet.processes[other.index()],
    );
    (one.role, one.member) == (other.role, other.member)
}

/// One process for each participant that is told apart, with all of its threads.
fn participants(protocol: &Protocol, automaton: &Automaton) -> Vec<(Who, Vec<ProcessId>)> {
    let alphabet = &automaton.alphabet;
    let processes: Vec<ProcessId> = (0u32..)
        .take(alphabet.processes.len())
        .map(ProcessId)
        .collect();
    let mut found: Vec<(Who, Vec<ProcessId>)> = Vec::new();
    for process in &processes {
        let who = who(protocol, alphabet, *process);
        if alphabet.processes[process.index()].thread.is_empty()
            && !found.iter().any(|(known, _)| *known == who)
        {
            let own = processes.iter().copied();
            let own = own.filter(|other| same(alphabet, *process, *other));
            found.push((who, own.collect()));
        }
    }
    found.sort_by_key(|(who, _)| *who);
    found
}

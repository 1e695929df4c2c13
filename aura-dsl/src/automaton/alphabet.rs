//! The alphabet of the global automaton: who acts, on whom, with what, under which mark.
//!
//! Edges refer to interned [`Signature`]s. Two edges of equal signature differ only in where they
//! lead, so minimising may merge the states behind them. What two runs must have in common for a
//! role to take them for one is less: its [`ActionId`], which leaves marks, terms and scopes out.

use rustc_hash::FxHashMap;
use std::hash::Hash;

use crate::global::{LabelId, LocalId, LoopId, ParId, RoleId, SendId, Size, TimerId};

/// A participant at a concrete size: a role, a member, or a thread of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// The role or family.
    pub role: RoleId,
    /// The index of a member.
    pub member: Option<usize>,
    /// The branches of `par` that a thread runs in, outermost first.
    pub thread: Vec<(ParId, usize)>,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub u32);

            impl $name {
                /// The position in its table.
                pub fn index(self) -> usize {
                    self.0 as usize
                }
            }
        )*
    };
}

ids! {
    /// A [`Process`] of an automaton.
    ProcessId
    /// A [`Signature`] of an automaton.
    SignatureId
    /// What a role can observe of a signature.
    ActionId
    /// A gather or exchange: a chain of edges that stands for one step.
    ChainId
    /// A round of a counted loop or `for`.
    ScopeId
}

/// The scope outside of every counted loop.
pub const ROOT: ScopeId = ScopeId(0);

/// One unrolled round: its loop, which copy, and the scope around the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The scope around the loop.
    pub parent: ScopeId,
    /// The loop.
    pub counter: LoopId,
    /// Which copy, from 0.
    pub copy: usize,
}

/// What travels or happens on an edge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A message with the branch that rides on it.
    Message {
        /// The branch's label.
        branch: Option<String>,
        /// The label.
        label: LabelId,
    },
    /// A decision of which nothing travels.
    Decide(String),
    /// A local step.
    Local(LocalId),
    /// A member enters an exchange.
    Enter(ChainId),
    /// A timer is started.
    Arm(TimerId),
    /// A guarded segment was over in time.
    InTime(TimerId),
    /// A timer fired before its guarded segment was over.
    Late(TimerId),
    /// A role starts a thread.
    Fork(ParId, usize),
    /// A thread ends.
    Join(ParId, usize),
}

/// What the availability check and the local types must know of an edge beyond the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Nothing.
    Plain,
    /// An answer of a gather.
    Gather {
        /// Which.
        chain: ChainId,
        /// Whether it is the last one into its receiver.
        last: bool,
        /// The timer of the receiver that guards it.
        timer: Option<TimerId>,
    },
    /// A message of an exchange.
    Exchange {
        /// Which.
        chain: ChainId,
        /// Whether it is the last message.
        last: bool,
    },
    /// A receive in the guarded segment of the receiver's timer.
    Soft(TimerId),
}

/// What is known of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Chain {
    /// The members that take part, in order.
    pub members: Vec<ProcessId>,
    /// How many answers a gather waits for; for an exchange, all other members.
    pub need: usize,
    /// The quorum as written; `None` where all answers are waited for.
    pub quorum: Option<Size>,
    /// The steps, and what rides on them: more than one where each member chooses.
    pub steps: Vec<(Option<String>, SendId)>,
}

/// A letter of the automaton's alphabet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Who acts.
    pub from: ProcessId,
    /// Who receives; `None` for a local event.
    pub to: Option<ProcessId>,
    /// What travels or happens.
    pub what: What,
    /// What the checks must know.
    pub mark: Mark,
    /// The round it stands in.
    pub scope: ScopeId,
    /// The step, for its terms; equal steps share one.
    pub send: Option<SendId>,
}

/// Hands out one number for each distinct value.
#[derive(Clone, Debug)]
pub struct Interner<T> {
    values: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: FxHashMap::default(),
        }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The number of a value.
    pub fn intern(&mut self, value: T) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    /// The values, by number.
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// The values so far, by number.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

/// Everything that edges refer to.
#[derive(Clone, Debug, Default)]
pub struct Alphabet {
    /// The participants.
    pub processes: Vec<Process>,
    /// The letters.
    pub signatures: Vec<Signature>,
    /// By signature: what its participants observe.
    pub actions: Vec<ActionId>,
    /// The chains.
    pub chains: Vec<Chain>,
    /// The scopes; [`ROOT`] is there without being a round.
    pub scopes: Vec<Option<Scope>>,
}

impl Alphabet {
    /// The signature of an id.
    pub fn signature(&self, id: SignatureId) -> &Signature {
        &self.signatures[id.index()]
    }

    /// What the participants of a signature observe.
    pub fn action(&self, id: SignatureId) -> ActionId {
        self.actions[id.index()]
    }

    /// One of the signatures that look like an action to those who take part in it.
    pub fn observed(&self, action: ActionId) -> Option<&Signature> {
        let position = self.actions.iter().position(|known| *known == action)?;
        self.signatures.get(position)
    }

    /// The rounds that a scope stands in, outermost first.
    pub fn rounds(&self, mut scope: ScopeId) -> Vec<(ScopeId, Scope)> {
        let mut rounds = Vec::new();
        while let Some(round) = self.scopes[scope.index()] {
            rounds.push((scope, round));
            scope = round.parent;
        }
        rounds.reverse();
        rounds
    }
}

/// Numbers what can be observed of each signature: sender, receiver and what travels.
pub fn actions(signatures: &[Signature]) -> Vec<ActionId> {
    let mut seen: FxHashMap<(ProcessId, Option<ProcessId>, &What), u32> = FxHashMap::default();
    let mut actions = Vec::with_capacity(signatures.len());
    for signature in signatures {
        let next = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        let key = (signature.from, signature.to, &signature.what);
        actions.push(ActionId(*seen.entry(key).or_insert(next)));
    }
    actions
}

//! What is left of a global run, as a tree in which every subtree exists once.
//!
//! In: steps at concrete sizes. Out: [`Node`]s by number, each with what the semantics needs to
//! know of it: who takes part, whether it ends on every path, which loops it may jump back to.
//! What holds: equal trees have equal numbers, so that a set of runs is finite wherever the
//! protocol comes back to where it was.

use std::collections::HashMap;

use aura_dsl::global::TimerId;

use super::cast::{Actor, Event, Wire};

/// Position in a [`Tree`].
pub type NodeId = u32;
/// A loop, as a bit in [`Facts::jumps`].
pub type LoopBit = u8;

/// The empty tree.
pub const NIL: NodeId = 0;

/// What is left to happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Nothing.
    Nil,
    /// One after the other, where they share an actor. The first is no sequence and not empty.
    Seq(NodeId, NodeId),
    /// A message of which a half or both are still to come.
    Message {
        from: Actor,
        to: Actor,
        wire: Wire,
        sent: bool,
        received: bool,
        soft: Option<TimerId>,
    },
    /// Every member of `silent` sends one of `wires`; `to` hears `need` more of them.
    Gather {
        to: Actor,
        need: usize,
        wires: Vec<Wire>,
        silent: Vec<Actor>,
        sent: Vec<(Actor, Wire)>,
        soft: Option<TimerId>,
    },
    /// Every member sends to every other one, then hears every other one.
    Exchange { wire: Wire, members: Vec<Exchanger> },
    /// Something that an actor does alone.
    Alone(Actor, Event),
    /// The first event of each branch is the decider's and tells the branch.
    Choice(Actor, Vec<NodeId>),
    /// The end of a guarded segment: late if the actor has given up, else in time.
    Deadline {
        actor: Actor,
        timer: TimerId,
        in_time: NodeId,
        late: NodeId,
    },
    /// A loop that is not entered.
    Loop(LoopBit, NodeId),
    /// A loop with its body and what is left of the present round.
    Round(LoopBit, NodeId, NodeId),
    /// The next round of an enclosing loop.
    Jump(LoopBit),
    /// Side by side.
    Par(Vec<NodeId>),
}

/// What is left of a member's part in an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exchanger {
    pub actor: Actor,
    pub to_send: Vec<Actor>,
    pub to_hear: Vec<Actor>,
}

/// What is known of a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Who acts in it, as bits.
    pub actors: u64,
    /// Who waits for threads that act in it, as bits.
    pub parents: u64,
    /// To which enclosing loops it may jump, as bits.
    pub jumps: u64,
    /// Whether some path falls through to what follows.
    pub ends: bool,
    /// Whether some path neither ends nor jumps.
    pub traps: bool,
}

impl Facts {
    /// Whether what follows comes whatever is decided here.
    pub fn always_ends(self) -> bool {
        self.jumps == 0 && !self.traps && self.ends
    }

    fn or(self, other: Facts) -> Facts {
        Facts {
            actors: self.actors | other.actors,
            parents: self.parents | other.parents,
            jumps: self.jumps | other.jumps,
            ends: self.ends || other.ends,
            traps: self.traps || other.traps,
        }
    }
}

/// All trees of one protocol at one size.
pub struct Tree {
    nodes: Vec<(Node, Facts)>,
    numbers: HashMap<Node, NodeId>,
    parents: Vec<u64>,
}

impl Tree {
    /// A forest with the empty tree in it.
    pub fn new() -> Self {
        let mut tree = Self {
            nodes: Vec::new(),
            numbers: HashMap::new(),
            parents: Vec::new(),
        };
        tree.add(Node::Nil);
        tree
    }

    /// Says which actors, as bits, wait for a thread; before the thread stands in a node.
    pub fn adopt(&mut self, thread: Actor, parents: u64) {
        let index = usize::from(thread);
        if self.parents.len() <= index {
            self.parents.resize(index + 1, 0);
        }
        self.parents[index] = parents;
    }

    /// The node of a number.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize].0
    }

    /// What is known of a node.
    pub fn facts(&self, id: NodeId) -> Facts {
        self.nodes[id as usize].1
    }

    /// A leaf, or `NIL` where nothing of it is left.
    pub fn leaf(&mut self, node: Node) -> NodeId {
        let empty = match &node {
            Node::Message { sent, received, .. } => *sent && *received,
            Node::Gather { need, silent, .. } => *need == 0 && silent.is_empty(),
            Node::Exchange { members, .. } => members.is_empty(),
            _ => false,
        };
        if empty { NIL } else { self.add(node) }
    }

    /// One after the other. What stands behind a step that never falls through is dropped.
    pub fn seq(&mut self, first: NodeId, then: NodeId) -> NodeId {
        if first == NIL {
            return then;
        }
        if then == NIL || !self.facts(first).ends {
            return first;
        }
        if let Node::Seq(head, rest) = *self.node(first) {
            let rest = self.seq(rest, then);
            return self.add(Node::Seq(head, rest));
        }
        self.add(Node::Seq(first, then))
    }

    /// A choice.
    pub fn choice(&mut self, decider: Actor, branches: Vec<NodeId>) -> NodeId {
        self.add(Node::Choice(decider, branches))
    }

    /// The end of a guarded segment.
    pub fn deadline(
        &mut self,
        actor: Actor,
        timer: TimerId,
        in_time: NodeId,
        late: NodeId,
    ) -> NodeId {
        self.add(Node::Deadline {
            actor,
            timer,
            in_time,
            late,
        })
    }

    /// A loop; a body that never comes back is none.
    pub fn repeat(&mut self, bit: LoopBit, body: NodeId) -> NodeId {
        if self.facts(body).jumps & (1 << bit) == 0 {
            return body;
        }
        self.add(Node::Loop(bit, body))
    }

    /// A loop within a round.
    pub fn round(&mut self, bit: LoopBit, body: NodeId, now: NodeId) -> NodeId {
        if now == body || *self.node(now) == Node::Jump(bit) {
            return self.repeat(bit, body);
        }
        if self.facts(now).jumps & (1 << bit) == 0 {
            return now;
        }
        self.add(Node::Round(bit, body, now))
    }

    /// The next round of an enclosing loop.
    pub fn jump(&mut self, bit: LoopBit) -> NodeId {
        self.add(Node::Jump(bit))
    }

    /// Side by side.
    pub fn par(&mut self, branches: Vec<NodeId>) -> NodeId {
        if branches.iter().all(|branch| *branch == NIL) {
            return NIL;
        }
        self.add(Node::Par(branches))
    }

    fn add(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.numbers.get(&node) {
            return *id;
        }
        let facts = self.find_facts(&node);
        let id = NodeId::try_from(self.nodes.len()).expect("memory ends before numbers do");
        self.nodes.push((node.clone(), facts));
        self.numbers.insert(node, id);
        id
    }

    fn find_facts(&self, node: &Node) -> Facts {
        let leaf = |actors: u64| Facts {
            actors,
            parents: self.parents_of(actors),
            ends: true,
            ..Facts::default()
        };
        match node {
            Node::Nil => leaf(0),
            Node::Seq(first, then) => {
                let (first, then) = (self.facts(*first), self.facts(*then));
                Facts {
                    ends: first.ends && then.ends,
                    ..first.or(then)
                }
            }
            Node::Message {
                from,
                to,
                sent,
                received,
                ..
            } => {
                let from = if *sent { 0 } else { 1 << from };
                let to = if *received { 0 } else { 1 << to };
                leaf(from | to)
            }
            Node::Gather {
                to, need, silent, ..
            } => {
                let to = if *need == 0 { 0 } else { 1 << to };
                leaf(silent.iter().fold(to, |set, actor| set | 1 << actor))
            }
            Node::Exchange { members, .. } => leaf(
                members
                    .iter()
                    .fold(0, |set, member| set | 1 << member.actor),
            ),
            Node::Alone(actor, _) => leaf(1 << actor),
            Node::Choice(decider, branches) => {
                let start = Facts {
                    ends: false,
                    ..leaf(1 << decider)
                };
                let branches = branches.iter().map(|branch| self.facts(*branch));
                branches.fold(start, Facts::or)
            }
            Node::Deadline {
                actor,
                in_time,
                late,
                ..
            } => Facts {
                ends: false,
                ..leaf(1 << actor)
            }
            .or(self.facts(*in_time))
            .or(self.facts(*late)),
            Node::Loop(bit, body) => self.loop_facts(*bit, *body),
            Node::Round(bit, body, now) => {
                let (whole, now) = (self.loop_facts(*bit, *body), self.facts(*now));
                if now.jumps & (1 << bit) == 0 {
                    now
                } else {
                    Facts {
                        jumps: whole.jumps | now.jumps & !(1 << bit),
                        ..now.or(whole)
                    }
                }
            }
            Node::Jump(bit) => Facts {
                jumps: 1 << bit,
                ..Facts::default()
            },
            Node::Par(branches) => {
                let facts = branches.iter().map(|branch| self.facts(*branch));
                let all = facts.clone().fold(Facts::default(), Facts::or);
                Facts {
                    ends: facts.clone().all(|branch| branch.ends),
                    ..all
                }
            }
        }
    }

    fn loop_facts(&self, bit: LoopBit, body: NodeId) -> Facts {
        let body = self.facts(body);
        let jumps = body.jumps & !(1 << bit);
        Facts {
            jumps,
            traps: body.traps || (!body.ends && jumps == 0),
            ..body
        }
    }

    /// Who waits for any of some actors.
    pub fn parents_of(&self, actors: u64) -> u64 {
        let parents = self.parents.iter().enumerate();
        parents
            .filter(|(actor, _)| actors & (1 << actor) != 0)
            .fold(0, |set, (_, parents)| set | parents)
    }
}

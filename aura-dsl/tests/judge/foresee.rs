//! Whether some global run has everything that was done ahead of a decision.
//!
//! In: a tree of what is left, and the events that wait, by actor. Out: yes or no. The tree is
//! walked in its own order: an actor whose events wait must do them next, any other one is free
//! and lags behind. The walk has finitely many places, for every loop comes back to itself.

use std::collections::HashSet;

use super::cast::{Actor, Event};
use super::monitor::Ahead;
use super::tree::{NIL, Node, NodeId, Tree};

/// How many of each actor's waiting events were done.
type Done = Vec<u16>;

/// Whether a run does all that waits. `complete`: and then ends without any other event.
pub fn foresee(tree: &mut Tree, root: NodeId, ahead: &Ahead, complete: bool) -> bool {
    let mut walk = Walk {
        tree,
        ahead,
        complete,
    };
    let start: (NodeId, Done) = (root, vec![0; ahead.len()]);
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some((at, done)) = open.pop() {
        let all = ahead
            .iter()
            .zip(&done)
            .all(|((_, events), done)| events.len() == usize::from(*done));
        if all && (!complete || at == NIL) {
            return true;
        }
        for next in walk.next(at, &done) {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    false
}

struct Walk<'t> {
    tree: &'t mut Tree,
    ahead: &'t Ahead,
    complete: bool,
}

impl Walk<'_> {
    fn next(&mut self, at: NodeId, done: &Done) -> Vec<(NodeId, Done)> {
        let node = self.tree.node(at).clone();
        match node {
            Node::Nil | Node::Jump(_) => Vec::new(),
            Node::Seq(first, then) => {
                let next = self.next(first, done);
                next.into_iter()
                    .map(|(first, done)| (self.tree.seq(first, then), done))
                    .collect()
            }
            Node::Loop(bit, body) => {
                let next = self.next(body, done);
                next.into_iter()
                    .map(|(now, done)| (self.tree.round(bit, body, now), done))
                    .collect()
            }
            Node::Round(bit, body, now) => {
                let next = self.next(now, done);
                next.into_iter()
                    .map(|(now, done)| (self.tree.round(bit, body, now), done))
                    .collect()
            }
            Node::Par(branches) => {
                let Some(first) = branches.iter().position(|branch| *branch != NIL) else {
                    return vec![(NIL, done.clone())];
                };
                let next = self.next(branches[first], done);
                next.into_iter()
                    .map(|(left, done)| {
                        let mut branches = branches.clone();
                        branches[first] = left;
                        (self.tree.par(branches), done)
                    })
                    .collect()
            }
            Node::Choice(_, branches) => {
                let branches = branches.into_iter();
                branches.map(|branch| (branch, done.clone())).collect()
            }
            Node::Deadline {
                actor,
                timer,
                in_time,
                late,
            } => match self.upcoming(actor, done) {
                Some((_, Event::Late(id))) if id == timer => {
                    let mut done = done.clone();
                    self.pop(actor, &mut done);
                    vec![(late, done)]
                }
                None if !self.complete => vec![(in_time, done.clone()), (late, done.clone())],
                _ => vec![(in_time, done.clone())],
            },
            leaf => {
                let mut done = done.clone();
                if self.leaf(&leaf, &mut done) {
                    vec![(NIL, done)]
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// The next waiting event of an actor with its place in `ahead`.
    fn upcoming(&self, actor: Actor, done: &Done) -> Option<(usize, Event)> {
        let place = self.ahead.iter().position(|(who, _)| *who == actor)?;
        let event = self.ahead[place].1.get(usize::from(done[place]))?;
        Some((place, *event))
    }

    fn pop(&self, actor: Actor, done: &mut Done) {
        if let Some((place, _)) = self.upcoming(actor, done) {
            done[place] += 1;
        }
    }

    /// Lets an actor do one of some events: the one that waits, or any if none waits.
    fn act(&self, actor: Actor, done: &mut Done, allowed: impl Fn(Event) -> bool) -> bool {
        match self.upcoming(actor, done) {
            Some((place, event)) => {
                done[place] += 1;
                allowed(event)
            }
            None => !self.complete && self.may_lag(actor, done),
        }
    }

    /// A thread may only lag behind while nobody has gone on who waits for its end.
    fn may_lag(&self, actor: Actor, done: &Done) -> bool {
        let parents = self.tree.parents_of(1 << actor);
        let mut waiting = self.ahead.iter().map(|(who, _)| *who);
        !waiting.any(|who| parents & (1 << who) != 0 && self.upcoming(who, done).is_some())
    }

    fn gave_up(&self, actor: Actor, done: &Done, soft: Option<aura_dsl::global::TimerId>) -> bool {
        match (self.upcoming(actor, done), soft) {
            (Some((_, Event::Late(timer))), Some(soft)) => timer == soft,
            _ => false,
        }
    }

    fn leaf(&self, leaf: &Node, done: &mut Done) -> bool {
        match leaf {
            Node::Message {
                from,
                to,
                wire,
                sent,
                received,
                soft,
            } => {
                (*sent || self.act(*from, done, |event| event == Event::Send(*to, *wire)))
                    && (*received
                        || self.gave_up(*to, done, *soft)
                        || self.act(*to, done, |event| event == Event::Receive(*from, *wire)))
            }
            Node::Gather {
                to,
                need,
                wires,
                silent,
                sent,
                soft,
            } => {
                let mut sent = sent.clone();
                for member in silent {
                    if let Some((_, Event::Send(_, wire))) = self.upcoming(*member, done) {
                        sent.push((*member, wire));
                    }
                    let answers = |event| {
                        matches!(event, Event::Send(peer, wire)
                            if peer == *to && wires.contains(&wire))
                    };
                    if !self.act(*member, done, answers) {
                        return false;
                    }
                }
                (0..*need).all(|_| {
                    self.gave_up(*to, done, *soft)
                        || self.act(*to, done, |event| {
                            let Event::Receive(from, wire) = event else {
                                return false;
                            };
                            let heard = sent.iter().position(|answer| *answer == (from, wire));
                            heard.is_some()
                        })
                })
            }
            Node::Exchange { wire, members } => {
                members.iter().all(|member| {
                    member.to_send.iter().all(|to| {
                        self.act(member.actor, done, |event| event == Event::Send(*to, *wire))
                    })
                }) && members.iter().all(|member| {
                    member.to_hear.iter().all(|_| {
                        self.act(member.actor, done, |event| {
                            matches!(event, Event::Receive(from, label)
                                if label == *wire && member.to_hear.contains(&from))
                        })
                    })
                })
            }
            Node::Alone(actor, expected) => self.act(*actor, done, |event| event == *expected),
            _ => false,
        }
    }
}

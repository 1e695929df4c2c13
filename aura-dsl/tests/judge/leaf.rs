//! What one event does to one step.
//!
//! In: a leaf of the tree and an event of one of its actors. Out: what is left of the leaf.

use super::cast::{Actor, Event};
use super::tree::Node;

/// What becomes of an event at a leaf.
pub enum Leaf {
    /// It took effect; this is left.
    Done(Node),
    /// It was the leaf.
    Gone,
    /// The actor gave up on the leaf, and the event goes on.
    Passed(Node),
    /// What it answers has not taken effect yet.
    Early,
    /// The actor does something else here.
    Wrong,
}

/// What becomes of an event of an actor that takes part in a leaf.
pub fn at_leaf(leaf: Node, actor: Actor, event: Event) -> Leaf {
    match leaf {
        Node::Alone(_, expected) if expected == event => Leaf::Gone,
        Node::Message {
            from,
            to,
            wire,
            sent,
            received,
            soft,
        } => {
            let left = |sent, received| Node::Message {
                from,
                to,
                wire,
                sent,
                received,
                soft,
            };
            match event {
                Event::Send(..) if actor == from && event == Event::Send(to, wire) => {
                    Leaf::Done(left(true, received))
                }
                Event::Receive(..) if actor == to && event == Event::Receive(from, wire) => {
                    Leaf::Done(left(sent, true))
                }
                Event::Late(timer) if actor == to && soft == Some(timer) => {
                    Leaf::Passed(left(sent, true))
                }
                _ => Leaf::Wrong,
            }
        }
        Node::Gather {
            to,
            mut need,
            wires,
            mut silent,
            mut sent,
            soft,
        } => {
            let mut passed = false;
            match event {
                Event::Send(who, wire) if who == to && wires.contains(&wire) => {
                    silent.retain(|other| *other != actor);
                    sent.push((actor, wire));
                    sent.sort_unstable();
                }
                Event::Receive(from, wire) if actor == to && sent.contains(&(from, wire)) => {
                    sent.retain(|(other, _)| *other != from);
                    need -= 1;
                }
                // What waited for a decision may take effect before the send that it answers.
                Event::Receive(from, _) if actor == to && silent.contains(&from) => {
                    return Leaf::Early;
                }
                Event::Late(timer) if actor == to && soft == Some(timer) => {
                    need = 0;
                    passed = true;
                }
                _ => return Leaf::Wrong,
            }
            if need == 0 {
                sent.clear();
            }
            let left = Node::Gather {
                to,
                need,
                wires,
                silent,
                sent,
                soft,
            };
            if passed {
                Leaf::Passed(left)
            } else {
                Leaf::Done(left)
            }
        }
        Node::Exchange { wire, mut members } => {
            let Some(member) = members.iter_mut().find(|member| member.actor == actor) else {
                return Leaf::Wrong;
            };
            let list = match event {
                Event::Send(_, label) if label == wire => &mut member.to_send,
                Event::Receive(_, label) if label == wire && member.to_send.is_empty() => {
                    &mut member.to_hear
                }
                _ => return Leaf::Wrong,
            };
            let (Event::Send(peer, _) | Event::Receive(peer, _)) = event else {
                return Leaf::Wrong;
            };
            let before = list.len();
            list.retain(|other| *other != peer);
            if list.len() == before {
                return Leaf::Wrong;
            }
            members.retain(|member| !member.to_send.is_empty() || !member.to_hear.is_empty());
            Leaf::Done(Node::Exchange { wire, members })
        }
        _ => Leaf::Wrong,
    }
}

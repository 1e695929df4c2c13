//! Everything that happens in some run of a protocol.
//!
//! In: a tree of runs. Out: what each actor does somewhere in it, giving up left out: a step of the
//! protocol that is none of what the machines do is missing in them.

use std::collections::BTreeSet;

use super::cast::{Actor, Event, Wire};
use super::tree::{Node, NodeId, Tree};

/// What actors do.
pub type Events = BTreeSet<(Actor, Event)>;

/// Everything that happens in a tree.
pub fn events(tree: &Tree, root: NodeId) -> Events {
    let mut events = Events::new();
    collect(tree, root, &mut events);
    events
}

fn collect(tree: &Tree, id: NodeId, events: &mut Events) {
    match tree.node(id) {
        Node::Nil | Node::Jump(_) => {}
        Node::Seq(first, then) => {
            collect(tree, *first, events);
            collect(tree, *then, events);
        }
        Node::Message { from, to, wire, .. } => note(events, *from, *to, *wire),
        Node::Gather {
            to, wires, silent, ..
        } => {
            for member in silent {
                for wire in wires {
                    note(events, *member, *to, *wire);
                }
            }
        }
        Node::Exchange { wire, members } => {
            for member in members {
                for peer in &member.to_send {
                    note(events, member.actor, *peer, *wire);
                }
            }
        }
        Node::Alone(actor, event) => {
            events.insert((*actor, *event));
        }
        Node::Deadline { in_time, late, .. } => {
            collect(tree, *in_time, events);
            collect(tree, *late, events);
        }
        Node::Choice(_, branches) | Node::Par(branches) => {
            for branch in branches {
                collect(tree, *branch, events);
            }
        }
        Node::Loop(_, body) | Node::Round(_, body, _) => collect(tree, *body, events),
    }
}

fn note(events: &mut Events, from: Actor, to: Actor, wire: Wire) {
    events.insert((from, Event::Send(to, wire)));
    events.insert((to, Event::Receive(from, wire)));
}

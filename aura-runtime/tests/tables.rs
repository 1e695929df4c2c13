//! Tables that no compiler has made are found out before the first session.
#![allow(clippy::unwrap_used, reason = "tests")]

mod request_response;

use aura_runtime::{
    endpoint::Limits,
    export::{Compiled, INTERFACE},
    identity::{AuthorityId, ContextId, Identity, Roster, RosterError, Seat, SessionId},
    machine::{
        Action, EdgeRow, LabelId, Machine, Member, MessageId, MessageRow, PeerRow, Protocol,
        ProtocolHash, Reach, RoleId, StateId, StateRow,
    },
    session::{Choreography, Room, RoomError},
};
use request_response::{Message, PROTOCOL, RequestResponse};

/// The tables with another row for the first message.
fn with_message(row: MessageRow) -> Protocol {
    Protocol {
        messages: Box::leak(Box::new([row, PROTOCOL.messages[1]])),
        ..copy()
    }
}

/// The tables with another local type for the client.
fn with_machine(states: &'static [StateRow], edges: Vec<EdgeRow>) -> Protocol {
    let machine = Machine {
        role: RoleId(0),
        member: Member::Single,
        is_thread: false,
        states,
        edges: edges.leak(),
    };
    Protocol {
        machines: Box::leak(Box::new([machine])),
        ..copy()
    }
}

fn with_edge(change: impl FnOnce(&mut EdgeRow)) -> Protocol {
    let client = &PROTOCOL.machines[0];
    let mut edges = client.edges.to_vec();
    change(&mut edges[0]);
    with_machine(client.states, edges)
}

fn copy() -> Protocol {
    Protocol { ..PROTOCOL }
}

fn send(role: u16, reach: Reach, queue: u8, message: u16) -> Action {
    let role = RoleId(role);
    Action::Send {
        to: PeerRow { role, reach, queue },
        message: MessageId(message),
    }
}

#[test]
fn tables_that_do_not_hang_together_are_told_by_what_they_lack() {
    let first = PROTOCOL.messages[0];
    let label = LabelId(9);
    let cases = [
        (with_message(MessageRow { label, ..first }), "such label"),
        (
            with_message(MessageRow { cost: 0, ..first }),
            "cost for a message",
        ),
        (
            with_message(MessageRow {
                to: RoleId(2),
                ..first
            }),
            "such receiver",
        ),
        (
            with_message(MessageRow {
                from: RoleId(1),
                to: RoleId(0),
                ..first
            }),
            "message between these roles",
        ),
        (
            with_edge(|edge| edge.to = StateId(7)),
            "state behind a step",
        ),
        (
            with_edge(|edge| edge.action = send(1, Reach::Single, 0, 5)),
            "such message",
        ),
        // What the other side sends.
        (
            with_edge(|edge| edge.action = send(1, Reach::Single, 0, 1)),
            "message between these roles",
        ),
        (
            with_edge(|edge| edge.action = send(1, Reach::All, 0, 0)),
            "family of this name",
        ),
        (
            with_edge(|edge| edge.action = send(1, Reach::Single, 3, 0)),
            "such queue",
        ),
        (
            with_edge(|edge| edge.action = Action::Arm(aura_runtime::machine::TimerId(0))),
            "such timer",
        ),
        (with_machine(&[], vec![]), "state to start in"),
        (
            with_machine(PROTOCOL.machines[0].states, vec![]),
            "such steps for a state",
        ),
    ];
    assert_eq!(PROTOCOL.check(), Ok(()));
    for (protocol, lacks) in cases {
        assert_eq!(protocol.check(), Err(lacks));
    }
}

/// A protocol by hand, with the compiled one's hash, in which nothing costs anything.
struct Free;

static FREE: Protocol = Protocol {
    messages: &[
        MessageRow {
            cost: 0,
            ..PROTOCOL.messages[0]
        },
        MessageRow {
            cost: 0,
            ..PROTOCOL.messages[1]
        },
    ],
    ..PROTOCOL
};

impl Choreography for Free {
    type Message = Message;
    const COMPILED: Compiled = Compiled::by(INTERFACE);

    fn protocol() -> &'static Protocol {
        &FREE
    }

    fn decode(label: LabelId, payload: &[u8]) -> Option<Message> {
        RequestResponse::decode(label, payload)
    }

    fn encode(message: &Message) -> Result<Vec<u8>, String> {
        RequestResponse::encode(message)
    }

    fn label(message: &Message) -> LabelId {
        RequestResponse::label(message)
    }
}

#[test]
fn nobody_joins_a_room_whose_tables_are_made_up() {
    let authorities: Vec<AuthorityId> = [1, 2]
        .map(|seed| Identity::from_seed([seed; 32]).id())
        .to_vec();
    let seats = (0u16..).zip(&authorities);
    let roster = Roster {
        protocol: ProtocolHash([7; 32]),
        session: SessionId::random().unwrap(),
        contexts: vec![ContextId::derive("group", &authorities, &[])],
        sizes: vec![],
        seats: seats
            .map(|(role, authority)| Seat {
                role,
                member: 0,
                authority: *authority,
            })
            .collect(),
    };
    assert!(Room::<RequestResponse>::new(roster.clone(), Limits::default()).is_ok());
    let refused = Room::<Free>::new(roster, Limits::default()).unwrap_err();
    assert_eq!(
        refused,
        RoomError::Roster(RosterError::Tables("cost for a message"))
    );
    assert_eq!(
        refused.to_string(),
        "the protocol's tables have no cost for a message"
    );
}

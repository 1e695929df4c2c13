//! What the compiler's Rust backend writes for `request_response`, by hand: what it is held to.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "each test uses the parts that it is about"
)]

use aura_runtime::{
    export::{Compiled, INTERFACE},
    machine::{
        Action, CapabilityRow, ContextIndex, ContextKind, ContextRow, EdgeRow, FactRow, LabelId,
        LabelRow, Machine, MachineId, Member, MessageId, MessageRow, PeerRow, Protocol,
        ProtocolHash, Reach, ReceiptRow, RoleId, RoleRow, RoleSize, StateId, StateRow,
    },
    session::{Choreography, Held, Label, Position, Role},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestData {
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseData {
    pub body: String,
}

/// The protocol.
#[derive(Debug)]
pub struct RequestResponse;

/// One variant for each label.
#[derive(Debug)]
pub enum Message {
    SendRequest(RequestData),
    SendResponse(ResponseData),
}

pub static PROTOCOL: Protocol = Protocol {
    name: "RequestResponse",
    namespace: "request_response",
    version: "0.1.0",
    hash: ProtocolHash([7; 32]),
    roles: &[
        RoleRow {
            name: "Client",
            size: RoleSize::One,
        },
        RoleRow {
            name: "Server",
            size: RoleSize::One,
        },
    ],
    sizes: &[],
    contexts: &[ContextRow {
        name: "",
        kind: ContextKind::Group,
    }],
    labels: &[
        LabelRow {
            name: "SendRequest",
        },
        LabelRow {
            name: "SendResponse",
        },
    ],
    messages: &[
        MessageRow {
            label: LabelId(0),
            from: RoleId(0),
            to: RoleId(1),
            context: ContextIndex(0),
            capability: Some(CapabilityRow {
                name: "send_request",
                arguments: &[],
            }),
            cost: 50,
            leak: [0, 100, 0],
            facts: &[],
            journal_merge: false,
            audit_log: None,
            receipt: ReceiptRow::None,
        },
        MessageRow {
            label: LabelId(1),
            from: RoleId(1),
            to: RoleId(0),
            context: ContextIndex(0),
            capability: Some(CapabilityRow {
                name: "send_response",
                arguments: &[],
            }),
            cost: 30,
            leak: [0, 0, 0],
            facts: &[FactRow {
                name: "response_sent",
                fields: &[],
            }],
            journal_merge: false,
            audit_log: None,
            receipt: ReceiptRow::None,
        },
    ],
    timers: &[],
    counters: 0,
    queues: 1,
    machines: &[
        Machine {
            role: RoleId(0),
            member: Member::Single,
            is_thread: false,
            states: STATES,
            edges: &[sends(1, 0, 1), receives(1, 1, 2)],
        },
        Machine {
            role: RoleId(1),
            member: Member::Single,
            is_thread: false,
            states: STATES,
            edges: &[receives(0, 0, 1), sends(0, 1, 2)],
        },
    ],
};

const STATES: &[StateRow] = &[state(0, 1), state(1, 1), state(2, 0)];

const fn state(first: u32, count: u32) -> StateRow {
    StateRow {
        first,
        count,
        accepting: count == 0,
        timer: None,
        turn: None,
    }
}

const fn sends(role: u16, message: u16, to: u32) -> EdgeRow {
    EdgeRow {
        action: Action::Send {
            to: peer(role),
            message: MessageId(message),
        },
        to: StateId(to),
    }
}

const fn receives(role: u16, message: u16, to: u32) -> EdgeRow {
    EdgeRow {
        action: Action::Receive {
            from: peer(role),
            message: MessageId(message),
        },
        to: StateId(to),
    }
}

const fn peer(role: u16) -> PeerRow {
    PeerRow {
        role: RoleId(role),
        reach: Reach::Single,
        queue: 0,
    }
}

impl Choreography for RequestResponse {
    type Message = Message;
    const COMPILED: Compiled = Compiled::by(INTERFACE);

    fn protocol() -> &'static Protocol {
        &PROTOCOL
    }

    fn decode(label: LabelId, payload: &[u8]) -> Option<Message> {
        match label {
            LabelId(0) => aura_runtime::session::decode_payload(payload).map(Message::SendRequest),
            LabelId(1) => aura_runtime::session::decode_payload(payload).map(Message::SendResponse),
            _ => None,
        }
    }

    fn encode(message: &Message) -> Result<Vec<u8>, String> {
        match message {
            Message::SendRequest(payload) => aura_runtime::session::encode_payload(payload),
            Message::SendResponse(payload) => aura_runtime::session::encode_payload(payload),
        }
    }

    fn label(message: &Message) -> LabelId {
        match message {
            Message::SendRequest(_) => LabelId(0),
            Message::SendResponse(_) => LabelId(1),
        }
    }
}

/// Labels as types.
pub mod label {
    use super::{Label, Message, RequestData, RequestResponse, ResponseData};

    #[derive(Debug)]
    pub enum SendRequest {}

    impl Label for SendRequest {
        type Of = RequestResponse;
        type Payload = RequestData;

        fn open(message: Message) -> Option<RequestData> {
            match message {
                Message::SendRequest(payload) => Some(payload),
                Message::SendResponse(_) => None,
            }
        }
    }

    #[derive(Debug)]
    pub enum SendResponse {}

    impl Label for SendResponse {
        type Of = RequestResponse;
        type Payload = ResponseData;

        fn open(message: Message) -> Option<ResponseData> {
            match message {
                Message::SendResponse(payload) => Some(payload),
                Message::SendRequest(_) => None,
            }
        }
    }
}

macro_rules! state {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        pub struct $name<'s>(pub(super) Held<'s, RequestResponse>);

        impl<'s> Position<'s, RequestResponse> for $name<'s> {
            fn place(held: Held<'s, RequestResponse>) -> Self {
                Self(held)
            }
        }
    };
}

/// The role that asks.
#[derive(Debug)]
pub enum Client {}

impl Role for Client {
    type Of = RequestResponse;
    type Start<'s> = client::SendRequest<'s>;
    type At<'s> = client::At<'s>;
    const ROLE: RoleId = RoleId(0);
    const MACHINE: MachineId = MachineId(0);

    const COMPILED: Compiled = Compiled::by(INTERFACE);

    fn at(state: StateId, held: Held<'_, RequestResponse>) -> client::At<'_> {
        match state.0 {
            0 => client::At::SendRequest(client::SendRequest(held)),
            1 => client::At::SendResponse(client::SendResponse(held)),
            _ => client::At::End(client::End(held)),
        }
    }
}

/// The states of `Client`.
pub mod client {
    use aura_runtime::session::{SessionError, Unsent};

    use super::{Held, Message, Position, RequestData, RequestResponse, ResponseData, label};

    state!(
        #[must_use]
        SendRequest
    );
    state!(
        #[must_use]
        SendResponse
    );
    state!(End);

    pub enum At<'s> {
        SendRequest(SendRequest<'s>),
        SendResponse(SendResponse<'s>),
        End(End<'s>),
    }

    impl<'s> SendRequest<'s> {
        pub async fn send_request(
            self,
            message: RequestData,
        ) -> Result<SendResponse<'s>, Unsent<Self, RequestData>> {
            self.0
                .send::<label::SendRequest, Self, SendResponse<'s>>(
                    0,
                    Message::SendRequest(message),
                )
                .await
        }
    }

    impl<'s> SendResponse<'s> {
        pub async fn send_response(self) -> Result<(ResponseData, End<'s>), SessionError> {
            self.0.receive::<label::SendResponse, End<'s>>().await
        }
    }
}

/// The role that answers.
#[derive(Debug)]
pub enum Server {}

impl Role for Server {
    type Of = RequestResponse;
    type Start<'s> = server::SendRequest<'s>;
    type At<'s> = server::At<'s>;
    const ROLE: RoleId = RoleId(1);
    const MACHINE: MachineId = MachineId(1);

    const COMPILED: Compiled = Compiled::by(INTERFACE);

    fn at(state: StateId, held: Held<'_, RequestResponse>) -> server::At<'_> {
        match state.0 {
            0 => server::At::SendRequest(server::SendRequest(held)),
            1 => server::At::SendResponse(server::SendResponse(held)),
            _ => server::At::End(server::End(held)),
        }
    }
}

/// The states of `Server`.
pub mod server {
    use aura_runtime::session::{SessionError, Unsent};

    use super::{Held, Message, Position, RequestData, RequestResponse, ResponseData, label};

    state!(
        #[must_use]
        SendRequest
    );
    state!(
        #[must_use]
        SendResponse
    );
    state!(End);

    pub enum At<'s> {
        SendRequest(SendRequest<'s>),
        SendResponse(SendResponse<'s>),
        End(End<'s>),
    }

    impl<'s> SendRequest<'s> {
        pub async fn send_request(self) -> Result<(RequestData, SendResponse<'s>), SessionError> {
            self.0
                .receive::<label::SendRequest, SendResponse<'s>>()
                .await
        }
    }

    impl<'s> SendResponse<'s> {
        pub async fn send_response(
            self,
            message: ResponseData,
        ) -> Result<End<'s>, Unsent<Self, ResponseData>> {
            self.0
                .send::<label::SendResponse, Self, End<'s>>(0, Message::SendResponse(message))
                .await
        }
    }
}

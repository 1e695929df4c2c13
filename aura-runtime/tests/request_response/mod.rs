//! What the compiler's Rust backend writes for the `request_response` protocol, written by hand: the
//! shape that the backend is held to.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "each test uses the parts that it is about"
)]

use aura_runtime::{
    machine::{
        CapabilityRow, ContextIndex, ContextKind, ContextRow, EdgeRow, FactRow, LabelId, LabelRow,
        Machine, MessageId, MessageRow, Protocol, ProtocolHash, RoleId, RoleRow, RoleSize, StateId,
        StateKind, StateRow,
    },
    session::{Choreography, Label, Role},
};
use serde::{Deserialize, Serialize};

/// Payload of `SendRequest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestData {
    pub body: String,
}

/// Payload of `SendResponse`.
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
        },
    ],
    machines: &[
        Machine {
            role: RoleId(0),
            states: &[
                StateRow {
                    kind: StateKind::Send,
                    first: 0,
                    count: 1,
                },
                StateRow {
                    kind: StateKind::Receive,
                    first: 1,
                    count: 1,
                },
                StateRow {
                    kind: StateKind::End,
                    first: 2,
                    count: 0,
                },
            ],
            edges: &[
                EdgeRow {
                    message: Some(MessageId(0)),
                    to: StateId(1),
                },
                EdgeRow {
                    message: Some(MessageId(1)),
                    to: StateId(2),
                },
            ],
        },
        Machine {
            role: RoleId(1),
            states: &[
                StateRow {
                    kind: StateKind::Receive,
                    first: 0,
                    count: 1,
                },
                StateRow {
                    kind: StateKind::Send,
                    first: 1,
                    count: 1,
                },
                StateRow {
                    kind: StateKind::End,
                    first: 2,
                    count: 0,
                },
            ],
            edges: &[
                EdgeRow {
                    message: Some(MessageId(0)),
                    to: StateId(1),
                },
                EdgeRow {
                    message: Some(MessageId(1)),
                    to: StateId(2),
                },
            ],
        },
    ],
};

impl Choreography for RequestResponse {
    type Message = Message;

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
}

/// Labels as types.
pub mod label {
    use super::{
        Choreography, Label, LabelId, Message, RequestData, RequestResponse, ResponseData,
    };

    #[derive(Debug)]
    pub enum SendRequest {}

    impl Label for SendRequest {
        type Of = RequestResponse;
        type Payload = RequestData;
        const LABEL: LabelId = LabelId(0);

        fn wrap(payload: RequestData) -> Message {
            Message::SendRequest(payload)
        }

        fn unwrap(
            message: <RequestResponse as Choreography>::Message,
        ) -> Result<RequestData, Message> {
            match message {
                Message::SendRequest(payload) => Ok(payload),
                other @ Message::SendResponse(_) => Err(other),
            }
        }
    }

    #[derive(Debug)]
    pub enum SendResponse {}

    impl Label for SendResponse {
        type Of = RequestResponse;
        type Payload = ResponseData;
        const LABEL: LabelId = LabelId(1);

        fn wrap(payload: ResponseData) -> Message {
            Message::SendResponse(payload)
        }

        fn unwrap(
            message: <RequestResponse as Choreography>::Message,
        ) -> Result<ResponseData, Message> {
            match message {
                Message::SendResponse(payload) => Ok(payload),
                other @ Message::SendRequest(_) => Err(other),
            }
        }
    }
}

macro_rules! state {
    ($(#[$attribute:meta])* $name:ident, $role:ident, $number:literal) => {
        $(#[$attribute])*
        pub struct $name<'s>(aura_runtime::session::Held<'s, super::$role>);

        impl<'s> aura_runtime::session::Position<'s> for $name<'s> {
            type Role = super::$role;
            const STATE: super::StateId = super::StateId($number);

            fn place(held: aura_runtime::session::Held<'s, super::$role>) -> Self {
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

    fn at(state: StateId, held: aura_runtime::session::Held<'_, Self>) -> client::At<'_> {
        use aura_runtime::session::Position;
        match state.0 {
            0 => client::At::SendRequest(client::SendRequest::place(held)),
            1 => client::At::SendResponse(client::SendResponse::place(held)),
            _ => client::At::End(client::End::place(held)),
        }
    }
}

/// The states of `Client`.
pub mod client {
    use aura_runtime::{
        machine::MessageId,
        session::{SessionError, Unsent},
    };

    use super::{RequestData, ResponseData, Server, label};

    state!(
        #[must_use]
        SendRequest,
        Client,
        0
    );
    state!(
        #[must_use]
        SendResponse,
        Client,
        1
    );
    state!(End, Client, 2);

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
                .send::<label::SendRequest, Server, Self, SendResponse<'s>>(MessageId(0), message)
                .await
        }
    }

    impl<'s> SendResponse<'s> {
        pub async fn send_response(self) -> Result<(ResponseData, End<'s>), SessionError> {
            self.0
                .receive::<Server>()
                .await?
                .only::<label::SendResponse, _>()
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

    fn at(state: StateId, held: aura_runtime::session::Held<'_, Self>) -> server::At<'_> {
        use aura_runtime::session::Position;
        match state.0 {
            0 => server::At::SendRequest(server::SendRequest::place(held)),
            1 => server::At::SendResponse(server::SendResponse::place(held)),
            _ => server::At::End(server::End::place(held)),
        }
    }
}

/// The states of `Server`.
pub mod server {
    use aura_runtime::{
        machine::MessageId,
        session::{SessionError, Unsent},
    };

    use super::{Client, RequestData, ResponseData, label};

    state!(
        #[must_use]
        SendRequest,
        Server,
        0
    );
    state!(
        #[must_use]
        SendResponse,
        Server,
        1
    );
    state!(End, Server, 2);

    pub enum At<'s> {
        SendRequest(SendRequest<'s>),
        SendResponse(SendResponse<'s>),
        End(End<'s>),
    }

    impl<'s> SendRequest<'s> {
        pub async fn send_request(self) -> Result<(RequestData, SendResponse<'s>), SessionError> {
            self.0
                .receive::<Client>()
                .await?
                .only::<label::SendRequest, _>()
        }
    }

    impl<'s> SendResponse<'s> {
        pub async fn send_response(
            self,
            message: ResponseData,
        ) -> Result<End<'s>, Unsent<Self, ResponseData>> {
            self.0
                .send::<label::SendResponse, Client, Self, End<'s>>(MessageId(1), message)
                .await
        }
    }
}

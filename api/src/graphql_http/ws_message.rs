//! The messages and close codes of the graphql-transport-ws protocol.

use async_graphql::{Request, Response, ServerError};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The name of the protocol, as clients ask for it.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromClient {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Value>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: Box<Request>,
    },
    Complete {
        id: String,
    },
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromServer<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    Next {
        id: &'a str,
        payload: Response,
    },
    Error {
        id: &'a str,
        payload: Vec<ServerError>,
    },
    Complete {
        id: &'a str,
    },
}

impl FromServer<'_> {
    pub(super) fn into_message(self) -> Message {
        let text = serde_json::to_string(&self)
            .expect("a GraphQL response has text keys and finite numbers");
        Message::Text(text.into())
    }
}

/// Why the server closes a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// The message is none of the protocol's.
    Invalid(&'static str),
    /// An operation before the acknowledgement.
    Unauthorized,
    /// The token is not taken; the text is its code.
    Forbidden(&'static str),
    /// No `connection_init` in time.
    InitTimeout,
    /// A second operation under an id that still runs.
    DuplicateId,
    /// A second `connection_init`.
    SecondInit,
    /// Nothing came back from the client for too long.
    Silent,
}

impl Close {
    pub(super) fn into_message(self) -> Message {
        let (code, reason) = match self {
            Self::Invalid(reason) => (4400, reason),
            Self::Unauthorized => (4401, "Unauthorized"),
            Self::Forbidden(code) => (4403, code),
            Self::InitTimeout => (4408, "Connection initialisation timeout"),
            Self::DuplicateId => (4409, "Subscriber for this id already exists"),
            Self::SecondInit => (4429, "Too many initialisation requests"),
            Self::Silent => (4408, "Connection timed out"),
        };
        Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))
    }
}

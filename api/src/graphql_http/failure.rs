//! Why a request was not run, or had no end.

use std::time::Duration;

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use axum::http::StatusCode;
use uuid::Uuid;

use crate::auth::AuthError;

/// Why a request was not run, or had no end. Codes are stable; a message names the field.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The client takes none of the media types that are made here.
    #[error("this answers application/graphql-response+json or application/json")]
    NotAcceptable,
    /// The body is not declared as JSON.
    #[error("the content-type must be application/json in UTF-8")]
    UnsupportedMediaType,
    /// The body is compressed.
    #[error("a compressed body is not taken")]
    UnsupportedEncoding,
    /// The body is too long.
    #[error("the body is longer than {limit} bytes")]
    BodyTooLarge {
        /// The longest there may be.
        limit: usize,
    },
    /// The body did not come in time.
    #[error("the body did not arrive within {0:?}")]
    BodyTooSlow(Duration),
    /// The connection broke off.
    #[error("the body broke off")]
    BodyBroken,
    /// Not JSON.
    #[error("the body is not JSON: {0}")]
    MalformedJson(String),
    /// An array of requests.
    #[error("an array of operations is not taken: send them one by one, commands as one mutation")]
    Batch,
    /// A part of the request is missing or of the wrong kind.
    #[error("{parameter} {reason}")]
    BadParameter {
        /// `query`, `operationName`, `variables`, `extensions`.
        parameter: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable that the operation needs is not given.
    #[error("variables lack ${name}, which the operation needs")]
    MissingVariable {
        /// Its name.
        name: String,
    },
    /// The operation's text is not GraphQL.
    #[error("{}", .0.message)]
    Parse(Box<ServerError>),
    /// The operation is bigger than one may be.
    #[error("an operation may have at most {most} {what}")]
    TooCostly {
        /// What there is too much of.
        what: &'static str,
        /// The most there may be.
        most: usize,
    },
    /// A mutation by GET.
    #[error("a mutation must be sent by POST")]
    MutationByGet,
    /// A subscription over HTTP.
    #[error("a subscription needs the socket: /graphql/ws, protocol graphql-transport-ws")]
    SubscriptionOverHttp,
    /// It ran too long. What a mutation asked for may still happen.
    #[error(
        "no answer within {0:?}; a mutation may still take effect: \
         send it again with the same command id to learn its outcome"
    )]
    TimedOut(Duration),
    /// A defect of this server.
    #[error("an internal fault, recorded as {incident}")]
    Fault {
        /// The id under which the log has it.
        incident: Uuid,
    },
    /// The token is not taken.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

impl Failure {
    /// The stable code, in `extensions.code`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAcceptable => "NOT_ACCEPTABLE",
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => "UNSUPPORTED_MEDIA_TYPE",
            Self::BodyTooLarge { .. } => "BODY_TOO_LARGE",
            Self::BodyTooSlow(_) => "BODY_TOO_SLOW",
            Self::BodyBroken => "BODY_BROKEN",
            Self::MalformedJson(_) => "MALFORMED_JSON",
            Self::Batch => "BATCH_NOT_TAKEN",
            Self::BadParameter { .. } => "BAD_PARAMETER",
            Self::MissingVariable { .. } => "GRAPHQL_VALIDATION_FAILED",
            Self::Parse(_) => "GRAPHQL_PARSE_FAILED",
            Self::TooCostly { .. } => "TOO_COSTLY",
            Self::MutationByGet => "MUTATION_BY_GET",
            Self::SubscriptionOverHttp => "SUBSCRIPTION_OVER_HTTP",
            Self::TimedOut(_) => "TIMED_OUT",
            Self::Fault { .. } => "INTERNAL",
            Self::Auth(error) => error.code(),
        }
    }

    /// What of the request is at fault, where one thing is.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotAcceptable => Some("accept"),
            Self::UnsupportedMediaType => Some("content-type"),
            Self::UnsupportedEncoding => Some("content-encoding"),
            Self::BodyTooLarge { .. }
            | Self::BodyTooSlow(_)
            | Self::BodyBroken
            | Self::MalformedJson(_)
            | Self::Batch => Some("body"),
            Self::BadParameter { parameter, .. } => Some(parameter),
            Self::MissingVariable { .. } => Some("variables"),
            Self::Parse(_)
            | Self::TooCostly { .. }
            | Self::MutationByGet
            | Self::SubscriptionOverHttp => Some("query"),
            Self::Auth(_) => Some("authorization"),
            Self::TimedOut(_) | Self::Fault { .. } => None,
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::BodyBroken
            | Self::MalformedJson(_)
            | Self::Batch
            | Self::BadParameter { .. }
            | Self::MissingVariable { .. }
            | Self::Parse(_)
            | Self::TooCostly { .. }
            | Self::SubscriptionOverHttp => StatusCode::BAD_REQUEST,
            Self::MutationByGet => StatusCode::METHOD_NOT_ALLOWED,
            Self::TimedOut(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Auth(error) => error.status(),
        }
    }

    /// Whether the HTTP request itself was well formed, so that a plain `application/json` client
    /// finds the error in a body with status 200, as the specification asks.
    #[must_use]
    pub const fn is_about_the_operation(&self) -> bool {
        matches!(
            self,
            Self::Parse(_)
                | Self::TooCostly { .. }
                | Self::MissingVariable { .. }
                | Self::SubscriptionOverHttp
        )
    }

    /// As an error of a GraphQL response.
    #[must_use]
    pub fn into_error(self) -> ServerError {
        let (code, field, message) = (self.code(), self.field(), self.to_string());
        let mut error = match self {
            Self::Parse(error) => *error,
            Self::NotAcceptable
            | Self::UnsupportedMediaType
            | Self::UnsupportedEncoding
            | Self::BodyTooLarge { .. }
            | Self::BodyTooSlow(_)
            | Self::BodyBroken
            | Self::MalformedJson(_)
            | Self::Batch
            | Self::BadParameter { .. }
            | Self::MissingVariable { .. }
            | Self::TooCostly { .. }
            | Self::MutationByGet
            | Self::SubscriptionOverHttp
            | Self::TimedOut(_)
            | Self::Fault { .. }
            | Self::Auth(_) => ServerError::new(message, None),
        };
        let values = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        values.set("code", code);
        if let Some(field) = field {
            values.set("field", field);
        }
        error
    }

    /// As a GraphQL response of its own.
    #[must_use]
    pub fn into_graphql(self) -> Response {
        let mut response = Response::new(Value::Null);
        response.errors.push(self.into_error());
        response
    }
}

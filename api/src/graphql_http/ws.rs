//! `/graphql/ws`: operations over graphql-transport-ws.
//!
//! The caller comes from the payload of `connection_init`, `{"authorization": "Bearer ..."}`, as
//! browsers cannot set headers on a socket; else from the upgrade's `Authorization` header. The
//! socket lives no longer than the token it was opened with.
//!
//! The library's own socket closes with codes of its own; this one uses the protocol's, which
//! client libraries act upon: they retry some and not others.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Data, Executor, Request, Response as GraphQlResponse};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Request as HttpRequest, State};
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use futures::stream::{self, BoxStream, StreamExt as _};
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_stream::StreamMap;

use super::respond::{is_request_error, with_codes};
use super::ws_message::{Close, FromClient, FromServer, PROTOCOL};
use super::{Endpoint, Failure};
use crate::auth::{AuthError, Caller, TokenRules, Verifier, bearer_text};

/// Upgrades to the protocol, or says why not.
pub(super) async fn upgrade<E: Executor>(
    State(endpoint): State<Arc<Endpoint<E>>>,
    request: HttpRequest,
) -> Response {
    let (mut parts, _) = request.into_parts();
    let caller = match endpoint.verifier.caller(&parts.headers) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade.protocols([PROTOCOL]).max_message_size(endpoint.settings.max_body),
        Err(rejection) => return rejection.into_response(),
    };
    if upgrade.selected_protocol().is_none() {
        let reason = format!("must offer {PROTOCOL}");
        let failure = Failure::BadParameter { parameter: "sec-websocket-protocol", reason };
        return failure.into_response();
    }
    upgrade.on_upgrade(move |socket| {
        Session { endpoint, socket, running: StreamMap::new() }.serve(caller)
    })
}

type Ended<T> = ControlFlow<(), T>;

/// One socket. Each running operation yields its responses, then `None` once.
struct Session<E> {
    endpoint: Arc<Endpoint<E>>,
    socket: WebSocket,
    running: StreamMap<String, BoxStream<'static, Option<GraphQlResponse>>>,
}

impl<E: Executor> Session<E> {
    async fn serve(mut self, from_header: Option<Caller>) {
        // The socket is done either way; what was to be said has been said.
        let _ended = self.converse(from_header).await;
    }

    async fn converse(&mut self, from_header: Option<Caller>) -> Ended<()> {
        let wait = self.endpoint.settings.init_timeout;
        let caller = match timeout(wait, self.initialise(from_header)).await {
            Ok(caller) => caller?,
            Err(_) => return self.close(Close::InitTimeout).await,
        };
        self.send(FromServer::ConnectionAck.into_message()).await?;
        self.operate(caller).await
    }

    /// Waits for `connection_init` and settles who asks.
    async fn initialise(&mut self, from_header: Option<Caller>) -> Ended<Option<Caller>> {
        loop {
            let Some(message) = self.receive().await? else { continue };
            match message {
                FromClient::ConnectionInit { payload } => {
                    return match init_caller(&self.endpoint.verifier, payload.as_ref()) {
                        Ok(caller) => ControlFlow::Continue(caller.or(from_header)),
                        Err(error) => self.close(Close::Forbidden(error.code())).await,
                    };
                }
                FromClient::Ping { payload } => {
                    self.send(FromServer::Pong { payload }.into_message()).await?;
                }
                FromClient::Pong {} => {}
                FromClient::Subscribe { .. } | FromClient::Complete { .. } => {
                    return self.close(Close::Unauthorized).await;
                }
            }
        }
    }

    /// Runs operations until one side has enough.
    async fn operate(&mut self, caller: Option<Caller>) -> Ended<()> {
        let expiry = sleep(remaining(caller.as_ref()));
        tokio::pin!(expiry);
        let mut data = Data::default();
        if let Some(caller) = caller {
            data.insert(caller);
        }
        let data = Arc::new(data);
        let beat = self.endpoint.settings.heartbeat;
        let mut heartbeat = interval_at(Instant::now() + beat, beat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_heard = Instant::now();
        loop {
            tokio::select! {
                () = &mut expiry => {
                    return self.close(Close::Forbidden(AuthError::Expired.code())).await;
                }
                _ = heartbeat.tick() => {
                    if last_heard.elapsed() >= beat * 2 {
                        return self.close(Close::Silent).await;
                    }
                    self.send(Message::Ping(Vec::new().into())).await?;
                }
                frame = self.socket.recv() => {
                    last_heard = Instant::now();
                    if let Some(message) = self.parse(frame).await? {
                        self.hear(message, &data).await?;
                    }
                }
                Some((id, item)) = self.running.next(), if !self.running.is_empty() => {
                    self.tell(&id, item).await?;
                }
            }
        }
    }

    async fn hear(&mut self, message: FromClient, data: &Arc<Data>) -> Ended<()> {
        match message {
            FromClient::ConnectionInit { .. } => self.close(Close::SecondInit).await,
            FromClient::Ping { payload } => {
                self.send(FromServer::Pong { payload }.into_message()).await
            }
            FromClient::Pong {} => ControlFlow::Continue(()),
            FromClient::Complete { id } => {
                self.running.remove(&id);
                ControlFlow::Continue(())
            }
            FromClient::Subscribe { id, payload } => self.start(id, *payload, data).await,
        }
    }

    async fn start(&mut self, id: String, request: Request, data: &Arc<Data>) -> Ended<()> {
        if self.running.contains_key(&id) {
            return self.close(Close::DuplicateId).await;
        }
        let most = self.endpoint.settings.max_operations;
        if self.running.len() >= most {
            let what = "operations at once over one socket";
            let payload = vec![Failure::TooCostly { what, most }.into_error()];
            return self.send(FromServer::Error { id: &id, payload }.into_message()).await;
        }
        let responses = self.endpoint.executor.execute_stream(request, Some(Arc::clone(data)));
        self.running.insert(id, responses.map(Some).chain(stream::iter([None])).boxed());
        ControlFlow::Continue(())
    }

    async fn tell(&mut self, id: &str, item: Option<GraphQlResponse>) -> Ended<()> {
        let message = match item {
            None => {
                self.running.remove(id);
                FromServer::Complete { id }
            }
            Some(mut response) => {
                with_codes(&mut response.errors);
                // Refused before it ran: `error` ends the operation, no `complete` follows.
                if is_request_error(&response) {
                    self.running.remove(id);
                    FromServer::Error { id, payload: response.errors }
                } else {
                    FromServer::Next { id, payload: response }
                }
            }
        };
        self.send(message.into_message()).await
    }

    async fn receive(&mut self) -> Ended<Option<FromClient>> {
        let frame = self.socket.recv().await;
        self.parse(frame).await
    }

    /// `None` for frames that are none of the protocol's business: pings and pongs of the socket.
    async fn parse(
        &mut self,
        frame: Option<Result<Message, axum::Error>>,
    ) -> Ended<Option<FromClient>> {
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return ControlFlow::Continue(None),
            Some(Ok(Message::Binary(_))) => {
                return self.close(Close::Invalid("Messages are text")).await;
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return ControlFlow::Break(()),
        };
        match serde_json::from_str(&text) {
            Ok(message) => ControlFlow::Continue(Some(message)),
            Err(_) => self.close(Close::Invalid("Not a message of graphql-transport-ws")).await,
        }
    }

    async fn close<T>(&mut self, close: Close) -> Ended<T> {
        tracing::debug!(?close, "closing a socket");
        let _said = self.send(close.into_message()).await;
        ControlFlow::Break(())
    }

    /// A client that does not read must not hold this task and its streams for ever.
    async fn send(&mut self, message: Message) -> Ended<()> {
        match timeout(self.endpoint.settings.timeout, self.socket.send(message)).await {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) | Err(_) => ControlFlow::Break(()),
        }
    }
}

/// The caller in the payload of `connection_init`; `None` where it names none.
fn init_caller(verifier: &Verifier, payload: Option<&Value>) -> Result<Option<Caller>, AuthError> {
    let object = match payload {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(object)) => object,
        Some(_) => return Err(AuthError::Malformed("the payload is no object")),
    };
    let named = object.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    match named {
        None | Some((_, Value::Null)) => Ok(None),
        Some((_, Value::String(text))) => verifier.verify(bearer_text(text)?).map(Some),
        Some(_) => Err(AuthError::Malformed("authorization is no text")),
    }
}

/// How long the caller's token is good for; a day for nobody, who is then asked to come again.
fn remaining(caller: Option<&Caller>) -> Duration {
    const DAY: Duration = Duration::from_secs(86_400);
    match caller {
        None => DAY,
        Some(caller) => {
            (caller.expires_at + TokenRules::LEEWAY - Utc::now()).to_std().unwrap_or(Duration::ZERO)
        }
    }
}

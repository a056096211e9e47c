//! graphql-transport-ws: messages, close codes, tokens.

use std::time::Duration;

use cauri_api::graphql_http::GraphQlSettings;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::server::{Server, hasty, settings};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

async fn connect(
    server: &Server,
    protocol: Option<&str>,
    authorization: Option<&str>,
) -> Result<Socket, u16> {
    let mut request = format!("ws://{}/graphql/ws", server.address).into_client_request().unwrap();
    let headers = request.headers_mut();
    if let Some(protocol) = protocol {
        headers.insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    if let Some(authorization) = authorization {
        headers.insert("authorization", authorization.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(Socket(socket)),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

impl Socket {
    async fn open(server: &Server) -> Self {
        connect(server, Some("graphql-transport-ws"), None).await.ok().unwrap()
    }

    async fn initialised(server: &Server, payload: Value) -> Self {
        let mut socket = Self::open(server).await;
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.hear().await, json!({"type": "connection_ack"}));
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({"id": id, "type": "subscribe", "payload": {"query": query}})).await;
    }

    async fn next(&mut self) -> Message {
        let next = tokio::time::timeout(Duration::from_secs(20), self.0.next());
        next.await.expect("the server says something").unwrap().unwrap()
    }

    async fn hear(&mut self) -> Value {
        loop {
            match self.next().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Message::Close(Some(frame)) => {
                    return (frame.code.into(), frame.reason.as_str().to_owned());
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

fn next(id: &str, data: Value) -> Value {
    json!({"type": "next", "id": id, "payload": {"data": data}})
}

#[tokio::test]
async fn a_subscription_runs_to_its_end() {
    let server = Server::start().await;
    let mut socket = Socket::initialised(&server, json!({})).await;
    socket.subscribe("a", "subscription { count(to: 3) }").await;
    for count in 1..=3 {
        assert_eq!(socket.hear().await, next("a", json!({"count": count})));
    }
    assert_eq!(socket.hear().await, json!({"type": "complete", "id": "a"}));
    // An id is free again once it has ended; queries and mutations run here too.
    socket.subscribe("a", "mutation { echo(text: \"x\") }").await;
    assert_eq!(socket.hear().await, next("a", json!({"echo": "x"})));
    assert_eq!(socket.hear().await, json!({"type": "complete", "id": "a"}));
}

#[tokio::test]
async fn a_subscription_can_be_ended_by_the_client() {
    let server = Server::start().await;
    let mut socket = Socket::initialised(&server, Value::Null).await;
    socket.subscribe("a", "subscription { silent }").await;
    socket.say(json!({"type": "complete", "id": "a"})).await;
    socket.subscribe("a", "subscription { count(to: 1) }").await;
    assert_eq!(socket.hear().await, next("a", json!({"count": 1})));
}

#[tokio::test]
async fn who_asks_comes_from_the_payload_or_the_header() {
    let server = Server::start().await;
    let bearer = format!("Bearer {}", server.token());
    let ask = "subscription { who }";

    let mut socket = Socket::initialised(&server, json!({"authorization": bearer})).await;
    socket.subscribe("1", ask).await;
    assert_eq!(socket.hear().await, next("1", json!({"who": "u-1"})));

    let mut socket =
        connect(&server, Some("graphql-transport-ws"), Some(&bearer)).await.ok().unwrap();
    socket.say(json!({"type": "connection_init"})).await;
    assert_eq!(socket.hear().await, json!({"type": "connection_ack"}));
    socket.subscribe("1", ask).await;
    assert_eq!(socket.hear().await, next("1", json!({"who": "u-1"})));

    let mut socket = Socket::initialised(&server, json!({})).await;
    socket.subscribe("1", ask).await;
    assert_eq!(socket.hear().await, next("1", json!({"who": null})));
}

#[tokio::test]
async fn a_bad_token_opens_no_socket() {
    let server = Server::start().await;
    let stranger = format!("Bearer {}", Server::start().await.token());
    for (payload, code) in [
        (json!({"authorization": stranger}), "TOKEN_UNKNOWN_KEY"),
        (json!({"Authorization": "Bearer x"}), "TOKEN_MALFORMED"),
        (json!({"authorization": 7}), "TOKEN_MALFORMED"),
        (json!("Bearer x"), "TOKEN_MALFORMED"),
    ] {
        let mut socket = Socket::open(&server).await;
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.closed().await, (4403, code.to_owned()), "{payload}");
    }
    let refused = connect(&server, Some("graphql-transport-ws"), Some(&stranger)).await;
    assert_eq!(refused.err(), Some(401));
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let server = Server::start().await;
    // Past its end and within the leeway, so that it is good for a few seconds only.
    let token = server.token_ended(Duration::from_secs(27));
    let payload = json!({"authorization": format!("Bearer {token}")});
    let mut socket = Socket::initialised(&server, payload).await;
    socket.subscribe("a", "subscription { silent }").await;
    assert_eq!(socket.closed().await, (4403, "TOKEN_EXPIRED".to_owned()));
}

#[tokio::test]
async fn what_breaks_the_protocol_closes_the_socket_with_its_code() {
    let server = Server::start().await;
    let mut socket = Socket::open(&server).await;
    socket.subscribe("a", "{ who }").await;
    assert_eq!(socket.closed().await.0, 4401);

    for text in ["", "nonsense", "{}", r#"{"type": "start"}"#, r#"{"type": "subscribe"}"#] {
        let mut socket = Socket::open(&server).await;
        socket.0.send(Message::text(text)).await.unwrap();
        assert_eq!(socket.closed().await.0, 4400, "{text}");
    }

    let mut socket = Socket::initialised(&server, json!({})).await;
    socket.say(json!({"type": "connection_init"})).await;
    assert_eq!(socket.closed().await.0, 4429);

    let mut socket = Socket::initialised(&server, json!({})).await;
    socket.subscribe("a", "subscription { silent }").await;
    socket.subscribe("a", "subscription { silent }").await;
    assert_eq!(socket.closed().await.0, 4409);

    let server = Server::with(hasty()).await;
    assert_eq!(Socket::open(&server).await.closed().await.0, 4408);
}

#[tokio::test]
async fn other_protocols_are_refused_before_the_upgrade() {
    let server = Server::start().await;
    assert_eq!(connect(&server, None, None).await.err(), Some(400));
    assert_eq!(connect(&server, Some("graphql-ws"), None).await.err(), Some(400));
}

#[tokio::test]
async fn an_operation_that_is_wrong_ends_with_an_error_and_nothing_else() {
    let server = Server::start().await;
    let mut socket = Socket::initialised(&server, json!({})).await;
    for (query, code) in [
        ("subscription { unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { panics }", "INTERNAL"),
        ("{ panics }", "INTERNAL"),
    ] {
        socket.subscribe("a", query).await;
        let message = socket.hear().await;
        assert_eq!(message["type"], "error", "{query}: {message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{query}");
        assert!(!message.to_string().contains("secret"));
    }
    socket.say(json!({"type": "ping", "payload": {"n": 1}})).await;
    assert_eq!(socket.hear().await, json!({"type": "pong", "payload": {"n": 1}}));
}

#[tokio::test]
async fn one_socket_runs_only_so_many_operations() {
    let server = Server::with(GraphQlSettings { max_operations: 2, ..settings() }).await;
    let mut socket = Socket::initialised(&server, json!({})).await;
    for id in ["a", "b", "c"] {
        socket.subscribe(id, "subscription { silent }").await;
    }
    let message = socket.hear().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("c"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_COSTLY");
}

#[tokio::test]
async fn a_silent_client_is_let_go() {
    let heartbeat = Duration::from_millis(500);
    let server = Server::with(GraphQlSettings { heartbeat, ..settings() }).await;
    let mut socket = Socket::initialised(&server, json!({})).await;
    // Reading answers the server's pings, so this one stays.
    assert!(matches!(socket.next().await, Message::Ping(_)));
    socket.say(json!({"type": "ping"})).await;
    assert_eq!(socket.hear().await, json!({"type": "pong"}));
    // A raw connection that answers nothing is closed: its last bytes are a close frame of 4408.
    let mut raw = raw_socket(&server).await;
    let mut bytes = Vec::new();
    let reading = tokio::io::AsyncReadExt::read_to_end(&mut raw, &mut bytes);
    tokio::time::timeout(Duration::from_secs(20), reading).await.unwrap().unwrap();
    let code = 4408_u16.to_be_bytes();
    assert!(bytes.windows(2).any(|pair| pair == code), "{bytes:?}");
}

/// An initialised socket made by hand, which does not answer pings.
async fn raw_socket(server: &Server) -> TcpStream {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let head = format!(
        "GET /graphql/ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: graphql-transport-ws\r\n\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        seen.push(stream.read_u8().await.unwrap());
    }
    let init = br#"{"type":"connection_init"}"#;
    // A masked text frame; a mask of zeros leaves the text as it is.
    let mut frame = vec![0x81, 0x80 | u8::try_from(init.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(init);
    stream.write_all(&frame).await.unwrap();
    stream
}

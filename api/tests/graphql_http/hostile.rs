//! Requests that are made to hurt.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::{Server, answer, hasty, refusal, refused};

#[tokio::test]
async fn a_body_too_long_is_refused_and_the_client_hears_it() {
    let server = Server::start().await;
    for size in [64 * 1024, 200 * 1024] {
        let long = json!({"query": "{ who }", "variables": {"x": "y".repeat(size)}}).to_string();
        let answer = refusal(server.post(long.clone())).await;
        assert_eq!(answer, refused(413, "BODY_TOO_LARGE", "body"));
        // The same without a declared length: counted as it comes.
        let mut body = String::new();
        for chunk in long.as_bytes().chunks(8_192) {
            let chunk = std::str::from_utf8(chunk).unwrap();
            body.push_str(&format!("{:x}\r\n{chunk}\r\n", chunk.len()));
        }
        body.push_str("0\r\n\r\n");
        let answer = send(&server, "transfer-encoding: chunked", &body).await;
        assert!(
            answer.starts_with("HTTP/1.1 413 ") && answer.contains("BODY_TOO_LARGE"),
            "{answer}"
        );
    }
    // Far too long: the client is told before it has sent anything.
    let head = "expect: 100-continue\r\ncontent-length: 1000000000";
    let answer = send(&server, head, "").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let server = Server::with(hasty()).await;
    let answer = send(&server, "content-length: 20", "{\"query\":").await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("BODY_TOO_SLOW"), "{answer}");
}

#[tokio::test]
async fn a_bad_token_is_said_before_a_long_body_is_read() {
    let server = Server::start().await;
    let long = server.post("x".repeat(200 * 1024)).header("authorization", "Bearer x");
    assert_eq!(refusal(long).await, refused(401, "TOKEN_MALFORMED", "authorization"));
}

/// Sends a POST by hand and reads until the server closes.
async fn send(server: &Server, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{headers}\r\n\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), reading).await.unwrap().unwrap();
    answer
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_given_up() {
    let server = Server::with(hasty()).await;
    assert_eq!(refusal(server.ask("{ never }")).await, refused(503, "TIMED_OUT", ""));
}

#[tokio::test]
async fn a_panic_ends_its_own_operation_only() {
    let server = Server::start().await;
    for _ in 0..3 {
        let (status, body) = answer(server.ask("{ panics }")).await;
        assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (500, &json!("INTERNAL")));
        assert!(!body.to_string().contains("secret"), "{body}");
    }
    assert_eq!(answer(server.ask("{ who }")).await.0, 200);
}

#[tokio::test]
async fn operations_that_are_too_big_are_refused_at_once() {
    let server = Server::start().await;
    let mut doubling = String::from("{ ...f0 } ");
    for level in 0..100 {
        let next = level + 1;
        doubling.push_str(&format!("fragment f{level} on Query {{ ...f{next} ...f{next} }} "));
    }
    doubling.push_str("fragment f100 on Query { who }");
    let deep = |levels: usize| format!("{}{}", "{itself".repeat(levels), "}".repeat(levels));
    let aliases: String = (0..200).map(|n| format!("a{n}: who ")).collect();
    let started = Instant::now();
    for query in [
        doubling,
        deep(5_000),
        format!("{{ add(a: {}, b: 1) }}", "[".repeat(20_000)),
        format!("query($x: {}Int{}) {{ who }}", "[".repeat(9_000), "]".repeat(9_000)),
        format!("{{ {aliases} }}"),
        format!("{{ {} }}", "who ".repeat(3_000)),
    ] {
        let (status, code, field) = refusal(server.ask(&query)).await;
        assert_eq!((status, code.as_str(), field.as_str()), (400, "TOO_COSTLY", "query"));
    }
    // These get past the count and are refused by the library's own limits.
    for query in [
        format!("{}who{}", "{itself ".repeat(30), "}".repeat(30))
            .replacen("{itself", "{ itself", 1),
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(),
        format!("{{ who {} }}", "@skip(if: false) ".repeat(50)),
    ] {
        let (status, body) = answer(server.ask(&query)).await;
        assert_eq!((status, body.get("data")), (400, None), "{query}: {body}");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(answer(server.ask("{ who }")).await.0, 200);
}

#[tokio::test]
async fn tools_can_still_introspect() {
    let server = Server::start().await;
    let mut of_type = String::from("kind name");
    for _ in 0..9 {
        of_type = format!("kind name ofType {{ {of_type} }}");
    }
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} mutationType {{ name }} \
         subscriptionType {{ name }} types {{ ...FullType }} directives {{ name description \
         isRepeatable locations args(includeDeprecated: true) {{ ...InputValue }} }} }} }} \
         fragment FullType on __Type {{ kind name description specifiedByURL isOneOf \
         fields(includeDeprecated: true) {{ name description args(includeDeprecated: true) \
         {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated deprecationReason }} \
         inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }} \
         enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} \
         possibleTypes {{ ...TypeRef }} }} fragment InputValue on __InputValue {{ name description \
         type {{ ...TypeRef }} defaultValue isDeprecated deprecationReason }} \
         fragment TypeRef on __Type {{ {of_type} }}"
    );
    let (status, body) = answer(server.ask(&query)).await;
    assert_eq!((status, body.get("errors")), (200, None), "{body}");
    assert!(body["data"]["__schema"]["types"].as_array().unwrap().len() > 5);
}

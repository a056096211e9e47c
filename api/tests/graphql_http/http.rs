//! What the GraphQL-over-HTTP specification and our own rules ask of one request.

use serde_json::json;

use super::server::{Server, answer, refusal, refused};

#[tokio::test]
async fn an_operation_is_answered_in_the_form_that_was_asked_for() {
    let server = Server::start().await;
    for (accept, content_type) in [
        (None, "application/json; charset=utf-8"),
        (Some("*/*"), "application/json; charset=utf-8"),
        (
            Some("application/graphql-response+json, application/json;q=0.9"),
            "application/graphql-response+json; charset=utf-8",
        ),
    ] {
        let mut request = server.post(r#"{"query":"{ add(a: 1, b: 2) }"}"#);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], content_type);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.text().await.unwrap(), r#"{"data":{"add":3}}"#);
    }
    let odd = server.post(r#"{"query":"{ __typename }"}"#).header("accept", "image/png");
    assert_eq!(refusal(odd).await, refused(406, "NOT_ACCEPTABLE", "accept"));
}

#[tokio::test]
async fn all_parameters_are_read() {
    let server = Server::start().await;
    let body = json!({
        "query": "query One { who } query Two($a: Int!) { add(a: $a, b: 2) }",
        "operationName": "Two", "variables": {"a": 40}, "extensions": {"x": 1}, "more": true,
    });
    assert_eq!(answer(server.post(body.to_string())).await, (200, json!({"data": {"add": 42}})));

    let mut url = reqwest::Url::parse(&server.url()).unwrap();
    url.query_pairs_mut()
        .append_pair("query", "query($a: Int!) { add(a: $a, b: 2) }")
        .append_pair("variables", r#"{"a": 40}"#);
    assert_eq!(answer(server.client.get(url)).await, (200, json!({"data": {"add": 42}})));
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let server = Server::start().await;
    for (body, field) in [
        (json!({}), "query"),
        (json!({"query": null}), "query"),
        (json!({"query": ["{ who }"]}), "query"),
        (json!({"query": "{ who }", "operationName": 1}), "operationName"),
        (json!({"query": "{ who }", "variables": []}), "variables"),
        (json!({"query": "{ who }", "variables": "{}"}), "variables"),
        (json!({"query": "{ who }", "extensions": false}), "extensions"),
    ] {
        let request = server.post(body.to_string());
        assert_eq!(refusal(request).await, refused(400, "BAD_PARAMETER", field), "{body}");
    }
    for (query, field) in [
        ("", "query"),
        ("?variables={}", "query"),
        ("?query={who}&query={who}", "query"),
        ("?query={who}&variables=[1]", "variables"),
        ("?query={who}&extensions=nonsense", "extensions"),
    ] {
        let request = server.client.get(server.url() + query);
        assert_eq!(refusal(request).await, refused(400, "BAD_PARAMETER", field), "{query}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let server = Server::start().await;
    for body in ["", "{", "{\"query\": \"{ who }\"} more", "7", "null", "\"{ who }\"", "\u{feff}{}"]
    {
        let refusal = refusal(server.post(body)).await;
        assert_eq!(refusal, refused(400, "MALFORMED_JSON", "body"), "{body:?}");
    }
    let twice = r#"{"query": "{ who }", "query": "{ add(a: 1, b: 1) }"}"#;
    assert_eq!(refusal(server.post(twice)).await, refused(400, "MALFORMED_JSON", "body"));
    let batch = r#"[{"query": "{ who }"}, {"query": "{ who }"}]"#;
    assert_eq!(refusal(server.post(batch)).await, refused(400, "BATCH_NOT_TAKEN", "body"));
}

#[tokio::test]
async fn only_plain_json_is_taken() {
    let server = Server::start().await;
    let body = r#"{"query":"{ who }"}"#;
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
    {
        let request =
            server.client.post(server.url()).body(body).header("content-type", content_type);
        let refusal = refusal(request).await;
        assert_eq!(refusal, refused(415, "UNSUPPORTED_MEDIA_TYPE", "content-type"));
    }
    let none = server.client.post(server.url()).body(body);
    assert_eq!(refusal(none).await, refused(415, "UNSUPPORTED_MEDIA_TYPE", "content-type"));
    let zipped = server.post(body).header("content-encoding", "gzip");
    let refusal = refusal(zipped).await;
    assert_eq!(refusal, refused(415, "UNSUPPORTED_MEDIA_TYPE", "content-encoding"));
}

#[tokio::test]
async fn what_is_wrong_with_an_operation_depends_on_the_form_asked_for() {
    let server = Server::start().await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a: Int!) { add(a: $a, b: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { who } query B { who }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { count(to: 1) }", "SUBSCRIPTION_OVER_HTTP"),
    ] {
        let (status, got, _) = refusal(server.ask(query)).await;
        assert_eq!((status, got.as_str()), (400, code), "{query}");
        let plain = server.post(json!({"query": query}).to_string());
        let (status, got, _) = refusal(plain).await;
        assert_eq!((status, got.as_str()), (200, code), "{query}");
    }
}

#[tokio::test]
async fn a_field_that_fails_leaves_the_rest() {
    let server = Server::start().await;
    let (status, body) = answer(server.ask("{ itself { fails add(a: 1, b: 1) } }")).await;
    let data = json!({"itself": {"fails": null, "add": 2}});
    assert_eq!((status, &body["data"]), (200, &data), "{body}");
    assert_eq!(body["errors"][0]["path"], json!(["itself", "fails"]));
}

#[tokio::test]
async fn a_mutation_is_never_run_by_get() {
    let server = Server::start().await;
    for accept in ["application/json", "application/graphql-response+json"] {
        let request = server
            .client
            .get(server.url() + "?query=mutation{echo(text:\"x\")}")
            .header("accept", accept);
        let response = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(response.headers()["allow"], "POST");
        assert_eq!(refusal(request).await, refused(405, "MUTATION_BY_GET", "query"));
    }
    let (status, body) = answer(server.ask("mutation { echo(text: \"x\") }")).await;
    assert_eq!((status, body), (200, json!({"data": {"echo": "x"}})));
}

#[tokio::test]
async fn a_token_is_optional_but_never_wrong() {
    let server = Server::start().await;
    assert_eq!(answer(server.ask("{ who }")).await, (200, json!({"data": {"who": null}})));
    let with_token = server.ask("{ who }").bearer_auth(server.token());
    assert_eq!(answer(with_token).await, (200, json!({"data": {"who": "buyer:u-1"}})));

    let stranger = Server::start().await.token();
    let good = server.token();
    let unsigned = good.rsplit_once('.').unwrap().0;
    for (value, code) in [
        (format!("Bearer {stranger}"), "TOKEN_UNKNOWN_KEY"),
        (format!("Bearer {unsigned}.{}", "A".repeat(86)), "TOKEN_BAD_SIGNATURE"),
        (format!("Bearer {good}x"), "TOKEN_MALFORMED"),
        (good.clone(), "TOKEN_MALFORMED"),
        ("Bearer a.b.c".to_owned(), "TOKEN_MALFORMED"),
        ("Basic dTpw".to_owned(), "TOKEN_MALFORMED"),
    ] {
        let request = server.ask("{ __typename }").header("authorization", &value);
        let response = request.try_clone().unwrap().send().await.unwrap();
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer ") && challenge.contains("invalid_token"));
        assert_eq!(refusal(request).await, refused(401, code, "authorization"), "{value}");
    }
}

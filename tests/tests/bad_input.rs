//! What is wrong is answered clearly, naming the field, and changes nothing.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_api::auth::{DevKeys, TokenRules, Ttl};
use cauri_api::webhooks::{STANDARD_WEBHOOKS, STRIPE_SCHEME};
use cauri_domain::{LedgerId, Role};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

struct Setting {
    server: Server,
    ann: Uuid,
    bob: Uuid,
    head: u64,
}

impl Setting {
    async fn new() -> Self {
        let server = Server::start(&[]);
        market::open_ledger(&server).await;
        let ann = market::wallet(&server, "ama").await;
        let bob = market::wallet(&server, "kofi").await;
        market::fund(&server, ann, 1_000).await;
        let used = json!({ "commandId": Uuid::nil(), "wallet": Uuid::nil(), "owner": "one" });
        let head = server.done("TOKEN_SERVICE", "openWallet", used).await;
        Self { server, ann, bob, head }
    }

    async fn nothing_happened(&self) {
        assert_eq!(self.server.head().await, self.head, "something was appended");
    }

    /// A refused transfer's code and field.
    async fn refused(&self, token: &str, input: Value) -> (String, Option<String>) {
        let result = self.server.mutate(token, "transfer", input).await;
        assert_eq!(result["__typename"], "Refused", "{result}");
        let text = |key: &str| result[key].as_str().map(str::to_owned);
        (text("code").unwrap(), text("field"))
    }

    fn transfer(&self, amount: &str) -> Value {
        market::transfer(new_id(), self.ann, self.bob, amount)
    }

    /// Posts a body as it is; returns the status and the first error's code and field.
    async fn post(&self, token: Option<&str>, body: String) -> (u16, String, String) {
        let mut request = self.server.http().post(self.server.url("/graphql"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.header("content-type", "application/json").body(body).send().await;
        let answer = answer.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or(Value::Null);
        let error = &body["errors"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (status, text(&error["extensions"]["code"]), text(&error["extensions"]["field"]))
    }
}

fn with(mut input: Value, key: &str, value: Value) -> Value {
    input[key] = value;
    input
}

#[tokio::test]
async fn bad_input_is_answered_with_its_field_and_changes_nothing() {
    let setting = Setting::new().await;
    amounts_and_ids(&setting).await;
    other_peoples_wallets(&setting).await;
    bodies(&setting).await;
    tokens(&setting).await;
    webhooks(&setting).await;
    setting.nothing_happened().await;
}

async fn amounts_and_ids(setting: &Setting) {
    let service = "TOKEN_SERVICE";
    for (amount, code) in [
        (json!("10.5"), "SCALE_TOO_FINE"),
        (json!("0"), "AMOUNT_NOT_POSITIVE"),
        (json!("-1"), "AMOUNT_NOT_POSITIVE"),
        (json!("1e3"), "AMOUNT_NOT_A_DECIMAL"),
        (json!("99999999999999999999"), "AMOUNT_TOO_LARGE"),
        (json!("1000001"), "LIMIT_EXCEEDED"),
        (json!("1001"), "INSUFFICIENT_FUNDS"),
    ] {
        let input = with(setting.transfer("1"), "amount", amount);
        assert_eq!(setting.refused(service, input).await, (code.into(), Some("amount".into())));
    }
    for (currency, code) in
        [("ZZZ", "UNKNOWN_CURRENCY"), ("xof", "UNKNOWN_CURRENCY"), ("EUR", "WRONG_CURRENCY")]
    {
        let input = with(setting.transfer("1"), "currency", json!(currency));
        assert_eq!(setting.refused(service, input).await, (code.into(), Some("currency".into())));
    }
    for (key, id, code) in [
        ("from", new_id(), "NOT_FOUND"),
        ("to", new_id(), "NOT_FOUND"),
        ("to", setting.ann, "SAME_WALLET"),
    ] {
        let input = with(setting.transfer("1"), key, json!(id));
        assert_eq!(setting.refused(service, input).await, (code.into(), Some(key.into())));
    }
    for (labels, field) in [
        (json!({ "reference": "4242424242424242" }), "labels.reference"),
        (json!({ "reference": "a".repeat(65) }), "labels.reference"),
        (json!({ "category": "Two Words" }), "labels.category"),
        (json!({ "dimensions": [{ "name": "a b", "value": "c" }] }), "labels.dimensions.name"),
    ] {
        let input = with(setting.transfer("1"), "labels", labels);
        let refused = setting.refused(service, input).await;
        assert_eq!(refused, ("INVALID_TEXT".into(), Some(field.into())));
    }
    // A command's id used again with other content: the opening of the wallet, for somebody else.
    let reused = json!({ "commandId": Uuid::nil(), "wallet": Uuid::nil(), "owner": "two" });
    let again = setting.server.mutate(service, "openWallet", reused).await;
    assert_eq!((&again["code"], &again["field"]), (&json!("ID_REUSED"), &json!("commandId")));
}

async fn other_peoples_wallets(setting: &Setting) {
    // Kofi may not move Ama's money, nor see it.
    let refused = setting.refused("TOKEN_SELLER", setting.transfer("1")).await;
    assert_eq!(refused, ("NOT_YOURS".into(), Some("from".into())));
    let refused = setting.refused("TOKEN_AUDITOR", setting.transfer("1")).await;
    assert_eq!(refused, ("FORBIDDEN".into(), None));
    let seller = Some(setting.server.variable("TOKEN_SELLER"));
    for (query, field) in [
        (format!("{{ wallet(id: \"{}\") {{ id }} }}", setting.ann), "id"),
        ("{ wallets(owner: \"ama\") { nodes { id } } }".to_owned(), "owner"),
        ("{ journal { nodes { revision } } }".to_owned(), "journal"),
        ("{ trialBalance { revision } }".to_owned(), "trialBalance"),
    ] {
        let (_, code, named) = setting.post(seller, json!({ "query": query }).to_string()).await;
        assert_eq!((code.as_str(), named.as_str()), ("FORBIDDEN", field), "{query}");
    }
    let mine = "{ wallets { nodes { id owner } } }";
    let mine = setting.server.graphql("TOKEN_SELLER", mine, json!({})).await;
    let owners: Vec<_> =
        mine["wallets"]["nodes"].as_array().unwrap().iter().map(|w| &w["owner"]).collect();
    assert_eq!(owners, [&json!("kofi")]);
}

async fn bodies(setting: &Setting) {
    let token = Some(setting.server.variable("TOKEN_SERVICE"));
    let post = |body: String| setting.post(token, body);
    assert_eq!(post("{".into()).await.0, 400);
    assert_eq!(post("[{\"query\":\"{ version }\"}]".into()).await.0, 400);
    assert_eq!(post(json!({ "query": 7 }).to_string()).await.0, 400);
    assert_eq!(post(json!({ "query": "{ nothing }" }).to_string()).await.0, 200);
    assert_eq!(post("x".repeat(10 * 1024 * 1024)).await.0, 413);
    let deep = format!("{{ {} __typename {} }}", "wallets { nodes { ".repeat(40), "} }".repeat(40));
    let (_, code, _) = post(json!({ "query": deep }).to_string()).await;
    assert!(!code.is_empty());
    let query = "mutation($input: TransferInput!) { transfer(input: $input) { __typename } }";
    for (key, value) in [
        ("from", json!("no-uuid")),
        ("amount", json!({})),
        ("amount", json!(1.5)),
        ("surprise", json!(1)),
    ] {
        let input = with(setting.transfer("1"), key, value);
        let body = json!({ "query": query, "variables": { "input": input } }).to_string();
        let answer = setting.server.try_graphql("TOKEN_SERVICE", query, json!({ "input": serde_json::from_str::<Value>(&body).unwrap()["variables"]["input"] })).await.unwrap();
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(key) || message.contains("TransferInput"), "{key}: {message}");
    }
    for page in ["first: 0", "first: 101", "first: 1, last: 1", "after: \"zz\""] {
        let body = json!({ "query": format!("{{ wallets({page}) {{ nodes {{ id }} }} }}") });
        let (_, code, field) = post(body.to_string()).await;
        assert_eq!(code, "BAD_ARGUMENT", "{page}");
        assert!(page.contains(&field), "{page}: {field}");
    }
}

async fn tokens(setting: &Setting) {
    let query = json!({ "query": "{ me { subject } }" }).to_string();
    let (status, code, field) = setting.post(None, query.clone()).await;
    assert_eq!((status, code.as_str(), field.as_str()), (200, "UNAUTHENTICATED", "authorization"));
    let keys = DevKeys::open(setting.server.data()).unwrap();
    let mint = |rules: &TokenRules, ttl: &str| {
        let subject = "ama".parse().unwrap();
        keys.mint(rules, &subject, Role::Superadmin, &LedgerId::main(), ttl.parse::<Ttl>().unwrap())
    };
    let good = mint(&TokenRules::default(), "1h");
    assert_eq!(setting.post(Some(&good), query.clone()).await.0, 200);
    let other = TokenRules { audience: "elsewhere".into(), issuer: None };
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = DevKeys::open(elsewhere.path()).unwrap();
    let subject = "ama".parse().unwrap();
    let forged =
        stranger.mint(&TokenRules::default(), &subject, Role::Admin, &LedgerId::main(), Ttl::DAY);
    let mut tampered = good.clone();
    tampered.replace_range(good.len() - 8..good.len() - 4, "AAAA");
    for bad in [mint(&other, "1h"), forged, tampered, "not-a-token".to_owned()] {
        let (status, code, field) = setting.post(Some(&bad), query.clone()).await;
        assert_eq!((status, field.as_str()), (401, "authorization"), "{code}");
    }
}

async fn webhooks(setting: &Setting) {
    let server = &setting.server;
    let payin = new_id();
    let body = market::paid(payin, 500);
    let url = server.url("/webhooks/stripe");
    let post = |headers: Vec<(&'static str, String)>, body: String| {
        let mut request = server.http().post(&url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        async move {
            let answer = request.body(body).send().await.unwrap();
            let status = answer.status().as_u16();
            // Every refusal has the same form, whoever it is that refuses.
            let answer: Value = answer.json().await.unwrap();
            let code = answer["code"].as_str().unwrap_or_default();
            assert!(!code.is_empty() && code == code.to_uppercase(), "{status} {answer}");
            assert!(answer["message"].is_string() && answer.get("field").is_some(), "{answer}");
            status
        }
    };
    let key = STRIPE_SCHEME
        .key(&server.variable("CAURI_STRIPE_WEBHOOK_SECRET").to_owned().into())
        .unwrap();
    let now = chrono::Utc::now().timestamp();
    let sign = |at: i64, body: &str| {
        STRIPE_SCHEME.sign(std::slice::from_ref(&key), "id", at, body.as_bytes())
    };
    assert_eq!(post(vec![], body.clone()).await, 400, "no signature");
    assert_eq!(post(vec![("stripe-signature", "v1=1".into())], body.clone()).await, 400, "no time");
    assert_eq!(post(sign(now - 3_600, &body), body.clone()).await, 401, "an old time");
    assert_eq!(post(sign(now, &body), body.replace("500", "501")).await, 401, "another amount");
    assert_eq!(post(sign(now, "no json"), "no json".into()).await, 400, "unreadable");
    assert_eq!(post(sign(now, &body), "x".repeat(10 * 1024 * 1024)).await, 413, "10 MB");
    assert_eq!(server.webhook("sim", STANDARD_WEBHOOKS, "{\"type\":\"news\"}").await.0, 200);
    let negative = json!({ "type": "payin.succeeded", "id": "pi_1", "reference": payin, "amount": "-1", "currency": "XOF" });
    let (status, answer) = server.webhook("sim", STANDARD_WEBHOOKS, &negative.to_string()).await;
    assert_eq!((status, &answer["field"]), (400, &json!("amount")), "{answer}");
    let unknown =
        server.http().post(server.url("/webhooks/nobody")).body("{}").send().await.unwrap();
    assert_eq!(unknown.status().as_u16(), 404);
    let unknown: Value = unknown.json().await.unwrap();
    assert_eq!(unknown["code"], "UNKNOWN_PROVIDER", "{unknown}");
}

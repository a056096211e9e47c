//! What a server answers by itself that stands by: the same as the holder, as fresh, to nobody else,
//! and also while there is no holder.

use std::time::{Duration, Instant};

use cauri_tests::database::durable_database;
use cauri_tests::process::signal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::load::Market;
use super::node::{Node, Tokens, mutation};

/// Long enough that nobody takes over while it is looked.
const LEASE: u32 = 20;

/// The first server leads, the second stands by and answers queries.
async fn two(url: &str, lease: u32) -> (Node, Node, Market) {
    let first = Node::start(url, lease, None);
    first.until_it_leads().await;
    let second = Node::start(url, lease, Some(&first));
    second.until_it_stands_by().await;
    let market = Market::open(Tokens::of(&first), &second).await;
    second.until_it_answers_queries().await;
    (first, second, market)
}

/// An answer, and who gave it.
#[derive(Debug)]
struct Told {
    by_standby: bool,
    status: u16,
    body: Value,
}

impl Told {
    async fn of(answer: reqwest::Response) -> Self {
        let by = answer.headers().get("cauri-answered-by").cloned();
        let status = answer.status().as_u16();
        let body = answer.json().await.unwrap_or_default();
        Self { by_standby: by.is_some_and(|by| by == "standby"), status, body }
    }

    fn code(&self) -> &Value {
        &self.body["errors"][0]["extensions"]["code"]
    }
}

async fn ask(node: &Node, token: &str, query: &str, variables: Value) -> Told {
    let request = reqwest::Client::new().post(format!("{}/graphql", node.address));
    let body = json!({ "query": query, "variables": variables });
    Told::of(request.bearer_auth(token).json(&body).send().await.unwrap()).await
}

/// Asks until the holder has heard of the token's first use that day.
async fn introduce(node: &Node, token: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ask(node, token, "{ me { role } }", json!({})).await.by_standby {
        assert!(Instant::now() < deadline, "it answers nothing");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the standby answers by itself.
async fn here(node: &Node, token: &str, query: &str, variables: Value) -> Value {
    let told = ask(node, token, query, variables).await;
    assert!(told.by_standby && told.status == 200, "{query}: {told:?}");
    assert_eq!(told.body["errors"], Value::Null, "{query}");
    told.body["data"].clone()
}

async fn head(node: &Node, token: &str) -> u64 {
    let data = here(node, token, "{ ledger { head } }", json!({})).await;
    data["ledger"]["head"].as_u64().unwrap()
}

async fn pay(node: &Node, market: &Market, amount: &str) -> Told {
    let input = json!({ "commandId": Uuid::new_v4(), "from": market.from, "to": market.to,
        "amount": amount, "currency": "XOF" });
    ask(node, &market.tokens.buyer, &mutation("transfer"), json!({ "input": input })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_answers_as_the_holder_does_and_knows_of_what_it_forwarded() {
    let database = durable_database().await;
    let (first, second, market) = two(&database.url, LEASE).await;
    let tokens = &market.tokens;
    // The first use of a token is the holder's to answer, so that it is on record.
    let told = ask(&second, &tokens.finance, "{ me { role } }", json!({})).await;
    assert!(!told.by_standby && told.body["data"]["me"]["role"] == "finance", "{told:?}");
    introduce(&second, &tokens.finance).await;
    introduce(&second, &tokens.buyer).await;

    let mut paid = 0;
    for _ in 0..10 {
        let told = pay(&second, &market, "7").await;
        assert!(!told.by_standby, "mutations are the holder's");
        let revision = told.body["data"]["transfer"]["revision"].as_u64().expect("it was done");
        paid += 7;
        // The ledger itself at once; the read models as soon as they are asked to cover it.
        assert!(head(&second, &tokens.finance).await >= revision);
        let query = "query($id: UUID!, $at: Revision!) {
            wallet(id: $id, atLeastRevision: $at) { owner balances { available } } }";
        let variables = json!({ "id": market.to, "at": revision });
        let data = here(&second, &tokens.finance, query, variables).await;
        let wallet = json!({ "owner": "kofi", "balances": [{ "available": paid.to_string() }] });
        assert_eq!(data["wallet"], wallet);
    }

    let at = head(&second, &tokens.finance).await;
    for query in [
        "query($at: Revision!) { journal(atLeastRevision: $at) { edges { node {
            revision type hash postings { account side amount } } } } }",
        "query($at: Revision!) { trialBalance(atLeastRevision: $at) {
            revision rows { account currency balance } } }",
        "query($at: Revision!) { ...All } fragment All on Query {
            all: wallets(atLeastRevision: $at) { edges { node { id owner } } } __typename }",
        "query($at: Revision!) { ledger { name head applied settings { currencies } }
            payins(atLeastRevision: $at) { edges { node { status amount } } } }",
        "{ __schema { queryType { name fields { name } } } }",
    ] {
        let variables = json!({ "at": at });
        let by_standby = here(&second, &tokens.finance, query, variables.clone()).await;
        let by_holder = ask(&first, &tokens.finance, query, variables).await;
        assert!(!by_holder.by_standby);
        assert_eq!(by_standby, by_holder.body["data"], "{query}");
    }

    // Other tables take the place of those that are served, and are looked at.
    let rebuild = "mutation { rebuildReadModels { generation } }";
    let rebuilt = ask(&second, &tokens.superadmin, rebuild, json!({})).await;
    assert!(!rebuilt.by_standby && rebuilt.body["errors"].is_null(), "{rebuilt:?}");
    let deadline = Instant::now() + Duration::from_secs(60);
    let live = "SELECT id FROM cauri.generation WHERE status = 'live'";
    while sqlx::query_scalar::<_, i64>(live).fetch_one(&database.pool).await.unwrap() == 1 {
        assert!(Instant::now() < deadline, "no other tables are served");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let told = pay(&second, &market, "1").await;
    let revision = told.body["data"]["transfer"]["revision"].as_u64().expect("it was done");
    let query = "query($id: UUID!, $at: Revision!) {
        wallet(id: $id, atLeastRevision: $at) { balances { available } } }";
    let variables = json!({ "id": market.to, "at": revision });
    let data = here(&second, &tokens.finance, query, variables).await;
    assert_eq!(data["wallet"]["balances"][0]["available"], "71");
    // A revision that nobody wrote is waited for, and then it is too late, as on the holder.
    let variables = json!({ "id": market.to, "at": revision + 1_000 });
    let late = ask(&second, &tokens.finance, query, variables).await;
    assert!(late.by_standby && *late.code() == "TIMED_OUT", "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_on_record_or_is_the_holder_s_alone_is_forwarded() {
    let database = durable_database().await;
    let (_first, second, market) = two(&database.url, LEASE).await;
    let tokens = &market.tokens;
    introduce(&second, &tokens.superadmin).await;
    for query in [
        "{ auditTrail(first: 1) { edges { node { kind } } } }",
        "{ me { role } ...More } fragment More on Query { it: auditTrail(first: 1) { edges { cursor } } }",
        "{ readModels { generation } }",
        "{ auditCheckpoint { origin } }",
        "{ webhookEndpoints { id } }",
        "query A { me { role } } mutation B { rebuildReadModels { generation } }",
    ] {
        let told = ask(&second, &tokens.superadmin, query, json!({})).await;
        assert!(!told.by_standby && told.status < 500, "{query}: {told:?}");
    }
    let told = ask(&second, &tokens.superadmin, "{ readModels { generation } }", json!({})).await;
    assert!(told.body["data"]["readModels"]["generation"].is_u64(), "{told:?}");

    // Who is not known, or not by a good token, is refused by whoever keeps the record.
    let http = reqwest::Client::new();
    let url = format!("{}/graphql", second.address);
    let body = json!({ "query": "{ me { role } }" });
    let told = Told::of(http.post(&url).json(&body).send().await.unwrap()).await;
    assert!(!told.by_standby && *told.code() == "UNAUTHENTICATED", "{told:?}");
    let told = ask(&second, "a.bad.token", "{ me { role } }", json!({})).await;
    assert!(!told.by_standby && told.status == 401, "{told:?}");
    let by_get = http.get(format!("{url}?query=%7Bversion%7D")).bearer_auth(&tokens.finance);
    assert!(!Told::of(by_get.send().await.unwrap()).await.by_standby);
    // So is a refusal.
    introduce(&second, &tokens.buyer).await;
    let told = ask(&second, &tokens.buyer, "{ trialBalance { revision } }", json!({})).await;
    assert!(!told.by_standby && *told.code() == "FORBIDDEN", "{told:?}");

    // Where the read models are each server's own, everything is forwarded.
    let third = Node::start_with(&database.url, None, LEASE, Some(&second));
    third.until_it_stands_by().await;
    for _ in 0..3 {
        let told = ask(&third, &tokens.superadmin, "{ me { role } }", json!({})).await;
        assert!(!told.by_standby && told.body["data"]["me"]["role"] == "superadmin", "{told:?}");
    }
    assert_eq!(third.ready().await["queries"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_removed_is_refused_with_the_next_question() {
    let database = durable_database().await;
    let (first, second, market) = two(&database.url, LEASE).await;
    let tokens = &market.tokens;
    introduce(&second, &tokens.buyer).await;
    let query = "query($id: UUID!) { wallet(id: $id) { owner } }";
    let wallet = || json!({ "id": market.to });
    for _ in 0..10 {
        let refused = ask(&second, &tokens.buyer, query, wallet()).await;
        assert_eq!(*refused.code(), "FORBIDDEN", "{refused:?}");
        let input = json!({ "commandId": Uuid::new_v4(), "wallet": market.to, "subject": "ama",
            "may": "VIEW" });
        first.done(&tokens.service, "grantWalletMember", input).await;
        let data = here(&second, &tokens.buyer, query, wallet()).await;
        assert_eq!(data["wallet"]["owner"], "kofi");
        let input = json!({ "commandId": Uuid::new_v4(), "wallet": market.to, "subject": "ama" });
        first.done(&tokens.service, "revokeWalletMember", input).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_are_answered_while_there_is_no_holder() {
    let database = durable_database().await;
    let (mut first, second, market) = two(&database.url, 8).await;
    let tokens = &market.tokens;
    introduce(&second, &tokens.finance).await;
    let told = pay(&first, &market, "12").await;
    let revision = told.body["data"]["transfer"]["revision"].as_u64().expect("it was done");
    let at = "query($id: UUID!, $at: Revision!) {
        wallet(id: $id, atLeastRevision: $at) { balances { available } } }";
    let variables = || json!({ "id": market.to, "at": revision });
    let twelve = json!([{ "available": "12" }]);
    let data = here(&second, &tokens.finance, at, variables()).await;
    assert_eq!(data["wallet"]["balances"], twelve);

    // One that does not run and one that is gone are the same to who asks.
    signal("-STOP", &[first.process.id()]);
    let began = Instant::now();
    let mut answered = 0;
    while began.elapsed() < Duration::from_secs(4) {
        assert!(head(&second, &tokens.finance).await >= revision);
        let data = here(&second, &tokens.finance, at, variables()).await;
        assert_eq!(data["wallet"]["balances"], twelve);
        answered += 1;
        if answered == 20 {
            first.process.kill().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(answered > 20, "{answered}");
    let told = pay(&second, &market, "1").await;
    assert!(!told.by_standby && told.status >= 500, "nobody can write: {told:?}");

    // Whoever takes over does not stand by any more.
    second.until_it_leads().await;
    let told = ask(&second, &tokens.finance, at, variables()).await;
    assert!(!told.by_standby && told.body["data"]["wallet"]["balances"] == twelve, "{told:?}");
    let told = pay(&second, &market, "1").await;
    assert!(told.body["data"]["transfer"]["revision"].as_u64() > Some(revision), "{told:?}");
}

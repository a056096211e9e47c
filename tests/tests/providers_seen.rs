//! What finance sees of providers: how they are set up, what they said last, and what waits for one
//! that is away and comes back. The simulated provider is a process of its own, started and killed.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::market;
use cauri_tests::process::cauri;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

const PROVIDERS: &str = "query($name: String) { providers(name: $name) {
    name kind servesAllLedgers webhookPath webhookKeys isAskedBeforeBooking paysOut
    settings { name isSecret isRequired isSet }
    routes { place currency destinationPrefix least most providers }
    circuit { state since nextTryAt outages }
    payments { open unknown asking waiting }
    lastDelivery { receivedAt kind } rejected { count lastAt lastCode }
    clearing { account currency balance oldestAt } suspense { balance } } }";

/// The simulated provider, listening where the server expects it.
struct Simulator(Child);

impl Simulator {
    fn start(server: &Server, listen: &str, folder: &std::path::Path) -> Self {
        let child = cauri(&["simulate-provider", "--listen", listen, "--webhook-url"])
            .arg(server.url("/webhooks/sim"))
            .arg("--data-dir")
            .arg(folder)
            .env("CAURI_SIM_WEBHOOK_SECRET", server.variable("CAURI_SIM_WEBHOOK_SECRET"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn providers(server: &Server) -> Vec<Value> {
    let data = server.graphql("TOKEN_FINANCE", PROVIDERS, json!({})).await;
    data["providers"].as_array().unwrap().clone()
}

async fn provider(server: &Server, name: &str) -> Value {
    let data = server.graphql("TOKEN_FINANCE", PROVIDERS, json!({ "name": name })).await;
    let [only] = &data["providers"].as_array().unwrap()[..] else { panic!("{data}") };
    assert_eq!(only["name"], name);
    only.clone()
}

/// The simulated provider as soon as it looks so.
async fn becomes(server: &Server, what: &str, mut is_so: impl FnMut(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let seen = provider(server, "sim").await;
        if is_so(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "{what}: {seen}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn given_or_waiting(seen: &Value) -> u64 {
    let count = |what: &str| seen["payments"][what].as_u64().unwrap();
    count("open") + count("waiting")
}

async fn withdraw(server: &Server, wallet: Uuid) -> Uuid {
    let withdrawal = new_id();
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal, "wallet": wallet,
        "amount": "100", "currency": "XOF", "destination": "momo" });
    server.done("TOKEN_SERVICE", "requestWithdrawal", input).await;
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal });
    server.done("TOKEN_FINANCE", "approveWithdrawal", input).await;
    withdrawal
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_seen_to_go_away_and_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let server = Server::start(&["--demo", "--simulator-url", &format!("http://{address}")]);
    let wallet = market::wallet(&server, "ama").await;
    market::fund(&server, wallet, 10_000).await;

    // Nobody is there, and nobody was asked.
    let sim = provider(&server, "sim").await;
    assert_eq!((&sim["kind"], &sim["paysOut"]), (&json!("sim"), &json!(true)));
    assert_eq!(
        (&sim["circuit"]["state"], &sim["circuit"]["since"]),
        (&json!("CLOSED"), &Value::Null)
    );
    assert_eq!(sim["payments"], json!({ "open": 0, "unknown": 0, "asking": 0, "waiting": 0 }));
    assert_eq!((&sim["lastDelivery"], &sim["rejected"]), (&Value::Null, &Value::Null));

    let mut withdrawals = Vec::new();
    for _ in 0..6 {
        withdrawals.push(withdraw(&server, wallet).await);
    }
    // Those that came after it was left alone are given to nobody.
    let is_left_alone =
        |it: &Value| it["circuit"]["state"] != "CLOSED" && given_or_waiting(it) == 6;
    let open = becomes(&server, "it is left alone", is_left_alone).await;
    let circuit = &open["circuit"];
    assert!(circuit["outages"].as_u64().unwrap() >= 5, "{open}");
    assert!(circuit["since"].is_string() && circuit["nextTryAt"].is_string(), "{open}");
    assert_eq!(open["payments"]["unknown"], 0, "nothing of them ever left: {open}");
    for _ in 0..3 {
        withdrawals.push(withdraw(&server, wallet).await);
    }
    let more = becomes(&server, "they wait", |it| given_or_waiting(it) == 9).await;
    assert!(more["payments"]["waiting"].as_u64().unwrap() >= 3, "{more}");

    // It comes back.
    let simulator = Simulator::start(&server, &address, folder.path());
    for withdrawal in &withdrawals {
        server.becomes("withdrawal", *withdrawal, "PAID").await;
    }
    let nothing = json!({ "open": 0, "unknown": 0, "asking": 0, "waiting": 0 });
    let closed = becomes(&server, "all is paid", |it| it["payments"] == nothing).await;
    assert_eq!(closed["circuit"]["state"], "CLOSED");
    assert_eq!(
        (&closed["circuit"]["nextTryAt"], &closed["circuit"]["outages"]),
        (&Value::Null, &json!(0))
    );
    assert_ne!(closed["circuit"]["since"], open["circuit"]["since"]);
    let last = becomes(&server, "its webhooks came", |it| it["lastDelivery"].is_object()).await;
    assert!(last["lastDelivery"]["kind"].as_str().unwrap().starts_with("payout."), "{last}");
    assert_eq!(last["clearing"][0]["balance"], "-900", "{last}");

    // It takes a payment on and says nothing of use: nobody knows whether it has it.
    misbehaves(&server, &address, json!({ "error_bp": 10_000 })).await;
    let doubtful = withdraw(&server, wallet).await;
    becomes(&server, "nobody knows", |it| it["payments"]["unknown"] == 1).await;
    misbehaves(&server, &address, json!({})).await;
    server.becomes("withdrawal", doubtful, "PAID").await;
    becomes(&server, "it is known", |it| it["payments"] == nothing).await;

    // It goes away again, with nothing on its way: that is found out when it is asked next.
    drop(simulator);
    for _ in 0..6 {
        withdraw(&server, wallet).await;
    }
    let away = becomes(&server, "it is away again", |it| it["circuit"]["state"] == "OPEN").await;
    assert_ne!(away["circuit"]["since"], closed["circuit"]["since"]);
    let ready: Value =
        server.http().get(server.url("/readyz")).send().await.unwrap().json().await.unwrap();
    let told = ready.to_string();
    assert!(told.contains("\"circuit\":\"open\""), "readyz says the same: {told}");
}

async fn misbehaves(server: &Server, address: &str, how: Value) {
    let url = format!("http://{address}/v1/misbehaviour");
    let answer = server.http().put(url).json(&how).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{how}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_configured_is_seen_and_no_secret_is() {
    const PAYPAL_SECRET: &str = "paypal-client-secret-1";
    const FEDAPAY_KEY: &str = "fedapay-api-key-1";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("providers.toml");
    let text = r#"
        [[account]]
        name = "fedapay-togo"
        kind = "fedapay"
        ledgers = ["main"]
        webhook_secrets = ["env:FEDAPAY_WH_NEW", "env:FEDAPAY_WH_OLD"]
        [account.settings]
        api_key = "env:FEDAPAY_KEY"

        [[account]]
        name = "elsewhere"
        kind = "fedapay"
        ledgers = ["togo"]
        webhook_secrets = ["env:FEDAPAY_WH_NEW"]

        [[route]]
        currency = "XOF"
        destination = "tmoney:"
        most = "500000"
        providers = ["fedapay-togo"]
    "#;
    std::fs::write(&file, text).unwrap();
    let variables = [
        ("CAURI_PROVIDERS", file.to_str().unwrap()),
        ("FEDAPAY_WH_NEW", "wh-new-1"),
        ("FEDAPAY_WH_OLD", "wh-old-1"),
        ("FEDAPAY_KEY", FEDAPAY_KEY),
        ("CAURI_PAYPAL_URL", "http://127.0.0.1:9"),
        ("CAURI_PAYPAL_CLIENT_ID", "client"),
        ("CAURI_PAYPAL_CLIENT_SECRET", PAYPAL_SECRET),
        ("CAURI_PAYPAL_WEBHOOK_ID", "WH-1"),
        ("CAURI_PAYPAL_MERCHANT_ID", "OURS"),
    ];
    let server = Server::start_with(&[], &variables);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ama").await;
    market::fund(&server, wallet, 5_000).await;

    let seen = providers(&server).await;
    let names: Vec<_> = seen.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(!names.contains(&"elsewhere"), "another ledger's account: {names:?}");
    let text = json!(seen).to_string();
    let stripe_secret = server.variable("CAURI_STRIPE_WEBHOOK_SECRET");
    for secret in [PAYPAL_SECRET, FEDAPAY_KEY, "wh-new-1", "wh-old-1", stripe_secret] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }

    let fedapay = provider(&server, "fedapay-togo").await;
    assert_eq!((&fedapay["kind"], &fedapay["paysOut"]), (&json!("fedapay"), &json!(true)));
    assert_eq!(fedapay["webhookPath"], "/webhooks/main/fedapay-togo");
    assert_eq!(fedapay["webhookKeys"].as_array().unwrap().len(), 2);
    let routes = json!([{ "place": 1, "currency": "XOF", "destinationPrefix": "tmoney:",
        "least": null, "most": "500000", "providers": ["fedapay-togo"] }]);
    assert_eq!(fedapay["routes"], routes);
    assert_eq!(fedapay["circuit"]["state"], "CLOSED");
    let settings = json!([
        { "name": "api_key", "isSecret": true, "isRequired": false, "isSet": true },
        { "name": "confirm_above", "isSecret": false, "isRequired": false, "isSet": false },
        { "name": "networks", "isSecret": false, "isRequired": false, "isSet": false },
        { "name": "url", "isSecret": false, "isRequired": false, "isSet": false },
    ]);
    assert_eq!(fedapay["settings"], settings);
    let paypal = provider(&server, "paypal").await;
    assert_eq!(
        (&paypal["isAskedBeforeBooking"], &paypal["paysOut"]),
        (&json!(true), &json!(false)),
        "it gives back, and pays nothing out: {paypal}"
    );
    assert_eq!(paypal["circuit"]["state"], "CLOSED");

    // What it said last, and what somebody said in its name.
    let answer =
        server.http().post(server.url("/webhooks/stripe")).body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let stripe = provider(&server, "stripe").await;
    assert_eq!(stripe["lastDelivery"]["kind"], "payment_intent.succeeded", "{stripe}");
    assert_eq!(stripe["rejected"]["count"], 1, "{stripe}");
    assert!(stripe["rejected"]["lastCode"].is_string() && stripe["circuit"].is_null(), "{stripe}");

    // Money that matches nothing, told twice: the second time is the last time, too.
    let unmatched = market::paid(new_id(), 70);
    let mut times = Vec::new();
    for effect in ["applied", "already"] {
        let (status, answer) = server.webhook("stripe", STRIPE_SCHEME, &unmatched).await;
        assert_eq!((status, &answer["effect"]), (200, &json!(effect)), "{answer}");
        let stripe = provider(&server, "stripe").await;
        times.push(stripe["lastDelivery"]["receivedAt"].as_str().unwrap().to_owned());
    }
    assert!(times[0] < times[1], "{times:?}");
    let head = server.head().await;
    assert_eq!(server.available(wallet, "XOF", head).await, "5000");
    let stripe = provider(&server, "stripe").await;
    assert_eq!(
        (&stripe["clearing"][0]["account"], &stripe["clearing"][0]["balance"]),
        (&json!("clearing:stripe"), &json!("5070"))
    );
    assert_eq!(stripe["suspense"], json!([{ "balance": "70" }]));

    for token in ["TOKEN_SERVICE", "TOKEN_BUYER", "TOKEN_SELLER"] {
        let refused = server.try_graphql(token, PROVIDERS, json!({})).await.unwrap();
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{token}: {refused}");
    }
}

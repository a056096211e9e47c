//! Who pays a withdrawal: the simulated provider where its account says that it is, by the routes of
//! the file; and what is seen of withdrawals that nobody can pay.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use cauri_api::simulator::{Simulator, SimulatorArgs};
use cauri_tests::market;
use cauri_tests::process::{cauri, signal};
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

/// A simulated provider somewhere else, whose webhooks reach nobody: it is asked what became of
/// payouts.
async fn simulator(folder: &Path) -> String {
    let simulator = Simulator::bind(SimulatorArgs {
        listen: "127.0.0.1:0".parse().unwrap(),
        webhook_url: "http://127.0.0.1:9/webhooks/sim".parse().unwrap(),
        webhook_secret: SECRET.to_owned().into(),
        stripe_secret: None,
        fedapay_secret: None,
        data_dir: folder.join("sim"),
        delay_ms: 10,
    });
    let simulator = simulator.await.unwrap();
    let url = simulator.url();
    tokio::spawn(simulator.serve(std::future::pending()));
    url
}

fn written(folder: &Path, text: &str) -> PathBuf {
    let file = folder.join("providers.toml");
    std::fs::write(&file, text).unwrap();
    file
}

async fn text(server: &Server, path: &str) -> String {
    server.http().get(server.url(path)).send().await.unwrap().text().await.unwrap()
}

/// How the main ledger's process managers stand, once this is so.
async fn processes(server: &Server, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let ready: Value = serde_json::from_str(&text(server, "/readyz").await).unwrap();
        let of_main = ready["processes"][0].clone();
        if is_so(&of_main) {
            return of_main;
        }
        assert!(Instant::now() < deadline, "{of_main}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_of_the_simulated_provider_pays_where_it_says_and_what_nobody_pays_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let url = simulator(folder.path()).await;
    let file = written(
        folder.path(),
        &format!(
            r#"
            [[account]]
            name = "sim"
            kind = "sim"
            webhook_secrets = ["env:SIM_SECRET"]
            [account.settings]
            url = "{url}"
            [[route]]
            currency = "XOF"
            most = "1000"
            providers = ["sim"]
            [[route]]
            destination = "tmoney:"
            providers = ["sim"]
            "#
        ),
    );
    let file = file.to_str().unwrap();
    let server =
        Server::start_logged(&["--providers", file], &[("SIM_SECRET", SECRET)], "cauri=warn");
    assert_eq!(server.variable("CAURI_SIM_URL"), url, "demos find it");
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;
    market::fund(&server, wallet, 20_000).await;

    let small = market::withdraw(&server, wallet, "500", "momo-1").await;
    server.becomes("withdrawal", small, "PAID").await;
    // The log has a reference; the route is for what it stands for.
    let query = "mutation($input: StoreDestinationInput!) { storeDestination(input: $input) {
        ... on DestinationStored { reference } } }";
    let input =
        json!({ "commandId": new_id(), "wallet": wallet, "destination": "tmoney:+22890112233" });
    let stored = server.graphql("TOKEN_SERVICE", query, json!({ "input": input })).await;
    let reference = stored["storeDestination"]["reference"].as_str().unwrap();
    assert!(reference.starts_with("vlt_"), "{stored}");
    let kept = market::withdraw(&server, wallet, "4000", reference).await;
    server.becomes("withdrawal", kept, "PAID").await;
    let large = market::withdraw(&server, wallet, "5000", "momo-1").await;
    let seen = processes(&server, |it| it["withoutProvider"] == 1).await;
    assert_eq!(seen["waitingForProvider"], 0);
    let sim = &seen["providers"][0];
    assert_eq!((&sim["provider"], &sim["circuit"]), (&json!("sim"), &json!("closed")), "{seen}");
    let metrics = text(&server, "/metrics").await;
    assert!(metrics.contains("cauri_payments_without_provider{ledger=\"main\"} 1"), "{metrics}");
    let log = server.log();
    assert!(log.contains("a payment waits") && log.contains(&large.to_string()), "{log}");
    assert!(!log.contains(&small.to_string()) && !log.contains("90112233"), "{log}");
}

/// What a server says that does not start with this file.
fn refused(folder: &Path, text: &str) -> String {
    let file = written(folder, text);
    let output = cauri(&["serve", "--dev", "--listen", "127.0.0.1:0", "--providers"])
        .arg(&file)
        .arg("--data-dir")
        .arg(folder.join("data"))
        .env("A_SECRET", SECRET)
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).replace(&file.display().to_string(), "FILE")
}

#[test]
fn a_route_to_who_cannot_pay_keeps_the_server_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(
        folder.path(),
        "[[account]]\nname = \"sim\"\nwebhook_secrets = [\"env:A_SECRET\"]\n
         [[route]]\nproviders = [\"sim\"]\n",
    );
    assert!(
        said.contains("FILE: route 1: providers names \"sim\", which cannot pay out"),
        "{said}"
    );
}

#[test]
fn a_demo_is_development_and_says_where_each_accounts_deliveries_go() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(
        folder.path(),
        "[[account]]\nname = \"stripe-togo\"\nkind = \"stripe\"\nledgers = [\"main\", \"togo\"]
         webhook_secrets = [\"env:A_SECRET\"]\n",
    );
    let server = cauri(&["serve", "--demo", "--listen", "127.0.0.1:0", "--providers"])
        .arg(&file)
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .env("A_SECRET", SECRET)
        .stdout(Stdio::piped())
        .spawn();
    let mut server = server.unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<_> = lines.take_while(|line| !line.contains("Tokens for a day")).collect();
    signal("-TERM", &[server.id()]);
    server.wait().unwrap();
    for path in ["/webhooks/stripe-togo", "/webhooks/togo/stripe-togo", "/webhooks/sim"] {
        assert!(said.iter().any(|line| line.ends_with(path)), "{path}: {said:?}");
    }
    assert!(!said.iter().any(|line| line.ends_with("/webhooks/stripe")), "{said:?}");
}

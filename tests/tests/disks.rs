//! The whole server on disks that fail: the power is cut, syncs and writes fail or are torn.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_disks::{Cut, Faulty, LoopDisk};
use cauri_tests::acknowledged::{Acknowledged, check, load};
use cauri_tests::market;
use cauri_tests::process::cauri;
use cauri_tests::server::{Server, new_id};
use cauri_verify::log;
use cauri_verify::note::{Checkpoint, Key};
use serde_json::{Value, json};
use uuid::Uuid;

const CLIENTS: usize = 8;

/// A marketplace with two wallets, the first with a million.
async fn furnished(server: &Server) -> (Uuid, Uuid) {
    market::open_ledger(server).await;
    let (from, to) = (market::wallet(server, "ann").await, market::wallet(server, "bob").await);
    market::fund(server, from, 1_000_000).await;
    (from, to)
}

/// Lets clients ask until they are no longer answered.
async fn until_it_stops(server: &Arc<Server>, from: Uuid, to: Uuid) -> Acknowledged {
    let clients: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(load(Arc::clone(server), from, to))).collect();
    let mut acknowledged = Acknowledged::new();
    for client in clients {
        acknowledged.extend(client.await.unwrap());
    }
    acknowledged
}

async fn readiness(server: &Server) -> (u16, Value) {
    let answer = server.http().get(server.url("/readyz")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// A step of the log fails under load: the server says where, takes nothing more, and ends with an
/// error; without the fault it is there again, with all that it acknowledged.
async fn it_stops_and_says_where(what: &str, error: &str) {
    // How many steps the start takes depends on how fast the machine is.
    for number in [150, 300, 600] {
        if stopped_and_said_where(&what.replace('N', &number.to_string()), error).await {
            return;
        }
    }
    panic!("{what}: always before the first transfer");
}

/// The same with the fault at one step; false where that came before the first transfer.
async fn stopped_and_said_where(order: &str, error: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let faulty = Faulty::new(order, data.join("log"));
    let variables = faulty.variables();
    let variables: Vec<_> =
        variables.iter().map(|(name, it)| (name.as_str(), it.as_str())).collect();
    let server = Server::start_in(&data, &["--snapshot-every", "50"], &variables);
    let (from, to) = furnished(&server).await;
    let server = Arc::new(server);
    let acknowledged = until_it_stops(&server, from, to).await;
    assert_eq!(faulty.happened().len(), 1, "{order}");
    if acknowledged.is_empty() {
        return false;
    }

    // It says so, to machines and to people, and goes on saying so.
    let place = ["/log/main/", "revision", error];
    for _ in 0..2 {
        let (status, ready) = readiness(&server).await;
        let fault = ready["ledgers"][0]["fault"].as_str().unwrap_or_default();
        assert_eq!((status, &ready["ready"]), (503, &json!(false)), "{order}: {ready}");
        assert!(place.iter().all(|part| fault.contains(part)), "{order}: {ready}");
        let query = "mutation($input: TransferInput!) { transfer(input: $input) { __typename } }";
        let input = json!({ "input": market::transfer(new_id(), from, to, "1") });
        let refused = server.try_graphql("TOKEN_SERVICE", query, input).await.unwrap();
        assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{refused}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let said = server.log();
    let line = said.lines().find(|line| line.contains("the ledger has stopped"));
    let line = line.unwrap_or_else(|| panic!("{order}: {said}"));
    assert!(place.iter().all(|part| line.contains(part)), "{order}: {line}");

    let mut server = Arc::into_inner(server).expect("the clients are gone");
    assert_eq!(server.stop(), Some(1), "{order}: {}", server.log());
    assert!(server.log().contains("cauri: ledger main has stopped"), "{}", server.log());
    server.forget("LD_PRELOAD");
    server.restart();
    check(&server, &acknowledged, from, to).await;
    assert_eq!(readiness(&server).await.0, 200, "{order}");
    let more = market::transfer(new_id(), from, to, "1");
    server.done("TOKEN_SERVICE", "transfer", more).await;
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_stops_the_ledger() {
    it_stops_and_says_where("sync N eio", "Input/output error").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_write_stops_the_ledger() {
    it_stops_and_says_where("write N torn", "Input/output error").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_amid_a_write_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let faulty = Faulty::new("write 90 torn-kill", data.join("log"));
    let variables = faulty.variables();
    let variables: Vec<_> =
        variables.iter().map(|(name, it)| (name.as_str(), it.as_str())).collect();
    let server = Server::start_in(&data, &[], &variables);
    let (from, to) = furnished(&server).await;
    let server = Arc::new(server);
    let acknowledged = until_it_stops(&server, from, to).await;
    assert!(!acknowledged.is_empty() && faulty.happened().len() == 1);
    let mut server = Arc::into_inner(server).expect("the clients are gone");
    server.forget("LD_PRELOAD");
    server.restart();
    check(&server, &acknowledged, from, to).await;
}

/// Where it cannot be opened, it does not start: which file, why, and exit code 1.
#[test]
fn a_log_that_cannot_be_written_at_the_start_is_no_start() {
    for (order, error) in [
        // The lock's name of who holds it, then the zeros of the first segment.
        ("write 2 full", "No space left on device"),
        ("sync 2 eio", "Input/output error"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        // A ledger is made by the first command of the demo's furnishing.
        let faulty = Faulty::new(order, folder.path().join("log"));
        let mut command = cauri(&["serve", "--dev", "--demo", "--listen", "127.0.0.1:0"]);
        command.arg("--data-dir").arg(folder.path()).env("CAURI_LOG", "warn");
        let output = command.envs(faulty.variables()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{order}: {said}");
        assert!(said.contains(error) && said.contains("/log"), "{order}: {said}");
    }
}

/// Webhooks that were taken, until the server is gone.
async fn deliver(server: Arc<Server>, wallet: Uuid) -> Vec<Uuid> {
    let query = "mutation($input: InitiatePayinInput!) { initiatePayin(input: $input) { __typename
        ... on PayinChanged { revision } } }";
    let mut taken = Vec::new();
    loop {
        let payin = new_id();
        let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
            "amount": "5", "currency": "XOF", "provider": "stripe" });
        let asked = server.try_graphql("TOKEN_SERVICE", query, json!({ "input": input })).await;
        let Ok(Some(_)) = asked.map(|it| it["data"]["initiatePayin"]["revision"].as_u64()) else {
            return taken;
        };
        let body = market::paid(payin, 5);
        match server.try_webhook("stripe", STRIPE_SCHEME, &body).await {
            Ok((200, _)) => taken.push(payin),
            Ok(_) | Err(_) => return taken,
        }
    }
}

/// The last checkpoint that was given away before the server was gone.
async fn sign(server: Arc<Server>) -> Option<String> {
    let mut last = None;
    loop {
        let query = "{ auditCheckpoint { note } }";
        let signed = server.try_graphql("TOKEN_AUDITOR", query, json!({})).await;
        let note = signed
            .ok()
            .and_then(|it| Some(it["data"]["auditCheckpoint"]["note"].as_str()?.to_owned()));
        let Some(note) = note else { return last };
        last = Some(note);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn audit(data: &Path, what: &str) -> String {
    let mut command = cauri(&["audit", what]);
    let output = command.arg("--data-dir").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const ROUNDS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_cuts_of_the_whole_server_lose_nothing() {
    let Some(disk) = LoopDisk::new(768) else { return };
    let data = disk.path().join("data");
    let arguments = ["--snapshot-every", "200", "--audit-every", "1"];
    let mut server = Server::start_in(&data, &arguments, &[]);
    let (from, to) = furnished(&server).await;
    let shop = market::wallet(&server, "shop").await;
    let (mut acknowledged, mut taken, mut checkpoints) =
        (Acknowledged::new(), Vec::new(), Vec::new());
    let key = Key::parse(&audit(&data, "key")).unwrap();
    for round in 0..ROUNDS {
        let shared = Arc::new(server);
        let delivering = tokio::spawn(deliver(Arc::clone(&shared), shop));
        let signing = tokio::spawn(sign(Arc::clone(&shared)));
        let loading = {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move { until_it_stops(&shared, from, to).await })
        };
        tokio::time::sleep(Duration::from_millis(250 + round * 170)).await;
        disk.cut(if round % 2 == 0 { Cut::Nothing } else { Cut::JournalFlushed });
        shared.signal_kill_everything();
        acknowledged.extend(loading.await.unwrap());
        taken.extend(delivering.await.unwrap());
        checkpoints.extend(signing.await.unwrap());
        server = Arc::into_inner(shared).expect("the clients are gone");
        server.kill9_everything();
        disk.back();
        server.restart();

        check(&server, &acknowledged, from, to).await;
        // A webhook that was answered with 200 is applied, now or as soon as it can be.
        let began = Instant::now();
        for payin in &taken {
            server.becomes("payin", *payin, "SUCCEEDED").await;
        }
        assert!(began.elapsed() < Duration::from_secs(30));
        // What was signed is still so, and is gone on from.
        let leaves = audit(&data, "export-leaves");
        let signed: Vec<_> =
            checkpoints.iter().map(|note| Checkpoint::open(note, &key).unwrap()).collect();
        log::check(leaves.as_bytes(), &signed).unwrap();
        audit(&data, "checkpoint");
    }
    assert!(acknowledged.len() > 100, "only {} transfers", acknowledged.len());
    assert!(taken.len() > 10 && checkpoints.len() > 2, "{} {}", taken.len(), checkpoints.len());
    server.stop();
    let output = cauri(&["verify", "--data-dir"]).arg(&data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

//! Backups of servers under load, and servers that were restored from them.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cauri_api::backup::{BackedUpLedger, LEFT_OUT, Manifest, TABLES};
use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_domain::LedgerId;
use cauri_tests::database::fresh_database;
use cauri_tests::market;
use cauri_tests::process::cauri;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

/// What it says, and whether it was content.
fn run(arguments: &[&str]) -> (bool, String) {
    let output = cauri(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn backup(data: &Path, folder: &Path) -> String {
    let (done, said) = run(&["backup", text(folder), "--data-dir", text(data)]);
    assert!(done, "{said}");
    said
}

fn restore(folder: &Path, data: &Path, more: &[&str]) -> (bool, String) {
    run(&[&["restore", text(folder), "--data-dir", text(data)], more].concat())
}

fn manifest(folder: &Path) -> Manifest {
    let file = fs::read(folder.join("backup.json")).unwrap();
    let sealed: Value = serde_json::from_slice(&file).unwrap();
    serde_json::from_value(sealed["backup"].clone()).unwrap()
}

/// What a backup holds of the main ledger.
fn main_of(folder: &Path) -> BackedUpLedger {
    let ledgers = manifest(folder).ledgers;
    ledgers.into_iter().find(|it| it.ledger == LedgerId::main()).unwrap()
}

/// The last revision that a backup holds.
fn last(folder: &Path) -> u64 {
    main_of(folder).events - 1
}

/// A server on what a restore made, with the keys of the one before.
fn server_on(restored: &Path, keys: &Path) -> Server {
    let mut server = Server::start(&[]);
    assert_eq!(server.stop(), Some(0));
    for entry in fs::read_dir(server.data()).unwrap() {
        let path = entry.unwrap().path();
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.unwrap();
    }
    // The private Postgres is not moved with the folder: its rows are in place where it was restored.
    copy_owned(restored, server.data());
    fs::copy(keys, server.data().join("vault.key")).unwrap();
    server.restart();
    server
}

/// With owners and rights, as Postgres' files need them.
fn copy_owned(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(status.unwrap().success());
}

/// What every wallet could spend as of a revision.
async fn balances(server: &Server, wallets: &[Uuid], revision: u64) -> Vec<Value> {
    let query = "query($id: UUID!, $at: Revision!) { wallet(id: $id, atLeastRevision: $at) {
        balances(asOf: { revision: $at }) { currency available } } }";
    let mut all = Vec::new();
    for wallet in wallets {
        let variables = json!({ "id": wallet, "at": revision });
        all.push(server.graphql("TOKEN_FINANCE", query, variables).await["wallet"].clone());
    }
    all
}

async fn store_destination(server: &Server, wallet: Uuid) -> String {
    let query = "mutation($input: StoreDestinationInput!) { storeDestination(input: $input) {
        ... on DestinationStored { reference } } }";
    let input = json!({ "commandId": new_id(), "wallet": wallet, "destination": "+22890112233" });
    let data = server.graphql("TOKEN_SERVICE", query, json!({ "input": input })).await;
    data["storeDestination"]["reference"].as_str().unwrap().to_owned()
}

async fn is_erased(server: &Server, reference: &str) -> bool {
    let query = "query($reference: String!) { vaultItem(reference: $reference) { isErased } }";
    let data = server.graphql("TOKEN_ADMIN", query, json!({ "reference": reference })).await;
    data["vaultItem"]["isErased"].as_bool().unwrap()
}

async fn erase(server: &Server, subject: &str) {
    let input = json!({ "commandId": new_id(), "subject": subject, "reason": "asked_for" });
    let query = "mutation($input: EraseSubjectInput!) { eraseSubject(input: $input) {
        ... on SubjectErased { revision isDone } } }";
    let erased = server.graphql("TOKEN_ADMIN", query, json!({ "input": input })).await;
    assert_eq!(erased["eraseSubject"]["isDone"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_becomes_a_server_with_the_same_balances() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let mut wallets = Vec::new();
    for name in ["ann", "ben", "cy"] {
        let wallet = market::wallet(&server, name).await;
        market::fund(&server, wallet, 100_000).await;
        wallets.push(wallet);
    }
    let kept = store_destination(&server, wallets[0]).await;
    let erased = store_destination(&server, wallets[1]).await;
    erase(&server, "ben").await;

    let folder = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(false);
    let load = async {
        let mut count = 0;
        while !stop.load(Ordering::Relaxed) {
            let (from, to) = (wallets[count % 3], wallets[(count + 1) % 3]);
            server
                .done("TOKEN_SERVICE", "transfer", market::transfer(new_id(), from, to, "7"))
                .await;
            if count.is_multiple_of(10) {
                market::fund(&server, wallets[0], 11).await;
            }
            count += 1;
        }
    };
    let backups = async {
        let (data, into) = (server.data().to_owned(), folder.path().to_owned());
        let both = tokio::task::spawn_blocking(move || {
            backup(&data, &into);
            let first = last(&into);
            std::thread::sleep(Duration::from_secs(1));
            let said = backup(&data, &into);
            assert!(said.contains("keys are not in it"), "{said}");
            (first, last(&into))
        });
        let both = both.await.unwrap();
        stop.store(true, Ordering::Relaxed);
        both
    };
    let ((), (first, second)) = tokio::join!(load, backups);
    assert!(second > first, "the second one added what came meanwhile: {first}, {second}");
    assert_eq!(main_of(folder.path()).files.len(), 2);
    let expected = balances(&server, &wallets, second).await;
    server.kill9_everything();

    let restored = tempfile::tempdir().unwrap();
    let data = restored.path().join("data");
    let (done, said) = restore(folder.path(), &data, &[]);
    assert!(done, "{said}");
    let (done, said) = run(&["verify", "--data-dir", text(&data)]);
    assert!(done && said.contains(&format!("to revision {second}")), "{said}");
    let (done, said) = restore(folder.path(), &data, &[]);
    assert!(!done && said.contains("is there already"), "not over what is there: {said}");

    let other = server_on(&data, &server.data().join("vault.key"));
    assert_eq!(balances(&other, &wallets, second).await, expected);
    assert!(!is_erased(&other, &kept).await);
    assert!(is_erased(&other, &erased).await);
    // The server goes on: what was applied after the backup's end was applied again, and money moves.
    market::fund(&other, wallets[2], 1_000).await;
    let input = market::transfer(new_id(), wallets[2], wallets[0], "900");
    other.done("TOKEN_SERVICE", "transfer", input).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn to_a_point_in_time_and_what_providers_said_later_is_applied_again() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;
    let payin = new_id();
    let input = json!({ "commandId": new_id(), "payin": payin, "wallet": wallet,
        "amount": "500", "currency": "XOF", "provider": "stripe" });
    let asked = server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    let reference = store_destination(&server, wallet).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let instant = chrono::Utc::now();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let paid = market::paid(payin, 500);
    let (status, _) = server.webhook("stripe", STRIPE_SCHEME, &paid).await;
    assert_eq!(status, 200);
    let mistake = market::wallet(&server, "ben").await;
    let input = market::transfer(new_id(), wallet, mistake, "500");
    server.done("TOKEN_SERVICE", "transfer", input).await;
    erase(&server, "ann").await;
    let end = server.rest().await;

    let folder = tempfile::tempdir().unwrap();
    backup(server.data(), folder.path());
    assert_eq!(last(folder.path()), end);
    assert_eq!(server.stop(), Some(0));

    let instant = instant.to_rfc3339();
    for (number, to) in [instant.clone(), asked.to_string()].iter().enumerate() {
        let restored = tempfile::tempdir().unwrap();
        let data = restored.path().join("data");
        let (done, said) = restore(folder.path(), &data, &["--to", to]);
        assert!(done, "{said}");
        assert!(said.contains(&format!("to revision {asked}\n")), "{said}");
        assert!(said.contains("1 deliveries of providers came after that"), "{said}");
        let (done, said) = run(&["verify", "--data-dir", text(&data)]);
        assert!(done, "{said}");
        if number > 0 {
            continue;
        }
        let other = server_on(&data, &server.data().join("vault.key"));
        // The mistake has not happened; the money has come.
        other.becomes("payin", payin, "SUCCEEDED").await;
        let head = other.rest().await;
        assert!(head > asked && head < end, "{asked}, {head}, {end}");
        assert_eq!(other.available(wallet, "XOF", head).await, "500");
        // Who was erased later stays so: the key is gone for ever.
        assert!(is_erased(&other, &reference).await);
    }
    let (done, said) = restore(folder.path(), &folder.path().join("x"), &["--to", "yesterday"]);
    assert!(!done && said.contains("neither a revision nor an instant"), "{said}");
    let beyond = (end + 1).to_string();
    let (done, said) = restore(folder.path(), &folder.path().join("x"), &["--to", &beyond]);
    assert!(!done && said.contains(&format!("no revision {beyond}")), "{said}");
    assert!(!folder.path().join("x").exists());
}

/// Every file of a backup.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_that_is_turned_over_is_found_in_every_file_before_anything_is_restored() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;
    market::fund(&server, wallet, 500).await;
    store_destination(&server, wallet).await;
    server.rest().await;
    let folder = tempfile::tempdir().unwrap();
    backup(server.data(), folder.path());
    let elsewhere = tempfile::tempdir().unwrap();
    let data = elsewhere.path().join("data");
    let mut turned = 0;
    for file in files(folder.path()) {
        let whole = fs::read(&file).unwrap();
        for at in [0, whole.len() / 2, whole.len().saturating_sub(2)] {
            if whole.is_empty() {
                continue;
            }
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&file, &bytes).unwrap();
            let (done, said) = restore(folder.path(), &data, &[]);
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(!done && said.contains(name), "byte {at} of {name}: {said}");
            assert!(!data.exists(), "nothing was made");
            turned += 1;
        }
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        let (done, _) = restore(folder.path(), &data, &["--check"]);
        assert_eq!(done, whole.is_empty(), "cut short: {}", file.display());
        fs::write(&file, &whole).unwrap();
    }
    assert!(turned > 12, "{turned}");
    let (done, said) = restore(folder.path(), &data, &["--check"]);
    assert!(done && said.contains("whole"), "{said}");
    assert!(!data.exists(), "only checked");

    // Another history is not added to a backup.
    let mut other = Server::start(&[]);
    market::open_ledger(&other).await;
    assert_eq!(other.stop(), Some(0));
    let (done, said) = run(&["backup", text(folder.path()), "--data-dir", text(other.data())]);
    assert!(!done && said.contains("part at revision 0"), "{said}");
    let (done, _) = restore(folder.path(), &data, &["--check"]);
    assert!(done, "it is as it was");
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_is_killed_is_not_served_and_goes_on_when_it_is_run_again() {
    let mut server = Server::start(&[]);
    market::open_ledger(&server).await;
    let wallet = market::wallet(&server, "ann").await;
    for _ in 0..5 {
        market::fund(&server, wallet, 500).await;
    }
    let end = server.rest().await;
    let folder = tempfile::tempdir().unwrap();
    backup(server.data(), folder.path());
    assert_eq!(server.stop(), Some(0));

    let elsewhere = tempfile::tempdir().unwrap();
    let data = elsewhere.path().join("data");
    let mark = data.join("restore-unfinished");
    let mut was_begun = false;
    for pause in 0..40 {
        let mut command = cauri(&["restore", text(folder.path()), "--data-dir", text(&data)]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Killed soon after the mark is there, each time a little later.
        let begun = std::time::Instant::now();
        while !mark.exists() && begun.elapsed() < Duration::from_secs(30) {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(pause * 10));
        let has_ended = child.try_wait().unwrap().is_some();
        let _ = child.kill();
        child.wait().unwrap();
        if has_ended {
            break;
        }
        if mark.exists() {
            was_begun = true;
            let serve = ["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir", text(&data)];
            let (done, said) = run(&serve);
            assert!(!done && said.contains("run the same `cauri restore` again"), "{said}");
            let (done, said) = restore(folder.path(), &data, &["--to", "1"]);
            assert!(!done && said.contains("another end"), "{said}");
            if pause > 4 {
                break;
            }
        }
    }
    assert!(was_begun, "it was killed on its way");
    if mark.exists() {
        let (done, said) = restore(folder.path(), &data, &[]);
        assert!(done, "{said}");
    }
    assert!(!mark.exists());
    let (done, said) = run(&["verify", "--data-dir", text(&data)]);
    assert!(done && said.contains(&format!("to revision {end}")), "{said}");
    let other = server_on(&data, &server.data().join("vault.key"));
    assert_eq!(other.available(wallet, "XOF", end).await, "2500");
}

#[tokio::test]
async fn every_table_that_is_not_built_from_the_log_is_backed_up_or_left_out_for_a_reason() {
    let database = fresh_database().await;
    cauri_projections::migrate(&database.pool).await.unwrap();
    let sql = "SELECT schemaname || '.' || tablename FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
    let there: Vec<String> = sqlx::query_scalar(sql).fetch_all(&database.pool).await.unwrap();
    let mut known: Vec<String> =
        TABLES.iter().copied().flatten().map(|it| (*it).to_owned()).collect();
    known.extend(LEFT_OUT.iter().map(|(table, _)| (*table).to_owned()));
    known.sort();
    assert_eq!(there, known, "a table is added: is it durable?");
}

#[test]
fn a_folder_that_is_no_backup_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (done, said) = restore(folder.path(), &folder.path().join("data"), &[]);
    assert!(!done && said.contains("backup.json"), "{said}");
}

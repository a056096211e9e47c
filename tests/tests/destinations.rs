//! Payout destinations as personal data: kept by the real server, sent to the provider, found nowhere
//! else, and gone once they are erased.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::PathBuf;

use cauri_tests::database::{TestDatabase, fresh_database};
use cauri_tests::market;
use cauri_tests::process::{cauri, containing};
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

const STORE: &str = "mutation($input: StoreDestinationInput!) { storeDestination(input: $input) {
    __typename ... on Refused { code field message } ... on DestinationStored { reference replayed } } }";

const ITEM: &str = "query($reference: String!) { vaultItem(reference: $reference) {
    reference kind masked isErased erasedAt } }";

const ERASE: &str = "mutation($input: EraseSubjectInput!) { eraseSubject(input: $input) {
    __typename ... on SubjectErased { revision isDone } ... on Refused { code } } }";

async fn store(server: &Server, token: &str, command: Uuid, wallet: Uuid, plain: &str) -> Value {
    let input = json!({ "commandId": command, "wallet": wallet, "destination": plain });
    let data = server.graphql(token, STORE, json!({ "input": input })).await;
    data["storeDestination"].clone()
}

async fn stored(server: &Server, wallet: Uuid, plain: &str) -> String {
    let done = store(server, "TOKEN_SERVICE", new_id(), wallet, plain).await;
    done["reference"].as_str().unwrap_or_else(|| panic!("{done}")).to_owned()
}

async fn item(server: &Server, reference: &str) -> Value {
    let data = server.graphql("TOKEN_ADMIN", ITEM, json!({ "reference": reference })).await;
    data["vaultItem"].clone()
}

fn withdrawal(id: Uuid, wallet: Uuid, destination: &str) -> Value {
    json!({ "commandId": new_id(), "withdrawal": id, "wallet": wallet, "amount": "1000",
        "currency": "XOF", "destination": destination })
}

/// The same as a command of a batch.
fn withdrawal_step(id: Uuid, wallet: Uuid, destination: &str) -> Value {
    let mut step = withdrawal(id, wallet, destination);
    step.as_object_mut().unwrap().remove("commandId");
    step
}

fn method(wallet: Uuid, token: &str) -> Value {
    json!({ "commandId": new_id(), "paymentMethod": new_id(), "wallet": wallet,
        "provider": "sim", "kind": "mobile-money", "token": token })
}

async fn erase(server: &Server, subject: &str) -> Value {
    let input = json!({ "commandId": new_id(), "subject": subject, "reason": "asked_for" });
    let erased = server.graphql("TOKEN_ADMIN", ERASE, json!({ "input": input })).await;
    erased["eraseSubject"].clone()
}

async fn approve(server: &Server, withdrawal: Uuid) {
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal });
    server.done("TOKEN_FINANCE", "approveWithdrawal", input).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_alone_gets_the_plain_destination() {
    const PLAIN: &str = "+22870998877661";
    let mut server = Server::start(&["--demo"]);
    let ama = market::wallet(&server, "ama-1").await;
    market::fund(&server, ama, 10_000).await;

    let command = new_id();
    let first = store(&server, "TOKEN_SERVICE", command, ama, PLAIN).await;
    let again = store(&server, "TOKEN_SERVICE", command, ama, PLAIN).await;
    assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    assert_eq!(first["reference"], again["reference"]);
    let other = store(&server, "TOKEN_SERVICE", command, ama, "+22870000000").await;
    assert_eq!(other["code"], "EXISTS_WITH_OTHER_TERMS", "{other}");
    let card = store(&server, "TOKEN_SERVICE", new_id(), ama, "4242 4242 4242 4242").await;
    assert_eq!((&card["code"], &card["field"]), (&json!("INVALID_TEXT"), &json!("destination")));
    // Neither for a wallet that is another's, nor by those who change nothing.
    let buyer = store(&server, "TOKEN_BUYER", new_id(), ama, PLAIN).await;
    assert_eq!(buyer["code"], "NOT_FOUND", "{buyer}");
    let auditor = store(&server, "TOKEN_AUDITOR", new_id(), ama, PLAIN).await;
    assert_eq!(auditor["code"], "FORBIDDEN", "{auditor}");

    let reference = first["reference"].as_str().unwrap().to_owned();
    let told = item(&server, &reference).await;
    assert_eq!((&told["masked"], &told["kind"]), (&json!("*7661"), &json!("DESTINATION")));
    assert_eq!(told["isErased"], false);
    let anothers =
        server.try_graphql("TOKEN_BUYER", ITEM, json!({ "reference": reference })).await.unwrap();
    assert_eq!(anothers["errors"][0]["extensions"]["code"], "FORBIDDEN", "{anothers}");

    // Out: killed as soon as it is let out, it is paid once all the same.
    let id = new_id();
    server.done("TOKEN_SERVICE", "requestWithdrawal", withdrawal(id, ama, &reference)).await;
    approve(&server, id).await;
    server.kill9_everything();
    server.restart();
    server.becomes("withdrawal", id, "PAID").await;

    // A wallet of another's may not be paid out to it.
    let kofi = market::wallet(&server, "kofi-1").await;
    market::fund(&server, kofi, 10_000).await;
    let input = withdrawal(new_id(), kofi, &reference);
    let refused = server.mutate("TOKEN_SERVICE", "requestWithdrawal", input).await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("NOT_FOUND"), &json!("destination")));

    // The master key is rotated beside the running server.
    let rotated = cauri(&["vault", "rotate", "--data-dir"]).arg(server.data()).output().unwrap();
    let said = String::from_utf8_lossy(&rotated.stdout).into_owned();
    assert!(rotated.status.success() && said.contains("0 keys are wrapped anew"), "{rotated:?}");

    // Everything is on disk, and only what the provider keeps for itself names it: once.
    server.stop();
    let found = containing(server.data(), PLAIN);
    let [books] = &found[..] else { panic!("found in {found:?}") };
    assert!(books.starts_with(server.data().join("simulated-provider")), "{books:?}");
    let books = fs::read_to_string(books).unwrap();
    let payouts = books.lines().filter(|line| line.contains(PLAIN)).count();
    assert_eq!(payouts, 1, "{books}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_is_paid_to_nobody_and_its_money_goes_back() {
    const PLAIN: &str = "+22870112233445";
    let mut server = Server::start(&["--demo"]);
    let ama = market::wallet(&server, "ama-2").await;
    market::fund(&server, ama, 10_000).await;
    let reference = stored(&server, ama, PLAIN).await;
    let waiting = new_id();
    server.done("TOKEN_SERVICE", "requestWithdrawal", withdrawal(waiting, ama, &reference)).await;

    let input = json!({ "commandId": new_id(), "subject": "ama-2", "reason": "asked_for" });
    let finance = server.graphql("TOKEN_FINANCE", ERASE, json!({ "input": input })).await;
    assert_eq!(finance["eraseSubject"]["code"], "FORBIDDEN", "{finance}");
    let erased = server.graphql("TOKEN_ADMIN", ERASE, json!({ "input": input })).await;
    assert_eq!(erased["eraseSubject"]["isDone"], true, "{erased}");
    let told = item(&server, &reference).await;
    assert_eq!((&told["isErased"], &told["masked"]), (&json!(true), &Value::Null), "{told}");

    // Nor in a batch, nor as a payment method; a provider's own token is none of the vault's matters.
    let step = withdrawal_step(new_id(), ama, &reference);
    let input = json!({ "commandId": new_id(), "commands": [
        { "requestWithdrawal": withdrawal_step(new_id(), ama, "token-1") },
        { "requestWithdrawal": step } ] });
    let refused = server.mutate("TOKEN_SERVICE", "batch", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("NOT_FOUND"), &json!("commands[1].destination")),
        "{refused}"
    );
    let refused = server.mutate("TOKEN_SERVICE", "addPaymentMethod", method(ama, &reference)).await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("NOT_FOUND"), &json!("token")));

    server.kill9_everything();
    server.restart();
    approve(&server, waiting).await;
    server.becomes("withdrawal", waiting, "FAILED").await;
    let query = "query($id: UUID!) { withdrawal(id: $id) { reason } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({ "id": waiting })).await;
    assert_eq!(data["withdrawal"]["reason"], "destination_erased");
    let head = server.head().await;
    assert_eq!(server.available(ama, "XOF", head).await, "10000");

    // It is no destination any more; what is stored anew is one.
    let input = withdrawal(new_id(), ama, &reference);
    let refused = server.mutate("TOKEN_SERVICE", "requestWithdrawal", input).await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("NOT_FOUND"), &json!("destination")));
    let anew = stored(&server, ama, "+22870112233999").await;
    let paid = new_id();
    server.done("TOKEN_SERVICE", "requestWithdrawal", withdrawal(paid, ama, &anew)).await;
    approve(&server, paid).await;
    server.becomes("withdrawal", paid, "PAID").await;
    server.stop();
    assert_eq!(containing(server.data(), PLAIN), Vec::<PathBuf>::new());
}

/// A payment method may be one of the vault's destinations; what it names is looked at when it is
/// added, and again when somebody wants to be paid by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_and_payment_methods_name_what_is_their_owners_and_is_not_erased() {
    let server = Server::start(&["--demo"]);
    let (ama, kofi) =
        (market::wallet(&server, "ama-3").await, market::wallet(&server, "kofi-3").await);
    market::fund(&server, ama, 10_000).await;
    market::fund(&server, kofi, 10_000).await;
    let reference = stored(&server, ama, "+22870556677889").await;

    let added = method(ama, &reference);
    server.done("TOKEN_SERVICE", "addPaymentMethod", added.clone()).await;
    let anothers = method(kofi, &reference);
    let refused = server.mutate("TOKEN_SERVICE", "addPaymentMethod", anothers).await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("NOT_FOUND"), &json!("token")));
    server.done("TOKEN_SERVICE", "addPaymentMethod", method(kofi, "tok_1")).await;

    // In a batch that opens the wallet itself, too.
    let new = new_id();
    let pays = |wallet: Uuid, owner: &str| {
        json!({ "commandId": new_id(), "commands": [
            { "openWallet": { "wallet": wallet, "owner": owner } },
            { "transfer": { "from": ama, "to": wallet, "amount": "1000",
                "currency": "XOF" } },
            { "requestWithdrawal": withdrawal_step(new_id(), wallet, &reference) } ] })
    };
    let refused = server.mutate("TOKEN_SERVICE", "batch", pays(new_id(), "somebody")).await;
    assert_eq!(refused["field"], "commands[2].destination", "{refused}");
    let good = pays(new, "ama-3");
    server.done("TOKEN_SERVICE", "batch", good.clone()).await;

    let by_method = |id: Uuid| {
        json!({ "commandId": new_id(), "withdrawal": id, "wallet": ama, "amount": "500",
            "currency": "XOF", "paymentMethod": added["paymentMethod"] })
    };
    let paid = new_id();
    server.done("TOKEN_SERVICE", "requestWithdrawal", by_method(paid)).await;
    approve(&server, paid).await;
    server.becomes("withdrawal", paid, "PAID").await;

    assert_eq!(erase(&server, "ama-3").await["isDone"], true);
    let refused = server.mutate("TOKEN_SERVICE", "requestWithdrawal", by_method(new_id())).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("NOT_FOUND"), &json!("paymentMethod")),
        "{refused}"
    );
    // What was asked for before is as it was.
    server.done("TOKEN_SERVICE", "batch", good).await;
    server.done("TOKEN_SERVICE", "addPaymentMethod", added).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_backup_of_the_vault_is_erased_again_when_the_server_starts() {
    let database = fresh_database().await;
    let mut server = Server::start_with(&["--demo"], &[("DATABASE_URL", &database.url)]);
    let ama = market::wallet(&server, "ama-4").await;
    let kofi = market::wallet(&server, "kofi-4").await;
    let hers = stored(&server, ama, "+22870001122334").await;
    let his = stored(&server, kofi, "+22870001122335").await;
    run(&database, &backup()).await;
    assert_eq!(erase(&server, "ama-4").await["isDone"], true);
    assert_eq!(item(&server, &hers).await["isErased"], true);
    server.stop();

    run(&database, &restore()).await;
    let sealed: Vec<Option<Vec<u8>>> =
        sqlx::query_scalar("SELECT ciphertext FROM vault.item WHERE reference = $1")
            .bind(&hers)
            .fetch_all(&database.pool)
            .await
            .unwrap();
    assert!(matches!(&sealed[..], [Some(_)]), "the backup has it");
    server.restart();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(15);
    while item(&server, &hers).await["isErased"] == false {
        assert!(std::time::Instant::now() < deadline, "it is not erased again");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(item(&server, &his).await["isErased"], false, "only hers was");
    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM vault.item i JOIN vault.subject_key k ON k.id = i.subject_key
         WHERE k.subject = 'ama-4' AND (i.ciphertext IS NOT NULL OR k.wrapped_key IS NOT NULL)",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(left, 0);
}

const TABLES: [&str; 4] = ["subject_key", "item", "command", "erasures_done"];

/// As a backup of the vault's tables would have them.
fn backup() -> String {
    let tables = TABLES.map(|name| format!("CREATE TABLE backup.{name} AS TABLE vault.{name};"));
    format!("CREATE SCHEMA backup; {}", tables.concat())
}

fn restore() -> String {
    let empty = TABLES.map(|name| format!("vault.{name}")).join(", ");
    let tables = TABLES.map(|name| {
        let identity = if name == "subject_key" { "OVERRIDING SYSTEM VALUE" } else { "" };
        format!("INSERT INTO vault.{name} {identity} SELECT * FROM backup.{name};")
    });
    format!("TRUNCATE {empty}; {}", tables.concat())
}

async fn run(database: &TestDatabase, sql: &str) {
    let mut connection = database.pool.acquire().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *connection).await.unwrap();
}

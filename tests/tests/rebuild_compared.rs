//! `cauri projections`: read models built anew and compared, beside a server and without one.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use cauri_api::private_postgres::PrivatePostgres;
use cauri_tests::market;
use cauri_tests::process::{cauri, copy};
use cauri_tests::server::Server;
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor as _};

/// What it says, and whether it was content.
fn projections(arguments: &[&str], variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = cauri(&["projections"]);
    let output = command.args(arguments).envs(variables.iter().copied()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn here(data: &Path, arguments: &[&str]) -> (bool, String) {
    projections(&[arguments, &["--data-dir", data.to_str().unwrap()]].concat(), &[])
}

fn there(server: &Server, token: &str, arguments: &[&str]) -> (bool, String) {
    let (url, token) = (server.variable("CAURI_URL"), server.variable(token));
    projections(arguments, &[("CAURI_URL", url), ("CAURI_TOKEN", token)])
}

/// A market with some transfers; the last revision.
async fn busy(server: &Server) -> u64 {
    market::open_ledger(server).await;
    for name in ["ann", "ben", "cy"] {
        let wallet = market::wallet(server, name).await;
        market::fund(server, wallet, 500).await;
    }
    server.rest().await
}

/// The lines that two machines compare.
fn digests(said: &str) -> Vec<&str> {
    said.lines().filter(|line| !line.starts_with("equal") && !line.contains("SHA-256")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_compares_serves_what_is_equal_and_names_what_was_tampered_with() {
    let server = Server::start(&[]);
    let head = busy(&server).await;
    let (done, said) = there(&server, "TOKEN_ADMIN", &["rebuild", "--compare"]);
    assert!(done, "{said}");
    assert!(said.contains("equal: the new read models are served"), "{said}");
    assert!(said.contains(&format!("revision {head}, hash ")), "{said}");
    let status = "{ readModels { generation comparison { status revision } } }";
    let now = server.graphql("TOKEN_ADMIN", status, json!({})).await["readModels"].clone();
    assert_eq!((&now["generation"], &now["comparison"]["status"]), (&json!(2), &json!("EQUAL")));

    let (done, said) = there(&server, "TOKEN_FINANCE", &["rebuild", "--compare"]);
    assert!(!done && said.contains("FORBIDDEN"), "only admins may: {said}");
    let (done, said) = here(server.data(), &["rebuild", "--compare"]);
    assert!(!done && said.contains("--token"), "the server has the log: {said}");

    // Somebody with the database's password makes himself rich.
    let options = PrivatePostgres::connect_options_of(server.data()).unwrap();
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    let sql = "UPDATE read_2.balances SET balance = 900, credits = 900 WHERE account =
        (SELECT min(account COLLATE \"C\") FROM read_2.balances WHERE wallet IS NOT NULL)
        RETURNING account";
    let account: String = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
    let (done, said) = there(&server, "TOKEN_ADMIN", &["rebuild", "--compare"]);
    assert!(!done, "{said}");
    let named = format!("balances: ledger=main account={account} currency=XOF: other balance");
    assert!(said.contains(&named), "{said}");
    assert!(said.contains("they are still served"), "{said}");
    let now = server.graphql("TOKEN_ADMIN", status, json!({})).await["readModels"].clone();
    assert_eq!(now["generation"], 2);

    // Without comparing, the new ones are served whatever they say.
    let (done, said) = there(&server, "TOKEN_ADMIN", &["rebuild"]);
    assert!(done, "{said}");
    let (done, said) = there(&server, "TOKEN_ADMIN", &["rebuild", "--compare"]);
    assert!(done, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_with_one_log_have_equal_digests_also_after_a_kill_amid_a_rebuild() {
    let mut server = Server::start(&[]);
    busy(&server).await;
    let (done, first) = there(&server, "TOKEN_AUDITOR", &["digest"]);
    assert!(done, "{first}");
    let (done, beside) = here(server.data(), &["digest"]);
    assert!(done, "{beside}");
    assert_eq!(beside, first, "the database says what its server says");

    // Killed with all that it started, while it builds.
    let compare = "mutation { rebuildReadModels(compare: true) { comparison { status } } }";
    let options = PrivatePostgres::connect_options_of(server.data()).unwrap();
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    // Held so that it is certainly under way: its runners cannot write.
    let mut hold = pool.begin().await.unwrap();
    let lock = "LOCK TABLE cauri.checkpoint IN SHARE ROW EXCLUSIVE MODE";
    hold.execute(AssertSqlSafe(lock)).await.unwrap();
    let begun = server.graphql("TOKEN_ADMIN", compare, json!({})).await;
    assert_eq!(begun["rebuildReadModels"]["comparison"]["status"], "RUNNING");
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.kill9_everything();
    drop((hold, pool));
    server.restart();
    let (done, said) = there(&server, "TOKEN_ADMIN", &["rebuild", "--compare"]);
    assert!(done, "{said}");
    let (_, after) = there(&server, "TOKEN_AUDITOR", &["digest"]);
    assert_eq!(after, first);

    // Another machine gets the log, and nothing else.
    assert_eq!(server.stop(), Some(0));
    let other = tempfile::tempdir().unwrap();
    copy(&server.data().join("log"), &other.path().join("log"));
    let (done, rebuilt) = here(other.path(), &["rebuild", "--compare"]);
    assert!(done, "{rebuilt}");
    let (done, said) = here(other.path(), &["digest", "--ledger", "main"]);
    assert!(done, "{said}");
    assert_eq!(digests(&said), digests(&first));
}

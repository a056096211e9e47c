//! The server is killed again and again while it pays out through a provider that misbehaves: every
//! withdrawal that was approved ends as its provider ended it, and none is paid twice.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

const ROUNDS: u64 = 15;
/// Withdrawals that are asked for anew in each round.
const EACH: u64 = 4;
/// What the moments of the kills are drawn with.
const SEED: u64 = 20_261_121;

/// How one payout goes wrong, beside what the whole provider does.
const DESTINATIONS: [&str; 8] = [
    "momo",
    "cut-momo",
    "slow-momo",
    "error-momo",
    "twice-momo",
    "late-momo",
    "fail-momo",
    "unavailable-momo",
];

/// A withdrawal, asked for and approved under the same commands however often.
#[derive(Clone)]
struct Wanted {
    id: Uuid,
    francs: u64,
    destination: &'static str,
    request: Value,
    approve: Value,
}

impl Wanted {
    fn new(number: u64, wallet: Uuid) -> Self {
        let id = new_id();
        let destination = DESTINATIONS[usize::try_from(number).unwrap() % DESTINATIONS.len()];
        let francs = 100 + number;
        let request = json!({ "commandId": new_id(), "withdrawal": id, "wallet": wallet,
            "amount": francs.to_string(), "currency": "XOF", "destination": destination });
        let approve = json!({ "commandId": new_id(), "withdrawal": id });
        Self { id, francs, destination, request, approve }
    }

    fn ends(&self) -> &'static str {
        if self.destination.starts_with("fail") { "FAILED" } else { "PAID" }
    }

    /// Whether both are acknowledged; not when the server is gone.
    async fn is_approved(&self, server: &Server) -> bool {
        for (token, name, kind, input) in [
            ("TOKEN_SERVICE", "requestWithdrawal", "RequestWithdrawalInput", &self.request),
            ("TOKEN_FINANCE", "approveWithdrawal", "ApproveWithdrawalInput", &self.approve),
        ] {
            let query = format!(
                "mutation($input: {kind}!) {{ {name}(input: $input) {{ __typename
                   ... on Refused {{ code message }} }} }}"
            );
            let asked = server.try_graphql(token, &query, json!({ "input": input })).await;
            let Ok(answer) = asked else { return false };
            let Some(kind) = answer["data"][name]["__typename"].as_str() else { return false };
            assert_ne!(kind, "Refused", "{answer}");
        }
        true
    }
}

/// Asks for each until the server is gone; those that are acknowledged.
async fn ask(server: Arc<Server>, wanted: Vec<Wanted>) -> BTreeSet<Uuid> {
    let mut approved = BTreeSet::new();
    for one in wanted {
        if !one.is_approved(&server).await {
            break;
        }
        approved.insert(one.id);
    }
    approved
}

/// The next of a sequence of numbers that look random (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

async fn misbehaviour(server: &Server, how: Option<Value>) {
    let url = format!("{}/v1/misbehaviour", server.variable("CAURI_SIM_URL"));
    let request = match how {
        Some(how) => server.http().put(url).json(&how),
        None => server.http().delete(url),
    };
    assert!(request.send().await.unwrap().status().is_success());
}

async fn status(server: &Server, withdrawal: Uuid) -> Value {
    let query = "query($id: UUID!) { withdrawal(id: $id) { status } }";
    let data = server.graphql("TOKEN_FINANCE", query, json!({ "id": withdrawal })).await;
    data["withdrawal"]["status"].clone()
}

/// What the provider wrote down of payouts: their references, each with every key and amount under
/// which it was taken on.
fn provider_book(server: &Server) -> BTreeMap<Uuid, Vec<(String, String)>> {
    let file = server.data().join("simulated-provider/provider.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    let mut book: BTreeMap<Uuid, Vec<(String, String)>> = BTreeMap::new();
    for line in text.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        if entry["entry"] != "payout" {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let reference = text(&entry["request"]["reference"]).parse().unwrap();
        let taken = (text(&entry["key"]), text(&entry["request"]["amount"]));
        book.entry(reference).or_default().push(taken);
    }
    book
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_pays_each_withdrawal_once() {
    let mut server = Server::start(&["--demo"]);
    let wallet = market::wallet(&server, "ama").await;
    market::fund(&server, wallet, 100_000).await;
    server.rest().await;
    let (before, others) = (books(&server).await, provider_book(&server).len());
    let how = json!({ "seed": SEED, "busy_bp": 1_000, "unavailable_bp": 1_000, "error_bp": 1_500,
        "cut_bp": 1_500, "answer_after_ms": 200, "duplicate_webhook_bp": 3_000,
        "lose_webhook_bp": 1_000, "webhook_after_ms": 600 });
    misbehaviour(&server, Some(how)).await;

    let mut dice = SEED;
    let (mut all, mut approved) = (Vec::<Wanted>::new(), BTreeSet::new());
    let (mut unanswered, mut open) = (0, 0);
    for round in 0..ROUNDS {
        all.extend((0..EACH).map(|number| Wanted::new(round * EACH + number, wallet)));
        let waiting: Vec<_> = all.iter().filter(|it| !approved.contains(&it.id)).cloned().collect();
        let shared = Arc::new(server);
        let asking = tokio::spawn(ask(Arc::clone(&shared), waiting.clone()));
        tokio::time::sleep(Duration::from_millis(next(&mut dice) % 600)).await;
        // Every third time the database and the provider lose their power with it.
        if round % 3 == 2 {
            shared.signal_kill_everything();
        } else {
            shared.signal_kill();
        }
        let acknowledged = asking.await.unwrap();
        unanswered += waiting.len() - acknowledged.len();
        approved.extend(acknowledged);
        server = Arc::into_inner(shared).expect("nobody else asks");
        server.restart();
        for one in all.iter().filter(|it| approved.contains(&it.id)) {
            open += u32::from(status(&server, one.id).await != one.ends());
        }
    }
    assert!(unanswered > 0, "no kill came between a command and its answer");
    assert!(open > 0, "no kill came while a payout was on its way");

    // It is well again: nothing that was asked for is lost, and nothing is asked for anew.
    misbehaviour(&server, None).await;
    for one in all.iter().filter(|it| !approved.contains(&it.id)) {
        assert!(one.is_approved(&server).await);
    }
    for one in &all {
        server.becomes("withdrawal", one.id, one.ends()).await;
    }
    let book = provider_book(&server);
    for one in &all {
        let taken = vec![(one.id.to_string(), one.francs.to_string())];
        assert_eq!(book.get(&one.id), Some(&taken), "{}", one.destination);
    }
    assert_eq!(book.len(), others + all.len(), "the provider knows of no others");
    let paid: u64 = all.iter().filter(|it| it.ends() == "PAID").map(|it| it.francs).sum();
    let after = books(&server).await;
    let moved = |account: &str| {
        let of = |books: &BTreeMap<String, i64>| books.get(account).copied().unwrap_or(0);
        (of(&before) - of(&after)).unsigned_abs()
    };
    assert_eq!(moved("clearing:sim"), paid);
    assert_eq!(moved(&format!("wallet:{wallet}:available")), paid);
    let others: Vec<_> = after
        .iter()
        .filter(|(account, balance)| {
            !account.starts_with("clearing:sim")
                && !account.starts_with(&format!("wallet:{wallet}"))
                && before.get(*account) != Some(*balance)
                && **balance != 0
        })
        .collect();
    assert_eq!(others, Vec::<(&String, &i64)>::new(), "no other account has moved");
}

/// Every account's balance in francs, of books that are equal.
async fn books(server: &Server) -> BTreeMap<String, i64> {
    let query = "query($at: Revision) { trialBalance(atLeastRevision: $at) {
        rows { account currency balance } totals { debits credits } } }";
    let variables = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_FINANCE", query, variables).await;
    for total in data["trialBalance"]["totals"].as_array().unwrap() {
        assert_eq!(total["debits"], total["credits"]);
    }
    let rows = data["trialBalance"]["rows"].as_array().unwrap();
    let francs = rows.iter().filter(|row| row["currency"] == "XOF");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    francs.map(|row| (text(&row["account"]), text(&row["balance"]).parse().unwrap())).collect()
}

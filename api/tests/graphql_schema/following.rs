//! Subscriptions follow the log, and go on where they were cut off.

use std::time::Duration;

use async_graphql::Response;
use cauri_api::auth::Caller;
use cauri_domain::Role;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::kit::{Market, caller, fault, new_id, operation, service, transfer};

fn follow(
    market: &Market,
    who: &Caller,
    text: &str,
    variables: Value,
) -> BoxStream<'static, Response> {
    market.schema.execute_stream(operation(Some(who.clone()), text, variables)).boxed()
}

async fn next(stream: &mut BoxStream<'static, Response>) -> Value {
    let response = timeout(Duration::from_secs(10), stream.next()).await.expect("an event in time");
    let data = response.unwrap().into_result().unwrap().data.into_json().unwrap();
    let (_, value) = data.as_object().unwrap().iter().next().unwrap();
    value.clone()
}

const ACTIVITY: &str = "subscription($wallet: UUID!, $after: Revision) {
    walletActivity(wallet: $wallet, after: $after) { revision type side amount currency } }";

#[tokio::test]
async fn wallet_activity_is_every_debit_and_credit_of_that_wallet_alone() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let other = market.funded("eve", 100).await;
    let start = market.head();
    let buyer = caller("ann", Role::Buyer);
    let mut live = follow(&market, &buyer, ACTIVITY, json!({ "wallet": ann, "after": start }));
    let paid = market.done(&service(), "transfer", transfer(ann, bob, "30")).await;
    market.done(&service(), "transfer", transfer(other, bob, "5")).await;
    let got = market.done(&service(), "transfer", transfer(bob, ann, "2")).await;
    let line = |revision: u64, side: &str, amount: &str| {
        json!({ "revision": revision,
        "type": "transfer.completed.v1", "side": side, "amount": amount, "currency": "XOF" })
    };
    assert_eq!(next(&mut live).await, line(paid, "DEBIT", "30"));
    assert_eq!(next(&mut live).await, line(got, "CREDIT", "2"));
}

/// Row 10 of `docs/peers-asks.md`.
#[tokio::test]
async fn a_subscription_resumes_after_any_revision_without_gap_or_repeat() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let start = market.head();
    let mut expected = Vec::new();
    for _ in 0..6 {
        expected.push(market.done(&service(), "transfer", transfer(ann, bob, "1")).await);
    }
    let buyer = caller("ann", Role::Buyer);
    for cut in 0..=expected.len() {
        let (mut seen, mut after) = (Vec::new(), start);
        for take in [cut, expected.len() - cut] {
            let variables = json!({ "wallet": ann, "after": after });
            let mut stream = follow(&market, &buyer, ACTIVITY, variables);
            for _ in 0..take {
                after = next(&mut stream).await["revision"].as_u64().unwrap();
                seen.push(after);
            }
        }
        assert_eq!(seen, expected, "cut after {cut}");
    }
    // From the old to the new on one stream.
    let mut stream = follow(&market, &buyer, ACTIVITY, json!({ "wallet": ann, "after": start }));
    for revision in &expected {
        assert_eq!(next(&mut stream).await["revision"], *revision);
    }
    let live = market.done(&service(), "transfer", transfer(ann, bob, "1")).await;
    assert_eq!(next(&mut stream).await["revision"], live);
}

#[tokio::test]
async fn after_a_revision_that_never_was_nothing_is_waited_for() {
    let market = Market::open().await;
    let ann = market.wallet("ann").await;
    let text = "subscription($after: Revision) { journal(after: $after) { revision } }";
    let auditor = caller("aud", Role::Auditor);
    let beyond = json!({ "wallet": ann, "after": market.head() + 1 });
    for (who, text) in [(caller("ann", Role::Buyer), ACTIVITY), (auditor, text)] {
        let mut stream = follow(&market, &who, text, beyond.clone());
        let answer = timeout(Duration::from_secs(10), stream.next()).await.unwrap().unwrap();
        assert_eq!(fault(&answer), ("BAD_ARGUMENT".to_owned(), Some("after".to_owned())));
    }
}

#[tokio::test]
async fn an_escrow_and_a_withdrawal_tell_each_of_their_states() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let start = market.head();
    let (buyer, seller) = (caller("ann", Role::Buyer), caller("bob", Role::Seller));
    let (escrow, withdrawal) = (new_id(), new_id());
    let input = json!({ "commandId": new_id(), "escrow": escrow, "buyer": ann, "seller": bob,
        "amount": "40", "currency": "XOF" });
    market.done(&buyer, "openEscrow", input).await;
    let on = || json!({ "commandId": new_id(), "escrow": escrow });
    market.done(&seller, "markDelivered", on()).await;
    market.done(&buyer, "releaseEscrow", on()).await;
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal, "wallet": bob,
        "amount": "8", "currency": "XOF", "destination": "momo-1" });
    market.done(&seller, "requestWithdrawal", input).await;
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal, "reason": "unknown" });
    market.done(&caller("fin", Role::Finance), "rejectWithdrawal", input).await;

    let text = "subscription($id: UUID!, $after: Revision) {
        escrowUpdates(escrow: $id, after: $after) { status } }";
    for who in [&buyer, &seller] {
        let mut stream = follow(&market, who, text, json!({ "id": escrow, "after": start }));
        for status in ["AWAITING_FUNDS", "FUNDED", "DELIVERED", "RELEASED"] {
            assert_eq!(next(&mut stream).await["status"], status);
        }
    }
    let text = "subscription($id: UUID!, $after: Revision) {
        withdrawalUpdates(withdrawal: $id, after: $after) { status } }";
    let mut stream = follow(&market, &seller, text, json!({ "id": withdrawal, "after": start }));
    for status in ["REQUESTED", "REJECTED"] {
        assert_eq!(next(&mut stream).await["status"], status);
    }
}

#[tokio::test]
async fn the_live_journal_is_the_log_itself() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let mut input = transfer(ann, bob, "9");
    let (story, command) = (new_id(), input["commandId"].clone());
    input["correlationId"] = json!(story);
    input["labels"] = json!({ "category": "rent", "reference": "order/7",
        "dimensions": [{ "name": "store", "value": "lome" }] });
    let revision = market.done(&service(), "transfer", input).await;
    let text = "subscription($after: Revision) { journal(after: $after) {
        revision type subject role commandId correlationId causation category reference
        dimensions { name value } hash postings { account class side amount currency } } }";
    let auditor = caller("aud", Role::Auditor);
    let mut stream = follow(&market, &auditor, text, json!({ "after": revision - 1 }));
    let stored = market.store.events(market.engine.ledger());
    let hash = stored[usize::try_from(revision).unwrap()].hash.to_string();
    let posting = |wallet, side: &str| {
        json!({ "account": format!("wallet:{wallet}:available"),
        "class": "LIABILITY", "side": side, "amount": "9", "currency": "XOF" })
    };
    assert_eq!(
        next(&mut stream).await,
        json!({ "revision": revision, "type": "transfer.completed.v1", "subject": "shop",
            "role": "service", "commandId": command, "correlationId": story, "causation": null,
            "category": "rent", "reference": "order/7",
            "dimensions": [{ "name": "store", "value": "lome" }], "hash": hash,
            "postings": [posting(ann, "DEBIT"), posting(bob, "CREDIT")] })
    );
    // From now on, where nothing else is said.
    let mut stream = follow(&market, &auditor, text, json!({}));
    let waiting = next(&mut stream);
    let asked = async {
        // The stream begins when it is first polled, so the transfer is asked beside it.
        market.done(&service(), "transfer", transfer(ann, bob, "1")).await
    };
    let (event, revision) = tokio::join!(waiting, asked);
    assert_eq!(event["revision"], revision);
}

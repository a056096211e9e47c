//! Mutations: done once under their id, answered in order, with what they changed.

use cauri_domain::Role;
use serde_json::json;

use crate::kit::{Market, caller, fault, new_id, service, transfer};

#[tokio::test]
async fn a_command_sent_again_is_answered_as_a_replay_at_its_first_revision() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let input = transfer(ann, bob, "40");
    let first = market.mutate(&service(), "transfer", input.clone()).await;
    assert_eq!(first["replayed"], false);
    market.done(&service(), "transfer", transfer(ann, bob, "1")).await;
    let again = market.mutate(&service(), "transfer", input.clone()).await;
    assert_eq!(
        again,
        json!({ "__typename": "TransferCompleted",
        "revision": first["revision"], "replayed": true })
    );
    assert_eq!(market.available(bob).await, 41);
    let mut other = input;
    other["amount"] = json!("41");
    let refused = market.refused(&service(), "transfer", other).await;
    assert_eq!(refused, ("ID_REUSED".into(), "commandId".into()));
}

#[tokio::test]
async fn what_is_so_already_says_so_and_appends_nothing() {
    let market = Market::open().await;
    let wallet = market.wallet("ann").await;
    let head = market.head();
    let input = json!({ "commandId": new_id(), "wallet": wallet, "owner": "ann" });
    let again = market.mutate(&service(), "openWallet", input).await;
    assert_eq!((&again["replayed"], &again["revision"]), (&json!(true), &json!(head)));
    assert_eq!(market.head(), head);
}

#[tokio::test]
async fn a_batch_is_judged_one_by_one_and_answered_in_order() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let amounts = ["60", "60", "1.5", "40", "1"];
    let mut inputs: Vec<_> = amounts.iter().map(|amount| transfer(ann, bob, amount)).collect();
    inputs.push(inputs[0].clone());
    let query = "mutation($inputs: [TransferInput!]!) { transferBatch(inputs: $inputs) {
        __typename ... on Refused { code commandId } ... on TransferCompleted { replayed toId } } }";
    let response = market.execute(Some(service()), query, json!({ "inputs": inputs })).await;
    let answers = response.into_result().unwrap().data.into_json().unwrap();
    let answers = answers["transferBatch"].as_array().unwrap();
    let done = |replayed: bool| json!({ "__typename": "TransferCompleted", "replayed": replayed, "toId": bob });
    let refused = |at: usize, code: &str| json!({ "__typename": "Refused", "code": code, "commandId": inputs[at]["commandId"] });
    assert_eq!(answers[0], done(false));
    assert_eq!(answers[1], refused(1, "INSUFFICIENT_FUNDS"));
    assert_eq!(answers[2], refused(2, "SCALE_TOO_FINE"));
    assert_eq!(answers[3], done(false));
    assert_eq!(answers[4], refused(4, "INSUFFICIENT_FUNDS"));
    assert_eq!(answers[5], done(true));
    assert_eq!((market.available(ann).await, market.available(bob).await), (0, 100));
}

#[tokio::test]
async fn a_batch_has_at_most_ten_thousand() {
    let market = Market::open().await;
    let head = market.head();
    let one = transfer(new_id(), new_id(), "1");
    let query = "mutation($inputs: [TransferInput!]!) { transferBatch(inputs: $inputs) {
        __typename ... on Refused { code } } }";
    let many = |count| json!({ "inputs": vec![one.clone(); count] });
    let response = market.execute(Some(service()), query, many(10_001)).await;
    assert_eq!(fault(&response), ("BAD_ARGUMENT".into(), Some("inputs".into())));
    let response = market.execute(Some(service()), query, many(10_000)).await;
    let answers = response.into_result().unwrap().data.into_json().unwrap();
    let answers = answers["transferBatch"].as_array().unwrap();
    assert_eq!(answers.len(), 10_000);
    assert!(answers.iter().all(|answer| answer["code"] == "NOT_FOUND"));
    assert_eq!(market.head(), head);
}

#[tokio::test]
async fn every_mutation_of_a_life_of_money_is_done() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 1_000).await, market.wallet("bob").await);
    let (buyer, seller) = (caller("ann", Role::Buyer), caller("bob", Role::Seller));
    let (finance, admin) = (caller("fin", Role::Finance), caller("adm", Role::Admin));
    let input = json!({ "commandId": new_id(), "payin": new_id(), "wallet": bob,
        "amount": 5, "currency": "XOF", "provider": "sim" });
    market.done(&seller, "initiatePayin", input).await;
    for last in ["releaseEscrow", "refundEscrow"] {
        let escrow = new_id();
        let input = json!({ "commandId": new_id(), "escrow": escrow, "buyer": ann, "seller": bob,
            "amount": "100", "currency": "XOF", "inspectionSeconds": 60 });
        market.done(&buyer, "openEscrow", input).await;
        let on = || json!({ "commandId": new_id(), "escrow": escrow });
        market.done(&seller, "markDelivered", on()).await;
        let ends = if last == "releaseEscrow" { &buyer } else { &seller };
        market.done(ends, last, on()).await;
    }
    assert_eq!((market.available(ann).await, market.available(bob).await), (900, 95));
    for last in ["approveWithdrawal", "rejectWithdrawal"] {
        let withdrawal = new_id();
        let input = json!({ "commandId": new_id(), "withdrawal": withdrawal, "wallet": ann,
            "amount": "10", "currency": "XOF", "destination": "momo-1" });
        market.done(&buyer, "requestWithdrawal", input).await;
        let mut input = json!({ "commandId": new_id(), "withdrawal": withdrawal });
        if last == "rejectWithdrawal" {
            input["reason"] = json!("unknown-destination");
        }
        market.done(&finance, last, input).await;
    }
    assert_eq!(market.available(ann).await, 890);
    let empty = market.wallet("esi").await;
    let freeze = json!({ "commandId": new_id(), "wallet": empty, "reason": "fraud" });
    market.done(&admin, "freezeWallet", freeze).await;
    for mutation in ["unfreezeWallet", "closeWallet"] {
        let input = json!({ "commandId": new_id(), "wallet": empty });
        market.done(&admin, mutation, input).await;
    }
    let input = json!({ "commandId": new_id(), "settings": { "currencies": [] } });
    market.done(&caller("root", Role::Superadmin), "configureLedger", input).await;
}

#[tokio::test]
async fn without_read_models_a_command_is_done_and_only_the_state_is_missing() {
    let market = Market::open().await;
    let query = "mutation($input: OpenWalletInput!) { openWallet(input: $input) {
        ... on WalletChanged { revision wallet { id } } } }";
    let input = json!({ "commandId": new_id(), "wallet": new_id(), "owner": "ann" });
    let before = market.head();
    let response = market.execute(Some(service()), query, json!({ "input": input })).await;
    assert_eq!(fault(&response).0, "UNAVAILABLE");
    assert_eq!(market.head(), before + 1);
}

#[tokio::test]
async fn a_superadmin_opens_another_ledger() {
    let market = Market::open().await;
    let query = "mutation($name: String!) { createLedger(name: $name) { name } }";
    let root = || Some(caller("root", Role::Superadmin));
    let response = market.execute(Some(service()), query, json!({ "name": "togo" })).await;
    assert_eq!(fault(&response), ("FORBIDDEN".into(), Some("createLedger".into())));
    let response = market.execute(root(), query, json!({ "name": "Togo!" })).await;
    assert_eq!(fault(&response), ("BAD_ARGUMENT".into(), Some("name".into())));
    let mut of_togo = caller("root", Role::Superadmin);
    of_togo.ledger = "togo".parse().unwrap();
    let look = "{ ledger { name head settings { inspectionSeconds } } }";
    let response = market.execute(Some(of_togo.clone()), look, json!({})).await;
    assert_eq!(fault(&response), ("UNKNOWN_LEDGER".into(), Some("authorization".into())));
    market.execute(root(), query, json!({ "name": "togo" })).await.into_result().unwrap();
    let response = market.execute(Some(of_togo.clone()), look, json!({})).await;
    let seen = response.into_result().unwrap().data.into_json().unwrap();
    assert_eq!(seen["ledger"], json!({ "name": "togo", "head": null, "settings": null }));
    let input = json!({ "commandId": new_id(), "wallet": new_id(), "owner": "ann" });
    let refused = market.refused(&of_togo, "openWallet", input).await;
    assert_eq!(refused.0, "LEDGER_NOT_OPEN");
}

/// Steps of an atomic batch: transfers of these amounts.
fn steps(from: uuid::Uuid, to: uuid::Uuid, amounts: &[&str]) -> serde_json::Value {
    let step = |amount: &&str| json!({ "transfer": { "from": from, "to": to, "amount": amount, "currency": "XOF" } });
    json!({ "commandId": new_id(), "commands": amounts.iter().map(step).collect::<Vec<_>>() })
}

#[tokio::test]
async fn an_atomic_batch_happens_whole_or_not_at_all() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let head = market.head();
    for (amounts, code, field) in [
        (&["60", "50"][..], "INSUFFICIENT_FUNDS", "commands[1].amount"),
        (&["60", "1", "1.5"], "SCALE_TOO_FINE", "commands[2].amount"),
        (&[], "INVALID_SETTING", "commands"),
    ] {
        let refused = market.refused(&service(), "batch", steps(ann, bob, amounts)).await;
        assert_eq!(refused, (code.into(), field.into()));
        assert_eq!((market.head(), market.available(ann).await), (head, 100));
    }
    let mut input = steps(ann, bob, &["60", "40"]);
    let escrow = json!({ "openEscrow": { "escrow": new_id(), "buyer": bob, "seller": ann,
        "amount": "100", "currency": "XOF" } });
    input["commands"].as_array_mut().unwrap().push(escrow);
    let first = market.mutate(&service(), "batch", input.clone()).await;
    assert_eq!(first["revision"], head + 4);
    let again = market.mutate(&service(), "batch", input).await;
    assert_eq!((&again["replayed"], &again["revision"]), (&json!(true), &first["revision"]));
    assert_eq!((market.available(ann).await, market.available(bob).await), (0, 0));
}

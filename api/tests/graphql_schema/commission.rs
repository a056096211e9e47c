//! Commission rules as input, and the explanation of entries.

use cauri_domain::Role;
use serde_json::{Value, json};

use crate::kit::{Market, caller, fault, new_id, service, transfer};

fn rule() -> Value {
    json!({ "commandId": new_id(), "name": "default", "steps": [
        { "name": "commission", "charge": { "basisPoints": 500 }, "to": { "platform": "COMMISSION" },
          "floor": [{ "amount": "100", "currency": "XOF" }, { "amount": "0.20", "currency": "USD" }] },
        { "name": "promoter", "charge": { "tiered": { "tiering": "MARGINAL", "tiers": [
              { "upTo": [{ "amount": "10000", "currency": "XOF" }], "basisPoints": 200 },
              { "basisPoints": 100 }] } },
          "base": "REMAINDER", "to": { "payee": "promoter" } }],
      "tax": { "code": "vat", "basisPoints": 1800, "placed": "INSIDE" },
      "payer": "SELLER", "refund": "KEEP_FIXED" })
}

async fn explain(market: &Market, who: &cauri_api::auth::Caller, revision: u64) -> Value {
    let query = "query($revision: Revision!) { explain(revision: $revision) {
        revision type lines { number words formula amount minor currency } } }";
    let response = market.execute(Some(who.clone()), query, json!({ "revision": revision })).await;
    let data = response.into_result().unwrap().data.into_json().unwrap();
    data["explain"].clone()
}

#[tokio::test]
async fn a_rule_is_set_once_and_its_next_version_after_it() {
    let market = Market::open().await;
    let root = caller("root", Role::Superadmin);
    let first = market.mutate(&root, "setCommissionRule", rule()).await;
    assert_eq!(first["replayed"], false, "{first}");
    let again = market.mutate(&root, "setCommissionRule", rule()).await;
    assert_eq!(again["replayed"], true, "the same rule under another command is so already");
    let mut other = rule();
    other["tax"] = Value::Null;
    let next = market.mutate(&root, "setCommissionRule", other).await;
    assert_eq!(next["revision"].as_u64(), first["revision"].as_u64().map(|it| it + 1));
    let seller = caller("ann", Role::Seller);
    let refused = market.refused(&seller, "setCommissionRule", rule()).await;
    assert_eq!(refused.0, "FORBIDDEN");
}

#[tokio::test]
async fn what_makes_no_sense_in_a_rule_is_refused_by_its_field() {
    let market = Market::open().await;
    let root = caller("root", Role::Superadmin);
    let with = |change: fn(&mut Value)| {
        let mut input = rule();
        change(&mut input);
        input
    };
    let cases = [
        (with(|it| it["name"] = json!("A rule")), "INVALID_TEXT", "name"),
        (
            with(|it| it["steps"][0]["charge"] = json!({ "basisPoints": 10_001 })),
            "INVALID_SETTING",
            "basisPoints",
        ),
        (
            with(|it| it["steps"][0]["cap"] = json!([{ "amount": "99", "currency": "XOF" }])),
            "INVALID_SETTING",
            "cap",
        ),
        (with(|it| it["steps"][1]["name"] = json!("commission")), "INVALID_SETTING", "steps"),
        (with(|it| it["steps"][1]["to"] = json!({ "wallet": new_id() })), "NOT_FOUND", "wallet"),
        (
            with(|it| it["steps"][0]["charge"] = json!({ "fixed": [] })),
            "INVALID_SETTING",
            "amounts",
        ),
        (with(|it| it["from"] = json!("1969-12-31T23:59:59Z")), "INVALID_SETTING", "from"),
        (
            with(|it| {
                it["steps"][0]["charge"] =
                    json!({ "fixed": [{ "amount": "0.5", "currency": "XOF" }] })
            }),
            "SCALE_TOO_FINE",
            "amount",
        ),
    ];
    for (input, code, field) in cases {
        let refused = market.refused(&root, "setCommissionRule", input).await;
        assert_eq!(refused, (code.to_owned(), field.to_owned()));
    }
}

#[tokio::test]
async fn an_entry_is_explained_to_those_whose_money_it_moved() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 1_000).await, market.wallet("bob").await);
    let revision = market.done(&service(), "transfer", transfer(ann, bob, "250")).await;
    let explained = explain(&market, &caller("bob", Role::Seller), revision).await;
    assert_eq!(explained["type"], "transfer.completed.v1");
    let lines = explained["lines"].as_array().unwrap();
    assert_eq!(lines[0]["formula"], Value::Null);
    assert_eq!(
        (&lines[1]["formula"], &lines[1]["amount"], &lines[1]["currency"]),
        (&json!("given"), &json!("250"), &json!("XOF"))
    );
    assert_eq!((&lines[4]["formula"], &lines[4]["minor"]), (&json!("#3"), &json!("250")));
    // The same to those who oversee, nothing of it to a stranger.
    assert_eq!(explain(&market, &caller("eyes", Role::Auditor), revision).await, explained);
    let query = "query($revision: Revision!) { explain(revision: $revision) { type } }";
    let stranger = caller("eve", Role::Buyer);
    let variables = json!({ "revision": revision });
    let response = market.execute(Some(stranger), query, variables).await;
    assert_eq!(fault(&response), ("FORBIDDEN".into(), Some("revision".into())));
}

#[tokio::test]
async fn what_is_not_there_yet_is_not_explained_and_every_event_is() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 1_000).await, market.wallet("bob").await);
    market.done(&service(), "transfer", transfer(ann, bob, "250")).await;
    let auditor = caller("eyes", Role::Auditor);
    for revision in 0..=market.head() {
        let explained = explain(&market, &auditor, revision).await;
        assert_eq!(explained["revision"].as_u64(), Some(revision));
        assert!(!explained["lines"].as_array().unwrap().is_empty());
    }
    assert_eq!(explain(&market, &auditor, market.head() + 1).await, Value::Null);
}

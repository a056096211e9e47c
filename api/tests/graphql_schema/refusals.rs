//! What makes no sense is refused as data, naming its field; what is of the wrong kind is an error.

use cauri_domain::Role;
use serde_json::{Value, json};

use crate::kit::{Market, caller, new_id, service, transfer};

fn with(mut input: Value, key: &str, value: Value) -> Value {
    input[key] = value;
    input
}

fn named(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

#[tokio::test]
async fn an_amount_or_currency_that_makes_no_sense_is_refused_by_name() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    for (amount, code) in [
        (json!(""), "AMOUNT_NOT_A_DECIMAL"),
        (json!("ten"), "AMOUNT_NOT_A_DECIMAL"),
        (json!("1e3"), "AMOUNT_NOT_A_DECIMAL"),
        (json!("0.5"), "SCALE_TOO_FINE"),
        (json!("0"), "AMOUNT_NOT_POSITIVE"),
        (json!(-3), "AMOUNT_NOT_POSITIVE"),
        (json!("99999999999999999999"), "AMOUNT_TOO_LARGE"),
        (json!(1_000_001), "LIMIT_EXCEEDED"),
        (json!("101"), "INSUFFICIENT_FUNDS"),
    ] {
        let input = with(transfer(ann, bob, "1"), "amount", amount.clone());
        let refused = market.refused(&service(), "transfer", input).await;
        assert_eq!(refused, named(code, "amount"), "{amount}");
    }
    for (currency, code) in
        [("", "UNKNOWN_CURRENCY"), ("xof", "UNKNOWN_CURRENCY"), ("EUR", "WRONG_CURRENCY")]
    {
        let input = with(transfer(ann, bob, "1"), "currency", json!(currency));
        let refused = market.refused(&service(), "transfer", input).await;
        assert_eq!(refused, named(code, "currency"), "{currency}");
    }
}

#[tokio::test]
async fn a_value_of_another_kind_is_an_error_and_nothing_is_asked() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let head = market.head();
    let query = "mutation($input: TransferInput!) { transfer(input: $input) { __typename } }";
    for (key, value) in [
        ("amount", json!(1.5)),
        ("amount", json!({})),
        ("amount", json!(true)),
        ("amount", json!("1".repeat(65))),
        ("currency", json!(952)),
        ("currency", json!("X".repeat(65))),
        ("from", json!("no-uuid")),
        ("surprise", json!(1)),
    ] {
        let input = with(transfer(ann, bob, "1"), key, value.clone());
        let response = market.execute(Some(service()), query, json!({ "input": input })).await;
        assert!(!response.errors.is_empty(), "{key}: {value} was taken");
    }
    assert_eq!(market.head(), head);
}

#[tokio::test]
async fn labels_that_make_no_sense_are_refused_by_name() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let pair = |name: &str| json!({ "name": name, "value": "v" });
    let nine: Vec<_> = (0..9).map(|n| pair(&format!("n{n}"))).collect();
    for (labels, code, field) in [
        (json!({ "category": "Two Words" }), "INVALID_TEXT", "labels.category"),
        (json!({ "reference": "4242424242424242" }), "INVALID_TEXT", "labels.reference"),
        (json!({ "dimensions": [pair("A")] }), "INVALID_TEXT", "labels.dimensions.name"),
        (
            json!({ "dimensions": [{ "name": "a", "value": "" }] }),
            "INVALID_TEXT",
            "labels.dimensions.value",
        ),
        (json!({ "dimensions": nine }), "INVALID_TEXT", "labels.dimensions"),
        (
            json!({ "dimensions": [pair("store"), pair("store")] }),
            "INVALID_SETTING",
            "labels.dimensions.name",
        ),
    ] {
        let input = with(transfer(ann, bob, "1"), "labels", labels.clone());
        let refused = market.refused(&service(), "transfer", input).await;
        assert_eq!(refused, named(code, field), "{labels}");
    }
}

#[tokio::test]
async fn settings_out_of_range_are_refused_by_name() {
    let market = Market::open().await;
    let root = caller("root", Role::Superadmin);
    for (key, value) in [
        ("payinExpirySeconds", json!(0)),
        ("inspectionSeconds", json!(-1)),
        ("autoApprovalSeconds", json!(86_400_001)),
        ("commissionBasisPoints", json!(-1)),
        ("commissionBasisPoints", json!(10_001)),
        ("commissionBasisPoints", json!(70_000)),
    ] {
        let input = json!({ "commandId": new_id(), "settings": { key: value } });
        let refused = market.refused(&root, "configureLedger", input).await;
        assert_eq!(refused, named("INVALID_SETTING", key), "{value}");
    }
    let limit = json!({ "amount": "1", "currency": "XOF" });
    for (settings, code, field) in [
        (json!({ "currencies": ["???"] }), "UNKNOWN_CURRENCY", "currency"),
        (json!({ "limits": [limit.clone(), limit] }), "INVALID_SETTING", "limits"),
    ] {
        let input = json!({ "commandId": new_id(), "settings": settings });
        let refused = market.refused(&root, "configureLedger", input).await;
        assert_eq!(refused, named(code, field));
    }
    let input = json!({ "commandId": new_id(), "settings": { "currencies": ["XOF"] } });
    assert_eq!(market.refused(&root, "openLedger", input).await.0, "LEDGER_ALREADY_OPEN");
}

#[tokio::test]
async fn a_refusal_binds_nothing_and_says_where_it_was_judged() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let input = transfer(bob, ann, "7");
    let refused = market.mutate(&service(), "transfer", input.clone()).await;
    assert_eq!(refused["code"], "INSUFFICIENT_FUNDS");
    assert_eq!(refused["atRevision"], market.head());
    market.done(&service(), "transfer", transfer(ann, bob, "7")).await;
    market.done(&service(), "transfer", input).await;
    let unread = market.mutate(&service(), "transfer", transfer(ann, bob, "x")).await;
    assert_eq!(unread["atRevision"], Value::Null, "it never came before the ledger");
}

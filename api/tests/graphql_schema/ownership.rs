//! Who may see and move what: denied by default.

use async_graphql::parser::types::OperationType;
use cauri_api::auth::Caller;
use cauri_domain::Role;
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::described::{introspect, named_type};
use crate::kit::{Market, caller, fault, new_id, operation, transfer};

/// A value that fits a type, whatever it means.
fn any(schema: &Value, kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => any(schema, &kind["ofType"]),
        "LIST" => format!("[{}]", any(schema, &kind["ofType"])),
        "INPUT_OBJECT" => {
            let definition = named_type(schema, kind["name"].as_str().unwrap());
            let all = definition["inputFields"].as_array().unwrap();
            let required = all.iter().filter(|field| {
                field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null()
            });
            let required: Vec<_> = required.collect();
            // One is enough where none is needed, and needed where it is one of several.
            let given = if required.is_empty() { vec![&all[0]] } else { required };
            let fields: Vec<_> = given
                .into_iter()
                .map(|field| {
                    format!("{}: {}", field["name"].as_str().unwrap(), any(schema, &field["type"]))
                })
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        "ENUM" => {
            let definition = named_type(schema, kind["name"].as_str().unwrap());
            definition["enumValues"][0]["name"].as_str().unwrap().to_owned()
        }
        _ => match kind["name"].as_str().unwrap() {
            "Boolean" => "true".to_owned(),
            "DateTime" => "\"2026-11-20T00:00:00Z\"".to_owned(),
            "NaiveDate" => "\"2026-11-20\"".to_owned(),
            "UUID" => format!("\"{}\"", new_id()),
            "Int" | "Revision" => "0".to_owned(),
            _ => "\"1\"".to_owned(),
        },
    }
}

/// An operation for every field of a root, with every argument that it needs.
fn every_field(schema: &Value, kind: OperationType) -> Vec<(String, String)> {
    let root = match kind {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let fields = named_type(schema, root)["fields"].as_array().unwrap();
    let operation = |field: &Value| {
        let name = field["name"].as_str().unwrap();
        let needed =
            field["args"].as_array().unwrap().iter().filter(|it| it["type"]["kind"] == "NON_NULL");
        let arguments: Vec<_> = needed
            .map(|it| format!("{}: {}", it["name"].as_str().unwrap(), any(schema, &it["type"])))
            .collect();
        let arguments = match arguments.is_empty() {
            true => String::new(),
            false => format!("({})", arguments.join(", ")),
        };
        let of = &field["type"]["ofType"];
        let is_scalar = field["type"]["kind"] == "SCALAR" || of["kind"] == "SCALAR";
        let select = if is_scalar { "" } else { "{ __typename }" };
        (name.to_owned(), format!("{kind} {{ {name}{arguments} {select} }}"))
    };
    fields.iter().map(operation).collect()
}

#[tokio::test]
async fn nobody_gets_nothing_but_the_schema_and_the_version() {
    let market = Market::open().await;
    let head = market.head();
    let schema = introspect(&market.schema).await;
    let unauthenticated = ("UNAUTHENTICATED".to_owned(), Some("authorization".to_owned()));
    let mut count = 0;
    for kind in [OperationType::Query, OperationType::Mutation, OperationType::Subscription] {
        for (name, text) in every_field(&schema, kind) {
            let mut answers = market.schema.execute_stream(operation(None, &text, json!({})));
            let response = answers.next().await.unwrap();
            if name == "version" {
                assert!(response.errors.is_empty());
            } else {
                assert_eq!(fault(&response), unauthenticated, "{text}");
            }
            count += 1;
        }
    }
    assert!(count > 30, "only {count} fields were tried");
    assert_eq!(market.head(), head);
    let response = market.execute(None, "{ __typename version }", json!({})).await;
    assert!(response.errors.is_empty());
}

#[tokio::test]
async fn a_party_moves_only_what_is_theirs() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let (buyer, seller) = (caller("ann", Role::Buyer), caller("bob", Role::Seller));
    let escrow = new_id();
    let open = json!({ "commandId": new_id(), "escrow": escrow, "buyer": ann, "seller": bob,
        "amount": "10", "currency": "XOF" });
    market.done(&buyer, "openEscrow", open.clone()).await;
    let withdrawal = json!({ "commandId": new_id(), "withdrawal": new_id(), "wallet": ann,
        "amount": "1", "currency": "XOF", "destination": "momo-1" });
    let payin = json!({ "commandId": new_id(), "payin": new_id(), "wallet": ann, "amount": "1",
        "currency": "XOF", "provider": "sim" });
    let on = json!({ "commandId": new_id(), "escrow": escrow });
    let wallet = json!({ "commandId": new_id(), "wallet": new_id(), "owner": "ann" });
    for (name, input, field) in [
        ("transfer", transfer(ann, bob, "1"), "from"),
        ("openEscrow", open, "escrow"),
        ("releaseEscrow", on.clone(), "escrow"),
        ("requestWithdrawal", withdrawal, "wallet"),
        ("initiatePayin", payin, "wallet"),
        ("openWallet", wallet, "owner"),
    ] {
        let refused = market.refused(&seller, name, input).await;
        assert_eq!(refused, ("NOT_YOURS".to_owned(), field.to_owned()), "{name}");
    }
    for name in ["markDelivered", "refundEscrow"] {
        assert_eq!(market.refused(&buyer, name, on.clone()).await.0, "NOT_YOURS", "{name}");
    }
}

#[tokio::test]
async fn a_role_does_only_what_is_its_work() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let auditor = caller("aud", Role::Auditor);
    let freeze = json!({ "commandId": new_id(), "wallet": ann, "reason": "fraud" });
    for (who, name, input) in [
        (&auditor, "transfer", transfer(ann, bob, "1")),
        (&caller("adm", Role::Admin), "transfer", transfer(ann, bob, "1")),
        (&caller("ann", Role::Buyer), "freezeWallet", freeze.clone()),
        (&auditor, "freezeWallet", freeze),
    ] {
        let refused = market.refused(who, name, input).await;
        assert_eq!(refused, ("FORBIDDEN".to_owned(), String::new()), "{name}");
    }
}

async fn subscribed(market: &Market, who: &Caller, text: &str) -> (String, Option<String>) {
    let mut answers = market.schema.execute_stream(operation(Some(who.clone()), text, json!({})));
    fault(&answers.next().await.unwrap())
}

#[tokio::test]
async fn a_party_reads_and_follows_only_what_is_theirs() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    let (escrow, withdrawal) = (new_id(), new_id());
    let (buyer, stranger) = (caller("ann", Role::Buyer), caller("eve", Role::Buyer));
    let open = json!({ "commandId": new_id(), "escrow": escrow, "buyer": ann, "seller": bob,
        "amount": "10", "currency": "XOF" });
    market.done(&buyer, "openEscrow", open).await;
    let request = json!({ "commandId": new_id(), "withdrawal": withdrawal, "wallet": ann,
        "amount": "1", "currency": "XOF", "destination": "momo-1" });
    market.done(&buyer, "requestWithdrawal", request).await;
    for (field, text) in [
        ("wallet", format!("subscription {{ walletActivity(wallet: \"{ann}\") {{ revision }} }}")),
        (
            "escrow",
            format!("subscription {{ escrowUpdates(escrow: \"{escrow}\") {{ revision }} }}"),
        ),
        (
            "withdrawal",
            format!(
                "subscription {{ withdrawalUpdates(withdrawal: \"{withdrawal}\") {{ revision }} }}"
            ),
        ),
        ("journal", "subscription { journal { revision } }".to_owned()),
    ] {
        let seen = subscribed(&market, &stranger, &text).await;
        assert_eq!(seen, ("FORBIDDEN".to_owned(), Some(field.to_owned())), "{text}");
    }
    let unknown =
        format!("subscription {{ walletActivity(wallet: \"{}\") {{ revision }} }}", new_id());
    let seen = subscribed(&market, &buyer, &unknown).await;
    assert_eq!(seen, ("BAD_ARGUMENT".to_owned(), Some("wallet".to_owned())));
    for field in ["journal", "suspense", "trialBalance", "readModels"] {
        let text = format!("{{ {field} {{ __typename }} }}");
        let response = market.execute(Some(buyer.clone()), &text, json!({})).await;
        assert_eq!(fault(&response), ("FORBIDDEN".to_owned(), Some(field.to_owned())));
        // Whoever may see it, gets as far as the read models, which this server has not.
        for role in [Role::Finance, Role::Auditor, Role::Admin, Role::Superadmin, Role::Service] {
            let response = market.execute(Some(caller("x", role)), &text, json!({})).await;
            assert_eq!(fault(&response).0, "UNAVAILABLE", "{field} {role}");
        }
    }
    for list in ["wallets", "payins", "escrows", "withdrawals"] {
        let text = format!("{{ {list}(owner: \"bob\") {{ __typename }} }}");
        let response = market.execute(Some(buyer.clone()), &text, json!({})).await;
        assert_eq!(fault(&response), ("FORBIDDEN".to_owned(), Some("owner".to_owned())), "{list}");
    }
}

//! Members, roles' limits, freezing, ways to pay, relations, flags and risk holds through the public
//! doors.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

async fn pay(server: &Server, token: &str, from: Uuid, to: Uuid, amount: &str) -> Value {
    server.mutate(token, "transfer", market::transfer(new_id(), from, to, amount)).await
}

async fn paid(server: &Server, token: &str, from: Uuid, to: Uuid, amount: &str) {
    server.done(token, "transfer", market::transfer(new_id(), from, to, amount)).await;
}

/// A question about a wallet, as of now; `Null` where it may not be asked.
async fn wallet(server: &Server, token: &str, id: Uuid, fields: &str) -> Value {
    let at = server.head().await;
    let query = format!(
        "query($id: UUID!, $at: Revision) {{ wallet(id: $id, atLeastRevision: $at) {{ {fields} }} }}"
    );
    let answer = server.try_graphql(token, &query, json!({ "id": id, "at": at })).await.unwrap();
    answer["data"]["wallet"].clone()
}

fn nodes(list: &Value) -> Vec<Value> {
    list["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect()
}

async fn list(server: &Server, token: &str, name: &str, arguments: &str, node: &str) -> Vec<Value> {
    let at = server.head().await;
    let query = format!(
        "{{ {name}({arguments} atLeastRevision: {at}) {{ edges {{ node {{ {node} }} }} }} }}"
    );
    nodes(&server.graphql(token, &query, json!({})).await[name])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_acts_for_whom_and_how_far() {
    let server = Server::start(&[]);
    market::open_ledger(&server).await;
    let ama = market::wallet(&server, "ama").await;
    let kofi = market::wallet(&server, "kofi").await;
    market::fund(&server, ama, 20_000).await;

    members(&server, ama, kofi).await;
    freezing_and_limits_of_a_role(&server, ama, kofi).await;
    ways_to_pay(&server, ama).await;
    relations(&server, ama).await;
    flags_and_risk_holds(&server, ama, kofi).await;
}

/// Kofi, whose token says seller, acts for Ama's wallet as far as she lets him.
async fn members(server: &Server, ama: Uuid, kofi: Uuid) {
    assert_eq!(wallet(server, "TOKEN_SELLER", ama, "id").await, Value::Null);
    assert_eq!(pay(server, "TOKEN_SELLER", ama, kofi, "5").await["code"], "NOT_YOURS");
    let grant = |may: &str, daily: Option<&str>| {
        let daily = daily.map(|amount| json!({ "amount": amount, "currency": "XOF" }));
        json!({ "commandId": new_id(), "wallet": ama, "subject": "kofi", "may": may,
            "daily": daily })
    };
    server.done("TOKEN_BUYER", "grantWalletMember", grant("VIEW", None)).await;
    assert_eq!(wallet(server, "TOKEN_SELLER", ama, "owner").await["owner"], "ama");
    assert_eq!(pay(server, "TOKEN_SELLER", ama, kofi, "5").await["code"], "NOT_YOURS");
    let query = format!("{{ sellerEarnings(wallet: \"{ama}\") {{ __typename }} }}");
    let earned = server.graphql("TOKEN_SELLER", &query, json!({})).await;
    assert_ne!(earned["sellerEarnings"], Value::Null);
    let mine = list(server, "TOKEN_SELLER", "wallets", "", "owner").await;
    assert_eq!(mine, [json!({ "owner": "kofi" }), json!({ "owner": "ama" })]);
    let mine = list(server, "TOKEN_SELLER", "wallets", "owner: \"kofi\"", "owner").await;
    assert_eq!(mine, [json!({ "owner": "kofi" })]);

    server.done("TOKEN_BUYER", "grantWalletMember", grant("SPEND", Some("1000"))).await;
    paid(server, "TOKEN_SELLER", ama, kofi, "900").await;
    let refused = pay(server, "TOKEN_SELLER", ama, kofi, "101").await;
    assert_eq!(refused["code"], "WINDOW_EXCEEDED");
    assert!(refused["message"].as_str().unwrap().contains("900 XOF of it used and 100 XOF left"));
    let own = server.mutate("TOKEN_SELLER", "grantWalletMember", grant("MANAGE", None)).await;
    assert_eq!(own["code"], "NOT_YOURS");

    let fields = "members(revoked: true) { edges { node { subject may daily currency status } } }";
    let seen = wallet(server, "TOKEN_BUYER", ama, fields).await;
    let member = |status: &str| {
        json!({ "subject": "kofi", "may": "SPEND", "daily": "1000", "currency": "XOF",
            "status": status })
    };
    assert_eq!(nodes(&seen["members"]), [member("ACTIVE")]);
    let revoke = json!({ "commandId": new_id(), "wallet": ama, "subject": "kofi" });
    server.done("TOKEN_SELLER", "revokeWalletMember", revoke).await;
    let seen = wallet(server, "TOKEN_BUYER", ama, fields).await;
    assert_eq!(nodes(&seen["members"]), [member("REVOKED")]);
    assert_eq!(wallet(server, "TOKEN_SELLER", ama, "id").await, Value::Null);
    // Buyer or seller: what counts is whose wallet it is.
    paid(server, "TOKEN_SELLER", kofi, ama, "100").await;
}

async fn freezing_and_limits_of_a_role(server: &Server, ama: Uuid, kofi: Uuid) {
    let freeze = json!({ "commandId": new_id(), "wallet": kofi, "reason": "risk",
        "level": "NEITHER" });
    server.done("TOKEN_ADMIN", "freezeWallet", freeze).await;
    let seen = wallet(server, "TOKEN_ADMIN", kofi, "status freezeLevel").await;
    assert_eq!(seen, json!({ "status": "FROZEN", "freezeLevel": "NEITHER" }));
    let refused = pay(server, "TOKEN_BUYER", ama, kofi, "5").await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("WALLET_FROZEN"), &json!("to")));
    let unfreeze = json!({ "commandId": new_id(), "wallet": kofi });
    server.done("TOKEN_ADMIN", "unfreezeWallet", unfreeze).await;
    let seen = wallet(server, "TOKEN_ADMIN", kofi, "status freezeLevel").await;
    assert_eq!(seen, json!({ "status": "ACTIVE", "freezeLevel": null }));

    let limits = |limits: Value| json!({ "commandId": new_id(), "scope": { "role": "BUYER" }, "limits": limits });
    let single = json!({ "single": [{ "amount": "50", "currency": "XOF" }] });
    server.done("TOKEN_SUPERADMIN", "setLimits", limits(single)).await;
    assert_eq!(pay(server, "TOKEN_BUYER", ama, kofi, "51").await["code"], "LIMIT_EXCEEDED");
    paid(server, "TOKEN_SERVICE", ama, kofi, "51").await;
    server.done("TOKEN_SUPERADMIN", "setLimits", limits(Value::Null)).await;
}

async fn ways_to_pay(server: &Server, ama: Uuid) {
    let (first, second) = (new_id(), new_id());
    let add = |id: Uuid, hint: &str| {
        json!({ "commandId": new_id(), "paymentMethod": id, "wallet": ama, "provider": "stripe",
            "kind": "card", "token": format!("pm_{}", id.simple()), "hint": hint })
    };
    let number = server.mutate("TOKEN_BUYER", "addPaymentMethod", add(first, "4242-4242")).await;
    assert_eq!((&number["code"], &number["field"]), (&json!("INVALID_TEXT"), &json!("hint")));
    server.done("TOKEN_BUYER", "addPaymentMethod", add(first, "*4242")).await;
    server.done("TOKEN_BUYER", "addPaymentMethod", add(second, "*0005")).await;
    let of = |id: Uuid| json!({ "commandId": new_id(), "paymentMethod": id });
    server.done("TOKEN_BUYER", "setDefaultPaymentMethod", of(first)).await;
    server.done("TOKEN_BUYER", "setDefaultPaymentMethod", of(second)).await;
    let fields = "paymentMethods { edges { node { hint isDefault token } } }";
    let seen = wallet(server, "TOKEN_BUYER", ama, fields).await;
    let method = |hint: &str, is_default: bool| json!({ "hint": hint, "isDefault": is_default, "token": null });
    assert_eq!(nodes(&seen["paymentMethods"]), [method("*0005", true), method("*4242", false)]);
    server.done("TOKEN_BUYER", "disablePaymentMethod", of(second)).await;
    let seen = wallet(server, "TOKEN_BUYER", ama, fields).await;
    assert_eq!(nodes(&seen["paymentMethods"]), [method("*4242", false)]);
    let refused = server.mutate("TOKEN_SELLER", "disablePaymentMethod", of(first)).await;
    assert_eq!(refused["code"], "NOT_YOURS");
}

async fn relations(server: &Server, ama: Uuid) {
    let driver = |party: Value| json!({ "commandId": new_id(), "kind": "driver", "party": party, "object": "mission/7" });
    server.done("TOKEN_SERVICE", "assignRelation", driver(json!({ "wallet": ama }))).await;
    server.done("TOKEN_SERVICE", "assignRelation", driver(json!({ "subject": "kofi" }))).await;
    let node = "kind subject walletId ended";
    let of = |token, arguments| list(server, token, "relations", arguments, node);
    let mission = "object: \"mission/7\", kind: \"driver\"";
    assert_eq!(of("TOKEN_SERVICE", mission).await.len(), 2);
    let theirs = json!({ "kind": "driver", "subject": null, "walletId": ama, "ended": false });
    assert_eq!(of("TOKEN_BUYER", "").await, [theirs]);
    server.done("TOKEN_SERVICE", "endRelation", driver(json!({ "wallet": ama }))).await;
    assert_eq!(of("TOKEN_BUYER", "").await.len(), 0);
    // Once more, and it is one row all the same.
    server.done("TOKEN_SERVICE", "assignRelation", driver(json!({ "wallet": ama }))).await;
    assert_eq!(of("TOKEN_BUYER", "ended: true").await.len(), 1);
}

async fn flags_and_risk_holds(server: &Server, ama: Uuid, kofi: Uuid) {
    let settings = json!({ "autoApprovalSeconds": 1 });
    let input = json!({ "commandId": new_id(), "settings": settings });
    server.done("TOKEN_SUPERADMIN", "configureLedger", input).await;
    let flag = new_id();
    let raise = json!({ "commandId": new_id(), "flag": flag, "wallet": ama,
        "reason": "structuring", "severity": "HIGH" });
    server.done("TOKEN_FINANCE", "flagTransaction", raise).await;
    let withdraw = |id: Uuid, from: Uuid| {
        json!({ "commandId": new_id(), "withdrawal": id, "wallet": from, "amount": "100",
            "currency": "XOF", "destination": "momo-1" })
    };
    let (kept, other) = (new_id(), new_id());
    server.done("TOKEN_SERVICE", "requestWithdrawal", withdraw(kept, ama)).await;
    server.done("TOKEN_SERVICE", "requestWithdrawal", withdraw(other, kofi)).await;
    server.becomes("withdrawal", other, "APPROVED").await;
    // The other one was due after it.
    server.becomes("withdrawal", kept, "REQUESTED").await;
    let approve = json!({ "commandId": new_id(), "withdrawal": kept });
    server.done("TOKEN_FINANCE", "approveWithdrawal", approve).await;
    server.becomes("withdrawal", kept, "APPROVED").await;

    let wallets = format!("wallet: \"{ama}\", status: OPEN");
    let open = list(server, "TOKEN_AUDITOR", "flags", &wallets, "severity reason").await;
    assert_eq!(open, [json!({ "severity": "HIGH", "reason": "structuring" })]);
    let clear = json!({ "commandId": new_id(), "flag": flag, "outcome": "harmless" });
    server.done("TOKEN_ADMIN", "clearFlag", clear).await;
    assert_eq!(list(server, "TOKEN_AUDITOR", "flags", &wallets, "id").await.len(), 0);
    let theirs = server.try_graphql("TOKEN_BUYER", "{ flags { edges { cursor } } }", json!({}));
    assert_eq!(theirs.await.unwrap()["errors"][0]["extensions"]["code"], "FORBIDDEN");

    let before = server.available(ama, "XOF", server.head().await).await;
    let hold = new_id();
    let place = json!({ "commandId": new_id(), "riskHold": hold, "wallet": ama, "amount": before,
        "currency": "XOF", "reason": "investigation" });
    server.done("TOKEN_FINANCE", "placeRiskHold", place).await;
    assert_eq!(pay(server, "TOKEN_BUYER", ama, kofi, "1").await["code"], "INSUFFICIENT_FUNDS");
    let release = json!({ "commandId": new_id(), "riskHold": hold });
    server.done("TOKEN_FINANCE", "releaseRiskHold", release).await;
    assert_eq!(server.available(ama, "XOF", server.head().await).await, before);
    let arguments = format!("wallet: \"{ama}\"");
    let holds = list(server, "TOKEN_AUDITOR", "riskHolds", &arguments, "status released").await;
    assert_eq!(holds, [json!({ "status": "RELEASED", "released": before })]);
}

//! Every kind of money in suspense has a way out, by two persons or by the policy; after it, nothing
//! is there any more.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::{Duration, Instant};

use cauri_api::webhooks::STRIPE_SCHEME;
use cauri_tests::finance::{Desk, Sim};
use cauri_tests::market;
use cauri_tests::server::{Server, new_id};
use serde_json::{Value, json};
use uuid::Uuid;

/// What is in suspense of a payment, and why: waits until there is something of it.
async fn item(server: &Server, object: &str) -> (String, String) {
    let query = "query($at: Revision) { suspense(first: 100, atLeastRevision: $at) { nodes {
        providerObject reason waitsFor held currency } } }";
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let variables = json!({ "at": server.head().await });
        let data = server.graphql("TOKEN_FINANCE", query, variables).await;
        let items = data["suspense"]["nodes"].as_array().unwrap().clone();
        if let Some(item) = items.iter().find(|item| item["providerObject"] == object) {
            let text = |field: &str| item[field].as_str().unwrap().to_owned();
            return (text("reason"), text("held"));
        }
        assert!(Instant::now() < deadline, "nothing of {object} is in suspense: {items:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is(reason: &str, held: &str) -> (String, String) {
    (reason.to_owned(), held.to_owned())
}

async fn assigns(desk: Desk<'_>, provider: &str, object: &str, amount: &str, to: Value) {
    assigns_in(desk, provider, object, (amount, "XOF"), to).await;
}

async fn assigns_in(
    desk: Desk<'_>,
    provider: &str,
    object: &str,
    (amount, currency): (&str, &str),
    to: Value,
) {
    let command = json!({ "provider": provider, "providerObject": object, "amount": amount,
        "currency": currency, "to": to });
    desk.two_persons(json!({ "assignSuspense": command })).await;
}

/// Two persons give money in suspense back, and the provider does.
async fn gives_back(desk: Desk<'_>, object: &str, amount: &str) {
    let refund = new_id();
    let command = json!({ "refund": refund, "amount": amount, "currency": "XOF",
        "reason": "not-ours", "of": { "suspense": { "provider": "sim", "providerObject": object } } });
    desk.two_persons(json!({ "requestRefund": command })).await;
    desk.0.becomes("refund", refund, "SUCCEEDED").await;
}

async fn late(server: &Server, policy: &str) {
    let input = json!({ "commandId": new_id(), "late": policy });
    server.done("TOKEN_SUPERADMIN", "configurePayments", input).await;
}

/// Nothing reaches the wallet until it is let go.
async fn freeze(server: &Server, wallet: Uuid) {
    let input = json!({ "commandId": new_id(), "wallet": wallet, "reason": "looked-into",
        "level": "NEITHER" });
    server.done("TOKEN_ADMIN", "freezeWallet", input).await;
}

async fn unfreeze(server: &Server, wallet: Uuid) {
    let input = json!({ "commandId": new_id(), "wallet": wallet });
    server.done("TOKEN_ADMIN", "unfreezeWallet", input).await;
}

async fn cancel(server: &Server, payin: Uuid) {
    let input = json!({ "commandId": new_id(), "payin": payin });
    server.done("TOKEN_SERVICE", "cancelPayin", input).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_has_a_way_out() {
    let server = Server::start(&["--demo"]);
    unmatched(&server).await;
    empty(&server).await;
    of_another_amount(&server).await;
    of_another_currency(&server).await;
    paid_again(&server).await;
    empty(&server).await;
    of_a_wallet_that_takes_nothing(&server).await;
    empty(&server).await;
    too_late(&server).await;
    empty(&server).await;
    come_back(&server).await;
    given_back_in_vain(&server).await;
    empty(&server).await;
    given_back_in_vain_of_nobodys(&server).await;
    reinstated(&server).await;
    by_hand(&server).await;
    empty(&server).await;
}

/// Neither an account nor a list says that something is there, in whichever currency.
async fn empty(server: &Server) {
    let query = "query($at: Revision) {
        suspense(first: 5, atLeastRevision: $at) { nodes { providerObject reason held } }
        suspenseAges(atLeastRevision: $at) { accounts { account currency balance parts oldestAt } }
        trialBalance(atLeastRevision: $at) { rows { account currency balance } } }";
    let variables = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_FINANCE", query, variables).await;
    assert_eq!(data["suspense"]["nodes"], json!([]));
    let is_nothing = |it: &Value| it["balance"].as_str().unwrap().parse::<f64>() == Ok(0.0);
    for account in data["suspenseAges"]["accounts"].as_array().unwrap() {
        assert!(is_nothing(account) && account["parts"] == 0, "{account}");
    }
    for row in data["trialBalance"]["rows"].as_array().unwrap() {
        let account = row["account"].as_str().unwrap();
        let is_under_way = ["suspense:", "refund:"].iter().any(|it| account.starts_with(it));
        assert!(!is_under_way || is_nothing(row), "{row}");
    }
}

/// The provider names no pay-in that we know: to a wallet, to a pay-in, back to the payer.
async fn unmatched(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let ama = market::wallet(server, "ama").await;
    let stray = sim.pays_stray(700).await;
    assert_eq!(item(server, &stray).await, is("reference", "700"));
    // One person alone never may, and not less than all of it.
    let alone = |amount: &str, currency: &str| {
        json!({ "commandId": new_id(), "provider": "sim", "providerObject": stray,
            "amount": amount, "currency": currency, "to": { "wallet": ama } })
    };
    for (amount, currency, code, field) in [
        ("700", "XOF", "FOUR_EYES_NEEDED", json!(null)),
        ("650", "XOF", "TOTAL_DIFFERS", json!("amount")),
        ("700", "USD", "WRONG_CURRENCY", json!("currency")),
    ] {
        let input = alone(amount, currency);
        let refused = server.mutate("TOKEN_FINANCE", "assignSuspense", input).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{refused}");
    }
    assigns(desk, "sim", &stray, "700", json!({ "wallet": ama })).await;
    desk.has(ama, "700").await;

    let payin = sim.expects(ama, 800).await;
    let stray = sim.pays_stray(800).await;
    item(server, &stray).await;
    assigns(desk, "sim", &stray, "800", json!({ "payin": payin })).await;
    server.becomes("payin", payin, "SUCCEEDED").await;
    desk.has(ama, "1500").await;

    let stray = sim.pays_stray(900).await;
    item(server, &stray).await;
    gives_back(desk, &stray, "400").await;
    assert_eq!(item(server, &stray).await, is("reference", "500"));
    gives_back(desk, &stray, "500").await;
}

/// Less than was asked; more than was asked, of which the difference is in suspense.
async fn of_another_amount(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let ama = market::wallet(server, "ama-2").await;
    let payin = sim.expects(ama, 1_000).await;
    let little = sim.pay(payin, "600", "XOF", json!({})).await;
    assert_eq!(item(server, &little).await, is("amount", "600"));
    assigns(desk, "sim", &little, "600", json!({ "wallet": ama })).await;
    desk.has(ama, "600").await;

    let payin = sim.expects(ama, 1_000).await;
    let much = sim.pay(payin, "1500", "XOF", json!({})).await;
    assert_eq!(item(server, &much).await, is("overpaid", "500"));
    desk.has(ama, "1600").await;
    gives_back(desk, &much, "500").await;
}

async fn of_another_currency(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let ama = market::wallet(server, "ama-3").await;
    let payin = sim.expects(ama, 1_000).await;
    let dollars = sim.pay(payin, "5.00", "USD", json!({})).await;
    assert_eq!(item(server, &dollars).await, is("currency", "5.00"));
    assigns_in(desk, "sim", &dollars, ("5.00", "USD"), json!({ "wallet": ama })).await;
    assert_eq!(server.available(ama, "USD", server.head().await).await, "5.00");
}

/// Two payments of one pay-in, and one through another provider than was asked.
async fn paid_again(server: &Server) {
    let desk = Desk(server);
    let ama = market::wallet(server, "ama-4").await;
    market::fund(server, ama, 2_000).await;
    let payin = Sim(server).expects(ama, 300).await;
    for (named, object, reason) in [(payin, "pi_other_way", "provider")] {
        let body = paid_as(named, object, 300);
        server.webhook("stripe", STRIPE_SCHEME, &body).await;
        assert_eq!(item(server, object).await, is(reason, "300"));
        assigns(desk, "stripe", object, "300", json!({ "wallet": ama })).await;
    }
    let again = new_id();
    let input = json!({ "commandId": new_id(), "payin": again, "wallet": ama,
        "amount": "300", "currency": "XOF", "provider": "stripe" });
    server.done("TOKEN_SERVICE", "initiatePayin", input).await;
    for object in ["pi_first_try", "pi_second_try"] {
        server.webhook("stripe", STRIPE_SCHEME, &paid_as(again, object, 300)).await;
    }
    assert_eq!(item(server, "pi_second_try").await, is("paid_again", "300"));
    assigns(desk, "stripe", "pi_second_try", "300", json!({ "wallet": ama })).await;
    desk.has(ama, "2900").await;
    cancel(server, payin).await;
}

/// Stripe's word that a payment of this name paid a pay-in.
fn paid_as(payin: Uuid, object: &str, francs: u64) -> String {
    json!({ "id": format!("evt_{object}"), "object": "event", "type": "payment_intent.succeeded",
        "data": { "object": { "id": object, "object": "payment_intent",
            "amount_received": francs, "currency": "xof",
            "metadata": { "cauri_payin": payin } } } })
    .to_string()
}

async fn of_a_wallet_that_takes_nothing(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let frozen = market::wallet(server, "yao").await;
    let payin = sim.expects(frozen, 450).await;
    freeze(server, frozen).await;
    let payment = sim.pay(payin, "450", "XOF", json!({})).await;
    assert_eq!(item(server, &payment).await, is("wallet_frozen", "450"));
    unfreeze(server, frozen).await;
    assigns(desk, "sim", &payment, "450", json!({ "payin": payin })).await;
    desk.has(frozen, "450").await;

    let closed = market::wallet(server, "esi").await;
    let payin = sim.expects(closed, 350).await;
    cancel(server, payin).await;
    let input = json!({ "commandId": new_id(), "wallet": closed });
    server.done("TOKEN_ADMIN", "closeWallet", input).await;
    let payment = sim.pay(payin, "350", "XOF", json!({})).await;
    assert_eq!(item(server, &payment).await, is("wallet_closed", "350"));
    gives_back(desk, &payment, "350").await;
}

/// After its pay-in was given up: held for a person, given back or credited by the policy.
async fn too_late(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let ama = market::wallet(server, "ama-5").await;
    let given_up = || async {
        let payin = sim.expects(ama, 500).await;
        cancel(server, payin).await;
        (payin, sim.pay(payin, "500", "XOF", json!({})).await)
    };
    late(server, "HOLD").await;
    let (payin, payment) = given_up().await;
    assert_eq!(item(server, &payment).await, is("late", "500"));
    assigns(desk, "sim", &payment, "500", json!({ "payin": payin })).await;
    server.becomes("payin", payin, "SUCCEEDED").await;
    desk.has(ama, "500").await;
    let (_, payment) = given_up().await;
    assert_eq!(item(server, &payment).await, is("late", "500"));
    gives_back(desk, &payment, "500").await;

    late(server, "REFUND").await;
    let before: i64 = desk.balance("clearing:sim").await.parse().unwrap();
    given_up().await;
    // It came and went: what the provider holds is what it was.
    let query = "query($at: Revision) { refunds(first: 1, atLeastRevision: $at) { nodes {
        reason status } } }";
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let variables = json!({ "at": server.head().await });
        let data = server.graphql("TOKEN_FINANCE", query, variables).await;
        if data["refunds"]["nodes"] == json!([{ "reason": "late", "status": "SUCCEEDED" }]) {
            break;
        }
        assert!(Instant::now() < deadline, "{data}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    desk.balances("clearing:sim", &before.to_string()).await;
    late(server, "CREDIT").await;
    let (payin, _) = given_up().await;
    server.becomes("payin", payin, "SUCCEEDED").await;
    desk.has(ama, "1000").await;
}

/// A payout comes back to a wallet that was closed meanwhile: the item has the withdrawal's name.
async fn come_back(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let abla = market::wallet(server, "abla").await;
    let kofi = market::wallet(server, "kofi").await;
    sim.pays(abla, 650, json!({})).await;
    desk.has(abla, "650").await;
    let withdrawal = desk.withdraws(abla, "650").await;
    server.becomes("withdrawal", withdrawal, "PAID").await;
    let input = json!({ "commandId": new_id(), "wallet": abla });
    server.done("TOKEN_ADMIN", "closeWallet", input).await;
    sim.accepts(&format!("payouts/{withdrawal}/return"), json!({})).await;
    let object = withdrawal.to_string();
    assert_eq!(item(server, &object).await, is("returned", "650"));
    assigns(desk, "sim", &object, "650", json!({ "wallet": kofi })).await;
    desk.has(kofi, "650").await;
}

/// A refund that the provider could not make, of a wallet that takes nothing meanwhile.
async fn given_back_in_vain(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let afi = market::wallet(server, "afi").await;
    let (payin, payment) = sim.pays(afi, 750, json!({ "refunds": "fail" })).await;
    desk.has(afi, "750").await;
    freeze(server, afi).await;
    let refund = new_id();
    let input = json!({ "commandId": new_id(), "refund": refund, "of": { "payin": payin },
        "amount": "750", "currency": "XOF", "reason": "returned" });
    server.done("TOKEN_FINANCE", "requestRefund", input).await;
    server.becomes("refund", refund, "FAILED").await;
    assert_eq!(item(server, &payment).await, is("refund.failed", "750"));
    unfreeze(server, afi).await;
    assigns(desk, "sim", &payment, "750", json!({ "wallet": afi })).await;
    desk.has(afi, "750").await;
}

/// Money of nobody's that could not be given back: two items of one payment, and its money is in the
/// list once, as it is on the account.
async fn given_back_in_vain_of_nobodys(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let ama = market::wallet(server, "ama-6").await;
    let stray = sim.pay(new_id(), "300", "XOF", json!({ "refunds": "fail" })).await;
    assert_eq!(item(server, &stray).await, is("reference", "300"));
    let refund = new_id();
    let of = json!({ "suspense": { "provider": "sim", "providerObject": stray } });
    let command = json!({ "refund": refund, "amount": "300", "currency": "XOF",
        "reason": "not-ours", "of": of });
    desk.two_persons(json!({ "requestRefund": command })).await;
    server.becomes("refund", refund, "FAILED").await;
    let query = "query($at: Revision) {
        open: suspense(first: 5, atLeastRevision: $at) {
            nodes { providerObject reason held } }
        all: suspense(open: null, first: 2, atLeastRevision: $at) {
            nodes { providerObject reason held } } }";
    let variables = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_FINANCE", query, variables).await;
    let of = |reason: &str, held: &str| json!({ "providerObject": stray, "reason": reason, "held": held });
    assert_eq!(data["open"]["nodes"], json!([of("refund.failed", "300")]));
    assert_eq!(data["all"]["nodes"], json!([of("refund.failed", "300"), of("reference", "0")]));
    assert_eq!(desk.balance("suspense:sim").await, "300");
    assigns(desk, "sim", &stray, "300", json!({ "wallet": ama })).await;
    desk.has(ama, "300").await;
}

/// A dispute that was won, of a wallet that takes nothing meanwhile.
async fn reinstated(server: &Server) {
    let (desk, sim) = (Desk(server), Sim(server));
    let koku = market::wallet(server, "koku").await;
    let (_, payment) = sim.pays(koku, 850, json!({})).await;
    desk.has(koku, "850").await;
    sim.tells(&payment, json!({ "told": "funds_withdrawn" })).await;
    desk.has(koku, "0").await;
    freeze(server, koku).await;
    sim.tells(&payment, json!({ "told": "won" })).await;
    sim.tells(&payment, json!({ "told": "funds_reinstated" })).await;
    assert_eq!(item(server, &payment).await, is("chargeback.given_back", "850"));
    unfreeze(server, koku).await;
    assigns(desk, "sim", &payment, "850", json!({ "wallet": koku })).await;
    desk.has(koku, "850").await;
}

/// What persons put there, persons take out.
async fn by_hand(server: &Server) {
    let desk = Desk(server);
    let adjusts = |from: &'static str, to: &'static str| async move {
        let posting = |account: &str, side: &str| json!({ "account": account, "side": side, "amount": "40", "currency": "XOF" });
        let postings = [posting(from, "DEBIT"), posting(to, "CREDIT")];
        desk.two_persons(json!({ "adjust": { "correction": new_id(), "postings": postings,
            "reason": "mistake" } }))
            .await;
    };
    adjusts("bank", "suspense:sim").await;
    let query = "query($at: Revision) { suspenseAges(atLeastRevision: $at) { accounts {
        account currency parts open { kind object open waitsFor } } } }";
    let variables = json!({ "at": server.head().await });
    let data = server.graphql("TOKEN_FINANCE", query, variables).await;
    let accounts = data["suspenseAges"]["accounts"].as_array().unwrap();
    let francs = |it: &&Value| it["account"] == "suspense:sim" && it["currency"] == "XOF";
    let open = json!([{ "kind": "adjustment.posted", "object": "", "open": "40",
        "waitsFor": "PERSON" }]);
    assert_eq!(accounts.iter().find(francs).unwrap()["open"], open);
    adjusts("suspense:sim", "bank").await;
}

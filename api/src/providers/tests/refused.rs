//! What is doubtful is unknown and never refused; refunds and captures under keys of their own.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::{LedgerId, PayinId, RefundId};
use cauri_sagas::gateway::{
    Begun, CaptureInstruction, PayoutGateway as _, PayoutStatus, RefundInstruction, Submitted,
};
use serde_json::json;
use uuid::Uuid;

use super::kit::{PAYIN, World, order};
use crate::providers::port::Starter;
use crate::providers::{Kind, fedapay, hub2, pawapay, pispi, sim, stripe};

#[tokio::test]
async fn only_the_providers_own_word_is_a_refusal() {
    let world = World::open().await;
    let stripe =
        stripe::Stripe::try_new(&world.account(Kind::Stripe, &[("api_key", "k")])).unwrap();
    let fedapay =
        fedapay::Fedapay::try_new(&world.account(Kind::Fedapay, &[("api_key", "k")])).unwrap();
    let hub2 = [("api_key", "k"), ("merchant_id", "m")];
    let hub2 = hub2::Hub2::try_new(&world.account(Kind::Hub2, &hub2)).unwrap();
    let sim = sim::Sim::at(&world.url).unwrap();
    let payins = format!("POST /v1/payins/{PAYIN}");
    let lines = [
        "POST /v1/payment_intents",
        "POST /v1/transactions",
        "POST /payment-intents",
        payins.as_str(),
    ];
    let clients: [&dyn Starter; 4] = [&stripe, &fedapay, &hub2, &sim];
    for (line, client) in lines.into_iter().zip(clients) {
        for status in [401, 403, 429, 500, 502, 503] {
            world.says(line, status, json!({ "error": { "type": "api_error" } }));
            let begun = client.begin(&order("500", "XOF")).await;
            assert!(matches!(begun, Begun::Unknown { .. }), "{line} {status}: {begun:?}");
        }
        world.says_text(line, 400, "<html>proxy</html>");
        let begun = client.begin(&order("500", "XOF")).await;
        assert!(matches!(begun, Begun::Unknown { .. }), "{line}: {begun:?}");
        world.says_text(line, 200, "{}");
        let begun = client.begin(&order("500", "XOF")).await;
        assert!(matches!(begun, Begun::Unknown { .. }), "{line}: {begun:?}");
    }
    let idempotency = json!({ "error": { "type": "idempotency_error" } });
    world.says(lines[0], 400, idempotency);
    assert!(matches!(stripe.begin(&order("500", "XOF")).await, Begun::Unknown { .. }));
    world.says(lines[0], 400, json!({ "error": { "code": "amount_too_small" } }));
    let Begun::Refused { code, .. } = stripe.begin(&order("1", "XOF")).await else {
        panic!("not refused")
    };
    assert_eq!(code, "amount_too_small");
}

fn refund() -> RefundInstruction {
    RefundInstruction {
        ledger: LedgerId::main(),
        refund: RefundId(Uuid::from_u128(7)),
        payment: "pi_1".to_owned(),
        amount: "5.00".to_owned(),
        currency: "USD".to_owned(),
    }
}

#[tokio::test]
async fn stripe_captures_and_gives_back_under_our_keys() {
    let world = World::open().await;
    let stripe =
        stripe::Stripe::try_new(&world.account(Kind::Stripe, &[("api_key", "k")])).unwrap();
    let payments = stripe::StripePayments::new("stripe".parse().unwrap(), Arc::new(stripe));
    let line = "POST /v1/refunds";
    let made = |status: &str| json!({ "id": "re_1", "status": status, "failure_reason": "lost_or_stolen_card" });
    let object = "re_1".to_owned();
    for (status, is) in [
        ("succeeded", Submitted::Made { object: object.clone() }),
        ("pending", Submitted::Accepted { object }),
        ("failed", Submitted::Refused { code: "lost_or_stolen_card".to_owned() }),
    ] {
        world.says(line, 200, made(status));
        assert_eq!(payments.refund(&refund()).await, is);
    }
    let asked = world.asked(line).remove(0);
    assert_eq!(asked.headers["idempotency-key"], Uuid::from_u128(7).to_string());
    assert!(asked.body.contains("amount=500") && asked.body.contains("payment_intent=pi_1"));
    world.says(line, 400, json!({ "error": { "code": "charge_disputed" } }));
    assert!(matches!(payments.refund(&refund()).await, Submitted::Refused { .. }));
    world.says(line, 400, json!({ "error": { "code": "charge_already_refunded" } }));
    assert!(matches!(payments.refund(&refund()).await, Submitted::Unknown { .. }));
    // It is asked by sending again, and only while Stripe keeps the key: later that would be another.
    let status = payments.refund_status(RefundId(Uuid::from_u128(7))).await;
    assert_eq!(status, PayoutStatus::NotSearchable);
    assert!(payments.keeps_keys().unwrap() < Duration::from_hours(24));

    let capture = CaptureInstruction {
        ledger: LedgerId::main(),
        payin: PayinId(PAYIN),
        payment: "pi_1".to_owned(),
        amount: "5.00".to_owned(),
        currency: "USD".to_owned(),
    };
    let line = "POST /v1/payment_intents/pi_1/capture";
    world.says(line, 200, json!({ "id": "pi_1", "status": "succeeded" }));
    assert!(matches!(payments.capture(&capture).await, Submitted::Accepted { .. }));
    // Not the key under which it was begun.
    assert_eq!(world.asked(line)[0].headers["idempotency-key"], format!("{PAYIN}-capture"));
    let intent = |status: &str, received: u64| {
        json!({ "id": "pi_1", "status": status,
        "currency": "usd", "amount_received": received })
    };
    for (status, received, is) in [
        ("succeeded", 500, PayoutStatus::Paid { object: "pi_1".to_owned() }),
        ("succeeded", 400, PayoutStatus::Unknown { why: "amount_differs".to_owned() }),
        ("requires_capture", 0, PayoutStatus::NotFound),
        ("processing", 0, PayoutStatus::Pending),
    ] {
        world.says("GET /v1/payment_intents/pi_1", 200, intent(status, received));
        assert_eq!(payments.capture_status(&capture).await, is);
    }
}

#[tokio::test]
async fn pawapay_gives_back_once() {
    let world = World::open().await;
    let pawapay =
        pawapay::Pawapay::try_new(&world.account(Kind::Pawapay, &[("api_token", "k")])).unwrap();
    let refunds = pawapay::PawapayRefunds::new("pawapay".parse().unwrap(), Arc::new(pawapay));
    let id = Uuid::from_u128(7).to_string();
    for status in ["ACCEPTED", "DUPLICATE_IGNORED"] {
        world.says("POST /v2/refunds", 200, json!({ "refundId": id, "status": status }));
        assert_eq!(refunds.refund(&refund()).await, Submitted::Accepted { object: id.clone() });
    }
    let line = format!("GET /v2/refunds/{id}");
    for (status, is) in [
        ("COMPLETED", PayoutStatus::Paid { object: id.clone() }),
        ("PROCESSING", PayoutStatus::Pending),
    ] {
        world.says(&line, 200, json!({ "status": "FOUND", "data": { "status": status } }));
        assert_eq!(refunds.refund_status(RefundId(Uuid::from_u128(7))).await, is);
    }
    world.says(&line, 200, json!({ "status": "NOT_FOUND" }));
    assert_eq!(refunds.refund_status(RefundId(Uuid::from_u128(7))).await, PayoutStatus::NotFound);
}

#[tokio::test]
async fn pispi_gives_whole_payments_back_and_asks_before() {
    let world = World::open().await;
    let pispi = world.account(Kind::Pispi, &[("api_key", "token")]);
    let pispi = pispi::Pispi::try_new(&pispi).unwrap();
    let refunds = pispi::PispiRefunds::new("pispi".parse().unwrap(), Arc::new(pispi));
    let asked = |amount: &str| RefundInstruction {
        payment: "E-1".to_owned(),
        amount: amount.to_owned(),
        currency: "XOF".to_owned(),
        ..refund()
    };
    let (read, give) = ("GET /paiements/E-1/statuts", "PUT /paiements/E-1/retours");
    let payment = |returned: Option<&str>| {
        json!({ "end2endId": "E-1", "montant": 700, "statut": "IRREVOCABLE",
            "retourStatut": returned, "retourStatutRaison": "AM04" })
    };
    // Not known, not settled, a part of it: nothing is given back.
    assert!(matches!(refunds.refund(&asked("700")).await, Submitted::Unknown { .. }));
    let rejected = json!({ "end2endId": "E-1", "montant": 700, "statut": "REJETE" });
    world.says(read, 200, rejected);
    assert!(matches!(refunds.refund(&asked("700")).await, Submitted::Unknown { .. }));
    world.says(read, 200, payment(None));
    let part = refunds.refund(&asked("300")).await;
    assert_eq!(part, Submitted::Refused { code: "only_whole_payments".to_owned() });
    assert!(world.asked(give).is_empty());

    world.says(give, 200, payment(Some("INITIE")));
    let object = "E-1".to_owned();
    let open = Submitted::Accepted { object: object.clone() };
    assert_eq!(refunds.refund(&asked("700")).await, open);
    for status in [403, 429, 503] {
        world.says(give, status, json!({ "type": "about:blank" }));
        let doubtful = refunds.refund(&asked("700")).await;
        assert!(matches!(doubtful, Submitted::Unknown { .. }), "{status}: {doubtful:?}");
    }
    // Once there is one, however it ended, no other is sent.
    let before = world.asked(give).len();
    for (returned, is) in [
        ("ENVOYE", open),
        ("IRREVOCABLE", Submitted::Made { object }),
        ("REJETE", Submitted::Refused { code: "am04".to_owned() }),
    ] {
        world.says(read, 200, payment(Some(returned)));
        assert_eq!(refunds.refund(&asked("700")).await, is);
    }
    assert_eq!(world.asked(give).len(), before);
}

//! What becomes of money after it came in: refunds, disputes, fees, as each provider tells them.

use cauri_api::webhooks::{FEDAPAY, SIM, STRIPE, pispi};
use serde_json::{Value, json};

use crate::kit::{OURS, said, stripe_event};

fn stripe(kind: &str, object: Value) -> String {
    said(STRIPE, &stripe_event(kind, object))
}

#[test]
fn stripe_tells_what_is_not_money_yet() {
    let intent = json!({"id": "pi_1", "amount": 1000, "amount_capturable": 900,
        "currency": "usd", "metadata": {"cauri_payin": OURS}});
    assert_eq!(stripe("payment_intent.processing", intent.clone()), "submitted ours pi_1");
    let authorised = stripe("payment_intent.amount_capturable_updated", intent.clone());
    assert_eq!(authorised, "authorised ours pi_1 900 USD");
    assert_eq!(stripe("payment_intent.canceled", intent), "declined ours pi_1 canceled");
    let nobodys = json!({"id": "pi_1", "currency": "usd"});
    assert_eq!(
        stripe("payment_intent.processing", nobodys),
        "payment_intent.processing: no effect"
    );
}

#[test]
fn stripe_tells_refunds_by_the_charges_total_and_by_our_own_id() {
    let charge = json!({"id": "ch_1", "payment_intent": "pi_1", "amount": 1000,
        "amount_refunded": 250, "currency": "usd"});
    assert_eq!(stripe("charge.refunded", charge), "refunded in all pi_1 250 USD");
    let foreign = json!({"id": "ch_1", "amount_refunded": 250, "currency": "usd"});
    assert_eq!(stripe("charge.refunded", foreign), "charge.refunded: no effect");

    let refund = |status: &str, metadata: Value| {
        let object = json!({"id": "re_1", "payment_intent": "pi_1", "amount": 250,
            "currency": "usd", "status": status, "metadata": metadata,
            "failure_reason": "expired_or_canceled_card"});
        stripe("refund.updated", object)
    };
    let ours = || json!({"cauri_refund": OURS});
    assert_eq!(refund("succeeded", ours()), "refunded ours re_1");
    assert_eq!(refund("failed", ours()), "not refunded ours re_1 expired_or_canceled_card");
    assert_eq!(refund("pending", ours()), "refund.updated: no effect");
    assert_eq!(refund("succeeded", json!({})), "refund.updated: no effect");
}

#[test]
fn stripe_tells_a_dispute_word_by_word() {
    let dispute = |kind: &str, status: &str| {
        let object = json!({"id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1",
            "amount": 1000, "currency": "usd", "reason": "fraudulent", "status": status,
            "evidence_details": {"due_by": 1_790_000_000_i64},
            "balance_transactions": [
                {"amount": -1000, "fee": 1500, "net": -2500, "currency": "usd"},
                {"amount": 0, "fee": 70, "net": -70, "currency": "eur"}]});
        stripe(&format!("charge.dispute.{kind}"), object)
    };
    let due = "due 2026-09-21T14:13:20+00:00";
    let opened = format!("dp_1 of pi_1: opened 1000 USD fraudulent {due}");
    assert_eq!(dispute("created", "needs_response"), opened);
    assert_eq!(dispute("updated", "under_review"), opened);
    assert_eq!(dispute("created", "warning_needs_response"), "dp_1 of pi_1: inquiry");
    let withdrawn = "dp_1 of pi_1: withdrawn 1000 USD fee 1500 USD";
    assert_eq!(dispute("funds_withdrawn", "needs_response"), withdrawn);
    let reinstated = "dp_1 of pi_1: reinstated 1000 USD";
    assert_eq!(dispute("funds_reinstated", "won"), reinstated);
    assert_eq!(dispute("closed", "won"), "dp_1 of pi_1: won");
    assert_eq!(dispute("closed", "warning_closed"), "dp_1 of pi_1: won");
    assert_eq!(dispute("closed", "lost"), "dp_1 of pi_1: lost");
    let warning = json!({"id": "issfr_1", "charge": "ch_1", "payment_intent": "pi_1"});
    assert_eq!(stripe("radar.early_fraud_warning.created", warning), "issfr_1 of pi_1: inquiry");
}

#[test]
fn fedapay_tells_all_of_a_transaction_at_once() {
    let transaction = |status: &str, more: Value| {
        let mut entity = json!({"id": 7, "status": status, "amount": 5000,
            "amount_debited": 5000, "currency": {"iso": "XOF", "div": 1},
            "merchant_reference": OURS});
        entity.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said(FEDAPAY, &json!({"name": "transaction.updated", "entity": entity}))
    };
    let money = "in ours 7 5000 XOF";
    assert_eq!(transaction("approved", json!({"amount_transferred": 0})), money);
    let kept = format!("{money}; fee nobody's 7 90 XOF");
    assert_eq!(transaction("transferred", json!({"amount_transferred": 4910})), kept);
    let all = format!("{money}; refunded in all 7 5000 XOF");
    assert_eq!(transaction("refunded", json!({})), all);
    let part = json!({"refunds": [{"id": 1, "amount": 1000}, {"id": 2, "amount": 500}]});
    let part_of = format!("{money}; refunded in all 7 1500 XOF");
    assert_eq!(transaction("approved_partially_refunded", part), part_of);
    assert_eq!(transaction("transferred_partially_refunded", json!({})), money);
    let bad = json!({"refunds": {"amount": 7}});
    assert_eq!(transaction("approved_partially_refunded", bad), "entity.refunds is not a list");
}

#[test]
fn the_simulated_provider_tells_everything_there_is() {
    let told = |kind: &str| {
        said(
            SIM,
            &json!({"type": kind, "id": "x_1", "reference": OURS, "payment": "pi_1",
            "amount": "10.00", "currency": "USD", "fee": "15", "reason": "fraudulent",
            "due_by": "2026-01-31T00:00:00Z"}),
        )
    };
    for (kind, expected) in [
        ("payin.submitted", "submitted ours x_1"),
        ("payin.authorised", "authorised ours x_1 1000 USD"),
        ("refund.succeeded", "refunded ours x_1"),
        ("refund.failed", "not refunded ours x_1 fraudulent"),
        ("payment.refunded", "refunded in all x_1 1000 USD"),
        ("fee.taken", "fee nobody's x_1 1000 USD"),
        ("dispute.inquiry", "x_1 of pi_1: inquiry"),
        ("dispute.opened", "x_1 of pi_1: opened 1000 USD fraudulent due 2026-01-31T00:00:00+00:00"),
        ("dispute.funds_withdrawn", "x_1 of pi_1: withdrawn 1000 USD fee 1500 USD"),
        ("dispute.funds_reinstated", "x_1 of pi_1: reinstated 1000 USD"),
        ("dispute.won", "x_1 of pi_1: won"),
        ("dispute.lost", "x_1 of pi_1: lost"),
    ] {
        assert_eq!(told(kind), expected);
    }
    let late = json!({"type": "dispute.opened", "id": "x_1", "payment": "pi_1",
        "amount": "10", "currency": "USD", "due_by": "tomorrow"});
    assert_eq!(said(SIM, &late), "due_by is not a time such as 2026-01-31T00:00:00Z");
    let no_payment = json!({"type": "dispute.won", "id": "x_1"});
    assert_eq!(said(SIM, &no_payment), "payment is missing");
}

#[test]
fn pispi_tells_a_batch_in_francs() {
    let batch = |items: Value| said(pispi::NAME, &json!({ "data": items, "meta": { "total": 1 } }));
    let item = |code: &str| {
        json!({"evCode": code, "evDate": "2026-11-20T10:00:00Z", "txId": OURS,
            "end2endId": "E2E-1", "montant": 5000, "motif": "Client A. Mensah"})
    };
    for (code, expected) in [
        ("PAIEMENT_RECU", "in ours E2E-1 5000 XOF"),
        ("RTP_REJETE", "declined ours E2E-1 rejected"),
        ("PAIEMENT_ENVOYE", "out ours E2E-1 5000 XOF"),
        ("PAIEMENT_REJETE", "failed ours E2E-1 rejected"),
        ("RETOUR_RECU", "failed ours E2E-1 returned"),
        ("RETOUR_ENVOYE", "refunded in all E2E-1 5000 XOF"),
        ("ANNULATION_DEMANDE", "E2E-1 of E2E-1: inquiry"),
        ("RETOUR_REJETE", "RETOUR_REJETE: no effect"),
    ] {
        assert_eq!(batch(json!([item(code)])), expected);
    }
    let two = batch(json!([item("PAIEMENT_RECU"), item("RETOUR_ENVOYE")]));
    assert_eq!(two, "in ours E2E-1 5000 XOF; refunded in all E2E-1 5000 XOF");
    let mut float = item("PAIEMENT_RECU");
    float["montant"] = json!(5000.5);
    let refused = "data[0].montant is not a whole number from 0 to 2^64 - 1";
    assert_eq!(batch(json!([float])), refused);
    assert_eq!(batch(json!({})), "data is not a list");
}

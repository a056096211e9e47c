//! What it says: every provider's bodies read into facts, exactly or not at all.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod after;
mod kit;

use cauri_api::webhooks::{FEDAPAY, Fact, SIM, STRIPE, WebhookError};
use proptest::prelude::*;
use serde_json::json;

use kit::{OURS, receive, said, say, stripe_event};

fn stripe_amount(amount: serde_json::Value, currency: &str) -> String {
    let object = json!({"id": "pi_1", "amount_received": amount, "currency": currency});
    said(STRIPE, &stripe_event("payment_intent.succeeded", object))
}

/// docs.stripe.com/currencies: sent without decimals, and with three, whatever ISO 4217 says.
#[test]
fn stripes_table_of_scales_is_whole() {
    for code in "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(' ') {
        let minor = if code == "MGA" { 700 } else { 7 };
        assert_eq!(stripe_amount(json!(7), code), format!("in nobody's pi_1 {minor} {code}"));
    }
    for code in "BHD JOD KWD OMR TND".split(' ') {
        assert_eq!(stripe_amount(json!(7120), code), format!("in nobody's pi_1 7120 {code}"));
    }
    for code in "ISK UGX".split(' ') {
        assert_eq!(stripe_amount(json!(700), code), format!("in nobody's pi_1 7 {code}"));
    }
    for code in "USD EUR GHS NGN HUF TWD MRU".split(' ') {
        assert_eq!(stripe_amount(json!(700), code), format!("in nobody's pi_1 700 {code}"));
    }
}

#[test]
fn stripe_amounts_follow_stripes_own_scale() {
    for (amount, currency, expected) in [
        (1000, "usd", "in nobody's pi_1 1000 USD"),
        (500, "xof", "in nobody's pi_1 500 XOF"),
        (500, "jpy", "in nobody's pi_1 500 JPY"),
        (500, "isk", "in nobody's pi_1 5 ISK"),
        (500, "ugx", "in nobody's pi_1 5 UGX"),
        (5, "mga", "in nobody's pi_1 500 MGA"),
        (5120, "kwd", "in nobody's pi_1 5120 KWD"),
        (500, "huf", "in nobody's pi_1 500 HUF"),
        (501, "isk", "data.object.amount_received is finer than its currency"),
        (1, "ugx", "data.object.amount_received is finer than its currency"),
        (1, "lyd", "data.object.currency is a currency whose scale at Stripe is not known"),
        (1, "zzz", "data.object.currency is no ISO 4217 currency"),
        (0, "usd", "data.object.amount_received is zero"),
    ] {
        assert_eq!(stripe_amount(json!(amount), currency), expected, "{amount} {currency}");
    }
    assert_eq!(
        stripe_amount(json!(u64::MAX), "mga"),
        "data.object.amount_received is too large",
        "what cannot be scaled is refused"
    );
    let not_whole = "data.object.amount_received is not a whole number from 0 to 2^64 - 1";
    assert_eq!(stripe_amount(json!(-5), "usd"), not_whole);
    assert_eq!(stripe_amount(json!(10.5), "usd"), not_whole);
    assert_eq!(stripe_amount(json!(10.0), "usd"), not_whole);
    assert_eq!(stripe_amount(json!("10"), "usd"), "data.object.amount_received is not a number");
    assert_eq!(stripe_amount(json!(null), "usd"), "data.object.amount_received is missing");
}

#[test]
fn stripe_events_say_what_they_mean() {
    let intent = |kind, more: serde_json::Value| {
        let mut object = json!({"id": "pi_1", "amount": 1000, "amount_received": 900,
            "currency": "usd", "metadata": {"cauri_payin": OURS}});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said(STRIPE, &stripe_event(kind, object))
    };
    assert_eq!(intent("payment_intent.succeeded", json!({})), "in ours pi_1 900 USD");
    let other_name = json!({"metadata": {"payin_id": OURS}});
    assert_eq!(intent("payment_intent.succeeded", other_name), "in ours pi_1 900 USD");
    let no_uuid = json!({"metadata": {"cauri_payin": "order 7", "payin_id": 7}});
    assert_eq!(intent("payment_intent.succeeded", no_uuid), "in nobody's pi_1 900 USD");
    for (error, reason) in [
        (
            json!({"code": "card_declined", "decline_code": "insufficient_funds"}),
            "insufficient_funds",
        ),
        (json!({"code": "card_declined"}), "card_declined"),
        (json!({"code": "Card of Ama Mensah was declined"}), "declined"),
        (json!({"code": "tel_22890112233"}), "declined"),
        (json!({"code": ""}), "declined"),
        (json!(null), "declined"),
    ] {
        let told = intent("payment_intent.payment_failed", json!({"last_payment_error": error}));
        assert_eq!(told, format!("declined ours pi_1 {reason}"));
    }
    for kind in ["payment_intent.created", "charge.captured", "invented.by.stripe.tomorrow"] {
        assert_eq!(intent(kind, json!({})), format!("{kind}: no effect"));
    }
    assert_eq!(said(STRIPE, &json!({"type": "a.b"})), "id is missing");
    let odd_id = json!({"id": "pi 1", "amount_received": 1, "currency": "usd"});
    assert_eq!(
        said(STRIPE, &stripe_event("payment_intent.succeeded", odd_id)),
        "data.object.id is not 1 to 128 letters, digits, _, ., : and -"
    );
}

#[test]
fn stripe_transfers_are_judged_by_what_of_them_came_back() {
    let event = |kind: &str, back: serde_json::Value, metadata: serde_json::Value| {
        let object = json!({"id": "tr_1", "object": "transfer", "amount": 1000,
            "amount_reversed": back, "reversed": back == 1000, "currency": "usd",
            "destination": "acct_1", "metadata": metadata});
        stripe_event(kind, object)
    };
    let ours = || json!({"cauri_withdrawal": OURS});
    let transfer =
        |kind: &str, back: u64, metadata| said(STRIPE, &event(kind, json!(back), metadata));
    let part =
        "data.object.amount_reversed is a part of the transfer, which only a person can book";
    for kind in ["transfer.created", "transfer.updated", "transfer.reversed"] {
        assert_eq!(transfer(kind, 0, ours()), "out ours tr_1 1000 USD");
        assert_eq!(transfer(kind, 1000, ours()), "failed ours tr_1 reversed");
        for back in [1, 400, 999] {
            assert_eq!(transfer(kind, back, ours()), part);
        }
        // The marketplace's own transfers.
        for back in [0, 400, 1000] {
            assert_eq!(transfer(kind, back, json!({})), format!("{kind}: no effect"));
        }
    }
    let other_name = json!({"withdrawal_id": OURS});
    assert_eq!(transfer("transfer.reversed", 1000, other_name), "failed ours tr_1 reversed");
    let unknown = said(STRIPE, &event("transfer.reversed", json!(null), ours()));
    assert_eq!(unknown, "data.object.amount_reversed is missing");

    // A part is kept as a dead letter, since the delivery also tells of what was paid.
    let partly = event("transfer.reversed", json!(400), ours());
    let delivery = receive(STRIPE, partly.to_string()).unwrap();
    assert!(matches!(delivery.facts[..], [Fact::PayoutPaid { .. }]), "{:?}", delivery.facts);
    assert!(delivery.unreadable.is_some());

    // No withdrawal is one of Stripe's payouts.
    for kind in ["payout.paid", "payout.failed", "payout.canceled"] {
        assert_eq!(transfer(kind, 1000, ours()), format!("{kind}: no effect"));
    }
}

#[test]
fn fedapay_is_judged_by_its_status_not_by_the_events_name() {
    let transaction = |status: &str| {
        said(
            FEDAPAY,
            &json!({"name": "transaction.updated", "object": "transaction", "entity": {
            "id": 7, "status": status, "amount": 5000, "amount_debited": 5100,
            "currency": {"iso": "XOF", "div": 1}, "custom_metadata": {"cauri_payin": OURS}}}),
        )
    };
    for status in ["approved", "transferred"] {
        assert_eq!(transaction(status), "in ours 7 5000 XOF");
    }
    for status in ["declined", "canceled", "expired"] {
        assert_eq!(transaction(status), format!("declined ours 7 {status}"));
    }
    for status in ["pending", "created", "invented"] {
        assert_eq!(transaction(status), format!("transaction.{status}: no effect"));
    }
    let payout = |status: &str| {
        said(
            FEDAPAY,
            &json!({"name": "payout.unknown_name", "object": "payout", "entity": {
            "id": "8", "status": status, "amount": 5000, "currency": {"iso": "XOF", "div": 1},
            "merchant_reference": OURS, "last_error_code": "ACCOUNT_NOT_FOUND"}}),
        )
    };
    assert_eq!(payout("sent"), "out ours 8 5000 XOF");
    assert_eq!(payout("failed"), "failed ours 8 account_not_found");
    assert_eq!(payout("pending"), "payout.pending: no effect");
    assert_eq!(
        said(FEDAPAY, &json!({"name": "customer.created", "entity": {"id": 1}})),
        "customer.created: no effect"
    );
    let with_currency = |amount: u64, currency: serde_json::Value| {
        said(
            FEDAPAY,
            &json!({"name": "transaction.approved", "entity": {
            "id": 7, "status": "approved", "amount": amount, "currency": currency}}),
        )
    };
    assert_eq!(with_currency(1050, json!({"iso": "USD", "div": 100})), "in nobody's 7 1050 USD");
    assert_eq!(with_currency(10, json!({"iso": "USD", "div": 1})), "in nobody's 7 1000 USD");
    assert_eq!(
        with_currency(50, json!({"iso": "XOF", "div": 100})),
        "entity.amount is finer than its currency"
    );
    assert_eq!(
        with_currency(50, json!({"iso": "XOF", "div": 7})),
        "entity.currency.div is not 1, 10, 100 or 1000"
    );
    assert_eq!(with_currency(50, json!({"iso": "XOF"})), "entity.currency.div is missing");
    assert_eq!(with_currency(50, json!("XOF")), "entity.currency is not an object");
}

#[test]
fn the_simulated_provider_is_read_exactly() {
    let money = |amount: serde_json::Value, currency: &str| {
        said(
            SIM,
            &json!({"type": "payin.succeeded", "id": "pi_1", "reference": OURS,
            "amount": amount, "currency": currency}),
        )
    };
    for (amount, currency, expected) in [
        ("10.00", "USD", "in ours pi_1 1000 USD"),
        ("10", "USD", "in ours pi_1 1000 USD"),
        ("0.1", "USD", "in ours pi_1 10 USD"),
        ("25000", "XOF", "in ours pi_1 25000 XOF"),
        ("25000.00", "XOF", "in ours pi_1 25000 XOF"),
        ("1.234", "KWD", "in ours pi_1 1234 KWD"),
        ("184467440737095516.15", "USD", "in ours pi_1 18446744073709551615 USD"),
        ("184467440737095516.16", "USD", "amount is too large"),
        ("25000.50", "XOF", "amount is finer than its currency"),
        ("1.005", "USD", "amount is finer than its currency"),
        ("0.00", "USD", "amount is zero"),
        ("10", "GOLD", "currency is no ISO 4217 currency"),
        ("10", "XXX", "currency is no ISO 4217 currency"),
    ] {
        assert_eq!(money(json!(amount), currency), expected, "{amount} {currency}");
    }
    for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1_000", "1,5", " 1", "١", "0x10", "NaN"] {
        assert_eq!(money(json!(bad), "USD"), "amount is not a decimal such as 10.00", "{bad}");
    }
    assert_eq!(money(json!("1".repeat(41)), "USD"), "amount is not a decimal such as 10.00");
    assert_eq!(money(json!(10), "USD"), "amount is not text");

    let delivery = receive(SIM, json!({"type": "news"}).to_string()).unwrap();
    assert_eq!(delivery.delivery_id.as_deref(), Some("msg_1"));
    assert_eq!(say(delivery), "news: no effect");
    let payout = |kind: &str, reference: serde_json::Value| {
        said(
            SIM,
            &json!({"type": kind, "id": "po_1", "reference": reference, "amount": "10.00",
            "currency": "USD", "reason": "destination_closed"}),
        )
    };
    assert_eq!(payout("payout.paid", json!(OURS)), "out ours po_1 1000 USD");
    assert_eq!(payout("payout.failed", json!(OURS)), "failed ours po_1 destination_closed");
    assert_eq!(
        payout("payin.failed", json!("cart 9")),
        "declined nobody's po_1 destination_closed"
    );
    assert_eq!(payout("payout.paid", json!("cart 9")), "reference is not a UUID");
    assert_eq!(payout("payout.paid", json!(null)), "reference is missing");
}

#[test]
fn bodies_that_two_readers_could_read_differently_are_refused() {
    let unreadable = |body: &[u8]| match receive(SIM, body) {
        Err(WebhookError::UnreadableBody { field, reason }) => format!("{field} {reason}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(unreadable(br#"{"type":"news","type":"payin.succeeded"}"#), "type occurs twice");
    assert_eq!(unreadable(br#"{"type":"news","a":[{"b":1,"\u0062":2}]}"#), "a[0].b occurs twice");
    assert_eq!(unreadable(b"\xff{}"), "body is not UTF-8");
    let not_json = "body is not JSON, or nested too deeply";
    for body in [&b""[..], b"{", b"{} {}", b"{\"type\":1e999}", b"\xef\xbb\xbf{}", b"NaN"] {
        assert_eq!(unreadable(body), not_json);
    }
    assert_eq!(unreadable("[".repeat(100_000).as_bytes()), not_json);
    assert_eq!(unreadable(b"[]"), "body is not an object");
    assert_eq!(unreadable(b"7"), "body is not an object");
    assert_eq!(unreadable(b"{\"type\":7}"), "type is not text");
}

/// A whole event of each kind that moves money.
fn templates() -> Vec<(&'static str, serde_json::Value)> {
    let usd = json!({"iso": "USD", "div": 100});
    vec![
        (
            STRIPE,
            stripe_event(
                "payment_intent.succeeded",
                json!({"id": "pi_1", "currency": "usd",
            "amount_received": 900, "metadata": {"cauri_payin": OURS}}),
            ),
        ),
        (
            STRIPE,
            stripe_event(
                "payment_intent.payment_failed",
                json!({"id": "pi_1",
            "metadata": {"cauri_payin": OURS}, "last_payment_error": {"code": "declined"}}),
            ),
        ),
        (
            STRIPE,
            stripe_event(
                "transfer.created",
                json!({"id": "tr_1", "currency": "usd", "amount": 900, "amount_reversed": 0,
            "metadata": {"cauri_withdrawal": OURS}}),
            ),
        ),
        (
            FEDAPAY,
            json!({"name": "transaction.approved", "object": "transaction", "entity": {
            "id": 7, "status": "approved", "amount": 900, "currency": usd,
            "merchant_reference": OURS}}),
        ),
        (
            FEDAPAY,
            json!({"name": "payout.failed", "object": "payout", "entity": {
            "id": 7, "status": "failed", "merchant_reference": OURS, "last_error_code": "E"}}),
        ),
        (
            STRIPE,
            stripe_event(
                "charge.dispute.funds_withdrawn",
                json!({"id": "dp_1", "payment_intent": "pi_1", "amount": 900, "currency": "usd",
            "status": "needs_response", "balance_transactions": [{"fee": 1500, "currency": "usd"}]}),
            ),
        ),
        (
            FEDAPAY,
            json!({"name": "transaction.refunded", "object": "transaction", "entity": {
            "id": 7, "status": "transferred_partially_refunded", "amount": 900,
            "amount_transferred": 880, "currency": usd, "refunds": [{"amount": 100}]}}),
        ),
        (
            SIM,
            json!({"type": "payout.paid", "id": "po_1", "reference": OURS, "amount": "9.00",
            "currency": "USD"}),
        ),
    ]
}

#[test]
fn every_template_moves_money() {
    for (provider, event) in templates() {
        assert!(!receive(provider, event.to_string()).unwrap().facts.is_empty(), "{event}");
    }
}

/// What may stand where something else was expected.
fn any_value() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!({})),
        Just(json!([{"id": 1}])),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        any::<u64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        prop::sample::select(vec![
            "usd",
            "XOF",
            "MGA",
            "KWD",
            "10.00",
            "payout.failed",
            "sent",
            OURS
        ])
        .prop_map(|s| json!(s)),
        ".{0,12}".prop_map(|s| json!(s)),
    ]
}

/// The pointers to all values of an event, itself first.
fn pointers(value: &serde_json::Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    for (name, inner) in value.as_object().into_iter().flatten() {
        pointers(inner, &format!("{at}/{name}"), found);
    }
}

proptest! {
    #[test]
    fn no_signed_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for provider in [STRIPE, FEDAPAY, SIM] {
            if let Err(error) = receive(provider, &body) {
                prop_assert_eq!(error.code(), "unreadable_body");
            }
        }
    }

    #[test]
    fn whatever_an_event_says_it_is_a_clean_fact_or_a_named_field(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_value()), 1..4),
    ) {
        let (provider, mut event) = which.get(&templates()).clone();
        for (place, value) in changes {
            let mut all = Vec::new();
            pointers(&event, "", &mut all);
            *event.pointer_mut(&all[place.index(all.len())]).unwrap() = value;
        }
        match receive(provider, event.to_string()) {
            // In one line there is no sentence of a provider's, and no amount of zero.
            Ok(delivery) => for word in say(delivery).split(' ') {
                prop_assert!(word != "0" && word.len() <= 129, "{}", word);
            },
            Err(error) => {
                prop_assert_eq!(error.code(), "unreadable_body");
                prop_assert!(error.field().is_some_and(|field| !field.is_empty()));
            }
        }
    }
}

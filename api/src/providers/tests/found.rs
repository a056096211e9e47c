//! How a payment stands: what the provider says, and nothing that it does not.

use std::sync::Arc;

use cauri_sagas::gateway::PayinFound;
use serde_json::{Value, json};

use super::kit::{OTHER, PAYIN, World, found, paid};
use crate::providers::port::{Reader as _, Thing};
use crate::providers::{
    Kind, Unconfirmed, cinetpay, cinetpay_v1, fedapay, hub2, pawapay, paygate, pispi, sim, stripe,
};
use crate::webhooks::cinetpay_v1::name_of;
use crate::webhooks::{Dispute, Fact};

fn unknown(why: &str) -> PayinFound {
    PayinFound::Unknown { why: why.to_owned() }
}

fn intent(status: &str, payin: impl ToString, amount: u64, currency: &str) -> Value {
    json!({ "id": "pi_1", "status": status, "currency": currency, "amount": amount,
        "amount_received": amount, "amount_capturable": amount,
        "metadata": { "cauri_payin": payin.to_string() } })
}

#[tokio::test]
async fn stripe_says_how_a_payment_stands() {
    let world = World::open().await;
    let account = world.account(Kind::Stripe, &[("api_key", "sk_test")]);
    let stripe = Arc::new(stripe::Stripe::try_new(&account).unwrap());
    let line = "GET /v1/payment_intents/pi_1";
    for (status, is) in [
        ("succeeded", paid("pi_1", "10.50", "USD")),
        ("processing", PayinFound::Open { object: Some("pi_1".parse().unwrap()) }),
        ("requires_payment_method", PayinFound::Open { object: Some("pi_1".parse().unwrap()) }),
        ("canceled", PayinFound::NotPaid),
    ] {
        world.says(line, 200, intent(status, PAYIN, 1_050, "usd"));
        assert_eq!(found(&stripe, Some("pi_1")).await, is, "{status}");
    }
    let asked = world.asked(line).remove(0);
    assert_eq!(asked.headers["authorization"], "Bearer sk_test");
    assert_eq!(asked.line, format!("{line}?expand%5B%5D=latest_charge"));

    // Another pay-in's payment, or nobody's.
    world.says(line, 200, intent("succeeded", OTHER, 1_050, "usd"));
    assert_eq!(found(&stripe, Some("pi_1")).await, unknown("reference_differs"));
    // Two decimals at Stripe, none in the currency.
    world.says(line, 200, intent("succeeded", PAYIN, 50_000, "ugx"));
    assert_eq!(found(&stripe, Some("pi_1")).await, paid("pi_1", "500", "UGX"));
    world.says(line, 200, intent("succeeded", PAYIN, 50_050, "ugx"));
    assert_eq!(found(&stripe, Some("pi_1")).await, unknown("answer_not_understood"));

    // By our own id, where theirs is not known: of several, the one that was paid.
    let search = "GET /v1/payment_intents/search";
    let list = json!({ "data": [intent("canceled", PAYIN, 1_050, "usd"),
        intent("succeeded", PAYIN, 1_050, "usd")] });
    world.says(search, 200, list);
    assert_eq!(found(&stripe, None).await, paid("pi_1", "10.50", "USD"));
    assert!(world.asked(search)[0].line.contains(&PAYIN.to_string()));
    world.says(search, 200, json!({ "data": [] }));
    assert_eq!(found(&stripe, None).await, PayinFound::NotFound);
}

#[tokio::test]
async fn stripe_tells_refunds_and_disputes_as_they_stand() {
    let world = World::open().await;
    let account = world.account(Kind::Stripe, &[("api_key", "sk_test")]);
    let stripe = stripe::Stripe::try_new(&account).unwrap();
    let mut refunded = intent("succeeded", PAYIN, 1_000, "usd");
    refunded["latest_charge"] = json!({ "amount_refunded": 300, "currency": "usd" });
    world.says("GET /v1/payment_intents/pi_1", 200, refunded);
    let payment = Thing::Payin { reference: None, object: Some("pi_1".to_owned()) };
    let facts = stripe.read(&payment).await.unwrap();
    let back = facts.iter().find_map(|fact| match fact {
        Fact::RefundedInAll { amount, .. } => Some(amount.minor()),
        _ => None,
    });
    assert_eq!(back, Some(300));

    let dispute = json!({ "id": "dp_1", "payment_intent": "pi_1", "status": "won", "currency": "usd",
        "amount": 1_000, "reason": "fraudulent", "balance_transactions": [
            { "reporting_category": "dispute", "fee": 1_500, "currency": "usd", "amount": -1_000 },
            { "reporting_category": "dispute_reversal", "fee": 0, "currency": "usd" }] });
    world.says("GET /v1/disputes/dp_1", 200, dispute);
    let facts = stripe.read(&Thing::Dispute { case: "dp_1".to_owned() }).await.unwrap();
    let words: Vec<_> = facts
        .iter()
        .map(|fact| match fact {
            Fact::Disputed { told: Dispute::Opened { .. }, .. } => "opened",
            Fact::Disputed { told: Dispute::FundsWithdrawn { fee: Some(_), .. }, .. } => "taken",
            Fact::Disputed { told: Dispute::FundsReinstated { .. }, .. } => "given back",
            Fact::Disputed { told: Dispute::Won, .. } => "won",
            _ => "other",
        })
        .collect();
    assert_eq!(words, ["opened", "taken", "given back", "won"]);
}

#[tokio::test]
async fn stripe_tells_a_transfer_as_it_stands() {
    let world = World::open().await;
    let account = world.account(Kind::Stripe, &[("api_key", "sk_test")]);
    let stripe = stripe::Stripe::try_new(&account).unwrap();
    let line = "GET /v1/transfers/tr_1";
    let payout = Thing::Payout { reference: PAYIN, object: "tr_1".to_owned() };
    for (back, is_paid) in [(0, true), (400, true), (1_000, false)] {
        let transfer = json!({ "id": "tr_1", "object": "transfer", "amount": 1_000,
            "amount_reversed": back, "currency": "usd",
            "metadata": { "cauri_withdrawal": PAYIN } });
        world.says(line, 200, transfer);
        let facts = stripe.read(&payout).await.unwrap();
        let [fact] = &facts[..] else { panic!("{facts:?}") };
        assert!(payout.is_of(fact), "{fact:?}");
        assert_eq!(matches!(fact, Fact::PayoutPaid { .. }), is_paid, "{back}: {fact:?}");
        assert_eq!(matches!(fact, Fact::PayoutFailed { .. }), !is_paid, "{back}: {fact:?}");
    }
}

#[tokio::test]
async fn whatever_is_no_answer_says_nothing() {
    let world = World::open().await;
    let account = world.account(Kind::Stripe, &[("api_key", "sk_test")]);
    let stripe = Arc::new(stripe::Stripe::try_new(&account).unwrap());
    let line = "GET /v1/payment_intents/pi_1";
    for (status, why) in
        [(500, "status_500"), (503, "status_503"), (429, "status_429"), (401, "status_401")]
    {
        world.says(line, status, json!({ "error": {} }));
        assert_eq!(found(&stripe, Some("pi_1")).await, unknown(why));
    }
    // A proxy's page is no denial, whatever its status.
    world.says_text(line, 404, "<html>not found</html>");
    assert_eq!(found(&stripe, Some("pi_1")).await, unknown("status_404"));
    world.says_text(line, 200, "<html>welcome</html>");
    assert_eq!(found(&stripe, Some("pi_1")).await, unknown("answer_not_understood"));
    world.says_text(line, 200, r#"{"id":"pi_1","status":"succeeded","status":"canceled"}"#);
    assert_eq!(found(&stripe, Some("pi_1")).await, unknown("answer_not_understood"));
    world.says(line, 404, json!({ "error": { "code": "resource_missing" } }));
    assert_eq!(found(&stripe, Some("pi_1")).await, PayinFound::NotFound);

    let gone = World::nowhere();
    let account = gone.account(Kind::Stripe, &[("api_key", "sk_test")]);
    let stripe = Arc::new(stripe::Stripe::try_new(&account).unwrap());
    assert_eq!(found(&stripe, Some("pi_1")).await, unknown("not_reached"));
}

#[tokio::test]
async fn fedapay_says_how_a_transaction_stands_also_where_its_currency_is_a_number() {
    let world = World::open().await;
    let account = world.account(Kind::Fedapay, &[("api_key", "sk_test")]);
    let fedapay = Arc::new(fedapay::Fedapay::try_new(&account).unwrap());
    let line = "GET /v1/transactions/7";
    let transaction = |status: &str, payin: uuid::Uuid| {
        json!({ "v1/transaction": { "id": 7, "status": status, "amount": 5_000, "currency_id": 1,
            "merchant_reference": payin } })
    };
    world.says(line, 200, transaction("approved", PAYIN));
    assert!(matches!(found(&fedapay, Some("7")).await, PayinFound::Unknown { .. }));
    world.says("GET /v1/currencies/1", 200, json!({ "v1/currency": { "iso": "XOF", "div": 1 } }));
    assert_eq!(found(&fedapay, Some("7")).await, paid("7", "5000", "XOF"));
    world.says(line, 200, transaction("approved", OTHER));
    assert_eq!(found(&fedapay, Some("7")).await, unknown("reference_differs"));
    world.says(line, 200, transaction("declined", PAYIN));
    assert_eq!(found(&fedapay, Some("7")).await, PayinFound::NotPaid);
    world.says(line, 200, transaction("pending", PAYIN));
    assert_eq!(
        found(&fedapay, Some("7")).await,
        PayinFound::Open { object: Some("7".parse().unwrap()) }
    );
    let by_ours = format!("GET /v1/transactions/merchant/{PAYIN}");
    assert_eq!(found(&fedapay, None).await, PayinFound::NotFound);
    world.says(&by_ours, 200, transaction("transferred", PAYIN));
    assert_eq!(found(&fedapay, None).await, paid("7", "5000", "XOF"));
}

#[tokio::test]
async fn cinetpay_is_asked_by_our_own_id() {
    let world = World::open().await;
    let settings = [("api_key", "key"), ("site_id", "100")];
    let account = world.account(Kind::Cinetpay, &settings);
    let cinetpay = Arc::new(cinetpay::Cinetpay::try_new(&account).unwrap());
    let line = "POST /v2/payment/check";
    let data = |status: &str| json!({ "code": "00", "data": { "status": status, "amount": "5000", "currency": "XOF" } });
    world.says(line, 200, data("ACCEPTED"));
    assert_eq!(found(&cinetpay, None).await, paid(&PAYIN.to_string(), "5000", "XOF"));
    assert!(world.asked(line)[0].body.contains(&PAYIN.to_string()));
    world.says(line, 200, data("REFUSED"));
    assert_eq!(found(&cinetpay, None).await, PayinFound::NotPaid);
    world.says(line, 200, data("WAITING_FOR_CUSTOMER"));
    assert_eq!(found(&cinetpay, None).await, PayinFound::Open { object: None });
    world.says(line, 503, json!({}));
    assert!(matches!(found(&cinetpay, None).await, PayinFound::Unknown { .. }));
}

#[tokio::test]
async fn an_answer_without_an_amount_confirms_no_payment() {
    let world = World::open().await;
    let account = world.account(Kind::Paygate, &[("auth_token", "token")]);
    let paygate = Arc::new(paygate::Paygate::try_new(&account).unwrap());
    let line = "POST /api/v2/status";
    world.says(line, 200, json!({ "tx_reference": 99, "status": 0 }));
    assert_eq!(found(&paygate, None).await, unknown("answer_not_understood"));
    world.says(line, 200, json!({ "tx_reference": 99, "status": 0, "amount": 700 }));
    assert_eq!(found(&paygate, None).await, paid("99", "700", "XOF"));
    // Another transaction than the one that was begun.
    assert_eq!(found(&paygate, Some("98")).await, PayinFound::NotFound);
    world.says(line, 200, json!({ "tx_reference": 99, "status": 2 }));
    assert_eq!(found(&paygate, None).await, PayinFound::Open { object: None });
    world.says(line, 200, json!({ "tx_reference": 99, "status": 6 }));
    assert_eq!(found(&paygate, None).await, PayinFound::NotPaid);
    world.says(
        line,
        200,
        json!({ "error_code": 403, "error_message": "Transaction non trouvée." }),
    );
    assert_eq!(found(&paygate, None).await, PayinFound::NotFound);
    world.says(line, 200, json!({ "error_code": 401, "error_message": "?" }));
    assert!(matches!(found(&paygate, None).await, PayinFound::Unknown { .. }));

    let settings = [("api_key", "key"), ("api_password", "word")];
    let cinetpay =
        cinetpay_v1::CinetpayV1::try_new(&world.account(Kind::CinetpayV1, &settings)).unwrap();
    world.says("POST /v1/oauth/login", 200, json!({ "access_token": "t", "expires_in": 3_600 }));
    world.says("GET /v1/payment/T-1", 200, json!({ "transaction_id": "T-1", "status": "SUCCESS" }));
    let payment = Thing::Payin { reference: None, object: Some("T-1".to_owned()) };
    assert!(matches!(cinetpay.read(&payment).await, Err(Unconfirmed::Unreadable(_))));
    assert_eq!(world.asked("GET /v1/payment/T-1")[0].headers["authorization"], "Bearer t");
    // By our own id, which has 30 letters at most there.
    let name = name_of(PAYIN);
    let told = json!({ "transaction_id": "T-1", "merchant_transaction_id": name,
        "status": "SUCCESS", "amount": 5_000, "currency": "XOF" });
    world.says(&format!("GET /v1/payment/{name}"), 200, told);
    let payment = Thing::Payin { reference: Some(PAYIN), object: None };
    let facts = cinetpay.read(&payment).await.unwrap();
    let [Fact::PayinSucceeded { reference, amount, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!((*reference, amount.minor()), (Some(PAYIN), 5_000));
}

#[tokio::test]
async fn pawapay_hub2_pispi_and_the_simulator_say_how_payments_stand() {
    let world = World::open().await;
    let account = world.account(Kind::Pawapay, &[("api_token", "token")]);
    let pawapay = Arc::new(pawapay::Pawapay::try_new(&account).unwrap());
    let line = format!("GET /v2/deposits/{PAYIN}");
    let deposit = |status: &str| {
        json!({ "status": "FOUND", "data": { "depositId": PAYIN,
        "status": status, "amount": "1500", "currency": "XOF",
        "failureReason": { "failureCode": "PAYER_LIMIT_REACHED" } } })
    };
    world.says(&line, 200, deposit("COMPLETED"));
    assert_eq!(found(&pawapay, None).await, paid(&PAYIN.to_string(), "1500", "XOF"));
    world.says(&line, 200, deposit("FAILED"));
    assert_eq!(found(&pawapay, None).await, PayinFound::NotPaid);
    world.says(&line, 200, json!({ "status": "NOT_FOUND" }));
    assert_eq!(found(&pawapay, None).await, PayinFound::NotFound);

    let settings = [("api_key", "key"), ("merchant_id", "m"), ("environment", "sandbox")];
    let hub2 = Arc::new(hub2::Hub2::try_new(&world.account(Kind::Hub2, &settings)).unwrap());
    let intent = json!({ "id": "pi_h", "status": "successful", "amount": 200, "currency": "XOF",
        "purchaseReference": PAYIN });
    world.says("GET /payment-intents/pi_h", 200, intent);
    assert_eq!(found(&hub2, Some("pi_h")).await, paid("pi_h", "200", "XOF"));
    let headers = &world.asked("GET /payment-intents/pi_h")[0].headers;
    assert_eq!(
        (&*headers["apikey"], &*headers["merchantid"], &*headers["environment"]),
        ("key", "m", "sandbox")
    );
    // Hub2 finds none by our own id, which is no failure of the provider's.
    assert_eq!(found(&hub2, None).await, PayinFound::NotAsked);
    let hub2s = |status: &str, currency: &str| {
        json!({ "id": "pi_h", "status": status, "amount": 200, "currency": currency,
            "purchaseReference": PAYIN })
    };
    for (status, currency, is) in [
        ("succeeded", "XOF", paid("pi_h", "200", "XOF")),
        ("successful", "USD", unknown("answer_not_understood")),
        ("failed", "XOF", PayinFound::NotPaid),
        ("canceled", "XOF", PayinFound::NotPaid),
        ("payment_required", "XOF", PayinFound::Open { object: Some("pi_h".parse().unwrap()) }),
    ] {
        world.says("GET /payment-intents/pi_h", 200, hub2s(status, currency));
        assert_eq!(found(&hub2, Some("pi_h")).await, is, "{status} {currency}");
    }

    let pispi = Arc::new(
        pispi::Pispi::try_new(&world.account(Kind::Pispi, &[("api_key", "token")])).unwrap(),
    );
    let received =
        json!({ "txId": PAYIN, "end2endId": "E-1", "montant": 700, "statut": "IRREVOCABLE" });
    world.says("GET /paiements/E-1/statuts", 200, received.clone());
    assert_eq!(found(&pispi, Some("E-1")).await, paid("E-1", "700", "XOF"));
    world.says(
        &format!("GET /demandes-paiements/{PAYIN}"),
        200,
        json!({ "statut": "IRREVOCABLE" }),
    );
    world.says("GET /paiements", 200, json!({ "data": [received] }));
    assert_eq!(found(&pispi, None).await, paid("E-1", "700", "XOF"));
    world.says(
        &format!("GET /demandes-paiements/{PAYIN}"),
        200,
        json!({ "statut": "ENVOYE", "end2endId": "E-1" }),
    );
    assert_eq!(
        found(&pispi, None).await,
        PayinFound::Open { object: Some("E-1".parse().unwrap()) }
    );

    let sim = Arc::new(sim::Sim::at(&world.url).unwrap());
    let line = format!("GET /v1/payins/{PAYIN}");
    world.says(
        &line,
        200,
        json!({ "id": "pi_s", "status": "succeeded", "amount": "10.00", "currency": "USD" }),
    );
    assert_eq!(found(&sim, Some("pi_s")).await, paid("pi_s", "10.00", "USD"));
    world.says(&line, 404, json!({ "code": "not_found" }));
    assert_eq!(found(&sim, None).await, PayinFound::NotFound);
}

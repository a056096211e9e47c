//! Payments begun: under our own id as the key, once however often they are begun.

use cauri_sagas::gateway::{Begun, ClosedThere, OrderField};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::kit::{PAYIN, World, key, order};
use crate::providers::port::Starter as _;
use crate::providers::{
    Kind, cinetpay, fedapay, hub2, pawapay, paygate, paypal, pispi, sim, stripe,
};

/// The payment, where the payer goes, and their token.
fn started(begun: &Begun) -> (Option<&str>, Option<&str>, Option<&str>) {
    let Begun::Started(started) = begun else { panic!("not begun: {begun:?}") };
    (
        started.object.as_ref().map(|it| it.as_str()),
        started.redirect_url.as_ref().map(|it| it.expose_secret()),
        started.client_token.as_ref().map(|it| it.expose_secret()),
    )
}

fn body(asked: &str) -> Value {
    serde_json::from_str(asked).unwrap()
}

#[tokio::test]
async fn stripe_begins_an_intent_and_closes_it() {
    let world = World::open().await;
    let account = world.account(Kind::Stripe, &[("api_key", "sk_test")]);
    let stripe = stripe::Stripe::try_new(&account).unwrap();
    let line = "POST /v1/payment_intents";
    let intent = json!({ "id": "pi_1", "client_secret": "pi_1_secret", "status": "requires_payment_method" });
    world.says(line, 200, intent.clone());
    let begun = stripe.begin(&order("10.50", "USD")).await;
    assert_eq!(started(&begun), (Some("pi_1"), None, Some("pi_1_secret")));
    let printed = format!("{begun:?}");
    assert!(!printed.contains("pi_1_secret"), "{printed}");
    let asked = world.asked(line).remove(0);
    assert_eq!(asked.headers["idempotency-key"], PAYIN.to_string());
    let says = |pair: &str| asked.body.split('&').any(|it| it == pair);
    assert!(says("amount=1050") && says("currency=usd") && says("capture_method=automatic"));
    assert!(says(&format!("metadata%5Bcauri_payin%5D={PAYIN}")));
    stripe.begin(&order("500", "UGX")).await;
    assert!(world.asked(line)[1].body.starts_with("amount=50000&"));
    let refused = stripe.begin(&order("1.234", "KWD")).await;
    assert!(matches!(&refused, Begun::Refused { code, .. } if code == "amount_not_supported"));

    // What was begun before is read, not made again.
    world.says("GET /v1/payment_intents/pi_1", 200, intent);
    let mut again = order("10.50", "USD");
    again.object = Some("pi_1".parse().unwrap());
    assert_eq!(started(&stripe.begin(&again).await).2, Some("pi_1_secret"));
    assert_eq!(world.asked(line).len(), 2);

    let cancel = "POST /v1/payment_intents/pi_1/cancel";
    world.says(cancel, 200, json!({ "id": "pi_1", "status": "canceled" }));
    assert_eq!(stripe.close(&key(Some("pi_1"))).await, ClosedThere::Closed);
    for (state, is) in [("succeeded", ClosedThere::PaidBefore), ("canceled", ClosedThere::Closed)] {
        let error = json!({ "error": { "code": "payment_intent_unexpected_state",
            "payment_intent": { "status": state } } });
        world.says(cancel, 400, error);
        assert_eq!(stripe.close(&key(Some("pi_1"))).await, is);
    }
    world.says(cancel, 500, json!({}));
    assert!(matches!(stripe.close(&key(Some("pi_1"))).await, ClosedThere::Unknown { .. }));
}

#[tokio::test]
async fn fedapay_begins_a_transaction_once_and_tells_its_page_as_often_as_asked() {
    let world = World::open().await;
    let account = world.account(Kind::Fedapay, &[("api_key", "sk_test")]);
    let fedapay = fedapay::Fedapay::try_new(&account).unwrap();
    let line = "POST /v1/transactions";
    world.says(line, 200, json!({ "v1/transaction": { "id": 7 } }));
    world.says(
        "POST /v1/transactions/7/token",
        200,
        json!({ "token": "tok", "url": "https://process.fedapay.com/tok" }),
    );
    let mut wanted = order("5000", "XOF");
    wanted.return_url = Some("https://shop.example/back".to_owned());
    let page = (Some("7"), Some("https://process.fedapay.com/tok"), Some("tok"));
    assert_eq!(started(&fedapay.begin(&wanted).await), page);
    let asked = body(&world.asked(line)[0].body);
    assert_eq!((&asked["amount"], &asked["currency"]["iso"]), (&json!(5_000), &json!("XOF")));
    assert_eq!(asked["merchant_reference"], json!(PAYIN));
    // Its first answer was lost.
    world.says(line, 422, json!({ "errors": { "merchant_reference": ["a déjà été utilisé"] } }));
    world.says(
        &format!("GET /v1/transactions/merchant/{PAYIN}"),
        200,
        json!({ "v1/transaction": { "id": 7, "currency": { "iso": "XOF", "div": 1 } } }),
    );
    assert_eq!(started(&fedapay.begin(&wanted).await), page);
    world.says(line, 422, json!({ "errors": { "amount": ["trop petit"] } }));
    assert!(matches!(fedapay.begin(&wanted).await, Begun::Refused { .. }));
    assert!(matches!(fedapay.begin(&order("1.00", "USD")).await, Begun::Refused { .. }));
}

#[tokio::test]
async fn paypal_makes_an_order_to_our_own_account() {
    let world = World::open().await;
    let settings =
        [("webhook_id", "W"), ("merchant_id", "OURS"), ("client_id", "c"), ("client_secret", "s")];
    let paypal = paypal::Paypal::try_new(&world.account(Kind::Paypal, &settings)).unwrap();
    world.says("POST /v1/oauth2/token", 200, json!({ "access_token": "t", "expires_in": 3_600 }));
    let line = "POST /v2/checkout/orders";
    let made = json!({ "id": "ORD-1", "status": "PAYER_ACTION_REQUIRED",
        "links": [{ "rel": "payer-action", "href": "https://www.paypal.com/checkoutnow?token=ORD-1" }] });
    world.says(line, 201, made.clone());
    let begun = paypal.begin(&order("20.00", "USD")).await;
    assert_eq!(
        started(&begun),
        (Some("ORD-1"), Some("https://www.paypal.com/checkoutnow?token=ORD-1"), None)
    );
    let asked = world.asked(line).remove(0);
    assert_eq!(asked.headers["paypal-request-id"], PAYIN.to_string());
    let unit = &body(&asked.body)["purchase_units"][0];
    assert_eq!(
        (&unit["custom_id"], &unit["payee"]["merchant_id"]),
        (&json!(PAYIN), &json!("OURS"))
    );
    assert_eq!(unit["amount"], json!({ "currency_code": "USD", "value": "20.00" }));
    let mut again = order("20.00", "USD");
    again.object = Some("ORD-1".parse().unwrap());
    world.says("GET /v2/checkout/orders/ORD-1", 200, made);
    assert_eq!(started(&paypal.begin(&again).await).0, Some("ORD-1"));
    assert_eq!(world.asked(line).len(), 1);
    assert_eq!(paypal.close(&key(Some("ORD-1"))).await, ClosedThere::NotPossible);
}

/// It is said what to give, and nothing was sent.
fn lacks(wanted: OrderField, begun: Begun) {
    assert!(matches!(begun, Begun::Lacks(field) if field == wanted), "{wanted:?}: {begun:?}");
}

#[tokio::test]
async fn cinetpay_tells_its_page_once() {
    let world = World::open().await;
    let settings = [
        ("api_key", "key"),
        ("site_id", "100"),
        ("notify_url", "https://pay.example/webhooks/cinetpay"),
    ];
    let cinetpay = cinetpay::Cinetpay::try_new(&world.account(Kind::Cinetpay, &settings)).unwrap();
    let line = "POST /v2/payment";
    world.says(line, 200, json!({ "code": "201", "message": "CREATED",
        "data": { "payment_token": "p", "payment_url": "https://checkout.cinetpay.com/payment/p" } }));
    let mut wanted = order("5000", "XOF");
    lacks(OrderField::ReturnUrl, cinetpay.begin(&wanted).await);
    assert_eq!(world.asked(line).len(), 0);
    wanted.return_url = Some("https://shop.example/back".to_owned());
    let id = PAYIN.to_string();
    let page = (Some(id.as_str()), Some("https://checkout.cinetpay.com/payment/p"), None);
    assert_eq!(started(&cinetpay.begin(&wanted).await), page);
    assert_eq!(body(&world.asked(line)[0].body)["transaction_id"], json!(PAYIN));
    world.says(line, 200, json!({ "code": "624" }));
    assert!(matches!(cinetpay.begin(&wanted).await, Begun::Unknown { .. }));
    wanted.amount = order("5001", "XOF").amount;
    assert!(matches!(cinetpay.begin(&wanted).await, Begun::Refused { .. }));
}

#[tokio::test]
async fn payers_are_asked_on_their_telephones() {
    let world = World::open().await;
    let paygate =
        paygate::Paygate::try_new(&world.account(Kind::Paygate, &[("auth_token", "t")])).unwrap();
    let mut wanted = order("700", "XOF");
    lacks(OrderField::Payer, paygate.begin(&wanted).await);
    wanted.payer = Some("90000000".into());
    lacks(OrderField::Method, paygate.begin(&wanted).await);
    wanted.method = Some("TMONEY".to_owned());
    let pay = "POST /api/v1/pay";
    for status in [0, 6] {
        world.says(pay, 200, json!({ "tx_reference": 99, "status": status }));
        assert_eq!(started(&paygate.begin(&wanted).await), (Some("99"), None, None));
    }
    world.says(pay, 200, json!({ "status": 4 }));
    assert!(matches!(paygate.begin(&wanted).await, Begun::Refused { .. }));
    world.says(pay, 200, json!({ "status": 2 }));
    assert!(matches!(paygate.begin(&wanted).await, Begun::Unknown { .. }));
    assert!(!format!("{wanted:?}").contains("90000000"));

    let pawapay =
        pawapay::Pawapay::try_new(&world.account(Kind::Pawapay, &[("api_token", "t")])).unwrap();
    let deposits = "POST /v2/deposits";
    lacks(OrderField::Payer, pawapay.begin(&order("700", "XOF")).await);
    let mut nowhere = wanted.clone();
    nowhere.method = None;
    lacks(OrderField::Method, pawapay.begin(&nowhere).await);
    assert_eq!(world.asked(deposits).len(), 0);
    let id = PAYIN.to_string();
    for status in ["ACCEPTED", "DUPLICATE_IGNORED"] {
        world.says(deposits, 200, json!({ "depositId": PAYIN, "status": status }));
        assert_eq!(started(&pawapay.begin(&wanted).await), (Some(id.as_str()), None, None));
    }
    let asked = body(&world.asked(deposits)[0].body);
    assert_eq!(asked["payer"]["accountDetails"]["provider"], "TMONEY");
    let rejected =
        json!({ "status": "REJECTED", "failureReason": { "failureCode": "AMOUNT_OUT_OF_BOUNDS" } });
    world.says(deposits, 200, rejected);
    let Begun::Refused { code, .. } = pawapay.begin(&wanted).await else { panic!("not refused") };
    assert_eq!(code, "amount_out_of_bounds");
    // On its page, where nobody is named.
    let mut page = order("10.00", "GHS");
    page.return_url = Some("https://shop.example/back".to_owned());
    world.says(
        "POST /v2/paymentpage",
        200,
        json!({ "redirectUrl": "https://paywith.pawapay.io/x" }),
    );
    assert_eq!(started(&pawapay.begin(&page).await).1, Some("https://paywith.pawapay.io/x"));
    assert_eq!(body(&world.asked("POST /v2/paymentpage")[0].body)["amountDetails"]["amount"], "10");

    let settings = [("api_key", "token"), ("alias", "our-alias")];
    let pispi = pispi::Pispi::try_new(&world.account(Kind::Pispi, &settings)).unwrap();
    let requests = "POST /demandes-paiements";
    lacks(OrderField::Payer, pispi.begin(&order("700", "XOF")).await);
    world.says(requests, 200, json!({ "statut": "ENVOYE", "end2endId": "E-1" }));
    assert_eq!(started(&pispi.begin(&wanted).await), (Some("E-1"), None, None));
    assert_eq!(body(&world.asked(requests)[0].body)["payeAlias"], "our-alias");
    world.says(requests, 200, json!({ "statut": "REJETE", "statutRaison": "DU03" }));
    assert_eq!(started(&pispi.begin(&wanted).await), (None, None, None));
    world.says(requests, 200, json!({ "statut": "REJETE", "statutRaison": "BE23" }));
    assert!(matches!(pispi.begin(&wanted).await, Begun::Refused { .. }));
}

#[tokio::test]
async fn hub2_and_the_simulator_give_the_payer_what_they_need() {
    let world = World::open().await;
    let settings = [("api_key", "key"), ("merchant_id", "m")];
    let hub2 = hub2::Hub2::try_new(&world.account(Kind::Hub2, &settings)).unwrap();
    world.says(
        "POST /payment-intents",
        201,
        json!({ "id": "pi_h", "token": "jwt", "status": "payment_required" }),
    );
    assert_eq!(started(&hub2.begin(&order("200", "XOF")).await), (Some("pi_h"), None, Some("jwt")));
    assert_eq!(body(&world.asked("POST /payment-intents")[0].body)["amount"], 200);
    // In which unit cents are written there is not known.
    assert!(matches!(hub2.begin(&order("2.00", "USD")).await, Begun::Refused { .. }));
    assert_eq!(world.asked("POST /payment-intents").len(), 1);

    let sim = sim::Sim::at(&world.url).unwrap();
    let line = format!("POST /v1/payins/{PAYIN}");
    world.says(
        &line,
        201,
        json!({ "id": "pi_s", "token": "tok", "payment_url": "http://127.0.0.1:1/pay/tok" }),
    );
    let page = (Some("pi_s"), Some("http://127.0.0.1:1/pay/tok"), Some("tok"));
    assert_eq!(started(&sim.begin(&order("10.00", "USD")).await), page);
    world.says(&line, 422, json!({ "code": "idempotency_key_reused" }));
    assert!(matches!(sim.begin(&order("10.00", "USD")).await, Begun::Unknown { .. }));
    let cancel = format!("POST /v1/payins/{PAYIN}/cancel");
    world.says(&cancel, 200, json!({ "id": "pi_s" }));
    assert_eq!(sim.close(&key(Some("pi_s"))).await, ClosedThere::Closed);
    world.says(&cancel, 422, json!({ "code": "already_paid" }));
    assert_eq!(sim.close(&key(Some("pi_s"))).await, ClosedThere::PaidBefore);
}

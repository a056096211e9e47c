//! What is asked before it is booked: the provider's answer counts, whatever was told; what it denies
//! of a signed delivery waits, and is not dropped.

use serde_json::{Value, json};
use uuid::Uuid;

use super::kit::{OTHER, PAYIN, World};
use crate::providers::{Accounts, Clients, Confirmers, Kind, ProviderAccount, Thing, Unconfirmed};
use crate::webhooks::amount::{IsoCurrency, WireAmount};
use crate::webhooks::json::Json;
use crate::webhooks::pawapay::Object;
use crate::webhooks::{Fact, Question};

fn confirmers(account: ProviderAccount) -> Confirmers {
    let accounts = Accounts::try_from(vec![account]).unwrap();
    Clients::try_new(&accounts).unwrap().confirmers()
}

fn account(world: &World, kind: Kind, settings: &[(&str, &str)]) -> ProviderAccount {
    let secrets = if kind.has_webhook_secrets() { vec!["secret".into()] } else { Vec::new() };
    let account = ProviderAccount::usual(kind, secrets).with("url", &world.url);
    settings.iter().fold(account, |account, (name, value)| account.with(name, value))
}

fn received(object: &str, cents: u64) -> Fact {
    let json = Json::parse(format!(r#"{{"a":{cents},"c":"USD"}}"#).as_bytes()).unwrap();
    let usd = IsoCurrency::read(&json.root().field("c").unwrap()).unwrap();
    let amount = WireAmount::from_integer(&json.root().field("a").unwrap(), 2, usd).unwrap();
    Fact::PayinSucceeded { reference: Some(PAYIN), object: object.to_owned(), amount }
}

#[tokio::test]
async fn what_is_signed_is_what_the_provider_says_it_is() {
    let world = World::open().await;
    let stripe = confirmers(account(&world, Kind::Stripe, &[("api_key", "k")]));
    let line = "GET /v1/payment_intents/pi_1";
    let intent = |status: &str, received: u64| {
        json!({ "id": "pi_1", "status": status, "currency": "usd", "amount": received,
            "amount_received": received, "metadata": { "cauri_payin": PAYIN } })
    };
    let question = Question::Things {
        things: vec![Thing::Payin { reference: Some(PAYIN), object: Some("pi_1".to_owned()) }],
        told: vec![received("pi_1", 90_000), received("pi_2", 700)],
    };
    let asked = || stripe.facts("stripe".parse().unwrap(), &question, b"");

    world.says(line, 200, intent("succeeded", 90_000));
    let mut facts = asked().await.unwrap();
    assert_eq!(facts.pop(), Some(received("pi_1", 90_000)));
    assert_eq!(facts, [received("pi_2", 700)], "what was not asked about stands");
    // Genuinely signed, and not what the provider says.
    world.says(line, 200, intent("succeeded", 100));
    assert_eq!(asked().await.unwrap(), [received("pi_2", 700), received("pi_1", 100)]);
    // Not yet, not known, not there: nothing is booked, and nothing is dropped.
    world.says(line, 200, intent("processing", 0));
    assert!(matches!(asked().await, Err(Unconfirmed::Unknown(_))));
    for status in [404, 401, 500] {
        world.says(line, status, json!({ "error": { "code": "resource_missing" } }));
        assert!(matches!(asked().await, Err(Unconfirmed::Unknown(_))), "{status}");
    }
}

#[tokio::test]
async fn an_answer_about_another_payment_confirms_nothing() {
    let world = World::open().await;
    let pawapay = confirmers(account(&world, Kind::Pawapay, &[("api_token", "t")]));
    let question = Question::Pawapay { object: Object::Deposit, id: PAYIN };
    let deposit = |id: Uuid| {
        json!({ "status": "FOUND", "data": { "depositId": id, "status": "COMPLETED",
            "amount": "1500", "currency": "XOF" } })
    };
    let line = format!("GET /v2/deposits/{PAYIN}");
    let asked = || pawapay.facts("pawapay".parse().unwrap(), &question, b"");
    world.says(&line, 200, deposit(OTHER));
    assert!(matches!(asked().await, Err(Unconfirmed::Unknown(_))));
    world.says(&line, 200, deposit(PAYIN));
    assert_eq!(asked().await.unwrap().len(), 1);
    // A hint that pawaPay denies is nobody's.
    world.says(&line, 200, json!({ "status": "NOT_FOUND" }));
    assert!(matches!(asked().await, Err(Unconfirmed::Denied)));

    let paygate = confirmers(account(&world, Kind::Paygate, &[("auth_token", "t")]));
    let question = Question::Paygate { identifier: PAYIN };
    let paid = |identifier: Value| json!({ "tx_reference": 99, "status": 0, "amount": 700, "identifier": identifier });
    let asked = || paygate.facts("paygate".parse().unwrap(), &question, b"");
    for another in [json!(OTHER), json!("theirs"), json!(7)] {
        world.says("POST /api/v2/status", 200, paid(another));
        assert!(matches!(asked().await, Err(Unconfirmed::Unknown(_))));
    }
    world.says("POST /api/v2/status", 200, paid(json!(PAYIN)));
    assert_eq!(asked().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_transfer_of_cinetpay_is_read_where_it_was_made() {
    let world = World::open().await;
    let settings = [("api_key", "key"), ("site_id", "100")];
    let question = Question::CinetpayTransfer { withdrawal: PAYIN };
    let name = "cinetpay".parse().unwrap();
    let cinetpay = confirmers(account(&world, Kind::Cinetpay, &settings));
    let asked = cinetpay.facts(name, &question, b"").await;
    assert!(matches!(asked, Err(Unconfirmed::NotConfigured)));

    let out = account(&world, Kind::Cinetpay, &settings).with("transfer_password", "word");
    let cinetpay = confirmers(out.with("transfer_url", &world.url));
    world.says("POST /v1/auth/login", 200, json!({ "code": 0, "data": { "token": "t" } }));
    let line = "GET /v1/transfer/check/money";
    let transfer = |status: &str| {
        json!({ "code": 0, "data": [{ "transaction_id": "T-1", "treatment_status": status,
            "client_transaction_id": PAYIN }] })
    };
    world.says(line, 200, transfer("REJ"));
    let failed = Fact::PayoutFailed {
        reference: PAYIN,
        object: "T-1".to_owned(),
        reason: "rejected".to_owned(),
    };
    assert_eq!(cinetpay.facts(name, &question, b"").await.unwrap(), [failed]);
    for open in ["VAL", "NEW"] {
        world.says(line, 200, transfer(open));
        assert!(cinetpay.facts(name, &question, b"").await.unwrap().is_empty(), "{open}");
    }
    world.says(line, 200, json!({ "code": 723 }));
    let asked = cinetpay.facts(name, &question, b"").await;
    assert!(matches!(asked, Err(Unconfirmed::Unknown(_))));
}

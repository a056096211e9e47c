//! News in Stripe's and FedaPay's form, signed as theirs, to their address.

use cauri_api::webhooks::{Dispute, Fact};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::{Receiver, client, pay};

async fn tells(url: &str, payment: &str, path: &str, body: Value) -> u16 {
    let url = format!("{url}/v1/payments/{payment}/{path}");
    client().post(url).json(&body).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn stripes_form_says_what_the_own_form_says() {
    let mut receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    let payin = Uuid::new_v4();
    let body = |outcome: &str| {
        json!({"amount": "12.50", "currency": "USD", "speak": "stripe",
        "outcome": outcome, "fee": "0.50"})
    };
    for outcome in ["fail", "pend", "authorise", "succeed"] {
        assert_eq!(pay(&url, payin, body(outcome)).await.0, 202);
    }
    let mut told = Vec::new();
    for _ in 0..4 {
        let one = receiver.next().await.delivery;
        assert_eq!(one.provider.as_str(), "stripe");
        told.extend(one.facts);
    }
    let [declined, submitted, authorised, paid] = told.as_slice() else { panic!("{told:?}") };
    assert!(matches!(declined, Fact::PayinDeclined { reference, .. } if *reference == Some(payin)));
    assert!(matches!(submitted, Fact::PayinSubmitted { reference, .. } if *reference == payin));
    assert!(matches!(authorised, Fact::PayinAuthorised { amount, .. } if amount.minor() == 1_250));
    let Fact::PayinSucceeded { reference, object, amount } = paid else { panic!("{paid:?}") };
    assert_eq!((*reference, amount.minor(), amount.currency()), (Some(payin), 1_250, "USD"));

    assert_eq!(tells(&url, object, "refunds", json!({"amount": "2.50"})).await, 202);
    let Fact::RefundedInAll { payment, amount } = receiver.next_fact().await else { panic!() };
    assert_eq!((&payment, amount.minor()), (object, 250));
    let opened =
        json!({"told": "opened", "reason": "fraudulent", "due_by": "2099-01-01T00:00:00Z"});
    assert_eq!(tells(&url, object, "disputes", opened).await, 202);
    let Fact::Disputed { told: Dispute::Opened { amount, reason, due_by }, .. } =
        receiver.next_fact().await
    else {
        panic!("a dispute")
    };
    assert_eq!((amount.minor(), reason.as_str(), due_by.is_some()), (1_250, "fraudulent", true));
    let taken = json!({"told": "funds_withdrawn", "fee": "15.00"});
    assert_eq!(tells(&url, object, "disputes", taken).await, 202);
    let Fact::Disputed { told: Dispute::FundsWithdrawn { amount, fee }, .. } =
        receiver.next_fact().await
    else {
        panic!("money taken")
    };
    assert_eq!((amount.minor(), fee.unwrap().minor()), (1_250, 1_500));
    assert_eq!(tells(&url, object, "disputes", json!({"told": "won"})).await, 202);
    assert!(matches!(receiver.next_fact().await, Fact::Disputed { told: Dispute::Won, .. }));
}

#[tokio::test]
async fn fedapays_form_says_what_the_own_form_says() {
    let mut receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    let payin = Uuid::new_v4();
    let body = json!({"amount": "15000", "currency": "XOF", "speak": "fedapay", "fee": "300"});
    let (status, answer) = pay(&url, payin, body).await;
    assert_eq!(status, 202, "{answer}");
    let id = answer["id"].as_str().unwrap();
    let paid = receiver.next().await.delivery;
    assert_eq!(paid.provider.as_str(), "fedapay");
    let [Fact::PayinSucceeded { reference, object, amount }] = paid.facts.as_slice() else {
        panic!("{paid:?}")
    };
    assert_eq!((*reference, object.as_str(), amount.minor()), (Some(payin), id, 15_000));
    let fee = receiver.next().await.delivery.facts;
    assert!(matches!(&fee[1], Fact::FeeTaken { amount, .. } if amount.minor() == 300), "{fee:?}");
    assert_eq!(tells(&url, id, "refunds", json!({"amount": "5000"})).await, 202);
    let part = receiver.next().await.delivery.facts;
    let in_all = |facts: &[Fact]| match facts {
        [Fact::PayinSucceeded { .. }, Fact::RefundedInAll { amount, .. }] => amount.minor(),
        other => panic!("{other:?}"),
    };
    assert_eq!(in_all(&part), 5_000);
    assert_eq!(tells(&url, id, "refunds", json!({"amount": "10000"})).await, 202);
    assert_eq!(in_all(&receiver.next().await.delivery.facts), 15_000);
    // FedaPay has no webhook for these.
    assert_eq!(tells(&url, id, "disputes", json!({"told": "opened"})).await, 422);
    let kept = json!({"amount": "1", "currency": "XOF", "speak": "fedapay",
        "outcome": "authorise"});
    let (status, refused) = pay(&url, Uuid::new_v4(), kept).await;
    assert_eq!((status, &refused["code"]), (422, &json!("not_spoken")));
}

#[tokio::test]
async fn it_speaks_nothing_that_it_has_no_secret_for() {
    let receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let mut args = receiver.args(dir.path(), 0);
    args.stripe_secret = None;
    let simulator = cauri_api::simulator::Simulator::bind(args).await.unwrap();
    let url = simulator.url();
    tokio::spawn(simulator.serve(std::future::pending()));
    let body = json!({"amount": "1.00", "currency": "USD", "speak": "stripe"});
    let (status, refused) = pay(&url, Uuid::new_v4(), body).await;
    assert_eq!((status, &refused["code"]), (422, &json!("not_spoken")));
}

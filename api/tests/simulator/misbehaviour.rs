//! Everything that a provider does wrong, on purpose; and what it took on is never forgotten.

use std::time::{Duration, Instant};

use cauri_api::webhooks::Fact;
use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::{
    PayoutGateway, PayoutInstruction, PayoutStatus, SimulatedGateway, Submitted,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::{BOUND, Receiver, asked, client, pay};

struct Setting {
    receiver: Receiver,
    url: String,
    gateway: SimulatedGateway,
    _dir: tempfile::TempDir,
}

impl Setting {
    async fn open() -> Self {
        let receiver = Receiver::open().await;
        let dir = tempfile::tempdir().unwrap();
        let url = receiver.simulator(dir.path(), 0).await;
        let gateway = SimulatedGateway::try_new(&url).unwrap();
        Self { receiver, url, gateway, _dir: dir }
    }

    async fn pay(&self, payin: Uuid, misbehave: Value) -> (u16, Value) {
        let body = json!({"amount": "10.00", "currency": "USD", "misbehave": misbehave});
        pay(&self.url, payin, body).await
    }

    async fn status(&self, payin: Uuid) -> Value {
        asked(client().get(format!("{}/v1/payins/{payin}", self.url))).await.1["status"].clone()
    }

    /// Sets how the whole provider misbehaves.
    async fn whole(&self, misbehaviour: &Value) -> (u16, Value) {
        asked(client().put(format!("{}/v1/misbehaviour", self.url)).json(misbehaviour)).await
    }

    async fn tally(&self, key: impl ToString) -> Value {
        let url = format!("{}/v1/webhooks/{}", self.url, key.to_string());
        asked(client().get(url)).await.1
    }

    async fn until_tally(&self, key: impl ToString, wanted: Value) {
        let deadline = Instant::now() + BOUND;
        while self.tally(key.to_string()).await != wanted {
            assert!(Instant::now() < deadline, "{}", self.tally(key.to_string()).await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn to(destination: &str) -> PayoutInstruction {
    PayoutInstruction {
        ledger: cauri_domain::LedgerId::main(),
        withdrawal: WithdrawalId(Uuid::new_v4()),
        amount: "25000".to_owned(),
        currency: "XOF".to_owned(),
        destination: destination.to_owned(),
    }
}

fn paid_in(fact: &Fact) -> (Uuid, u64, &str) {
    let Fact::PayinSucceeded { reference: Some(reference), amount, .. } = fact else {
        panic!("{fact:?}")
    };
    (*reference, amount.minor(), amount.currency())
}

#[tokio::test]
async fn a_payment_is_taken_on_or_not_whatever_is_answered() {
    let mut setting = Setting::open().await;
    for (answer, status) in [("busy", 429), ("unavailable", 503)] {
        let payin = Uuid::new_v4();
        let misbehave = json!({"answer": answer, "answer_times": 2});
        assert_eq!(setting.pay(payin, misbehave.clone()).await.0, status);
        assert_eq!(setting.pay(payin, misbehave.clone()).await.0, status);
        assert_eq!(setting.status(payin).await, Value::Null, "not taken on");
        assert_eq!(setting.pay(payin, misbehave).await.0, 202);
        assert_eq!(paid_in(&setting.receiver.next_fact().await).0, payin);
    }
    let payin = Uuid::new_v4();
    assert_eq!(setting.pay(payin, json!({"answer": "error"})).await.0, 500);
    assert_eq!(paid_in(&setting.receiver.next_fact().await).0, payin);

    let payin = Uuid::new_v4();
    let body = json!({"amount": "10.00", "currency": "USD", "misbehave": {"answer": "cut"}});
    let request = client().post(format!("{}/v1/payins/{payin}/pay", setting.url)).json(&body);
    let lost = request.try_clone().unwrap().send().await;
    assert!(lost.is_err(), "no answer arrived: {lost:?}");
    assert_eq!(paid_in(&setting.receiver.next_fact().await).0, payin);
    // Asked again, it is the same payment.
    assert_eq!(asked(request).await.0, 202);
    setting.until_tally(payin, json!({"waiting": 0, "delivered": 1, "lost": 0})).await;
}

#[tokio::test]
async fn webhooks_come_late_twice_in_disorder_or_never() {
    let mut setting = Setting::open().await;
    let (late, soon) = (Uuid::new_v4(), Uuid::new_v4());
    setting.pay(late, json!({"webhook_after_ms": 2_000})).await;
    setting.pay(soon, json!({})).await;
    assert_eq!(setting.status(late).await, "succeeded", "it is paid, and nobody was told");
    assert_eq!(paid_in(&setting.receiver.next_fact().await).0, soon);
    assert_eq!(paid_in(&setting.receiver.next_fact().await).0, late);

    let payin = Uuid::new_v4();
    setting.pay(payin, json!({"more_copies": 2})).await;
    let (first, again, other) = (
        setting.receiver.next().await,
        setting.receiver.next().await,
        setting.receiver.next().await,
    );
    assert_eq!(first.id, again.id, "the same webhook");
    assert_ne!(first.id, other.id, "the same news in another one");
    assert_eq!(first.delivery.facts, other.delivery.facts);

    let payin = Uuid::new_v4();
    setting.pay(payin, json!({"lose_webhook": true})).await;
    setting.until_tally(payin, json!({"waiting": 0, "delivered": 0, "lost": 1})).await;
    assert_eq!(setting.status(payin).await, "succeeded");
}

#[tokio::test]
async fn customers_pay_late_and_other_money() {
    let mut setting = Setting::open().await;
    let late = Uuid::new_v4();
    setting.pay(late, json!({"outcome_after_ms": 2_000})).await;
    assert_eq!(setting.status(late).await, "pending");
    assert_eq!(paid_in(&setting.receiver.next_fact().await).0, late);
    assert_eq!(setting.status(late).await, "succeeded");

    let other = Uuid::new_v4();
    setting.pay(other, json!({"amount": "9.99", "currency": "EUR"})).await;
    let fact = setting.receiver.next_fact().await;
    assert_eq!(paid_in(&fact), (other, 999, "EUR"));
    let known = asked(client().get(format!("{}/v1/payins/{other}", setting.url))).await.1;
    assert_eq!((&known["amount"], &known["currency"]), (&json!("9.99"), &json!("EUR")));

    let payin = Uuid::new_v4();
    let begun = format!("{}/v1/payins/{payin}", setting.url);
    let terms = json!({"amount": "10.00", "currency": "USD"});
    assert_eq!(asked(client().post(&begun).json(&terms)).await.0, 201);
    assert_eq!(asked(client().post(format!("{begun}/cancel"))).await.0, 200);
    assert!(matches!(setting.receiver.next_fact().await, Fact::PayinDeclined { .. }));
    assert_eq!(setting.pay(payin, json!({"despite_cancel": true})).await.0, 202);
    assert_eq!(paid_in(&setting.receiver.next_fact().await).0, payin);

    for bad in [
        json!({"amount": "0"}),
        json!({"currency": "ZZZ"}),
        json!({"outcome_after_ms": u64::MAX}),
        json!({"more_copies": 21}),
        json!({"surprise": true}),
    ] {
        assert_eq!(setting.pay(Uuid::new_v4(), bad.clone()).await.0, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_payouts_destination_says_how_it_goes_wrong() {
    let mut setting = Setting::open().await;
    let unknown = |why: &str| Submitted::Unknown { why: why.to_owned() };
    for (destination, why) in [("busy-momo", "status_429"), ("unavailable-momo", "status_503")] {
        let payout = to(destination);
        assert_eq!(setting.gateway.submit(&payout).await, unknown(why));
        assert_eq!(setting.gateway.status(payout.withdrawal).await, PayoutStatus::NotFound);
        assert!(matches!(setting.gateway.submit(&payout).await, Submitted::Accepted { .. }));
        assert!(matches!(setting.receiver.next_fact().await, Fact::PayoutPaid { .. }));
    }
    for destination in ["error-momo", "cut-momo"] {
        let payout = to(destination);
        assert!(matches!(setting.gateway.submit(&payout).await, Submitted::Unknown { .. }));
        let status = setting.gateway.status(payout.withdrawal).await;
        assert!(matches!(status, PayoutStatus::Paid { .. }), "{destination}: {status:?}");
        assert!(matches!(setting.receiver.next_fact().await, Fact::PayoutPaid { .. }));
    }
    let returned = to("paidthenfail-momo");
    assert!(matches!(setting.gateway.submit(&returned).await, Submitted::Accepted { .. }));
    assert!(matches!(setting.receiver.next_fact().await, Fact::PayoutPaid { .. }));
    let Fact::PayoutFailed { reason, .. } = setting.receiver.next_fact().await else { panic!() };
    assert_eq!(reason, "account_closed");
    let status = setting.gateway.status(returned.withdrawal).await;
    assert!(matches!(status, PayoutStatus::Failed { .. }), "{status:?}");

    let silent = to("silent-momo");
    assert!(matches!(setting.gateway.submit(&silent).await, Submitted::Accepted { .. }));
    setting.until_tally(silent.withdrawal, json!({"waiting": 0, "delivered": 0, "lost": 1})).await;
}

#[tokio::test]
async fn the_whole_provider_misbehaves_by_rates_until_it_is_told_not_to() {
    let mut setting = Setting::open().await;
    let (status, shown) = setting.whole(&json!({"busy_bp": 10_000, "seed": 3})).await;
    assert_eq!((status, &shown["busy_bp"]), (200, &json!(10_000)));
    let payout = to("momo");
    let busy = Submitted::Unknown { why: "status_429".to_owned() };
    assert_eq!(setting.gateway.submit(&payout).await, busy);
    assert_eq!(setting.whole(&json!({"busy_bp": 10_001})).await.0, 400);
    assert_eq!(setting.whole(&json!({"surprise": 1})).await.0, 400);

    setting.whole(&json!({"cut_bp": 10_000})).await;
    assert!(matches!(setting.gateway.submit(&payout).await, Submitted::Unknown { .. }));
    assert!(matches!(setting.receiver.next_fact().await, Fact::PayoutPaid { .. }), "it was taken");

    let wrong = json!({"other_amount_bp": 10_000, "duplicate_webhook_bp": 10_000,
        "fail_after_paid_bp": 10_000, "fail_after_paid_ms": 1});
    setting.whole(&wrong).await;
    let payin = Uuid::new_v4();
    let ten = json!({"amount": "10.00", "currency": "USD"});
    assert_eq!(pay(&setting.url, payin, ten.clone()).await.0, 202);
    let first = setting.receiver.next_fact().await;
    assert_eq!(paid_in(&first), (payin, 999, "USD"));
    assert_eq!(setting.receiver.next_fact().await, first, "told again");

    let (_, down) = setting.whole(&json!({"down_for_ms": 60_000})).await;
    assert!(down["down_for_ms"].as_u64().unwrap() > 0);
    let payin = Uuid::new_v4();
    let pays = client().post(format!("{}/v1/payins/{payin}/pay", setting.url)).json(&ten);
    assert!(pays.try_clone().unwrap().send().await.is_err(), "nothing is answered");
    let reset = asked(client().delete(format!("{}/v1/misbehaviour", setting.url))).await;
    assert_eq!((reset.0, &reset.1["down_for_ms"]), (200, &Value::Null));
    assert_eq!(setting.status(payin).await, Value::Null, "and nothing was taken on");
    assert_eq!(asked(pays).await.0, 202);
}

#[tokio::test]
async fn how_it_misbehaves_outlives_a_restart() {
    let receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let simulator = cauri_api::simulator::Simulator::bind(receiver.args(dir.path(), 0)).await;
    let simulator = simulator.unwrap();
    let door = format!("{}/v1/misbehaviour", simulator.url());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(simulator.serve(async move {
        let _ = stopped.await;
    }));
    let set = json!({"seed": 9, "late_bp": 500, "late_ms": 30_000});
    let (_, shown) = asked(client().put(&door).json(&set)).await;
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    let kept = asked(client().get(format!("{url}/v1/misbehaviour"))).await.1;
    assert_eq!((&kept, &kept["late_ms"]), (&shown, &json!(30_000)));
}

//! The simulated provider over real HTTP, also killed and started again.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;
mod misbehaviour;
mod payins;
mod speak;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::http::StatusCode;
use cauri_api::simulator::{Simulator, run};
use cauri_api::webhooks::Fact;
use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::{
    PayoutGateway, PayoutInstruction, PayoutStatus, SimulatedGateway, Submitted,
};
use clap::Parser;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use uuid::Uuid;

use kit::{BOUND, Line, Receiver, client, pay, payout};

#[tokio::test]
async fn a_payment_is_told_once_and_keeps_its_object() {
    let mut receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let ten = json!({"amount": "10.00", "currency": "USD"});

    let (status, paid) = pay(&url, first, ten.clone()).await;
    assert_eq!((status, &paid["status"]), (202, &json!("succeeded")));
    assert_eq!(pay(&url, first, ten.clone()).await, (202, paid.clone()));
    let (status, problem) = pay(&url, first, json!({"amount": "11.00", "currency": "USD"})).await;
    assert_eq!((status, &problem["code"]), (422, &json!("already_paid")));

    let failing = json!({"amount": "10.00", "currency": "USD", "outcome": "fail"});
    let (_, failed) = pay(&url, second, failing).await;
    let (_, at_last) = pay(&url, second, ten).await;
    assert_eq!((&failed["status"], &failed["id"]), (&json!("failed"), &at_last["id"]));

    // Exactly these three, in this order.
    let Fact::PayinSucceeded { reference, object, amount } = receiver.next_fact().await else {
        panic!("the first was paid");
    };
    assert_eq!((reference, json!(object)), (Some(first), paid["id"].clone()));
    assert_eq!((amount.minor(), amount.currency()), (1000, "USD"));
    let Fact::PayinDeclined { reference, reason, .. } = receiver.next_fact().await else {
        panic!("the second failed");
    };
    assert_eq!((reference, reason.as_str()), (Some(second), "insufficient_funds"));
    let Fact::PayinSucceeded { reference, object, .. } = receiver.next_fact().await else {
        panic!("the second was paid after all");
    };
    assert_eq!((reference, json!(object)), (Some(second), at_last["id"].clone()));
}

#[tokio::test]
async fn a_payout_key_has_one_answer_and_one_outcome() {
    let mut receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    let gateway = SimulatedGateway::try_new(&url).unwrap();
    let to = |destination: &str| PayoutInstruction {
        ledger: cauri_domain::LedgerId::main(),
        withdrawal: WithdrawalId(Uuid::new_v4()),
        amount: "25000".to_owned(),
        currency: "XOF".to_owned(),
        destination: destination.to_owned(),
    };

    let good = to("+228 90 11 22 33");
    assert_eq!(gateway.status(good.withdrawal).await, PayoutStatus::NotFound);
    let Submitted::Accepted { object } = gateway.submit(&good).await else {
        panic!("accepted");
    };
    assert_eq!(gateway.submit(&good).await, Submitted::Accepted { object: object.clone() });
    let other = PayoutInstruction { amount: "25001".to_owned(), ..good.clone() };
    let reused = Submitted::Unknown { why: "idempotency_key_reused".to_owned() };
    assert_eq!(gateway.submit(&other).await, reused);
    let Fact::PayoutPaid { reference, object: told, amount } = receiver.next_fact().await else {
        panic!("paid");
    };
    assert_eq!((reference, &told, amount.minor()), (good.withdrawal.0, &object, 25_000));
    assert_eq!(gateway.status(good.withdrawal).await, PayoutStatus::Paid { object });

    let closed = to("fail-closed-account");
    let Submitted::Accepted { object } = gateway.submit(&closed).await else {
        panic!("accepted");
    };
    let code = "destination_closed".to_owned();
    let Fact::PayoutFailed { reference, reason, .. } = receiver.next_fact().await else {
        panic!("failed");
    };
    assert_eq!((reference, &reason), (closed.withdrawal.0, &code));
    assert_eq!(gateway.status(closed.withdrawal).await, PayoutStatus::Failed { object, code });

    let refused = to("refuse-unknown-account");
    let at_once = Submitted::Refused { code: "invalid_destination".to_owned() };
    assert_eq!(gateway.submit(&refused).await, at_once);
    assert_eq!(gateway.status(refused.withdrawal).await, PayoutStatus::NotFound);
}

#[tokio::test]
async fn until_it_is_due_a_payout_is_pending() {
    let receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 3_600_000).await;
    let gateway = SimulatedGateway::try_new(&url).unwrap();
    let instruction = PayoutInstruction {
        ledger: cauri_domain::LedgerId::main(),
        withdrawal: WithdrawalId(Uuid::new_v4()),
        amount: "1.00".to_owned(),
        currency: "USD".to_owned(),
        destination: "acct".to_owned(),
    };
    assert!(matches!(gateway.submit(&instruction).await, Submitted::Accepted { .. }));
    assert_eq!(gateway.status(instruction.withdrawal).await, PayoutStatus::Pending);
}

#[tokio::test]
async fn a_webhook_is_tried_until_it_is_taken_signed_anew_under_the_same_id() {
    let mut receiver = Receiver::open().await;
    receiver.answers.lock().unwrap().extend([
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::BAD_REQUEST,
        StatusCode::FOUND,
    ]);
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    let reference = Uuid::new_v4();
    pay(&url, reference, json!({"amount": "1", "currency": "XOF"})).await;
    let first = receiver.next().await;
    let mut last = first.timestamp;
    for _ in 0..3 {
        let again = receiver.next().await;
        assert_eq!((&again.id, &again.delivery), (&first.id, &first.delivery));
        assert!(again.timestamp >= last);
        last = again.timestamp;
    }
    // The fourth was taken: what comes next is another.
    pay(&url, Uuid::new_v4(), json!({"amount": "2", "currency": "XOF"})).await;
    assert_ne!(receiver.next().await.id, first.id);
}

#[tokio::test]
async fn what_it_cannot_read_it_refuses_by_code() {
    let receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let url = receiver.simulator(dir.path(), 0).await;
    for body in [
        json!({}),
        json!({"amount": "1.001", "currency": "USD"}),
        json!({"amount": "1.00", "currency": "usd"}),
        json!({"amount": "0.00", "currency": "USD"}),
        json!({"amount": "-1.00", "currency": "USD"}),
        json!({"amount": 1, "currency": "USD"}),
        json!({"amount": "1.00", "currency": "USD", "outcome": "maybe"}),
        json!({"amount": "1.00", "currency": "USD", "surprise": 1}),
    ] {
        let (status, problem) = pay(&url, Uuid::new_v4(), body.clone()).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid_request")), "{body}");
    }
    let request = json!({"reference": Uuid::new_v4(), "amount": "1.00", "currency": "USD",
        "destination": "acct"});
    for key in ["", "a b", &"k".repeat(129)] {
        let (status, problem) = payout(&url, key, &request).await;
        assert_eq!((status, &problem["code"]), (400, &json!("idempotency_key_missing")));
    }
    let nowhere = client().get(format!("{url}/v2")).send().await.unwrap();
    assert_eq!(nowhere.status(), 404);
    let healthy = client().get(format!("{url}/healthz")).send().await.unwrap();
    assert_eq!(healthy.status(), 200);
}

#[tokio::test]
async fn it_only_starts_on_loopback_with_its_own_readable_state() {
    let receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let refusal = |args| async { Simulator::bind(args).await.err().unwrap().to_string() };
    let mut open = receiver.args(dir.path(), 0);
    open.listen = "0.0.0.0:0".parse().unwrap();
    assert!(refusal(open).await.contains("loopback"));
    let mut unsigned = receiver.args(dir.path(), 0);
    unsigned.webhook_secret = SecretString::from(" , ");
    assert!(refusal(unsigned).await.contains("secret"));

    let one = Simulator::bind(receiver.args(dir.path(), 0)).await.unwrap();
    assert!(refusal(receiver.args(dir.path(), 0)).await.contains("in use"));
    drop(one);

    let file = dir.path().join("provider.jsonl");
    std::fs::write(&file, b"not an entry\n").unwrap();
    assert!(refusal(receiver.args(dir.path(), 0)).await.contains("line 1"));
    // A line without its end was never answered for: it is cut.
    std::fs::write(&file, b"{\"entry\":\"payo").unwrap();
    drop(Simulator::bind(receiver.args(dir.path(), 0)).await.unwrap());
    assert_eq!(std::fs::read(&file).unwrap(), b"");
}

/// A simulated provider in a process of its own: this test binary, started again.
struct Process(Child, String);

impl Process {
    fn start(receiver: &Receiver, dir: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "the_process_itself", "--nocapture"])
            .env("CAURI_SIM_WEBHOOK_URL", &receiver.url)
            .env("CAURI_SIM_WEBHOOK_SECRET", receiver.secret.expose_secret())
            .env("CAURI_SIM_DATA_DIR", dir)
            .env("CAURI_SIM_DELAY_MS", "0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The test harness prints its own lines first, and not always an end to them.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let marker = "listening on ";
        let url = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| line.split_once(marker).map(|(_, url)| url.to_owned()))
            .expect("it says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child, url)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: no handler runs, nothing is flushed.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
#[ignore = "the child process of the test below"]
fn the_process_itself() {
    if std::env::var_os("CAURI_SIM_DATA_DIR").is_none() {
        return;
    }
    let args = Line::parse_from(["sim"]).args;
    tokio::runtime::Runtime::new().unwrap().block_on(run(args)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_no_key_and_no_webhook() {
    let mut receiver = Receiver::open().await;
    let dir = tempfile::tempdir().unwrap();
    let reference = Uuid::new_v4();
    let request = json!({"reference": reference, "amount": "1.00", "currency": "USD",
        "destination": "acct"});
    let ten = json!({"amount": "10.00", "currency": "USD"});

    // Nothing is taken before the kill.
    receiver.answers.lock().unwrap().extend([StatusCode::SERVICE_UNAVAILABLE; 1000]);
    let process = Process::start(&receiver, dir.path());
    let accepted = payout(&process.1, "key-1", &request).await;
    let paid = pay(&process.1, reference, ten.clone()).await;
    assert_eq!((accepted.0, paid.0), (202, 202));
    let tried = receiver.next().await.id;
    drop(process);
    while receiver.told.try_recv().is_ok() {}
    receiver.answers.lock().unwrap().clear();

    let process = Process::start(&receiver, dir.path());
    assert_eq!(payout(&process.1, "key-1", &request).await, accepted);
    assert_eq!(pay(&process.1, reference, ten.clone()).await, paid);
    let other = json!({"reference": reference, "amount": "2.00", "currency": "USD",
        "destination": "acct"});
    let (status, problem) = payout(&process.1, "key-1", &other).await;
    assert_eq!((status, &problem["code"]), (422, &json!("idempotency_key_reused")));
    // Which of them is due first is the wall clock's to say, and it may have been set meanwhile.
    let both = [receiver.next().await, receiver.next().await];
    assert!(both.iter().any(|it| it.id == tried), "under the ids of before");
    let has =
        |is: fn(&Fact) -> bool| both.iter().any(|it| it.delivery.facts.first().is_some_and(is));
    assert!(has(|fact| matches!(fact, Fact::PayoutPaid { .. })));
    assert!(has(|fact| matches!(fact, Fact::PayinSucceeded { .. })));

    // Both were taken, which is remembered too, so the next start sends only what is new. Their
    // being recorded is what is waited for: a kill before that would rightly send them again.
    let file = dir.path().join("provider.jsonl");
    let recorded = || std::fs::read_to_string(&file).unwrap().matches("\"delivered\"").count() == 2;
    let wait = async {
        while !recorded() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, wait).await.expect("both are recorded");
    drop(process);
    let process = Process::start(&receiver, dir.path());
    let new = Uuid::new_v4();
    pay(&process.1, new, ten).await;
    let [Fact::PayinSucceeded { reference, .. }] = receiver.next().await.delivery.facts[..] else {
        panic!("the new payment");
    };
    assert_eq!(reference, Some(new));
}

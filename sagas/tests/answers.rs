//! Whatever a provider answers, and in whatever order: one payment, or the money back.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use cauri_domain::testing::{wallet, withdrawal};
use cauri_domain::{Account, RefundId, WithdrawalId};
use cauri_sagas::gateway::{
    CaptureInstruction, PayoutGateway, PayoutInstruction, PayoutStatus, RefundInstruction,
    Submitted,
};
use cauri_sagas::{Gateways, Sagas};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use kit::World;

/// How a call goes.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// It does not arrive.
    Lost,
    /// It arrives, and its answer does not.
    Mute,
    /// It is answered by somebody who has not heard of the payout yet.
    Behind,
    /// It is answered while the payout is open.
    Open,
}

const WAYS: [Way; 4] = [Way::Lost, Way::Mute, Way::Behind, Way::Open];

/// What becomes of the payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Paid,
    Failed,
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Submitted(Submitted),
    Status(PayoutStatus),
}

#[derive(Debug)]
struct Books {
    script: VecDeque<Way>,
    taken: BTreeMap<WithdrawalId, PayoutInstruction>,
    said: Vec<Said>,
}

/// Goes by its script, and then answers at once and truly. It pays once for each key.
#[derive(Debug)]
struct Scripted {
    fate: Fate,
    books: Mutex<Books>,
}

impl Scripted {
    fn new(script: &[Way], fate: Fate) -> Self {
        let script = script.iter().copied().collect();
        let books = Books { script, taken: BTreeMap::new(), said: Vec::new() };
        Self { fate, books: Mutex::new(books) }
    }

    fn submitted(&self, instruction: &PayoutInstruction) -> Submitted {
        let mut books = self.books.lock().unwrap();
        let way = books.script.pop_front();
        let unknown = || Submitted::Unknown { why: "timed_out".to_owned() };
        let answer = match way {
            Some(Way::Lost) => unknown(),
            _ if self.fate == Fate::Refused => match way {
                Some(Way::Mute) => unknown(),
                _ => Submitted::Refused { code: "account_closed".to_owned() },
            },
            _ => {
                let taken = books.taken.entry(instruction.withdrawal);
                assert_eq!(taken.or_insert_with(|| instruction.clone()), instruction);
                match way {
                    Some(Way::Mute) => unknown(),
                    _ => Submitted::Accepted { object: "po_1".to_owned() },
                }
            }
        };
        books.said.push(Said::Submitted(answer.clone()));
        answer
    }

    fn status_of(&self, withdrawal: WithdrawalId) -> PayoutStatus {
        let mut books = self.books.lock().unwrap();
        let (object, code) = ("po_1".to_owned(), "no_such_account".to_owned());
        let answer = match books.script.pop_front() {
            Some(Way::Lost | Way::Mute) => PayoutStatus::Unknown { why: "timed_out".to_owned() },
            Some(Way::Behind) => PayoutStatus::NotFound,
            _ if !books.taken.contains_key(&withdrawal) => PayoutStatus::NotFound,
            Some(Way::Open) => PayoutStatus::Pending,
            None if self.fate == Fate::Paid => PayoutStatus::Paid { object },
            None => PayoutStatus::Failed { object, code },
        };
        books.said.push(Said::Status(answer.clone()));
        answer
    }
}

impl PayoutGateway for Scripted {
    fn provider(&self) -> &str {
        "sim"
    }

    fn submit<'a>(&'a self, instruction: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        async move { self.submitted(instruction) }.boxed()
    }

    fn status(&self, withdrawal: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        async move { self.status_of(withdrawal) }.boxed()
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        unreachable!("nothing is given back here: {instruction:?}")
    }

    fn refund_status(&self, refund: RefundId) -> BoxFuture<'_, PayoutStatus> {
        unreachable!("nothing is given back here: {refund}")
    }

    fn capture<'a>(&'a self, instruction: &'a CaptureInstruction) -> BoxFuture<'a, Submitted> {
        unreachable!("nothing is captured here: {instruction:?}")
    }

    fn capture_status<'a>(
        &'a self,
        instruction: &'a CaptureInstruction,
    ) -> BoxFuture<'a, PayoutStatus> {
        unreachable!("nothing is captured here: {instruction:?}")
    }
}

/// One withdrawal, paid out by a provider that answers like this.
async fn pays_or_gives_back(script: &[Way], fate: Fate) {
    let what = format!("{fate:?} after {script:?}");
    let world = World::new().await;
    let provider = Arc::new(Scripted::new(script, fate));
    let mut gateways = Gateways::default();
    gateways.add("sim".parse().unwrap(), Arc::clone(&provider) as _);
    let handle = Sagas::spawn(world.engine.clone(), gateways, world.options.clone());
    world.request_withdrawal(1, 4_000, "momo-1").await;
    world.approve(1).await;
    let ends = ["withdrawal.paid.v1", "withdrawal.failed.v1"];
    let counts = || ends.map(|name| world.count(name));
    world.until(&what, || (counts() != [0, 0]).then_some(())).await;
    let status = world.caught_up(&handle).await;
    assert_eq!((status.open_payouts, status.refused, status.failure), (0, 0, None), "{what}");
    handle.close().await;

    let is_paid = fate == Fate::Paid;
    assert_eq!(counts(), if is_paid { [1, 0] } else { [0, 1] }, "{what}");
    let balances = world.balances().await;
    let left = if is_paid { 96_000 } else { 100_000 };
    assert_eq!(balances[&Account::Wallet(wallet(1)).to_string()], left, "{what}");
    assert!(!balances.contains_key(&Account::Withdrawal(withdrawal(1)).to_string()), "{what}");

    let books = provider.books.lock().unwrap();
    assert_eq!(books.taken.len(), usize::from(fate != Fate::Refused), "{what}");
    assert!(books.script.len() < script.len().max(1), "{what}: nobody asked");
    // Sent at first; and again only after the provider said that it never had it.
    for (at, said) in books.said.iter().enumerate() {
        if matches!(said, Said::Submitted(_)) && at > 0 {
            let before = &books.said[at - 1];
            assert_eq!(before, &Said::Status(PayoutStatus::NotFound), "{what}: {:?}", books.said);
        }
    }
}

/// All sequences of ways, up to this length.
fn scripts(longest: usize) -> Vec<Vec<Way>> {
    let mut scripts = vec![Vec::new()];
    let mut begin = 0;
    for _ in 0..longest {
        let end = scripts.len();
        for at in begin..end {
            let longer = WAYS.map(|way| [&scripts[at][..], &[way]].concat());
            scripts.extend(longer);
        }
        begin = end;
    }
    scripts
}

#[tokio::test]
async fn a_payout_is_paid_once_whatever_is_answered_before() {
    for script in scripts(3) {
        pays_or_gives_back(&script, Fate::Paid).await;
    }
}

#[tokio::test]
async fn a_payout_that_fails_gives_the_money_back_whatever_is_answered_before() {
    for script in scripts(3) {
        pays_or_gives_back(&script, Fate::Failed).await;
    }
}

#[tokio::test]
async fn a_payout_that_is_refused_gives_the_money_back_whatever_is_answered_before() {
    for script in scripts(3) {
        pays_or_gives_back(&script, Fate::Refused).await;
    }
}

//! A provider in memory: idempotent by key, and what becomes of a payout stands in its destination.
//!
//! `momo-pays` is paid when it is asked for the second time, `momo-fails` fails then, `momo-refused`
//! is refused at once, `momo-waits` stays open until it is told to end. A payment is given back when
//! it is asked for the second time; `pi_fails` fails then, `pi_refused` is refused at once. An
//! authorised payment is captured when it is asked for the second time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cauri_domain::{PayinId, RefundId, WithdrawalId};
use cauri_sagas::gateway::{
    CaptureInstruction, PayoutGateway, PayoutInstruction, PayoutStatus, RefundInstruction,
    Submitted,
};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::fuse::{Fault, Fuse};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Submit(WithdrawalId),
    Status(WithdrawalId),
    Refund(RefundId),
    RefundStatus(RefundId),
    Capture(PayinId),
    CaptureStatus(PayinId),
}

#[derive(Debug, Default)]
struct Books {
    payouts: BTreeMap<WithdrawalId, (PayoutInstruction, u32)>,
    refunds: BTreeMap<RefundId, (RefundInstruction, u32)>,
    captures: BTreeMap<PayinId, (CaptureInstruction, u32)>,
    calls: Vec<Call>,
    now: usize,
    most: usize,
    is_unreachable: bool,
    is_mute: bool,
}

#[derive(Debug, Clone)]
pub struct Provider {
    books: Arc<Mutex<Books>>,
    fuse: Arc<Fuse>,
    repeats: bool,
}

impl Provider {
    pub fn new(fuse: Arc<Fuse>) -> Self {
        Self { books: Arc::default(), fuse, repeats: false }
    }

    /// Every call reaches the provider twice.
    pub fn repeating(mut self) -> Self {
        self.repeats = true;
        self
    }

    pub fn set_unreachable(&self, is_unreachable: bool) {
        self.books.lock().unwrap().is_unreachable = is_unreachable;
    }

    /// It does what it is told, and its answers are lost.
    pub fn set_mute(&self, is_mute: bool) {
        self.books.lock().unwrap().is_mute = is_mute;
    }

    pub fn forget_calls(&self) {
        self.books.lock().unwrap().calls.clear();
    }

    pub fn calls(&self) -> Vec<Call> {
        self.books.lock().unwrap().calls.clone()
    }

    /// How many calls were made at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.books.lock().unwrap().most
    }

    /// What it was told to pay under each key.
    pub fn instructions(&self) -> Vec<PayoutInstruction> {
        let books = self.books.lock().unwrap();
        books.payouts.values().map(|(instruction, _)| instruction.clone()).collect()
    }

    /// What it was told to give back under each key.
    pub fn refunds(&self) -> Vec<RefundInstruction> {
        let books = self.books.lock().unwrap();
        books.refunds.values().map(|(instruction, _)| instruction.clone()).collect()
    }

    /// What it was asked to capture under each key.
    pub fn captures(&self) -> Vec<CaptureInstruction> {
        let books = self.books.lock().unwrap();
        books.captures.values().map(|(instruction, _)| instruction.clone()).collect()
    }

    async fn call<T>(&self, call: Call, unknown: T, act: impl Fn(&mut Books) -> T) -> T {
        {
            let mut books = self.books.lock().unwrap();
            books.now += 1;
            books.most = books.most.max(books.now);
        }
        let _leaving = Leaving(self);
        tokio::task::yield_now().await;
        let fault = self.fuse.step();
        match fault {
            Some(Fault::LostBefore) => return unknown,
            Some(Fault::KilledBefore) => std::future::pending().await,
            Some(Fault::LostAfter | Fault::KilledAfter) | None => {}
        }
        let answer = {
            let mut books = self.books.lock().unwrap();
            books.calls.push(call);
            if books.is_unreachable {
                return unknown;
            }
            if self.repeats {
                act(&mut books);
            }
            let answer = act(&mut books);
            if books.is_mute {
                return unknown;
            }
            answer
        };
        match fault {
            Some(Fault::LostAfter) => unknown,
            Some(Fault::KilledAfter) => std::future::pending().await,
            Some(Fault::LostBefore | Fault::KilledBefore) | None => answer,
        }
    }
}

struct Leaving<'a>(&'a Provider);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.books.lock().unwrap().now -= 1;
    }
}

fn object(withdrawal: WithdrawalId) -> String {
    format!("po_{}", withdrawal.0.as_u128())
}

fn given_back(refund: RefundId) -> String {
    format!("re_{}", refund.0.as_u128())
}

impl PayoutGateway for Provider {
    fn provider(&self) -> &str {
        "sim"
    }

    fn submit<'a>(&'a self, instruction: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        let unknown = Submitted::Unknown { why: "timed_out".to_owned() };
        let withdrawal = instruction.withdrawal;
        self.call(Call::Submit(withdrawal), unknown, move |books| {
            if instruction.destination == "momo-refused" {
                return Submitted::Refused { code: "account_closed".to_owned() };
            }
            let payout = books.payouts.entry(withdrawal);
            let (known, _) = payout.or_insert_with(|| (instruction.clone(), 0));
            assert_eq!(known, instruction, "a key is for one instruction");
            Submitted::Accepted { object: object(withdrawal) }
        })
        .boxed()
    }

    fn status(&self, withdrawal: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        let unknown = PayoutStatus::Unknown { why: "timed_out".to_owned() };
        self.call(Call::Status(withdrawal), unknown, move |books| {
            let Some((instruction, asked)) = books.payouts.get_mut(&withdrawal) else {
                return PayoutStatus::NotFound;
            };
            *asked += 1;
            let object = object(withdrawal);
            match instruction.destination.as_str() {
                "momo-pays" if *asked > 1 => PayoutStatus::Paid { object },
                "momo-fails" if *asked > 1 => {
                    PayoutStatus::Failed { object, code: "no_such_account".to_owned() }
                }
                _ => PayoutStatus::Pending,
            }
        })
        .boxed()
    }

    fn refund<'a>(&'a self, instruction: &'a RefundInstruction) -> BoxFuture<'a, Submitted> {
        let unknown = Submitted::Unknown { why: "timed_out".to_owned() };
        let refund = instruction.refund;
        self.call(Call::Refund(refund), unknown, move |books| {
            if instruction.payment == "pi_refused" {
                return Submitted::Refused { code: "no_refunds".to_owned() };
            }
            let known = books.refunds.entry(refund);
            let (known, _) = known.or_insert_with(|| (instruction.clone(), 0));
            assert_eq!(known, instruction, "a key is for one instruction");
            Submitted::Accepted { object: given_back(refund) }
        })
        .boxed()
    }

    fn refund_status(&self, refund: RefundId) -> BoxFuture<'_, PayoutStatus> {
        let unknown = PayoutStatus::Unknown { why: "timed_out".to_owned() };
        self.call(Call::RefundStatus(refund), unknown, move |books| {
            let Some((instruction, asked)) = books.refunds.get_mut(&refund) else {
                return PayoutStatus::NotFound;
            };
            *asked += 1;
            let object = given_back(refund);
            match instruction.payment.as_str() {
                "pi_fails" if *asked > 1 => {
                    PayoutStatus::Failed { object, code: "account_closed".to_owned() }
                }
                _ if *asked > 1 => PayoutStatus::Paid { object },
                _ => PayoutStatus::Pending,
            }
        })
        .boxed()
    }

    fn capture<'a>(&'a self, instruction: &'a CaptureInstruction) -> BoxFuture<'a, Submitted> {
        let unknown = Submitted::Unknown { why: "timed_out".to_owned() };
        let payin = instruction.payin;
        self.call(Call::Capture(payin), unknown, move |books| {
            let known = books.captures.entry(payin);
            let (known, _) = known.or_insert_with(|| (instruction.clone(), 0));
            assert_eq!(known, instruction, "a key is for one instruction");
            Submitted::Accepted { object: instruction.payment.clone() }
        })
        .boxed()
    }

    fn capture_status<'a>(
        &'a self,
        instruction: &'a CaptureInstruction,
    ) -> BoxFuture<'a, PayoutStatus> {
        let unknown = PayoutStatus::Unknown { why: "timed_out".to_owned() };
        self.call(Call::CaptureStatus(instruction.payin), unknown, move |books| {
            let Some((_, asked)) = books.captures.get_mut(&instruction.payin) else {
                return PayoutStatus::NotFound;
            };
            *asked += 1;
            let object = instruction.payment.clone();
            if *asked < 2 { PayoutStatus::Pending } else { PayoutStatus::Paid { object } }
        })
        .boxed()
    }
}

//! Everything mixed, and how it ends: what has ended kept nothing, nothing in transit is ever less
//! than nothing, and nobody gets more back than was paid. The money is read from the JSON of events
//! alone; what has ended, from the domain.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, missing_docs, reason = "tests")]

#[allow(dead_code, unused_imports, reason = "the histories of one lifecycle use the rest of it")]
mod oracle;

use std::collections::BTreeMap;

use cauri_domain::testing::{self, any_plan, play};
use cauri_domain::*;
use oracle::Oracle;
use proptest::prelude::*;
use serde_json::Value;

/// What goes back to payers, by the JSON of events alone.
#[derive(Debug, Default)]
struct Returns {
    /// The most that was told of a provider's payment.
    told: BTreeMap<String, u64>,
    /// What was asked back of it and has not failed, by refund.
    asked: BTreeMap<String, (String, u64)>,
    /// What was to be paid for an order.
    totals: BTreeMap<String, u64>,
    /// What its buyer got back.
    back: BTreeMap<String, u64>,
}

fn minor(amount: &Value) -> u64 {
    amount[0].as_str().unwrap().replace('.', "").parse().unwrap()
}

fn payment(of: &Value) -> String {
    format!("{} {}", of["provider"], of["object"])
}

impl Returns {
    fn take(&mut self, kind: &str, it: &Value) {
        let refund = || it["refund"].to_string();
        match kind {
            "payin.succeeded.v1" | "payin.succeeded_late.v1" | "payin.mismatched.v1" => {
                let told = self.told.entry(payment(&it["receipt"])).or_default();
                *told = (*told).max(minor(&it["receipt"]["amount"]));
            }
            "refund.requested.v1" => {
                self.asked.insert(refund(), (payment(it), minor(&it["amount"])));
            }
            "refund.failed.v1" | "refund.to_wallet.v1" => drop(self.asked.remove(&refund())),
            "order.placed.v1" => {
                self.totals.insert(it["sale"].to_string(), minor(&it["quote"]["total"]));
            }
            "order.refunded.v1" => {
                *self.back.entry(it["sale"].to_string()).or_default() += minor(&it["to_buyer"]);
            }
            _ => {}
        }
    }

    /// What was given back beyond what was paid.
    fn beyond(&self) -> Vec<String> {
        let mut sums = BTreeMap::<&String, u64>::new();
        for (of, minor) in self.asked.values() {
            *sums.entry(of).or_default() += minor;
        }
        let of_payments = sums.into_iter().filter(|(of, sum)| *sum > self.told[*of]);
        let of_orders = self.back.iter().filter(|(of, sum)| **sum > self.totals[*of]);
        of_payments.map(|(of, _)| of).chain(of_orders.map(|(of, _)| of)).cloned().collect()
    }
}

/// Accounts that hold what is on its way, and never owe.
const TRANSIT: [&str; 4] = ["hold:", "escrow:", "order:", "withdrawal:"];

/// The accounts of everything that has ended, by the domain's word.
fn ended(state: &LedgerState) -> Vec<Account> {
    let mut accounts = Vec::new();
    for number in 0..30_u128 {
        let id = testing::escrow(number);
        if let Some(it) = state.escrow(id).filter(|it| it.status().has_ended()) {
            accounts.push(Account::Escrow(id));
            let milestones = 1..=u16::try_from(it.parts.len()).unwrap();
            accounts.extend(milestones.map(|it| Account::Milestone(id, it)));
        }
        let id = testing::hold(number);
        if state.hold(id).is_some_and(|it| it.status != hold::Status::Placed) {
            accounts.push(Account::Hold(id));
        }
        let id = testing::sale(number);
        let is_open = |it: &&sale::Sale| {
            matches!(it.status, sale::Status::Paid | sale::Status::Delivered { .. })
        };
        if state.sale(id).is_some_and(|it| !is_open(&it)) {
            accounts.push(Account::Order(id));
        }
        let id = testing::withdrawal(number);
        let has_ended = |it: &withdrawal::Withdrawal| {
            !matches!(
                it.status,
                withdrawal::Status::Requested
                    | withdrawal::Status::Approved
                    | withdrawal::Status::Submitted { .. }
                    | withdrawal::Status::Unknown { .. }
            )
        };
        if state.withdrawal(id).is_some_and(has_ended) {
            accounts.push(Account::Withdrawal(id));
        }
        let id = testing::refund_id(number);
        let is_open =
            |status| matches!(status, refund::Status::Requested | refund::Status::Submitted);
        if state.refund(id).is_some_and(|it| !is_open(it.status)) {
            accounts.push(Account::Refund(id));
        }
        // Of a payment that is known somebody has borne what was taken, and got what came back;
        // what came back before it was taken waits for that word.
        let id = testing::chargeback_id(number);
        let is_known = |it: &chargeback::Chargeback| {
            let payment = state.payment(it.payment.0, &it.payment.1);
            payment.is_some_and(|payment| payment.told > 0) && it.reinstated <= it.withdrawn
        };
        if state.chargeback(id).is_some_and(is_known) {
            accounts.push(Account::Chargeback(id));
        }
    }
    accounts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_has_ended_kept_nothing_and_nobody_got_more_back_than_was_paid(
        plan in any_plan(0..200),
    ) {
        let (mut oracle, mut returns) = (Oracle::default(), Returns::default());
        let (state, played) = play(&plan);
        for (_, result) in played {
            let Ok(Decided::Happened(events)) = result else { continue };
            for event in events {
                let payload = event.serialize_payload(serde_json::value::Serializer).unwrap();
                oracle.take(event.wire_name(), &payload);
                returns.take(event.wire_name(), &payload);
            }
            for ((account, _), credit) in &oracle.credit {
                let is_transit = TRANSIT.iter().any(|prefix| account.starts_with(prefix));
                prop_assert!(!is_transit || *credit >= 0, "{} has {}", account, credit);
            }
            prop_assert_eq!(returns.beyond(), Vec::<String>::new());
        }
        for account in ended(&state) {
            for currency in ["XOF", "USD", "KWD"] {
                prop_assert_eq!(oracle.credit_of(&account.to_string(), currency), 0, "{}", account);
            }
        }
    }
}

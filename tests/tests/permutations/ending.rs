//! Where a ledger ends after deliveries, whatever was refused on the way being sent again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cauri_api::webhooks::{Delivery, commands};
use cauri_domain::payin;
use cauri_domain::testing::Given;
use cauri_domain::withdrawal::Status;
use cauri_domain::{Account, Asked, CommandId, Decided, LedgerState, decide};
use uuid::Uuid;

use crate::stories::Start;

/// Takes deliveries in this order, as the server does. One that the ledger refuses is answered 409
/// and sent again by its provider after the others, until nothing more comes of it.
pub fn end(start: &Start, told: &[&Delivery]) -> String {
    let mut ledger = Ledger { state: start.given.state.clone(), start: &start.given, asked: 0 };
    let mut waiting: Vec<&Delivery> = told.to_vec();
    loop {
        let before = waiting.len();
        waiting.retain(|delivery| !ledger.takes(delivery));
        if waiting.is_empty() || waiting.len() == before {
            break;
        }
    }
    let mut refused: Vec<&str> = waiting.iter().map(|delivery| delivery.kind.as_str()).collect();
    refused.sort_unstable();
    refused.dedup();
    describe(&ledger.state, start, &refused)
}

struct Ledger<'a> {
    state: LedgerState,
    start: &'a Given,
    asked: u128,
}

impl Ledger<'_> {
    /// Whether nothing of the delivery is refused that would leave money unbooked.
    fn takes(&mut self, delivery: &Delivery) -> bool {
        let commands = commands(delivery);
        assert_eq!(commands.refused, None, "{delivery:?}");
        let mut is_taken = true;
        for one in commands.asked {
            self.asked += 1;
            let asked = Asked {
                // Under an id of its own: nothing but the fact itself guards against booking twice.
                id: CommandId(Uuid::from_u128(0x77_0000 + self.asked)),
                at: self.start.now(),
                actor: one.request.actor,
                command: one.request.command,
            };
            match decide(&mut self.state, &asked) {
                Ok(Decided::Happened(events)) => {
                    events.iter().for_each(|event| self.state.evolve(event, asked.at));
                    for (currency, sum) in self.state.books().trial_balance() {
                        assert_eq!(sum, 0, "debits and credits differ in {currency}");
                    }
                }
                Ok(Decided::Already) => {}
                Err(_) => is_taken &= one.is_news,
            }
        }
        is_taken
    }
}

/// Every balance that is not zero, and where each lifecycle stands.
fn describe(state: &LedgerState, start: &Start, refused: &[&str]) -> String {
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for (account, currency, balance) in state.books().balances() {
        // What somebody gave back by hand is a refund named after how far the total was, so the
        // names depend on the order and only their sum does not.
        let account = match account {
            Account::Refund(id) if id.0 != start.about.refund => "refunds by hand".to_owned(),
            // Of two payments for one pay-in, the one that is heard of first pays it, and the other
            // waits in suspense for whoever assigns it. Which one that is only the order can say.
            Account::Suspense(_) | Account::Wallet(_) if start.is_paid_twice => {
                "the payer, or in suspense for them".to_owned()
            }
            other => other.to_string(),
        };
        *sums.entry(format!("{account} {currency}")).or_default() += balance;
    }
    sums.retain(|_, balance| *balance != 0);
    let lines: Vec<String> =
        sums.iter().map(|(account, balance)| format!("{account} {balance}")).collect();
    let about = start.about;
    let mut text = lines.join("\n");
    // A pay-in that is not paid stands where its last news put it: a card may be kept for us and
    // declined, and only its own order says which came last. Money has not moved in either.
    let payin = state.payin(cauri_domain::PayinId(about.payin)).map(|payin| payin.status);
    let ended = payin.filter(|status| {
        use payin::Status::{Authorised, Capturing, Created, Declined, Submitted};
        !matches!(status, Created | Submitted | Authorised | Declined | Capturing)
    });
    let withdrawal = state.withdrawal(cauri_domain::WithdrawalId(about.withdrawal));
    let refund = state.refund(cauri_domain::RefundId(about.refund));
    // What failed after it was paid has come back; where the failure was heard of first, its payment
    // is an old message. Either way it is not paid out, and the money is in the wallet.
    let withdrawal = withdrawal.map(|it| match it.status {
        Status::Failed { .. } | Status::Returned { .. } => "not paid out",
        other => other.as_str(),
    });
    let refund = refund.map(|it| it.status);
    let _ = write!(text, "\npayin {ended:?}\nwithdrawal {withdrawal:?}\nrefund {refund:?}");
    if let Some(case) = start.chargeback(state) {
        let _ = write!(
            text,
            "\nchargeback {:?} disputed {:?} withdrawn {} fee {} reinstated {} borne {} lost {}",
            case.outcome,
            case.disputed,
            case.withdrawn,
            case.fee,
            case.reinstated,
            case.borne,
            case.lost
        );
    }
    let _ = write!(text, "\nrefused for ever {refused:?}");
    text
}

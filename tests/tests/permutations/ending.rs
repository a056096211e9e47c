//! Where a ledger ends after deliveries, whatever was refused on the way being sent again.

use std::fmt::Write as _;

use cauri_api::webhooks::{Delivery, commands};
use cauri_domain::testing::Given;
use cauri_domain::{Asked, CommandId, Decided, LedgerState, decide};
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
    let mut lines: Vec<String> = state
        .books()
        .balances()
        .into_iter()
        .filter(|(.., balance)| *balance != 0)
        .map(|(account, currency, balance)| format!("{account} {balance} {currency}"))
        .collect();
    lines.sort();
    let about = start.about;
    let mut text = lines.join("\n");
    // A pay-in that is not paid stands where its last news put it: a card may be kept for us and
    // declined, and only its own order says which came last. Money has not moved in either.
    let payin = state.payin(cauri_domain::PayinId(about.payin)).map(|payin| payin.status);
    let ended = payin.filter(|status| {
        use cauri_domain::payin::Status;
        !matches!(
            status,
            Status::Created
                | Status::Submitted
                | Status::Authorised
                | Status::Declined
                | Status::Capturing
        )
    });
    let withdrawal = state.withdrawal(cauri_domain::WithdrawalId(about.withdrawal));
    let refund = state.refund(cauri_domain::RefundId(about.refund));
    let _ = write!(
        text,
        "\npayin {ended:?}\nwithdrawal {:?}\nrefund {:?}",
        withdrawal.map(|it| it.status),
        refund.map(|it| it.status),
    );
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

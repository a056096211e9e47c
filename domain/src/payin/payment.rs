//! A provider's payment, as the rules see it: what was told of it, and where its money is.
//!
//! Everything told of a payment is folded here by maxima and sums, so that it comes to the same in
//! whatever order it is told: a refund may be told before the money it refunds.

use serde::{Deserialize, Serialize};

use crate::chargeback;
use crate::chart::Account;
use crate::currency::Currency;
use crate::ids::{PayinId, RefundId, WalletId};
use crate::journal::{JournalEntry, Side};
use crate::money::Money;
use crate::receipt::Receipt;
use crate::state::LedgerState;
use crate::text::{ObjectId, Provider};

/// The key of a provider's payment: the provider, and its own id of the payment.
pub type PaymentKey = (Provider, ObjectId);

/// A provider's payment. Its numbers are minor units of one currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The currency that was told first.
    pub currency: Option<Currency>,
    /// The most that was told to have come in.
    pub told: u64,
    /// The pay-in that it is for.
    pub payin: Option<PayinId>,
    /// Whose wallet has its money, once one has.
    pub wallet: Option<WalletId>,
    /// What of it is in suspense.
    pub held: u64,
    /// What of it reached the wallet.
    pub settled: u64,
    /// On its way back: our refunds that have not ended.
    pub refunding: u64,
    /// Given back by our refunds.
    pub refunded: u64,
    /// What our refunds ever asked the provider for, whatever became of it.
    pub sent: u64,
    /// Given back by the provider without our asking.
    pub outside: u64,
    /// What of that nobody here has borne yet, by refund.
    pub unborne: Vec<(RefundId, u64)>,
    /// What is claimed by open and lost chargebacks.
    pub disputed: u64,
    /// Other currencies in which it was told, which is left in the log and not booked.
    pub contradicted: Vec<Currency>,
}

impl Payment {
    /// An amount of its currency.
    pub(crate) fn money(&self, minor: u64) -> Option<Money> {
        Money::from_minor(minor, self.currency?)
    }

    /// What was given back of it, is on its way, or is claimed.
    pub(crate) const fn given(&self) -> u64 {
        self.refunding
            .saturating_add(self.refunded)
            .saturating_add(self.outside)
            .saturating_add(self.disputed)
    }
}

/// What is known of a payment.
pub(crate) fn payment<'a>(state: &'a LedgerState, key: &PaymentKey) -> Option<&'a Payment> {
    state.payments.get(key)
}

/// Takes note of a receipt: what was told, and of which pay-in.
pub(crate) fn tell(state: &mut LedgerState, payin: Option<PayinId>, receipt: &Receipt) {
    let key = (receipt.provider, receipt.object.clone());
    state.payments.update(key, |payment| {
        payment.currency = Some(receipt.amount.currency());
        payment.told = payment.told.max(receipt.amount.minor());
        payment.payin = payment.payin.or(payin);
    });
}

/// Takes note of what an entry about a payment moved in and out of suspense.
///
/// What came back of it in another currency, as a dispute may, is in suspense and not in here: only
/// a person takes it out.
pub(crate) fn hold(state: &mut LedgerState, key: &PaymentKey, entry: &JournalEntry) {
    for posting in entry.postings() {
        if posting.account != Account::Suspense(key.0) {
            continue;
        }
        let minor = posting.money.minor();
        state.payments.update(key.clone(), |payment| {
            let currency = posting.money.currency();
            if *payment.currency.get_or_insert(currency) != currency {
                return;
            }
            payment.held = match posting.side {
                Side::Credit => payment.held.saturating_add(minor),
                Side::Debit => payment.held.saturating_sub(minor),
            };
        });
    }
}

/// Money of a payment reached a wallet.
pub(crate) fn settle(state: &mut LedgerState, key: &PaymentKey, wallet: WalletId, minor: u64) {
    let before = payment(state, key).and_then(|payment| payment.wallet);
    state.payments.update(key.clone(), |payment| {
        payment.wallet = Some(wallet);
        payment.settled = payment.settled.saturating_add(minor);
    });
    chargeback::note_all(state, key, before);
}

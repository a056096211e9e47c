//! Whose an event is that names a thing and no wallet: who has part in that thing.

use uuid::Uuid;

use crate::ids::{
    ChargebackId, EntitlementId, EscrowId, HoldId, InvoiceId, PayinId, RefundId, SaleId,
    SubscriptionId, WalletId, WithdrawalId,
};
use crate::payin::PaymentKey;
use crate::state::LedgerState;

impl LedgerState {
    /// The wallets that have part in whatever has this id: payer and payee, buyer and seller, sellers
    /// and courier, subscriber. Each once, in order; none where nothing has it.
    #[must_use]
    pub fn wallets_with_part_in(&self, id: Uuid) -> Vec<WalletId> {
        let mut all = Vec::new();
        if let Some(it) = self.payins.get(&PayinId(id)) {
            all.extend([it.wallet, it.payee()]);
        }
        if let Some(it) = self.escrows.get(&EscrowId(id)) {
            all.extend([it.buyer, it.seller]);
        }
        if let Some(it) = self.holds.get(&HoldId(id)) {
            all.extend(it.legs.iter().map(|leg| leg.wallet));
            all.extend(it.captures.iter().flat_map(|(_, payees, _)| payees).map(|it| it.wallet));
        }
        if let Some(it) = self.sales.get(&SaleId(id)) {
            all.push(it.terms.buyer);
            all.extend(it.terms.lines.iter().map(|line| line.seller));
            all.extend(it.terms.delivery.and_then(|delivery| delivery.courier));
        }
        if let Some(it) = self.entitlements.get(&EntitlementId(id)) {
            all.push(it.wallet);
            all.extend(it.seller);
        }
        if let Some(it) = self.withdrawals.get(&WithdrawalId(id)) {
            all.push(it.wallet);
        }
        if let Some(it) = self.subscriptions.get(&SubscriptionId(id)) {
            all.push(it.wallet);
        }
        if let Some(it) = self.invoices.get(&InvoiceId(id)) {
            all.push(it.wallet);
        }
        if let Some(it) = self.refunds.get(&RefundId(id)) {
            all.extend(it.wallet.or_else(|| self.has_money_of(&it.payment)));
        }
        if let Some(it) = self.chargebacks.get(&ChargebackId(id)) {
            all.extend(self.has_money_of(&it.payment));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn has_money_of(&self, payment: &PaymentKey) -> Option<WalletId> {
        self.payments.get(payment).and_then(|payment| payment.wallet)
    }
}

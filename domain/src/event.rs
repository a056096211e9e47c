//! Everything that can have happened in a ledger, under names that are for ever.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::journal::JournalEntry;
use crate::state::LedgerState;
use crate::{
    aml, capacity, chargeback, clock, commission, correction, coupon, endpoint, entitlement,
    escrow, four_eyes, hold, invoice, limits, member, payin, payment_method, payments, period,
    personal_data, plan, process_control, refund, relation, sale, settings, settlement,
    subscription, suspense, transfer, usage, wallet, withdrawal,
};

macro_rules! events {
    ($( $(#[$doc:meta])* $wire:literal $name:ident($module:ident :: $event:ident) $evolve:ident $(@$at:ident)? $entry:expr; )*) => {
        /// What happened.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $( $(#[$doc])* $name($module::$event), )*
        }

        impl Event {
            /// Every wire name that is written today, with its version.
            pub const WIRE_NAMES: &'static [&'static str] = &[$($wire),*];

            /// Its type and version as written, for ever.
            #[must_use]
            pub const fn wire_name(&self) -> &'static str {
                match self { $( Self::$name(_) => $wire, )* }
            }

            /// Its journal entry, if it moved money.
            #[must_use]
            pub fn entry(&self) -> Option<&JournalEntry> {
                match self { $( Self::$name(event) => { let entry: fn(&$module::$event) -> Option<&JournalEntry> = $entry; entry(event) } )* }
            }

            /// Changes the state; `at` is when it was recorded, for the rules that count time.
            pub(crate) fn apply(&self, state: &mut LedgerState, at: DateTime<Utc>) {
                let _ = at;
                match self { $( Self::$name(event) => $module::$evolve(state, event $(, { let $at = at; $at })?), )* }
            }

            /// Writes the payload, without the name.
            ///
            /// # Errors
            /// Those of the serializer.
            pub fn serialize_payload<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $( Self::$name(event) => event.serialize(serializer), )* }
            }

            /// Reads the payload of a type and version that is written today; `None` for another.
            ///
            /// # Errors
            /// Those of the deserializer.
            pub fn deserialize_payload<'de, D: Deserializer<'de>>(
                wire_name: &str,
                deserializer: D,
            ) -> Option<Result<Self, D::Error>> {
                Some(match wire_name {
                    $( $wire => <$module::$event>::deserialize(deserializer).map(Self::$name), )*
                    _ => return None,
                })
            }
        }

        $( impl From<$module::$event> for Event {
            fn from(event: $module::$event) -> Self { Self::$name(event) }
        } )*
    };
}

events! {
    /// The ledger was opened.
    "ledger.opened.v1" LedgerOpened(settings::Opened) evolve_opened |_| None;
    /// Other settings are in force.
    "ledger.configured.v1" LedgerConfigured(settings::Configured) evolve_configured |_| None;

    /// A commission rule has a new version.
    "commission.rules_set.v1" CommissionRulesSet(commission::RulesSet) evolve_set |_| None;

    /// The clock was set forward, in development.
    "clock.advanced.v1" ClockAdvanced(clock::Advanced) evolve_advanced |_| None;

    /// Other thresholds of four eyes are in force.
    "four_eyes.configured.v1" FourEyesConfigured(four_eyes::Configured) evolve_configured |_| None;
    /// A command was proposed to another person.
    "proposal.made.v1" ProposalMade(four_eyes::Made) evolve_made |_| None;
    /// Another person approved it; its command's events follow.
    "proposal.approved.v1" ProposalApproved(four_eyes::Approved) evolve_approved |_| None;
    /// Another person rejected it.
    "proposal.rejected.v1" ProposalRejected(four_eyes::Rejected) evolve_rejected |_| None;
    /// Its proposer took it back.
    "proposal.withdrawn.v1" ProposalWithdrawn(four_eyes::Withdrawn) evolve_withdrawn |_| None;
    /// Nobody judged it in time.
    "proposal.expired.v1" ProposalExpired(four_eyes::Expired) evolve_expired |_| None;

    /// An entry was posted by hand.
    "adjustment.posted.v1" AdjustmentPosted(correction::Adjusted) evolve_adjusted |e| Some(&e.entry);
    /// Balances were brought from elsewhere.
    "opening.imported.v1" OpeningImported(correction::OpeningImported) evolve_imported |e| Some(&e.entry);
    /// An entry was taken back.
    "entry.reversed.v1" EntryReversed(correction::Reversed) evolve_reversed |e| Some(&e.entry);

    /// A provider settled what it held.
    "settlement.recorded.v1" SettlementRecorded(settlement::Recorded) evolve_recorded |e| Some(&e.entry);
    /// A settlement was taken back.
    "settlement.reversed.v1" SettlementReversed(settlement::Reversed) evolve_reversed |e| Some(&e.entry);

    /// A month, and all before it, is closed.
    "period.closed.v1" PeriodClosed(period::Closed) evolve_closed |_| None;

    /// A process manager cannot go on by itself.
    "process.stuck.v1" ProcessStuck(process_control::Stuck) evolve_stuck |_| None;
    /// It went on by itself after all.
    "process.freed.v1" ProcessFreed(process_control::Freed) evolve_freed |_| None;
    /// A person has it tried again.
    "process.retried.v1" ProcessRetried(process_control::Retried) evolve_retried |_| None;
    /// A person leaves a step out.
    "process.skipped.v1" ProcessSkipped(process_control::Skipped) evolve_skipped |_| None;
    /// It was given up: its money went to the account named.
    "process.given_up.v1" ProcessGivenUp(process_control::GivenUp) evolve_given_up |e| Some(&e.entry);

    /// An endpoint was added: it is told what happens.
    "endpoint.added.v1" EndpointAdded(endpoint::Added) evolve_added |_| None;
    /// It is told of other events, or at another place.
    "endpoint.changed.v1" EndpointChanged(endpoint::Changed) evolve_changed |_| None;
    /// Another secret signs; the one before signs too for a day.
    "endpoint.secret_rotated.v1" EndpointSecretRotated(endpoint::Rotated) evolve_rotated |_| None;
    /// It is told nothing until it is enabled.
    "endpoint.disabled.v1" EndpointDisabled(endpoint::Disabled) evolve_disabled |_| None;
    /// It is told again, from where it stopped.
    "endpoint.enabled.v1" EndpointEnabled(endpoint::Enabled) evolve_enabled |_| None;
    /// It is told from a revision on.
    "endpoint.replayed.v1" EndpointReplayed(endpoint::Replayed) evolve_replayed |_| None;
    /// It is told nothing, for ever.
    "endpoint.removed.v1" EndpointRemoved(endpoint::Removed) evolve_removed |_| None;

    /// A wallet was opened.
    "wallet.opened.v1" WalletOpened(wallet::Opened) evolve_opened |_| None;
    /// No debits any more.
    "wallet.frozen.v1" WalletFrozen(wallet::Frozen) evolve_frozen |_| None;
    /// Debits again.
    "wallet.unfrozen.v1" WalletUnfrozen(wallet::Unfrozen) evolve_unfrozen |_| None;
    /// Nothing any more.
    "wallet.closed.v1" WalletClosed(wallet::Closed) evolve_closed |_| None;

    /// Somebody is a member of a wallet.
    "member.granted.v1" MemberGranted(member::Granted) evolve_granted |_| None;
    /// A member is none any more.
    "member.revoked.v1" MemberRevoked(member::Revoked) evolve_revoked |_| None;
    /// A member spent of a wallet, as an event of the same unit says.
    "member.spent.v1" MemberSpent(member::Spent) evolve_spent |_| None;

    /// Somebody is something of a thing of the marketplace.
    "relation.assigned.v1" RelationAssigned(relation::Assigned) evolve_assigned |_| None;
    /// They are so no more.
    "relation.ended.v1" RelationEnded(relation::Ended) evolve_ended |_| None;

    /// Everything that was kept of a subject is to be erased, for ever.
    "personal_data.erased.v1" PersonalDataErased(personal_data::Erased) evolve_erased |_| None;

    /// A way to pay was added.
    "payment_method.added.v1" PaymentMethodAdded(payment_method::Added) evolve_added |_| None;
    /// It is a wallet's default.
    "payment_method.made_default.v1" PaymentMethodMadeDefault(payment_method::MadeDefault) evolve_default |_| None;
    /// It is forbidden, for ever.
    "payment_method.disabled.v1" PaymentMethodDisabled(payment_method::Disabled) evolve_disabled |_| None;

    /// A suspicion is on record.
    "flag.raised.v1" FlagRaised(aml::Raised) evolve_raised |_| None;
    /// It has ended.
    "flag.cleared.v1" FlagCleared(aml::Cleared) evolve_cleared |_| None;
    /// Money of a wallet is kept back.
    "risk_hold.placed.v1" RiskHoldPlaced(aml::HoldPlaced) evolve_placed |e| Some(&e.entry);
    /// It is the wallet's again, as far as it was there.
    "risk_hold.released.v1" RiskHoldReleased(aml::HoldReleased) evolve_released |e| e.entry.as_ref();

    /// Limits were set, or taken away.
    "limits.set.v1" LimitsSet(limits::WereSet) evolve_set |_| None;
    /// A wallet was assigned a profile of limits.
    "limits.assigned.v1" LimitsAssigned(limits::Assigned) evolve_assigned |_| None;
    /// It was said how well the owner of a wallet is known.
    "wallet.kyc_set.v1" KycLevelSet(limits::KycSet) evolve_kyc |_| None;
    /// It was said where days begin at midnight.
    "calendar.zone_set.v1" TimeZoneSet(limits::ZoneSet) evolve_zone |_| None;

    /// What can be subscribed to has a new version.
    "plan.set.v1" PlanSet(plan::WasSet) evolve_set |_| None;
    /// A subscription began.
    "subscription.started.v1" SubscriptionStarted(subscription::Started) evolve_started @at |_| None;
    /// A period began: paid, or free.
    "subscription.period_begun.v1" SubscriptionPeriodBegun(subscription::PeriodBegun) evolve_period_begun |e| e.entry.as_ref();
    /// A period began that is paid after an invoice.
    "subscription.invoiced.v1" SubscriptionInvoiced(subscription::Invoiced) evolve_invoiced @at |_| None;
    /// A period was not paid.
    "subscription.payment_failed.v1" SubscriptionPaymentFailed(subscription::PaymentFailed) evolve_payment_failed |_| None;
    /// Some of what was deferred is revenue.
    "subscription.recognised.v1" RevenueRecognised(subscription::Recognised) evolve_recognised |e| e.entry.as_ref();
    /// It went over to another plan.
    "subscription.changed.v1" SubscriptionChanged(subscription::Changed) evolve_changed |e| e.entry.as_ref();
    /// It goes over to another plan when the period is over.
    "subscription.change_scheduled.v1" SubscriptionChangeScheduled(subscription::ChangeScheduled) evolve_change_scheduled |_| None;
    /// It ends when the period is over.
    "subscription.cancel_scheduled.v1" SubscriptionCancelScheduled(subscription::CancelScheduled) evolve_cancel_scheduled |_| None;
    /// It goes on after all.
    "subscription.resumed.v1" SubscriptionResumed(subscription::Resumed) evolve_resumed |_| None;
    /// Its subscriber ended it.
    "subscription.canceled.v1" SubscriptionCanceled(subscription::Canceled) evolve_canceled |e| e.entry.as_ref();
    /// It ended by itself.
    "subscription.expired.v1" SubscriptionExpired(subscription::Expired) evolve_expired |_| None;

    /// Something was used.
    "usage.recorded.v1" UsageRecorded(usage::Recorded) evolve_recorded |_| None;
    /// A subscription has a quota of its own, or none any more.
    "usage.quota_set.v1" QuotaSet(usage::QuotaSet) evolve_quota |_| None;
    /// What was used in a period was billed.
    "usage.closed.v1" UsageClosed(usage::Closed) evolve_closed |e| e.entry.as_ref();

    /// An invoice was issued.
    "invoice.issued.v1" InvoiceIssued(invoice::Issued) evolve_issued |_| None;
    /// An invoice was paid.
    "invoice.paid.v1" InvoicePaid(invoice::Paid) evolve_paid |e| e.entry.as_ref();
    /// Nobody has to pay an invoice any more.
    "invoice.voided.v1" InvoiceVoided(invoice::Voided) evolve_voided |_| None;
    /// Some of an invoice was given back.
    "credit_note.issued.v1" CreditNoteIssued(invoice::NoteIssued) evolve_note |e| e.entry.as_ref();

    /// Money moved between wallets.
    "transfer.completed.v1" TransferCompleted(transfer::Completed) evolve_completed |e| Some(&e.entry);

    /// Money is expected.
    "payin.created.v1" PayinCreated(payin::Created) evolve_created |_| None;
    /// The money came.
    "payin.succeeded.v1" PayinSucceeded(payin::Succeeded) evolve_succeeded |e| Some(&e.entry);
    /// The payer did not pay; they still may.
    "payin.declined.v1" PayinDeclined(payin::Declined) evolve_declined |_| None;
    /// No money came in time.
    "payin.expired.v1" PayinExpired(payin::Expired) evolve_expired |_| None;
    /// The money came after all, into suspense.
    "payin.succeeded_late.v1" PayinSucceededLate(payin::SucceededLate) evolve_succeeded_late |e| Some(&e.entry);
    /// Other money than was asked came, into suspense.
    "payin.mismatched.v1" PayinMismatched(payin::Mismatched) evolve_mismatched |e| Some(&e.entry);

    /// Money was reserved.
    "hold.placed.v1" HoldPlaced(hold::Placed) evolve_placed |e| Some(&e.entry);
    /// More was reserved.
    "hold.increased.v1" HoldIncreased(hold::Increased) evolve_increased |e| Some(&e.entry);
    /// It stands longer.
    "hold.extended.v1" HoldExtended(hold::Extended) evolve_extended |_| None;
    /// Some of it, or the last of it, was taken.
    "hold.captured.v1" HoldCaptured(hold::Captured) evolve_captured |e| Some(&e.entry);
    /// It was given back.
    "hold.voided.v1" HoldVoided(hold::Voided) evolve_voided |e| Some(&e.entry);
    /// Its time was over; it was given back.
    "hold.expired.v1" HoldExpired(hold::Expired) evolve_expired |e| Some(&e.entry);

    /// A provider has taken a payment on.
    "payin.submitted.v1" PayinSubmitted(payin::Submitted) evolve_submitted |_| None;
    /// A card's issuer keeps the money for us.
    "payin.authorised.v1" PayinAuthorised(payin::Authorised) evolve_authorised |_| None;
    /// The provider is asked for the money that is kept for us.
    "payin.capture_requested.v1" PayinCaptureRequested(payin::CaptureRequested) evolve_capture_requested |_| None;
    /// A payment was given up.
    "payin.canceled.v1" PayinCanceled(payin::Canceled) evolve_canceled |_| None;
    /// A provider told of a payment in another currency than before.
    "payin.contradicted.v1" PayinContradicted(payin::Contradicted) evolve_contradicted |_| None;
    /// What a provider has taken for a payment or a payout.
    "payin.fee_recorded.v1" PayinFeeRecorded(payin::FeeRecorded) evolve_fee |e| Some(&e.entry);
    /// What became of closing a payment at its provider.
    "payin.closed_at_provider.v1" PayinClosedAtProvider(payin::ClosedAtProvider) evolve_closed_at_provider |_| None;

    /// Other rules of money from and to outside are in force.
    "payments.configured.v1" PaymentsConfigured(payments::Configured) evolve_configured |_| None;
    /// Money in suspense was given to whom it is for.
    "suspense.assigned.v1" SuspenseAssigned(suspense::Assigned) evolve_assigned |e| Some(&e.entry);

    /// Money is on its way back to a payer.
    "refund.requested.v1" RefundRequested(refund::Requested) evolve_requested |e| Some(&e.entry);
    /// It is about to be sent to the provider.
    "refund.submitted.v1" RefundSubmitted(refund::Submitted) evolve_submitted |_| None;
    /// The payer's wallet has the money instead.
    "refund.to_wallet.v1" RefundWentToWallet(refund::WentToWallet) evolve_to_wallet |e| Some(&e.entry);
    /// The provider has given it back.
    "refund.succeeded.v1" RefundSucceeded(refund::Succeeded) evolve_succeeded |e| Some(&e.entry);
    /// The provider could not; the money is back where it came from.
    "refund.failed.v1" RefundFailed(refund::Failed) evolve_failed |e| Some(&e.entry);
    /// A provider gave back what nobody here asked for.
    "refund.told.v1" RefundTold(refund::Told) evolve_told |e| Some(&e.entry);
    /// What a provider gave back by itself was taken from whom it came from.
    "refund.borne.v1" RefundBorne(refund::Borne) evolve_borne |e| Some(&e.entry);

    /// A warning, or a question that may become a chargeback.
    "chargeback.inquired.v1" ChargebackInquired(chargeback::Inquired) evolve_inquired |_| None;
    /// The payer disputes a payment.
    "chargeback.opened.v1" ChargebackOpened(chargeback::Opened) evolve_opened |_| None;
    /// Part of the wallet's money is kept back until the case is decided.
    "chargeback.reserved.v1" ChargebackReserved(chargeback::Reserved) evolve_reserved |e| Some(&e.entry);
    /// The provider has taken money back.
    "chargeback.withdrawn.v1" ChargebackWithdrawn(chargeback::Withdrawn) evolve_withdrawn |e| Some(&e.entry);
    /// What the provider has taken back was taken from who had it.
    "chargeback.borne.v1" ChargebackBorne(chargeback::Borne) evolve_borne |e| Some(&e.entry);
    /// The provider has given money back to us.
    "chargeback.reinstated.v1" ChargebackReinstated(chargeback::Reinstated) evolve_reinstated |e| Some(&e.entry);
    /// Who had borne it has it back.
    "chargeback.given_back.v1" ChargebackGivenBack(chargeback::GivenBack) evolve_given_back |e| Some(&e.entry);
    /// Evidence was handed in.
    "chargeback.evidence_submitted.v1" ChargebackEvidenceSubmitted(chargeback::EvidenceSubmitted) evolve_evidence |_| None;
    /// The case is won.
    "chargeback.won.v1" ChargebackWon(chargeback::Won) evolve_won |_| None;
    /// The case is lost.
    "chargeback.lost.v1" ChargebackLost(chargeback::Lost) evolve_lost |_| None;
    /// What a chargeback left owing was looked at.
    "chargeback.reviewed.v1" ChargebackReviewed(chargeback::Reviewed) evolve_reviewed |_| None;
    /// What was kept back is the wallet's again.
    "chargeback.released.v1" ChargebackReleased(chargeback::Released) evolve_released |e| Some(&e.entry);

    /// Terms were agreed.
    "escrow.opened.v1" EscrowOpened(escrow::Opened) evolve_opened |_| None;
    /// The money is put aside.
    "escrow.funded.v1" EscrowFunded(escrow::Funded) evolve_funded |e| Some(&e.entry);
    /// It was given up before it was funded.
    "escrow.canceled.v1" EscrowCanceled(escrow::Canceled) evolve_canceled |_| None;
    /// The seller says it is done; the inspection period runs.
    "escrow.delivered.v1" EscrowDelivered(escrow::Delivered) evolve_delivered |_| None;
    /// The buyer wants it done better.
    "escrow.revision_requested.v1" EscrowRevisionRequested(escrow::RevisionRequested) evolve_revision |_| None;
    /// The seller has money, less commission.
    "escrow.released.v1" EscrowReleased(escrow::Released) evolve_released |e| Some(&e.entry);
    /// The buyer has money back.
    "escrow.refunded.v1" EscrowRefunded(escrow::Refunded) evolve_refunded |e| Some(&e.entry);
    /// A party does not agree: nothing moves until it is decided.
    "escrow.disputed.v1" EscrowDisputed(escrow::Disputed) evolve_disputed @at |_| None;
    /// Who disputed does no more.
    "escrow.dispute_withdrawn.v1" EscrowDisputeWithdrawn(escrow::DisputeWithdrawn) evolve_dispute_withdrawn |_| None;
    /// A party offers to end it.
    "escrow.settlement_offered.v1" EscrowSettlementOffered(escrow::SettlementOffered) evolve_offered |_| None;
    /// The offer is off the table.
    "escrow.settlement_declined.v1" EscrowSettlementDeclined(escrow::SettlementDeclined) evolve_declined |_| None;
    /// All that was held was split, by both parties or the arbiter.
    "escrow.settled.v1" EscrowSettled(escrow::Settled) evolve_settled |e| Some(&e.entry);
    /// What was released was taken back from the seller.
    "escrow.clawed_back.v1" EscrowClawedBack(escrow::ClawedBack) evolve_clawed_back |e| Some(&e.entry);

    /// An order was placed.
    "order.placed.v1" OrderPlaced(sale::Placed) evolve_placed |_| None;
    /// It was paid.
    "order.paid.v1" OrderPaid(sale::Paid) evolve_paid |e| Some(&e.entry);
    /// It was delivered; the inspection period runs.
    "order.delivered.v1" OrderDelivered(sale::Delivered) evolve_delivered |_| None;
    /// Its sellers have their money.
    "order.settled.v1" OrderSettled(sale::Settled) evolve_settled |e| Some(&e.entry);
    /// It was given up; what was paid is back.
    "order.canceled.v1" OrderCanceled(sale::Canceled) evolve_canceled |e| e.entry.as_ref();
    /// It was not paid in time.
    "order.expired.v1" OrderExpired(sale::Expired) evolve_expired |_| None;
    /// Some of it was given back.
    "order.refunded.v1" OrderRefunded(sale::Refunded) evolve_refunded |e| Some(&e.entry);

    /// A coupon was given out.
    "coupon.created.v1" CouponCreated(coupon::Created) evolve_created |_| None;
    /// Nobody can use it any more.
    "coupon.disabled.v1" CouponDisabled(coupon::Disabled) evolve_disabled |_| None;

    /// It was said how many places there are.
    "capacity.set.v1" CapacitySet(capacity::WasSet) evolve_set |_| None;

    /// Somebody may use something.
    "entitlement.granted.v1" EntitlementGranted(entitlement::Granted) evolve_granted |_| None;
    /// It was used up.
    "entitlement.used.v1" EntitlementUsed(entitlement::Used) evolve_used |_| None;
    /// It is somebody else's.
    "entitlement.transferred.v1" EntitlementTransferred(entitlement::Transferred) evolve_transferred |e| e.entry.as_ref();
    /// It was taken away.
    "entitlement.revoked.v1" EntitlementRevoked(entitlement::Revoked) evolve_revoked |_| None;
    /// Its time was over.
    "entitlement.expired.v1" EntitlementExpired(entitlement::Expired) evolve_expired |_| None;

    /// Money is on its way out.
    "withdrawal.requested.v1" WithdrawalRequested(withdrawal::Requested) evolve_requested @at |e| Some(&e.entry);
    /// It may go.
    "withdrawal.approved.v1" WithdrawalApproved(withdrawal::Approved) evolve_approved |_| None;
    /// It may not; the money is back.
    "withdrawal.rejected.v1" WithdrawalRejected(withdrawal::Rejected) evolve_rejected |e| Some(&e.entry);
    /// It is about to be sent to a provider.
    "withdrawal.submitted.v1" WithdrawalSubmitted(withdrawal::Submitted) evolve_submitted |_| None;
    /// The provider has paid it out.
    "withdrawal.paid.v1" WithdrawalPaid(withdrawal::Paid) evolve_paid |e| Some(&e.entry);
    /// The provider could not; the money is back.
    "withdrawal.failed.v1" WithdrawalFailed(withdrawal::Failed) evolve_failed |e| Some(&e.entry);
    /// It was paid out and came back.
    "withdrawal.returned.v1" WithdrawalReturned(withdrawal::Returned) evolve_returned |e| Some(&e.entry);
    /// Its owner took it back before it was sent; the money is back.
    "withdrawal.canceled.v1" WithdrawalCanceled(withdrawal::Canceled) evolve_canceled |e| Some(&e.entry);
    /// It is due, and too large to approve itself: two persons have to look at it.
    "withdrawal.alerted.v1" WithdrawalAlerted(withdrawal::Alerted) evolve_alerted |_| None;
    /// It is not known whether the provider has it: the provider is asked.
    "withdrawal.unknown.v1" WithdrawalUnknown(withdrawal::Unknown) evolve_unknown |_| None;
    /// What had failed or come back was paid after all: the money is taken back.
    "withdrawal.paid_after_all.v1" WithdrawalPaidAfterAll(withdrawal::PaidAfterAll) evolve_paid_after_all |e| Some(&e.entry);
}

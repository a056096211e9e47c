//! Everything that can be asked of a ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::actor::{Asker, Role};
use crate::decider::Decided;
use crate::permission;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::{
    aml, batch, capacity, chargeback, clock, commission, correction, coupon, endpoint, entitlement,
    escrow, four_eyes, hold, invoice, limits, member, payin, payment_method, payments, period,
    personal_data, plan, process_control, refund, relation, sale, settings, settlement,
    subscription, suspense, transfer, usage, wallet, withdrawal,
};

macro_rules! commands {
    ($( $(#[$doc:meta])* $name:ident($module:ident :: $command:ident) by $who:ident => |$state:ident, $actor:ident, $at:ident, $it:ident| $rule:expr; )*) => {
        /// What can be asked of a ledger.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Command {
            $( $(#[$doc])* $name($module::$command), )*
        }

        impl Command {
            /// The name of every kind of command.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The name of its kind.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $( Self::$name(_) => stringify!($name), )* }
            }

            /// The lifecycle that it is part of.
            #[must_use]
            pub const fn lifecycle(&self) -> &'static str {
                match self { $( Self::$name(_) => stringify!($module), )* }
            }

            /// The roles that may ask it at all.
            #[must_use]
            pub const fn who(&self) -> &'static [Role] {
                match self { $( Self::$name(_) => permission::$who, )* }
            }

            pub(crate) fn decide(
                &self,
                state: &LedgerState,
                actor: &Asker<'_>,
                at: DateTime<Utc>,
            ) -> Result<Decided, Refusal> {
                match self {
                    $( Self::$name($it) => { let ($state, $actor, $at) = (state, actor, at); let _ = ($state, $actor, $at); $rule } )*
                }
            }
        }

        $( impl From<$module::$command> for Command {
            fn from(command: $module::$command) -> Self { Self::$name(command) }
        } )*
    };
}

commands! {
    /// Open the ledger.
    OpenLedger(settings::Open) by SETUP => |state, actor, at, it| settings::decide_open(state, it);
    /// Change its settings.
    ConfigureLedger(settings::Configure) by SETUP => |state, actor, at, it| settings::decide_configure(state, it);

    /// Set a commission rule, or its next version.
    SetCommissionRule(commission::Set) by SETUP => |state, actor, at, it| commission::decide_set(state, at, it);

    /// Set the clock forward, in development.
    AdvanceClock(clock::Advance) by STAFF => |state, actor, at, it| clock::decide_advance(at, it);

    /// Several commands, all or nothing.
    Batch(batch::Batch) by ACTORS => |state, actor, at, it| { let _ = it; batch::decide_nested() };

    /// Change the thresholds of four eyes.
    ConfigureFourEyes(four_eyes::Configure) by SETUP => |state, actor, at, it| four_eyes::decide_configure(state, it);
    /// Propose a command to another person.
    Propose(four_eyes::Propose) by BOOKKEEPERS => |state, actor, at, it| four_eyes::decide_propose(state, actor, at, it);
    /// Approve another person's proposal.
    ApproveProposal(four_eyes::Approve) by JUDGES => |state, actor, at, it| four_eyes::decide_approve(state, actor, at, it);
    /// Reject another person's proposal.
    RejectProposal(four_eyes::Reject) by JUDGES => |state, actor, at, it| four_eyes::decide_reject(state, actor, it);
    /// Take one's own proposal back.
    WithdrawProposal(four_eyes::Withdraw) by BOOKKEEPERS => |state, actor, at, it| four_eyes::decide_withdraw(state, actor, it);
    /// A proposal's time is over.
    ExpireProposal(four_eyes::Expire) by SYSTEM => |state, actor, at, it| four_eyes::decide_expire(state, at, it);

    /// Post an entry by hand.
    Adjust(correction::Adjust) by BOOKKEEPERS => |state, actor, at, it| correction::decide_adjust(state, actor, at, it);
    /// Bring balances from elsewhere.
    ImportOpening(correction::ImportOpening) by SETUP => |state, actor, at, it| correction::decide_import(state, at, it);
    /// Take an entry back.
    Reverse(correction::Reverse) by BOOKKEEPERS => |state, actor, at, it| correction::decide_reverse(state, actor, at, it);

    /// A provider settled what it held.
    RecordSettlement(settlement::Record) by BOOKKEEPERS => |state, actor, at, it| settlement::decide_record(state, actor, at, it);
    /// Take a settlement back.
    ReverseSettlement(settlement::Reverse) by BOOKKEEPERS => |state, actor, at, it| settlement::decide_reverse(state, actor, at, it);

    /// Close a month for good.
    ClosePeriod(period::Close) by BOOKKEEPERS => |state, actor, at, it| period::decide_close(state, at, it);

    /// A process cannot go on by itself.
    RecordStuck(process_control::RecordStuck) by SYSTEM => |state, actor, at, it| process_control::decide_stuck(state, it);
    /// A process went on by itself after all.
    RecordFreed(process_control::RecordFreed) by SYSTEM => |state, actor, at, it| process_control::decide_freed(state, it);
    /// Have a step tried again.
    RetryProcess(process_control::Retry) by BOOKKEEPERS => |state, actor, at, it| process_control::decide_retry(state, it);
    /// Leave a step out.
    SkipProcessStep(process_control::Skip) by BOOKKEEPERS => |state, actor, at, it| process_control::decide_skip(state, it);
    /// End an instance, its money into an account.
    GiveUpProcess(process_control::GiveUp) by BOOKKEEPERS => |state, actor, at, it| process_control::decide_give_up(state, actor, it);

    /// Add an endpoint that is told what happens.
    AddEndpoint(endpoint::Add) by STAFF => |state, actor, at, it| endpoint::decide_add(state, it);
    /// Tell an endpoint of other events, or at another place.
    ChangeEndpoint(endpoint::Change) by STAFF => |state, actor, at, it| endpoint::decide_change(state, it);
    /// Sign with another secret.
    RotateEndpointSecret(endpoint::Rotate) by STAFF => |state, actor, at, it| endpoint::decide_rotate(state, it);
    /// Tell an endpoint nothing, for now.
    DisableEndpoint(endpoint::Disable) by STAFF => |state, actor, at, it| endpoint::decide_disable(state, it);
    /// Tell an endpoint again.
    EnableEndpoint(endpoint::Enable) by STAFF => |state, actor, at, it| endpoint::decide_enable(state, it);
    /// Tell an endpoint what happened from a revision on.
    ReplayEndpoint(endpoint::Replay) by STAFF => |state, actor, at, it| endpoint::decide_replay(state, it);
    /// Tell an endpoint nothing, for ever.
    RemoveEndpoint(endpoint::Remove) by STAFF => |state, actor, at, it| endpoint::decide_remove(state, it);

    /// Open a wallet.
    OpenWallet(wallet::Open) by PARTIES => |state, actor, at, it| wallet::decide_open(state, actor, it);
    /// Forbid debits.
    FreezeWallet(wallet::Freeze) by STAFF => |state, actor, at, it| wallet::decide_freeze(state, it);
    /// Allow debits again.
    UnfreezeWallet(wallet::Unfreeze) by STAFF => |state, actor, at, it| wallet::decide_unfreeze(state, it);
    /// Close an empty wallet.
    CloseWallet(wallet::Close) by STAFF => |state, actor, at, it| wallet::decide_close(state, it);

    /// Make somebody a member of a wallet.
    GrantMember(member::Grant) by PARTIES => |state, actor, at, it| member::decide_grant(state, actor, it);
    /// Make a member nobody to a wallet.
    RevokeMember(member::Revoke) by PARTIES => |state, actor, at, it| member::decide_revoke(state, actor, it);

    /// Say who is what of a thing.
    AssignRelation(relation::Assign) by STAFF => |state, actor, at, it| relation::decide_assign(state, it);
    /// Say that they are so no more.
    EndRelation(relation::End) by STAFF => |state, actor, at, it| relation::decide_end(state, it);

    /// Have everything erased that is kept of a subject.
    ErasePersonalData(personal_data::Erase) by STAFF => |state, actor, at, it| personal_data::decide_erase(it);

    /// Add a way to pay.
    AddPaymentMethod(payment_method::Add) by PARTIES => |state, actor, at, it| payment_method::decide_add(state, actor, it);
    /// Make it a wallet's default.
    SetDefaultPaymentMethod(payment_method::MakeDefault) by PARTIES => |state, actor, at, it| payment_method::decide_default(state, actor, it);
    /// Forbid it.
    DisablePaymentMethod(payment_method::Disable) by PARTIES => |state, actor, at, it| payment_method::decide_disable(state, actor, it);

    /// Put a suspicion on record.
    FlagTransaction(aml::Raise) by BOOKKEEPERS => |state, actor, at, it| aml::decide_raise(state, actor, it);
    /// End it.
    ClearFlag(aml::Clear) by JUDGES => |state, actor, at, it| aml::decide_clear(state, actor, it);
    /// Keep money of a wallet back.
    PlaceRiskHold(aml::PlaceHold) by BOOKKEEPERS => |state, actor, at, it| aml::decide_place(state, it);
    /// Give it back.
    ReleaseRiskHold(aml::ReleaseHold) by BOOKKEEPERS => |state, actor, at, it| aml::decide_release(state, it);

    /// Set limits, or take them away.
    SetLimits(limits::Set) by SETUP => |state, actor, at, it| limits::decide_set(state, it);
    /// Assign a wallet a profile of limits.
    AssignLimits(limits::Assign) by STAFF => |state, actor, at, it| limits::decide_assign(state, it);
    /// Say how well the owner of a wallet is known.
    SetKycLevel(limits::SetKyc) by STAFF => |state, actor, at, it| limits::decide_kyc(state, it);
    /// Say where days begin at midnight.
    SetTimeZone(limits::SetZone) by SETUP => |state, actor, at, it| limits::decide_zone(state, it);

    /// Set what can be subscribed to, or its next version.
    SetPlan(plan::Set) by SETUP => |state, actor, at, it| plan::decide_set(state, it);
    /// Begin a subscription.
    Subscribe(subscription::Subscribe) by SPENDERS => |state, actor, at, it| subscription::decide_subscribe(state, actor, at, it);
    /// Its period is over: the next begins.
    RenewSubscription(subscription::Renew) by SYSTEM => |state, actor, at, it| subscription::decide_renew(state, at, it);
    /// Try again to charge a period.
    RetrySubscription(subscription::Retry) by SYSTEM => |state, actor, at, it| subscription::decide_retry(state, at, it);
    /// Pay now what is due.
    PaySubscription(subscription::PayNow) by SPENDERS => |state, actor, at, it| subscription::decide_pay(state, actor, at, it);
    /// Nobody paid in time.
    ExpireSubscription(subscription::Expire) by SYSTEM => |state, actor, at, it| subscription::decide_expire(state, at, it);
    /// Its last period is over.
    EndSubscription(subscription::End) by SYSTEM => |state, actor, at, it| subscription::decide_end(state, at, it);
    /// Go over to another plan.
    ChangePlan(subscription::ChangePlan) by SPENDERS => |state, actor, at, it| subscription::decide_change(state, actor, at, it);
    /// Cancel a subscription.
    CancelSubscription(subscription::Cancel) by PARTIES => |state, actor, at, it| subscription::decide_cancel(state, actor, at, it);
    /// Take a cancellation back that has not come about.
    ResumeSubscription(subscription::Resume) by PARTIES => |state, actor, at, it| subscription::decide_resume(state, actor, it);
    /// Days have passed: what they earned is revenue.
    RecogniseRevenue(subscription::Recognise) by SYSTEM => |state, actor, at, it| subscription::decide_recognise(state, at, it);

    /// Say that something was used.
    RecordUsage(usage::Record) by SYSTEM => |state, actor, at, it| usage::decide_record(state, at, it);
    /// Give a subscription a quota of its own.
    SetQuota(usage::SetQuota) by STAFF => |state, actor, at, it| usage::decide_quota(state, it);
    /// Bill what was used in a period.
    CloseUsagePeriod(usage::Close) by SYSTEM => |state, actor, at, it| usage::decide_close(state, at, it);

    /// Issue an invoice.
    IssueInvoice(invoice::Issue) by BOOKKEEPERS => |state, actor, at, it| invoice::decide_issue(state, at, it);
    /// Pay an invoice out of the wallet.
    PayInvoice(invoice::PayInvoice) by SPENDERS => |state, actor, at, it| invoice::decide_pay(state, actor, at, it);
    /// An invoice was paid by bank transfer.
    RecordInvoicePaid(invoice::RecordPaid) by BOOKKEEPERS => |state, actor, at, it| invoice::decide_record_paid(state, at, it);
    /// Take an invoice back that nobody paid.
    VoidInvoice(invoice::Void) by BOOKKEEPERS => |state, actor, at, it| invoice::decide_void(state, it);
    /// Give some of an invoice back.
    IssueCreditNote(invoice::Credit) by BOOKKEEPERS => |state, actor, at, it| invoice::decide_credit(state, actor, it);

    /// Move money between wallets.
    Transfer(transfer::Make) by SPENDERS => |state, actor, at, it| transfer::decide_make(state, actor, at, it);

    /// Expect money from outside.
    InitiatePayin(payin::Initiate) by PARTIES => |state, actor, at, it| payin::decide_initiate(state, actor, at, it);
    /// A provider has money for us.
    RecordReceipt(payin::RecordReceipt) by SYSTEM => |state, actor, at, it| payin::decide_receipt(state, at, it);
    /// A provider says that a payer did not pay.
    RecordDecline(payin::RecordDecline) by SYSTEM => |state, actor, at, it| payin::decide_decline(state, it);
    /// A provider has taken a payment on.
    RecordSubmission(payin::RecordSubmission) by SYSTEM => |state, actor, at, it| payin::decide_submission(state, it);
    /// A card's issuer keeps the money for us.
    RecordAuthorisation(payin::RecordAuthorisation) by SYSTEM => |state, actor, at, it| payin::decide_authorisation(state, at, it);
    /// What a provider takes for a payment or a payout.
    RecordProviderFee(payin::RecordProviderFee) by SYSTEM => |state, actor, at, it| payin::decide_fee(state, it);
    /// Take the money of an authorised payment.
    CapturePayin(payin::Capture) by BOOKKEEPERS => |state, actor, at, it| payin::decide_capture(state, it);
    /// Give a payment up.
    CancelPayin(payin::Cancel) by PARTIES => |state, actor, at, it| payin::decide_cancel(state, actor, it);
    /// No money came in time.
    ExpirePayin(payin::Expire) by SYSTEM => |state, actor, at, it| payin::decide_expire(state, at, it);
    /// A provider was asked to close what nobody waits for any more.
    RecordClosing(payin::RecordClosing) by SYSTEM => |state, actor, at, it| payin::decide_closing(state, it);

    /// Reserve money.
    PlaceHold(hold::Place) by SPENDERS => |state, actor, at, it| hold::decide_place(state, actor, at, it);
    /// Reserve more.
    IncreaseHold(hold::Increase) by SPENDERS => |state, actor, at, it| hold::decide_increase(state, actor, at, it);
    /// Let a hold stand longer.
    ExtendHold(hold::Extend) by STAFF => |state, actor, at, it| hold::decide_extend(state, at, it);
    /// Take of what is held.
    CaptureHold(hold::Capture) by STAFF => |state, actor, at, it| hold::decide_capture(state, at, it);
    /// Give what is held back.
    VoidHold(hold::Void) by STAFF => |state, actor, at, it| hold::decide_void(state, it);
    /// A hold's time is over.
    ExpireHold(hold::Expire) by SYSTEM => |state, actor, at, it| hold::decide_expire(state, at, it);

    /// Change the rules of money from and to outside.
    ConfigurePayments(payments::Configure) by SETUP => |state, actor, at, it| payments::decide_configure(state, it);
    /// Give money in suspense to whom it is for.
    AssignSuspense(suspense::Assign) by BOOKKEEPERS => |state, actor, at, it| suspense::decide_assign(state, actor, at, it);
    /// Do with late money what the policy says.
    SettleLate(suspense::SettleLate) by SYSTEM => |state, actor, at, it| suspense::decide_late(state, at, it);

    /// Give money back to a payer.
    RequestRefund(refund::Request) by BOOKKEEPERS => |state, actor, at, it| refund::decide_request(state, actor, at, it);
    /// It is about to be sent to the provider.
    SubmitRefund(refund::Submit) by SYSTEM => |state, actor, at, it| refund::decide_submit(state, it);
    /// The payer's wallet gets the money instead.
    RefundToWallet(refund::ToWallet) by BOOKKEEPERS => |state, actor, at, it| refund::decide_to_wallet(state, actor, it);
    /// A provider has given money back.
    RecordRefund(refund::RecordRefund) by SYSTEM => |state, actor, at, it| refund::decide_refund(state, it);
    /// A provider could not give money back.
    RecordRefundFailure(refund::RecordFailure) by SYSTEM => |state, actor, at, it| refund::decide_failure(state, it);
    /// How much of a payment a provider has given back in all.
    RecordRefundTotal(refund::RecordTotal) by SYSTEM => |state, actor, at, it| refund::decide_total(state, it);

    /// A provider says something of a chargeback.
    RecordChargeback(chargeback::Record) by SYSTEM => |state, actor, at, it| chargeback::decide_record(state, it);
    /// Evidence is handed in.
    SubmitEvidence(chargeback::SubmitEvidence) by BOOKKEEPERS => |state, actor, at, it| chargeback::decide_evidence(state, it);
    /// Nobody handed in evidence in time.
    ExpireChargeback(chargeback::Expire) by SYSTEM => |state, actor, at, it| chargeback::decide_expire(state, at, it);
    /// What a chargeback left owing is proposed to be written off.
    ProposeWriteOff(chargeback::ProposeWriteOff) by SYSTEM => |state, actor, at, it| chargeback::decide_write_off(state, actor, at, it);

    /// Agree terms, and put the money aside.
    OpenEscrow(escrow::Open) by SPENDERS => |state, actor, at, it| escrow::decide_open(state, actor, at, it);
    /// Put the money aside that was agreed.
    FundEscrow(escrow::Fund) by SPENDERS => |state, actor, at, it| escrow::decide_fund(state, actor, at, it);
    /// Give up what is not funded yet.
    CancelEscrow(escrow::Cancel) by PARTIES => |state, actor, at, it| escrow::decide_cancel(state, actor, it);
    /// Give up what was not funded in time.
    ExpireEscrowFunding(escrow::ExpireFunding) by SYSTEM => |state, actor, at, it| escrow::decide_expire_funding(state, at, it);
    /// Say, as the seller, that it is done.
    MarkDelivered(escrow::Deliver) by PARTIES => |state, actor, at, it| escrow::decide_deliver(state, actor, at, it);
    /// Want it, as the buyer, done better.
    RequestRevision(escrow::RequestRevision) by PARTIES => |state, actor, at, it| escrow::decide_revision(state, actor, at, it);
    /// Give money to the seller.
    ReleaseEscrow(escrow::Release) by PARTIES => |state, actor, at, it| escrow::decide_release(state, actor, it);
    /// Give it to the seller because the inspection period is over.
    AutoReleaseEscrow(escrow::AutoRelease) by SYSTEM => |state, actor, at, it| escrow::decide_auto_release(state, at, it);
    /// Give money back to the buyer.
    RefundEscrow(escrow::Refund) by PARTIES => |state, actor, at, it| escrow::decide_refund(state, actor, it);
    /// Give it back to the buyer because nothing was delivered in time.
    AutoRefundEscrow(escrow::AutoRefund) by SYSTEM => |state, actor, at, it| escrow::decide_auto_refund(state, at, it);
    /// Do not agree: nothing moves until it is decided.
    OpenDispute(escrow::OpenDispute) by PARTIES => |state, actor, at, it| escrow::decide_dispute(state, actor, at, it);
    /// Dispute no more.
    WithdrawDispute(escrow::WithdrawDispute) by PARTIES => |state, actor, at, it| escrow::decide_withdraw_dispute(state, actor, at, it);
    /// Offer the other party a way to end it.
    OfferSettlement(escrow::OfferSettlement) by PARTIES => |state, actor, at, it| escrow::decide_offer(state, actor, it);
    /// Agree to the other party's offer.
    AcceptSettlement(escrow::AcceptSettlement) by PARTIES => |state, actor, at, it| escrow::decide_accept(state, actor, it);
    /// Do not agree to an offer, or take one's own back.
    DeclineSettlement(escrow::DeclineSettlement) by PARTIES => |state, actor, at, it| escrow::decide_decline(state, actor, it);
    /// Decide a dispute.
    ArbitrateEscrow(escrow::Arbitrate) by PARTIES => |state, actor, at, it| escrow::decide_arbitrate(state, actor, it);
    /// Take back from the seller what was released.
    ClawBackEscrow(escrow::ClawBack) by JUDGES => |state, actor, at, it| escrow::decide_claw_back(state, actor, it);

    /// Order.
    PlaceOrder(sale::Place) by PARTIES => |state, actor, at, it| sale::decide_place(state, actor, at, it);
    /// Pay an order out of the buyer's wallet.
    PayOrder(sale::Pay) by SPENDERS => |state, actor, at, it| sale::decide_pay(state, actor, at, it);
    /// Say that an order is delivered.
    MarkOrderDelivered(sale::Deliver) by PARTIES => |state, actor, at, it| sale::decide_deliver(state, actor, at, it);
    /// Give an order's sellers their money.
    SettleOrder(sale::Settle) by PARTIES => |state, actor, at, it| sale::decide_settle(state, actor, at, it);
    /// An order's inspection period is over.
    AutoSettleOrder(sale::AutoSettle) by SYSTEM => |state, actor, at, it| sale::decide_auto_settle(state, at, it);
    /// Give an order up.
    CancelOrder(sale::Cancel) by PARTIES => |state, actor, at, it| sale::decide_cancel(state, actor, it);
    /// An order was not paid in time.
    ExpireOrder(sale::Expire) by SYSTEM => |state, actor, at, it| sale::decide_expire(state, at, it);
    /// Give an order's buyer money back.
    RefundOrder(sale::Refund) by BOOKKEEPERS => |state, actor, at, it| sale::decide_refund(state, it);

    /// Give out a coupon.
    CreateCoupon(coupon::Create) by PARTIES => |state, actor, at, it| coupon::decide_create(state, actor, it);
    /// Let nobody use a coupon any more.
    DisableCoupon(coupon::Disable) by PARTIES => |state, actor, at, it| coupon::decide_disable(state, actor, it);

    /// Say how many places there are.
    SetCapacity(capacity::Set) by STAFF => |state, actor, at, it| capacity::decide_set(state, it);

    /// Give somebody an entitlement that they did not buy.
    GrantEntitlement(entitlement::Grant) by STAFF => |state, actor, at, it| entitlement::decide_grant(state, at, it);
    /// Use an entitlement up.
    UseEntitlement(entitlement::Use) by PARTIES => |state, actor, at, it| entitlement::decide_use(state, actor, at, it);
    /// Give an entitlement to somebody else.
    TransferEntitlement(entitlement::Transfer) by SPENDERS => |state, actor, at, it| entitlement::decide_transfer(state, actor, at, it);
    /// Take an entitlement away.
    RevokeEntitlement(entitlement::Revoke) by STAFF => |state, actor, at, it| entitlement::decide_revoke(state, it);
    /// An entitlement's time is over.
    ExpireEntitlement(entitlement::Expire) by SYSTEM => |state, actor, at, it| entitlement::decide_expire(state, at, it);

    /// Take money out.
    RequestWithdrawal(withdrawal::Request) by SPENDERS => |state, actor, at, it| withdrawal::decide_request(state, actor, at, it);
    /// A person lets it out.
    ApproveWithdrawal(withdrawal::Approve) by JUDGES => |state, actor, at, it| withdrawal::decide_approve(state, actor, it);
    /// Nobody objected in time.
    AutoApproveWithdrawal(withdrawal::AutoApprove) by SYSTEM => |state, actor, at, it| withdrawal::decide_auto_approve(state, at, it);
    /// A person keeps it in.
    RejectWithdrawal(withdrawal::Reject) by JUDGES => |state, actor, at, it| withdrawal::decide_reject(state, it);
    /// Its owner takes it back before it is sent.
    CancelWithdrawal(withdrawal::Cancel) by SPENDERS => |state, actor, at, it| withdrawal::decide_cancel(state, actor, it);
    /// It is about to be sent to a provider.
    SubmitWithdrawal(withdrawal::Submit) by SYSTEM => |state, actor, at, it| withdrawal::decide_submit(state, it);
    /// It is not known whether a provider has it.
    RecordPayoutUnknown(withdrawal::RecordUnknown) by SYSTEM => |state, actor, at, it| withdrawal::decide_unknown(state, it);
    /// A provider, asked again, says that it was paid after all.
    ConfirmPayout(withdrawal::Confirm) by BOOKKEEPERS => |state, actor, at, it| withdrawal::decide_confirm(state, it);
    /// A provider has paid it out.
    RecordPayout(withdrawal::RecordPayout) by SYSTEM => |state, actor, at, it| withdrawal::decide_payout(state, it);
    /// A provider could not pay it out, or it came back.
    RecordPayoutFailure(withdrawal::RecordFailure) by SYSTEM => |state, actor, at, it| withdrawal::decide_failure(state, it);
}

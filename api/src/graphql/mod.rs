//! The GraphQL schema: parse, ask, map.
//!
//! Text becomes the domain's types here and nowhere else. What the domain refuses is data, a member
//! of each mutation's union; `errors` are for faults, each with `extensions.code`. Without a token
//! nothing is served but the schema and the version; a buyer or seller sees only what is theirs.

mod as_of;
mod command;
mod context;
mod fault;
mod following;
mod named_provider;
mod paging;
mod refused;
mod scalars;
mod standing_by;
mod words;

// A folder for each concept: its inputs, mutations, queries, subscriptions, types and words.
mod ages;
mod aml;
mod audit;
mod batch;
mod chargeback;
mod commission;
mod correction;
mod coupon;
mod endpoint;
mod entitlement;
mod escrow;
mod four_eyes;
mod hold;
mod inbox;
mod journal;
mod ledger;
mod limits;
mod member;
mod payin;
mod payment_method;
mod payments;
mod period;
mod process;
mod provider;
mod reconciliation;
mod refund;
mod relation;
mod report;
mod sale;
mod settlement;
mod subscription;
mod trail;
mod transfer;
mod vault;
mod wallet;
mod withdrawal;

use async_graphql::{MergedObject, MergedSubscription, Schema};

use cauri_ledger::ledgers::Ledgers;
use cauri_projections::ReadModels;
use cauri_sagas::gateway::PayinGateways;

pub(crate) use fault::unrecorded;
pub use provider::ProviderDesk;
pub use refused::{RefusalCode, Refused};
pub use standing_by::is_answered_standing_by;

use crate::audit::Audit;
use crate::graphql_http::limits as operation_limits;
use crate::inbox::Inbox;
use crate::outgoing::Outgoing;
use crate::reports::Reports;
use crate::trail::{Recorder, Watch};
use crate::vault::Vault;

/// Questions. All but `version` need a token. Objects and lists come from the read models: each
/// field of a query, with all that is under it, as of one revision. `atLeastRevision` waits up to 5
/// seconds until that field covers it, else it is `TIMED_OUT`.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    ledger::LedgerQueries,
    wallet::WalletQueries,
    payin::PayinQueries,
    payin::ContradictionQueries,
    refund::RefundQueries,
    chargeback::ChargebackQueries,
    payments::PaymentsQueries,
    subscription::SubscriptionQueries,
    escrow::EscrowQueries,
    four_eyes::FourEyesQueries,
    period::PeriodQueries,
    process::ProcessQueries,
    endpoint::EndpointQueries,
    hold::HoldQueries,
    relation::RelationQueries,
    payment_method::PaymentMethodQueries,
    aml::AmlQueries,
    sale::SaleQueries,
    coupon::CouponQueries,
    entitlement::EntitlementQueries,
    withdrawal::WithdrawalQueries,
    journal::JournalQueries,
    correction::CorrectionQueries,
    commission::CommissionQueries,
    commission::ReportQueries,
    commission::ExplanationQueries,
    report::ReportFileQueries,
    reconciliation::ReconciliationQueries,
    inbox::InboxQueries,
    provider::ProviderQueries,
    settlement::SettlementQueries,
    ages::AgesQueries,
    vault::VaultQueries,
    audit::AuditQueries,
    trail::TrailQueries,
);

/// Commands. Each is applied once under its commandId, however often it is sent.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    ledger::LedgerMutations,
    commission::CommissionMutations,
    wallet::WalletMutations,
    transfer::TransferMutations,
    batch::BatchMutations,
    four_eyes::FourEyesMutations,
    hold::HoldMutations,
    limits::LimitsMutations,
    member::MemberMutations,
    relation::RelationMutations,
    payment_method::PaymentMethodMutations,
    aml::AmlMutations,
    sale::SaleMutations,
    coupon::CouponMutations,
    entitlement::EntitlementMutations,
    correction::CorrectionMutations,
    period::PeriodMutations,
    process::ProcessMutations,
    endpoint::EndpointMutations,
    payin::PayinMutations,
    payin::PayinStarts,
    refund::RefundMutations,
    chargeback::ChargebackMutations,
    payments::PaymentsMutations,
    subscription::SubscriptionMutations,
    escrow::EscrowMutations,
    withdrawal::WithdrawalMutations,
    report::ReportMutations,
    inbox::InboxMutations,
    settlement::SettlementMutations,
    vault::VaultMutations,
    vault::NotifyTokenMutations,
);

/// What happens, as it happens: from the log itself, without gap or repeat. Whoever was cut off goes
/// on after the last revision they saw.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(
    wallet::WalletSubscriptions,
    escrow::EscrowSubscriptions,
    withdrawal::WithdrawalSubscriptions,
    refund::RefundSubscriptions,
    chargeback::ChargebackSubscriptions,
    journal::JournalSubscriptions,
);

/// The schema.
pub type AppSchema = Schema<Query, Mutation, Subscription>;

/// What the schema reads and asks beside the ledgers. What is not there is answered as unavailable;
/// without `payins`, no payment is begun anywhere.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "some parts hold what must not be shown")]
#[expect(missing_docs, reason = "the types say what they are")]
pub struct Parts {
    pub read_models: Option<ReadModels>,
    pub reports: Option<Reports>,
    pub vault: Option<Vault>,
    pub inbox: Option<Inbox>,
    pub outgoing: Option<Outgoing>,
    pub payins: Option<PayinGateways>,
    pub providers: Option<ProviderDesk>,
    pub audit: Option<Audit>,
    pub recorder: Option<Recorder>,
}

/// The schema over these ledgers.
#[must_use]
pub fn build(ledgers: Ledgers, parts: Parts) -> AppSchema {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
    let schema = operation_limits::apply(schema);
    let schema = match &parts.recorder {
        Some(recorder) => schema.extension(Watch(recorder.clone())),
        None => schema,
    };
    schema
        .data(ledgers)
        .data(parts.read_models)
        .data(parts.reports)
        .data(parts.vault)
        .data(parts.inbox)
        .data(parts.outgoing)
        .data(parts.payins.unwrap_or_default())
        .data(parts.providers)
        .data(parts.audit)
        .data(parts.recorder)
        .finish()
}

/// The schema in the schema definition language.
#[must_use]
pub fn sdl() -> String {
    Schema::build(Query::default(), Mutation::default(), Subscription::default()).finish().sdl()
}

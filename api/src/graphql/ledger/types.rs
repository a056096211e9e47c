//! What a ledger is, its rules, and how its read models stand.

use async_graphql::{Context, Result, SimpleObject};
use chrono::{DateTime, Utc};

use cauri_domain::Settings;
use cauri_ledger::store::Head;
use cauri_projections::ReadModels;

use super::digests::ReadModelComparison;
use crate::graphql::context::caller;
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// Who asks.
#[derive(Debug, SimpleObject)]
pub struct Me {
    /// The token's subject.
    pub(super) subject: String,
    /// The token's role.
    pub(super) role: String,
    /// The token's ledger.
    pub(super) ledger: String,
}

/// A ledger.
#[derive(Debug, SimpleObject)]
pub struct Ledger {
    /// Its name.
    pub(super) name: String,
    /// Its last durable event; none while it is empty.
    pub(super) head: Option<RevisionNumber>,
    /// The last event that the read models cover.
    pub(super) applied: Option<RevisionNumber>,
    /// What time it is in it: the world's time, except where a test set its clock forward.
    pub(super) now: DateTime<Utc>,
    /// The rules in force; none before it is opened.
    pub(super) settings: Option<LedgerSettings>,
}

/// The rules in force in a ledger. They are events too.
#[derive(Debug, SimpleObject)]
pub struct LedgerSettings {
    /// The currencies it takes; empty for every one of ISO 4217.
    currencies: Vec<CurrencyText>,
    /// How long a pay-in waits for its money.
    payin_expiry_seconds: u32,
    /// How long a buyer may inspect a delivery before it is released.
    inspection_seconds: u32,
    /// How long a withdrawal waits for a person before it approves itself.
    auto_approval_seconds: u32,
    /// The platform's share of a release, in basis points.
    commission_basis_points: u16,
    /// The largest amounts that a party may move at once.
    limits: Vec<Limit>,
}

/// The largest amount that a party may move at once.
#[derive(Debug, SimpleObject)]
pub struct Limit {
    /// In major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

impl From<Settings> for LedgerSettings {
    fn from(settings: Settings) -> Self {
        let currency = |currency: cauri_domain::Currency| CurrencyText(currency.code().to_owned());
        Self {
            currencies: settings.currencies.iter().copied().map(currency).collect(),
            payin_expiry_seconds: settings.payin_expiry_s.get(),
            inspection_seconds: settings.inspection_s.get(),
            auto_approval_seconds: settings.auto_approval_s.get(),
            commission_basis_points: settings.commission.get(),
            limits: settings
                .limits
                .iter()
                .map(|limit| Limit {
                    amount: DecimalText(limit.to_decimal().to_string()),
                    currency: currency(limit.currency()),
                })
                .collect(),
        }
    }
}

/// How the read models of a ledger stand.
#[derive(Debug, SimpleObject)]
pub struct ReadModelStatus {
    /// The set of tables that is served.
    generation: i64,
    /// The last event that they cover.
    pub(super) applied: Option<RevisionNumber>,
    /// How many events they do not cover yet.
    lag: u64,
    /// Why they stopped, if they did.
    failure: Option<String>,
    /// The comparison that was asked for last (`rebuildReadModels(compare: true)`), if one was since
    /// the server started.
    comparison: Option<ReadModelComparison>,
}

/// How the read models of the caller's ledger stand.
pub(super) fn status(ctx: &Context<'_>) -> Result<ReadModelStatus> {
    let caller = caller(ctx)?;
    let read_models = ctx.data::<Option<ReadModels>>()?;
    let status = read_models
        .iter()
        .flat_map(ReadModels::status)
        .find(|status| status.ledger == caller.ledger)
        .ok_or_else(|| fault::unavailable("this ledger has no read models"))?;
    let compared = read_models.as_ref().and_then(ReadModels::compared);
    Ok(ReadModelStatus {
        generation: status.generation,
        applied: revision(status.applied),
        lag: status.lag,
        failure: status.failure,
        comparison: compared.map(|it| ReadModelComparison::new(it, &caller.ledger)),
    })
}

pub(super) fn revision(head: Head) -> Option<RevisionNumber> {
    match head {
        Head::At(revision) => Some(revision.into()),
        Head::Empty => None,
    }
}

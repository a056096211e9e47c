//! Queries: answered by the read models, each naming the revision it covers.

use std::sync::Arc;

use async_graphql::{Context, Description, Object, Result, SimpleObject};
use uuid::Uuid;

use cauri_domain::{Settings, Subject};
use cauri_ledger::store::Head;
use cauri_projections::ReadModels;
use cauri_projections::query::{
    EscrowRow, EventRow, PayinRow, SuspenseRow, TrialBalanceRow, TrialBalanceTotal, WalletRow,
    WithdrawalRow,
};

use super::context::{Moment, caller, engine, may_see, only_of, overseer};
use super::fault;
use super::paging::{List, PageArgs, connection, cost};
use super::scalars::{CurrencyText, DecimalText, RevisionNumber};
use super::types::{
    AccountClass, Entries, Escrow, EscrowStatus, JournalEvent, Payin, PayinStatus, SuspenseItem,
    Wallet, Withdrawal, WithdrawalStatus,
};

/// Who asks.
#[derive(Debug, SimpleObject)]
pub struct Me {
    /// The token's subject.
    subject: String,
    /// The token's role.
    role: String,
    /// The token's ledger.
    ledger: String,
}

/// A ledger.
#[derive(Debug, SimpleObject)]
pub struct Ledger {
    /// Its name.
    name: String,
    /// Its last durable event; none while it is empty.
    head: Option<RevisionNumber>,
    /// The last event that the read models cover.
    applied: Option<RevisionNumber>,
    /// The rules in force; none before it is opened.
    settings: Option<LedgerSettings>,
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

/// Every account's debits and credits.
#[derive(Debug, SimpleObject)]
pub struct TrialBalance {
    /// The last revision it covers; none while the ledger is empty.
    revision: Option<RevisionNumber>,
    /// A row for each account and currency that was ever posted to.
    rows: Vec<TrialBalanceLine>,
    /// The sums of each currency: debits equal credits.
    totals: Vec<TrialBalanceSum>,
}

/// One account and currency.
#[derive(Debug, SimpleObject)]
pub struct TrialBalanceLine {
    /// The account: `wallet:{id}:available`.
    account: String,
    /// Its class.
    class: AccountClass,
    /// The currency.
    currency: CurrencyText,
    /// The sum of its debits, in major units.
    debits: DecimalText,
    /// The sum of its credits, in major units.
    credits: DecimalText,
    /// On its normal side, in major units.
    balance: DecimalText,
}

/// The sums of one currency.
#[derive(Debug, SimpleObject)]
pub struct TrialBalanceSum {
    /// The currency.
    currency: CurrencyText,
    /// All debits, in major units.
    debits: DecimalText,
    /// All credits, in major units.
    credits: DecimalText,
}

/// How the read models of a ledger stand.
#[derive(Debug, SimpleObject)]
pub struct ReadModelStatus {
    /// The set of tables that is served.
    generation: i64,
    /// The last event that they cover.
    applied: Option<RevisionNumber>,
    /// How many events they do not cover yet.
    lag: u64,
    /// Why they stopped, if they did.
    failure: Option<String>,
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
    Ok(ReadModelStatus {
        generation: status.generation,
        applied: revision(status.applied),
        lag: status.lag,
        failure: status.failure,
    })
}

fn revision(head: Head) -> Option<RevisionNumber> {
    match head {
        Head::At(revision) => Some(revision.into()),
        Head::Empty => None,
    }
}

fn subject(owner: Option<String>) -> Result<Option<Subject>> {
    let parsed = owner.map(|owner| owner.parse::<Subject>()).transpose();
    parsed.map_err(|error| fault::bad_argument("owner", error.to_string()))
}

/// Questions. All but `version` need a token. Objects and lists come from the read models: each
/// field of a query, with all that is under it, as of one revision. `atLeastRevision` waits up to 5
/// seconds until that field covers it, else it is `TIMED_OUT`.
#[derive(Debug, Default, Description)]
pub struct Query;

#[Object(use_type_description)]
impl Query {
    /// The version of this software. Needs no token.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Who asks, as the token says.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me> {
        let caller = caller(ctx)?;
        Ok(Me {
            subject: caller.subject.to_string(),
            role: caller.role.to_string(),
            ledger: caller.ledger.to_string(),
        })
    }

    /// The caller's ledger.
    async fn ledger(&self, ctx: &Context<'_>) -> Result<Ledger> {
        let engine = engine(ctx)?;
        let seen = engine.read(|state| state.settings().ok().cloned()).await;
        let seen = seen.map_err(|error| fault::unasked(&error))?;
        let read_models = ctx.data::<Option<ReadModels>>()?;
        let applied = read_models.as_ref().and_then(|models| models.applied(engine.ledger()));
        Ok(Ledger {
            name: engine.ledger().to_string(),
            head: revision(seen.at),
            applied: applied.and_then(revision),
            settings: seen.value.map(Into::into),
        })
    }

    /// How far the read models are. Not for buyers and sellers.
    async fn read_models(&self, ctx: &Context<'_>) -> Result<ReadModelStatus> {
        overseer(ctx, "readModels")?;
        status(ctx)
    }

    /// A wallet; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn wallet(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Wallet>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.wallet(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see(caller, &[&row.owner], "id")?;
        Ok(Some(Wallet { row, moment }))
    }

    /// Wallets, newest first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn wallets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Wallet>> {
        let owner = only_of(caller(ctx)?, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.wallets(owner.as_ref(), page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let node = |row| Wallet { row, moment: moment.clone() };
        Ok(connection(&moment, slice, WalletRow::key, node))
    }

    /// A pay-in; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn payin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Payin>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.payin(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see(caller, &[&row.owner], "id")?;
        Ok(Some(Payin(row)))
    }

    /// Pay-ins, newest first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn payins(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only those that stand there.")] status: Option<PayinStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Payin>> {
        let owner = only_of(caller(ctx)?, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let status = status.map(PayinStatus::word);
        let slice = moment.ask().await.payins(owner.as_ref(), status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, PayinRow::key, Payin))
    }

    /// An escrow; null when there is none with this id. One between others is `FORBIDDEN` to a
    /// buyer or seller.
    async fn escrow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Escrow>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.escrow(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see(caller, &[&row.buyer_owner, &row.seller_owner], "id")?;
        Ok(Some(Escrow(row)))
    }

    /// Escrows, newest first. A buyer or seller sees those in which they are one.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn escrows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in which this owner buys or sells.")] owner: Option<String>,
        #[graphql(desc = "Only those that stand there.")] status: Option<EscrowStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Escrow>> {
        let owner = only_of(caller(ctx)?, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let status = status.map(EscrowStatus::word);
        let slice = moment.ask().await.escrows(owner.as_ref(), status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, EscrowRow::key, Escrow))
    }

    /// A withdrawal; null when there is none with this id. Another's is `FORBIDDEN` to a buyer or
    /// seller.
    async fn withdrawal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Uuid,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<Withdrawal>> {
        let caller = caller(ctx)?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let row = moment.ask().await.withdrawal(id).await.map_err(|e| fault::database(&e))?;
        let Some(row) = row else { return Ok(None) };
        may_see(caller, &[&row.owner], "id")?;
        Ok(Some(Withdrawal(row)))
    }

    /// Withdrawals, newest first. A buyer or seller sees their own.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn withdrawals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this owner.")] owner: Option<String>,
        #[graphql(desc = "Only those that stand there.")] status: Option<WithdrawalStatus>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<Withdrawal>> {
        let owner = only_of(caller(ctx)?, subject(owner)?)?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let status = status.map(WithdrawalStatus::word);
        let slice = moment.ask().await.withdrawals(owner.as_ref(), status, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, WithdrawalRow::key, Withdrawal))
    }

    /// Every event of the ledger, newest first. Not for buyers and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn journal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<JournalEvent>> {
        overseer(ctx, "journal")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.events(page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        let entries = Entries::of_page(&moment, &slice.rows);
        let node = |row| JournalEvent { row, entries: Arc::clone(&entries) };
        Ok(connection(&moment, slice, EventRow::key, node))
    }

    /// Money that came in and matched to nothing yet, newest first. Not for buyers and sellers.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn suspense(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<List<SuspenseItem>> {
        overseer(ctx, "suspense")?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let slice = moment.ask().await.suspense(page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&moment, slice, SuspenseRow::key, SuspenseItem))
    }

    /// The trial balance. Not for buyers and sellers.
    async fn trial_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<TrialBalance> {
        overseer(ctx, "trialBalance")?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let balance = moment.ask().await.trial_balance().await;
        let (rows, totals) = balance.map_err(|error| fault::database(&error))?;
        let line = |row: TrialBalanceRow| {
            Ok(TrialBalanceLine {
                class: AccountClass::of(&row.class)?,
                account: row.account,
                debits: DecimalText::of(row.debits, &row.currency),
                credits: DecimalText::of(row.credits, &row.currency),
                balance: DecimalText::of(row.balance, &row.currency),
                currency: CurrencyText(row.currency),
            })
        };
        let sum = |total: TrialBalanceTotal| TrialBalanceSum {
            debits: DecimalText::of(total.debits, &total.currency),
            credits: DecimalText::of(total.credits, &total.currency),
            currency: CurrencyText(total.currency),
        };
        Ok(TrialBalance {
            revision: moment.covers(),
            rows: rows.into_iter().map(line).collect::<Result<_>>()?,
            totals: totals.into_iter().map(sum).collect(),
        })
    }
}

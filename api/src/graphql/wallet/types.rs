//! Wallets and their statements.

use async_graphql::{Context, Description, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use cauri_domain::{Code, Currency};
use cauri_projections::query::{MemberRow, PaymentMethodRow, PostingRow, WalletRow};

use super::cause::Cause;
use super::words::{FreezeLevel, WalletStatus};
use crate::graphql::as_of::{AsOf, Cut, covered};
use crate::graphql::context::{Moment, overseer};
use crate::graphql::fault;
use crate::graphql::limits::{LimitLeft, left};
use crate::graphql::member::WalletMember;
use crate::graphql::paging::{List, PageArgs, connection, cost};
use crate::graphql::payment_method::PaymentMethod;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::PostingSide;

/// What a wallet can spend in one currency.
#[derive(Debug, SimpleObject, Description)]
pub struct WalletBalance {
    /// The currency.
    pub currency: CurrencyText,
    /// In major units, at the currency's scale.
    pub available: DecimalText,
    /// The last revision that changed it.
    pub revision: RevisionNumber,
}

/// What of a wallet's money is held, in one currency.
#[derive(Debug, SimpleObject)]
pub struct HeldMoney {
    /// The currency.
    pub currency: CurrencyText,
    /// In major units.
    pub amount: DecimalText,
}

/// A party's wallet. It may hold several currencies.
#[derive(Description)]
pub struct Wallet {
    pub(in crate::graphql) row: WalletRow,
    pub(in crate::graphql) moment: Moment,
}

#[Object(use_type_description)]
impl Wallet {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.row.wallet
    }

    /// Whose it is, as the marketplace names them.
    async fn owner(&self) -> &str {
        &self.row.owner
    }

    /// What it may do.
    async fn status(&self) -> Result<WalletStatus> {
        WalletStatus::of(&self.row.status)
    }

    /// How much is forbidden while it is frozen; null while it is not.
    async fn freeze_level(&self) -> Result<Option<FreezeLevel>> {
        self.row.freeze_level.as_deref().map(FreezeLevel::of).transpose()
    }

    /// Who acts for it beside its owner, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn members(
        &self,
        #[graphql(desc = "Those who were revoked too.", default)] revoked: bool,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
    ) -> Result<List<WalletMember>> {
        let page = PageArgs { after, before, first, last }.parse()?;
        let slice = self.moment.ask().await.members(self.row.wallet, revoked, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&self.moment, slice, MemberRow::key, WalletMember))
    }

    /// Its ways to pay, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn payment_methods(
        &self,
        #[graphql(desc = "Those that are disabled too.", default)] disabled: bool,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
    ) -> Result<List<PaymentMethod>> {
        let page = PageArgs { after, before, first, last }.parse()?;
        let slice = self.moment.ask().await.payment_methods(self.row.wallet, disabled, page).await;
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&self.moment, slice, PaymentMethodRow::key, PaymentMethod))
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// The last revision that changed the wallet itself.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }

    /// What it can spend, in every currency that it ever held; or could spend, as of a moment.
    async fn balances(
        &self,
        #[graphql(desc = "As of then; now when not given.")] as_of: Option<AsOf>,
    ) -> Result<Vec<WalletBalance>> {
        let wallet = self.row.wallet;
        let rows = match as_of {
            None => self.moment.ask().await.balances(wallet).await,
            Some(as_of) => match as_of.cut(&self.moment).await? {
                None => Ok(Vec::new()),
                Some(Cut { revision, day: None }) => {
                    self.moment.ask().await.balances_at(wallet, revision).await
                }
                Some(Cut { revision, day: Some(day) }) => {
                    self.moment.ask().await.balances_on(wallet, revision, day).await
                }
            },
        };
        let balance = |row: cauri_projections::query::BalanceRow| WalletBalance {
            available: DecimalText::of(row.balance, &row.currency),
            currency: CurrencyText(row.currency),
            revision: row.revision.into(),
        };
        Ok(rows.map_err(|error| fault::database(&error))?.into_iter().map(balance).collect())
    }

    /// Every limit that binds the caller when they spend of it, and what is left of each, as the
    /// ledger itself knows it now: of their role, of the wallet, and of them as its member, in the
    /// order in which they are looked at. Who may see every wallet sees those of every role.
    async fn limits(&self, ctx: &Context<'_>) -> Result<Vec<LimitLeft>> {
        left(ctx, self.row.wallet).await
    }

    /// What of its money is held for payments that are not final yet, in every currency that any is.
    async fn held(&self) -> Result<Vec<HeldMoney>> {
        let rows = self.moment.ask().await.held(self.row.wallet).await;
        let held = |row: cauri_projections::query::HeldRow| HeldMoney {
            amount: DecimalText::of(row.held, &row.currency),
            currency: CurrencyText(row.currency),
        };
        Ok(rows.map_err(|error| fault::database(&error))?.into_iter().map(held).collect())
    }

    /// Every debit and credit of its available money, newest first, each with the balance after it.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn statement(
        &self,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only this currency.")] currency: Option<CurrencyText>,
        #[graphql(desc = "Only this category.")] category: Option<String>,
        #[graphql(desc = "As it was at this revision.")] up_to_revision: Option<RevisionNumber>,
    ) -> Result<List<StatementLine>> {
        let up_to = up_to_revision.map(|asked| covered(asked, &self.moment)).transpose()?;
        let page = PageArgs { after, before, first, last }.parse()?;
        let currency: Option<Currency> = currency
            .map(|currency| currency.0.parse())
            .transpose()
            .map_err(|error: cauri_domain::currency::UnknownCurrency| {
                fault::bad_argument("currency", error.to_string())
            })?;
        let category: Option<Code> =
            category.map(|category| category.parse()).transpose().map_err(
                |error: cauri_domain::TextError| fault::bad_argument("category", error.to_string()),
            )?;
        let slice = {
            let mut snapshot = self.moment.ask().await;
            snapshot.statement(self.row.wallet, currency, category.as_ref(), up_to, page).await
        };
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&self.moment, slice, PostingRow::key, StatementLine))
    }
}

/// One debit or credit of a wallet.
#[derive(Description)]
pub struct StatementLine(PostingRow);

#[Object(use_type_description)]
impl StatementLine {
    /// The event's revision.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }

    /// The event's type: `transfer.completed.v1`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// A credit adds to the wallet, a debit takes from it.
    async fn side(&self) -> Result<PostingSide> {
        PostingSide::of(&self.0.side)
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// The wallet's balance in this currency after it.
    async fn running_balance(&self) -> DecimalText {
        DecimalText::of(self.0.balance_after, &self.0.currency)
    }

    /// The day it is about: that of its recording, unless it corrects an earlier one.
    async fn effective_date(&self) -> NaiveDate {
        self.0.effective_on
    }

    /// The day it counts for in the accounts: the first open one, if its own month is closed.
    async fn posting_date(&self) -> NaiveDate {
        self.0.posted_on
    }

    /// What the money was for, as the command said.
    async fn category(&self) -> Option<&str> {
        self.0.category.as_deref()
    }

    /// The object in the marketplace's own system, as the command said.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The command that led to it.
    async fn command_id(&self) -> Uuid {
        self.0.command_id
    }

    /// The story it is part of.
    async fn correlation_id(&self) -> Uuid {
        self.0.correlation_id
    }

    /// Who asked, and what led to it. Not for buyers and sellers.
    async fn cause(&self, ctx: &Context<'_>) -> Result<Cause<'_>> {
        overseer(ctx, "cause")?;
        Ok(Cause(&self.0))
    }
}

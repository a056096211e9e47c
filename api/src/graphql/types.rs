//! The objects of the schema that read models answer for.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::{Code, Currency};
use cauri_projections::query::{
    EscrowRow, EventRow, PayinRow, PostingRow, SuspenseRow, WalletRow, WithdrawalRow,
};

use super::context::Moment;
use super::fault;
use super::paging::{List, PageArgs, connection};
use super::scalars::{CurrencyText, DecimalText, RevisionNumber};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            pub(super) fn of(word: &str) -> Result<Self> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(fault::unavailable("the read models are of another version")),
                }
            }

            #[allow(dead_code, reason = "not every word is a filter")]
            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words!(
    /// What a wallet may do.
    WalletStatus {
        /// Debits and credits.
        Active "active",
        /// Credits only.
        Frozen "frozen",
        /// Nothing.
        Closed "closed",
    }
);
words!(
    /// Where a pay-in stands.
    PayinStatus {
        /// Waiting for its money.
        Created "created",
        /// The payer failed once, and may come back.
        Declined "declined",
        /// The money is in the wallet.
        Succeeded "succeeded",
        /// Too late.
        Expired "expired",
    }
);
words!(
    /// Where an escrow stands.
    EscrowStatus {
        /// Agreed, not yet funded; seen only for the moment between two events of one unit.
        Opened "opened",
        /// The money is put aside.
        Funded "funded",
        /// The seller says it is done; the inspection period runs.
        Delivered "delivered",
        /// The seller has it.
        Released "released",
        /// The buyer has it back.
        Refunded "refunded",
    }
);
words!(
    /// Where a withdrawal stands.
    WithdrawalStatus {
        /// Waiting for a judgement.
        Requested "requested",
        /// It may go.
        Approved "approved",
        /// It may not; the money is back.
        Rejected "rejected",
        /// With a provider, outcome open.
        Submitted "submitted",
        /// Paid out.
        Paid "paid",
        /// Not paid out; the money is back.
        Failed "failed",
        /// Paid out, and came back.
        Returned "returned",
    }
);
words!(
    /// The side of an account.
    PostingSide {
        /// Left: assets grow.
        Debit "debit",
        /// Right: liabilities and income grow.
        Credit "credit",
    }
);
words!(
    /// What an account is.
    AccountClass {
        /// What we own or are owed.
        Asset "asset",
        /// What we owe.
        Liability "liability",
        /// What we earned.
        Income "income",
    }
);

/// What a wallet can spend in one currency.
#[derive(Debug, SimpleObject)]
pub struct WalletBalance {
    /// The currency.
    pub currency: CurrencyText,
    /// In major units, at the currency's scale.
    pub available: DecimalText,
    /// The last revision that changed it.
    pub revision: RevisionNumber,
}

/// A party's wallet. It may hold several currencies.
pub struct Wallet {
    pub(super) row: WalletRow,
    pub(super) moment: Moment,
}

#[Object]
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

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// The last revision that changed the wallet itself.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }

    /// What it can spend, in every currency that it ever held.
    async fn balances(&self) -> Result<Vec<WalletBalance>> {
        let rows = self.moment.ask().await.balances(self.row.wallet).await;
        let balance = |row: cauri_projections::query::BalanceRow| WalletBalance {
            available: DecimalText::of(row.balance, &row.currency),
            currency: CurrencyText(row.currency),
            revision: row.revision.into(),
        };
        Ok(rows.map_err(|error| fault::database(&error))?.into_iter().map(balance).collect())
    }

    /// Every debit and credit of its available money, newest first, each with the balance after it.
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn statement(
        &self,
        #[graphql(desc = "Only rows older than this cursor.")] after: Option<String>,
        #[graphql(desc = "Only rows newer than this cursor.")] before: Option<String>,
        #[graphql(desc = "The newest so many, 1 to 100; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "The oldest so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only this currency.")] currency: Option<CurrencyText>,
        #[graphql(desc = "Only this category.")] category: Option<String>,
    ) -> Result<List<StatementLine>> {
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
            snapshot.statement(self.row.wallet, currency, category.as_ref(), page).await
        };
        let slice = slice.map_err(|error| fault::database(&error))?;
        Ok(connection(&self.moment, slice, PostingRow::key, StatementLine))
    }
}

/// One debit or credit of a wallet.
pub struct StatementLine(PostingRow);

#[Object]
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
}

/// Money expected from outside.
pub struct Payin(pub(super) PayinRow);

#[Object]
impl Payin {
    /// Its id: the reference that the provider is given.
    async fn id(&self) -> Uuid {
        self.0.payin
    }

    /// The wallet that gets the money.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// How much was asked, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// Through whom.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// Where it stands.
    async fn status(&self) -> Result<PayinStatus> {
        PayinStatus::of(&self.0.status)
    }

    /// The provider's own payment, once it told of one.
    async fn provider_object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// Why the payer's last attempt failed, as a code.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Until when it waits.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was initiated.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

/// Money kept for a condition.
pub struct Escrow(pub(super) EscrowRow);

#[Object]
impl Escrow {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.escrow
    }

    /// The wallet that pays.
    async fn buyer_id(&self) -> Uuid {
        self.0.buyer
    }

    /// The wallet that gets the money when the condition is met.
    async fn seller_id(&self) -> Uuid {
        self.0.seller
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// How long the buyer may inspect a delivery, in seconds.
    async fn inspection_seconds(&self) -> i64 {
        self.0.inspection_s
    }

    /// The platform's share, in basis points, as agreed.
    async fn commission_basis_points(&self) -> i32 {
        self.0.commission_bp
    }

    /// Where it stands.
    async fn status(&self) -> Result<EscrowStatus> {
        EscrowStatus::of(&self.0.status)
    }

    /// While delivered: when it is released if the buyer does nothing.
    async fn auto_release_at(&self) -> Option<DateTime<Utc>> {
        self.0.auto_release_at
    }

    /// Once released: the platform's share, in major units.
    async fn commission(&self) -> Option<DecimalText> {
        self.0.commission.map(|amount| DecimalText::of(amount, &self.0.currency))
    }

    /// Once released: what the seller got, in major units.
    async fn net(&self) -> Option<DecimalText> {
        let net = self.0.commission.map(|commission| self.0.amount - commission);
        net.map(|amount| DecimalText::of(amount, &self.0.currency))
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

/// An owner's request to take money out.
pub struct Withdrawal(pub(super) WithdrawalRow);

#[Object]
impl Withdrawal {
    /// Its id: the idempotency key that the provider is given.
    async fn id(&self) -> Uuid {
        self.0.withdrawal
    }

    /// The wallet it is taken from.
    async fn wallet_id(&self) -> Uuid {
        self.0.wallet
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// Where to, as an opaque reference.
    async fn destination(&self) -> &str {
        &self.0.destination
    }

    /// Where it stands.
    async fn status(&self) -> Result<WithdrawalStatus> {
        WithdrawalStatus::of(&self.0.status)
    }

    /// When it approves itself if nobody judges it.
    async fn auto_approve_at(&self) -> DateTime<Utc> {
        self.0.auto_approve_at
    }

    /// Who pays it out, once submitted.
    async fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// The provider's own payout, once it told of one.
    async fn provider_object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// Why it was rejected, failed or came back, as a code.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was requested.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

/// One posting of a journal entry.
pub struct Posting(PostingRow);

#[Object]
impl Posting {
    /// The account: `wallet:{id}:available`.
    async fn account(&self) -> &str {
        &self.0.account
    }

    /// Its class.
    async fn class(&self) -> Result<AccountClass> {
        AccountClass::of(&self.0.class)
    }

    /// Debit or credit.
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

    /// The account's balance in this currency after it, on its normal side.
    async fn balance_after(&self) -> DecimalText {
        DecimalText::of(self.0.balance_after, &self.0.currency)
    }
}

/// A name and its value.
#[derive(Debug, SimpleObject)]
pub struct Dimension {
    /// The name.
    name: String,
    /// The value.
    value: String,
}

/// An event of the ledger, with its journal entry if it moved money.
pub struct JournalEvent {
    pub(super) row: EventRow,
    pub(super) moment: Moment,
}

#[Object]
impl JournalEvent {
    /// Its place in the ledger.
    async fn revision(&self) -> RevisionNumber {
        self.row.revision.into()
    }

    /// Its type: `escrow.released.v1`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.row.kind
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.row.recorded_at
    }

    /// Who asked.
    async fn subject(&self) -> &str {
        &self.row.subject
    }

    /// In which role.
    async fn role(&self) -> &str {
        &self.row.role
    }

    /// The command that led to it.
    async fn command_id(&self) -> Uuid {
        self.row.command_id
    }

    /// The story it is part of.
    async fn correlation_id(&self) -> Uuid {
        self.row.correlation_id
    }

    /// The event that led to the command, where there was one.
    async fn causation(&self) -> Option<RevisionNumber> {
        self.row.causation.map(Into::into)
    }

    /// What the money was for, as the command said.
    async fn category(&self) -> Option<&str> {
        self.row.category.as_deref()
    }

    /// The object in the marketplace's own system, as the command said.
    async fn reference(&self) -> Option<&str> {
        self.row.reference.as_deref()
    }

    /// Store, service, channel, as the command said.
    async fn dimensions(&self) -> Vec<Dimension> {
        let pairs = self.row.dimensions.as_ref().and_then(|pairs| pairs.as_object());
        let dimension = |(name, value): (&String, &serde_json::Value)| Dimension {
            name: name.clone(),
            value: value.as_str().unwrap_or_default().to_owned(),
        };
        pairs.map(|pairs| pairs.iter().map(dimension).collect()).unwrap_or_default()
    }

    /// Its link in the hash chain: SHA-256 in hex.
    async fn hash(&self) -> &str {
        &self.row.hash
    }

    /// Its journal entry; empty when it moved no money.
    async fn postings(&self, _ctx: &Context<'_>) -> Result<Vec<Posting>> {
        let rows = self.moment.ask().await.postings(&[self.row.revision]).await;
        let rows = rows.map_err(|error| fault::database(&error))?;
        Ok(rows.into_iter().map(Posting).collect())
    }
}

/// Money that came in and matched to nothing yet.
pub struct SuspenseItem(pub(super) SuspenseRow);

#[Object]
impl SuspenseItem {
    /// The revision that put it there.
    async fn revision(&self) -> RevisionNumber {
        self.0.created_revision.into()
    }

    /// From which provider.
    async fn provider(&self) -> &str {
        &self.0.provider
    }

    /// The provider's own payment or payout.
    async fn provider_object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// The pay-in that the provider named, if it exists.
    async fn payin_id(&self) -> Option<Uuid> {
        self.0.payin
    }

    /// The withdrawal that came back to a closed wallet.
    async fn withdrawal_id(&self) -> Option<Uuid> {
        self.0.withdrawal
    }

    /// How much, in major units.
    async fn amount(&self) -> DecimalText {
        DecimalText::of(self.0.amount, &self.0.currency)
    }

    /// The currency.
    async fn currency(&self) -> CurrencyText {
        CurrencyText(self.0.currency.clone())
    }

    /// Why it is here: late, amount, currency, reference, provider, paid_again, wallet_closed,
    /// returned.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// When it came.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

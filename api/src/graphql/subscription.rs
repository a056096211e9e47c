//! Subscriptions: they follow the log, and resume after a revision without gap or repeat.

use async_graphql::{Context, Description, Object, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use uuid::Uuid;

use cauri_domain::{
    Account, Class, Code, EscrowId, Event, LedgerState, Posting, Reference, Revision, Side,
    WalletId, WithdrawalId,
};
use cauri_ledger::Recorded;
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use super::context::{caller, engine, may_see, overseer};
use super::fault;
use super::scalars::{CurrencyText, DecimalText, RevisionNumber};
use super::types::{AccountClass, Dimension, EscrowStatus, PostingSide, WithdrawalStatus};

/// A debit or credit of a wallet.
#[derive(Debug, SimpleObject)]
pub struct WalletActivity {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// A credit adds to the wallet, a debit takes from it.
    side: PostingSide,
    /// How much, in major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

/// A change of an escrow.
#[derive(Debug, SimpleObject)]
pub struct EscrowUpdate {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Where the escrow stands then.
    status: EscrowStatus,
}

/// A change of a withdrawal.
#[derive(Debug, SimpleObject)]
pub struct WithdrawalUpdate {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Where the withdrawal stands then.
    status: WithdrawalStatus,
}

/// An event of the ledger as it is recorded, with its journal entry if it moved money.
#[derive(Description)]
pub struct LiveEvent(Recorded);

#[Object(use_type_description)]
impl LiveEvent {
    /// Its revision: resume after it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }

    /// Its type: `escrow.released.v1`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        self.0.event.wire_name()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// Who asked.
    async fn subject(&self) -> &str {
        self.0.cause.actor.subject.as_str()
    }

    /// In which role.
    async fn role(&self) -> &str {
        self.0.cause.actor.role.as_str()
    }

    /// The command that led to it.
    async fn command_id(&self) -> Uuid {
        self.0.cause.command.0
    }

    /// The story it is part of.
    async fn correlation_id(&self) -> Uuid {
        self.0.cause.correlation.0
    }

    /// The event that led to the command, where there was one.
    async fn causation(&self) -> Option<RevisionNumber> {
        self.0.cause.causation.map(Into::into)
    }

    /// What the money was for, as the command said.
    async fn category(&self) -> Option<&str> {
        self.0.cause.labels.category.as_ref().map(Code::as_str)
    }

    /// The object in the marketplace's own system, as the command said.
    async fn reference(&self) -> Option<&str> {
        self.0.cause.labels.reference.as_ref().map(Reference::as_str)
    }

    /// Store, service, channel, as the command said.
    async fn dimensions(&self) -> Vec<Dimension> {
        let pairs = self.0.cause.labels.dimensions.iter();
        let pairs = pairs.map(|(name, value)| (name.to_string(), value.to_string()));
        pairs.map(|(name, value)| Dimension { name, value }).collect()
    }

    /// Its link in the hash chain: SHA-256 in hex.
    async fn hash(&self) -> String {
        self.0.hash.to_string()
    }

    /// Its journal entry; empty when it moved no money.
    async fn postings(&self) -> Vec<LivePosting> {
        postings(&self.0).iter().map(LivePosting::of).collect()
    }
}

/// One posting of a journal entry, as it is recorded.
#[derive(Debug, SimpleObject)]
pub struct LivePosting {
    /// The account: `wallet:{id}:available`.
    account: String,
    /// Its class.
    class: AccountClass,
    /// Debit or credit.
    side: PostingSide,
    /// How much, in major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

impl LivePosting {
    fn of(posting: &Posting) -> Self {
        Self {
            account: posting.account.to_string(),
            class: match posting.account.class() {
                Class::Asset => AccountClass::Asset,
                Class::Liability => AccountClass::Liability,
                Class::Equity => AccountClass::Equity,
                Class::Income => AccountClass::Income,
                Class::Expense => AccountClass::Expense,
            },
            side: side(posting.side),
            amount: DecimalText(posting.money.to_decimal().to_string()),
            currency: CurrencyText(posting.money.currency().to_string()),
        }
    }
}

const fn side(side: Side) -> PostingSide {
    match side {
        Side::Debit => PostingSide::Debit,
        Side::Credit => PostingSide::Credit,
    }
}

fn postings(recorded: &Recorded) -> &[Posting] {
    recorded.event.entry().map(|entry| entry.postings()).unwrap_or_default()
}

/// Where to begin. After a revision that the ledger never reached nothing would ever come: who says
/// so has it from another ledger, or from one that was since restored.
async fn start(engine: &Engine, after: Option<RevisionNumber>) -> Result<Head> {
    let Some(RevisionNumber(after)) = after else { return Ok(engine.head()) };
    let after = Head::At(Revision(after));
    if after > engine.head() {
        // Another process may have written what this one has yet to read.
        let stored = engine.store().head(engine.ledger()).await.map_err(|error| {
            tracing::error!(error = ?error, "the store cannot say where the ledger ends");
            fault::unavailable("the log cannot be read")
        })?;
        if after > stored {
            return Err(fault::bad_argument(
                "after",
                format!("the ledger is not there yet: {stored}"),
            ));
        }
    }
    Ok(after)
}

/// The ledger's events after `after`, each as what `map` makes of it.
fn follow<T: Send + 'static>(
    engine: &Engine,
    after: Head,
    map: impl Fn(Recorded) -> Vec<T> + Send + 'static,
) -> BoxStream<'static, Result<T>> {
    engine
        .follow(after)
        .flat_map(move |batch| {
            let items: Vec<Result<T>> = match batch {
                Ok(batch) => batch.into_iter().flat_map(&map).map(Ok).collect(),
                Err(error) => {
                    tracing::error!(error = ?error, "a subscription cannot go on");
                    vec![Err(fault::unavailable("the log cannot be followed any further"))]
                }
            };
            stream::iter(items)
        })
        .boxed()
}

/// The owners of what is followed, if it exists.
async fn owners(
    engine: &Engine,
    look: impl Fn(&LedgerState) -> Option<Vec<String>> + Send + 'static,
    field: &'static str,
) -> Result<Vec<String>> {
    let seen = engine.read(look).await.map_err(|error| fault::unasked(&error))?;
    seen.value.ok_or_else(|| fault::bad_argument(field, "nothing has this id"))
}

fn owner(state: &LedgerState, wallet: WalletId) -> Option<String> {
    state.wallet(wallet).map(|wallet| wallet.owner.to_string())
}

fn check(ctx: &Context<'_>, owners: &[String], field: &'static str) -> Result<()> {
    let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
    may_see(caller(ctx)?, &owners, field)
}

/// What happens, as it happens: from the log itself, without gap or repeat. Whoever was cut off goes
/// on after the last revision they saw.
#[derive(Debug, Default, Description)]
pub struct Subscription;

#[Subscription(use_type_description)]
impl Subscription {
    /// Every debit and credit of a wallet. Another's is `FORBIDDEN` to a buyer or seller.
    async fn wallet_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] wallet: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<WalletActivity>> + use<>> {
        let (engine, wallet) = (engine(ctx)?, WalletId(wallet));
        let look = move |state: &LedgerState| owner(state, wallet).map(|owner| vec![owner]);
        check(ctx, &owners(&engine, look, "wallet").await?, "wallet")?;
        let after = start(&engine, after).await?;
        Ok(follow(&engine, after, move |recorded| {
            let postings = postings(&recorded).iter();
            let of_wallet = postings.filter(|it| it.account == Account::Wallet(wallet));
            of_wallet
                .map(|posting| WalletActivity {
                    revision: recorded.revision.into(),
                    kind: recorded.event.wire_name().to_owned(),
                    recorded_at: recorded.recorded_at,
                    side: side(posting.side),
                    amount: DecimalText(posting.money.to_decimal().to_string()),
                    currency: CurrencyText(posting.money.currency().to_string()),
                })
                .collect()
        }))
    }

    /// Every change of an escrow. One between others is `FORBIDDEN` to a buyer or seller.
    async fn escrow_updates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] escrow: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<EscrowUpdate>> + use<>> {
        let (engine, escrow) = (engine(ctx)?, EscrowId(escrow));
        let look = move |state: &LedgerState| {
            let terms = state.escrow(escrow)?.terms;
            Some([terms.buyer, terms.seller].iter().filter_map(|id| owner(state, *id)).collect())
        };
        check(ctx, &owners(&engine, look, "escrow").await?, "escrow")?;
        let after = start(&engine, after).await?;
        Ok(follow(&engine, after, move |recorded| {
            let status = escrow_status(&recorded.event).filter(|(id, _)| *id == escrow);
            let update = |(_, status)| EscrowUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                status,
            };
            status.map(update).into_iter().collect()
        }))
    }

    /// Every change of a withdrawal. Another's is `FORBIDDEN` to a buyer or seller.
    async fn withdrawal_updates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] withdrawal: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<WithdrawalUpdate>> + use<>> {
        let (engine, withdrawal) = (engine(ctx)?, WithdrawalId(withdrawal));
        let look = move |state: &LedgerState| {
            let wallet = state.withdrawal(withdrawal)?.wallet;
            owner(state, wallet).map(|owner| vec![owner])
        };
        check(ctx, &owners(&engine, look, "withdrawal").await?, "withdrawal")?;
        let after = start(&engine, after).await?;
        Ok(follow(&engine, after, move |recorded| {
            let status = withdrawal_status(&recorded.event).filter(|(id, _)| *id == withdrawal);
            let update = |(_, status)| WithdrawalUpdate {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                status,
            };
            status.map(update).into_iter().collect()
        }))
    }

    /// Every event of the ledger. Not for buyers and sellers.
    async fn journal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<LiveEvent>> + use<>> {
        overseer(ctx, "journal")?;
        let engine = engine(ctx)?;
        let after = start(&engine, after).await?;
        Ok(follow(&engine, after, |recorded| vec![LiveEvent(recorded)]))
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the events of escrows count")]
fn escrow_status(event: &Event) -> Option<(EscrowId, EscrowStatus)> {
    Some(match event {
        Event::EscrowOpened(event) => (event.escrow, EscrowStatus::Opened),
        Event::EscrowFunded(event) => (event.escrow, EscrowStatus::Funded),
        Event::EscrowDelivered(event) => (event.escrow, EscrowStatus::Delivered),
        Event::EscrowReleased(event) => (event.escrow, EscrowStatus::Released),
        Event::EscrowRefunded(event) => (event.escrow, EscrowStatus::Refunded),
        _ => return None,
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the events of withdrawals count")]
fn withdrawal_status(event: &Event) -> Option<(WithdrawalId, WithdrawalStatus)> {
    Some(match event {
        Event::WithdrawalRequested(event) => (event.withdrawal, WithdrawalStatus::Requested),
        Event::WithdrawalApproved(event) => (event.withdrawal, WithdrawalStatus::Approved),
        Event::WithdrawalRejected(event) => (event.withdrawal, WithdrawalStatus::Rejected),
        Event::WithdrawalSubmitted(event) => (event.withdrawal, WithdrawalStatus::Submitted),
        Event::WithdrawalPaid(event) => (event.withdrawal, WithdrawalStatus::Paid),
        Event::WithdrawalFailed(event) => (event.withdrawal, WithdrawalStatus::Failed),
        Event::WithdrawalReturned(event) => (event.withdrawal, WithdrawalStatus::Returned),
        _ => return None,
    })
}

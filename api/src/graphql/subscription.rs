//! Subscriptions: they follow the log, and resume after a revision without gap or repeat.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use uuid::Uuid;

use cauri_domain::{Account, EscrowId, Event, LedgerState, Revision, Side, WalletId, WithdrawalId};
use cauri_ledger::Recorded;
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use super::context::{caller, engine, may_see, overseer};
use super::fault;
use super::scalars::{CurrencyText, DecimalText, RevisionNumber};
use super::types::{EscrowStatus, PostingSide, WithdrawalStatus};

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

/// An event of the ledger as it is recorded.
#[derive(Debug, SimpleObject)]
pub struct LiveEvent {
    /// Its revision: resume after it.
    revision: RevisionNumber,
    /// Its type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Who asked.
    subject: String,
    /// The command that led to it.
    command_id: Uuid,
    /// The story it is part of.
    correlation_id: Uuid,
    /// Its link in the hash chain: SHA-256 in hex.
    hash: String,
}

/// The ledger's events after `after`, or from now on, each as what `map` makes of it.
fn follow<T: Send + 'static>(
    engine: &Engine,
    after: Option<RevisionNumber>,
    map: impl Fn(&Recorded) -> Vec<T> + Send + 'static,
) -> BoxStream<'static, Result<T>> {
    let after = after.map_or_else(|| engine.head(), |after| Head::At(Revision(after.0)));
    engine
        .follow(after)
        .flat_map(move |batch| {
            let items: Vec<Result<T>> = match batch {
                Ok(batch) => batch.iter().flat_map(&map).map(Ok).collect(),
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

/// What happens, as it happens.
#[derive(Debug, Default)]
pub struct Subscription;

#[Subscription]
impl Subscription {
    /// Every debit and credit of a wallet.
    async fn wallet_activity(
        &self,
        ctx: &Context<'_>,
        wallet: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<WalletActivity>> + use<>> {
        let (engine, wallet) = (engine(ctx)?, WalletId(wallet));
        let look = move |state: &LedgerState| owner(state, wallet).map(|owner| vec![owner]);
        check(ctx, &owners(&engine, look, "wallet").await?, "wallet")?;
        Ok(follow(&engine, after, move |recorded| {
            let postings = recorded.event.entry().map(|entry| entry.postings()).unwrap_or_default();
            let of_wallet = postings.iter().filter(|it| it.account == Account::Wallet(wallet));
            of_wallet
                .map(|posting| WalletActivity {
                    revision: recorded.revision.into(),
                    kind: recorded.event.wire_name().to_owned(),
                    recorded_at: recorded.recorded_at,
                    side: match posting.side {
                        Side::Debit => PostingSide::Debit,
                        Side::Credit => PostingSide::Credit,
                    },
                    amount: DecimalText(posting.money.to_decimal().to_string()),
                    currency: CurrencyText(posting.money.currency().to_string()),
                })
                .collect()
        }))
    }

    /// Every change of an escrow.
    async fn escrow_updates(
        &self,
        ctx: &Context<'_>,
        escrow: Uuid,
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<EscrowUpdate>> + use<>> {
        let (engine, escrow) = (engine(ctx)?, EscrowId(escrow));
        let look = move |state: &LedgerState| {
            let terms = state.escrow(escrow)?.terms;
            Some([terms.buyer, terms.seller].iter().filter_map(|id| owner(state, *id)).collect())
        };
        check(ctx, &owners(&engine, look, "escrow").await?, "escrow")?;
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

    /// Every change of a withdrawal.
    async fn withdrawal_updates(
        &self,
        ctx: &Context<'_>,
        withdrawal: Uuid,
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<WithdrawalUpdate>> + use<>> {
        let (engine, withdrawal) = (engine(ctx)?, WithdrawalId(withdrawal));
        let look = move |state: &LedgerState| {
            let wallet = state.withdrawal(withdrawal)?.wallet;
            owner(state, wallet).map(|owner| vec![owner])
        };
        check(ctx, &owners(&engine, look, "withdrawal").await?, "withdrawal")?;
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
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<LiveEvent>> + use<>> {
        overseer(ctx, "journal")?;
        Ok(follow(&engine(ctx)?, after, |recorded| {
            vec![LiveEvent {
                revision: recorded.revision.into(),
                kind: recorded.event.wire_name().to_owned(),
                recorded_at: recorded.recorded_at,
                subject: recorded.cause.actor.subject.to_string(),
                command_id: recorded.cause.command.0,
                correlation_id: recorded.cause.correlation.0,
                hash: recorded.hash.to_string(),
            }]
        }))
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

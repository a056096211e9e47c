//! Mutations: parse, ask, map. A refusal is a member of the answer's union, never an error.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Description, Object, Result, SimpleObject, Union};
use futures::future::join_all;
use uuid::Uuid;

use cauri_domain::{CommandId, CorrelationId, LedgerId, Revision, Role};
use cauri_ledger::engine::{AskError, Engine, Request};
use cauri_ledger::ledgers::Ledgers;
use cauri_projections::ReadModels;

use super::context::{LaterMoment, Moment, actor, caller, engine};
use super::fault;
use super::input::*;
use super::query::{ReadModelStatus, status};
use super::refused::Refused;
use super::scalars::RevisionNumber;
use super::types::{Escrow, Payin, Wallet, Withdrawal};
use crate::auth::Caller;

/// The most transfers of one batch.
const BATCH_MAX: usize = 10_000;

/// A command that was not refused.
struct Done {
    revision: RevisionNumber,
    replayed: bool,
}

/// How a command ended.
enum Outcome {
    Done(Done),
    Refused(Refused),
}

/// Parses and asks.
async fn ask(engine: &Engine, caller: &Caller, input: impl Input) -> Result<Outcome> {
    let command = input.command();
    let meta = input.meta();
    let labels = meta.labels.unwrap_or_default().parse();
    let (command, labels) = match (command, labels) {
        (Ok(command), Ok(labels)) => (command, labels),
        (Err(refusal), _) | (_, Err(refusal)) => {
            return Ok(Outcome::Refused(Refused::new(&refusal, meta.id, None)));
        }
    };
    let request = Request {
        correlation: meta.correlation.map(CorrelationId),
        labels,
        ..Request::new(CommandId(meta.id), actor(caller), command)
    };
    match engine.ask(request).await {
        Ok(answer) => Ok(Outcome::Done(Done {
            revision: answer.revision().unwrap_or(Revision::FIRST).into(),
            replayed: answer.replayed(),
        })),
        Err(AskError::Refused { refusal, at }) => {
            Ok(Outcome::Refused(Refused::new(&refusal, meta.id, Some(at))))
        }
        Err(error) => Err(fault::unasked(&error)),
    }
}

macro_rules! changes {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Debug, SimpleObject)]
        #[graphql(complex)]
        pub struct $name {
            /// The revision at which it is so: ask queries for at least this one.
            revision: RevisionNumber,
            /// Whether it was so before, so that nothing new happened.
            replayed: bool,
            #[graphql(skip)]
            id: Uuid,
        }
    )* };
}

changes! {
    /// A wallet is as asked.
    WalletChanged;
    /// A pay-in is as asked.
    PayinChanged;
    /// An escrow is as asked.
    EscrowChanged;
    /// A withdrawal is as asked.
    WithdrawalChanged;
}

/// Read models are asked only when the field is selected, and then cover the change.
#[ComplexObject]
impl WalletChanged {
    /// The wallet, as of this revision at least.
    async fn wallet(&self, ctx: &Context<'_>) -> Result<Option<Wallet>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.wallet(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(|row| Wallet { row, moment }))
    }
}

#[ComplexObject]
impl PayinChanged {
    /// The pay-in, as of this revision at least.
    async fn payin(&self, ctx: &Context<'_>) -> Result<Option<Payin>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.payin(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Payin))
    }
}

#[ComplexObject]
impl EscrowChanged {
    /// The escrow, as of this revision at least.
    async fn escrow(&self, ctx: &Context<'_>) -> Result<Option<Escrow>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.escrow(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Escrow))
    }
}

#[ComplexObject]
impl WithdrawalChanged {
    /// The withdrawal, as of this revision at least.
    async fn withdrawal(&self, ctx: &Context<'_>) -> Result<Option<Withdrawal>> {
        let moment = Moment::open(ctx, Some(self.revision)).await?;
        let row = moment.ask().await.withdrawal(self.id).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(Withdrawal))
    }
}

/// The ledger's rules are as asked.
#[derive(Debug, SimpleObject)]
pub struct LedgerChanged {
    /// The revision at which it is so.
    revision: RevisionNumber,
    /// Whether it was so before, so that nothing new happened.
    replayed: bool,
}

/// Money moved between wallets.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct TransferCompleted {
    /// The revision of its entry.
    revision: RevisionNumber,
    /// Whether it moved on an earlier occasion, under the same commandId.
    replayed: bool,
    #[graphql(skip)]
    parties: Parties,
    #[graphql(skip)]
    moment: Arc<LaterMoment>,
}

/// Between whom.
#[derive(Clone, Copy)]
struct Parties {
    from: Uuid,
    to: Uuid,
}

#[ComplexObject]
impl TransferCompleted {
    /// The wallet that paid, as of this revision at least.
    async fn from(&self, ctx: &Context<'_>) -> Result<Option<Wallet>> {
        let moment = self.moment.open(ctx).await?;
        let row =
            moment.ask().await.wallet(self.parties.from).await.map_err(|e| fault::database(&e))?;
        Ok(row.map(|row| Wallet { row, moment }))
    }

    /// The id of the wallet that got it. Its balance is its owner's to see.
    async fn to_id(&self) -> Uuid {
        self.parties.to
    }
}

/// A ledger is open in this server.
#[derive(Debug, SimpleObject)]
pub struct LedgerCreated {
    /// Its name: ask with a token for it to open it with its rules.
    name: String,
}

macro_rules! results {
    ($( $(#[$doc:meta])* $name:ident = $done:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Union)]
        pub enum $name {
            /// It is so.
            Done($done),
            /// Why not.
            Refused(Refused),
        }

        impl $name {
            fn of(outcome: Outcome, done: impl FnOnce(Done) -> $done) -> Self {
                match outcome {
                    Outcome::Done(it) => Self::Done(done(it)),
                    Outcome::Refused(refused) => Self::Refused(refused),
                }
            }
        }
    )* };
}

results! {
    /// How opening the ledger ended.
    OpenLedgerResult = LedgerChanged;
    /// How configuring the ledger ended.
    ConfigureLedgerResult = LedgerChanged;
    /// How opening a wallet ended.
    OpenWalletResult = WalletChanged;
    /// How freezing a wallet ended.
    FreezeWalletResult = WalletChanged;
    /// How unfreezing a wallet ended.
    UnfreezeWalletResult = WalletChanged;
    /// How closing a wallet ended.
    CloseWalletResult = WalletChanged;
    /// How a transfer ended.
    TransferResult = TransferCompleted;
    /// How initiating a pay-in ended.
    InitiatePayinResult = PayinChanged;
    /// How opening an escrow ended.
    OpenEscrowResult = EscrowChanged;
    /// How marking a delivery ended.
    MarkDeliveredResult = EscrowChanged;
    /// How releasing an escrow ended.
    ReleaseEscrowResult = EscrowChanged;
    /// How refunding an escrow ended.
    RefundEscrowResult = EscrowChanged;
    /// How requesting a withdrawal ended.
    RequestWithdrawalResult = WithdrawalChanged;
    /// How approving a withdrawal ended.
    ApproveWithdrawalResult = WithdrawalChanged;
    /// How rejecting a withdrawal ended.
    RejectWithdrawalResult = WithdrawalChanged;
}

/// Commands. Each is applied once under its commandId, however often it is sent.
#[derive(Debug, Default, Description)]
pub struct Mutation;

macro_rules! changed {
    ($ctx:expr, $input:expr, $id:ident, $result:ident, $done:ident) => {{
        let id = $input.$id;
        let outcome = ask(&engine($ctx)?, caller($ctx)?, $input).await?;
        let done = |Done { revision, replayed }| $done { revision, replayed, id };
        Ok($result::of(outcome, done))
    }};
}

#[Object(use_type_description)]
impl Mutation {
    /// Opens another ledger in this server, empty. For superadmins.
    async fn create_ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As tokens claim it: 1 to 32 of `a-z 0-9 -`, a letter first.")]
        name: String,
    ) -> Result<LedgerCreated> {
        if caller(ctx)?.role != Role::Superadmin {
            return Err(fault::forbidden("createLedger"));
        }
        let ledger: LedgerId = name.parse().map_err(|error: cauri_domain::IdError| {
            fault::bad_argument("name", error.to_string())
        })?;
        let created = ctx.data::<Ledgers>()?.create(ledger).await;
        let engine = created.map_err(|error| {
            tracing::error!(error = ?error, "a ledger could not be opened");
            fault::unavailable("the ledger could not be opened")
        })?;
        Ok(LedgerCreated { name: engine.ledger().to_string() })
    }

    /// Builds all read models anew from the log, beside the live ones, which answer meanwhile; then
    /// the new ones are served. For admins. It goes on after this answers: see `readModels`.
    async fn rebuild_read_models(&self, ctx: &Context<'_>) -> Result<ReadModelStatus> {
        if !matches!(caller(ctx)?.role, Role::Admin | Role::Superadmin) {
            return Err(fault::forbidden("rebuildReadModels"));
        }
        let status = status(ctx)?;
        if let Some(read_models) = ctx.data::<Option<ReadModels>>()?.clone() {
            tokio::spawn(async move {
                match read_models.rebuild().await {
                    Ok(generation) => tracing::info!(%generation, "the read models are rebuilt"),
                    Err(error) => {
                        tracing::error!(error = ?error, "the rebuild failed; the old read models stay")
                    }
                }
            });
        }
        Ok(status)
    }

    /// Opens the caller's ledger with its rules. Nothing else can be asked before.
    async fn open_ledger(
        &self,
        ctx: &Context<'_>,
        input: OpenLedgerInput,
    ) -> Result<OpenLedgerResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| LedgerChanged { revision, replayed };
        Ok(OpenLedgerResult::of(outcome, done))
    }

    /// Puts other rules in force, from now on.
    async fn configure_ledger(
        &self,
        ctx: &Context<'_>,
        input: ConfigureLedgerInput,
    ) -> Result<ConfigureLedgerResult> {
        let outcome = ask(&engine(ctx)?, caller(ctx)?, input).await?;
        let done = |Done { revision, replayed }| LedgerChanged { revision, replayed };
        Ok(ConfigureLedgerResult::of(outcome, done))
    }

    /// Opens a wallet for a party.
    async fn open_wallet(
        &self,
        ctx: &Context<'_>,
        input: OpenWalletInput,
    ) -> Result<OpenWalletResult> {
        changed!(ctx, input, wallet, OpenWalletResult, WalletChanged)
    }

    /// Forbids debits of a wallet; credits still come in.
    async fn freeze_wallet(
        &self,
        ctx: &Context<'_>,
        input: FreezeWalletInput,
    ) -> Result<FreezeWalletResult> {
        changed!(ctx, input, wallet, FreezeWalletResult, WalletChanged)
    }

    /// Allows debits again.
    async fn unfreeze_wallet(
        &self,
        ctx: &Context<'_>,
        input: UnfreezeWalletInput,
    ) -> Result<UnfreezeWalletResult> {
        changed!(ctx, input, wallet, UnfreezeWalletResult, WalletChanged)
    }

    /// Closes an empty wallet, for ever.
    async fn close_wallet(
        &self,
        ctx: &Context<'_>,
        input: CloseWalletInput,
    ) -> Result<CloseWalletResult> {
        changed!(ctx, input, wallet, CloseWalletResult, WalletChanged)
    }

    /// Moves money between wallets: one balanced entry.
    async fn transfer(&self, ctx: &Context<'_>, input: TransferInput) -> Result<TransferResult> {
        let (outcome, parties) = transfer(&engine(ctx)?, caller(ctx)?, input).await?;
        let moment = Arc::new(LaterMoment::covering(revision(&outcome)));
        Ok(transferred(outcome, parties, &moment))
    }

    /// Many transfers in one request, at most 10,000. Each is judged alone; answers are in order.
    /// After an error, such as `BUSY`, any of them may have been made: the same batch sent again
    /// answers for each.
    async fn transfer_batch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Each with a commandId of its own.")] inputs: Vec<TransferInput>,
    ) -> Result<Vec<TransferResult>> {
        let (engine, caller) = (engine(ctx)?, caller(ctx)?);
        if inputs.len() > BATCH_MAX {
            let message = format!("a batch has at most {BATCH_MAX} transfers");
            return Err(fault::bad_argument("inputs", message));
        }
        let asked = inputs.into_iter().map(|input| transfer(&engine, caller, input));
        let asked = join_all(asked).await.into_iter().collect::<Result<Vec<_>>>()?;
        // One look at the read models for all: ten thousand would take every connection there is.
        let last = asked.iter().filter_map(|(outcome, _)| revision(outcome)).max();
        let moment = Arc::new(LaterMoment::covering(last));
        let results = asked.into_iter();
        Ok(results.map(|(outcome, parties)| transferred(outcome, parties, &moment)).collect())
    }

    /// Expects money from outside into a wallet, through a provider.
    async fn initiate_payin(
        &self,
        ctx: &Context<'_>,
        input: InitiatePayinInput,
    ) -> Result<InitiatePayinResult> {
        changed!(ctx, input, payin, InitiatePayinResult, PayinChanged)
    }

    /// Agrees terms and puts the buyer's money aside.
    async fn open_escrow(
        &self,
        ctx: &Context<'_>,
        input: OpenEscrowInput,
    ) -> Result<OpenEscrowResult> {
        changed!(ctx, input, escrow, OpenEscrowResult, EscrowChanged)
    }

    /// The seller says it is done; the inspection period begins.
    async fn mark_delivered(
        &self,
        ctx: &Context<'_>,
        input: MarkDeliveredInput,
    ) -> Result<MarkDeliveredResult> {
        changed!(ctx, input, escrow, MarkDeliveredResult, EscrowChanged)
    }

    /// The buyer lets the seller have the money, less commission.
    async fn release_escrow(
        &self,
        ctx: &Context<'_>,
        input: ReleaseEscrowInput,
    ) -> Result<ReleaseEscrowResult> {
        changed!(ctx, input, escrow, ReleaseEscrowResult, EscrowChanged)
    }

    /// The seller gives the money back to the buyer.
    async fn refund_escrow(
        &self,
        ctx: &Context<'_>,
        input: RefundEscrowInput,
    ) -> Result<RefundEscrowResult> {
        changed!(ctx, input, escrow, RefundEscrowResult, EscrowChanged)
    }

    /// Takes money out of a wallet: it waits for a judgement, then a provider pays it out.
    async fn request_withdrawal(
        &self,
        ctx: &Context<'_>,
        input: RequestWithdrawalInput,
    ) -> Result<RequestWithdrawalResult> {
        changed!(ctx, input, withdrawal, RequestWithdrawalResult, WithdrawalChanged)
    }

    /// Lets a withdrawal out.
    async fn approve_withdrawal(
        &self,
        ctx: &Context<'_>,
        input: ApproveWithdrawalInput,
    ) -> Result<ApproveWithdrawalResult> {
        changed!(ctx, input, withdrawal, ApproveWithdrawalResult, WithdrawalChanged)
    }

    /// Keeps a withdrawal in; the money goes back to the wallet.
    async fn reject_withdrawal(
        &self,
        ctx: &Context<'_>,
        input: RejectWithdrawalInput,
    ) -> Result<RejectWithdrawalResult> {
        changed!(ctx, input, withdrawal, RejectWithdrawalResult, WithdrawalChanged)
    }
}

async fn transfer(
    engine: &Engine,
    caller: &Caller,
    input: TransferInput,
) -> Result<(Outcome, Parties)> {
    let parties = Parties { from: input.from, to: input.to };
    Ok((ask(engine, caller, input).await?, parties))
}

fn transferred(outcome: Outcome, parties: Parties, moment: &Arc<LaterMoment>) -> TransferResult {
    TransferResult::of(outcome, |Done { revision, replayed }| TransferCompleted {
        revision,
        replayed,
        parties,
        moment: Arc::clone(moment),
    })
}

const fn revision(outcome: &Outcome) -> Option<RevisionNumber> {
    match outcome {
        Outcome::Done(done) => Some(done.revision),
        Outcome::Refused(_) => None,
    }
}

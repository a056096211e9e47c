//! What resolvers need of a request: who asks, which ledger, one moment of its read models.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Result};
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use uuid::Uuid;

use cauri_domain::{Actor, LedgerState, Role, Subject, WalletId};
use cauri_ledger::engine::Engine;
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::Head;
use cauri_ledger::trail::{Kind, What, Word};
use cauri_projections::ReadModels;
use cauri_projections::query::{Snapshot, Whose};

use super::fault;
use super::provider::ProviderDesk;
use super::scalars::RevisionNumber;
use crate::auth::Caller;
use crate::inbox::Inbox;
use crate::outgoing::Outgoing;
use crate::reports::Reports;
use crate::trail::{Read, Recorder};
use crate::vault::Vault;

/// How long a query waits for a revision that it wants to see.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who asks; an error when nobody does.
pub(super) fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller> {
    ctx.data_opt::<Caller>().ok_or_else(fault::unauthenticated)
}

/// The caller as the domain knows them.
pub(super) fn actor(caller: &Caller) -> Actor {
    Actor { subject: caller.subject.clone(), role: caller.role }
}

/// The engine of the caller's ledger.
pub(super) fn engine(ctx: &Context<'_>) -> Result<Engine> {
    let ledger = &caller(ctx)?.ledger;
    ctx.data::<Ledgers>()?.engine(ledger).ok_or_else(fault::unknown_ledger)
}

/// The caller, if they may see everything in their ledger.
pub(super) fn overseer<'a>(ctx: &Context<'a>, field: &'static str) -> Result<&'a Caller> {
    let caller = caller(ctx)?;
    if caller.role.is_party() { Err(fault::forbidden(field)) } else { Ok(caller) }
}

/// The caller, if the books as a whole are theirs to look at: finance, admins, auditors.
pub(super) fn bookkeeper<'a>(ctx: &Context<'a>, field: &'static str) -> Result<&'a Caller> {
    let caller = caller(ctx)?;
    if caller.sees_books() { Ok(caller) } else { Err(fault::forbidden(field)) }
}

/// The reports as files.
pub(super) fn reports<'a>(ctx: &Context<'a>) -> Result<&'a Reports> {
    let reports = ctx.data::<Option<Reports>>()?.as_ref();
    reports.ok_or_else(|| fault::unavailable("this server makes no reports"))
}

/// What providers delivered.
pub(super) fn inbox<'a>(ctx: &Context<'a>) -> Result<&'a Inbox> {
    let inbox = ctx.data::<Option<Inbox>>()?.as_ref();
    inbox.ok_or_else(|| fault::unavailable("this server has no inbox"))
}

/// The vault.
pub(super) fn vault<'a>(ctx: &Context<'a>) -> Result<&'a Vault> {
    let vault = ctx.data::<Option<Vault>>()?.as_ref();
    vault.ok_or_else(|| fault::unavailable("this server has no vault"))
}

/// What is known of providers.
pub(super) fn providers<'a>(ctx: &Context<'a>) -> Result<&'a ProviderDesk> {
    let desk = ctx.data::<Option<ProviderDesk>>()?.as_ref();
    desk.ok_or_else(|| fault::unavailable("this server asks no providers"))
}

/// What tells endpoints.
pub(super) fn outgoing<'a>(ctx: &Context<'a>) -> Result<&'a Outgoing> {
    let outgoing = ctx.data::<Option<Outgoing>>()?.as_ref();
    outgoing.ok_or_else(|| fault::unavailable("this server tells no endpoints"))
}

/// Puts an act that is no command on record, before it is done. By which field, the context knows.
pub(super) async fn on_record(ctx: &Context<'_>, objects: &[(&'static str, Word)]) -> Result<()> {
    let door = ctx.field().name().parse().unwrap_or(Word::known("graphql"));
    record(ctx, Kind::Administered, door, objects).await
}

/// Puts a look at what is sensitive on record, before it is answered.
pub(super) async fn seen(
    ctx: &Context<'_>,
    read: Read,
    objects: &[(&'static str, Word)],
) -> Result<()> {
    record(ctx, Kind::Read, read.door(), objects).await
}

async fn record(
    ctx: &Context<'_>,
    kind: Kind,
    door: Word,
    objects: &[(&'static str, Word)],
) -> Result<()> {
    let Some(recorder) = ctx.data::<Option<Recorder>>()?.as_ref() else { return Ok(()) };
    let about =
        |what: What, (name, id): &(&'static str, Word)| what.on(Word::known(name), id.clone());
    let what = objects.iter().fold(What::new(door), about);
    let kept = recorder.act(caller(ctx)?, kind, what).await;
    kept.map_err(|error| fault::unrecorded(&error))
}

/// The caller, if the audit trail is theirs to read: auditors and admins.
pub(super) fn overseer_of_people<'a>(ctx: &Context<'a>, field: &'static str) -> Result<&'a Caller> {
    let caller = caller(ctx)?;
    match caller.role {
        Role::Auditor | Role::Admin | Role::Superadmin => Ok(caller),
        Role::Buyer | Role::Seller | Role::Finance | Role::Service => Err(fault::forbidden(field)),
    }
}

/// Whose things a list shows: for a party only its own.
pub(super) fn only_of(caller: &Caller, asked: Option<Subject>) -> Result<Option<Subject>> {
    let asked = asked_for(caller, asked)?;
    Ok(asked.or_else(|| caller.role.is_party().then(|| caller.subject.clone())))
}

/// Whether a party sees what is of a wallet: its owner and its members do, by the ledger as it is
/// now, and others see everything.
pub(super) async fn may_see_of(
    caller: &Caller,
    moment: &Moment,
    wallet: Uuid,
    owner: &str,
    field: &'static str,
) -> Result<()> {
    may_see_any(caller, moment, &[wallet], &[owner], field).await
}

/// Whether a party sees what is of several wallets: one of `persons` does, which are their owners
/// and whoever else has to do with it, and the members of any; others see everything.
pub(super) async fn may_see_any(
    caller: &Caller,
    moment: &Moment,
    wallets: &[Uuid],
    persons: &[&str],
    field: &'static str,
) -> Result<()> {
    if !caller.role.is_party() || persons.contains(&caller.subject.as_str()) {
        return Ok(());
    }
    // Of the state, which has every command that was answered: the read models come later, and who
    // was just removed must not see more.
    let (actor, wallets) = (actor(caller), wallets.to_vec());
    let may_see = move |state: &LedgerState| {
        wallets.iter().any(|wallet| state.may_see(&actor, WalletId(*wallet)))
    };
    let seen = moment.engine.read(may_see).await.map_err(|error| fault::unasked(&error))?;
    if seen.value { Ok(()) } else { Err(fault::forbidden(field)) }
}

/// The owner that a list is asked for: a party may only ask for itself. Known before anything is
/// read.
pub(super) fn asked_for(caller: &Caller, owner: Option<Subject>) -> Result<Option<Subject>> {
    let is_another = owner.as_ref().is_some_and(|owner| *owner != caller.subject);
    if is_another && caller.role.is_party() { Err(fault::forbidden("owner")) } else { Ok(owner) }
}

/// Whose things a list shows. A party sees only its own; of a wallet whose member it is, all that is
/// of that wallet.
pub(super) async fn whose(
    caller: &Caller,
    moment: &Moment,
    owner: Option<Subject>,
    wallet: Option<Uuid>,
) -> Result<Whose> {
    let Some(id) = wallet.filter(|_| caller.role.is_party()) else {
        return Ok(Whose { owner: only_of(caller, owner)?, wallet });
    };
    let owner = asked_for(caller, owner)?;
    let row = moment.ask().await.wallet(id).await.map_err(|error| fault::database(&error))?;
    // One that is not there is nobody's.
    let row = row.ok_or_else(|| fault::forbidden("wallet"))?;
    may_see_of(caller, moment, id, &row.owner, "wallet").await?;
    Ok(Whose { owner, wallet })
}

/// One moment of the caller's read models, shared by everything under one field of a query.
#[derive(Clone)]
pub(super) struct Moment {
    engine: Engine,
    snapshot: Arc<Mutex<Snapshot>>,
    covers: Head,
}

impl Moment {
    /// Looks now, or as soon as `at_least` is covered.
    pub(super) async fn open(ctx: &Context<'_>, at_least: Option<RevisionNumber>) -> Result<Self> {
        let caller = caller(ctx)?;
        let engine = engine(ctx)?;
        let read_models = ctx
            .data::<Option<ReadModels>>()?
            .as_ref()
            .ok_or_else(|| fault::unavailable("this server has no read models"))?;
        if let Some(RevisionNumber(revision)) = at_least {
            let waited =
                read_models.wait_for(&caller.ledger, cauri_domain::Revision(revision), PATIENCE);
            waited.await.map_err(|error| fault::not_covered(&error))?;
        }
        let snapshot = Snapshot::open(read_models.pool(), &caller.ledger)
            .await
            .map_err(|error| fault::database(&error))?;
        let covers = snapshot.covers();
        Ok(Self { engine, snapshot: Arc::new(Mutex::new(snapshot)), covers })
    }

    /// To ask through. One question at a time: it is one connection.
    pub(super) async fn ask(&self) -> MutexGuard<'_, Snapshot> {
        self.snapshot.lock().await
    }

    /// The last revision that it covers; none while the ledger is empty.
    pub(super) fn covers(&self) -> Option<RevisionNumber> {
        match self.covers {
            Head::At(revision) => Some(revision.into()),
            Head::Empty => None,
        }
    }
}

/// A moment that is opened when it is first looked at, once for all who share it: what a mutation
/// changed costs nothing to those who do not ask for it.
pub(super) struct LaterMoment {
    at_least: Option<RevisionNumber>,
    opened: OnceCell<Moment>,
}

impl LaterMoment {
    /// One that will cover `at_least`.
    pub(super) const fn covering(at_least: Option<RevisionNumber>) -> Self {
        Self { at_least, opened: OnceCell::const_new() }
    }

    /// Opens it, or finds it open.
    pub(super) async fn open(&self, ctx: &Context<'_>) -> Result<Moment> {
        self.opened.get_or_try_init(|| Moment::open(ctx, self.at_least)).await.cloned()
    }
}

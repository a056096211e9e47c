//! What subscriptions share: they follow the log, and resume after a revision without gap or repeat.

use async_graphql::{Context, Result};
use futures::stream::{self, BoxStream, StreamExt as _};

use cauri_domain::{Actor, Event, LedgerState, Posting, Revision, Side, Subject, WalletId};
use cauri_ledger::Recorded;
use cauri_ledger::engine::Engine;
use cauri_ledger::store::Head;

use super::context::{actor, caller, engine};
use super::fault;
use super::scalars::RevisionNumber;
use super::words::PostingSide;

pub(super) const fn side(side: Side) -> PostingSide {
    match side {
        Side::Debit => PostingSide::Debit,
        Side::Credit => PostingSide::Credit,
    }
}

pub(super) fn postings(recorded: &Recorded) -> &[Posting] {
    recorded.event.entry().map(|entry| entry.postings()).unwrap_or_default()
}

/// Where to begin. After a revision that the ledger never reached nothing would ever come: who says
/// so has it from another ledger, or from one that was since restored.
pub(super) async fn start(engine: &Engine, after: Option<RevisionNumber>) -> Result<Head> {
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

/// Who may follow something: the owners and members of these wallets, and these persons.
#[derive(Debug, Clone, Default)]
pub(super) struct Followers {
    pub wallets: Vec<WalletId>,
    pub persons: Vec<Subject>,
}

impl Followers {
    /// The owner and the members of a wallet, if there is one.
    pub(super) fn of(wallet: impl IntoIterator<Item = WalletId>) -> Self {
        Self { wallets: wallet.into_iter().collect(), persons: Vec::new() }
    }
}

/// What lets somebody follow something, as events come.
#[derive(Debug)]
struct Sight {
    subject: Subject,
    /// What no event takes from them.
    is_kept: bool,
    /// Who is a member of one of these might follow.
    wallets: Vec<WalletId>,
    /// Those that they are a member of.
    member_of: Vec<WalletId>,
}

impl Sight {
    fn new(state: &LedgerState, actor: &Actor, followers: Followers) -> Self {
        let Followers { wallets, persons } = followers;
        let owns = |id: &WalletId| state.wallet(*id).is_some_and(|it| actor.may_act_for(&it.owner));
        let is_person = !actor.role.is_party() || persons.contains(&actor.subject);
        let is_member = |id: &&WalletId| state.member(**id, &actor.subject).is_some();
        Self {
            subject: actor.subject.clone(),
            is_kept: is_person || wallets.iter().any(owns),
            member_of: wallets.iter().filter(is_member).copied().collect(),
            wallets,
        }
    }

    const fn is_there(&self) -> bool {
        self.is_kept || !self.member_of.is_empty()
    }

    /// Members come and go.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events take no sight from anybody")]
    fn after(&mut self, event: &Event) {
        match event {
            Event::MemberGranted(it)
                if it.subject == self.subject && self.wallets.contains(&it.wallet) =>
            {
                self.member_of.push(it.wallet);
            }
            Event::MemberRevoked(it) if it.subject == self.subject => {
                self.member_of.retain(|wallet| *wallet != it.wallet);
            }
            _ => {}
        }
    }
}

/// The ledger's events after `after`, each as what `map` makes of it, for the caller if they are
/// among those that `look` finds: as long as they are.
pub(super) async fn follow_of<T: Send + 'static>(
    ctx: &Context<'_>,
    field: &'static str,
    look: impl Fn(&LedgerState) -> Option<Followers> + Send + 'static,
    after: Option<RevisionNumber>,
    map: impl Fn(Recorded) -> Vec<T> + Send + 'static,
) -> Result<BoxStream<'static, Result<T>>> {
    let (actor, engine) = (actor(caller(ctx)?), engine(ctx)?);
    let sight = move |state: &LedgerState| {
        look(state).map(|followers| Sight::new(state, &actor, followers))
    };
    let seen = engine.read(sight).await.map_err(|error| fault::unasked(&error))?;
    let looked_at = seen.at;
    let sight = seen.value.ok_or_else(|| fault::bad_argument(field, "nothing has this id"))?;
    if !sight.is_there() {
        return Err(fault::forbidden(field));
    }
    let events = follow(&engine, start(&engine, after).await?, |recorded| vec![recorded]);
    let goes_on = (events, sight, map);
    Ok(stream::unfold(Some(goes_on), move |it| async move {
        let (mut events, mut sight, map) = it?;
        let recorded = match events.next().await? {
            Ok(recorded) => recorded,
            Err(error) => return Some((vec![Err(error)], Some((events, sight, map)))),
        };
        // What is older was looked at already.
        if Head::At(recorded.revision) > looked_at {
            sight.after(&recorded.event);
        }
        if !sight.is_there() {
            return Some((vec![Err(fault::forbidden(field))], None));
        }
        let items = map(recorded).into_iter().map(Ok).collect();
        Some((items, Some((events, sight, map))))
    })
    .flat_map(stream::iter)
    .boxed())
}

/// The ledger's events after `after`, each as what `map` makes of it.
pub(super) fn follow<T: Send + 'static>(
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

/// The event at a revision, if it is durable.
pub(super) async fn recorded(engine: &Engine, revision: Revision) -> Result<Option<Recorded>> {
    match engine.head() {
        Head::At(head) if revision <= head => {}
        Head::At(_) | Head::Empty => return Ok(None),
    }
    let after = revision.0.checked_sub(1).map_or(Head::Empty, |before| Head::At(Revision(before)));
    let some = engine.follow(after).next().await.transpose().map_err(|error| {
        tracing::error!(error = ?error, "the log could not be read");
        fault::unavailable("the log cannot be read now")
    })?;
    Ok(some.and_then(|events| events.into_iter().find(|event| event.revision == revision)))
}

//! Outgoing webhooks: the marketplace's own systems are told what happened.
//!
//! ```text
//! log ─► follower, one a ledger: events about endpoints ─► outgoing.endpoint ─► couriers
//! log ─► courier, one an endpoint: event after event ─► guard ─► signed request ─► receiver
//!                                          └─► outgoing.delivery
//! ```
//! Endpoints are events of their ledger (`domain/src/endpoint`). How far each was told is kept in
//! Postgres, beside the log: a delivery is no event, and where that is lost, everything is sent again
//! under the same ids. The time is the world's, whatever a ledger's own clock says: receivers compare
//! it with theirs.
//!
//! | to find | look in |
//! | --- | --- |
//! | which addresses may be sent to | [`address`], [`guard`] |
//! | when it is sent again | [`schedule`] |
//! | what is sent | [`message`] |
//! | one try | [`sender`] |
//! | one endpoint's order, retries, end | `courier.rs` |
//! | what is kept | [`store`] |
//! | how far behind they are, for operators | [`standing`] |

pub mod address;
mod courier;
mod follower;
pub mod guard;
pub mod message;
pub mod schedule;
pub mod secrets;
pub mod sender;
pub mod standing;
pub mod store;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use cauri_domain::endpoint::{EndpointUrl, Filter};
use cauri_domain::{EndpointId, LedgerId, Reference, Revision};
use cauri_ledger::edge::Clock;
use cauri_ledger::engine::Engine;
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::log;
use cauri_ledger::store::Head;

use crate::webhooks::signature::generate_secret;
use follower::Follower;
use futures::StreamExt as _;
use guard::Forbidden;
use message::{Message, Wanted};
use secrets::{Keys, Secrets, SecretsError};
use sender::{Sender, Tried};
use standing::Standing;
use store::{Row, State, Store};

/// How long it may take until what was changed can be seen.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many of the requests that persons ask for are under way at once; more of them wait. So nobody
/// keeps the server from telling other ledgers' endpoints by asking often.
const ASKED_AT_ONCE: usize = 16;

/// What all endpoints share.
#[derive(Clone)]
pub struct Parts {
    /// What is kept.
    pub store: Store,
    /// What sends.
    pub sender: Sender,
    /// Where the secrets are.
    pub secrets: Arc<dyn Secrets>,
    /// The world's time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("secrets", &self.secrets).finish_non_exhaustive()
    }
}

/// Why an endpoint was not told at once.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// There is no such endpoint, or it was removed.
    #[error("there is no such endpoint")]
    NoEndpoint,
    /// There is no such delivery that was given up.
    #[error("there is no delivery of this revision that was given up")]
    NotDead,
    /// The database does not answer.
    #[error("what is kept of endpoints cannot be asked now")]
    Database(#[from] sqlx::Error),
    /// The secret cannot be read.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The log cannot be read, or does not have the event.
    #[error("the event cannot be read")]
    Log,
    /// It took too long until the change could be seen.
    #[error("the endpoints are behind: ask again")]
    Behind,
}

struct Ledger {
    task: JoinHandle<()>,
    seen: watch::Receiver<Option<Revision>>,
    standing: watch::Receiver<Standing>,
}

/// Tells endpoints what happened. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing {
    parts: Arc<Parts>,
    ledgers: Arc<Mutex<BTreeMap<LedgerId, Ledger>>>,
    watching: Arc<JoinHandle<()>>,
    asked: Arc<Semaphore>,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").finish_non_exhaustive()
    }
}

impl Outgoing {
    /// Starts telling the endpoints of every ledger that is open, and of every one that will be.
    #[must_use]
    pub fn start(ledgers: &Ledgers, parts: Parts) -> Self {
        standing::describe();
        let parts = Arc::new(parts);
        let running = Arc::<Mutex<BTreeMap<LedgerId, Ledger>>>::default();
        let mut opened = ledgers.watch();
        let (following, with) = (Arc::clone(&running), Arc::clone(&parts));
        let watching = tokio::spawn(async move {
            loop {
                let engines: Vec<Engine> = opened.borrow_and_update().values().cloned().collect();
                for engine in engines {
                    let mut following = following.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Entry::Vacant(place) = following.entry(engine.ledger().clone()) {
                        let (seen_sender, seen) = watch::channel(None);
                        let (standing_sender, standing) = watch::channel(Standing::default());
                        let follower =
                            Follower::new(engine, Arc::clone(&with), seen_sender, standing_sender);
                        let task = tokio::spawn(follower.run());
                        place.insert(Ledger { task, seen, standing });
                    }
                }
                if opened.changed().await.is_err() {
                    return;
                }
            }
        });
        let asked = Arc::new(Semaphore::new(ASKED_AT_ONCE));
        Self { parts, ledgers: running, watching: Arc::new(watching), asked }
    }

    /// Stops. A request under way is cut, and its event sent again after the next start.
    pub async fn stop(&self) {
        self.watching.abort();
        let running =
            std::mem::take(&mut *self.ledgers.lock().unwrap_or_else(PoisonError::into_inner));
        for (_, ledger) in running {
            ledger.task.abort();
            // An error says that it was stopped, as asked.
            let _ = ledger.task.await;
        }
    }

    /// How the endpoints of each ledger stand.
    #[must_use]
    pub fn status(&self) -> Vec<(LedgerId, Standing)> {
        let ledgers = self.ledgers.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = |(id, ledger): (&LedgerId, &Ledger)| (id.clone(), *ledger.standing.borrow());
        ledgers.iter().map(standing).collect()
    }

    /// What is kept of endpoints.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Whether events may be sent there, as its name stands now.
    ///
    /// # Errors
    /// [`Forbidden`].
    pub async fn check(&self, url: &EndpointUrl) -> Result<(), Forbidden> {
        // Nobody closes it, so there is always a permit in the end.
        let _permit = self.asked.acquire().await.ok();
        self.parts.sender.check(url).await
    }

    /// Makes a secret for a command, once: asked again, it is the same. Says where it is kept, and
    /// whether it was made just now.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn make_secret(
        &self,
        ledger: &LedgerId,
        subject: &str,
        command: Uuid,
        endpoint: EndpointId,
    ) -> Result<(Reference, bool), OutgoingError> {
        let (store, secrets) = (&self.parts.store, &self.parts.secrets);
        if let Some(known) = store.secret_of(ledger, subject, command, None).await? {
            return Ok((known, false));
        }
        let made = secrets.keep(ledger.clone(), endpoint, generate_secret()).await?;
        let kept = store.secret_of(ledger, subject, command, Some(&made)).await?;
        let kept = kept.ok_or(SecretsError::Missing)?;
        let is_new = kept == made;
        if !is_new {
            // Somebody asked the same at the same time, and was quicker.
            secrets.erase(ledger.clone(), made).await?;
        }
        Ok((kept, is_new))
    }

    /// Erases a secret whose command was refused, or was applied before with another one, unless an endpoint has it all the same.
    ///
    /// # Errors
    /// When it cannot be erased now: then it stays, and nothing signs with it.
    pub async fn unmake_secret(
        &self,
        engine: &Engine,
        endpoint: EndpointId,
        place: Reference,
    ) -> Result<(), OutgoingError> {
        let known = engine.read(move |state| state.endpoint(endpoint).map(|it| it.secret.clone()));
        let known = known.await.map_err(|_| OutgoingError::Log)?.value;
        if known.as_ref() != Some(&place) {
            self.parts.store.forget_secret(engine.ledger(), &place).await?;
            self.parts.secrets.erase(engine.ledger().clone(), place).await?;
        }
        Ok(())
    }

    /// A secret, to be shown once.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn secret(
        &self,
        ledger: &LedgerId,
        place: &Reference,
    ) -> Result<SecretString, OutgoingError> {
        Ok(self.parts.secrets.read(ledger.clone(), place.clone()).await?)
    }

    /// Waits until what was changed up to a revision can be seen here.
    ///
    /// # Errors
    /// [`OutgoingError::Behind`] after five seconds.
    pub async fn wait_for(&self, ledger: &LedgerId, at: Revision) -> Result<(), OutgoingError> {
        let seen = {
            let ledgers = self.ledgers.lock().unwrap_or_else(PoisonError::into_inner);
            ledgers.get(ledger).map(|ledger| ledger.seen.clone())
        };
        let Some(mut seen) = seen else { return Err(OutgoingError::Behind) };
        // What was looked through before this start is known by its rows.
        if let Head::At(scanned) = self.parts.store.scanned(ledger).await?
            && scanned >= at
        {
            return Ok(());
        }
        let covered = seen.wait_for(|seen| seen.is_some_and(|seen| seen >= at));
        match tokio::time::timeout(PATIENCE, covered).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(OutgoingError::Behind),
        }
    }

    /// Sends a message that says nothing but that it came, now, whatever else waits.
    ///
    /// # Errors
    /// [`OutgoingError`]; that it was not taken is no error.
    pub async fn test(
        &self,
        ledger: &LedgerId,
        endpoint: EndpointId,
    ) -> Result<Tried, OutgoingError> {
        let row = self.row(ledger, endpoint).await?;
        let message = Message::test(ledger, endpoint, self.parts.clock.now());
        let tried = self.send(ledger, &row, &message).await?;
        self.parts.store.tested(ledger, endpoint, &tried).await?;
        Ok(tried)
    }

    /// Sends an event that was given up once more, now, out of its order.
    ///
    /// # Errors
    /// [`OutgoingError`]; that it was not taken is no error.
    pub async fn retry(
        &self,
        engine: &Engine,
        endpoint: EndpointId,
        at: Revision,
    ) -> Result<Tried, OutgoingError> {
        let ledger = engine.ledger();
        let row = self.row(ledger, endpoint).await?;
        let delivery = self.parts.store.delivery(ledger, endpoint, at).await?;
        if delivery.is_none_or(|delivery| delivery.state != State::Dead) {
            return Err(OutgoingError::NotDead);
        }
        let mut events = log::read(engine.store(), ledger.clone(), Head::before(at));
        let batch = events.next().await.ok_or(OutgoingError::Log)?;
        let batch = batch.map_err(|_| OutgoingError::Log)?;
        let recorded = batch.first().filter(|it| it.revision == at).ok_or(OutgoingError::Log)?;
        // It was wanted when it was tried, whatever the filter says since.
        let Wanted::Yes(message) = Message::of(recorded, &Filter::default()) else {
            return Err(OutgoingError::Log);
        };
        let tried = self.send(ledger, &row, &message).await?;
        self.parts.store.retried(ledger, endpoint, at, &tried).await?;
        Ok(tried)
    }

    async fn row(&self, ledger: &LedgerId, endpoint: EndpointId) -> Result<Row, OutgoingError> {
        let row = self.parts.store.endpoint(ledger, endpoint).await?;
        row.ok_or(OutgoingError::NoEndpoint)
    }

    async fn send(
        &self,
        ledger: &LedgerId,
        row: &Row,
        message: &Message,
    ) -> Result<Tried, OutgoingError> {
        let _permit = self.asked.acquire().await.ok();
        let clock = &self.parts.clock;
        let keys = Keys::read(&self.parts, ledger, row).await?;
        let keys = keys.at(clock.now());
        Ok(self.parts.sender.send(&row.terms.url, keys, message, || clock.now()).await)
    }
}

//! What a server answers by itself that stands by: queries, from the read models in the shared
//! database and from ledgers that it follows.
//!
//! Before it answers, it asks the log where the ledger ends and folds that far, so that it knows of
//! everything that was acknowledged to anybody before the question. Where it does not come so far in
//! time, the holder answers.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use sqlx::postgres::PgPool;

use cauri_domain::LedgerId;
use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::EngineOptions;
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::EventStore as _;
use cauri_ledger::store::postgres::{PostgresAddress, PostgresStore};
use cauri_ledger::trail::Word;
use cauri_projections::ReadModels;

use super::{ServeArgs, database, tokens};
use crate::auth::{AuthError, Caller, DevKeys, TokenWatch, Verifier};
use crate::graphql::{AppSchema, Parts, is_answered_standing_by};
use crate::graphql_http::{Question, Questions, Sorted};

/// How long a question waits until everything acknowledged before it is folded.
const FRESH: Duration = Duration::from_secs(2);

/// How long the connections may take to end, when it is this server's turn.
const END: Duration = Duration::from_secs(2);

/// More tokens than these are not remembered until the holder has heard of them.
const TOKENS: usize = 10_000;

/// Says who answered, where it was not the holder.
const ANSWERED_BY: HeaderName = HeaderName::from_static("cauri-answered-by");

/// Answers queries while another server holds the lease.
pub(super) struct Reads {
    questions: Questions<AppSchema>,
    first_uses: Arc<FirstUses>,
    ledgers: Ledgers,
    read_models: ReadModels,
    store: PostgresStore,
}

/// What is to be done with a request.
#[expect(clippy::large_enum_variant, reason = "one is made for each request")]
pub(super) enum Asked {
    /// It may be answered here.
    Here(Question),
    /// It is the holder's; and whose it is, where that is known.
    OfHolder(Request, Option<Caller>),
    /// It broke off.
    Broken(Response),
}

impl std::fmt::Debug for Reads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reads").field("ledgers", &self.ledgers).finish_non_exhaustive()
    }
}

impl Reads {
    /// Follows every ledger of the store, with the read models of `args`' database.
    ///
    /// # Errors
    /// What cannot be read, or not yet: a holder that starts makes tables first.
    pub(super) async fn open(args: &ServeArgs, store: &PostgresAddress) -> anyhow::Result<Self> {
        cauri_ledger::folder::make(&args.data_dir)
            .with_context(|| format!("{} could not be made", args.data_dir.display()))?;
        let development = args.dev.then(|| DevKeys::open(&args.data_dir)).transpose()?;
        let keys = tokens::keys(args, development.as_ref())?;
        let first_uses = Arc::new(FirstUses::default());
        let verifier = Verifier::new(keys, tokens::rules(args)).watched_by(first_uses.clone());

        let (_, pool) = database::database(args).await?;
        let mut unused = Unused(Some(pool.clone()));
        let reads = Self::over(args, store, pool, verifier, first_uses).await?;
        unused.0 = None;
        Ok(reads)
    }

    async fn over(
        args: &ServeArgs,
        store: &PostgresAddress,
        pool: PgPool,
        verifier: Verifier,
        first_uses: Arc<FirstUses>,
    ) -> anyhow::Result<Self> {
        let read_models = ReadModels::open_kept_elsewhere(pool).await?;
        let store = PostgresStore::open_following(store.clone(), Default::default()).await?;
        let options = EngineOptions {
            snapshots: Some(args.data_dir.join("snapshots")),
            test_clock: args.dev,
            ..EngineOptions::default()
        };
        let followed = Arc::new(store.clone());
        let ledgers = Ledgers::open_following(followed, Arc::new(SystemClock), options).await?;
        let parts = Parts { read_models: Some(read_models.clone()), ..Parts::default() };
        let schema = crate::graphql::build(ledgers.clone(), parts);
        let questions = Questions::new(schema, Arc::new(verifier));
        Ok(Self { questions, first_uses, ledgers, read_models, store })
    }

    /// Follows what has come to the store, and anew what could not be followed any further.
    pub(super) async fn keep_up(&self) {
        if let Err(error) = self.ledgers.keep_up().await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "not every ledger is followed; its holder answers for it");
        }
    }

    /// Whether this is a question that may be answered here.
    pub(super) async fn sort(&self, request: Request) -> Asked {
        match self.questions.sort(request).await {
            Sorted::Question(question) => {
                match question.fields.iter().all(|field| is_answered_standing_by(field)) {
                    true => Asked::Here(question),
                    false => Asked::OfHolder(question.request(), Some(question.caller)),
                }
            }
            Sorted::Other(request, caller) => Asked::OfHolder(request, caller),
            Sorted::Broken(response) => Asked::Broken(response),
        }
    }

    /// Whether the holder, who keeps the audit trail, has not heard from here that this token is used
    /// this day.
    pub(super) fn is_untold(&self, caller: &Caller) -> bool {
        caller.token.as_ref().is_some_and(|token| self.first_uses.untold().contains(token))
    }

    /// The holder has heard of it.
    pub(super) fn told(&self, caller: &Caller) {
        if let Some(token) = &caller.token {
            self.first_uses.untold().remove(token);
        }
    }

    /// Answers.
    ///
    /// # Errors
    /// The request, where the holder has to.
    pub(super) async fn answer(&self, question: Question) -> Result<Response, Request> {
        if !self.is_fresh(&question.caller.ledger).await {
            return Err(question.request());
        }
        let mut response = self.questions.answer(question).await?;
        response.headers_mut().insert(ANSWERED_BY, HeaderValue::from_static("standby"));
        Ok(response)
    }

    /// Waits until all is folded that was acknowledged until now; whether it is, and whether the
    /// read models that are served can be read by this software.
    async fn is_fresh(&self, ledger: &LedgerId) -> bool {
        let Some(engine) = self.ledgers.engine(ledger) else { return false };
        let folded = async {
            match self.store.head(ledger).await {
                Ok(head) => engine.reach(head).await.is_ok(),
                Err(_) => false,
            }
        };
        let both = async { tokio::join!(folded, self.read_models.ready()) };
        matches!(tokio::time::timeout(FRESH, both).await, Ok((true, true)))
    }

    /// Ends: nothing of it is there when this server's turn begins.
    pub(super) async fn close(&self) {
        let all = async {
            self.ledgers.close().await;
            self.read_models.close().await;
            self.store.close().await;
        };
        if tokio::time::timeout(END, all).await.is_err() {
            tracing::warn!("some connections of the time of standing by have not ended yet");
        }
    }
}

/// Closes a pool that nobody came to use, also where opening was given up on the way: what leads it to
/// the primary would else go on for ever.
struct Unused(Option<PgPool>);

impl Drop for Unused {
    fn drop(&mut self) {
        if let Some(pool) = &self.0 {
            // It is closed at once; the future only waits for its connections.
            drop(pool.close());
        }
    }
}

/// Tokens whose use this day the holder has not heard of from here.
#[derive(Debug, Default)]
struct FirstUses(Mutex<HashSet<Word>>);

impl FirstUses {
    fn untold(&self) -> MutexGuard<'_, HashSet<Word>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenWatch for FirstUses {
    fn taken(&self, caller: &Caller) {
        let mut untold = self.untold();
        if untold.len() < TOKENS {
            untold.extend(caller.token.clone());
        }
    }

    /// Its request goes to the holder, who refuses it and puts that on record.
    fn denied(&self, _: &AuthError) {}
}

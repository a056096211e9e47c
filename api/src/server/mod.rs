//! The server: its parts, started in order and stopped in reverse.
//!
//! ```text
//! turn ─► store ─► audit trail ─► ledgers ─► read models, vault (Postgres) ─► process managers ─► inbox, reports,
//!   outgoing webhooks ─► HTTP
//! ```
//! A part that fails later stops itself and says so at `/readyz`; the others go on.

mod database;
mod dev;
mod downloads;
mod gauges;
mod options;
mod reads;
mod routes;
mod services;
mod simulator_child;
mod standby;
mod tokens;
mod turn;
mod webhooks;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::middleware::from_fn_with_state;
use sqlx::postgres::PgPool;
use tokio::net::TcpListener;

use cauri_domain::{LedgerId, Provider};
use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::EngineOptions;
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::trail::Trail;
use cauri_projections::ReadModels;
use cauri_sagas::gateway::{PayoutGateway, SimulatedGateway};

pub use dev::Development;
pub use options::ServeArgs;
pub use services::Services;
pub use turn::{LEASE_LOST, Turn};

use crate::audit::{Audit, AuditTasks};
use crate::auth::{TokenRules, Verifier};
use crate::graphql::ProviderDesk;
use crate::inbox::{self, Applier};
use crate::outgoing::guard::{Guard, SystemLookup};
use crate::outgoing::sender::Sender;
use crate::outgoing::store::Store;
use crate::outgoing::{Outgoing, Parts};
use crate::private_postgres::PrivatePostgres;
use crate::providers::{Accounts, Clients, Kind, ProviderAccount, Published, Routes};
use crate::reports::{Reports, Worker};
use crate::telemetry::Metrics;
use crate::trail::{Recorder, Telling};
use crate::vault::{MasterKeys, Vault};
use crate::webhooks::Providers;
use downloads::Downloads;
use gauges::AgeGauges;
use routes::Health;
use simulator_child::SimulatorChild;
use tokio::sync::Semaphore;
use turn::Held;
use webhooks::{Applying, Door};

/// How long requests under way may take after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    router: axum::Router,
    ledgers: Ledgers,
    read_models: ReadModels,
    services: Services,
    outgoing: Outgoing,
    reports: Worker,
    inbox: inbox::Tasks,
    gauges: AgeGauges,
    audit: AuditTasks,
    recorder: Recorder,
    telling: Telling,
    simulator: Option<SimulatorChild>,
    /// Where each account's deliveries go.
    webhooks: Vec<String>,
    /// Where the simulated provider is, whoever started it.
    simulator_url: Option<String>,
    postgres: Option<PrivatePostgres>,
    development: Option<Development>,
    rules: TokenRules,
    held: Option<Held>,
}

impl Server {
    /// Starts every part, once it is this server's turn. Nothing is answered before [`Server::run`].
    ///
    /// # Errors
    /// The first part that does not start, and why.
    pub async fn start(args: &ServeArgs, turn: Turn, metrics: Metrics) -> anyhow::Result<Self> {
        cauri_ledger::folder::make(&args.data_dir)
            .with_context(|| format!("{} could not be made", args.data_dir.display()))?;
        crate::backup::refuse_unfinished(&args.data_dir)?;
        let rules = tokens::rules(args);
        let mut accounts = Accounts::load(args.providers.as_deref())?;
        let development = args.dev.then(|| Development::open(args, &mut accounts)).transpose()?;
        let keys = tokens::keys(args, development.as_ref().map(Development::keys))?;
        let (lease, doubt) = (turn.lease(), turn.doubt());
        let Turn { listener, held } = turn;
        let url = format!("http://{}", listener.local_addr()?);

        let store = args.store.open_held(&args.data_dir, lease.clone()).await?;
        let trail = Trail::open(Arc::clone(&store), Arc::new(SystemClock)).await;
        let (recorder, telling) =
            Recorder::start(trail.context("the audit trail could not be opened")?, &args.data_dir);
        let verifier = Verifier::new(keys, rules.clone()).watched_by(Arc::new(recorder.clone()));
        let verifier = Arc::new(verifier);
        let options = EngineOptions {
            snapshots: Some(args.data_dir.join("snapshots")),
            snapshot_every: args.snapshot_every,
            test_clock: args.dev,
            ..EngineOptions::default()
        };
        let ledgers = Ledgers::open(Arc::clone(&store), Arc::new(SystemClock), options).await?;
        ledgers.create(LedgerId::main()).await?;

        let (audit, audit_tasks) =
            Audit::start(&ledgers, store, &args.data_dir, args.audit.clone(), args.dev)
                .await
                .context("the transparency log could not be opened")?;

        let vault_keys = MasterKeys::open(&args.data_dir, args.dev)
            .context("the vault has no usable master key")?;
        let (postgres, pool) = database::database(args).await?;
        let read_models = ReadModels::open(pool.clone(), Default::default())
            .await
            .context("the read models could not be opened")?;
        // Its tables are made by the same migrations.
        let vault = Vault::new(pool.clone(), vault_keys);
        vault.tell_unknown_keys().await.context("the vault could not be opened")?;

        let providers = Providers::try_new(&accounts)?;
        let simulated = accounts.of(Kind::Sim).next();
        let told = simulated.and_then(|account| account.setting("url")).map(str::to_owned);
        let told = told.or_else(|| args.simulator_url.as_ref().map(ToString::to_string));
        let simulator = match (&told, simulated) {
            (None, Some(account)) if args.demo => {
                let folder = args.data_dir.join("simulated-provider");
                let hook = format!("{url}/webhooks/{}", account.name);
                Some(SimulatorChild::start(&folder, &hook, &accounts).await?)
            }
            _ => None,
        };
        let simulator_url = simulator.as_ref().map(|child| child.url().to_owned()).or(told);
        // Without an account it pays all the same: its outcomes are asked for.
        let simulated = match &simulator_url {
            Some(url) if !accounts.tell_missing(Kind::Sim, "url", url) => {
                Some(simulated_gateway(url)?)
            }
            Some(_) | None => None,
        };
        let routes = Routes::load(args.providers.as_deref(), &accounts)?;
        let clients = Clients::try_new(&accounts)?;
        let services = Services::start(
            &ledgers,
            read_models.clone(),
            routes.gateways(&accounts, &clients, simulated)?,
            args.data_dir.join("sagas"),
            &vault,
            doubt,
        );

        let folder = args.data_dir.join("reports");
        let reports = Reports::open(folder).context("the reports could not be read")?;
        let worker = Worker::start(reports.clone(), read_models.clone());
        let gauges = AgeGauges::start(ledgers.clone(), read_models.clone());

        let applier = Applier {
            providers: Arc::new(providers),
            confirmers: clients.confirmers(),
            asking: Arc::new(Semaphore::new(inbox::CONFIRMED_AT_ONCE)),
            vault: vault.clone(),
            comparing: Arc::new(Semaphore::new(inbox::COMPARED_AT_ONCE)),
            ledgers: ledgers.clone(),
        };
        let (inbox, inbox_tasks) =
            inbox::Inbox::open(pool.clone(), vault.sealer(), applier, args.inbox_keep_days)
                .await
                .context("the inbox could not be opened")?;
        let outgoing = Outgoing::start(&ledgers, outgoing(args, pool, vault.clone())?);

        let accounts = Arc::new(accounts);
        let desk =
            ProviderDesk { accounts: Arc::clone(&accounts), routes, services: services.clone() };
        let parts = crate::graphql::Parts {
            read_models: Some(read_models.clone()),
            reports: Some(reports.clone()),
            vault: Some(vault),
            inbox: Some(inbox.clone()),
            outgoing: Some(outgoing.clone()),
            payins: Some(clients.payins()),
            providers: Some(desk),
            audit: Some(audit),
            recorder: Some(recorder.clone()),
        };
        let schema = crate::graphql::build(ledgers.clone(), parts);
        let downloads =
            Downloads { verifier: Arc::clone(&verifier), reports, recorder: recorder.clone() };
        let published = Published::try_new(&accounts)?;
        let webhooks = accounts.iter().flat_map(ProviderAccount::paths).collect();
        let door = Door { inbox, accounts, published, applying: Applying::default() };
        let health = Health {
            ledgers: ledgers.clone(),
            read_models: read_models.clone(),
            services: services.clone(),
            outgoing: outgoing.clone(),
            recorder: recorder.clone(),
            metrics,
        };
        let graphql = routes::graphql(schema, verifier);
        let mut router = routes::routes(graphql, door, downloads, health);
        if let Some(lease) = lease {
            router = router.layer(from_fn_with_state(lease, standby::only_with_lease));
        }
        Ok(Self {
            listener,
            router,
            ledgers,
            read_models,
            services,
            outgoing,
            reports: worker,
            inbox: inbox_tasks,
            gauges,
            audit: audit_tasks,
            recorder,
            telling,
            simulator,
            simulator_url,
            webhooks,
            postgres,
            development,
            rules,
            held,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The paths that the configured accounts' deliveries go to.
    #[must_use]
    pub fn webhooks(&self) -> &[String] {
        &self.webhooks
    }

    /// Writes `dev.env` in development mode and returns it: addresses, secrets, tokens.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn publish(&self) -> anyhow::Result<Option<(std::path::PathBuf, DevEnv)>> {
        let Some(development) = &self.development else { return Ok(None) };
        let url = format!("http://{}", self.address()?);
        let simulator = self.simulator_url.as_deref().map(|url| url.trim_end_matches('/'));
        let env = development.publish(&self.rules, &url, simulator)?;
        Ok(Some((development.env_file().to_owned(), env)))
    }

    /// Serves until `stop` comes, answers what is under way, and stops every part.
    ///
    /// # Errors
    /// When the server could not go on listening.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self {
            listener,
            router,
            ledgers,
            read_models,
            services,
            outgoing,
            reports,
            inbox,
            gauges,
            audit,
            recorder,
            telling,
            simulator,
            postgres,
            held,
            ..
        } = self;
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let serve = axum::serve(listener, router).with_graceful_shutdown(async move {
            stop.await;
            tracing::info!("stopping");
            stopping.send_replace(true);
        });
        let drained = async {
            // The sender goes only with the server itself.
            let _ = stopped.wait_for(|stopping| *stopping).await;
            tokio::time::sleep(DRAIN).await;
        };
        let served = tokio::select! {
            served = serve => served.context("the server could not go on listening"),
            () = drained => {
                tracing::warn!("some requests did not end in time");
                Ok(())
            }
        };
        inbox.stop().await;
        drop(gauges);
        outgoing.stop().await;
        drop(audit);
        reports.stop().await;
        services.stop().await;
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
        drop(telling);
        recorder.close().await;
        let faults = faults(&ledgers);
        ledgers.close().await;
        read_models.close().await;
        // Only now may another begin.
        if let Some(held) = held {
            held.release().await;
        }
        if let Some(postgres) = postgres {
            postgres.stop();
        }
        tracing::info!("stopped");
        served?;
        faults
    }
}

/// An error when a ledger has stopped: who started the server learns it from how it ends, too.
fn faults(ledgers: &Ledgers) -> anyhow::Result<()> {
    let stopped = ledgers.engines().into_iter().filter_map(|engine| {
        let fault = engine.fault()?;
        Some(format!("ledger {} has stopped: {}", engine.ledger(), fault.told()))
    });
    let stopped: Vec<_> = stopped.collect();
    anyhow::ensure!(stopped.is_empty(), "{}", stopped.join("; "));
    Ok(())
}

/// The variables of `dev.env`.
pub type DevEnv = std::collections::BTreeMap<&'static str, String>;

/// The simulated provider as one that pays, captures and gives back.
fn simulated_gateway(url: &str) -> anyhow::Result<(Provider, Arc<dyn PayoutGateway>)> {
    let gateway = SimulatedGateway::try_new(url)?;
    Ok((gateway.provider().parse()?, Arc::new(gateway)))
}

/// What tells endpoints: from this database's tables, with the vault's secrets, to where it may.
fn outgoing(args: &ServeArgs, pool: PgPool, vault: Vault) -> anyhow::Result<Parts> {
    let allowed = args.webhooks_allow_private.clone();
    let allowed = if args.dev { allowed.with_loopback() } else { allowed };
    let sender = Sender::try_new(Guard::new(allowed, SystemLookup))
        .context("no client for outgoing webhooks could be made")?;
    Ok(Parts {
        store: Store::new(pool),
        sender,
        secrets: Arc::new(vault),
        clock: Arc::new(SystemClock),
    })
}

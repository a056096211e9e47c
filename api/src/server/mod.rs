//! The server: its parts, started in order and stopped in reverse.
//!
//! ```text
//! store ─► ledgers ─► read models, vault (Postgres) ─► process managers ─► inbox, reports ─► HTTP
//! ```
//! A part that fails later stops itself and says so at `/readyz`; the others go on.

mod dev;
mod downloads;
mod gauges;
mod options;
mod routes;
mod services;
mod simulator_child;
mod webhooks;

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::net::TcpListener;

use cauri_domain::{LedgerId, Provider};
use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::EngineOptions;
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::embedded::EmbeddedStore;
use cauri_projections::ReadModels;
use cauri_sagas::gateway::{PayoutGateway, SimulatedGateway};

pub use dev::Development;
pub use options::ServeArgs;

use crate::auth::{KeySet, TokenRules, Verifier};
use crate::inbox::{self, Applier};
use crate::private_postgres::{self, PrivatePostgres};
use crate::providers::{Accounts, Confirmers, Kind, Published, Routes};
use crate::reports::{Reports, Worker};
use crate::telemetry::Metrics;
use crate::vault::{MasterKeys, Vault};
use crate::webhooks::Providers;
use downloads::Downloads;
use gauges::AgeGauges;
use routes::Health;
use services::Services;
use simulator_child::SimulatorChild;
use tokio::sync::Semaphore;
use webhooks::Door;

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
    reports: Worker,
    inbox: inbox::Tasks,
    gauges: AgeGauges,
    simulator: Option<SimulatorChild>,
    postgres: Option<PrivatePostgres>,
    development: Option<Development>,
    rules: TokenRules,
}

impl Server {
    /// Starts every part and listens. Nothing is answered before [`Server::run`].
    ///
    /// # Errors
    /// The first part that does not start, and why.
    pub async fn start(args: &ServeArgs, metrics: Metrics) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&args.data_dir)
            .with_context(|| format!("{} could not be made", args.data_dir.display()))?;
        let rules =
            TokenRules { audience: args.jwt_audience.clone(), issuer: args.jwt_issuer.clone() };
        let mut accounts = Accounts::load(args.providers.as_deref())?;
        let development = args.dev.then(|| Development::open(args, &mut accounts)).transpose()?;
        let verifier = verifier(args, development.as_ref(), &rules)?;
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("{} could not be listened on", args.listen))?;
        let url = format!("http://{}", listener.local_addr()?);

        let store = EmbeddedStore::open(args.data_dir.join("log"), Default::default())
            .context("the event store could not be opened")?;
        let options = EngineOptions {
            snapshots: Some(args.data_dir.join("snapshots")),
            snapshot_every: args.snapshot_every,
            test_clock: args.dev,
            ..EngineOptions::default()
        };
        let ledgers = Ledgers::open(Arc::new(store), Arc::new(SystemClock), options).await?;
        ledgers.create(LedgerId::main()).await?;

        let vault_keys = MasterKeys::open(&args.data_dir, args.dev)
            .context("the vault has no usable master key")?;
        let (postgres, pool) = database(args).await?;
        let read_models = ReadModels::open(pool.clone(), Default::default())
            .await
            .context("the read models could not be opened")?;
        // Its tables are made by the same migrations.
        let vault = Vault::new(pool.clone(), vault_keys);
        vault.tell_unknown_keys().await.context("the vault could not be opened")?;

        let confirmers = Confirmers::try_new(&accounts)?;
        let providers = Providers::try_new(&accounts)?;
        let simulated = accounts.of(Kind::Sim).next();
        let simulator = match (&args.simulator_url, simulated) {
            (None, Some(account)) if args.demo => {
                let folder = args.data_dir.join("simulated-provider");
                let hook = format!("{url}/webhooks/{}", account.name);
                Some(SimulatorChild::start(&folder, &hook, &accounts).await?)
            }
            _ => None,
        };
        let payouts = simulator.as_ref().map(|child| child.url().to_owned());
        let payouts = payouts.or_else(|| args.simulator_url.as_ref().map(ToString::to_string));
        let simulated = payouts.as_deref().map(simulated_gateway).transpose()?;
        let routes = Routes::load(args.providers.as_deref(), &accounts)?;
        let services = Services::start(
            &ledgers,
            read_models.clone(),
            routes.gateways(&accounts, &confirmers, simulated)?,
            args.data_dir.join("sagas"),
            Arc::new(vault.clone()),
        );

        let folder = args.data_dir.join("reports");
        let reports = Reports::open(folder).context("the reports could not be read")?;
        let worker = Worker::start(reports.clone(), read_models.clone());
        let gauges = AgeGauges::start(ledgers.clone(), read_models.clone());

        let applier = Applier {
            providers: Arc::new(providers),
            confirmers,
            asking: Arc::new(Semaphore::new(inbox::CONFIRMED_AT_ONCE)),
            ledgers: ledgers.clone(),
        };
        let (inbox, inbox_tasks) =
            inbox::Inbox::open(pool, vault.sealer(), applier, args.inbox_keep_days)
                .await
                .context("the inbox could not be opened")?;

        let schema = crate::graphql::build(
            ledgers.clone(),
            Some(read_models.clone()),
            Some(reports.clone()),
            Some(vault),
            Some(inbox.clone()),
        );
        let downloads = Downloads { verifier: Arc::clone(&verifier), reports };
        let published = Published::try_new(&accounts)?;
        let door = Door { inbox, accounts: Arc::new(accounts), published };
        let health = Health {
            ledgers: ledgers.clone(),
            read_models: read_models.clone(),
            services: services.clone(),
            metrics,
        };
        let graphql = routes::graphql(schema, verifier);
        let router = routes::routes(graphql, door, downloads, health);
        Ok(Self {
            listener,
            router,
            ledgers,
            read_models,
            services,
            reports: worker,
            inbox: inbox_tasks,
            gauges,
            simulator,
            postgres,
            development,
            rules,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Writes `dev.env` in development mode and returns it: addresses, secrets, tokens.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn publish(&self) -> anyhow::Result<Option<(std::path::PathBuf, DevEnv)>> {
        let Some(development) = &self.development else { return Ok(None) };
        let url = format!("http://{}", self.address()?);
        let simulator = self.simulator.as_ref().map(SimulatorChild::url);
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
            reports,
            inbox,
            gauges,
            simulator,
            postgres,
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
        reports.stop().await;
        services.stop().await;
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
        ledgers.close().await;
        read_models.close().await;
        if let Some(postgres) = postgres {
            postgres.stop();
        }
        tracing::info!("stopped");
        served
    }
}

/// The variables of `dev.env`.
pub type DevEnv = std::collections::BTreeMap<&'static str, String>;

fn verifier(
    args: &ServeArgs,
    development: Option<&Development>,
    rules: &TokenRules,
) -> anyhow::Result<Arc<Verifier>> {
    let mut keys = match &args.jwt_keys {
        Some(list) => KeySet::load_list(list)?,
        None => KeySet::default(),
    };
    if let Some(development) = development {
        keys.insert(development.keys().kid(), development.keys().public_key())?;
    }
    Ok(Arc::new(Verifier::new(keys, rules.clone())))
}

/// The simulated provider as one that pays, captures and gives back.
fn simulated_gateway(url: &str) -> anyhow::Result<(Provider, Arc<dyn PayoutGateway>)> {
    let gateway = SimulatedGateway::try_new(url)?;
    Ok((gateway.provider().parse()?, Arc::new(gateway)))
}

/// The database given, or a private one.
async fn database(args: &ServeArgs) -> anyhow::Result<(Option<PrivatePostgres>, PgPool)> {
    let (postgres, options) = match &args.database_url {
        Some(url) => {
            let options: PgConnectOptions = url
                .expose_secret()
                .parse()
                .map_err(|_| anyhow::anyhow!("DATABASE_URL is no address of a Postgres"))?;
            (None, options)
        }
        None => {
            let folder: &Path = &args.data_dir;
            let postgres = PrivatePostgres::start(folder, private_postgres::Options::default())
                .context("the private Postgres could not be started")?;
            postgres.ensure_database().await?;
            let options = postgres.connect_options();
            (Some(postgres), options)
        }
    };
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .context("the database for the read models could not be reached")?;
    Ok((postgres, pool))
}

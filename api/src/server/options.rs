//! Where things are. What the rules are is no option: that is in the ledger.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use crate::audit::AuditOptions;
use crate::outgoing::address::Allowed;
use crate::store::StoreAddress;

/// Starts the server.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes a free port.
    #[arg(long, env = "CAURI_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Folder for everything that is kept: the log, snapshots, the private Postgres.
    #[arg(long, env = "CAURI_DATA_DIR", default_value = ".cauri/data")]
    pub data_dir: PathBuf,

    /// Where events are kept: `embedded` is a log in the data folder.
    #[arg(long, env = "CAURI_STORE", hide_env_values = true, default_value = "embedded")]
    pub store: StoreAddress,

    /// Where other servers on the same store reach this one, such as `http://10.0.0.5:8080`: they
    /// forward to it while it holds the store's lease. The address that it listens on, when not
    /// given. Only for `--store postgres://...`.
    #[arg(long, env = "CAURI_ADVERTISE", value_name = "URL")]
    pub advertise: Option<Url>,

    /// For how many seconds the store's lease is taken at a time: how long others wait after the
    /// holder has died. Only for `--store postgres://...`.
    #[arg(long, env = "CAURI_LEASE_SECONDS", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(2..=300))]
    pub lease_seconds: u64,

    /// Postgres for the read models. Without it, a private one is started in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,

    /// File of the accounts at payment providers, in TOML; kinds that it has no account of may have
    /// one by environment variables.
    #[arg(long, env = "CAURI_PROVIDERS", value_name = "FILE")]
    pub providers: Option<PathBuf>,

    /// Development mode: keys, secrets and tokens are made and printed. Loopback addresses only.
    #[arg(long, env = "CAURI_DEV")]
    pub dev: bool,

    /// Development mode (`--dev`) with a simulated payment provider and, in an empty ledger, a small
    /// marketplace.
    #[arg(long, env = "CAURI_DEMO")]
    pub demo: bool,

    /// Public keys that tokens are signed with: PEM files or JWKS files, with commas between.
    #[arg(long, env = "CAURI_JWT_KEYS", required_unless_present_any = ["dev", "demo"])]
    pub jwt_keys: Option<String>,

    /// The audience (`aud`) that tokens must name.
    #[arg(long, env = "CAURI_JWT_AUDIENCE", default_value = "cauri")]
    pub jwt_audience: String,

    /// The issuer (`iss`) that tokens must name; any, when not given.
    #[arg(long, env = "CAURI_JWT_ISSUER")]
    pub jwt_issuer: Option<String>,

    /// Address of the simulated provider for payouts, where its account does not say; without one, what
    /// it would pay waits.
    #[arg(long, env = "CAURI_SIM_URL")]
    pub simulator_url: Option<Url>,

    /// Which addresses outside of the public Internet events may be sent to, also over plain HTTP:
    /// host names, addresses and ranges with commas between, or `*`. In development, loopback too.
    #[arg(long, env = "CAURI_WEBHOOKS_ALLOW_PRIVATE", default_value = "")]
    pub webhooks_allow_private: Allowed,

    /// After how many events a snapshot is made for a quick start.
    #[arg(long, env = "CAURI_SNAPSHOT_EVERY", default_value_t = 100_000)]
    pub snapshot_every: u64,

    /// After how many days the bodies of webhooks that are done with are deleted; kept, when not
    /// given. Their rows stay, and bodies of what waits or is a dead letter.
    #[arg(long, env = "CAURI_INBOX_KEEP_DAYS")]
    pub inbox_keep_days: Option<u32>,

    /// The transparency log.
    #[command(flatten)]
    pub audit: AuditOptions,

    /// Threads that serve requests; as many as there are processors, when not given.
    #[arg(long, env = "CAURI_THREADS")]
    pub threads: Option<usize>,
}

//! The Postgres of a server, for commands that work on it from outside.

use std::path::Path;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;

use crate::private_postgres::{self, PostgresError, PrivatePostgres};

/// Which Postgres.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct DatabaseArgs {
    /// The server's Postgres; the private one of the data folder when not given.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<SecretString>,
}

impl DatabaseArgs {
    /// The database given; else the private one, of a server that runs or started for this. A server
    /// that was started is to be kept until all is done.
    ///
    /// # Errors
    /// When it has no usable address, or cannot be started.
    pub(super) fn open(
        &self,
        data_dir: &Path,
    ) -> anyhow::Result<(Option<PrivatePostgres>, PgConnectOptions)> {
        if let Some(url) = &self.database_url {
            let options = url.expose_secret().parse();
            let options =
                options.map_err(|_| anyhow::anyhow!("DATABASE_URL is no address of a Postgres"))?;
            return Ok((None, options));
        }
        match PrivatePostgres::start(data_dir, private_postgres::Options::default()) {
            Ok(postgres) => {
                let options = postgres.connect_options();
                Ok((Some(postgres), options))
            }
            Err(PostgresError::InUse { .. }) => {
                Ok((None, PrivatePostgres::connect_options_of(data_dir)?))
            }
            Err(error) => Err(error).context("the private Postgres could not be started"),
        }
    }
}

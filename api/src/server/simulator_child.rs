//! The simulated provider beside a demo server: a process of its own, over real HTTP.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::private_postgres::end_with_us;
use crate::providers::{Accounts, Kind};

/// A running simulated provider. It ends with this, and with the thread that started it.
#[derive(Debug)]
pub struct SimulatorChild {
    child: Child,
    url: String,
}

impl SimulatorChild {
    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// When it cannot be started or says nothing.
    pub async fn start(
        data_dir: &Path,
        webhook_url: &str,
        accounts: &Accounts,
    ) -> anyhow::Result<Self> {
        let secret = |kind| {
            let account = accounts.of(kind).next();
            account
                .and_then(|it| it.webhook_secrets.first())
                .map_or("", ExposeSecret::expose_secret)
        };
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let mut command = Command::new(program);
        // A server that is killed must not leave it behind, holding its folder.
        end_with_us(command.as_std_mut());
        let mut child = command
            .args(["simulate-provider", "--listen", "127.0.0.1:0"])
            .args(["--webhook-url", webhook_url])
            .arg("--data-dir")
            .arg(data_dir)
            // In the environment, so that no list of processes shows it.
            .env("CAURI_SIM_WEBHOOK_SECRET", secret(Kind::Sim))
            .env("CAURI_SIM_STRIPE_SECRET", secret(Kind::Stripe))
            .env("CAURI_SIM_FEDAPAY_SECRET", secret(Kind::Fedapay))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the simulated provider could not be started")?;
        let stdout = child.stdout.take().context("the simulated provider has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(Duration::from_secs(10), lines.next_line())
            .await
            .context("the simulated provider did not say where it listens")??;
        let Some(url) = first.as_deref().and_then(|line| line.strip_prefix("listening on ")) else {
            bail!("the simulated provider ended before it listened");
        };
        Ok(Self { url: url.trim().to_owned(), child })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it.
    pub async fn stop(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "the simulated provider could not be ended");
        }
    }
}

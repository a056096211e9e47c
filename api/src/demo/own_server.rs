//! A server for one demo or measurement: its own data folder, gone afterwards.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use cauri_sagas::gateway::http::plain_client;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::private_postgres::{end_with_us, interrupt};

/// How long it may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It ends with this, and with the process that started it.
pub(crate) struct OwnServer {
    child: Child,
    folder: PathBuf,
}

impl OwnServer {
    /// Starts one in development mode, with the simulated provider, on a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) async fn start() -> anyhow::Result<Self> {
        Self::start_in(&std::env::temp_dir(), &["--demo"]).await
    }

    /// Starts one in development mode with more `arguments`, on a free port, in a new folder within
    /// `parent`.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn start_in(parent: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let folder = parent.join(format!("cauri-own-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&folder)
            .with_context(|| format!("{} could not be made", folder.display()))?;
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let mut command = Command::new(program);
        end_with_us(command.as_std_mut());
        let child = command
            .args(["serve", "--dev", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .arg("--data-dir")
            .arg(&folder)
            .env("CAURI_LOG", std::env::var("CAURI_LOG").unwrap_or_else(|_| "error".to_owned()))
            .env_remove("DATABASE_URL")
            .env_remove("CAURI_STORE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("a server could not be started")?;
        let mut server = Self { child, folder };
        server.wait_until_it_serves().await?;
        Ok(server)
    }

    /// Its data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    async fn wait_until_it_serves(&mut self) -> anyhow::Result<()> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().context("asking for the server's end")? {
                bail!("the server ended before it served: {status}");
            }
            if serves(&self.folder).await {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the server did not serve within {} seconds", PATIENCE.as_secs())
    }

    /// Stops it, and leaves its folder.
    ///
    /// # Errors
    /// When it does not end in time: it is killed when this is dropped.
    pub(crate) async fn end(&mut self) -> anyhow::Result<()> {
        if let Some(process) = self.child.id() {
            interrupt(process);
        }
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.context("the server did not end")?.context("the server's end is not known")?;
        Ok(())
    }

    /// Stops it, and removes what it kept.
    pub(crate) async fn stop(mut self) {
        if self.end().await.is_err() {
            // Its folder stays for whoever wants to know why.
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            eprintln!("{} could not be removed: {error}", self.folder.display());
        }
    }
}

/// Whether the server of a data folder answers.
pub(super) async fn serves(folder: &Path) -> bool {
    let Ok(env) = super::read_env(&folder.join("dev.env")) else { return false };
    let Some(url) = env.get("CAURI_URL") else { return false };
    let Ok(client) = plain_client().timeout(Duration::from_secs(2)).build() else { return false };
    let answer = client.get(format!("{url}/readyz")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

//! The server that is measured: one of our own, or one that runs.

use std::path::Path;

use anyhow::Context as _;
use secrecy::SecretString;
use url::Url;

use super::recount;
use crate::demo::own_server::OwnServer;
use crate::demo::read_env;
use crate::webhooks::{Key, STRIPE_SCHEME};

/// A server in development mode, and what opens its doors.
pub(super) struct Target {
    /// `host:port`.
    pub authority: String,
    /// Signs webhooks as Stripe.
    pub key: Key,
    /// A token of the back end.
    pub service: String,
    /// A token that may open a ledger.
    pub superadmin: String,
    own: Option<OwnServer>,
}

impl Target {
    pub(super) async fn open(url: Option<&Url>, dir: &Path) -> anyhow::Result<Self> {
        let (own, env) = match url {
            Some(_) => (None, std::env::vars().collect()),
            None => {
                std::fs::create_dir_all(dir)
                    .with_context(|| format!("{} could not be made", dir.display()))?;
                let server = OwnServer::start_in(&dir.canonicalize()?, &[]).await?;
                let env = read_env(&server.folder().join("dev.env"))?;
                (Some(server), env)
            }
        };
        let variable = |name: &str| {
            let value = env.get(name).filter(|value| !value.is_empty());
            value.cloned().with_context(|| format!("{name} is not set: it is in dev.env"))
        };
        let url = match url {
            Some(url) => url.clone(),
            None => variable("CAURI_URL")?.parse()?,
        };
        let host = url.host_str().context("the address has no host")?;
        let port = url.port_or_known_default().context("the address has no port")?;
        let secret = variable("CAURI_STRIPE_WEBHOOK_SECRET")?;
        let first = secret.split(',').next().unwrap_or_default();
        Ok(Self {
            authority: format!("{host}:{port}"),
            key: STRIPE_SCHEME.key(&SecretString::from(first.to_owned()))?,
            service: variable("TOKEN_SERVICE")?,
            superadmin: variable("TOKEN_SUPERADMIN")?,
            own,
        })
    }

    /// Ends our own server and counts what its log holds.
    pub(super) async fn close(self) -> anyhow::Result<Option<u64>> {
        let Some(mut own) = self.own else { return Ok(None) };
        own.end().await?;
        let counted = recount::recount(&own.folder().join("log")).await;
        own.stop().await;
        counted.map(Some)
    }

    /// Ends our own server without a look.
    pub(super) async fn discard(self) {
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}

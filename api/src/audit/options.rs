//! How checkpoints are signed and where they go.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

/// The transparency log.
#[derive(Debug, Clone, clap::Args)]
pub struct AuditOptions {
    /// Whose logs they are.
    #[command(flatten)]
    pub origin: Origin,

    /// Sign a checkpoint of what is new every so many seconds; 0: only when one is asked for, and none
    /// is published.
    #[arg(long, env = "CAURI_AUDIT_EVERY", value_name = "SECONDS", default_value_t = 60)]
    pub audit_every: u64,

    /// Also write the checkpoints that are signed on schedule into this folder: one that is kept where
    /// nobody can call it back.
    #[arg(long, env = "CAURI_AUDIT_PUBLISH_DIR", value_name = "FOLDER")]
    pub audit_publish_dir: Option<PathBuf>,

    /// Also send the checkpoints that are signed on schedule there, by POST, as text: where one is not
    /// taken, the next one a period later.
    #[arg(long, env = "CAURI_AUDIT_PUBLISH_URL", value_name = "URL")]
    pub audit_publish_url: Option<Url>,
}

/// What names a log beside its ledger.
#[derive(Debug, Clone, clap::Args)]
pub struct Origin {
    /// Whose logs they are, best a domain name of yours: each log is named by it, a slash and its
    /// ledger. Choose it once: checkpoints of another name are those of another log.
    #[arg(
        id = "audit_origin",
        long = "audit-origin",
        env = "CAURI_AUDIT_ORIGIN",
        value_name = "NAME",
        default_value = "cauri.local"
    )]
    pub name: String,
}

impl AuditOptions {
    /// How often a checkpoint is signed; `None` when only on demand.
    pub(super) fn every(&self) -> Option<Duration> {
        (self.audit_every > 0).then(|| Duration::from_secs(self.audit_every))
    }
}

//! Where checkpoints go beside this server: a folder, an address.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::{Client, Url, header};

use cauri_domain::LedgerId;
use cauri_ledger::sealed;
use cauri_ledger::transparency::signer::Signed;

use super::options::AuditOptions;

/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Puts checkpoints where they are to be.
#[derive(Debug)]
pub(super) struct Publisher {
    folder: Option<PathBuf>,
    address: Option<(Client, Url)>,
}

impl Publisher {
    pub(super) fn try_new(options: &AuditOptions) -> anyhow::Result<Self> {
        let client = |url: &Url| {
            let client = cauri_sagas::gateway::http::client(url)
                .timeout(PATIENCE)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .context("the HTTP client cannot start")?;
            anyhow::Ok((client, url.clone()))
        };
        let address = options.audit_publish_url.as_ref().map(client).transpose()?;
        Ok(Self { folder: options.audit_publish_dir.clone(), address })
    }

    /// Publishes a checkpoint everywhere. What took it before takes it again when another did not.
    pub(super) async fn publish(&self, ledger: &LedgerId, signed: &Signed) -> anyhow::Result<()> {
        let Signed { checkpoint, note } = signed;
        if let Some(folder) = &self.folder {
            let folder = folder.join(ledger.as_str());
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
            // In order of name they are in order of size.
            for name in [format!("{:020}", checkpoint.size), "latest".to_owned()] {
                let path = folder.join(format!("{name}.checkpoint"));
                sealed::replace(&path, &[note.as_bytes()])
                    .with_context(|| format!("{} cannot be written", path.display()))?;
            }
        }
        if let Some((client, url)) = &self.address {
            let request = client
                .post(url.clone())
                .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
                .body(note.clone());
            let answer = request.send().await.context("the address did not answer")?;
            let status = answer.status();
            ensure!(status.is_success(), "the address answered {status}");
        }
        Ok(())
    }
}

//! `cauri audit`: what is handed to an auditor, from a data folder. May run beside the server, or on a
//! copy of its folder.

use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::TryStreamExt as _;
use uuid::Uuid;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::EventStore;
use cauri_ledger::transparency::signer::signed_size;
use cauri_ledger::transparency::{About, Receipt, Signer, TransparencyError, Tree, texts};

use super::trail;
use crate::audit::{AuditKey, Origin, folder};
use crate::store::StorePlace;

/// How long events are waited for that the server beside has signed and that are not seen yet.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is looked for them.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is handed out. All of it goes to standard output; what it is and how it is checked without this
/// software is in docs/audit.md.
#[derive(Debug, clap::Subcommand)]
pub(super) enum AuditCommand {
    /// Print the public key that checkpoints are checked with; made, where there is none.
    Key(Place),
    /// Sign a checkpoint of all events that are marked as durable, and print it. Beside a running server
    /// the last second's may not be marked yet: the server itself signs those too, when asked.
    Checkpoint(Place),
    /// Print the proof that an event is among the first so many.
    Prove {
        #[command(flatten)]
        place: Place,
        /// The event.
        #[arg(long)]
        revision: u64,
        /// Among so many: the size of a checkpoint. All, when not given.
        #[arg(long)]
        size: Option<u64>,
    },
    /// Print the proof that one checkpoint's log is the beginning of another's.
    Consistency {
        #[command(flatten)]
        place: Place,
        /// The size of the older checkpoint.
        #[arg(long)]
        from: u64,
        /// The size of the newer one.
        #[arg(long)]
        to: u64,
    },
    /// Print a receipt: events, their proofs and a checkpoint in one file.
    Receipt {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        of: Of,
    },
    /// Print the audit trail of people, an entry a line, oldest first: who was refused, approved,
    /// administered, read what is sensitive. Meant for programs; what the keys are: docs/audit-trail.md.
    Trail(trail::TrailArgs),
    /// Print the log, an event a line, as it is stored.
    ExportLeaves {
        #[command(flatten)]
        place: Place,
        /// Only the first so many: the size of a checkpoint.
        #[arg(long)]
        size: Option<u64>,
    },
}

/// Which log.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    #[command(flatten)]
    store: StorePlace,

    /// Which ledger; `audit-trail` is the audit trail of people.
    #[arg(long, default_value = "main")]
    ledger: LedgerId,

    #[command(flatten)]
    origin: Origin,
}

/// What a receipt is of.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Of {
    /// The events of a payout, by its withdrawal's id.
    #[arg(long)]
    payout: Option<Uuid>,

    /// The events of a pay-in.
    #[arg(long)]
    payin: Option<Uuid>,

    /// The events of an escrow: paid, released, given back.
    #[arg(long)]
    escrow: Option<Uuid>,

    /// The events of a refund.
    #[arg(long)]
    refund: Option<Uuid>,

    /// The event of a revision.
    #[arg(long)]
    revision: Option<u64>,
}

pub(super) async fn run(command: AuditCommand) -> anyhow::Result<()> {
    match command {
        AuditCommand::Key(place) => print(&format!("{}\n", place.signer()?.public())),
        AuditCommand::Checkpoint(place) => {
            let (store, mut tree) = place.open().await?;
            let signer = place.signer()?;
            let signed = match signer.sign(&mut tree) {
                // That is a grave thing to say: first make sure that it is not the files of the tree.
                Err(TransparencyError::Rewritten { .. }) => {
                    tree.reset()?;
                    tree.catch_up(&*store).await?;
                    signer.sign(&mut tree)
                }
                signed => signed,
            };
            print(&signed?.note)
        }
        AuditCommand::Prove { place, revision, size } => {
            let (_, tree) = place.open().await?;
            let (revision, size) = (Revision(revision), size.unwrap_or(tree.size()));
            print(&texts::inclusion(revision, size, &tree.inclusion(revision, size)?))
        }
        AuditCommand::Consistency { place, from, to } => {
            let (_, tree) = place.open().await?;
            print(&texts::consistency(from, to, &tree.consistency(from, to)?))
        }
        AuditCommand::Receipt { place, of } => print(&receipt(&place, &of).await?.to_json()),
        AuditCommand::Trail(args) => trail::run(args).await,
        AuditCommand::ExportLeaves { place, size } => export(&place, size).await,
    }
}

impl Place {
    fn signer(&self) -> anyhow::Result<Signer> {
        AuditKey::open(&self.store.data_dir, true)?.signer(&self.origin, &self.ledger)
    }

    /// The log, and its tree with all that is durable.
    async fn open(&self) -> anyhow::Result<(Arc<dyn EventStore>, Tree)> {
        let store = self.store.open().await?;
        let folder = folder(&self.store.data_dir, &self.ledger);
        let mut tree = Tree::open(&*store, self.ledger.clone(), &folder).await?;
        tree.catch_up(&*store).await?;
        // Beside a server, the last events are seen only once the log says that they are durable:
        // what it has signed already is no log that was cut.
        let deadline = Instant::now() + PATIENCE;
        while tree.is_kept_elsewhere()
            && tree.size() < signed_size(&folder)?
            && Instant::now() < deadline
        {
            tokio::time::sleep(LOOK_EVERY).await;
            tree.catch_up(&*store).await?;
        }
        tree.settle()?;
        Ok((store, tree))
    }
}

async fn receipt(place: &Place, of: &Of) -> anyhow::Result<Receipt> {
    let (store, mut tree) = place.open().await?;
    let about = of.payout.map(About::Payout).or(of.payin.map(About::Payin));
    let about = about.or(of.escrow.map(About::Escrow)).or(of.refund.map(About::Refund));
    let revisions = match about {
        Some(about) => about.find(&*store, &place.ledger).await?,
        None => of.revision.map(Revision).into_iter().collect(),
    };
    ensure!(!revisions.is_empty(), "the log of {} has no event of it", place.ledger);
    let events = Receipt::events(&*store, &place.ledger, &revisions).await?;
    let size = revisions.iter().max().map_or(0, |last| last.next().0);
    let signed = place.signer()?.covering(&mut tree, size)?;
    Ok(Receipt::new(&tree, &signed, &events)?)
}

async fn export(place: &Place, size: Option<u64>) -> anyhow::Result<()> {
    let (store, _) = place.open().await?;
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let (mut line, mut left) = (Vec::new(), size.unwrap_or(u64::MAX));
    let mut chunks = store.read(&place.ledger, Revision::FIRST);
    while let Some(chunk) = chunks.try_next().await.context("the log cannot be read")? {
        for raw in &chunk {
            if left == 0 {
                break;
            }
            line.clear();
            texts::leaf_line(&mut line, raw);
            out.write_all(&line)?;
            left -= 1;
        }
        if left == 0 {
            break;
        }
    }
    out.flush()?;
    let missing = size.map_or(0, |_| left);
    ensure!(missing == 0, "the log ends {missing} events before that");
    Ok(())
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

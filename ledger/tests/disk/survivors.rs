//! What is there after a disk failed, against what was told before.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cauri_domain::{LedgerId, Revision};
use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::{Answer, Engine};
use cauri_ledger::snapshot;
use cauri_ledger::store::embedded::{EmbeddedStore, verify_segments};
use cauri_ledger::store::{EventStore, RawEvent};
use cauri_ledger::transparency::{Tree, signer::signed_size};
use cauri_ledger::verify::{VerifyOptions, verify};
use futures::TryStreamExt as _;
use uuid::Uuid;

use crate::writer::{Told, engine_options, options, signer, told as chain, transfer};

/// Opens the folder as the next start would, and compares. What was asked and not acknowledged is
/// asked again here, under its id: it is then applied once, whatever became of it before.
///
/// # Errors
/// The first thing that is not as it was told.
pub fn check(folder: &Path, told: &mut Told) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(checked(folder, told))
}

fn ensure(so: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(what()) }
}

async fn checked(folder: &Path, told: &mut Told) -> Result<(), String> {
    let main = LedgerId::main();
    let log = folder.join("log");
    let store = EmbeddedStore::open(&log, options()).map_err(|error| chain(&error))?;
    let shared: Arc<dyn EventStore> = Arc::new(store.clone());
    every_acknowledged_command(&*shared, told).await?;
    let verified = verify(&*shared, &main, VerifyOptions::default(), |_| {}).await;
    let verified = verified.map_err(|error| format!("not verified: {}", chain(&error)))?;
    snapshots_are_of_the_log(&shared, folder).await?;
    let engine = Engine::open(
        Arc::clone(&shared),
        main.clone(),
        Arc::new(SystemClock),
        engine_options(folder),
    );
    let engine = engine.await.map_err(|error| chain(&error))?;
    ensure(engine.head() == verified.head, || {
        format!("the engine begins at {}, the log ends at {}", engine.head(), verified.head)
    })?;
    ask_again(&engine, told).await?;
    the_tree_goes_on(&*shared, folder, told).await?;
    engine.close().await;
    store.close();
    let segments = verify_segments(&log, &main).map_err(|error| chain(&error))?;
    let events = all(&*shared).await?;
    ensure(segments.head.next().0 == events.len() as u64, || {
        format!("the files end at {}, the log has {} events", segments.head, events.len())
    })?;
    every_acknowledged_command(&*shared, told).await?;
    let applied = transfers(&events)?.len();
    ensure(applied == told.asked.len(), || {
        format!("{} were asked and {applied} applied", told.asked.len())
    })
}

async fn all(store: &dyn EventStore) -> Result<Vec<RawEvent>, String> {
    let events = store.read(&LedgerId::main(), Revision::FIRST).try_concat().await;
    events.map_err(|error| chain(&error))
}

/// The transfers in the log, each once; read from the JSON alone.
fn transfers(events: &[RawEvent]) -> Result<BTreeMap<Uuid, u64>, String> {
    let mut found = BTreeMap::new();
    for (revision, raw) in events.iter().enumerate() {
        let event: serde_json::Value =
            serde_json::from_slice(&raw.body).map_err(|error| error.to_string())?;
        if event["t"] == "transfer.completed.v1" {
            let id = event["c"].as_str().and_then(|id| id.parse().ok());
            let id: Uuid = id.ok_or_else(|| format!("revision {revision} is of no command"))?;
            let before = found.insert(id, revision as u64);
            ensure(before.is_none(), || format!("{id} was applied twice, again at {revision}"))?;
        }
    }
    Ok(found)
}

async fn every_acknowledged_command(store: &dyn EventStore, told: &Told) -> Result<(), String> {
    let found = transfers(&all(store).await?)?;
    for (id, revision) in &told.acked {
        ensure(found.get(id) == Some(revision), || {
            format!("{id}, acknowledged at revision {revision}, is at {:?}", found.get(id))
        })?;
    }
    let unasked = found.keys().find(|id| !told.asked.contains(*id));
    ensure(unasked.is_none(), || format!("{unasked:?} was never asked"))
}

/// A snapshot and the log after it come to what the log alone comes to.
async fn snapshots_are_of_the_log(
    store: &Arc<dyn EventStore>,
    folder: &Path,
) -> Result<(), String> {
    let main = LedgerId::main();
    let snapshots = folder.join("snapshots");
    let with = snapshot::start(store, &main, Some(&snapshots)).await;
    let without = snapshot::start(store, &main, None).await;
    let (with, without) = (with.map_err(|it| chain(&it))?, without.map_err(|it| chain(&it))?);
    ensure(with.fold == without.fold, || "the snapshot is not of the log".to_owned())
}

async fn ask_again(engine: &Engine, told: &mut Told) -> Result<(), String> {
    let some = (told.acked.len() / 40).max(1);
    for (id, revision) in told.acked.iter().step_by(some) {
        let again = engine.ask(transfer(*id)).await.map_err(|error| chain(&error))?;
        let same =
            matches!(again, Answer::Done { last, replayed: true, .. } if last.0 == *revision);
        ensure(same, || format!("{id}, acknowledged at {revision}, is answered {again:?}"))?;
    }
    let open: Vec<_> = told.asked.iter().filter(|id| !told.acked.contains_key(id)).collect();
    let answers = open.iter().map(|id| engine.ask(transfer(**id)));
    let answers = futures::future::join_all(answers).await;
    let mut now = Vec::new();
    for (id, answer) in open.into_iter().zip(answers) {
        let answer = answer.map_err(|error| chain(&error))?;
        now.push((*id, answer.revision().ok_or("a transfer has a revision")?.0));
    }
    told.acked.extend(now);
    Ok(())
}

/// Every root that was signed is that of the log, the last one is on disk, and it can be extended.
async fn the_tree_goes_on(
    store: &dyn EventStore,
    folder: &Path,
    told: &Told,
) -> Result<(), String> {
    let folder = folder.join("transparency/main");
    let mut tree = Tree::open(store, LedgerId::main(), &folder).await.map_err(|it| chain(&it))?;
    tree.catch_up(store).await.map_err(|error| chain(&error))?;
    for (size, root) in &told.signed {
        let now = tree.root(*size).map_err(|error| format!("size {size}: {}", chain(&error)))?;
        ensure(now.to_string() == *root, || format!("another root was signed for {size}"))?;
    }
    let kept = signed_size(&folder).map_err(|error| chain(&error))?;
    let last = told.signed.keys().last().copied().unwrap_or_default();
    ensure(kept >= last, || format!("{last} events were signed, the file says {kept}"))?;
    signer().sign(&mut tree).map(drop).map_err(|error| chain(&error))
}

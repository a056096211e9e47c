//! Wake-ups of followers: at once in this process, by NOTIFY in others.
//!
//! NOTIFY is not part of the appending transaction: those that notify commit one after the other,
//! through the whole of their sync. A wake-up that gets lost costs a poll's wait.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::primary::Primary;

/// What is listened on.
const CHANNEL: &str = "cauri_log";

/// Others are told at most so often.
const PAUSE: Duration = Duration::from_millis(10);

/// A listener that hears nothing for so long may be on a connection that is dead.
const SILENCE: Duration = Duration::from_secs(60);

/// Wakes followers.
#[derive(Debug)]
pub(super) struct Wakes {
    /// Counts up with every batch, of whomever.
    seen: Arc<watch::Sender<u64>>,
    /// Counts up with the batches of this process.
    ours: watch::Sender<u64>,
    tasks: Vec<JoinHandle<()>>,
}

impl Wakes {
    pub(super) fn start(primary: &Arc<Primary>, writes: bool) -> Self {
        let seen = Arc::new(watch::Sender::new(0));
        let ours = watch::Sender::new(0);
        let us = uuid::Uuid::new_v4().to_string();
        let mut tasks =
            vec![tokio::spawn(listen(Arc::clone(primary), us.clone(), Arc::clone(&seen)))];
        if writes {
            tasks.push(tokio::spawn(tell(Arc::clone(primary), us, ours.subscribe())));
        }
        Self { seen, ours, tasks }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.seen.subscribe()
    }

    /// This process has appended.
    pub(super) fn appended(&self) {
        self.seen.send_modify(|count| *count += 1);
        self.ours.send_modify(|count| *count += 1);
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn listen(primary: Arc<Primary>, us: String, seen: Arc<watch::Sender<u64>>) {
    loop {
        let heard = async {
            let mut listener = PgListener::connect_with(&primary.reads).await?;
            listener.listen(CHANNEL).await?;
            // What came while nobody listened.
            seen.send_modify(|count| *count += 1);
            while let Ok(heard) = tokio::time::timeout(SILENCE, listener.recv()).await {
                if heard?.payload() != us {
                    seen.send_modify(|count| *count += 1);
                }
            }
            Ok::<_, sqlx::Error>(())
        };
        if let Err(error) = heard.await {
            // Followers poll meanwhile.
            tracing::debug!(%error, "not listening for new events");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

async fn tell(primary: Arc<Primary>, us: String, mut ours: watch::Receiver<u64>) {
    while ours.changed().await.is_ok() {
        let told =
            sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(&us).execute(&primary.reads);
        if let Err(error) = told.await {
            tracing::debug!(%error, "others were not told of new events; they poll");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

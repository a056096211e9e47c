//! One thread per writing store for what no append should wait for: preparing the next segments,
//! and saying in a file that has gone quiet how far it is durable.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::log::Log;
use crate::store::StoreFault;

/// What it is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Prepare the next segment.
    Prepare(Arc<Log>),
    /// Write a mark when nothing has been appended for a while.
    MarkWhenIdle(Arc<Log>),
    /// End.
    Stop,
}

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Housekeeper {
    jobs: Sender<Job>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Housekeeper {
    pub(super) fn start(idle: Duration) -> Result<Self, StoreFault> {
        let (jobs, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name("cauri-log".to_owned())
            .spawn(move || run(&inbox, idle))
            .map_err(|error| StoreFault::caused("no thread can be started", error))?;
        Ok(Self { jobs, thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn jobs(&self) -> Sender<Job> {
        self.jobs.clone()
    }

    /// Ends the thread after what it is doing.
    pub(super) fn stop(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // It can only be gone if it panicked, which `join` then tells.
            let _ = self.jobs.send(Job::Stop);
            if thread.join().is_err() {
                tracing::error!("the thread that prepares segments panicked");
            }
        }
    }
}

fn run(inbox: &Receiver<Job>, idle: Duration) {
    let mut busy: Vec<Arc<Log>> = Vec::new();
    loop {
        let job = if busy.is_empty() {
            inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            inbox.recv_timeout(idle / 4)
        };
        match job {
            Ok(Job::Prepare(log)) => log.prepare_spare(),
            Ok(Job::MarkWhenIdle(log)) => busy.push(log),
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
        busy.retain(|log| !log.mark_if_idle(idle));
    }
}

//! Work that nobody waits for, on a thread of its own that comes after all others.
//!
//! On the server's own threads it would hold up whoever asks: folding a hundred thousand events takes
//! a good part of a second.
//!
//! The lowest priority alone is not enough. Where the system shares the processors out among sessions
//! before it looks at priorities, as Linux does on its own accord, each backend of Postgres is a session,
//! and such a thread counts as much as the backend that its server waits for. So it [rests](breathe) too.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::crowd;

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
    static RESTED: Cell<Option<Instant>> = const { Cell::new(None) };
}

static TURN: Mutex<()> = Mutex::new(());

/// The least that a thread can claim of the processors.
const LOWEST: i32 = 19;

/// How long such a thread works at a stretch.
const STRETCH: Duration = Duration::from_millis(2);

/// How many times as long it rests: what it does takes five times the time, and a fifth of a processor.
const REST: u32 = 4;

/// Whether this is such a thread: what it needs it does itself, instead of on the server's threads.
pub(crate) fn is_here() -> bool {
    HERE.get()
}

/// Runs `work` on a thread of the lowest priority, where the system lets it be lowered.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned());
    let spawned = thread.spawn(move || {
        // On Linux a priority is a thread's own. Without it the work is done all the same.
        let _ = rustix::process::setpriority_process(None, LOWEST);
        HERE.set(true);
        work();
    });
    if let Err(error) = spawned {
        tracing::warn!(name, %error, "a thread could not be started; what it would have done is not done");
    }
}

/// Waits for this thread's turn: of what takes long, one is done after the other.
pub fn turn() -> MutexGuard<'static, ()> {
    // Who panicked in its turn left nothing behind that others would find.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rests, if this is such a thread and it has worked for a stretch. To be called often by what takes
/// long; anywhere else it does nothing.
pub fn breathe() {
    if !is_here() {
        return;
    }
    let worked = RESTED.get().map(|rested| rested.elapsed());
    if worked.is_some_and(|worked| worked < STRETCH) {
        return;
    }
    // What kept it from breathing for long, such as its turn, was no work.
    thread::sleep(worked.unwrap_or_default().min(STRETCH * 8) * REST);
    crowd::give_way_here();
    RESTED.set(Some(Instant::now()));
}

//! Work that nobody waits for, on a thread of its own that comes after all others.
//!
//! On the server's own threads it would hold up whoever asks: folding a hundred thousand events takes
//! a good part of a second.

use std::cell::Cell;
use std::thread;

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

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

/// The least that a thread can claim of the processors.
const LOWEST: i32 = 19;

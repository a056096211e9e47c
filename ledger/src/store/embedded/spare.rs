//! The segment that is made ready before it is needed.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::disk::Disk;

/// The name under which a segment is prepared.
pub(super) const SPARE_NAME: &str = "spare.zeros";

/// At most one prepared segment.
#[derive(Debug, Default)]
pub(super) struct Spare {
    state: Mutex<State>,
    /// Whether an append waits for it: then it is made without a rest.
    awaited: AtomicBool,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    None,
    Asked,
    Preparing,
    Ready(File),
    /// Not tried again until the append that needs it: a full disk is not filled again and again.
    Failed,
}

impl Spare {
    /// Asks for one; false when that was done already.
    pub(super) fn ask(&self) -> bool {
        let mut state = self.lock();
        let is_new = matches!(*state, State::None);
        if is_new {
            *state = State::Asked;
        }
        is_new
    }

    /// Makes the one that was asked for. That it cannot be made hurts nobody yet: the append that
    /// needs it tries again and has the error.
    pub(super) fn prepare(&self, folder: &Path, len: u64, disk: &Disk) {
        {
            let mut state = self.lock();
            if !matches!(*state, State::Asked) {
                return;
            }
            *state = State::Preparing;
        }
        // Twice as much rest as work: appends meanwhile have the disk most of the time.
        let rest = |took: Duration| {
            let until = Instant::now() + took * 2;
            while !self.awaited.load(Ordering::Relaxed) && Instant::now() < until {
                thread::sleep(Duration::from_millis(1));
            }
        };
        let made = disk.prepare(&folder.join(SPARE_NAME), len, Some(&rest));
        *self.lock() = match made {
            Ok(file) => State::Ready(file),
            Err(error) => {
                tracing::warn!(folder = %folder.display(), %error, "no room for the next segment");
                State::Failed
            }
        };
        self.changed.notify_all();
    }

    /// Somebody waits for it, or for the end of making it: without a rest from now on.
    pub(super) fn hurry(&self) {
        self.awaited.store(true, Ordering::Relaxed);
    }

    /// The one that is ready, or that is being made right now.
    pub(super) fn take(&self) -> Option<File> {
        let mut state = self.lock();
        self.hurry();
        while matches!(*state, State::Preparing) {
            state = self.changed.wait(state).expect("nothing panics while holding the spare");
        }
        self.awaited.store(false, Ordering::Relaxed);
        match std::mem::take(&mut *state) {
            State::Ready(file) => Some(file),
            State::None | State::Asked | State::Preparing | State::Failed => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while holding the spare")
    }
}

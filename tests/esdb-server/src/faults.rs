//! What can be made to go wrong.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How one call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every connection breaks; nothing is written, or read.
    CutBefore,
    /// It is done, and every connection breaks before the answer, or in the middle of it.
    CutAfter,
    /// The server gives up waiting, and has not written.
    AbortedBefore,
    /// The server gives up waiting, and has written.
    AbortedAfter,
    /// It is done after a while, whether the caller still waits or not.
    Late(Duration),
    /// The server is too busy.
    Unavailable,
    /// It is done, and answered with a message that says nothing: some clients panic.
    Nonsense,
}

/// What goes wrong next. Clones of a server's handle share it.
#[derive(Debug, Default)]
pub struct Faults {
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    appends: Course,
    reads: Course,
    subscriptions_that_end: usize,
}

#[derive(Debug, Default)]
struct Course {
    next: VecDeque<Fault>,
    again: Option<(usize, Vec<Fault>)>,
    calls: usize,
}

impl Course {
    fn step(&mut self) -> Option<Fault> {
        if let Some(fault) = self.next.pop_front() {
            return Some(fault);
        }
        let (every, faults) = self.again.as_ref()?;
        self.calls += 1;
        let is_due = self.calls.is_multiple_of(*every);
        is_due.then(|| faults[self.calls / every % faults.len()])
    }
}

impl Faults {
    /// The next append that has no fault yet goes wrong like this.
    pub fn next_append(&self, fault: Fault) {
        self.plan().appends.next.push_back(fault);
    }

    /// The next read that has no fault yet goes wrong like this.
    pub fn next_read(&self, fault: Fault) {
        self.plan().reads.next.push_back(fault);
    }

    /// From now on every so many appends one goes wrong, in turn like these.
    pub fn every_append(&self, every: usize, faults: &[Fault]) {
        self.plan().appends.again = Some((every, faults.to_vec()));
    }

    /// From now on every so many reads one goes wrong, in turn like these.
    pub fn every_read(&self, every: usize, faults: &[Fault]) {
        self.plan().reads.again = Some((every, faults.to_vec()));
    }

    /// The next subscription is ended in good order once it has caught up.
    pub fn end_next_subscription(&self) {
        self.plan().subscriptions_that_end += 1;
    }

    /// Whether all faults that were asked for one by one have happened.
    #[must_use]
    pub fn have_happened(&self) -> bool {
        let plan = self.plan();
        plan.appends.next.is_empty() && plan.reads.next.is_empty()
    }

    pub(crate) fn of_append(&self) -> Option<Fault> {
        self.plan().appends.step()
    }

    pub(crate) fn of_read(&self) -> Option<Fault> {
        self.plan().reads.step()
    }

    pub(crate) fn subscription_ends(&self) -> bool {
        let mut plan = self.plan();
        let ends = plan.subscriptions_that_end > 0;
        plan.subscriptions_that_end = plan.subscriptions_that_end.saturating_sub(1);
        ends
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Words about processes.

use crate::graphql::words::words;

words!(
    /// Where an instance of a process stands.
    ProcessState {
        /// It goes on by itself.
        Waiting "waiting",
        /// It waits for a person, or for a change.
        Stuck "stuck",
        /// A person left a step out: its end is told by hand.
        Skipped "skipped",
        /// Two persons gave it up: its money went where they said.
        GivenUp "given_up",
        /// It has ended.
        Ended "ended",
    }
);

//! Tokens: who used one for the first time that day, and which were not taken.

use std::time::Instant;

use cauri_ledger::trail::{Kind, What, Word};

use super::{Recorder, entry_of};
use crate::auth::{AuthError, Caller, TokenWatch};

impl TokenWatch for Recorder {
    /// Those of people on the staff, and of programs, each; those of buyers and sellers as a number.
    fn taken(&self, caller: &Caller) {
        if caller.role.is_party() {
            let party = (caller.ledger.clone(), caller.role);
            // Counted always: its allowance is none.
            let _ = self.counted().parties.take(party, Instant::now());
        } else {
            let what = What::new(Word::known("token"));
            self.trail.note(entry_of(caller, Kind::TokenUsed, what));
        }
    }

    fn denied(&self, error: &AuthError) {
        self.denied(Word::known("token"), Word::known(error.code()));
    }
}

//! Checkpoints: how many events a log has and what their root is, as
//! <https://c2sp.org/tlog-checkpoint> has them.
//!
//! ```text
//! cauri.example/main                              origin: which log
//! 20852163                                        how many leaves
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=    root, base64
//! ```
//! No further lines: the specification advises against them. When a checkpoint was signed is not in
//! it; that it was not before its last event was recorded, is shown by that event.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::note::{NoteError, parts};
use crate::chain::Hash;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves: the revisions from 0 to one below it.
    pub size: u64,
    /// The root of the tree of those leaves.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    /// From a text that was signed. Further lines are let be.
    ///
    /// # Errors
    /// When it is no checkpoint.
    pub fn from_text(text: &str) -> Result<Self, NoteError> {
        let wrong = NoteError::Checkpoint;
        let mut lines = text.lines();
        let origin = lines.next().filter(|it| !it.is_empty()).ok_or(wrong("it has no origin"))?;
        let number = lines.next().unwrap_or_default();
        let size = number.parse::<u64>().ok().filter(|size| size.to_string() == number);
        let size = size.ok_or(wrong("its second line is no size"))?;
        let root = STANDARD.decode(lines.next().unwrap_or_default());
        let root = root.ok().and_then(|root| root.try_into().ok());
        let root = Hash(root.ok_or(wrong("its third line is no root"))?);
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// From a signed note, whoever signed it: only for one's own files.
    ///
    /// # Errors
    /// When it is no note of a checkpoint.
    pub fn of_note(note: &str) -> Result<Self, NoteError> {
        Self::from_text(parts(note)?.0)
    }
}

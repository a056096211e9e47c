//! Who signs checkpoints, and what is never signed: a log that is no extension of what was signed.
//!
//! A holder of the key who signs two histories has lied for good, since both texts can be shown. So
//! that this never happens by accident (an old backup brought back, a folder swapped), the last
//! checkpoint is kept beside the tree and every next one must extend it. It lasts as long as that file:
//! against one who may delete it only checkpoints held elsewhere help.

use std::fs::File;
use std::path::Path;

use super::checkpoint::Checkpoint;
use super::error::TransparencyError;
use super::note::{NoteError, NoteKey, NoteSigner};
use super::tree::Tree;
use crate::sealed;

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The signed text, to be given away as it is.
    pub note: String,
}

/// Signs checkpoints of one log. Its name is the log's origin.
#[derive(Debug)]
pub struct Signer {
    note: NoteSigner,
}

impl Signer {
    /// A signer for the log `origin`, with the 32 secret bytes of an Ed25519 key.
    ///
    /// # Errors
    /// When the origin is no name of a key.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        Ok(Self { note: NoteSigner::new(origin, seed)? })
    }

    /// What others check its checkpoints with.
    #[must_use]
    pub fn public(&self) -> NoteKey {
        self.note.public()
    }

    /// Signs all that the tree has. Ask it only of a tree that has caught up with its log: one that
    /// is shorter than the last checkpoint is taken for a log that was cut.
    ///
    /// # Errors
    /// [`TransparencyError::Rewritten`] when it does not extend what was signed before, and when a
    /// file cannot be read or written.
    pub fn sign(&self, tree: &mut Tree) -> Result<Signed, TransparencyError> {
        let folder = tree.folder().to_owned();
        // Another process may sign too: one after the other.
        let _one_at_a_time = exclusive(&folder.join("signing"))?;
        tree.settle()?;
        let size = tree.size();
        let path = folder.join("checkpoint");
        if let Some((note, last)) = last(&path)? {
            extends(tree, &last)?;
            if last.size == size && self.public().open(&note).is_ok() {
                return Ok(Signed { checkpoint: last, note });
            }
        }
        let origin = self.public().name().to_owned();
        let checkpoint = Checkpoint { origin, size, root: tree.root(size)? };
        let note = self.note.sign(&checkpoint.text());
        sealed::replace(&path, &[note.as_bytes()]).map_err(TransparencyError::file(&path))?;
        Ok(Signed { checkpoint, note })
    }

    /// The last checkpoint signed, if it covers the first `size` events; else one that is signed now.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn covering(&self, tree: &mut Tree, size: u64) -> Result<Signed, TransparencyError> {
        if let Some((note, checkpoint)) = last(&tree.folder().join("checkpoint"))?
            && checkpoint.size >= size
            && self.public().open(&note).is_ok()
        {
            extends(tree, &checkpoint)?;
            return Ok(Signed { checkpoint, note });
        }
        self.sign(tree)
    }
}

/// Refuses a tree that is no extension of a checkpoint.
fn extends(tree: &Tree, last: &Checkpoint) -> Result<(), TransparencyError> {
    let rewritten = |what| Err(TransparencyError::Rewritten { signed: last.size, what });
    if tree.size() < last.size {
        return rewritten(format!("it has only {} events", tree.size()));
    }
    if tree.root(last.size)? != last.root {
        return rewritten(format!("one of its first {} events is another", last.size));
    }
    Ok(())
}

/// How many events the last checkpoint covers that was signed for the tree in `folder`; 0 before it.
///
/// # Errors
/// When its file cannot be read or is none.
pub fn signed_size(folder: &Path) -> Result<u64, TransparencyError> {
    Ok(last(&folder.join("checkpoint"))?.map_or(0, |(_, checkpoint)| checkpoint.size))
}

fn last(path: &Path) -> Result<Option<(String, Checkpoint)>, TransparencyError> {
    let note = match std::fs::read_to_string(path) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(TransparencyError::File { path: path.to_owned(), cause }),
    };
    let checkpoint = Checkpoint::of_note(&note)?;
    Ok(Some((note, checkpoint)))
}

fn exclusive(path: &Path) -> Result<File, TransparencyError> {
    let file = File::create(path).map_err(TransparencyError::file(path))?;
    file.lock().map_err(TransparencyError::file(path))?;
    Ok(file)
}

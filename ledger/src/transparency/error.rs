//! What can go wrong around a transparency log.

use std::io;
use std::path::PathBuf;

use crate::log::LogError;

/// Why the tree, a proof or a checkpoint is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum TransparencyError {
    /// A file of the tree could not be read or written.
    #[error("{path} could not be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The log could not be read, or does not hold together.
    #[error("the log could not be read")]
    Log(#[from] LogError),
    /// The files of the tree do not fit together. They are made again from the log.
    #[error("the files of the tree are damaged at {what}; they are made again from the log")]
    Damaged {
        /// Where.
        what: String,
    },
    /// A proof was asked about events that the tree does not have yet, or of an empty tree.
    #[error("there is no such proof: {what}")]
    NoProof {
        /// What was asked, and how far the tree goes.
        what: String,
    },
    /// The log is not the one that was signed before: nothing more is signed.
    #[error(
        "the log is not an extension of the checkpoint signed at size {signed}: {what}; \
         nothing more is signed"
    )]
    Rewritten {
        /// The size of the last checkpoint signed.
        signed: u64,
        /// In what it differs.
        what: String,
    },
    /// The tree follows its log no more: the server's log says why.
    #[error("the tree follows its log no more")]
    Stopped,
    /// A text is no checkpoint, or not a properly signed one.
    #[error("the checkpoint is not valid")]
    Checkpoint(#[from] super::note::NoteError),
}

impl TransparencyError {
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }
}

impl From<crate::store::ReadError> for TransparencyError {
    fn from(error: crate::store::ReadError) -> Self {
        Self::Log(error.into())
    }
}

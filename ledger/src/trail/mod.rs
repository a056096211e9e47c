//! The audit trail: who was refused, approved, administered, read what is sensitive, used a token.
//!
//! It is a stream of its own in the same event store as the ledgers, under a name that no ledger can
//! have ([`LedgerId::trail`](cauri_domain::LedgerId::trail)), with the same line and the same hash
//! chain: whatever checks, copies or signs a ledger's log does the same to it. One for a deployment:
//! a token that is not taken belongs to no ledger.
//!
//! It refers and does not repeat: what a command did is in its ledger, and the entry names the
//! revision there. It is kept for ever, so nothing personal can get in: subjects and objects are
//! opaque ids, all else are words of this software. There is no address of a caller, which is
//! personal data, and no token, but a digest of it.
//!
//! | to find | look in |
//! | --- | --- |
//! | what is kept | [`entry`] |
//! | its bytes | [`codec`] |
//! | writing: in groups, waited for or not | [`Trail`] |
//! | reading backwards, with a filter | [`reader`] |
//! | checking it whole | [`crate::verify`] |

pub mod codec;
pub mod entry;
pub mod reader;
mod tail;
mod writer;

pub use entry::{Entry, Kind, NotAWord, What, Who, Word};
pub use reader::{Filter, Kept, Page};
pub use writer::{Trail, TrailError};

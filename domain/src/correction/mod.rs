//! Corrections: entries made by hand, balances brought from elsewhere, entries taken back.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `Adjust` | `adjustment.posted.v1` | as given |
//! | `ImportOpening` | `opening.imported.v1` | as given, the difference to equity:opening |
//! | `Reverse` | `entry.reversed.v1` | the other way round |
//!
//! Nothing that is recorded is ever changed: a correction is a new entry that says what it corrects
//! and why. Adjusting always needs four eyes; reversing does above the threshold.
//!
//! Accounts in transit (an escrow's, a withdrawal's, …) belong to their lifecycle, whose own
//! commands move them: an entry by hand would leave it with money that its rules know nothing of.
//! An opening balance with a reference (a line of another ledger's books, as `cauri import opening`
//! brings them) is brought once for each account and currency, and not into a month that is closed:
//! what comes after is an adjustment. One that was reversed may be brought again, under another id.
//!
//! Balances are brought only in currencies that the ledger takes, since nothing could be bought or
//! paid out with others. Adjusting and reversing, as settling, go in every currency: what providers
//! paid in one that nobody asked for, or that the ledger takes no more, has its way out by hand.
//!
//! Only entries that no lifecycle stands on are reversed: transfers,
//! adjustments, opening balances. Every other kind of entry has its own way back: a release is
//! clawed back, a sale refunded, a withdrawal cancelled.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{CorrectionId, Revision};
use crate::journal::{JournalEntry, Posting};
use crate::period::Dated;
use crate::text::{Code, Reference};

mod rules;
pub use rules::may_import;
pub(crate) use rules::*;

/// The most postings of one correction.
pub const POSTINGS_MOST: usize = 1_000;

/// Posts an entry by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjust {
    /// Its id, chosen by the caller.
    pub correction: CorrectionId,
    /// The postings; they balance in every currency.
    pub postings: Vec<Posting>,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
    /// The day it is about; the day it is recorded when not given.
    #[serde(default)]
    pub effective: Option<NaiveDate>,
}

/// Brings balances from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOpening {
    /// Its id, chosen by the caller.
    pub correction: CorrectionId,
    /// The postings; what they lack to balance goes to equity:opening.
    pub postings: Vec<Posting>,
    /// The day it is about; the day it is recorded when not given.
    #[serde(default)]
    pub effective: Option<NaiveDate>,
    /// What it is called where it comes from; with one, each account's balance is brought once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
}

/// Takes an entry back by a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverse {
    /// Its id, chosen by the caller.
    pub correction: CorrectionId,
    /// The revision of the entry.
    pub of: Revision,
    /// The type of that event, as the log has it.
    pub kind: String,
    /// The entry of that event, as the log has it.
    pub entry: JournalEntry,
    /// Why, as a word of the marketplace's own vocabulary.
    pub reason: Code,
    /// Whether a wallet that has spent the money owes it then; else the reversal is refused.
    pub into_debt: bool,
    /// The day it is about; the day it is recorded when not given.
    #[serde(default)]
    pub effective: Option<NaiveDate>,
}

/// An entry was posted by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjusted {
    /// Its id.
    pub correction: CorrectionId,
    /// Why.
    pub reason: Code,
    /// What was posted.
    pub entry: JournalEntry,
    /// The days of the entry, where they are not those of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Dated>,
}

/// Balances were brought from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningImported {
    /// Its id.
    pub correction: CorrectionId,
    /// What it is called where it comes from, if its accounts' balances are brought once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// What was posted.
    pub entry: JournalEntry,
    /// The days of the entry, where they are not those of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Dated>,
}

/// An entry was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    /// Its id.
    pub correction: CorrectionId,
    /// The revision of the entry.
    pub of: Revision,
    /// The opening balance that it takes back, which may then be brought again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<CorrectionId>,
    /// Why.
    pub reason: Code,
    /// The other way round.
    pub entry: JournalEntry,
    /// The days of the entry, where they are not those of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<Dated>,
}

/// A correction as the rules see it: enough to know it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What was corrected, if an entry was.
    pub of: Option<Revision>,
    /// Why, where a reason was given.
    pub reason: Option<Code>,
    /// What was posted.
    pub entry: JournalEntry,
    /// The day it is about, where one was given.
    pub effective: Option<NaiveDate>,
    /// What it is called where it comes from, if it is an opening balance that is brought once.
    pub reference: Option<Reference>,
    /// By which correction it was taken back, if it is such an opening balance and was.
    pub taken_back: Option<CorrectionId>,
}

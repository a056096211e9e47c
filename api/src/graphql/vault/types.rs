//! What is said of things in the vault.

use async_graphql::{SimpleObject, Union};
use chrono::{DateTime, Utc};

use super::words::VaultKind;
use crate::graphql::refused::Refused;
use crate::graphql::scalars::RevisionNumber;

/// Something that the vault keeps, or kept. The thing itself is never told.
#[derive(Debug, SimpleObject)]
pub struct VaultItem {
    /// What stands for it: where a withdrawal or a payment method takes a destination.
    pub reference: String,
    /// What it is.
    pub kind: VaultKind,
    /// At most the last four characters, for people to know it by: `*2233`. Null where it is erased,
    /// and of what is no destination.
    pub masked: Option<String>,
    /// Whether it is erased, for ever.
    pub is_erased: bool,
    /// When it was erased.
    pub erased_at: Option<DateTime<Utc>>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// A destination is kept.
#[derive(Debug, SimpleObject)]
pub struct DestinationStored {
    /// What stands for it from now on.
    pub reference: String,
    /// Whether it was kept before, so that nothing new happened.
    pub replayed: bool,
}

/// How keeping a destination ended.
#[derive(Debug, Union)]
pub enum StoreDestinationResult {
    /// It is kept.
    Done(DestinationStored),
    /// Why not.
    Refused(Refused),
}

/// The token of a payment's notifications is kept.
#[derive(Debug, SimpleObject)]
pub struct NotifyTokenKept {
    /// Whether it was kept before, so that nothing new happened.
    pub replayed: bool,
}

/// How keeping the token of a payment's notifications ended.
#[derive(Debug, Union)]
pub enum KeepNotifyTokenResult {
    /// It is kept.
    Done(NotifyTokenKept),
    /// Why not.
    Refused(Refused),
}

/// That everything kept of a subject is to be erased, is on record.
#[derive(Debug, SimpleObject)]
pub struct SubjectErased {
    /// The revision that records it.
    pub revision: RevisionNumber,
    /// Whether it was on record before, so that nothing new happened.
    pub replayed: bool,
    /// Whether it is done. If not, the vault did not answer in time: it is done as soon as it does.
    pub is_done: bool,
}

/// How having a subject erased ended.
#[derive(Debug, Union)]
pub enum EraseSubjectResult {
    /// It is on record.
    Done(SubjectErased),
    /// Why not.
    Refused(Refused),
}

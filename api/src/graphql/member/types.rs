//! Members.

use async_graphql::{Description, Object, Result};
use chrono::{DateTime, Utc};

use cauri_projections::query::MemberRow;

use super::words::{MemberMay, MemberStatus};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// Somebody who acts for a wallet beside its owner.
#[derive(Description)]
pub struct WalletMember(pub(in crate::graphql) MemberRow);

#[Object(use_type_description)]
impl WalletMember {
    /// Who, as the marketplace names them.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What they may.
    async fn may(&self) -> Result<MemberMay> {
        MemberMay::of(&self.0.may)
    }

    /// The most that they may spend in a day, in major units; null where it is not limited.
    async fn daily(&self) -> Option<DecimalText> {
        let currency = self.0.currency.as_deref()?;
        self.0.daily.map(|amount| DecimalText::of(amount, currency))
    }

    /// The currency that they spend in; null where it is not limited.
    async fn currency(&self) -> Option<CurrencyText> {
        self.0.currency.clone().map(CurrencyText)
    }

    /// Where they stand.
    async fn status(&self) -> Result<MemberStatus> {
        MemberStatus::of(&self.0.status)
    }

    /// Who granted or revoked it last.
    async fn by(&self) -> &str {
        &self.0.by_subject
    }

    /// When they first were one.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// The last revision that changed it.
    async fn revision(&self) -> RevisionNumber {
        self.0.revision.into()
    }
}

//! Inputs of commands about flags and risk holds.

use uuid::Uuid;

use cauri_domain::aml::{Clear, PlaceHold, Raise, ReleaseHold, Severity};
use cauri_domain::{FlagId, Revision, RiskHoldId, WalletId};

use super::words::FlagSeverity;
use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

inputs! {
    /// Puts a suspicion on record, about a wallet, an event, or both.
    FlagTransactionInput {
        /// Its id, chosen by the caller.
        flag: Uuid,
        /// About which wallet, which is then under review.
        wallet: Option<Uuid>,
        /// About which event, by its revision.
        revision: Option<RevisionNumber>,
        /// What is suspected, as a word of `a-z 0-9 . _ -`.
        reason: String,
        /// How grave it is.
        severity: FlagSeverity,
    } => |it| Ok(Raise {
        flag: FlagId(it.flag),
        wallet: it.wallet.map(WalletId),
        revision: it.revision.map(|RevisionNumber(revision)| Revision(revision)),
        reason: text("reason", &it.reason)?,
        severity: match it.severity {
            FlagSeverity::Low => Severity::Low,
            FlagSeverity::Medium => Severity::Medium,
            FlagSeverity::High => Severity::High,
        },
    }.into());

    /// Ends it.
    ClearFlagInput {
        /// Which.
        flag: Uuid,
        /// What came of it, as a word of `a-z 0-9 . _ -`.
        outcome: String,
    } => |it| Ok(Clear { flag: FlagId(it.flag), outcome: text("outcome", &it.outcome)? }.into());

    /// Keeps money of a wallet back.
    PlaceRiskHoldInput {
        /// Its id, chosen by the caller.
        risk_hold: Uuid,
        /// Of which wallet.
        wallet: Uuid,
        /// How much, in major units: no more than it has.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(PlaceHold {
        hold: RiskHoldId(it.risk_hold),
        wallet: WalletId(it.wallet),
        amount: money(&it.amount, &it.currency)?,
        reason: text("reason", &it.reason)?,
    }.into());

    /// Gives it back.
    ReleaseRiskHoldInput {
        /// Which.
        risk_hold: Uuid,
    } => |it| Ok(ReleaseHold { hold: RiskHoldId(it.risk_hold) }.into());
}

//! Inputs of commands about chargebacks.

use uuid::Uuid;

use cauri_domain::receipt::Evidence;
use cauri_domain::{ChargebackId, Refusal, chargeback};

use crate::graphql::command::inputs;

inputs! {
    /// Hands evidence in: it is under review from then on.
    SubmitEvidenceInput {
        /// Which chargeback.
        chargeback: Uuid,
        /// The SHA-256 of what was handed in, as 64 lower-case hex digits.
        evidence: String,
    } => |it| {
        let allowed = "a SHA-256 as 64 lower-case hex digits";
        let bad = |_| Refusal::InvalidSetting { field: "evidence", allowed };
        let evidence = Evidence::try_from(it.evidence.clone()).map_err(bad)?;
        Ok(chargeback::SubmitEvidence { chargeback: ChargebackId(it.chargeback), evidence }.into())
    };
}

//! One try at a payout, and when to try again.
//!
//! A payment is sent under one key for ever, its withdrawal's id. Whatever is not known is asked;
//! it is sent again only when the provider says that it never had it, and under the same key.

use std::sync::Arc;
use std::time::Duration;

use cauri_domain::WithdrawalId;

use crate::gateway::{PayoutGateway, PayoutInstruction, PayoutStatus, Submitted};

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tried {
    /// The provider has it; the outcome is open.
    Open { object: String },
    /// Not known: the provider could not be asked, or did not say.
    Unknown { why: String },
    /// Paid.
    Paid { object: String },
    /// Never to be paid.
    Failed { object: Option<String>, code: String },
}

/// How a try begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Nothing was sent before.
    Send,
    /// It may have been sent before.
    Ask,
}

pub(crate) async fn attempt(
    gateway: Arc<dyn PayoutGateway>,
    instruction: PayoutInstruction,
    begin: Begin,
) -> Tried {
    if begin == Begin::Ask {
        match gateway.status(instruction.withdrawal).await {
            PayoutStatus::Pending => return Tried::Open { object: String::new() },
            PayoutStatus::Paid { object } => return Tried::Paid { object },
            PayoutStatus::Failed { object, code } => {
                return Tried::Failed { object: Some(object), code };
            }
            PayoutStatus::Unknown { why } => return Tried::Unknown { why },
            PayoutStatus::NotFound => {}
        }
    }
    match gateway.submit(&instruction).await {
        Submitted::Accepted { object } => Tried::Open { object },
        Submitted::Refused { code } => Tried::Failed { object: None, code },
        Submitted::Unknown { why } => Tried::Unknown { why },
    }
}

/// How long to wait before the next try, with up to a fifth more, by the withdrawal's own id:
/// payouts that failed together do not come back together.
pub(crate) fn wait(attempts: u32, withdrawal: WithdrawalId) -> Duration {
    const STEPS_S: [u64; 6] = [1, 2, 5, 15, 60, 300];
    let step = usize::try_from(attempts).unwrap_or(usize::MAX).min(STEPS_S.len() - 1);
    let base_ms = STEPS_S[step] * 1_000;
    let spread = withdrawal.0.as_u128() % u128::from(base_ms / 5);
    Duration::from_millis(base_ms + u64::try_from(spread).expect("less than a fifth of the base"))
}

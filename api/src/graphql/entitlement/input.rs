//! Inputs of commands about entitlements.

use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;

use cauri_domain::commission::BasisPoints;
use cauri_domain::entitlement::{Grant, Revoke, Transfer, Use};
use cauri_domain::{EntitlementId, Refusal, WalletId};

use crate::graphql::command::{MoneyInput, inputs, text};

fn royalty(rate: i32) -> Result<BasisPoints, Refusal> {
    let rate = u16::try_from(rate).ok().and_then(|rate| BasisPoints::try_from(rate).ok());
    let allowed = "0 to 10000 basis points";
    rate.ok_or(Refusal::InvalidSetting { field: "royalty", allowed })
}

inputs! {
    /// Gives somebody an entitlement that they did not buy.
    GrantEntitlementInput {
        /// Its id, chosen by the caller.
        entitlement: Uuid,
        /// The wallet of whose it is.
        wallet: Uuid,
        /// What it is for, as a word of `a-z 0-9 . _ -`.
        kind: String,
        /// The wallet of who offers what it is for: they may mark it as used.
        seller: Option<Uuid>,
        /// Until when; without end when not given.
        ends_at: Option<DateTime<Utc>>,
    } => |it| Ok(Grant {
        entitlement: EntitlementId(it.entitlement),
        wallet: WalletId(it.wallet),
        kind: text("kind", &it.kind)?,
        seller: it.seller.map(WalletId),
        ends_at: it.ends_at.map(|at| at.trunc_subsecs(6)),
    }.into());

    /// Uses an entitlement up.
    UseEntitlementInput {
        /// Which entitlement.
        entitlement: Uuid,
        /// Which use, chosen by the caller: a gate, a scan. The same one asked again is the same
        /// use; another one is refused.
        reference: String,
    } => |it| Ok(Use {
        entitlement: EntitlementId(it.entitlement),
        reference: text("reference", &it.reference)?,
    }.into());

    /// Gives an entitlement to somebody else.
    TransferEntitlementInput {
        /// Which entitlement.
        entitlement: Uuid,
        /// The wallet of whose it is then.
        to: Uuid,
        /// What they pay for it; nothing when not given. Only the back end asks for a payment.
        price: Option<MoneyInput>,
        /// What of the price its seller gets, in basis points: 1,000 is 10 %.
        #[graphql(default)]
        royalty: i32,
    } => |it| Ok(Transfer {
        entitlement: EntitlementId(it.entitlement),
        to: WalletId(it.to),
        price: it.price.as_ref().map(MoneyInput::parse).transpose()?,
        royalty: royalty(it.royalty)?,
    }.into());

    /// Takes an entitlement away.
    RevokeEntitlementInput {
        /// Which entitlement.
        entitlement: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(Revoke {
        entitlement: EntitlementId(it.entitlement),
        reason: text("reason", &it.reason)?,
    }.into());
}

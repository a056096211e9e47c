//! Inputs of commands about coupons and capacities.

use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;

use cauri_domain::commission::BasisPoints;
use cauri_domain::coupon::{Bearer, Create, Disable, Discount, Terms};
use cauri_domain::{Refusal, WalletId, capacity};

use crate::graphql::command::{MoneyInput, inputs, text};

fn discount(percent: Option<i32>, amount: Option<&MoneyInput>) -> Result<Discount, Refusal> {
    let invalid = |field, allowed| Refusal::InvalidSetting { field, allowed };
    match (percent, amount) {
        (Some(rate), None) => {
            let rate = u16::try_from(rate).ok().and_then(|rate| BasisPoints::try_from(rate).ok());
            let rate = rate.ok_or_else(|| invalid("percent", "1 to 10000 basis points"))?;
            Ok(Discount::Percent(rate))
        }
        (None, Some(amount)) => Ok(Discount::Fixed(amount.parse()?)),
        (Some(_), Some(_)) | (None, None) => {
            Err(invalid("percent", "given, or the amount, and not both"))
        }
    }
}

fn count(field: &'static str, value: i32) -> Result<u32, Refusal> {
    let allowed = "0 to 2147483647";
    u32::try_from(value).map_err(|_| Refusal::InvalidSetting { field, allowed })
}

inputs! {
    /// Gives out a coupon.
    CreateCouponInput {
        /// Its code, which buyers name: at most 64 of `a-z 0-9 . _ -`.
        code: String,
        /// The share it takes off, in basis points: 1,000 is 10 %. This, or the amount.
        percent: Option<i32>,
        /// The amount it takes off, at most what it is for.
        amount: Option<MoneyInput>,
        /// The wallet of the seller who bears it, for their own lines; the platform when not given.
        seller: Option<Uuid>,
        /// Since when; at once when not given.
        valid_from: Option<DateTime<Utc>>,
        /// Until when; without end when not given.
        valid_to: Option<DateTime<Utc>>,
        /// How many orders may use it; as many as like when not given.
        uses: Option<i32>,
        /// How much has to be bought at least of what it is for, before the discount.
        minimum: Option<MoneyInput>,
    } => |it| Ok(Create {
        coupon: text("code", &it.code)?,
        terms: Terms {
            discount: discount(it.percent, it.amount.as_ref())?,
            bearer: it.seller.map_or(Bearer::Platform, |seller| Bearer::Seller(WalletId(seller))),
            from: it.valid_from.map(|from| from.trunc_subsecs(6)),
            to: it.valid_to.map(|to| to.trunc_subsecs(6)),
            uses: it.uses.map(|uses| count("uses", uses)).transpose()?,
            minimum: it.minimum.as_ref().map(MoneyInput::parse).transpose()?,
        },
    }.into());

    /// Lets nobody use a coupon any more.
    DisableCouponInput {
        /// Which coupon, by its code.
        code: String,
    } => |it| Ok(Disable { coupon: text("code", &it.code)? }.into());

    /// Says how many places of something there are.
    SetCapacityInput {
        /// Of what: at most 64 of `a-z 0-9 . _ -`.
        name: String,
        /// How many: no fewer than are reserved or sold.
        places: i32,
    } => |it| Ok(capacity::Set {
        capacity: text("name", &it.name)?,
        places: count("places", it.places)?,
    }.into());
}

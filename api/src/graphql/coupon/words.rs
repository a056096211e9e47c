//! Words about coupons.

use crate::graphql::words::words;

words!(
    /// Who bears a discount.
    CouponBearer {
        /// The platform, as a cost of promotions.
        Platform "platform",
        /// The seller who gave it out, out of what they sell.
        Seller "seller",
    }
);

//! Amounts as each provider wants them: exactly, or not at all.

use cauri_domain::Money;

use crate::webhooks::stripe::wire_exponent;

/// An instruction's amount.
pub(super) fn money(amount: &str, currency: &str) -> Option<Money> {
    Money::parse(amount, currency.parse().ok()?).ok()
}

/// A whole number of units of 10^-`exponent`; `None` where the amount is finer than that.
pub(super) fn integer(amount: Money, exponent: u32) -> Option<u64> {
    let own = u32::from(amount.currency().exponent());
    if exponent >= own {
        return amount.minor().checked_mul(10_u64.checked_pow(exponent - own)?);
    }
    let unit = 10_u64.checked_pow(own - exponent)?;
    amount.minor().is_multiple_of(unit).then(|| amount.minor() / unit)
}

/// Whole units of a currency that has no smaller ones: for providers whose scale of other currencies
/// is not known.
pub(super) fn whole(amount: Money) -> Option<u64> {
    (amount.currency().exponent() == 0).then(|| amount.minor())
}

/// Stripe's own minor units. Those with three decimals end with a zero there.
pub(super) fn stripe(amount: Money) -> Option<u64> {
    let currency = amount.currency();
    let exponent = wire_exponent(&currency.to_string(), u32::from(currency.exponent()))?;
    integer(amount, exponent).filter(|units| exponent < 3 || units.is_multiple_of(10))
}

/// PayPal takes no decimals in HUF, JPY and TWD, whatever ISO 4217 says.
pub(super) fn paypal(amount: Money) -> Option<String> {
    if matches!(amount.currency().to_string().as_str(), "HUF" | "JPY" | "TWD") {
        return integer(amount, 0).map(|units| units.to_string());
    }
    Some(amount.to_decimal().to_string())
}

/// A decimal without needless zeros: `10.5`, `10`.
pub(super) fn shortest(amount: Money) -> String {
    amount.to_decimal().normalize().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn money(text: &str, currency: &str) -> Money {
        super::money(text, currency).unwrap()
    }

    #[test]
    fn amounts_are_written_at_the_wires_scale_or_not_at_all() {
        assert_eq!(integer(money("10.50", "USD"), 2), Some(1_050));
        assert_eq!(integer(money("500", "UGX"), 2), Some(50_000));
        assert_eq!(integer(money("25000", "XOF"), 0), Some(25_000));
        assert_eq!(integer(money("10.00", "MGA"), 0), Some(10));
        assert_eq!(integer(money("10.20", "MGA"), 0), None);
        assert_eq!(integer(money("1.234", "KWD"), 3), Some(1_234));
        assert_eq!((whole(money("7", "XOF")), whole(money("7", "USD"))), (Some(7), None));
        assert_eq!(stripe(money("1.230", "KWD")), Some(1_230));
        assert_eq!(stripe(money("1.234", "KWD")), None);
        assert_eq!(paypal(money("10.50", "USD")).as_deref(), Some("10.50"));
        assert_eq!(paypal(money("1000.00", "HUF")).as_deref(), Some("1000"));
        assert_eq!(paypal(money("1000.50", "HUF")), None);
        assert_eq!(paypal(money("1000", "JPY")).as_deref(), Some("1000"));
        assert_eq!(shortest(money("10.50", "USD")), "10.5");
        assert_eq!(shortest(money("10.00", "USD")), "10");
        assert_eq!(shortest(money("100", "XOF")), "100");
    }
}

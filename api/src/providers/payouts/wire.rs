//! Amounts as each provider wants them: exactly, or not at all.

use cauri_domain::Money;
use cauri_sagas::gateway::PayoutInstruction;

use crate::webhooks::amount::IsoCurrency;
use crate::webhooks::stripe::wire_exponent;

/// The amount of an instruction.
pub(super) fn money(instruction: &PayoutInstruction) -> Option<Money> {
    Money::parse(&instruction.amount, instruction.currency.parse().ok()?).ok()
}

/// A whole number of units of 10^-`exponent`; `None` where the amount is finer than that.
fn integer(amount: Money, exponent: u32) -> Option<u64> {
    let own = u32::from(amount.currency().exponent());
    if exponent >= own {
        return amount.minor().checked_mul(10_u64.checked_pow(exponent - own)?);
    }
    let unit = 10_u64.checked_pow(own - exponent)?;
    amount.minor().is_multiple_of(unit).then(|| amount.minor() / unit)
}

/// Whole units, where the currency has no smaller ones: for providers whose scale of other
/// currencies is not known.
pub(super) fn whole(instruction: &PayoutInstruction) -> Option<u64> {
    money(instruction).filter(|amount| amount.currency().exponent() == 0).map(Money::minor)
}

/// Whole francs, where it is francs.
pub(super) fn francs(instruction: &PayoutInstruction) -> Option<u64> {
    money(instruction).filter(|_| instruction.currency == "XOF").map(Money::minor)
}

/// Stripe's own minor units. Those with three decimals end with a zero there.
pub(super) fn stripe(instruction: &PayoutInstruction) -> Option<u64> {
    let amount = money(instruction)?;
    let currency = IsoCurrency {
        code: instruction.currency.clone(),
        exponent: u32::from(amount.currency().exponent()),
    };
    let exponent = wire_exponent(&currency)?;
    integer(amount, exponent).filter(|units| exponent < 3 || units.is_multiple_of(10))
}

/// PayPal takes no decimals in HUF, JPY and TWD, whatever ISO 4217 says.
pub(super) fn paypal(instruction: &PayoutInstruction) -> Option<String> {
    if matches!(instruction.currency.as_str(), "HUF" | "JPY" | "TWD") {
        return integer(money(instruction)?, 0).map(|units| units.to_string());
    }
    money(instruction).map(|amount| amount.to_decimal().to_string())
}

/// A decimal without needless zeros: `10.5`, `10`.
pub(super) fn shortest(instruction: &PayoutInstruction) -> Option<String> {
    money(instruction).map(|amount| amount.to_decimal().normalize().to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::providers::payouts) fn paid(
        amount: &str,
        currency: &str,
        destination: &str,
    ) -> PayoutInstruction {
        PayoutInstruction {
            ledger: cauri_domain::LedgerId::main(),
            withdrawal: cauri_domain::WithdrawalId(uuid::Uuid::from_u128(7)),
            amount: amount.to_owned(),
            currency: currency.to_owned(),
            destination: destination.to_owned(),
        }
    }

    #[test]
    fn amounts_are_written_at_each_wires_scale_or_not_at_all() {
        let at = |amount: &str, currency: &str| paid(amount, currency, "");
        // docs.stripe.com/currencies.
        for (amount, currency, units) in [
            ("10.50", "USD", Some(1_050)),
            ("25000", "XOF", Some(25_000)),
            ("500", "UGX", Some(50_000)),
            ("500", "ISK", Some(50_000)),
            ("10.00", "MGA", Some(10)),
            ("10.20", "MGA", None),
            ("1.230", "KWD", Some(1_230)),
            ("1.234", "KWD", None),
            ("12.34", "HUF", Some(1_234)),
        ] {
            assert_eq!(stripe(&at(amount, currency)), units, "{amount} {currency}");
        }
        for (amount, currency, text) in [
            ("10.50", "USD", Some("10.50")),
            ("1000.00", "HUF", Some("1000")),
            ("1000.50", "HUF", None),
            ("1000", "JPY", Some("1000")),
            ("12.00", "TWD", Some("12")),
        ] {
            assert_eq!(paypal(&at(amount, currency)).as_deref(), text, "{amount} {currency}");
        }
        assert_eq!((whole(&at("7", "XOF")), whole(&at("7.50", "USD"))), (Some(7), None));
        assert_eq!((francs(&at("7", "XOF")), francs(&at("7", "XAF"))), (Some(7), None));
        assert_eq!(shortest(&at("10.50", "USD")).as_deref(), Some("10.5"));
        assert_eq!(shortest(&at("100", "XOF")).as_deref(), Some("100"));
    }
}

//! Amounts of payouts as each provider wants them: exactly, or not at all.

use cauri_domain::Money;
use cauri_sagas::gateway::PayoutInstruction;

use crate::providers::wire;

/// The amount of an instruction.
pub(super) fn money(instruction: &PayoutInstruction) -> Option<Money> {
    wire::money(&instruction.amount, &instruction.currency)
}

/// Whole units, where the currency has no smaller ones.
pub(super) fn whole(instruction: &PayoutInstruction) -> Option<u64> {
    money(instruction).and_then(wire::whole)
}

/// Whole francs, where it is francs.
pub(super) fn francs(instruction: &PayoutInstruction) -> Option<u64> {
    money(instruction).filter(|_| instruction.currency == "XOF").map(Money::minor)
}

/// Stripe's own minor units.
pub(super) fn stripe(instruction: &PayoutInstruction) -> Option<u64> {
    money(instruction).and_then(wire::stripe)
}

/// The decimals that PayPal takes.
pub(super) fn paypal(instruction: &PayoutInstruction) -> Option<String> {
    money(instruction).and_then(wire::paypal)
}

/// A decimal without needless zeros: `10.5`, `10`.
pub(super) fn shortest(instruction: &PayoutInstruction) -> Option<String> {
    money(instruction).map(wire::shortest)
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

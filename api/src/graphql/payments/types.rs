//! The rules of money from and to outside.

use async_graphql::{Result, SimpleObject};

use cauri_domain::payments::Rules;

use super::words::LatePolicy;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// The rules of money from and to outside that are in force.
#[derive(Debug, SimpleObject)]
pub struct PaymentsRules {
    /// What becomes of money that came after its pay-in had ended.
    late: LatePolicy,
    /// What a withdrawal costs its owner: at most one for each currency.
    withdrawal_fees: Vec<WithdrawalFee>,
    /// How long a card's authorisation may wait for its money, in seconds.
    authorisation_seconds: u32,
    /// After how long it is proposed to write off what a chargeback left owing, in seconds.
    write_off_seconds: u32,
}

/// What a withdrawal in one currency costs its owner.
#[derive(Debug, SimpleObject)]
pub struct WithdrawalFee {
    /// The currency.
    currency: CurrencyText,
    /// A fixed amount, in major units.
    fixed: Option<DecimalText>,
    /// A rate on the amount, in basis points, rounded half-even.
    basis_points: u16,
}

impl PaymentsRules {
    /// As the schema says them.
    pub(super) fn of(rules: &Rules) -> Result<Self> {
        let fee = |it: &cauri_domain::payments::WithdrawalFee| WithdrawalFee {
            currency: CurrencyText(it.currency.code().to_owned()),
            fixed: it.fixed.map(|fixed| DecimalText(fixed.to_decimal().to_string())),
            basis_points: it.rate.get(),
        };
        Ok(Self {
            late: LatePolicy::of(rules.late.as_str())?,
            withdrawal_fees: rules.withdrawal_fees.iter().map(fee).collect(),
            authorisation_seconds: rules.authorisation_s.get(),
            write_off_seconds: rules.write_off_s.get(),
        })
    }
}

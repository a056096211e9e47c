//! Inputs of commands about the rules of money from and to outside.

use async_graphql::InputObject;

use cauri_domain::commission::BasisPoints;
use cauri_domain::payments::{self, Rules, WithdrawalFee};
use cauri_domain::{Money, Refusal};

use super::words::LatePolicy;
use crate::graphql::command::{inputs, money, seconds};
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// What a withdrawal in one currency costs its owner.
#[derive(Debug, Clone, InputObject)]
pub struct WithdrawalFeeInput {
    /// The currency.
    currency: CurrencyText,
    /// A fixed amount, in major units.
    fixed: Option<DecimalText>,
    /// A rate on the amount, in basis points, rounded half-even.
    #[graphql(default)]
    basis_points: i32,
}

impl WithdrawalFeeInput {
    fn parse(&self) -> Result<WithdrawalFee, Refusal> {
        // Any amount of it tells which currency it is.
        let currency = money(&DecimalText("1".to_owned()), &self.currency).map(Money::currency)?;
        let rate = u16::try_from(self.basis_points).ok();
        let rate = rate.and_then(|rate| BasisPoints::try_from(rate).ok());
        let allowed = "0 to 10000 basis points";
        Ok(WithdrawalFee {
            currency,
            fixed: self.fixed.as_ref().map(|it| money(it, &self.currency)).transpose()?,
            rate: rate.ok_or(Refusal::InvalidSetting { field: "basisPoints", allowed })?,
        })
    }
}

inputs! {
    /// Puts other rules of money from and to outside in force; what is not given is as usual.
    ConfigurePaymentsInput {
        /// What becomes of money that came after its pay-in had ended: usually it is credited.
        late: Option<LatePolicy>,
        /// What a withdrawal costs its owner: at most one for each currency.
        #[graphql(default)]
        withdrawal_fees: Vec<WithdrawalFeeInput>,
        /// How long a card's authorisation may wait for its money, in seconds: usually 7 days.
        authorisation_seconds: Option<i32>,
        /// After how long it is proposed to write off what a chargeback left owing, in seconds:
        /// usually 180 days.
        write_off_seconds: Option<i32>,
    } => |it| {
        let usual = Rules::default();
        let span = |field, given: Option<i32>, usual| {
            given.map_or(Ok(usual), |given| seconds(field, given))
        };
        let fees = it.withdrawal_fees.iter().map(WithdrawalFeeInput::parse);
        Ok(payments::Configure { rules: Rules {
            late: match it.late {
                None => usual.late,
                Some(LatePolicy::Credit) => payments::LatePolicy::Credit,
                Some(LatePolicy::Refund) => payments::LatePolicy::Refund,
                Some(LatePolicy::Hold) => payments::LatePolicy::Hold,
            },
            withdrawal_fees: fees.collect::<Result<_, _>>()?,
            authorisation_s: span(
                "authorisationSeconds", it.authorisation_seconds, usual.authorisation_s,
            )?,
            write_off_s: span("writeOffSeconds", it.write_off_seconds, usual.write_off_s)?,
        } }.into())
    };
}

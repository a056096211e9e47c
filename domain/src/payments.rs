//! The ledger's rules of money from and to outside: data, in the log.
//!
//! | command | event | entry |
//! | --- | --- | --- |
//! | `ConfigurePayments` | `payments.configured.v1` | none |

use serde::{Deserialize, Serialize};

use crate::commission::BasisPoints;
use crate::commission::rounding::half_even;
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::settings::Seconds;
use crate::state::LedgerState;

/// The rules in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// What becomes of money that came after its pay-in had ended.
    pub late: LatePolicy,
    /// What a withdrawal costs its owner, at most one a currency.
    pub withdrawal_fees: Vec<WithdrawalFee>,
    /// How long a card's authorisation may wait for its money, in seconds.
    pub authorisation_s: Seconds,
    /// After how long it is proposed to write off what a chargeback left owing, in seconds.
    pub write_off_s: Seconds,
}

/// What becomes of money that came after its pay-in had ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatePolicy {
    /// It is credited, as if it had come in time.
    Credit,
    /// It goes back to the payer.
    Refund,
    /// It waits in suspense for a person.
    Hold,
}

impl LatePolicy {
    /// Its lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Refund => "refund",
            Self::Hold => "hold",
        }
    }
}

/// What a withdrawal in one currency costs: a fixed amount and a rate, rounded half-even.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalFee {
    /// The currency.
    pub currency: Currency,
    /// The fixed amount, in that currency.
    pub fixed: Option<Money>,
    /// The rate on the amount that is withdrawn.
    pub rate: BasisPoints,
}

impl WithdrawalFee {
    /// What withdrawing `amount` costs.
    fn of(&self, amount: Money) -> Result<Option<Money>, Refusal> {
        let share = half_even(amount.minor(), self.rate.get().into(), 10_000);
        let fixed = self.fixed.map_or(0, Money::minor);
        let minor = fixed.checked_add(share).ok_or(Refusal::AmountTooLarge {})?;
        Ok(Money::from_minor(minor, amount.currency()))
    }
}

impl Default for Rules {
    /// Late money is credited, withdrawals cost nothing; 7 days, 180 days.
    fn default() -> Self {
        let days = |days: u32| Seconds::try_from(days * 24 * 3_600).expect("a span in range");
        Self {
            late: LatePolicy::Credit,
            withdrawal_fees: Vec::new(),
            authorisation_s: days(7),
            write_off_s: days(180),
        }
    }
}

/// Puts other rules in force, from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configure {
    /// All of the rules.
    pub rules: Rules,
}

/// Other rules are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configured {
    /// The rules in force.
    pub rules: Rules,
}

/// The rules in force; the usual ones as long as nothing else was said.
pub(crate) fn rules(state: &LedgerState) -> Rules {
    state.payments_rules.get(&()).cloned().unwrap_or_default()
}

/// What withdrawing `amount` costs its owner.
pub(crate) fn withdrawal_fee(state: &LedgerState, amount: Money) -> Result<Option<Money>, Refusal> {
    let Some(rules) = state.payments_rules.get(&()) else { return Ok(None) };
    let fees = &rules.withdrawal_fees;
    let fee = fees.iter().find(|fee| fee.currency == amount.currency());
    fee.map_or(Ok(None), |fee| fee.of(amount))
}

pub(crate) fn decide_configure(
    state: &LedgerState,
    command: &Configure,
) -> Result<Decided, Refusal> {
    let mut asked = command.rules.clone();
    asked.withdrawal_fees.sort_unstable_by_key(|fee| fee.currency);
    let twice = |pair: &[WithdrawalFee]| pair[0].currency == pair[1].currency;
    let strange =
        |fee: &WithdrawalFee| fee.fixed.is_some_and(|fixed| fixed.currency() != fee.currency);
    let fees = &asked.withdrawal_fees;
    if fees.windows(2).any(twice) || fees.iter().any(strange) {
        let allowed = "at most one fee per currency, in that currency";
        return Err(Refusal::InvalidSetting { field: "withdrawalFees", allowed });
    }
    if rules(state) == asked {
        return Ok(Decided::Already);
    }
    happened([Event::PaymentsConfigured(Configured { rules: asked })])
}

pub(crate) fn evolve_configured(state: &mut LedgerState, event: &Configured) {
    state.payments_rules.insert((), event.rules.clone());
}

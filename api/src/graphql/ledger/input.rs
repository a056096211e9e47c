//! Inputs of commands about the ledger's rules.

use async_graphql::InputObject;
use chrono::{DateTime, SubsecRound as _, Utc};

use cauri_domain::{Refusal, Settings, clock, settings};

use crate::graphql::command::{MoneyInput, inputs, seconds};
use crate::graphql::scalars::CurrencyText;

/// The rules of a ledger. What is not given is as it is by default.
#[derive(Debug, Clone, InputObject)]
pub struct SettingsInput {
    /// The currencies it takes; empty for every one of ISO 4217.
    #[graphql(default)]
    currencies: Vec<CurrencyText>,
    /// How long a pay-in waits for its money: 1 to 86,400,000.
    #[graphql(default = 1_800)]
    payin_expiry_seconds: i32,
    /// How long a buyer may inspect a delivery before it is released: 1 to 86,400,000.
    #[graphql(default = 259_200)]
    inspection_seconds: i32,
    /// How long a withdrawal waits for a person before it approves itself: 1 to 86,400,000.
    #[graphql(default = 172_800)]
    auto_approval_seconds: i32,
    /// The platform's share of a release, in basis points: 0 to 10,000.
    #[graphql(default)]
    commission_basis_points: i32,
    /// The largest amounts that a party may move at once, at most one per currency.
    #[graphql(default)]
    limits: Vec<MoneyInput>,
}

impl SettingsInput {
    fn parse(&self) -> Result<Settings, Refusal> {
        let currency = |text: &CurrencyText| {
            text.0.parse().map_err(|error: cauri_domain::currency::UnknownCurrency| {
                Refusal::UnknownCurrency { given: error.code }
            })
        };
        let commission = u16::try_from(self.commission_basis_points).ok();
        let commission = commission.and_then(|points| points.try_into().ok());
        Ok(Settings {
            currencies: self.currencies.iter().map(currency).collect::<Result<_, _>>()?,
            payin_expiry_s: seconds("payinExpirySeconds", self.payin_expiry_seconds)?,
            inspection_s: seconds("inspectionSeconds", self.inspection_seconds)?,
            auto_approval_s: seconds("autoApprovalSeconds", self.auto_approval_seconds)?,
            commission: commission.ok_or(Refusal::InvalidSetting {
                field: "commissionBasisPoints",
                allowed: "0 to 10000 basis points",
            })?,
            limits: self.limits.iter().map(MoneyInput::parse).collect::<Result<_, _>>()?,
        })
    }
}

inputs! {
    /// Opens the caller's ledger.
    OpenLedgerInput {
        /// The rules to start with.
        settings: SettingsInput,
    } => |it| Ok(settings::Open { settings: it.settings.parse()? }.into());

    /// Puts other rules in force.
    ConfigureLedgerInput {
        /// All of the rules.
        settings: SettingsInput,
    } => |it| Ok(settings::Configure { settings: it.settings.parse()? }.into());

    /// Sets the ledger's clock forward, in development.
    AdvanceClockInput {
        /// What time it is to be: later than now, by at most ten years.
        to: DateTime<Utc>,
    } => |it| Ok(clock::Advance { to: it.to.trunc_subsecs(6) }.into());
}

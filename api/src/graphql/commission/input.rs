//! Inputs of commission rules.

use async_graphql::{InputObject, OneofObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::commission::{
    Amounts, BasisPoints, Beneficiary, Charge, Rule, Set, Step, Tax, Tier,
};
use cauri_domain::{Refusal, WalletId};

use super::words::{
    CommissionBase, CommissionPayer, CommissionRefundPolicy, CommissionRevenue, CommissionTiering,
    TaxPlacement,
};
use crate::graphql::command::{MoneyInput, inputs, text};

/// One step of a commission rule.
#[derive(Debug, Clone, InputObject)]
pub struct CommissionStepInput {
    /// A word of `a-z 0-9 . _ -`, once in a rule.
    name: String,
    /// How much.
    charge: CommissionChargeInput,
    /// Of what.
    #[graphql(default_with = "CommissionBase::Gross")]
    base: CommissionBase,
    /// At least so much, in each currency the rule is for; no floor when not given.
    #[graphql(default)]
    floor: Vec<MoneyInput>,
    /// At most so much, in each currency the rule is for; no cap when not given.
    #[graphql(default)]
    cap: Vec<MoneyInput>,
    /// To whom.
    to: CommissionBeneficiaryInput,
}

/// How much a step takes.
#[derive(Debug, Clone, OneofObject)]
pub enum CommissionChargeInput {
    /// A share of the base, in basis points: 0 to 10,000.
    BasisPoints(i32),
    /// The same amount for every sale, in each currency the rule is for.
    Fixed(Vec<MoneyInput>),
    /// A share that depends on how large the base is.
    Tiered(CommissionTiersInput),
}

/// Rates that depend on how large the base is.
#[derive(Debug, Clone, InputObject)]
pub struct CommissionTiersInput {
    /// What a tier's rate is taken of.
    tiering: CommissionTiering,
    /// 1 to 16 tiers, each ending above the one before, the last without end.
    tiers: Vec<CommissionTierInput>,
}

/// A tier of a commission rule.
#[derive(Debug, Clone, InputObject)]
pub struct CommissionTierInput {
    /// Up to which base, itself included, in each currency the rule is for; not given in the last.
    #[graphql(default)]
    up_to: Vec<MoneyInput>,
    /// Its rate: 0 to 10,000.
    basis_points: i32,
}

/// Who gets what a step takes.
#[derive(Debug, Clone, OneofObject)]
pub enum CommissionBeneficiaryInput {
    /// The platform.
    Platform(CommissionRevenue),
    /// The same wallet for every sale.
    Wallet(Uuid),
    /// The wallet that a sale gives under this name; where it gives none, the step is left out.
    Payee(String),
    /// The state, as the tax of this name: at most 16 of `a-z 0-9 -`.
    Tax(String),
}

/// The tax on the platform's own fees.
#[derive(Debug, Clone, InputObject)]
pub struct CommissionTaxInput {
    /// Its name, which names its account `tax:{code}`: at most 16 of `a-z 0-9 -`.
    code: String,
    /// Its rate on the fee without tax: 0 to 10,000.
    basis_points: i32,
    /// Whether a fee has it in it.
    placed: TaxPlacement,
}

fn rate(basis_points: i32) -> Result<BasisPoints, Refusal> {
    let rate = u16::try_from(basis_points).ok().and_then(|rate| rate.try_into().ok());
    rate.ok_or(Refusal::InvalidSetting { field: "basisPoints", allowed: "0 to 10000 basis points" })
}

fn amounts(field: &'static str, amounts: &[MoneyInput]) -> Result<Amounts, Refusal> {
    let amounts = amounts.iter().map(MoneyInput::parse).collect::<Result<Vec<_>, _>>()?;
    let allowed = "at most one amount per currency";
    Amounts::try_from(amounts).map_err(|_| Refusal::InvalidSetting { field, allowed })
}

impl CommissionChargeInput {
    fn parse(&self) -> Result<Charge, Refusal> {
        Ok(match self {
            Self::BasisPoints(points) => Charge::Percentage(rate(*points)?),
            Self::Fixed(fixed) => Charge::Fixed(amounts("fixed", fixed)?),
            Self::Tiered(it) => {
                let tier = |tier: &CommissionTierInput| {
                    let up_to = amounts("upTo", &tier.up_to)?;
                    Ok(Tier { up_to, rate: rate(tier.basis_points)? })
                };
                let tiers = it.tiers.iter().map(tier).collect::<Result<_, Refusal>>()?;
                Charge::Tiered(it.tiering.into(), tiers)
            }
        })
    }
}

impl CommissionBeneficiaryInput {
    fn parse(&self) -> Result<Beneficiary, Refusal> {
        Ok(match self {
            Self::Platform(CommissionRevenue::Commission) => Beneficiary::Commission,
            Self::Platform(CommissionRevenue::Fees) => Beneficiary::Fees,
            Self::Wallet(wallet) => Beneficiary::Wallet(WalletId(*wallet)),
            Self::Payee(name) => Beneficiary::Payee(text("payee", name)?),
            Self::Tax(code) => Beneficiary::Tax(text("tax", code)?),
        })
    }
}

impl CommissionStepInput {
    fn parse(&self) -> Result<Step, Refusal> {
        Ok(Step {
            name: text("name", &self.name)?,
            charge: self.charge.parse()?,
            base: self.base.into(),
            floor: amounts("floor", &self.floor)?,
            cap: amounts("cap", &self.cap)?,
            to: self.to.parse()?,
        })
    }
}

impl CommissionTaxInput {
    fn parse(&self) -> Result<Tax, Refusal> {
        let (code, rate) = (text("code", &self.code)?, rate(self.basis_points)?);
        Ok(Tax { code, rate, placed: self.placed.into() })
    }
}

inputs! {
    /// Sets a commission rule: a new one, or the next version of the one of that name. Sales that
    /// were agreed before keep the version that they agreed to.
    SetCommissionRuleInput {
        /// Its name, a word of `a-z 0-9 . _ -`. The rule named `default` is taken where a sale
        /// names none.
        name: String,
        /// At most 16 steps, taken in this order; none for no commission.
        steps: Vec<CommissionStepInput>,
        /// The tax on the platform's own fees; none when not given.
        tax: Option<CommissionTaxInput>,
        /// Who bears it; the seller when not given.
        payer: Option<CommissionPayer>,
        /// What becomes of it on a refund; given back when not given.
        refund: Option<CommissionRefundPolicy>,
        /// Since when it is in force; at once when not given. Never in the past.
        from: Option<DateTime<Utc>>,
    } => |it| {
        let steps = it.steps.iter().map(CommissionStepInput::parse).collect::<Result<_, _>>()?;
        let rule = Rule {
            name: text("name", &it.name)?,
            steps,
            tax: it.tax.as_ref().map(CommissionTaxInput::parse).transpose()?,
            payer: it.payer.unwrap_or(CommissionPayer::Seller).into(),
            refund: it.refund.unwrap_or(CommissionRefundPolicy::Return).into(),
        };
        Ok(Set { rule, from: it.from }.into())
    };
}

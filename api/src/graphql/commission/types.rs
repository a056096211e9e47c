//! Commission rules as they are shown.

use async_graphql::{Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use cauri_domain::Money;
use cauri_domain::commission::{Amounts, Beneficiary, Charge, Rule, Step, Tax, Tier};
use cauri_projections::query::CommissionRuleRow;

use super::words::{
    CommissionBase, CommissionPayer, CommissionRefundPolicy, CommissionRevenue, CommissionTiering,
    TaxPlacement,
};
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};

/// A version of a commission rule. It never changes: it is followed by another.
#[derive(Debug, SimpleObject)]
pub struct CommissionRule {
    /// Its name.
    name: String,
    /// 1 for the first of its name.
    version: i64,
    /// Since when it is in force, until a later one is.
    from: DateTime<Utc>,
    /// Who bears it.
    payer: CommissionPayer,
    /// What becomes of it on a refund.
    refund: CommissionRefundPolicy,
    /// The steps, in order.
    steps: Vec<CommissionStep>,
    /// The tax on the platform's own fees.
    tax: Option<CommissionTax>,
    /// When it was set.
    set_at: DateTime<Utc>,
    /// The revision that set it.
    revision: RevisionNumber,
}

/// One step of a commission rule.
#[derive(Debug, SimpleObject)]
pub struct CommissionStep {
    /// Its name.
    name: String,
    /// Its rate, if it is a share of the base.
    basis_points: Option<u16>,
    /// Its amounts, if it is the same for every sale.
    fixed: Vec<CommissionAmount>,
    /// What a tier's rate is taken of, if it has tiers.
    tiering: Option<CommissionTiering>,
    /// Its tiers, if it depends on how large the base is.
    tiers: Vec<CommissionTier>,
    /// Of what it is taken.
    base: CommissionBase,
    /// At least so much.
    floor: Vec<CommissionAmount>,
    /// At most so much.
    cap: Vec<CommissionAmount>,
    /// To whom.
    to: CommissionBeneficiary,
}

/// A tier of a commission rule.
#[derive(Debug, SimpleObject)]
pub struct CommissionTier {
    /// Up to which base, itself included; empty in the last, which has no end.
    up_to: Vec<CommissionAmount>,
    /// Its rate.
    basis_points: u16,
}

/// Who gets what a step takes: one of these.
#[derive(Debug, Default, SimpleObject)]
pub struct CommissionBeneficiary {
    /// The platform, as this revenue.
    platform: Option<CommissionRevenue>,
    /// The same wallet for every sale.
    wallet: Option<Uuid>,
    /// The wallet that a sale gives under this name.
    payee: Option<String>,
    /// The state, as the tax of this name.
    tax: Option<String>,
}

/// The tax on the platform's own fees.
#[derive(Debug, SimpleObject)]
pub struct CommissionTax {
    /// Its name.
    code: String,
    /// Its rate on the fee without tax.
    basis_points: u16,
    /// Whether a fee has it in it.
    placed: TaxPlacement,
}

/// An amount of a commission rule.
#[derive(Debug, SimpleObject)]
pub struct CommissionAmount {
    /// In major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

impl CommissionRule {
    pub(super) fn of(row: CommissionRuleRow) -> Result<Self> {
        let rule: Rule = serde_json::from_value(row.rule)
            .map_err(|_| fault::unavailable("the read models are of another version"))?;
        Ok(Self {
            name: row.name,
            version: row.version,
            from: row.from_at,
            payer: CommissionPayer::of(&row.payer)?,
            refund: CommissionRefundPolicy::of(&row.refund)?,
            steps: rule.steps.iter().map(step).collect::<Result<_>>()?,
            tax: rule.tax.map(tax).transpose()?,
            set_at: row.created_at,
            revision: row.created_revision.into(),
        })
    }
}

fn tax(tax: Tax) -> Result<CommissionTax> {
    let placed = TaxPlacement::of(tax.placed.as_str())?;
    Ok(CommissionTax { code: tax.code.to_string(), basis_points: tax.rate.get(), placed })
}

fn amounts(amounts: &Amounts) -> Vec<CommissionAmount> {
    let amount = |money: &Money| CommissionAmount {
        amount: DecimalText(money.to_decimal().to_string()),
        currency: CurrencyText(money.currency().to_string()),
    };
    amounts.as_slice().iter().map(amount).collect()
}

fn step(step: &Step) -> Result<CommissionStep> {
    let mut shown = CommissionStep {
        name: step.name.to_string(),
        basis_points: None,
        fixed: Vec::new(),
        tiering: None,
        tiers: Vec::new(),
        base: CommissionBase::of(step.base.as_str())?,
        floor: amounts(&step.floor),
        cap: amounts(&step.cap),
        to: beneficiary(&step.to),
    };
    match &step.charge {
        Charge::Percentage(rate) => shown.basis_points = Some(rate.get()),
        Charge::Fixed(fixed) => shown.fixed = amounts(fixed),
        Charge::Tiered(tiering, tiers) => {
            let tier = |tier: &Tier| CommissionTier {
                up_to: amounts(&tier.up_to),
                basis_points: tier.rate.get(),
            };
            shown.tiering = Some(CommissionTiering::of(tiering.as_str())?);
            shown.tiers = tiers.iter().map(tier).collect();
        }
    }
    Ok(shown)
}

fn beneficiary(to: &Beneficiary) -> CommissionBeneficiary {
    let mut shown = CommissionBeneficiary::default();
    match to {
        Beneficiary::Commission => shown.platform = Some(CommissionRevenue::Commission),
        Beneficiary::Fees => shown.platform = Some(CommissionRevenue::Fees),
        Beneficiary::Wallet(wallet) => shown.wallet = Some(wallet.0),
        Beneficiary::Payee(name) => shown.payee = Some(name.to_string()),
        Beneficiary::Tax(code) => shown.tax = Some(code.to_string()),
    }
    shown
}

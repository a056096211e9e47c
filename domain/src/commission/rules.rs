//! Setting commission rules, and agreeing to the one in force.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::agreed::{Agreed, Bracket, Priced, Term};
use super::rule::{Amounts, Beneficiary, Charge, DEFAULT, Rule, Step, Tier, Version};
use super::{RulesSet, Set};
use crate::chart::Account;
use crate::currency::Currency;
use crate::decider::{Decided, happened};
use crate::event::Event;
use crate::ids::WalletId;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::state::LedgerState;
use crate::text::Code;
use crate::wallet;

/// The most steps of a rule, and the most tiers of a step.
const MOST: usize = 16;

/// What a sale asks of commission.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ask {
    /// The rule's name; the ledger's default where none is given.
    pub rule: Option<Code>,
    /// The wallets behind the names that the rule pays: a promoter, an affiliate, an author. A step
    /// whose payee is not given is left out.
    pub payees: BTreeMap<Code, WalletId>,
}

/// The version of a rule that is in force at an instant: the one that came into force last.
fn in_force(versions: &[Version], at: DateTime<Utc>) -> Option<&Version> {
    let begun = versions.iter().filter(|version| version.from <= at);
    begun.max_by_key(|version| (version.from, version.version))
}

impl LedgerState {
    /// The version of a rule that is in force at an instant.
    #[must_use]
    pub fn commission_rule(&self, name: &Code, at: DateTime<Utc>) -> Option<&Version> {
        self.commission_rules.get(name).and_then(|versions| in_force(versions, at))
    }
}

/// Freezes the rule that is in force at an instant, for what a seller sells in a currency.
///
/// # Errors
/// [`Refusal::NotFound`] for a rule that is not in force, a payee that it does not name or a wallet
/// that is not there; [`Refusal::WalletClosed`]; [`Refusal::RuleLacksCurrency`].
pub fn agree(
    state: &LedgerState,
    at: DateTime<Utc>,
    ask: &Ask,
    seller: WalletId,
    currency: Currency,
) -> Result<Agreed, Refusal> {
    let version = match &ask.rule {
        Some(name) => state.commission_rule(name, at).ok_or(Refusal::NotFound { field: "rule" })?,
        None => match state.commission_rule(&DEFAULT.parse().expect("a word"), at) {
            Some(version) => version,
            None if ask.payees.is_empty() => {
                return Ok(Agreed::from_rate(state.settings()?.commission, seller));
            }
            None => return Err(Refusal::NotFound { field: "payees" }),
        },
    };
    let rule = &version.rule;
    let named = |payee: &Code| {
        rule.steps.iter().any(|step| matches!(&step.to, Beneficiary::Payee(name) if name == payee))
    };
    if !ask.payees.keys().all(named) {
        return Err(Refusal::NotFound { field: "payees" });
    }
    let terms = rule.steps.iter().filter_map(|step| term(state, ask, step, currency).transpose());
    Ok(Agreed {
        rule: rule.name.clone(),
        version: version.version,
        seller,
        payer: rule.payer,
        refund: rule.refund,
        tax: rule.tax,
        terms: terms.collect::<Result<_, _>>()?,
    })
}

/// A step in a currency; `None` where the sale names no payee for it.
fn term(
    state: &LedgerState,
    ask: &Ask,
    step: &Step,
    currency: Currency,
) -> Result<Option<Term>, Refusal> {
    let to = match &step.to {
        Beneficiary::Commission => Account::Commission,
        Beneficiary::Fees => Account::Fees,
        Beneficiary::Tax(code) => Account::Tax(*code),
        Beneficiary::Wallet(wallet) => {
            wallet::may_receive(state, *wallet, "rule")?;
            Account::Wallet(*wallet)
        }
        Beneficiary::Payee(name) => match ask.payees.get(name) {
            None => return Ok(None),
            Some(wallet) => {
                wallet::may_receive(state, *wallet, "payees")?;
                Account::Wallet(*wallet)
            }
        },
    };
    let charge = match &step.charge {
        Charge::Percentage(rate) => Priced::Percentage(*rate),
        Charge::Fixed(amounts) => Priced::Fixed(required(amounts, currency)?),
        Charge::Tiered(tiering, tiers) => {
            let bracket = |tier: &Tier| Ok(Bracket(optional(&tier.up_to, currency)?, tier.rate));
            Priced::Tiered(*tiering, tiers.iter().map(bracket).collect::<Result<_, Refusal>>()?)
        }
    };
    Ok(Some(Term {
        name: step.name.clone(),
        charge,
        base: step.base,
        floor: optional(&step.floor, currency)?,
        cap: optional(&step.cap, currency)?,
        to,
    }))
}

fn required(amounts: &Amounts, currency: Currency) -> Result<Money, Refusal> {
    amounts.of(currency).ok_or(Refusal::RuleLacksCurrency { currency })
}

/// No amounts at all mean none in any currency; some mean that each currency needs its own.
fn optional(amounts: &Amounts, currency: Currency) -> Result<Option<Money>, Refusal> {
    if amounts.is_empty() { Ok(None) } else { required(amounts, currency).map(Some) }
}

pub(crate) fn decide_set(
    state: &LedgerState,
    at: DateTime<Utc>,
    command: &Set,
) -> Result<Decided, Refusal> {
    let Set { rule, from } = command;
    let versions = state.commission_rules.get(&rule.name).map_or(&[][..], Vec::as_slice);
    let known = match from {
        Some(from) => versions.iter().rfind(|version| version.from == *from),
        None => in_force(versions, at),
    };
    if known.is_some_and(|version| version.rule == *rule) {
        return Ok(Decided::Already);
    }
    let from = from.unwrap_or(at);
    if from < at {
        return Err(Refusal::InvalidSetting { field: "from", allowed: "now or later" });
    }
    makes_sense(state, rule)?;
    let version = versions.last().map_or(0, |last| last.version).saturating_add(1);
    happened([Event::CommissionRulesSet(RulesSet { rule: rule.clone(), version, from })])
}

/// Whether a rule can be worked out for every amount in every currency that it names.
fn makes_sense(state: &LedgerState, rule: &Rule) -> Result<(), Refusal> {
    let invalid = |field, allowed| Err(Refusal::InvalidSetting { field, allowed });
    if rule.steps.len() > MOST {
        return invalid("steps", "at most 16 steps");
    }
    let names: BTreeSet<_> = rule.steps.iter().map(|step| &step.name).collect();
    if names.len() < rule.steps.len() {
        return invalid("steps", "steps of different names");
    }
    for step in &rule.steps {
        if let Beneficiary::Wallet(wallet) = &step.to {
            wallet::may_receive(state, *wallet, "wallet")?;
        }
        let crossed = step.floor.as_slice().iter().any(|floor| {
            step.cap.of(floor.currency()).is_some_and(|cap| cap.minor() < floor.minor())
        });
        if crossed {
            return invalid("cap", "at least the floor");
        }
        match &step.charge {
            Charge::Percentage(_) => {}
            Charge::Fixed(amounts) if amounts.is_empty() => {
                return invalid("amounts", "one amount or more");
            }
            Charge::Fixed(_) => {}
            Charge::Tiered(_, tiers) if !ascend(tiers) => {
                return invalid(
                    "tiers",
                    "1 to 16 tiers, each ending above the one before, the last without end",
                );
            }
            Charge::Tiered(..) => {}
        }
    }
    Ok(())
}

/// Whether the tiers cover every base once: each ends above the one before, in the same currencies,
/// and only the last has no end.
fn ascend(tiers: &[Tier]) -> bool {
    let Some((last, ends)) = tiers.split_last() else { return false };
    let above = |pair: &[Tier]| {
        let (low, high) = (pair[0].up_to.as_slice(), pair[1].up_to.as_slice());
        low.len() == high.len()
            && low
                .iter()
                .zip(high)
                .all(|(low, high)| low.currency() == high.currency() && low.minor() < high.minor())
    };
    tiers.len() <= MOST
        && last.up_to.is_empty()
        && ends.iter().all(|tier| !tier.up_to.is_empty())
        && ends.windows(2).all(above)
}

pub(crate) fn evolve_set(state: &mut LedgerState, event: &RulesSet) {
    let RulesSet { rule, version, from } = event.clone();
    state.commission_rules.update(rule.name.clone(), |versions| {
        versions.push(Version { version, from, rule });
    });
}

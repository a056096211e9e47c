//! What any sale says of its commission, and what it agreed to.

use std::collections::BTreeMap;

use async_graphql::{InputObject, Result, SimpleObject};
use uuid::Uuid;

use cauri_domain::commission::{Agreed, Ask};
use cauri_domain::{Refusal, WalletId};

use super::words::{CommissionPayer, CommissionRefundPolicy};
use crate::graphql::command::text;
use crate::graphql::fault;

/// The commission of a sale: by which rule, and who is behind the names that it pays.
#[derive(Debug, Clone, Default, InputObject)]
pub struct CommissionInput {
    /// The rule's name; the ledger's default when not given.
    rule: Option<String>,
    /// The wallets behind the names that the rule pays, each once: a promoter, an author. A step
    /// whose payee is not given is left out.
    #[graphql(default)]
    payees: Vec<PayeeInput>,
}

/// A name that a commission rule pays, and the wallet behind it.
#[derive(Debug, Clone, InputObject)]
pub struct PayeeInput {
    /// As the rule says it.
    name: String,
    /// The wallet.
    wallet: Uuid,
}

impl CommissionInput {
    /// What it asks; nothing in particular where it was not given.
    pub(in crate::graphql) fn parse(input: Option<&Self>) -> std::result::Result<Ask, Refusal> {
        let Some(it) = input else { return Ok(Ask::default()) };
        let mut payees = BTreeMap::new();
        for payee in &it.payees {
            let name = text("payees", &payee.name)?;
            if payees.insert(name, WalletId(payee.wallet)).is_some() {
                return Err(Refusal::InvalidSetting {
                    field: "payees",
                    allowed: "given once each",
                });
            }
        }
        let rule = it.rule.as_ref().map(|name| text("rule", name)).transpose()?;
        Ok(Ask { rule, payees })
    }
}

/// The commission that a sale agreed to: no later version of the rule changes it.
#[allow(dead_code, reason = "escrows and sales show what they agreed")]
#[derive(Debug, SimpleObject)]
pub struct AgreedCommission {
    /// The rule's name.
    rule: String,
    /// Its version; 0 for the rate in the ledger's settings.
    version: u32,
    /// Who bears it.
    payer: CommissionPayer,
    /// What becomes of it on a refund.
    refund: CommissionRefundPolicy,
}

#[allow(dead_code, reason = "escrows and sales show what they agreed")]
impl AgreedCommission {
    /// As it was agreed.
    pub(in crate::graphql) fn of(agreed: &Agreed) -> Result<Self> {
        Ok(Self {
            rule: agreed.rule.to_string(),
            version: agreed.version,
            payer: CommissionPayer::of(agreed.payer.as_str())?,
            refund: CommissionRefundPolicy::of(agreed.refund.as_str())?,
        })
    }

    /// As a read model holds it: the agreed terms as their event wrote them.
    pub(in crate::graphql) fn read(agreed: &serde_json::Value) -> Result<Self> {
        let agreed: Agreed = serde_json::from_value(agreed.clone())
            .map_err(|_| fault::unavailable("the read models are of another version"))?;
        Self::of(&agreed)
    }
}

//! PayGate Global's disbursements to Flooz and T-Money. Its documentation is for merchants alone:
//! this follows public integrations of it (filanodev/laravel-paygate-global).
//!
//! It answers calls from addresses alone that the merchant has named. No call is known that says how
//! a disbursement stands, and no delivery of it proves anything: what is not answered for is for a
//! person to look up, and is never sent again by itself.

use cauri_domain::WithdrawalId;
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{PayoutInstruction, PayoutStatus, Submitted};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::api::{Api, ask, id, not_understood};
use super::destination::Mobile;
use super::{Pays, amount_not_supported, destination_not_understood, unknown, wire};
use crate::providers::ProviderAccount;

#[derive(Debug)]
pub(super) struct Paygate {
    api: Api,
    token: SecretString,
}

impl Paygate {
    pub(super) fn try_new(account: &ProviderAccount) -> anyhow::Result<Self> {
        Ok(Self {
            api: Api::of(account, "url", "https://paygateglobal.com")?,
            token: account.required_secret("auth_token")?.clone(),
        })
    }
}

/// An account in Togo, on one of the two networks there.
fn recipient(destination: &str) -> Option<Mobile<'_>> {
    Mobile::read(destination)
        .filter(|to| to.country == "TG" && matches!(to.network, "FLOOZ" | "TMONEY"))
}

impl Pays for Paygate {
    fn takes(&self, destination: &str) -> bool {
        recipient(destination).is_some()
    }

    async fn send(&self, instruction: &PayoutInstruction) -> Submitted {
        let Some(amount) = wire::francs(instruction) else { return amount_not_supported() };
        let Some(to) = recipient(&instruction.destination) else {
            return destination_not_understood();
        };
        let key = instruction.withdrawal.to_string();
        let request = self.api.post(&["api", "v1", "disburse"]).json(&json!({
            "auth_token": self.token.expose_secret(),
            "phone_number": to.local(),
            "amount": amount,
            "reason": format!("Withdrawal {key}"),
            "reference": key,
            "network": to.network,
        }));
        let said = match ask(request).await {
            Ok(said) => said,
            Err(trouble) => return trouble.of_submission(),
        };
        let answer = said.root();
        // The status in the body; that of HTTP says nothing.
        match (id(&answer, "status").as_deref(), id(&answer, "tx_reference")) {
            (Some("200"), Some(object)) => Submitted::Made { object },
            (Some(code), _) if code != "200" => unknown(&format!("paygate_{}", plain(code))),
            _ if said.status.is_success() => not_understood().into(),
            _ => said.trouble.into(),
        }
    }

    async fn found(&self, _: WithdrawalId) -> Result<PayoutStatus, Trouble> {
        Ok(PayoutStatus::Unasked { why: "no_status_to_ask_for".to_owned() })
    }
}

/// A code of theirs as it may stand in one of ours.
fn plain(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric).take(16);
    letters.collect::<String>().to_ascii_lowercase()
}

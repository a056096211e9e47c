//! Neutral words for mobile-money networks, so that one destination can be paid by several providers.
//!
//! Each provider has words of its own: T-Money is `togocel` at FedaPay and `TMONEY` at PayGate. An
//! account's setting `networks` says what the marketplace's own words are there:
//!
//! ```toml
//! [account.settings]
//! networks = ["tmoney=togocel", "flooz=moov_tg"]
//! ```
//! Then it pays to `tmoney:+22890112233`, and to no network that is not listed.

use std::collections::BTreeMap;

use crate::providers::{AccountError, ProviderAccount};

/// The setting.
pub(in crate::providers) const SETTING: &str = "networks";

/// What an account's provider calls networks; nothing where its own words are used.
pub(super) struct Networks(BTreeMap<String, String>);

impl Networks {
    /// As an account's setting says.
    pub(super) fn of(account: &ProviderAccount) -> Result<Self, AccountError> {
        let mut words = BTreeMap::new();
        for item in account.list(SETTING) {
            let pair = item.split_once('=').map(|(ours, its)| (ours.trim(), its.trim()));
            let is_word = |text: &str| {
                (1..=32).contains(&text.len())
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
            };
            let Some((ours, its)) = pair.filter(|(ours, its)| is_word(ours) && is_word(its)) else {
                let reason = format!("has {item:?}, which is not \"OURS=ITS\"");
                return Err(account.invalid(SETTING, reason));
            };
            if words.insert(ours.to_owned(), its.to_owned()).is_some() {
                return Err(account.invalid(SETTING, format!("names {ours:?} twice")));
            }
        }
        Ok(Self(words))
    }

    /// A destination in the provider's words; `None` where its network is none of those listed.
    pub(super) fn in_its_words(&self, destination: &str) -> Option<String> {
        if self.0.is_empty() {
            return Some(destination.to_owned());
        }
        let (network, number) = destination.split_once(':')?;
        Some(format!("{}:{number}", self.0.get(network)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::providers::Kind;
    use crate::providers::payouts::gateway;

    fn account(kind: Kind, key: &str, networks: &str) -> ProviderAccount {
        let account = ProviderAccount::usual(kind, vec![]).with(key, "k");
        if networks.is_empty() { account } else { account.with(SETTING, networks) }
    }

    #[test]
    fn one_destination_is_in_the_words_of_whoever_pays_it() {
        let fedapay = account(Kind::Fedapay, "api_key", "tmoney=togocel, flooz=moov_tg");
        let networks = Networks::of(&fedapay).unwrap();
        let its = |text: &str| networks.in_its_words(text);
        assert_eq!(its("tmoney:+22890112233").as_deref(), Some("togocel:+22890112233"));
        assert_eq!((its("togocel:+22890112233"), its("+22890112233")), (None, None));
        for (kind, key, networks, takes) in [
            (Kind::Fedapay, "api_key", "tmoney=togocel", true),
            (Kind::Fedapay, "api_key", "flooz=moov_tg", false),
            (Kind::Paygate, "auth_token", "tmoney=TMONEY", true),
            (Kind::Paygate, "auth_token", "", false),
            (Kind::Stripe, "api_key", "", false),
        ] {
            let gateway = gateway(&account(kind, key, networks)).unwrap().unwrap();
            assert_eq!(gateway.takes("tmoney:+22890112233"), takes, "{kind} {networks}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_read_names_its_field() {
        for (list, part) in [("tmoney", "OURS=ITS"), ("a=b,a=c", "twice"), ("=b", "OURS=ITS")] {
            let error = gateway(&account(Kind::Fedapay, "api_key", list)).err().unwrap();
            let told = format!("{error:#}");
            assert!(told.contains("networks") && told.contains(part), "{told}");
        }
    }
}

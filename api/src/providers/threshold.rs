//! From which amount on a provider is asked before what it signed is booked.
//!
//! A valid signature proves who sent a delivery, not how much money there is: a secret may have
//! leaked. An account says it for each currency, `confirm_above = ["XOF 100000", "EUR 500.00"]`;
//! a currency that it leaves out is always confirmed, `"0"` alone means all of them, and without the
//! setting none is.

use std::collections::BTreeMap;

use cauri_domain::{Currency, Money};

use super::port::Thing;
use super::{AccountError, ProviderAccount};
use crate::webhooks::{Dispute, Fact, WireAmount};

/// The setting's name.
pub(super) const SETTING: &str = "confirm_above";

/// From which amount on an account is asked, by currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Threshold(Option<BTreeMap<String, u64>>);

impl Threshold {
    /// What an account's setting says.
    ///
    /// # Errors
    /// When it is not as described.
    pub fn of(account: &ProviderAccount) -> Result<Self, AccountError> {
        let listed: Vec<&str> = account.list(SETTING).collect();
        if listed.is_empty() {
            return Ok(Self(None));
        }
        if listed == ["0"] {
            return Ok(Self(Some(BTreeMap::new())));
        }
        let invalid = || {
            let reason = "is neither \"0\" nor a list such as [\"XOF 100000\", \"EUR 500.00\"]";
            account.invalid(SETTING, reason)
        };
        let mut above = BTreeMap::new();
        for entry in listed {
            let (code, amount) = entry.split_once(' ').ok_or_else(invalid)?;
            let currency: Currency = code.parse().map_err(|_| invalid())?;
            let minor = match amount.trim() {
                "0" => 0,
                amount => Money::parse(amount, currency).map_err(|_| invalid())?.minor(),
            };
            if above.insert(code.to_owned(), minor).is_some() {
                return Err(account.invalid(SETTING, "names a currency twice"));
            }
        }
        Ok(Self(Some(above)))
    }

    /// Whether anything is asked about.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        self.0.is_some()
    }

    fn is_above(&self, amount: &WireAmount) -> bool {
        let Some(above) = &self.0 else { return false };
        above.get(amount.currency()).is_none_or(|above| amount.minor() > *above)
    }

    /// The things that are to be read before these facts are believed, each once.
    #[must_use]
    pub fn things(&self, facts: &[Fact]) -> Vec<Thing> {
        let mut things = Vec::new();
        for fact in facts {
            if let Some((thing, amount)) = thing(fact)
                && amount.map_or(self.is_set(), |amount| self.is_above(amount))
                && !things.iter().any(|known: &Thing| known.is_of(fact))
            {
                things.push(thing);
            }
        }
        things
    }
}

/// What a fact says money of, and how much, where it says it.
fn thing(fact: &Fact) -> Option<(Thing, Option<&WireAmount>)> {
    let payment =
        |reference, object: &String| Thing::Payin { reference, object: Some(object.clone()) };
    Some(match fact {
        Fact::PayinAuthorised { reference, object, amount } => {
            (payment(Some(*reference), object), Some(amount))
        }
        Fact::PayinSucceeded { reference, object, amount } => {
            (payment(*reference, object), Some(amount))
        }
        Fact::RefundedInAll { payment: object, amount } => (payment(None, object), Some(amount)),
        Fact::PayoutPaid { reference, object, amount } => {
            (Thing::Payout { reference: *reference, object: object.clone() }, Some(amount))
        }
        // Its money goes back to the wallet, whatever it was.
        Fact::PayoutFailed { reference, object, .. } => {
            (Thing::Payout { reference: *reference, object: object.clone() }, None)
        }
        Fact::Disputed { case, told, .. } => match told {
            Dispute::Opened { amount, .. }
            | Dispute::FundsWithdrawn { amount, .. }
            | Dispute::FundsReinstated { amount } => {
                (Thing::Dispute { case: case.clone() }, Some(amount))
            }
            Dispute::Inquiry | Dispute::Won | Dispute::Lost => return None,
        },
        // They move no money by themselves, or what the provider keeps of a payment; how a refund of ours
        // ended, few providers can be asked.
        Fact::PayinSubmitted { .. }
        | Fact::PayinDeclined { .. }
        | Fact::RefundPaid { .. }
        | Fact::RefundFailed { .. }
        | Fact::FeeTaken { .. } => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::providers::Kind;
    use crate::webhooks::amount::IsoCurrency;
    use crate::webhooks::json::Json;

    fn threshold(text: &str) -> Result<Threshold, AccountError> {
        let account = ProviderAccount::usual(Kind::Stripe, Vec::new());
        Threshold::of(&account.with(SETTING, text))
    }

    fn received(object: &str, amount: &str, currency: &str) -> Fact {
        let json =
            Json::parse(format!(r#"{{"a":"{amount}","c":"{currency}"}}"#).as_bytes()).unwrap();
        let iso = IsoCurrency::read(&json.root().field("c").unwrap()).unwrap();
        let amount = WireAmount::from_decimal(&json.root().field("a").unwrap(), iso).unwrap();
        Fact::PayinSucceeded { reference: None, object: object.to_owned(), amount }
    }

    #[test]
    fn only_what_is_more_than_the_threshold_is_asked_about() {
        let above = threshold("XOF 100000, EUR 500.00, USD 0").unwrap();
        let asked =
            |amount, currency| !above.things(&[received("pi", amount, currency)]).is_empty();
        assert!(!asked("100000", "XOF") && asked("100001", "XOF"));
        assert!(!asked("500.00", "EUR") && asked("500.01", "EUR"));
        assert!(asked("0.01", "USD"));
        assert!(asked("0.01", "GBP"), "a currency that is left out is always asked about");
        let never = Threshold::default();
        assert!(never.things(&[received("pi", "900000", "XOF")]).is_empty() && !never.is_set());
        let always = threshold("0").unwrap();
        assert_eq!(always.things(&[received("pi", "1", "XOF")]).len(), 1);
    }

    #[test]
    fn a_payout_that_failed_is_asked_about_whatever_it_was() {
        let reference = Uuid::from_u128(7);
        let object = "tr_1".to_owned();
        let failed = [Fact::PayoutFailed {
            reference,
            object: object.clone(),
            reason: "reversed".to_owned(),
        }];
        let asked = [Thing::Payout { reference, object }];
        assert_eq!(threshold("XOF 100000").unwrap().things(&failed), asked);
        assert_eq!(Threshold::default().things(&failed), []);
    }

    #[test]
    fn a_thing_is_asked_about_once_however_often_it_is_told() {
        let always = threshold("0").unwrap();
        let facts =
            [received("pi", "1", "XOF"), received("pi", "2", "XOF"), received("po", "3", "XOF")];
        assert_eq!(always.things(&facts).len(), 2);
    }

    #[test]
    fn a_threshold_that_cannot_be_read_keeps_the_server_from_starting() {
        for text in ["100000", "XOF", "XOF much", "XXX 1", "XOF 1.5", "XOF 1, XOF 2", "0, XOF 1"] {
            assert_eq!(threshold(text).unwrap_err().field, SETTING, "{text}");
        }
    }
}

//! What one event must be: in its place, in a unit that goes on there, and balanced.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

/// How many decimals amounts are added up with: more than any currency has.
const DECIMALS: usize = 8;

/// What is read of an event. Everything else is only hashed.
#[derive(Debug, Deserialize)]
pub struct Event<'a> {
    /// Its ledger.
    #[serde(rename = "l")]
    pub ledger: &'a str,
    /// Its place there.
    #[serde(rename = "r")]
    pub revision: u64,
    /// The first revision of its unit, and how many events that has.
    #[serde(rename = "u")]
    pub unit: (u64, u64),
    /// Its type and version.
    #[serde(rename = "t")]
    pub kind: &'a str,
    /// When it was recorded: always of the same form, so that the order of texts is that of time.
    #[serde(borrow)]
    pub at: &'a str,
    #[serde(rename = "p", borrow)]
    payload: &'a RawValue,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    entry: Option<Vec<Posting<'a>>>,
}

/// Account, side, amount, currency.
type Posting<'a> = (&'a str, &'a str, &'a str, &'a str);

impl<'a> Event<'a> {
    /// Reads the body of an event.
    ///
    /// # Errors
    /// What it is not.
    pub fn parse(body: &'a [u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| format!("it is no event: {error}"))
    }

    /// Whether its debits equal its credits in every currency. An event that moves no money does.
    ///
    /// # Errors
    /// What does not.
    pub fn balances(&self) -> Result<(), String> {
        let payload: Payload<'_> = serde_json::from_str(self.payload.get())
            .map_err(|error| format!("its entry cannot be read: {error}"))?;
        let Some(entry) = payload.entry else { return Ok(()) };
        let mut sums = BTreeMap::<&str, i128>::new();
        for (account, side, amount, currency) in entry {
            let amount =
                scaled(amount).ok_or_else(|| format!("{amount:?} of {account} is no amount"))?;
            *sums.entry(currency).or_default() += match side {
                "D" => amount,
                "C" => -amount,
                other => return Err(format!("a posting is neither debit nor credit: {other:?}")),
            };
        }
        if sums.is_empty() {
            return Err("its entry has no postings".to_owned());
        }
        match sums.into_iter().find(|(_, sum)| *sum != 0) {
            Some((currency, _)) => Err(format!("its debits and credits differ in {currency}")),
            None => Ok(()),
        }
    }
}

/// A decimal in units of its last place that is added up.
fn scaled(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|b| b.is_ascii_digit());
    // Twenty digits are more than any amount has, and far from what 128 bits hold.
    let fits = !whole.is_empty() && whole.len() <= 20 && fraction.len() <= DECIMALS;
    if !fits || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return None;
    }
    format!("{whole}{fraction:0<DECIMALS$}").parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn checked(entry: &str) -> Result<(), String> {
        let body = format!(
            r#"{{"l":"main","r":0,"u":[0,1],"t":"x.v1","at":"2026","p":{{"entry":{entry}}}}}"#
        );
        Event::parse(body.as_bytes()).unwrap().balances()
    }

    #[test]
    fn only_entries_that_balance_to_the_last_digit_are_taken() {
        checked(r#"[["a","D","0.30","USD"],["b","C","0.1","USD"],["c","C","0.2","USD"]]"#).unwrap();
        for bad in [
            r#"[["a","D","1","USD"],["b","C","1","XOF"]]"#,
            r#"[["a","D","1.00","USD"],["b","C","1.01","USD"]]"#,
            r#"[["a","D","-1","USD"],["b","C","-1","USD"]]"#,
            r#"[["a","D","1e2","USD"],["b","C","100","USD"]]"#,
            r#"[["a","X","1","USD"],["b","C","1","USD"]]"#,
            "[]",
        ] {
            checked(bad).expect_err(bad);
        }
    }
}

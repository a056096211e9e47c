//! Which money an event must move, worked out without looking at its entry.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Oracle, amount, object, text};

/// Credits less debits by account, in one currency.
pub type Moves = BTreeMap<String, i128>;

/// 5 % of 30 is 1.5, which is rounded to the even 2.
fn fee(total: i128, basis_points: i128) -> i128 {
    let (down, rest) = (total * basis_points / 10_000, total * basis_points % 10_000);
    if rest * 2 > 10_000 || rest * 2 == 10_000 && down % 2 == 1 { down + 1 } else { down }
}

impl Oracle {
    /// What an event that came of `command` must move, before [`Oracle::take`] has seen it; `None`
    /// for an event whose lifecycle's own file checks it instead.
    pub fn moves(&self, kind: &str, payload: &Value, command: &Value) -> Option<Moves> {
        let available = |wallet: &str| format!("wallet:{wallet}:available");
        let noun = kind.split('.').next().unwrap();
        let id = payload.get(noun).and_then(Value::as_str).unwrap_or_default();
        let begun = self.begun.get(&format!("{noun} {id}")).unwrap_or(&Value::Null);
        let terms = &begun["terms"];
        let own = format!("{noun}:{id}");
        let receipt = &payload["receipt"];
        let clearing = || format!("clearing:{}", text(receipt, "provider"));
        let suspense = || format!("suspense:{}", text(receipt, "provider"));
        let (from, to, (minor, _)) = match kind {
            "transfer.completed.v1" => {
                let it = &command["Transfer"];
                (available(text(it, "from")), available(text(it, "to")), amount(&it["amount"]))
            }
            "payin.succeeded.v1" => {
                let payee = begun["target"]["wallet"].as_str().unwrap_or(text(begun, "wallet"));
                let (asked, new) = (
                    amount(&begun["amount"]).0,
                    self.new_of(receipt).min(amount(&begun["amount"]).0),
                );
                let mut moves = Moves::from([(available(payee), asked), (clearing(), -new)]);
                // What is not new waited in suspense.
                moves.insert(suspense(), new - asked);
                moves.retain(|_, minor| *minor != 0);
                return Some(moves);
            }
            "payin.mismatched.v1"
                if self.told.get(&object(receipt)) == Some(&receipt["amount"]) =>
            {
                // Told in the same breath as what was asked: the difference.
                let (told, currency) = amount(&receipt["amount"]);
                let new = told - self.before[&object(receipt)];
                (clearing(), suspense(), (new - new.min(amount(&begun["amount"]).0), currency))
            }
            "payin.mismatched.v1" | "payin.succeeded_late.v1" => {
                let (told, currency) = amount(&receipt["amount"]);
                let before = self.told.get(&object(receipt)).map_or(0, |before| amount(before).0);
                (clearing(), suspense(), (told - before, currency))
            }
            "escrow.funded.v1" => {
                // Opened by the event just before, in the same breath.
                let it = &command["OpenEscrow"];
                (available(text(it, "buyer")), own, amount(&it["amount"]))
            }
            "escrow.released.v1" => {
                let (total, currency) = amount(&terms["amount"]);
                let fee = fee(total, terms["commission"].as_u64().unwrap().into());
                let seller = available(text(terms, "seller"));
                let mut moves = Moves::from([(own.clone(), -total)]);
                moves.insert("revenue:commission".to_owned(), fee);
                moves.insert(seller, total - fee);
                moves.retain(|_, minor| *minor != 0);
                let told = payload.get("commission").map_or(0, |fee| amount(fee).0);
                assert_eq!((told, amount(&terms["amount"]).1), (fee, currency));
                return Some(moves);
            }
            "escrow.refunded.v1" => {
                (own, available(text(terms, "buyer")), amount(&terms["amount"]))
            }
            "withdrawal.requested.v1" => {
                (available(text(payload, "wallet")), own, amount(&payload["amount"]))
            }
            "withdrawal.rejected.v1" | "withdrawal.failed.v1" => {
                (own, available(text(begun, "wallet")), amount(&begun["amount"]))
            }
            "withdrawal.paid.v1" => (own, clearing(), amount(&begun["amount"])),
            "withdrawal.returned.v1" => {
                let provider = &self.later[&format!("withdrawal {id}")];
                let wallet = text(begun, "wallet");
                let closed = self.status[&format!("wallet {wallet}")] == "closed";
                let to = if closed { format!("suspense:{provider}") } else { available(wallet) };
                (format!("clearing:{provider}"), to, amount(&begun["amount"]))
            }
            _ if payload.get("entry").is_some() => return None,
            _ => return Some(Moves::new()),
        };
        Some(Moves::from([(from, -minor), (to, minor)]))
    }

    /// What of a receipt was not told before.
    fn new_of(&self, receipt: &Value) -> i128 {
        let before = self.told.get(&object(receipt)).map_or(0, |before| amount(before).0);
        amount(&receipt["amount"]).0 - before
    }

    /// What an event's entry says it moves.
    pub fn moved(payload: &Value) -> Moves {
        let mut moves = Moves::new();
        for posting in payload.get("entry").and_then(Value::as_array).into_iter().flatten() {
            let minor = super::minor(posting[2].as_str().unwrap(), posting[3].as_str().unwrap());
            let signed = if posting[1] == "C" { minor } else { -minor };
            *moves.entry(posting[0].as_str().unwrap().to_owned()).or_default() += signed;
        }
        moves
    }
}

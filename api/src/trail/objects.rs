//! What a command is about: the ids that it names.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use cauri_domain::text::is_bare_number;
use cauri_domain::{Command, Subject};
use cauri_ledger::trail::Word;

/// The ids among the fields of a command, by their names. Ids alone: an amount, a text or a list says
/// what was done, and that is the ledger's to tell.
pub(super) fn objects(command: &Command) -> BTreeMap<Word, Word> {
    // `{"FreezeWallet":{"wallet":"…"}}`; what has no such form names nothing.
    let Ok(Value::Object(tagged)) = serde_json::to_value(command) else { return BTreeMap::new() };
    let Some(Value::Object(fields)) = tagged.into_values().next() else { return BTreeMap::new() };
    let id = |(name, value): (String, Value)| {
        let Value::String(text) = value else { return None };
        let is_person = matches!(name.as_str(), "subject" | "owner" | "member" | "arbiter");
        let is_id = Uuid::try_parse(&text).is_ok() || is_person && text.parse::<Subject>().is_ok();
        Some((name.parse().ok()?, is_id.then(|| id_of(&text))??))
    };
    fields.into_iter().filter_map(id).collect()
}

/// An id that somebody gave, if it can be put on record: nothing that could be the number of a phone or
/// an account, since it need not be an id of anything.
pub(crate) fn id_of(given: &str) -> Option<Word> {
    let could_be_personal = is_bare_number(given) && Uuid::try_parse(given).is_err();
    if could_be_personal { None } else { given.parse().ok() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use cauri_domain::{Money, WalletId, WithdrawalId, personal_data, withdrawal};

    #[test]
    fn ids_are_named_and_nothing_else_is() {
        let command = withdrawal::Request {
            withdrawal: WithdrawalId(Uuid::from_u128(7)),
            wallet: WalletId(Uuid::from_u128(1)),
            amount: Money::parse("100", "XOF".parse().unwrap()).unwrap(),
            destination: Some("momo-1".parse().unwrap()),
            method: None,
        };
        let named = objects(&command.into());
        let named: Vec<_> = named.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
        let wanted = [
            ("wallet", "00000000-0000-0000-0000-000000000001"),
            ("withdrawal", "00000000-0000-0000-0000-000000000007"),
        ];
        assert_eq!(named, wanted);
        let (subject, reason) = ("ama".parse().unwrap(), "asked_for".parse().unwrap());
        let erase = personal_data::Erase { subject, reason };
        let named = objects(&erase.into());
        assert_eq!(named.values().map(Word::as_str).collect::<Vec<_>>(), ["ama"]);
        let (subject, reason) = ("22890112233".parse().unwrap(), "asked_for".parse().unwrap());
        assert!(objects(&personal_data::Erase { subject, reason }.into()).is_empty());
    }
}

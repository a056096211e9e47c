//! The things of a ledger's state: how many there are, and which of them changed.
//!
//! They are shown as they are serialised, table by table, each under its key: so nothing that a
//! lifecycle has can be forgotten here.

use std::collections::BTreeMap;
use std::hash::Hash;

use cauri_domain::LedgerState;
use cauri_domain::state::SeeTables;
use cauri_domain::table::Table;
use serde::Serialize;
use serde_json::value::RawValue;

use super::replay::ReplayError;

/// Tables that are rules rather than things with a life.
const SETTINGS: [&str; 9] = [
    "settings",
    "commission_rules",
    "four_eyes",
    "closed_to",
    "endpoints",
    "limits",
    "zone",
    "payments_rules",
    "plans",
];

/// How many things a table has, and how many of them stand where, where they say so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// All of them.
    pub total: u64,
    /// By what they say of their status.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_status: BTreeMap<String, u64>,
}

/// A thing that came, changed or went.
#[derive(Debug, Clone, Serialize)]
pub struct Changed {
    /// Of which table.
    pub table: &'static str,
    /// Which.
    pub key: Box<RawValue>,
    /// As it was; null where it was not.
    pub before: Option<Box<RawValue>>,
    /// As it became; null where it is no more.
    pub after: Option<Box<RawValue>>,
}

/// The fields of a thing, if it has any.
fn fields(thing: &RawValue) -> BTreeMap<String, Box<RawValue>> {
    serde_json::from_str(thing.get()).unwrap_or_default()
}

impl Changed {
    /// Whether it is a rule, and not a thing with a life.
    #[must_use]
    pub fn is_setting(&self) -> bool {
        SETTINGS.contains(&self.table)
    }

    /// Which of its fields changed: name, before, after. One without a name where it has no fields.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, Option<String>, Option<String>)> {
        let text = |value: &RawValue| value.get().to_owned();
        let of = |thing: &Option<Box<RawValue>>| thing.as_deref().map(fields).unwrap_or_default();
        let (before, after) = (of(&self.before), of(&self.after));
        let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
        if names.is_empty() {
            let [before, after] = [&self.before, &self.after].map(|it| it.as_deref().map(text));
            return vec![(String::new(), before, after)];
        }
        let value = |of: &BTreeMap<_, Box<RawValue>>, name| of.get(name).map(|it| text(it));
        names
            .into_iter()
            .map(|name| (name.clone(), value(&before, name), value(&after, name)))
            .filter(|(_, before, after)| before != after)
            .collect()
    }
}

/// How many there are of each thing; what there is none of is left out.
///
/// # Errors
/// [`ReplayError::Shown`].
pub fn counts(state: &LedgerState) -> Result<BTreeMap<&'static str, Count>, ReplayError> {
    let mut see = Counting(BTreeMap::new());
    state.beside(state, &mut see)?;
    Ok(see.0)
}

/// What came, changed or went between two states, in the order of tables and keys.
///
/// # Errors
/// [`ReplayError::Shown`].
pub fn changed(before: &LedgerState, after: &LedgerState) -> Result<Vec<Changed>, ReplayError> {
    let mut see = Changing(Vec::new());
    before.beside(after, &mut see)?;
    Ok(see.0)
}

fn shown(table: &'static str, value: &impl Serialize) -> Result<Box<RawValue>, ReplayError> {
    serde_json::value::to_raw_value(value).map_err(|cause| ReplayError::Shown { table, cause })
}

struct Counting(BTreeMap<&'static str, Count>);

impl SeeTables for Counting {
    type Error = ReplayError;

    fn table<K, V>(
        &mut self,
        name: &'static str,
        _: &Table<K, V>,
        table: &Table<K, V>,
    ) -> Result<(), ReplayError>
    where
        K: Clone + Eq + Hash + Ord + Serialize,
        V: Clone + PartialEq + Serialize,
    {
        if table.is_empty() {
            return Ok(());
        }
        let mut count = Count::default();
        for (_, value) in table.unordered() {
            count.total += 1;
            let status = fields(&shown(name, value)?).remove("status");
            if let Some(status) = status.and_then(|status| word(&status)) {
                *count.by_status.entry(status).or_default() += 1;
            }
        }
        self.0.insert(name, count);
        Ok(())
    }
}

/// A status is a word, or one with more beside it.
fn word(status: &RawValue) -> Option<String> {
    let text = status.get();
    serde_json::from_str(text).ok().or_else(|| {
        let with_more: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
        with_more.into_keys().next()
    })
}

struct Changing(Vec<Changed>);

impl SeeTables for Changing {
    type Error = ReplayError;

    fn table<K, V>(
        &mut self,
        table: &'static str,
        before: &Table<K, V>,
        after: &Table<K, V>,
    ) -> Result<(), ReplayError>
    where
        K: Clone + Eq + Hash + Ord + Serialize,
        V: Clone + PartialEq + Serialize,
    {
        let gone = before.unordered().map(|(key, _)| key).filter(|key| after.get(key).is_none());
        let other = after.unordered().filter(|(key, value)| before.get(key) != Some(value));
        let mut keys: Vec<&K> = gone.chain(other.map(|(key, _)| key)).collect();
        keys.sort_unstable();
        for key in keys {
            let of = |side: &Table<K, V>| side.get(key).map(|it| shown(table, it)).transpose();
            let (before, after) = (of(before)?, of(after)?);
            self.0.push(Changed { table, key: shown(table, key)?, before, after });
        }
        Ok(())
    }
}

//! A keyed table that can take back its latest changes.
//!
//! The engine decides a batch before the batch before it is durable. When the store then says that
//! another writer came first, those changes must go. A table keeps the old value of each entry it
//! changed since the last [`Table::forget`], never a copy of itself: the cost is that of the change.
//!
//! Invariant: its order is never seen. Iteration is sorted, so that equal tables look equal.

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::parts::Parts;

/// A map with undo.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    entries: Parts<K, V>,
    undo: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { entries: Parts::default(), undo: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Table<K, V> {
    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts `value` under `key`.
    pub fn insert(&mut self, key: K, value: V) {
        let old = self.entries.insert(key.clone(), value);
        self.undo.push((key, old));
    }

    /// Takes the value under `key` out, if there is one.
    pub fn remove(&mut self, key: K) {
        if let Some(old) = self.entries.remove(&key) {
            self.undo.push((key, Some(old)));
        }
    }

    /// Changes the value under `key`, starting from the default when there is none.
    pub fn update(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        if let Some(value) = self.entries.get_mut(&key) {
            self.undo.push((key, Some(value.clone())));
            return change(value);
        }
        let mut value = V::default();
        change(&mut value);
        self.undo.push((key.clone(), None));
        self.entries.insert(key, value);
    }

    /// Changes the value under `key`, if there is one.
    pub fn modify(&mut self, key: K, change: impl FnOnce(&mut V)) {
        if let Some(value) = self.entries.get_mut(&key) {
            self.undo.push((key, Some(value.clone())));
            change(value);
        }
    }

    /// All entries, in no order. For folds whose result does not depend on order.
    pub fn unordered(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    /// All entries in order of key.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&K, &V)>
    where
        K: Ord,
    {
        let mut sorted: Vec<_> = self.entries.iter().collect();
        sorted.sort_unstable_by(|left, right| left.0.cmp(right.0));
        sorted
    }

    /// How many changes could be taken back.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.undo.len()
    }

    /// Takes back the latest changes until `kept` are left.
    pub fn undo_to(&mut self, kept: usize) {
        while self.undo.len() > kept {
            match self.undo.pop() {
                Some((key, Some(old))) => drop(self.entries.insert(key, old)),
                Some((key, None)) => drop(self.entries.remove(&key)),
                None => return,
            }
        }
    }

    /// Makes the oldest `changes` final.
    pub fn forget(&mut self, changes: usize) {
        self.undo.drain(..changes.min(self.undo.len()));
    }
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Eq + Hash, V: Eq> Eq for Table<K, V> {}

impl<K: Clone + Eq + Hash + Ord + Serialize, V: Clone + Serialize> Serialize for Table<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sorted())
    }
}

impl<'de, K, V> Deserialize<'de> for Table<K, V>
where
    K: Eq + Hash + Deserialize<'de>,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = deserializer.deserialize_seq(Entries(PhantomData))?;
        Ok(Self { entries, undo: Vec::new() })
    }
}

/// Puts each entry where it belongs as soon as it is read: all of them in a list before that would be as
/// much memory again.
struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K, V> Visitor<'de> for Entries<K, V>
where
    K: Eq + Hash + Deserialize<'de>,
    V: Deserialize<'de>,
{
    type Value = Parts<K, V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of keys and values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Parts::default();
        while let Some((key, value)) = list.next_element()? {
            entries.insert(key, value);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_taken_back_was_never_there(
            before in prop::collection::vec((0_u8..8, 0_u32..), 0..20),
            after in prop::collection::vec((0_u8..8, 0_u32.., any::<bool>()), 0..20),
        ) {
            let mut table = Table::default();
            for (key, value) in before {
                table.insert(key, value);
            }
            let (kept, expected) = (table.changes(), table.clone());
            for (key, value, whole) in after {
                if whole { table.insert(key, value) } else { table.update(key, |v: &mut u32| *v = value) }
            }
            table.undo_to(kept);
            prop_assert_eq!(table, expected);
        }

        #[test]
        fn what_is_final_stays(
            first in prop::collection::vec((0_u8..8, 0_u32..), 0..20),
            second in prop::collection::vec((0_u8..8, 0_u32..), 0..20),
        ) {
            let mut table = Table::default();
            for (key, value) in first {
                table.insert(key, value);
            }
            let (settled, expected) = (table.changes(), table.clone());
            for (key, value) in second {
                table.insert(key, value);
            }
            table.forget(settled);
            table.undo_to(0);
            prop_assert_eq!(table, expected);
        }
    }
}

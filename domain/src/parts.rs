//! A hash map that grows in small steps.
//!
//! A hash map that is full moves all its entries at once: with a hundred thousand of them that takes a
//! tenth of a second, in which a ledger's writer answers nobody. Here a map that has become large is cut
//! into parts by the keys' hashes, and each part grows by itself.
//!
//! Invariant: its order is never seen outside of [`Table`](crate::table::Table).

use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::FixedState;

#[expect(clippy::disallowed_types, reason = "a fixed hasher, and its order is never seen")]
type Map<K, V> = std::collections::HashMap<K, V, FixedState>;

/// From how many entries on there are parts: moving so many takes less than a millisecond.
const LARGE: usize = 4_096;

/// How many parts there are then. Ten million entries are forty thousand in each.
const PARTS: usize = 256;

/// The map.
#[derive(Debug, Clone)]
pub(crate) struct Parts<K, V> {
    /// One, or [`PARTS`].
    parts: Vec<Map<K, V>>,
}

impl<K, V> Default for Parts<K, V> {
    fn default() -> Self {
        Self { parts: vec![Map::default()] }
    }
}

impl<K, V> Parts<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(Map::len).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.iter().all(Map::is_empty)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.parts.iter().flatten()
    }
}

impl<K: Eq + Hash, V> Parts<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.parts[self.part(key)].get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let part = self.part(key);
        self.parts[part].get_mut(key)
    }

    /// Puts a value under a key, and returns the one that was there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let [all] = &mut self.parts[..]
            && all.len() == LARGE
        {
            let all = std::mem::take(all);
            self.parts.resize_with(PARTS, Map::default);
            for (key, value) in all {
                let part = self.part(&key);
                self.parts[part].insert(key, value);
            }
        }
        let part = self.part(&key);
        self.parts[part].insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let part = self.part(key);
        self.parts[part].remove(key)
    }

    /// Where a key is. The maps take the highest and the lowest bits of its hash: these are others.
    fn part(&self, key: &K) -> usize {
        if self.parts.len() == 1 {
            return 0;
        }
        (FixedState::default().hash_one(key) >> 40) as usize % PARTS
    }
}

impl<K: Eq + Hash, V: PartialEq> PartialEq for Parts<K, V> {
    fn eq(&self, other: &Self) -> bool {
        // Equal ones may be cut or not: what was taken out leaves the parts behind.
        self.len() == other.len()
            && self.iter().all(|(key, value)| other.get(key).is_some_and(|there| there == value))
    }
}

impl<K: Eq + Hash, V: Eq> Eq for Parts<K, V> {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    impl<K: Eq + Hash, V> FromIterator<(K, V)> for Parts<K, V> {
        fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
            let mut parts = Self::default();
            for (key, value) in entries {
                parts.insert(key, value);
            }
            parts
        }
    }

    #[test]
    fn small_or_cut_it_holds_what_was_put_in() {
        let count = 3 * LARGE as u64;
        let (mut parts, mut same) = (Parts::default(), BTreeMap::new());
        for number in 0..count {
            // Some keys come again, and some go.
            let key = number * 7 % (count / 2);
            assert_eq!(parts.insert(key, number), same.insert(key, number));
            if number % 5 == 0 {
                assert_eq!(parts.remove(&(key / 2)), same.remove(&(key / 2)));
            }
            assert_eq!(parts.len(), same.len());
        }
        let mut all: Vec<_> = parts.iter().map(|(key, value)| (*key, *value)).collect();
        all.sort_unstable();
        assert_eq!(all, same.clone().into_iter().collect::<Vec<_>>());
        assert!(same.iter().all(|(key, value)| parts.get(key) == Some(value)));
        let longest = parts.parts.iter().map(Map::len).max().unwrap();
        assert!(longest < 4 * same.len() / PARTS, "a part of {longest} of {}", same.len());
    }

    #[test]
    fn what_is_cut_equals_what_is_not() {
        let mut cut: Parts<u64, u64> = (0..=LARGE as u64).map(|number| (number, number)).collect();
        assert_eq!(cut.parts.len(), PARTS);
        for number in 10..=LARGE as u64 {
            cut.remove(&number);
        }
        let mut small: Parts<u64, u64> = (0..10).map(|number| (number, number)).collect();
        assert_eq!(small.parts.len(), 1);
        assert_eq!(cut, small);
        small.insert(3, 4);
        assert_ne!(cut, small);
    }
}

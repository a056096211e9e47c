//! Postcard to and from memory, with a rest now and then where the thread is one that [rests](aside).

use postcard::de_flavors::Flavor as From;
use postcard::ser_flavors::Flavor as To;
use postcard::{Deserializer, Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::aside;

/// After how many bytes it is looked whether a rest is due.
const OFTEN: usize = 1 << 12;

/// As [`postcard::to_stdvec`].
pub(super) fn to_vec<T: Serialize>(content: &T) -> Result<Vec<u8>> {
    postcard::serialize_with_flavor(content, Written { bytes: Vec::new(), rested: 0 })
}

/// As [`postcard::from_bytes`].
pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    T::deserialize(&mut Deserializer::from_flavor(Left { bytes, rested: bytes.len() }))
}

struct Written {
    bytes: Vec<u8>,
    rested: usize,
}

impl Written {
    fn look(&mut self) {
        if self.bytes.len() - self.rested >= OFTEN {
            self.rested = self.bytes.len();
            aside::breathe();
        }
    }
}

impl To for Written {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> Result<()> {
        self.bytes.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(bytes);
        self.look();
        Ok(())
    }

    fn finalize(self) -> Result<Vec<u8>> {
        Ok(self.bytes)
    }
}

struct Left<'de> {
    bytes: &'de [u8],
    rested: usize,
}

impl<'de> From<'de> for Left<'de> {
    type Remainder = ();
    type Source = &'de [u8];

    fn pop(&mut self) -> Result<u8> {
        let (first, rest) = self.bytes.split_first().ok_or(Error::DeserializeUnexpectedEnd)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.bytes.len())
    }

    fn try_take_n(&mut self, count: usize) -> Result<&'de [u8]> {
        let taken = self.bytes.split_at_checked(count).ok_or(Error::DeserializeUnexpectedEnd)?;
        self.bytes = taken.1;
        if self.rested - self.bytes.len() >= OFTEN {
            self.rested = self.bytes.len();
            aside::breathe();
        }
        Ok(taken.0)
    }

    fn finalize(self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{from_bytes, to_vec};

    type Any = (Vec<u8>, Vec<Option<String>>, u128, i64, bool);

    proptest! {
        #[test]
        fn the_bytes_are_those_of_postcard_and_come_back(
            any in any::<Any>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = to_vec(&any).unwrap();
            prop_assert_eq!(&bytes, &postcard::to_stdvec(&any).unwrap());
            prop_assert_eq!(from_bytes::<Any>(&bytes).unwrap(), any);
            let cut = cut.index(bytes.len());
            prop_assert!(from_bytes::<Any>(&bytes[..cut]).is_err());
        }
    }
}

//! Sealing, keys and references. What needs a database is in `tests/tests/vault.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::cipher::{Key, Place};
use super::*;

const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const B: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn keys(text: &str) -> MasterKeys {
    MasterKeys::parse("here", text).unwrap()
}

proptest! {
    #[test]
    fn any_bytes_come_back_and_only_with_their_context(
        plain in proptest::collection::vec(any::<u8>(), 0..2_000),
        context in proptest::collection::vec(any::<u8>(), 0..40),
        other in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let sealer = Sealer::new(MasterKeys::random());
        let sealed = sealer.seal(&context, &plain);
        let opened = sealer.open(&context, &sealed).unwrap();
        prop_assert_eq!(opened.expose_secret(), &plain);
        if other != context {
            prop_assert!(matches!(sealer.open(&other, &sealed), Err(VaultError::Tampered)));
        }
        // What is short may be in there by chance.
        if plain.len() > 8 {
            prop_assert!(!sealed.ciphertext.windows(plain.len()).any(|part| part == plain));
        }
    }

    #[test]
    fn one_changed_bit_anywhere_is_seen(
        plain in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        let sealer = Sealer::new(MasterKeys::random());
        let mut sealed = sealer.seal(b"row", &plain);
        let whole = sealed.wrapped_key.len() + sealed.ciphertext.len();
        let place = at.index(whole);
        let split = sealed.wrapped_key.len();
        let byte = if place < split {
            &mut sealed.wrapped_key[place]
        } else {
            &mut sealed.ciphertext[place - split]
        };
        *byte ^= 1 << bit;
        prop_assert!(matches!(sealer.open(b"row", &sealed), Err(VaultError::Tampered)));
    }

    #[test]
    fn what_is_cut_off_is_seen(length in 0..80_usize) {
        let sealer = Sealer::new(MasterKeys::random());
        let mut sealed = sealer.seal(b"row", &[7; 40]);
        prop_assume!(length < sealed.ciphertext.len());
        sealed.ciphertext.truncate(length);
        prop_assert!(matches!(sealer.open(b"row", &sealed), Err(VaultError::Tampered)));
    }
}

#[test]
fn no_two_places_are_the_same_bytes() {
    let key = Key::random();
    let sealed = key.seal(&Place::of("purpose", &[b"ab", b"c"]), b"plain");
    for parts in
        [&[b"a".as_slice(), b"bc"] as &[&[u8]], &[b"abc"], &[b"ab", b"c", b""], &[b"c", b"ab"]]
    {
        assert!(key.open(&Place::of("purpose", parts), &sealed).is_err(), "{parts:?}");
    }
    assert!(key.open(&Place::of("other", &[b"ab", b"c"]), &sealed).is_err());
}

#[test]
fn the_same_bytes_are_never_sealed_the_same_way() {
    let sealer = Sealer::new(MasterKeys::random());
    let (one, two) = (sealer.seal(b"row", b"plain"), sealer.seal(b"row", b"plain"));
    assert_ne!(one.ciphertext, two.ciphertext);
    assert_ne!(one.wrapped_key, two.wrapped_key);
    let swapped = Sealed { wrapped_key: two.wrapped_key, ..one };
    assert!(matches!(sealer.open(b"row", &swapped), Err(VaultError::Tampered)));
}

#[test]
fn the_first_master_key_wraps_and_all_unwrap() {
    let old = Sealer::new(keys(A)).seal(b"row", b"plain");
    let rotated = Sealer::new(keys(&format!("{B},{A}")));
    assert_eq!(rotated.open(b"row", &old).unwrap().expose_secret(), b"plain");
    let new = rotated.seal(b"row", b"plain");
    assert_eq!(new.key_id, *keys(B).first());
    assert!(Sealer::new(keys(B)).open(b"row", &new).is_ok());
    let Err(VaultError::UnknownMasterKey { id }) = Sealer::new(keys(B)).open(b"row", &old) else {
        panic!("the old key is gone")
    };
    assert_eq!(id, *keys(A).first());
    // A key under another's name is no key either.
    let renamed = Sealed { key_id: keys(B).first().clone(), ..old };
    assert!(matches!(rotated.open(b"row", &renamed), Err(VaultError::Tampered)));
}

#[test]
fn a_wrong_master_key_is_named_and_never_repeated() {
    let refused = |text: &str| MasterKeys::parse("CAURI_VAULT_KEY", text).unwrap_err().to_string();
    assert!(refused("c2hvcnQ=").contains("CAURI_VAULT_KEY: key 1"));
    assert!(refused(&format!("{A},not-base64-at-all")).contains("key 2"));
    assert!(!refused(&format!("{A},not-base64-at-all")).contains("not-base64"));
    assert!(refused(" , ").contains("holds no key"));
    assert!(refused(&format!("{A},{A}")).contains("twice"));
    let shown = format!("{:?} {:?}", keys(A), Sealer::new(keys(A)));
    assert!(!shown.contains("AAAA") && shown.contains(keys(A).first().as_str()), "{shown}");
}

#[test]
fn a_data_folder_gets_one_key_for_ever_that_only_its_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let first = MasterKeys::open(folder.path(), true).unwrap();
    let file = folder.path().join("vault.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = MasterKeys::open(folder.path(), false).unwrap();
    assert_eq!(first.first(), again.first());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");

    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(MasterKeys::open(folder.path(), true), Err(KeyError::Exposed { .. })));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&file, "").unwrap();
    assert!(matches!(MasterKeys::open(folder.path(), true), Err(KeyError::Empty { .. })));
}

#[test]
fn references_fit_the_domain_and_are_told_from_others() {
    let made: std::collections::BTreeSet<_> =
        (0..1_000).map(|_| VaultRef::random().to_string()).collect();
    assert_eq!(made.len(), 1_000);
    for text in &made {
        assert_eq!(text.parse::<VaultRef>().unwrap().as_str(), text);
        assert!(text.parse::<cauri_domain::Reference>().is_ok() && VaultRef::claims(text));
    }
    for text in
        ["momo-1", "vlt_", "vlt_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "vlt_aaaaaaaaaaaaaaaaaaaaaaaaaaa"]
    {
        assert!(text.parse::<VaultRef>().is_err(), "{text}");
    }
}

#[test]
fn a_kind_is_known_by_its_word() {
    for kind in [Kind::Destination, Kind::EndpointSecret, Kind::NotifyToken, Kind::WebhookBody] {
        assert_eq!(Kind::of(kind.word()), Some(kind));
    }
    assert_eq!(Kind::of("other"), None);
}

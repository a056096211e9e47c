//! The vault against a real Postgres: what is kept comes back, what is erased never does, what was
//! tampered with is seen, and a rotation of the master key loses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use cauri_api::vault::{
    KeyId, Kind, MasterKeys, NewItem, Sealed, SecretBytes, TokenKept, Vault, VaultError, VaultRef,
};
use cauri_domain::{LedgerId, PayinId, Subject};
use cauri_tests::database::{TestDatabase, fresh_database};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

const A: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const B: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

async fn database() -> TestDatabase {
    let database = fresh_database().await;
    cauri_projections::migrate(&database.pool).await.expect("a new database");
    database
}

fn vault(database: &TestDatabase, keys: &str) -> Vault {
    Vault::new(database.pool.clone(), MasterKeys::parse("here", keys).expect("keys"))
}

fn main() -> LedgerId {
    LedgerId::main()
}

fn subject(name: &str) -> Subject {
    name.parse().expect("a subject")
}

fn plain(bytes: &SecretBytes) -> &[u8] {
    bytes.expose_secret()
}

async fn keep(vault: &Vault, name: &str, bytes: &[u8]) -> VaultRef {
    vault.put(&main(), &subject(name), Kind::Destination, bytes).await.expect("kept")
}

async fn run(database: &TestDatabase, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&database.pool).await.expect(sql);
}

#[tokio::test]
async fn what_is_kept_comes_back_and_the_database_never_sees_it() {
    let database = database().await;
    let vault = vault(&database, A);
    let reference = keep(&vault, "kofi", b"+22890112233").await;
    assert_eq!(plain(&vault.get(&main(), &reference).await.unwrap()), b"+22890112233");

    let described = vault.describe(&main(), &reference).await.unwrap().expect("it is there");
    assert_eq!((described.kind, described.subject.as_str()), (Some(Kind::Destination), "kofi"));
    assert_eq!(described.erased_at, None);

    // Neither in another ledger nor as another kind.
    let other: LedgerId = "other".parse().unwrap();
    assert!(matches!(vault.get(&other, &reference).await, Err(VaultError::NotFound)));
    let as_secret = vault.get_of(&main(), &reference, Kind::EndpointSecret).await;
    assert!(matches!(as_secret, Err(VaultError::NotFound)));

    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT i::text FROM vault.item i UNION ALL SELECT k::text FROM vault.subject_key k",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    let hidden = hex::encode(b"+22890112233");
    assert!(rows.iter().all(|row| !row.contains("90112233") && !row.contains(&hidden)));
}

#[tokio::test]
async fn many_are_kept_at_once_each_under_its_own_subject() {
    let database = database().await;
    let vault = vault(&database, A);
    let subjects: Vec<Subject> = (0..7).map(|n| subject(&format!("s{n}"))).collect();
    let bodies: Vec<Vec<u8>> = (0..100_u32).map(|n| n.to_be_bytes().to_vec()).collect();
    let items: Vec<NewItem<'_>> = bodies
        .iter()
        .enumerate()
        .map(|(n, plain)| NewItem { subject: &subjects[n % 7], kind: Kind::WebhookBody, plain })
        .collect();
    let references = vault.put_many(&main(), &items).await.unwrap();
    vault.erase(&main(), &subjects[3]).await.unwrap();
    for (n, (reference, body)) in references.iter().zip(&bodies).enumerate() {
        match vault.get(&main(), reference).await {
            Ok(bytes) => assert!(n % 7 != 3 && plain(&bytes) == body, "{n}"),
            Err(VaultError::Erased { .. }) => assert_eq!(n % 7, 3),
            Err(error) => panic!("{n}: {error}"),
        }
    }
    assert!(vault.put_many(&main(), &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_erased_subject_is_known_to_be_erased_and_may_come_back() {
    let database = database().await;
    let vault = vault(&database, A);
    assert_eq!(vault.erase(&main(), &subject("kofi")).await.unwrap().at, None);
    let old = keep(&vault, "kofi", b"old").await;
    let others = keep(&vault, "ama", b"hers").await;
    let erasure = vault.erase(&main(), &subject("kofi")).await.unwrap();
    assert_eq!(erasure.items, 1);
    let Err(VaultError::Erased { at }) = vault.get(&main(), &old).await else { panic!("erased") };
    assert_eq!(Some(at), erasure.at);
    // Asked again it changes nothing, not even the time.
    let again = vault.erase(&main(), &subject("kofi")).await.unwrap();
    assert_eq!((again.items, again.at), (0, erasure.at));

    let new = keep(&vault, "kofi", b"new").await;
    assert_eq!(plain(&vault.get(&main(), &new).await.unwrap()), b"new");
    assert!(matches!(vault.get(&main(), &old).await, Err(VaultError::Erased { .. })));
    assert_eq!(plain(&vault.get(&main(), &others).await.unwrap()), b"hers");

    // One thing alone: what else is kept of its subject stays.
    let second = keep(&vault, "kofi", b"second").await;
    assert!(vault.erase_item(&main(), &second).await.unwrap());
    assert!(!vault.erase_item(&main(), &second).await.unwrap());
    assert!(matches!(vault.get(&main(), &second).await, Err(VaultError::Erased { .. })));
    assert_eq!(plain(&vault.get(&main(), &new).await.unwrap()), b"new");
}

#[tokio::test]
async fn an_older_copy_of_the_ciphertexts_does_not_open_without_the_destroyed_key() {
    let database = database().await;
    let vault = vault(&database, A);
    let reference = keep(&vault, "kofi", b"secret").await;
    run(&database, "CREATE TABLE public.copy AS SELECT * FROM vault.item").await;
    vault.erase(&main(), &subject("kofi")).await.unwrap();
    run(
        &database,
        "UPDATE vault.item i SET ciphertext = c.ciphertext, erased_at = NULL
         FROM public.copy c WHERE c.reference = i.reference",
    )
    .await;
    assert!(matches!(vault.get(&main(), &reference).await, Err(VaultError::Erased { .. })));
    // Nor under a key that the subject got later.
    keep(&vault, "kofi", b"later").await;
    run(
        &database,
        "UPDATE vault.item SET subject_key = (SELECT id FROM vault.subject_key WHERE erased_at IS NULL)",
    )
    .await;
    assert!(matches!(vault.get(&main(), &reference).await, Err(VaultError::Tampered)));
}

#[tokio::test]
async fn rows_that_were_swapped_or_changed_do_not_open() {
    let database = database().await;
    let vault = vault(&database, A);
    let changes = [
        // Another destination of the same person: the attacker's, in the victim's place.
        "UPDATE vault.item i SET ciphertext = o.ciphertext FROM vault.item o
         WHERE o.reference <> i.reference AND o.subject_key = i.subject_key",
        "UPDATE vault.item SET kind = 'endpoint_secret'",
        "UPDATE vault.item SET ciphertext = set_byte(ciphertext, 30, get_byte(ciphertext, 30) # 1)",
        "UPDATE vault.item SET ciphertext = ''",
        // Another person's key, and another ledger's.
        "UPDATE vault.subject_key k SET wrapped_key = o.wrapped_key FROM vault.subject_key o
         WHERE o.id <> k.id",
        "UPDATE vault.subject_key SET subject = subject || 'x'",
        "UPDATE vault.subject_key SET wrapped_key = substr(wrapped_key, 1, 40)",
    ];
    for change in changes {
        run(&database, "TRUNCATE vault.subject_key, vault.item, vault.command").await;
        let references = [
            keep(&vault, "a", b"1").await,
            keep(&vault, "a", b"2").await,
            keep(&vault, "b", b"3").await,
        ];
        run(&database, change).await;
        let opened = vault.get(&main(), &references[0]).await;
        assert!(matches!(opened, Err(VaultError::Tampered)), "{change}: {opened:?}");
    }
    // A row that was moved into another ledger.
    let reference = keep(&vault, "c", b"4").await;
    run(&database, "UPDATE vault.item SET ledger = 'other'").await;
    let moved = vault.get(&"other".parse().unwrap(), &reference).await;
    assert!(matches!(moved, Err(VaultError::Tampered)));
}

#[tokio::test]
async fn a_rotation_can_be_stopped_at_any_row_and_ends_without_the_old_key() {
    let database = database().await;
    let old = vault(&database, A);
    let mut kept = BTreeMap::new();
    for n in 0..40_u8 {
        let reference = keep(&old, &format!("s{n}"), &[n]).await;
        kept.insert(reference.to_string(), n);
    }
    old.erase(&main(), &subject("s0")).await.unwrap();
    kept.retain(|_, n| *n != 0);

    let (both, new) = (vault(&database, &format!("{B},{A}")), vault(&database, B));
    assert_eq!(new.unknown_keys().await.unwrap()[0].keys, 39);
    // Stopped half-way: some rows are wrapped by one key, some by the other.
    assert_eq!(both.rewrap_some(10).await.unwrap(), 10);
    for (reference, n) in &kept {
        let reference = reference.parse().unwrap();
        assert_eq!(plain(&both.get(&main(), &reference).await.unwrap()), [*n]);
    }
    let (done, meanwhile) = tokio::join!(both.rewrap(), async {
        for n in 40..60_u8 {
            keep(&both, &format!("s{}", n % 45), &[n]).await;
        }
    });
    let () = meanwhile;
    assert_eq!((done.as_ref().unwrap().keys, done.unwrap().unknown), (29, vec![]));
    assert_eq!(both.rewrap().await.unwrap().keys, 0);
    assert!(new.unknown_keys().await.unwrap().is_empty());
    for (reference, n) in &kept {
        let reference = reference.parse().unwrap();
        assert_eq!(plain(&new.get(&main(), &reference).await.unwrap()), [*n]);
        let lost = old.get(&main(), &reference).await;
        assert!(matches!(lost, Err(VaultError::UnknownMasterKey { .. })));
    }
}

#[tokio::test]
async fn a_subject_that_is_erased_while_things_are_kept_ends_with_no_thing_under_a_dead_key() {
    let database = database().await;
    let vault = vault(&database, A);
    let keeping = async {
        let mut kept = Vec::new();
        for n in 0..60_u8 {
            kept.push((keep(&vault, "kofi", &[n]).await, n));
        }
        kept
    };
    let erasing = async {
        for _ in 0..30 {
            vault.erase(&main(), &subject("kofi")).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let (kept, ()) = tokio::join!(keeping, erasing);
    for (reference, n) in kept {
        match vault.get(&main(), &reference).await {
            Ok(bytes) => assert_eq!(plain(&bytes), [n]),
            Err(VaultError::Erased { .. }) => {}
            Err(error) => panic!("{n}: {error}"),
        }
    }
    let dead: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM vault.item i JOIN vault.subject_key k ON k.id = i.subject_key
         WHERE i.ciphertext IS NOT NULL AND k.wrapped_key IS NULL",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(dead, 0);
}

#[test]
fn any_bytes_come_back_until_they_are_erased() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(database());
    let vault = vault(&database, A);
    // What is done: keep bytes of one of three subjects, or erase one.
    let step = prop_oneof![
        4 => (0..3_u8, proptest::collection::vec(any::<u8>(), 0..300)).prop_map(|(s, b)| (s, Some(b))),
        1 => (0..3_u8).prop_map(|s| (s, None)),
    ];
    let stories = proptest::collection::vec(step, 1..25);
    let mut runner =
        TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let told = runner.run(&stories, |story| {
        runtime.block_on(async {
            let mut kept: Vec<(u8, VaultRef, Option<Vec<u8>>)> = Vec::new();
            for (who, bytes) in story {
                let name = format!("s{who}");
                match bytes {
                    Some(bytes) => kept.push((who, keep(&vault, &name, &bytes).await, Some(bytes))),
                    None => {
                        vault.erase(&main(), &subject(&name)).await.unwrap();
                        kept.iter_mut().filter(|it| it.0 == who).for_each(|it| it.2 = None);
                    }
                }
            }
            for (_, reference, expected) in kept {
                match (vault.get(&main(), &reference).await, expected) {
                    (Ok(bytes), Some(expected)) => assert_eq!(plain(&bytes), expected),
                    (Err(VaultError::Erased { .. }), None) => {}
                    (other, expected) => panic!("{other:?} where {expected:?} was expected"),
                }
            }
        });
        Ok(())
    });
    told.unwrap();
}

#[tokio::test]
async fn a_payins_tokens_are_read_and_none_where_nobody_kept_one() {
    let database = database().await;
    let vault = vault(&database, A);
    let (ours, others) = (PayinId(Uuid::from_u128(1)), PayinId(Uuid::from_u128(2)));
    let service = subject("the-back-end");
    let keep = async |payin, token: String, command| {
        let command = Uuid::from_u128(command);
        vault.keep_notify_token(&main(), payin, &token.into(), &service, command).await.unwrap()
    };
    let read = async |payin| {
        let tokens = vault.notify_tokens(&main(), payin).await.unwrap();
        let texts = tokens.iter().map(|it| it.as_ref().unwrap().expose_secret().to_owned());
        texts.collect::<BTreeSet<_>>()
    };
    let some = |numbers: RangeInclusive<u128>| -> BTreeSet<_> {
        numbers.map(|number| format!("t{number}")).collect()
    };
    for number in 1..=7 {
        let token = || format!("t{number}");
        assert_eq!(keep(ours, token(), number).await, TokenKept::Now);
        assert_eq!(keep(ours, token(), number).await, TokenKept::Before);
        assert_eq!(keep(ours, token(), 100 + number).await, TokenKept::Before, "the same one");
    }
    assert_eq!(keep(ours, "other".to_owned(), 7).await, TokenKept::Differs);
    assert_eq!(keep(others, "t7".to_owned(), 7).await, TokenKept::Differs, "another pay-in's");
    assert_eq!(read(ours).await, some(1..=7));
    assert_eq!(keep(ours, "t8".to_owned(), 8).await, TokenKept::Now);
    assert_eq!(keep(ours, "t9".to_owned(), 9).await, TokenKept::TooMany);
    assert!(read(others).await.is_empty(), "another pay-in's");
    let elsewhere = vault.notify_tokens(&"other".parse().unwrap(), ours).await.unwrap();
    assert!(elsewhere.is_empty(), "another ledger's");

    // What was never answered as kept proves nothing.
    run(
        &database,
        "DELETE FROM vault.command WHERE command = '00000000-0000-0000-0000-000000000008'",
    )
    .await;
    assert_eq!(read(ours).await, some(1..=7));

    vault.erase(&main(), &subject(&format!("payin:{ours}"))).await.unwrap();
    assert!(read(ours).await.is_empty(), "erased");
    assert_eq!(keep(ours, "t1".to_owned(), 11).await, TokenKept::Now);
    assert_eq!(read(ours).await, some(1..=1));

    run(
        &database,
        "UPDATE vault.item SET ciphertext = set_byte(ciphertext, 30,
             get_byte(ciphertext, 30) # 1) WHERE erased_at IS NULL AND kind = 'notify_token'",
    )
    .await;
    let tampered = vault.notify_tokens(&main(), ours).await.unwrap();
    assert!(matches!(tampered[..], [Err(VaultError::Tampered)]), "it is never taken for none");

    // Nor is one whose master key is lost. Nothing is kept beside it until it is erased.
    let keyless = self::vault(&database, B);
    let unknown = keyless.notify_tokens(&main(), ours).await.unwrap();
    assert!(matches!(unknown[..], [Err(VaultError::UnknownMasterKey { .. })]), "{unknown:?}");
    let token = "t2".to_owned().into();
    let keep =
        async || keyless.keep_notify_token(&main(), ours, &token, &service, Uuid::nil()).await;
    assert!(matches!(keep().await, Err(VaultError::UnknownMasterKey { .. })));
    keyless.erase(&main(), &subject(&format!("payin:{ours}"))).await.unwrap();
    assert!(keyless.notify_tokens(&main(), ours).await.unwrap().is_empty());
    assert_eq!(keep().await.unwrap(), TokenKept::Now);
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable_and_nothing_else() {
    let database = database().await;
    let vault = vault(&database, A);
    let reference = keep(&vault, "kofi", b"secret").await;
    run(&database, "ALTER SCHEMA vault RENAME TO elsewhere").await;
    assert!(matches!(vault.get(&main(), &reference).await, Err(VaultError::Unavailable(_))));
    let put = vault.put(&main(), &subject("ama"), Kind::Destination, b"plain").await;
    let Err(error @ VaultError::Unavailable(_)) = put else { panic!("the database is gone") };
    assert!(!format!("{error:?}").contains("plain"));
}

#[tokio::test]
async fn rows_of_the_inbox_are_wrapped_anew_too() {
    let database = database().await;
    let (old, both, new) =
        (vault(&database, A), vault(&database, &format!("{B},{A}")), vault(&database, B));
    let sealed = old.sealer().seal(b"row 1", b"body");
    sqlx::query(
        "INSERT INTO inbox.body (delivery, key_id, wrapped_key, ciphertext)
         VALUES (gen_random_uuid(), $1, $2, $3)",
    )
    .bind(sealed.key_id.as_str())
    .bind(&sealed.wrapped_key)
    .bind(&sealed.ciphertext)
    .execute(&database.pool)
    .await
    .unwrap();
    assert_eq!(both.rewrap().await.unwrap().keys, 1);
    let (id, wrapped_key): (String, Vec<u8>) =
        sqlx::query_as("SELECT key_id, wrapped_key FROM inbox.body")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    let moved = Sealed { key_id: KeyId::read(id), wrapped_key, ..sealed };
    assert_eq!(plain(&new.sealer().open(b"row 1", &moved).unwrap()), b"body");
    assert!(new.sealer().open(b"row 2", &moved).is_err());
}

#[tokio::test]
async fn what_an_older_backup_brings_back_is_erased_again_and_what_came_later_stays() {
    let database = database().await;
    let vault = vault(&database, A);
    let store = std::sync::Arc::new(cauri_ledger::store::memory::MemoryStore::default());
    let engine = cauri_ledger::engine::Engine::open(
        store,
        main(),
        std::sync::Arc::new(cauri_ledger::edge::SystemClock),
        Default::default(),
    )
    .await
    .unwrap();
    let ask = |command: cauri_domain::Command| {
        let actor =
            cauri_domain::Actor { subject: subject("staff"), role: cauri_domain::Role::Superadmin };
        let id = cauri_domain::CommandId(uuid::Uuid::new_v4());
        engine.ask(cauri_ledger::engine::Request::new(id, actor, command))
    };
    let settings = cauri_domain::Settings::default();
    ask(cauri_domain::settings::Open { settings }.into()).await.unwrap();
    let kept = keep(&vault, "kofi", b"his").await;
    let eraser = tokio::spawn(vault.clone().follow_erasures(engine.clone()));
    until(|| async { vault.erasures_done(&main()).await.unwrap().is_some() }).await;
    run(
        &database,
        "CREATE TABLE k AS SELECT * FROM vault.subject_key;
         CREATE TABLE i AS SELECT * FROM vault.item;
         CREATE TABLE d AS SELECT * FROM vault.erasures_done",
    )
    .await;

    let erase = cauri_domain::personal_data::Erase {
        subject: subject("kofi"),
        reason: "asked_for".parse().unwrap(),
    };
    ask(erase.into()).await.unwrap();
    let is_gone =
        || async { matches!(vault.get(&main(), &kept).await, Err(VaultError::Erased { .. })) };
    until(is_gone).await;
    let later = keep(&vault, "kofi", b"new").await;
    eraser.abort();

    // A start finds nothing new: what came after the erasure stays.
    let eraser = tokio::spawn(vault.clone().follow_erasures(engine.clone()));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(plain(&vault.get(&main(), &later).await.unwrap()), b"new");
    eraser.abort();

    // The backup of before: all is as it was then, and then it is erased again.
    run(
        &database,
        "TRUNCATE vault.command, vault.item, vault.subject_key, vault.erasures_done;
         INSERT INTO vault.subject_key OVERRIDING SYSTEM VALUE SELECT * FROM k;
         INSERT INTO vault.item SELECT * FROM i;
         INSERT INTO vault.erasures_done SELECT * FROM d",
    )
    .await;
    assert_eq!(plain(&vault.get(&main(), &kept).await.unwrap()), b"his");
    let eraser = tokio::spawn(vault.clone().follow_erasures(engine.clone()));
    until(is_gone).await;
    eraser.abort();
}

/// Waits until it is so, for at most ten seconds.
async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    for _ in 0..500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it did not become so");
}

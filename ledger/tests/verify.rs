//! `verify` over whole logs and over logs that were changed: what it refuses, and where.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use cauri_domain::testing::{any_plan, minute, play};
use cauri_domain::{Decided, LedgerId, Revision};
use cauri_ledger::edge::{Clock, ManualClock};
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::log::LogError;
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore as _, Head, RawEvent};
use cauri_ledger::verify::{Verified, VerifyOptions, verify};
use cauri_ledger::{Hash, chain};
use proptest::prelude::*;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The events of a random history.
fn history(plan: &cauri_domain::testing::Plan) -> Vec<RawEvent> {
    let played = play(plan).1;
    block_on(async {
        let memory = MemoryStore::new();
        let clock = Arc::new(ManualClock::new(minute(0)));
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let store = Arc::new(memory.clone());
        let options = EngineOptions::default();
        let engine = Engine::open(store, LedgerId::main(), time, options).await.unwrap();
        for (asked, decided) in played {
            if matches!(decided, Ok(Decided::Happened(_))) {
                clock.advance(asked.at - clock.now());
                engine.ask(Request::new(asked.id, asked.actor, asked.command)).await.unwrap();
            }
        }
        engine.close().await;
        memory.events(&LedgerId::main())
    })
}

fn verified(events: &[RawEvent], decoders: usize, replay: bool) -> Result<Verified, LogError> {
    block_on(async {
        let store = MemoryStore::new();
        // A store refuses gaps, so that what is to be found is put under the right revision.
        let placed = events
            .iter()
            .enumerate()
            .map(|(revision, raw)| RawEvent { revision: Revision(revision as u64), ..raw.clone() });
        let placed: Vec<_> = placed.collect();
        store.append(&LedgerId::main(), Head::Empty, &placed).await.unwrap();
        verify(&store, &LedgerId::main(), VerifyOptions { decoders, replay }, |_| {}).await
    })
}

/// The first bad revision.
fn place(result: Result<Verified, LogError>) -> u64 {
    use cauri_ledger::codec::DecodeError;
    match result.unwrap_err() {
        LogError::Broken { at, .. } => at.0,
        LogError::Decode(
            DecodeError::NotAnEvent { revision, .. }
            | DecodeError::UnknownType { revision, .. }
            | DecodeError::Misplaced { revision, .. }
            | DecodeError::NotInItsUnit { revision, .. },
        ) => revision.0,
        LogError::Read(error) => panic!("{error}"),
    }
}

/// As a forger would write it: these bodies, properly hashed.
fn rehashed(bodies: Vec<Vec<u8>>) -> Vec<RawEvent> {
    let mut previous = Hash::ZERO;
    let chained = bodies.into_iter().enumerate().map(|(revision, body)| {
        previous = chain::link(previous, &body);
        RawEvent { revision: Revision(revision as u64), hash: previous, body: body.into() }
    });
    chained.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_whole_log_holds_and_a_changed_one_is_refused_where_it_was_changed(
        plan in any_plan(0..40),
        index in any::<prop::sample::Index>(),
        byte in any::<prop::sample::Index>(),
        bit in 0..8_u8,
        decoders in 1..4_usize,
        replay in any::<bool>(),
    ) {
        let events = history(&plan);
        let at = index.index(events.len() - 1);
        let seen = verified(&events, decoders, replay).unwrap();
        prop_assert_eq!(seen.events, events.len() as u64);
        prop_assert_eq!(seen.hash, events[events.len() - 1].hash);
        let check = |events: &[RawEvent]| place(verified(events, decoders, replay));

        let mut changed = events.clone();
        let mut body = events[at].body.to_vec();
        let turned = byte.index(body.len());
        body[turned] ^= 1 << bit;
        changed[at].body = body.into();
        prop_assert_eq!(check(&changed), at as u64);

        let mut changed = events.clone();
        changed[at].hash.0[byte.index(32)] ^= 1 << bit;
        prop_assert_eq!(check(&changed), at as u64);

        let mut changed = events.clone();
        changed.swap(at, at + 1);
        prop_assert_eq!(check(&changed), at as u64);

        let mut changed = events.clone();
        changed.remove(at);
        prop_assert_eq!(check(&changed), at as u64);

        // Hashed anew: what is dropped or doubled is still seen by what events say of themselves.
        let mut bodies: Vec<_> = events.iter().map(|raw| raw.body.to_vec()).collect();
        bodies.remove(at);
        prop_assert_eq!(check(&rehashed(bodies.clone())), at as u64);
        bodies.insert(at, events[at + 1].body.to_vec());
        prop_assert_eq!(check(&rehashed(bodies)), at as u64);
    }
}

/// Bodies of wallets opened, as a forger would write them.
fn opened(revision: u64, unit: (u64, u64), at: u32, command: u32, digest: char) -> Vec<u8> {
    let digest = digest.to_string().repeat(64);
    let (first, count) = unit;
    format!(
        "{{\"l\":\"main\",\"r\":{revision},\"u\":[{first},{count}],\"t\":\"wallet.opened.v1\",\
         \"at\":\"2026-11-18T11:06:{at:02}.000000Z\",\
         \"c\":\"00000000-0000-0000-0000-0000000{command:05}\",\"d\":\"{digest}\",\
         \"by\":[\"back-end\",\"service\"],\
         \"p\":{{\"wallet\":\"00000000-0000-0000-0000-0000000{revision:05}\",\"owner\":\"a\"}}}}"
    )
    .into_bytes()
}

#[test]
fn what_no_hash_shows_is_shown_by_the_order() {
    let whole =
        [opened(0, (0, 2), 1, 1, 'a'), opened(1, (0, 2), 1, 1, 'a'), opened(2, (2, 1), 2, 2, 'a')];
    let check = |bodies: &[Vec<u8>]| verified(&rehashed(bodies.to_vec()), 2, true);
    assert_eq!(check(&whole).unwrap().commands, 2);
    let with = |at: usize, body| {
        let mut bodies = whole.clone();
        bodies[at] = body;
        bodies
    };
    let refused = |bodies: &[Vec<u8>], at: u64, why: &str| match check(bodies).unwrap_err() {
        LogError::Broken { at: found, what, .. } => assert_eq!((found.0, what), (at, why)),
        other @ (LogError::Read(_) | LogError::Decode(_)) => panic!("{other:?}"),
    };
    refused(&whole[..1], 1, "the unit before it is not whole");
    refused(&with(2, opened(2, (2, 1), 0, 2, 'a')), 2, "it is recorded before the one before it");
    refused(&with(2, opened(2, (2, 1), 2, 1, 'b')), 2, "its command was applied before");
    refused(
        &with(1, opened(1, (0, 2), 1, 1, 'b')),
        1,
        "its command is another than that of its unit",
    );
    refused(
        &with(1, opened(1, (0, 2), 2, 1, 'a')),
        1,
        "its command is another than that of its unit",
    );
    refused(&with(1, opened(1, (1, 1), 1, 3, 'a')), 1, "it is not of the unit that goes on there");
    refused(&with(2, opened(2, (1, 2), 2, 2, 'a')), 2, "it is in no unit that goes on there");
}

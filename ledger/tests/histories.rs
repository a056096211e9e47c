//! Random histories through the engine: every command sent twice, started from any snapshot.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use cauri_domain::testing::{any_plan, minute, play};
use cauri_domain::{Asked, Decided, LedgerId, Refusal};
use cauri_ledger::edge::{Clock, ManualClock};
use cauri_ledger::engine::{Answer, AskError, Engine, EngineOptions, Request};
use cauri_ledger::snapshot;
use cauri_ledger::store::EventStore;
use cauri_ledger::store::memory::MemoryStore;
use proptest::prelude::*;

fn request(asked: &Asked) -> Request {
    Request::new(asked.id, asked.actor.clone(), asked.command.clone())
}

/// Whether the engine's answer is what the rules decided.
fn agrees(answer: &Result<Answer, AskError>, decided: &Result<Decided, Refusal>) -> bool {
    match (answer, decided) {
        (Ok(Answer::Done { first, last, replayed: false }), Ok(Decided::Happened(events))) => {
            last.0 - first.0 + 1 == events.len() as u64
        }
        (Ok(Answer::Already { .. }), Ok(Decided::Already)) => true,
        (Err(AskError::Refused { refusal, .. }), Err(expected)) => refusal == expected,
        _ => false,
    }
}

async fn check(plan: cauri_domain::testing::Plan, cut: usize) {
    let (expected, played) = play(&plan);
    let (memory, folder) = (MemoryStore::new(), tempfile::tempdir().unwrap());
    let store: Arc<dyn EventStore> = Arc::new(memory.clone());
    let clock = Arc::new(ManualClock::new(minute(0)));
    let open = |options| {
        let clock = Arc::clone(&clock) as Arc<dyn Clock>;
        Engine::open(Arc::clone(&store), LedgerId::main(), clock, options)
    };
    let engine = open(EngineOptions::default()).await.unwrap();
    for (number, (asked, decided)) in played.iter().enumerate() {
        clock.advance(asked.at - clock.now());
        let first = engine.ask(request(asked)).await;
        assert!(agrees(&first, decided), "{:?}: {first:?}, not {decided:?}", asked.command);
        // Sent again at once, it changes nothing.
        let length = memory.events(&LedgerId::main()).len();
        let again = engine.ask(request(asked)).await;
        if let (Ok(Answer::Done { first, last, .. }), Ok(again)) = (&first, &again) {
            assert_eq!(again, &Answer::Done { first: *first, last: *last, replayed: true });
        }
        assert_eq!(memory.events(&LedgerId::main()).len(), length);
        if number == cut {
            snapshot::advance(&store, &LedgerId::main(), folder.path()).await.unwrap();
        }
    }
    assert_eq!(engine.read(Clone::clone).await.unwrap().value, expected);
    engine.close().await;

    // From a snapshot and the tail, and from zero: the same state, and the same ids are bound.
    let snapshots = Some(folder.path().to_owned());
    let engine = open(EngineOptions { snapshots, ..EngineOptions::default() }).await.unwrap();
    assert_eq!(engine.read(Clone::clone).await.unwrap().value, expected);
    let length = memory.events(&LedgerId::main()).len();
    for (asked, decided) in &played {
        if matches!(decided, Ok(Decided::Happened(_))) {
            assert!(engine.ask(request(asked)).await.unwrap().replayed());
        }
    }
    assert_eq!(memory.events(&LedgerId::main()).len(), length);
    let zero = snapshot::start(&store, &LedgerId::main(), None).await.unwrap().fold;
    let tail = snapshot::start(&store, &LedgerId::main(), Some(folder.path())).await.unwrap().fold;
    assert_eq!(zero, tail);
    assert_eq!(zero.state, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_command_twice_and_every_start_give_the_same_state(
        plan in any_plan(0..80),
        cut in 0..80_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(plan, cut));
    }
}

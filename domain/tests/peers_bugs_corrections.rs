//! What users of other ledgers reported about corrections and batches, held here. Each test names
//! the public thread that it answers.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::batch::Batch;
use cauri_domain::testing::*;
use cauri_domain::*;

fn market() -> Given {
    given([opened(), open_wallet(2, "kofi"), open_wallet(3, "esi")]).and(funded(
        1,
        "ama",
        xof(10_000),
    ))
}

fn batch(commands: impl IntoIterator<Item = Command>) -> Command {
    Batch { commands: commands.into_iter().collect() }.into()
}

/// blnkfinance/blnk#152, formancehq/stack#1464, LerianStudio/midaz#1974: a refund or a reversal
/// applied twice.
///
/// Row 6 of `docs/peers-asks.md`.
#[test]
fn a_reversal_asked_twice_is_one_and_another_one_is_refused() {
    let given = market().and([pay(1, 2, xof(4_000))]);
    let undo = |correction| reverse(correction, 7, 1, 2, xof(4_000), false);
    let given = given.and([undo(1)]).when(undo(1)).then_already();
    let given = given.when(undo(2)).then_refused(Refusal::AlreadyReversed { by: correction(1) });
    assert_eq!((given.available(1, "XOF"), given.available(2, "XOF")), (10_000, 0));
}

/// The same in one batch: the second is judged on what the first one led to.
#[test]
fn a_batch_that_reverses_twice_reverses_nothing() {
    let given = market().and([pay(1, 2, xof(4_000))]);
    let undo = |correction| reverse(correction, 7, 1, 2, xof(4_000), false);
    let refusal = Box::new(Refusal::AlreadyReversed { by: correction(1) });
    let given =
        given.when(batch([undo(1), undo(2)])).then_refused(Refusal::InBatch { index: 1, refusal });
    assert_eq!(given.available(2, "XOF"), 4_000);
}

/// formancehq/ledger#1601: the same key with other content is a refusal that can be read, and not a
/// failure of the server.
///
/// Row 6 of `docs/peers-asks.md`.
#[test]
fn the_same_id_with_other_terms_is_refused_by_the_name_of_the_term() {
    let given = market().and([import(1, 2, xof(700))]);
    let word = given.when(import(1, 2, xof(701))).in_a_word();
    assert_eq!(word, "EXISTS_WITH_OTHER_TERMS");
}

/// formancehq/ledger#340, flash-oss/medici#117 and #118, LerianStudio/midaz#1154, blnkfinance/blnk#51:
/// what is backdated or taken back leaves what was recorded as it was: the log before it comes to
/// the same books.
///
/// Row 7 of `docs/peers-asks.md`.
#[test]
fn taking_back_and_dating_back_leave_every_earlier_state_as_it_was() {
    let (mut state, mut states, mut log) = (LedgerState::default(), Vec::new(), Vec::new());
    let october = "2026-10-05".parse().unwrap();
    let commands = [opened(), open_wallet(1, "ama"), open_wallet(2, "kofi")]
        .into_iter()
        .chain([import(1, 1, xof(900)), pay(1, 2, xof(400))])
        .chain([effective(import(2, 2, xof(50)), october)])
        .chain([effective(reverse(3, 4, 1, 2, xof(400), false), october)]);
    for (number, command) in (0_u128..).zip(commands) {
        let id = CommandId(uuid::Uuid::from_u128(number));
        let asked = Asked { id, at: minute(0), actor: service(), command };
        let Decided::Happened(events) = decide(&mut state, &asked).unwrap() else {
            panic!("nothing happened")
        };
        for event in events {
            state.evolve(&event, minute(0));
            log.push(event);
            states.push(state.books().balances());
        }
    }
    let dated: Vec<_> = log.iter().filter_map(Event::dated).map(|it| it.effective).collect();
    assert_eq!(dated, [october, october]);
    let mut again = LedgerState::default();
    for (event, then) in log.iter().zip(states) {
        again.evolve(event, minute(0));
        assert_eq!(again.books().balances(), then);
    }
    // The day it is about is told once more by nobody but the entry itself.
    assert_eq!(state.books().available(wallet(1), "XOF".parse().unwrap()), 900);
}

/// formancehq/ledger#1646, #1600, LerianStudio/midaz#593: an error that a program can read: which
/// item of a bulk, which field, how much was there and how much was needed.
///
/// Row 8 of `docs/peers-asks.md`.
#[test]
fn a_refused_batch_says_which_command_which_field_and_how_much() {
    let asked = batch([pay(1, 2, xof(9_000)), pay(1, 3, xof(1_500))]);
    let needed = xof(1_500);
    let refusal = Refusal::InBatch {
        index: 1,
        refusal: Box::new(Refusal::InsufficientFunds { available: 1_000, needed }),
    };
    assert_eq!(refusal.code(), "INSUFFICIENT_FUNDS");
    assert_eq!(refusal.path().as_deref(), Some("commands[1].amount"));
    assert_eq!(
        refusal.details(),
        [("available", "1000 XOF".to_owned()), ("needed", needed.to_string())]
    );
    market().when(asked).then_refused(refusal);
}

/// blnkfinance/blnk#183, #27: a batch of many to many moves all of it or nothing.
///
/// Row 16 of `docs/peers-asks.md`.
#[test]
fn a_split_of_many_to_many_happens_whole_or_not_at_all() {
    let all = |last: u64| {
        batch([
            pay(1, 2, xof(3_000)),
            pay(1, 3, xof(3_000)),
            pay(2, 3, xof(1_000)),
            pay(3, 1, xof(last)),
        ])
    };
    let given = market().when(all(4_001)).then_refused_as("INSUFFICIENT_FUNDS");
    let left = |given: &Given| [1, 2, 3].map(|number| given.available(number, "XOF"));
    assert_eq!(left(&given), [10_000, 0, 0]);
    let (events, given) = given.when(all(4_000)).then_events();
    assert_eq!(events.len(), 4);
    assert_eq!(left(&given), [8_000, 2_000, 0]);
}

/// flash-oss/medici#11, #114: opening balances are an entry like any other, against equity.
///
/// Row 14 of `docs/peers-asks.md`.
#[test]
fn opening_balances_balance() {
    let (events, _) = market().when(import(1, 2, xof(700))).then_events();
    let entry = events[0].entry().unwrap();
    let opening = entry.postings().iter().find(|it| it.account == Account::Opening).unwrap();
    assert_eq!((opening.side, opening.money), (Side::Debit, xof(700)));
}

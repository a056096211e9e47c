//! Several commands as one: all or nothing.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use cauri_domain::batch::{Batch, MOST};
use cauri_domain::testing::*;
use cauri_domain::*;
use proptest::prelude::*;

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

#[test]
fn each_command_is_judged_on_what_those_before_it_lead_to() {
    let after = market()
        .when(batch([pay(1, 2, xof(8_000)), pay(2, 3, xof(7_000)), open_escrow(1, 3, 2, xof(500))]))
        .then_types(&[
            "transfer.completed.v1",
            "transfer.completed.v1",
            "escrow.opened.v1",
            "escrow.funded.v1",
        ]);
    let balances = [1, 2, 3].map(|number| after.available(number, "XOF"));
    assert_eq!(balances, [2_000, 1_000, 6_500]);
}

/// formancehq/ledger#1600: one answer for all said only that something was wrong.
#[test]
fn the_first_refusal_is_the_answer_and_names_its_command() {
    let asked = batch([pay(1, 2, xof(8_000)), pay(1, 3, xof(3_000)), pay(2, 2, xof(1))]);
    let given = market();
    let before = given.state.clone();
    let refusal = Refusal::InsufficientFunds { available: 2_000, needed: xof(3_000) };
    let in_batch = Refusal::InBatch { index: 1, refusal: Box::new(refusal) };
    assert_eq!(in_batch.code(), "INSUFFICIENT_FUNDS");
    assert_eq!(in_batch.path().as_deref(), Some("commands[1].amount"));
    assert_eq!(in_batch.details()[0], ("available", "2000 XOF".to_owned()));
    let after = given.when(asked).then_refused(in_batch);
    assert_eq!(after.state, before, "nothing has changed");
}

#[test]
fn a_batch_of_what_is_so_already_is_already_so() {
    let given = market().and([open_escrow(1, 1, 2, xof(100)), deliver(1)]);
    given.clone().when(batch([open_escrow(1, 1, 2, xof(100)), deliver(1)])).then_already();
    given.when(batch([deliver(1), release(1)])).then_types(&["escrow.released.v1"]);
}

#[test]
fn it_has_one_to_a_thousand_commands_and_no_batch_among_them() {
    let one = || pay(1, 2, xof(1));
    for (commands, word) in [
        (vec![], "INVALID_SETTING"),
        (vec![one(); MOST + 1], "INVALID_SETTING"),
        (vec![batch([one()])], "INVALID_SETTING"),
    ] {
        assert_eq!(market().when(batch(commands)).in_a_word(), word);
    }
    let (events, _) = market().when(batch(vec![one(); MOST])).then_events();
    assert_eq!(events.len(), MOST);
}

#[test]
fn nobody_may_do_more_in_a_batch_than_alone() {
    let refused =
        Refusal::InBatch { index: 0, refusal: Box::new(Refusal::Forbidden { role: Role::Buyer }) };
    market().when_asked_by(actor("ama", Role::Buyer), batch([freeze(2)])).then_refused(refused);
    let word = market().when_asked_by(actor("esi", Role::Buyer), batch([pay(1, 3, xof(1))]));
    assert_eq!(word.in_a_word(), "NOT_YOURS");
}

proptest! {
    /// blnkfinance/blnk#183, blnkfinance/blnk#27: a batch that failed half-way left its first half.
    #[test]
    fn all_of_a_batch_happens_or_none(plan in any_plan(0..60), more in any_plan(0..6)) {
        let (mut state, _) = play(&plan);
        let before = state.clone();
        let steps = more.steps().map(|step| step(&state).command);
        let steps: Vec<_> = steps.filter(|it| !matches!(it, Command::Batch(_))).collect();
        prop_assume!(!steps.is_empty());
        let asked = |command| Asked {
            id: CommandId(uuid::Uuid::from_u128(9)),
            at: minute(1_000_000),
            actor: service(),
            command,
        };
        let together = decide(&mut state, &asked(batch(steps.clone())));
        prop_assert_eq!(&state, &before, "judging changes nothing");
        let mut alone = Ok(Vec::new());
        for command in steps {
            match decide(&mut state, &asked(command)) {
                Ok(Decided::Happened(events)) => {
                    events.iter().for_each(|event| state.evolve(event, minute(1_000_000)));
                    if let Ok(all) = &mut alone { all.extend(events) }
                }
                Ok(Decided::Already) => {}
                Err(refusal) => { alone = Err(refusal); break }
            }
        }
        match (together, alone) {
            (Ok(Decided::Happened(together)), Ok(alone)) => prop_assert_eq!(together, alone),
            (Ok(Decided::Already), Ok(alone)) => prop_assert!(alone.is_empty()),
            (Err(Refusal::InBatch { refusal, .. }), Err(alone)) => {
                prop_assert_eq!(*refusal, alone);
            }
            (together, alone) => prop_assert!(false, "{together:?} but {alone:?}"),
        }
    }
}

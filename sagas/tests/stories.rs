//! Process managers at work on a ledger, with a clock that is moved by hand.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::testing::{escrow, minute, payin, receipt, wallet, withdrawal, xof};
use cauri_domain::*;
use cauri_ledger::store::Head;
use cauri_sagas::Agenda;
use chrono::TimeDelta;

use kit::provider::Call;
use kit::{World, eventually};

#[tokio::test]
async fn a_pay_in_expires_after_thirty_minutes_and_not_before() {
    let world = World::new().await;
    let handle = world.start();
    world.expect_payin(1).await;
    world.advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    let status = world.caught_up(&handle).await;
    assert_eq!((status.timers, status.next_due), (1, Some(minute(30))));
    assert_eq!(world.count("payin.expired.v1"), 0);

    world.advance(TimeDelta::seconds(1));
    world.happens("payin.expired.v1", 1).await;
    let status = world.caught_up(&handle).await;
    assert_eq!((status.timers, status.next_due, status.refused), (0, None, 0));
    handle.close().await;
}

#[tokio::test]
async fn a_command_of_a_process_says_where_it_comes_from() {
    let world = World::new().await;
    let handle = world.start();
    world.expect_payin(1).await;
    world.advance(TimeDelta::minutes(30));
    world.happens("payin.expired.v1", 1).await;
    handle.close().await;

    let created = world.events().await.into_iter().rev().find(
        |recorded| matches!(&recorded.event, Event::PayinCreated(event) if event.payin == payin(1)),
    );
    let (created, expired) = (created.unwrap(), world.event("payin.expired.v1").await);
    assert_eq!(expired.cause.actor.subject.as_str(), "process:payin");
    assert_eq!(expired.cause.actor.role, Role::Service);
    assert_eq!(expired.cause.correlation, created.cause.correlation);
    assert_eq!(expired.cause.causation, Some(created.revision));
    let id = CommandId::caused_by(&LedgerId::main(), created.revision, "payin-expiry");
    assert_eq!(expired.cause.command, id);
}

#[tokio::test]
async fn a_pay_in_that_was_paid_does_not_expire() {
    let world = World::new().await;
    let handle = world.start();
    world.expect_payin(1).await;
    let receipt = receipt("sim", "pi_77", xof(500));
    world.ask(payin::RecordReceipt { payin: Some(payin(1)), receipt }).await;
    let status = world.caught_up(&handle).await;
    assert_eq!(status.timers, 0);
    world.advance(TimeDelta::days(2));
    world.caught_up(&handle).await;
    assert_eq!(world.count("payin.expired.v1"), 0);
    handle.close().await;
}

#[tokio::test]
async fn an_escrow_is_released_after_seventy_two_hours_less_commission() {
    let world = World::new().await;
    let handle = world.start();
    world.deliver_escrow(1, 10_000).await;
    world.advance(TimeDelta::hours(72) - TimeDelta::seconds(1));
    world.caught_up(&handle).await;
    assert_eq!(world.count("escrow.released.v1"), 0);

    world.advance(TimeDelta::seconds(1));
    world.happens("escrow.released.v1", 1).await;
    let balances = world.balances().await;
    assert_eq!(balances[&Account::Wallet(wallet(2)).to_string()], 9_500);
    assert_eq!(balances["revenue:commission"], 500);
    let released = world.event("escrow.released.v1").await;
    let Event::EscrowReleased(event) = &released.event else { panic!("{released:?}") };
    assert_eq!((event.escrow, event.by), (escrow(1), escrow::ReleasedBy::Timer));
    handle.close().await;
}

#[tokio::test]
async fn a_withdrawal_approves_itself_after_forty_eight_hours_and_is_paid() {
    let world = World::new().await;
    let handle = world.start();
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    world.advance(TimeDelta::hours(48) - TimeDelta::seconds(1));
    world.caught_up(&handle).await;
    assert_eq!(world.count("withdrawal.approved.v1"), 0);
    assert!(world.provider.calls().is_empty());

    world.advance(TimeDelta::seconds(1));
    world.happens("withdrawal.submitted.v1", 1).await;
    let id = withdrawal(1);
    eventually("it is sent", || (!world.provider.calls().is_empty()).then_some(())).await;
    world.until("it is paid", || (world.count("withdrawal.paid.v1") > 0).then_some(())).await;
    // Sent once; asked for until the outcome was known.
    assert_eq!(world.provider.calls(), [Call::Submit(id), Call::Status(id), Call::Status(id)]);
    let [told] = &world.provider.instructions()[..] else { panic!("one payout") };
    assert_eq!((told.withdrawal, &*told.amount, &*told.currency), (id, "4000", "XOF"));

    let status = world.caught_up(&handle).await;
    assert_eq!((status.open_payouts, status.timers, status.oldest_payout), (0, 0, None));
    let balances = world.balances().await;
    assert_eq!(balances[&Account::Wallet(wallet(1)).to_string()], 96_000);
    assert!(!balances.contains_key(&Account::Withdrawal(id).to_string()));
    handle.close().await;
}

#[tokio::test]
async fn a_withdrawal_that_the_provider_does_not_pay_comes_back() {
    let world = World::new().await;
    let handle = world.start();
    for (number, destination, reason) in
        [(1, "momo-refused", "account_closed"), (2, "momo-fails", "no_such_account")]
    {
        world.request_withdrawal(number, 4_000, destination).await;
        world.approve(number).await;
        let times = usize::try_from(number).unwrap();
        world
            .until("it fails", || (world.count("withdrawal.failed.v1") == times).then_some(()))
            .await;
        let events = world.events().await;
        let Event::WithdrawalFailed(failed) = &events.last().unwrap().event else {
            panic!("it failed last")
        };
        assert_eq!(failed.reason.as_str(), reason);
    }
    assert_eq!(world.balances().await[&Account::Wallet(wallet(1)).to_string()], 100_000);
    handle.close().await;
}

#[tokio::test]
async fn the_webhook_may_come_first_and_then_nobody_asks() {
    let world = World::new().await;
    let handle = world.start();
    world.request_withdrawal(1, 4_000, "momo-waits").await;
    world.approve(1).await;
    eventually("it is sent", || (!world.provider.calls().is_empty()).then_some(())).await;
    let status = world.caught_up(&handle).await;
    assert_eq!((status.open_payouts, status.oldest_payout), (1, Some(minute(0))));

    let receipt = receipt("sim", "po_1", xof(4_000));
    world.ask(withdrawal::RecordPayout { withdrawal: withdrawal(1), receipt }).await;
    let status = world.caught_up(&handle).await;
    assert_eq!(status.open_payouts, 0);
    let calls = world.provider.calls();
    world.advance(TimeDelta::hours(1));
    world.caught_up(&handle).await;
    assert_eq!(world.provider.calls(), calls);
    handle.close().await;
}

#[tokio::test]
async fn timers_survive_a_stop_and_fire_late_once_in_order_of_time() {
    let world = World::new().await;
    let handle = world.start();
    world.request_withdrawal(1, 1_000, "momo-waits").await;
    world.deliver_escrow(1, 10_000).await;
    world.advance(TimeDelta::minutes(1));
    world.expect_payin(2).await;
    world.advance(TimeDelta::minutes(1));
    world.expect_payin(1).await;
    assert_eq!(world.caught_up(&handle).await.timers, 4);
    handle.close().await;

    world.advance(TimeDelta::days(30));
    for _ in 0..2 {
        let handle = world.start();
        world.happens("escrow.released.v1", 1).await;
        world.happens("withdrawal.submitted.v1", 1).await;
        assert_eq!(world.caught_up(&handle).await.timers, 0);
        handle.close().await;
    }
    let late: Vec<_> = world
        .events()
        .await
        .into_iter()
        .filter(|recorded| recorded.cause.actor.subject.as_str().starts_with("process:"))
        .map(|recorded| {
            assert!(recorded.recorded_at >= minute(30 * 24 * 60), "late");
            if let Event::PayinExpired(event) = &recorded.event {
                return format!("pay-in {:x} expired", event.payin.0.as_u128());
            }
            recorded.event.wire_name().to_owned()
        })
        .collect();
    let due = [
        "pay-in 2002 expired",
        "pay-in 2001 expired",
        "withdrawal.approved.v1",
        "escrow.released.v1",
        "withdrawal.submitted.v1",
    ];
    assert_eq!(late, due);
}

#[tokio::test]
async fn timers_survive_a_stop_of_the_ledger_too() {
    let mut world = World::new().await;
    let handle = world.start();
    world.expect_payin(1).await;
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    world.deliver_escrow(1, 10_000).await;
    assert_eq!(world.caught_up(&handle).await.timers, 3);
    handle.close().await;
    world.engine.clone().close().await;

    world.advance(TimeDelta::days(9));
    for _ in 0..2 {
        world.reopen().await;
        let handle = world.start();
        world.happens("payin.expired.v1", 1).await;
        world.happens("escrow.released.v1", 1).await;
        world.until("it is paid", || (world.count("withdrawal.paid.v1") > 0).then_some(())).await;
        let status = world.caught_up(&handle).await;
        assert_eq!((status.timers, status.open_payouts, status.refused), (0, 0, 0));
        handle.close().await;
        world.engine.clone().close().await;
    }
    let names = ["payin.expired.v1", "escrow.released.v1", "withdrawal.paid.v1"];
    assert_eq!(names.map(|name| world.count(name)), [1, 1, 1]);
    assert_eq!(world.provider.instructions().len(), 1);
}

#[tokio::test]
async fn a_withdrawal_that_is_rejected_is_never_sent() {
    let world = World::new().await;
    let handle = world.start();
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    let (withdrawal, reason) = (withdrawal(1), "fraud".parse().unwrap());
    world.ask_as_finance(withdrawal::Reject { withdrawal, reason }).await;
    let status = world.caught_up(&handle).await;
    assert_eq!((status.timers, status.open_payouts), (0, 0));
    world.advance(TimeDelta::days(30));
    world.caught_up(&handle).await;
    handle.close().await;
    // Nor by those that come later.
    let handle = world.start();
    world.caught_up(&handle).await;
    handle.close().await;

    assert_eq!(world.provider.calls(), []);
    let balances = world.balances().await;
    assert_eq!(balances[&Account::Wallet(wallet(1)).to_string()], 100_000);
    assert!(!balances.contains_key(&Account::Withdrawal(withdrawal).to_string()));
}

#[tokio::test]
async fn after_a_restart_a_payout_is_asked_for_before_it_is_sent() {
    let world = World::new().await;
    let handle = world.start();
    world.provider.set_unreachable(true);
    world.request_withdrawal(1, 4_000, "momo-waits").await;
    world.approve(1).await;
    let id = withdrawal(1);
    eventually("it is sent", || (!world.provider.calls().is_empty()).then_some(())).await;
    assert_eq!(world.provider.calls(), [Call::Submit(id)]);
    drop(handle);

    // The provider has never heard of it: only then is it sent again, under the same key.
    world.provider.set_unreachable(false);
    let handle = world.start();
    let calls = [Call::Submit(id), Call::Status(id), Call::Submit(id)];
    eventually("it is sent", || (world.provider.calls() == calls).then_some(())).await;
    handle.close().await;
    let handle = world.start();
    eventually("it is asked for", || (world.provider.calls().len() > 3).then_some(())).await;
    assert_eq!(world.provider.calls()[3..], [Call::Status(id)]);
    handle.close().await;
}

#[tokio::test]
async fn without_a_provider_approved_withdrawals_wait_for_one() {
    let mut world = World::new().await;
    world.has_provider = false;
    let handle = world.start();
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    world.approve(1).await;
    assert_eq!(world.caught_up(&handle).await.without_provider, 1);
    world.advance(TimeDelta::days(1));
    let status = world.caught_up(&handle).await;
    assert_eq!((status.without_provider, status.failure), (1, None));
    assert_eq!(world.count("withdrawal.submitted.v1"), 0);
    handle.close().await;

    world.has_provider = true;
    let handle = world.start();
    world.until("it is paid", || (world.count("withdrawal.paid.v1") > 0).then_some(())).await;
    assert_eq!(world.caught_up(&handle).await.without_provider, 0);
    handle.close().await;

    // Submitted to a provider that is no longer there: it waits too, and goes to no other.
    world.request_withdrawal(2, 4_000, "momo-waits").await;
    world.approve(2).await;
    let handle = world.start();
    world.happens("withdrawal.submitted.v1", 2).await;
    handle.close().await;
    world.has_provider = false;
    let handle = world.start();
    let status = world.caught_up(&handle).await;
    assert_eq!((status.without_provider, status.open_payouts), (1, 1));
    let receipt = receipt("sim", "po_2", xof(4_000));
    world.ask(withdrawal::RecordPayout { withdrawal: withdrawal(2), receipt }).await;
    let status = world.caught_up(&handle).await;
    assert_eq!((status.without_provider, status.open_payouts), (0, 0));
    handle.close().await;
}

#[tokio::test]
async fn a_frozen_wallet_pays_nothing_out_until_it_is_unfrozen() {
    let world = World::new().await;
    let handle = world.start();
    let wallet = wallet(1);
    let frozen = || wallet::Freeze { wallet, reason: "risk".parse().unwrap(), level: None };
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    world.ask(frozen()).await;
    world.advance(TimeDelta::hours(48));
    eventually("it is refused", || (handle.status().refused == 1).then_some(())).await;
    world.advance(TimeDelta::days(9));
    world.caught_up(&handle).await;
    assert_eq!(world.count("withdrawal.approved.v1"), 0);

    world.ask(wallet::Unfreeze { wallet }).await;
    world.happens("withdrawal.approved.v1", 1).await;
    world.until("it is paid", || (world.count("withdrawal.paid.v1") > 0).then_some(())).await;
    assert_eq!(world.caught_up(&handle).await.refused, 0);
    handle.close().await;
}

#[tokio::test]
async fn what_was_refused_is_forgotten_when_a_person_ends_it() {
    let world = World::new().await;
    let handle = world.start();
    world.request_withdrawal(1, 4_000, "momo-pays").await;
    let reason: Code = "risk".parse().unwrap();
    world.ask(wallet::Freeze { wallet: wallet(1), reason: reason.clone(), level: None }).await;
    world.advance(TimeDelta::hours(48));
    eventually("it is refused", || (handle.status().refused == 1).then_some(())).await;

    world.ask_as_finance(withdrawal::Reject { withdrawal: withdrawal(1), reason }).await;
    let status = world.caught_up(&handle).await;
    assert_eq!((status.refused, status.timers), (0, 0));
    handle.close().await;
}

#[tokio::test]
async fn a_clock_that_was_put_back_delays_no_payment() {
    let world = World::new().await;
    let handle = world.start();
    world.advance(TimeDelta::hours(9));
    world.request_withdrawal(1, 4_000, "momo-waits").await;
    world.advance(TimeDelta::hours(-9));
    world.approve(1).await;
    eventually("it is sent", || (!world.provider.calls().is_empty()).then_some(())).await;
    handle.close().await;
}

#[tokio::test]
async fn only_so_many_payouts_are_tried_at_once() {
    let mut world = World::new().await;
    world.options.payouts_at_once = 3;
    for number in 1..=20 {
        world.request_withdrawal(number, 100, "momo-pays").await;
    }
    // All of them are due, and then submitted, at once.
    world.advance(TimeDelta::hours(48));
    let handle = world.start();
    world.until("all are paid", || (world.count("withdrawal.paid.v1") == 20).then_some(())).await;
    assert_eq!(world.provider.instructions().len(), 20);
    assert_eq!(world.provider.most_at_once(), 3);
    handle.close().await;
}

#[tokio::test]
async fn a_start_goes_on_from_the_saved_agenda() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new().await.with_agendas(folder.path().into(), u64::MAX);
    world.expect_payin(1).await;
    let handle = world.start();
    let status = world.caught_up(&handle).await;
    handle.close().await;
    let saved = Agenda::load(&folder.path().join("main.agenda")).unwrap();
    assert_eq!((saved.head(), saved.timer_count()), (world.engine.head(), status.timers));

    world.expect_payin(2).await;
    let handle = world.start();
    assert_eq!(world.caught_up(&handle).await.timers, 2);
    assert_eq!(world.store.followed(), [Head::Empty, saved.head()]);
    world.advance(TimeDelta::minutes(30));
    world.happens("payin.expired.v1", 2).await;
    handle.close().await;
}

#[tokio::test]
async fn while_it_runs_the_agenda_is_saved_every_so_many_events() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new().await.with_agendas(folder.path().into(), 2);
    let handle = world.start();
    world.expect_payin(1).await;
    world.caught_up(&handle).await;
    let path = folder.path().join("main.agenda");
    eventually("it is saved", || {
        let saved = path.exists().then(|| Agenda::load(&path)).flatten()?;
        (saved.timer_count() == 1).then_some(())
    })
    .await;
    drop(handle);
}

#[tokio::test]
async fn an_agenda_of_another_form_or_another_log_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("main.agenda");
    // Another ledger's agenda, longer and then shorter than this one's log.
    let other = World::new().await.with_agendas(folder.path().into(), u64::MAX);
    other.advance(TimeDelta::minutes(7));
    for number in 1..=9 {
        other.expect_payin(number).await;
    }
    let handle = other.start();
    other.caught_up(&handle).await;
    handle.close().await;
    let foreign = std::fs::read(&path).unwrap();
    let unknown = [b"cauri agenda 999\n", &foreign[b"cauri agenda 2\n".len()..]].concat();
    let mut damaged = foreign.clone();
    *damaged.last_mut().unwrap() ^= 1;

    let world = World::new().await.with_agendas(folder.path().into(), u64::MAX);
    world.advance(TimeDelta::minutes(8));
    for (round, file) in [&foreign, &unknown, &damaged].into_iter().enumerate() {
        std::fs::write(&path, file).unwrap();
        let handle = world.start();
        assert_eq!(world.caught_up(&handle).await.timers, 0);
        handle.close().await;
        assert_eq!(world.store.followed().len(), round + 1);
    }
    for number in 1..=20 {
        world.expect_payin(100 + number).await;
    }
    std::fs::write(&path, &foreign).unwrap();
    let handle = world.start();
    assert_eq!(world.caught_up(&handle).await.timers, 20);
    assert_eq!(world.store.followed(), [Head::Empty; 4]);
    handle.close().await;
}

#[tokio::test]
async fn when_the_ledger_is_gone_they_say_so() {
    let world = World::new().await;
    let handle = world.start();
    world.expect_payin(1).await;
    world.caught_up(&handle).await;
    world.engine.clone().close().await;
    world.advance(TimeDelta::minutes(30));
    let failure = eventually("they stop", || handle.status().failure).await;
    assert_eq!(failure, "the ledger is closed");
    handle.close().await;
}

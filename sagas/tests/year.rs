//! A year in a few seconds: deadlines fall due day by day, months are closed, and every three months
//! the process managers are started anew.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod kit;

use cauri_domain::testing::{close_period, effective, import, place, wallet, xof};
use cauri_domain::*;
use cauri_ledger::edge::Clock as _;
use chrono::{Days, TimeDelta};

use kit::World;

const DAYS: u128 = 365;

#[tokio::test]
async fn a_year_of_deadlines_and_months_passes_in_seconds() {
    let world = World::new().await;
    let mut handle = world.start();
    let today = || world.clock.now().date_naive();
    let (first, mut open) = (today(), Month::of(today()));
    let (mut months, mut weeks) = (0, 0);
    for day in 0..DAYS {
        world.expect_payin(day).await;
        world.ask(place(day, 1, xof(10))).await;
        if day % 7 == 0 {
            weeks += 1;
            world.request_withdrawal(day, 100, "momo-pays").await;
            world.deliver_escrow(day, 1_000).await;
        }
        world.advance(TimeDelta::days(1));
        if Month::of(today()) != open {
            world.ask(close_period(&open.to_string())).await;
            months += 1;
            open = open.next();
            // Somebody remembers the last day of what was closed just now.
            let late = effective(import(day, 2, xof(1)), open.first_day() - Days::new(1));
            world.ask(late).await;
        }
        world.caught_up(&handle).await;
        if day % 91 == 90 {
            handle.close().await;
            handle = world.start();
        }
    }
    assert_eq!((today() - first).num_days(), 365);
    assert_eq!((months, weeks), (12, 53));
    let is_over = || {
        let paid = world.count("withdrawal.paid.v1");
        let released = world.count("escrow.released.v1");
        ((paid, released) == (weeks, weeks)).then_some(())
    };
    world.until("all of it has ended", is_over).await;
    let status = world.caught_up(&handle).await;
    assert_eq!((status.timers, status.open_payouts, status.refused), (0, 0, 0));
    handle.close().await;

    let days = usize::try_from(DAYS).unwrap();
    for (wire_name, times) in [
        ("payin.expired.v1", days),
        ("hold.expired.v1", days),
        ("period.closed.v1", 12),
        ("process.stuck.v1", 0),
    ] {
        assert_eq!(world.count(wire_name), times, "{wire_name}");
    }
    let balances = world.balances().await;
    let moved = i128::try_from(weeks).unwrap();
    assert_eq!(balances[&Account::Wallet(wallet(1)).to_string()], 100_000 - moved * 1_100);
    assert_eq!(balances[&Account::Wallet(wallet(2)).to_string()], moved * 950 + 12);
    assert_eq!(balances["revenue:commission"], moved * 50);
    for prefix in ["withdrawal:", "escrow:", "hold:"] {
        assert!(!balances.keys().any(|name| name.starts_with(prefix)), "{balances:?}");
    }

    // What was remembered late counts for the first day of the month that was open then.
    for recorded in world.events().await {
        if let Some(Dated { effective, posting }) = recorded.event.dated() {
            assert_eq!(posting, effective + Days::new(1));
            assert!(posting <= recorded.recorded_at.date_naive());
        }
    }
}

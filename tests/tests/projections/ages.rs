//! How old accounts are: at every revision their parts come to their balance, and are the newest of
//! what was put there.

use std::collections::BTreeMap;

use cauri_domain::{LedgerId, LedgerState, Revision};
use cauri_projections::query::{AgedPartRow, AgedRow, Aging, OpenOf, Page, Snapshot};
use cauri_tests::database::{TestDatabase, fresh_database};
use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::kit::{History, covered, open};

/// The balances of all clearing accounts, or all in suspense, by provider and currency.
fn replayed(history: &History, to: usize, of: OpenOf) -> BTreeMap<(String, String), Decimal> {
    let mut state = LedgerState::default();
    history.events[..=to].iter().for_each(|it| state.evolve(&it.event, it.recorded_at));
    let balances = state.books().balances().into_iter().filter_map(|(account, currency, minor)| {
        let name = account.to_string();
        let (kind, provider) = name.split_once(':')?;
        if kind != of.account() {
            return None;
        }
        let amount = cauri_domain::money::decimal(minor, currency).unwrap();
        Some(((provider.to_owned(), currency.to_string()), amount))
    });
    balances.collect()
}

/// A sample, and a database with all of it in its read models.
async fn applied(number: usize) -> (History, TestDatabase) {
    let database = fresh_database().await;
    let history = History::sample(number, LedgerId::main());
    let read_models = open(&database.pool).await;
    read_models.attach(history.engine().await);
    covered(&read_models, &history.ledger, history.last()).await;
    (history, database)
}

#[tokio::test]
async fn parts_come_to_the_balance_at_any_revision() {
    let mut open_in_suspense = 0;
    for number in [3, 4] {
        let (history, database) = applied(number).await;
        let mut snapshot = Snapshot::open(&database.pool, &history.ledger).await.unwrap();
        let last = history.events.len() - 1;
        for to in (0..last).step_by(37).chain([last]) {
            let Revision(revision) = history.events[to].revision;
            let revision = i64::try_from(revision).unwrap();
            let at = history.events[to].recorded_at + TimeDelta::days(2);
            for of in [OpenOf::Clearing, OpenOf::Suspense] {
                let mut expected = replayed(&history, to, of);
                let aging = Aging { revision, at };
                let rows = snapshot.ages(of, aging).await.unwrap();
                let parts = snapshot.aged_parts(of, revision, None, 10_000).await.unwrap();
                if of == OpenOf::Clearing {
                    in_steps_is_the_same(&mut snapshot, revision, &rows, &parts).await;
                }
                for row in rows {
                    let book = (row.provider.clone(), row.currency.clone());
                    // An account that is used only later has nothing yet.
                    assert_eq!(row.balance, expected.remove(&book).unwrap_or_default(), "{row:?}");
                    let buckets = row.day + row.three_days + row.week + row.month + row.older;
                    assert_eq!(buckets, row.balance, "{row:?}");
                    assert_eq!(row.day, Decimal::ZERO, "all is two days old: {row:?}");
                    let own: Vec<_> = parts
                        .iter()
                        .filter(|it| it.provider == row.provider && it.currency == row.currency)
                        .collect();
                    assert_eq!(own.iter().map(|it| it.open).sum::<Decimal>(), row.balance);
                    assert_eq!(i64::try_from(own.len()).unwrap(), row.parts);
                    assert_eq!(own.iter().map(|it| it.recorded_at).min(), row.oldest_at);
                    assert!(own.windows(2).all(|two| two[0].revision <= two[1].revision));
                    for part in own {
                        let event = &history.events[usize::try_from(part.revision).unwrap()];
                        assert_eq!(event.event.wire_name(), part.event);
                        assert!(part.revision <= revision && !part.open.is_zero());
                        open_in_suspense += usize::from(of == OpenOf::Suspense);
                    }
                }
                assert!(expected.is_empty(), "{expected:?}");
            }
        }
    }
    assert!(open_in_suspense > 20, "{open_in_suspense}");
}

/// The list of what is in suspense says the same: each part once, and nothing else.
#[tokio::test]
async fn what_is_in_suspense_is_listed_once() {
    let mut listed = 0;
    for number in [3, 4] {
        let (history, database) = applied(number).await;
        let mut snapshot = Snapshot::open(&database.pool, &history.ledger).await.unwrap();
        let last = i64::try_from(history.last().0).unwrap();
        let parts = snapshot.aged_parts(OpenOf::Suspense, last, None, 10_000).await.unwrap();
        let mut parts: Vec<_> =
            parts.into_iter().map(|it| (it.revision, it.provider, it.currency, it.open)).collect();
        parts.sort_unstable();
        let items = snapshot.suspense(Some(true), Page::first(10_000)).await.unwrap().rows;
        let mut items: Vec<_> = items
            .into_iter()
            .map(|it| (it.created_revision, it.provider, it.currency, it.held))
            .collect();
        items.sort_unstable();
        listed += items.len();
        assert_eq!(items, parts);
    }
    assert!(listed > 0, "there is something in suspense");
}

/// Walked back to in steps of any size, the accounts have as many parts, and the same oldest.
async fn in_steps_is_the_same(
    snapshot: &mut Snapshot,
    revision: i64,
    rows: &[AgedRow],
    parts: &[AgedPartRow],
) {
    for most in [1, 7, 1_000] {
        let walks = snapshot.walks(revision).await.unwrap();
        assert_eq!(walks.len(), rows.len());
        for (mut walk, row) in walks.into_iter().zip(rows) {
            while snapshot.step(&mut walk, most).await.unwrap() {}
            let own =
                parts.iter().find(|it| it.provider == row.provider && it.currency == row.currency);
            assert_eq!((&walk.provider, &walk.currency), (&row.provider, &row.currency));
            assert_eq!(walk.parts, row.parts, "{row:?} in steps of {most}");
            assert_eq!(walk.oldest, own.map(|it| it.revision), "{row:?} in steps of {most}");
        }
    }
}

//! The books as they were: at every revision what a replay to there comes to.

use std::collections::BTreeMap;

use cauri_domain::{LedgerId, LedgerState, Revision};
use cauri_projections::query::Snapshot;
use cauri_tests::database::fresh_database;

use super::kit::{History, covered, open};

/// Account and currency to the balance on its normal side, in major units.
type Balances = BTreeMap<(String, String), String>;

fn replayed(history: &History, to: usize) -> Balances {
    let mut state = LedgerState::default();
    history.events[..=to].iter().for_each(|it| state.evolve(&it.event, it.recorded_at));
    let balances = state.books().balances().into_iter().map(|(account, currency, minor)| {
        let amount = cauri_domain::money::decimal(minor, currency).unwrap();
        ((account.to_string(), currency.to_string()), amount.normalize().to_string())
    });
    balances.collect()
}

#[tokio::test]
async fn the_books_at_any_revision_are_those_of_a_replay_to_there() {
    let database = fresh_database().await;
    let history = History::sample(3, LedgerId::main());
    let read_models = open(&database.pool).await;
    read_models.attach(history.engine().await);
    covered(&read_models, &history.ledger, history.last()).await;
    let mut snapshot = Snapshot::open(&database.pool, &history.ledger).await.unwrap();
    for to in (0..history.events.len()).step_by(17) {
        let Revision(revision) = history.events[to].revision;
        let revision = i64::try_from(revision).unwrap();
        let expected = replayed(&history, to);
        let (rows, totals) = snapshot.trial_balance_at(revision).await.unwrap();
        let listed: Balances = rows
            .into_iter()
            .map(|row| ((row.account, row.currency), row.balance.normalize().to_string()))
            .collect();
        assert_eq!(listed, expected, "at {revision}");
        assert!(totals.iter().all(|total| total.debits == total.credits));
        for wallet in (0..4).map(cauri_domain::testing::wallet) {
            let name = format!("wallet:{wallet}:available");
            for row in snapshot.balances_at(wallet.0, revision).await.unwrap() {
                let book = (name.clone(), row.currency);
                assert_eq!(
                    expected.get(&book),
                    Some(&row.balance.normalize().to_string()),
                    "{book:?}"
                );
                assert!(row.revision <= revision);
            }
        }
        // The last of those that were recorded at the same instant.
        let at = history.events[to].recorded_at;
        let last = history.events.iter().rev().find(|it| it.recorded_at <= at).unwrap();
        let found = snapshot.revision_at(at).await.unwrap();
        assert_eq!(found, Some(i64::try_from(last.revision.0).unwrap()));
    }
    let before = history.events[0].recorded_at - chrono::TimeDelta::microseconds(1);
    assert_eq!(snapshot.revision_at(before).await.unwrap(), None);
}

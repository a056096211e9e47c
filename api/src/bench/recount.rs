//! What the log says of a row: the only witness that counts.

use std::sync::Arc;

use anyhow::ensure;
use futures::StreamExt as _;

use cauri_domain::{Account, Event, LedgerId};
use cauri_ledger::fold::Fold;
use cauri_ledger::log;
use cauri_ledger::store::{EventStore, Head};

/// Reads the whole log, its hash chain checked, and compares it with what was acknowledged.
pub(super) async fn recount(
    store: &Arc<dyn EventStore>,
    acknowledged: u64,
    expected_minor: u128,
) -> anyhow::Result<()> {
    let mut events = log::read(Arc::clone(store), LedgerId::main(), Head::Empty);
    let (mut fold, mut transfers) = (Fold::default(), 0_u64);
    while let Some(batch) = events.next().await {
        for recorded in batch? {
            transfers += u64::from(matches!(recorded.event, Event::TransferCompleted(_)));
            fold.apply(&recorded);
        }
    }
    ensure!(
        transfers == acknowledged,
        "{acknowledged} transfers were acknowledged and {transfers} are in the log"
    );
    let books = fold.state.books();
    ensure!(books.trial_balance().values().all(|sum| *sum == 0), "debits and credits differ");
    let in_wallets: i128 = books
        .balances()
        .iter()
        .filter(|(account, ..)| matches!(account, Account::Wallet(_)))
        .map(|(_, _, balance)| balance)
        .sum();
    let expected = i128::try_from(expected_minor)?;
    ensure!(in_wallets == expected, "the wallets hold {in_wallets}, not {expected}");
    Ok(())
}

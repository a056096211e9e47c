//! Lists: every row once, in either direction, in pages of any size.

use std::collections::BTreeSet;
use std::fmt::Debug;

use cauri_domain::testing::{self, wallet};
use cauri_domain::{Code, Currency, LedgerId, LedgerState, Subject};
use cauri_projections::query::{Key, Page, Slice, Snapshot, Whose};
use cauri_tests::database::fresh_database;
use sqlx::PgPool;

use super::kit::{History, covered, open};

/// Reads a list page by page in both directions, with pages of several sizes, and gives all of it.
macro_rules! whole {
    ($pool:expr, |$snapshot:ident, $page:ident| $ask:expr) => {{
        let mut $snapshot = Snapshot::open($pool, &LedgerId::main()).await.unwrap();
        let $page = Page::first(10_000);
        let all = $ask.await.unwrap();
        assert!(!all.has_next && !all.has_previous);
        let all = all.rows;
        assert!(all.windows(2).all(|rows| rows[0].key() > rows[1].key()), "newest first");
        for limit in [1, 2, 3, 7, 1_000] {
            let (mut forward, mut after) = (Vec::new(), None);
            loop {
                let $page = Page { after, before: None, limit, from_end: false };
                let slice = $ask.await.unwrap();
                after = slice.rows.last().map(|row| row.key());
                let so_far = forward.len();
                check(&slice, limit, so_far > 0, so_far + slice.rows.len() < all.len());
                forward.extend(slice.rows);
                if !slice.has_next {
                    break;
                }
            }
            assert_eq!(forward, all, "forward by {limit}");
            let (mut backward, mut before) = (Vec::new(), None);
            loop {
                let $page = Page { after: None, before, limit, from_end: true };
                let slice = $ask.await.unwrap();
                before = slice.rows.first().map(|row| row.key());
                let so_far = backward.len();
                check(&slice, limit, so_far + slice.rows.len() < all.len(), so_far > 0);
                backward.extend(slice.rows.into_iter().rev());
                if !slice.has_previous {
                    break;
                }
            }
            backward.reverse();
            assert_eq!(backward, all, "backward by {limit}");
        }
        if let [_, from, .., to, _] = &all[..] {
            let (after, before) = (Some(from.key()), Some(to.key()));
            let $page = Page { after, before, limit: 10_000, from_end: false };
            let between = $ask.await.unwrap().rows;
            assert_eq!(between, all[2..all.len() - 2], "between two rows");
        }
        all
    }};
}

fn check<T: Debug>(slice: &Slice<T>, limit: u16, has_previous: bool, has_next: bool) {
    assert!(slice.rows.len() <= usize::from(limit));
    assert_eq!((slice.has_previous, slice.has_next), (has_previous, has_next), "{slice:?}");
}

async fn projected(pool: &PgPool) -> History {
    // The sample whose things stand in the most different places.
    let history = History::samples(&LedgerId::main())
        .take(60)
        .max_by_key(|history| variety(&history.state))
        .unwrap();
    let read_models = open(pool).await;
    read_models.attach(history.engine().await);
    covered(&read_models, &history.ledger, history.last()).await;
    history
}

/// How many pay-ins, escrows and withdrawals there are (three of each are enough), and in how many
/// places they stand; the least of each.
fn variety(state: &LedgerState) -> (usize, usize) {
    let numbers = || (0..6).chain(0x900..0x904);
    let payins = numbers().filter_map(|number| state.payin(testing::payin(number)));
    let escrows = numbers().filter_map(|number| state.escrow(testing::escrow(number)));
    let withdrawals = numbers().filter_map(|number| state.withdrawal(testing::withdrawal(number)));
    let words = [
        payins.map(|it| it.status.as_str()).collect::<Vec<_>>(),
        escrows.map(|it| it.status().as_str()).collect(),
        withdrawals.map(|it| it.status.as_str()).collect(),
    ];
    let places = |words: &Vec<&str>| words.iter().collect::<BTreeSet<_>>().len();
    let least = |of: &dyn Fn(&Vec<&str>) -> usize| words.iter().map(of).min().unwrap_or_default();
    (least(&|words| words.len().min(3)), least(&places))
}

fn owners() -> [Subject; 3] {
    ["owner-0", "owner-1", "owner-2"].map(|owner| owner.parse().unwrap())
}

#[tokio::test]
async fn lists_of_lifecycles_hold_every_row_once() {
    let database = fresh_database().await;
    let pool = &database.pool;
    projected(pool).await;
    let wallets = whole!(pool, |snapshot, page| snapshot.wallets(None, None, page));
    let payins = whole!(pool, |snapshot, page| snapshot.payins(Whose::default(), None, page));
    let escrows = whole!(pool, |snapshot, page| snapshot.escrows(Whose::default(), None, page));
    let withdrawals =
        whole!(pool, |snapshot, page| snapshot.withdrawals(Whose::default(), None, None, page));
    let suspense = whole!(pool, |snapshot, page| snapshot.suspense(None, page));
    let counts = [wallets.len(), payins.len(), escrows.len(), withdrawals.len(), suspense.len()];
    assert!(counts.iter().all(|count| *count >= 3), "{counts:?}");

    macro_rules! by_status {
        ($all:expr, $list:ident($($more:expr)?), $is_theirs:expr) => {
            let statuses: BTreeSet<String> = $all.iter().map(|row| row.status.clone()).collect();
            assert!(statuses.len() > 1, "{statuses:?}");
            for owner in owners() {
                let is_theirs = $is_theirs(owner.as_str().to_owned());
                let theirs: Vec<_> = $all.iter().filter(|row| is_theirs(row)).cloned().collect();
                let whose = Whose::owner(&owner);
                let listed = whole!(pool, |snapshot, page| {
                    snapshot.$list(whose.clone(), None, $($more,)? page)
                });
                assert_eq!(listed, theirs);
                for status in &statuses {
                    let so: Vec<_> =
                        theirs.iter().filter(|row| row.status == *status).cloned().collect();
                    let listed = whole!(pool, |snapshot, page| {
                        snapshot.$list(whose.clone(), Some(status), $($more,)? page)
                    });
                    assert_eq!(listed, so);
                }
            }
            for status in &statuses {
                let so: Vec<_> = $all.iter().filter(|row| row.status == *status).cloned().collect();
                let listed = whole!(pool, |snapshot, page| {
                    snapshot.$list(Whose::default(), Some(status), $($more,)? page)
                });
                assert_eq!(listed, so);
            }
        };
    }
    use cauri_projections::query::{EscrowRow, PayinRow, WithdrawalRow};
    by_status!(payins, payins(), |owner: String| move |row: &PayinRow| row.owner == owner);
    by_status!(withdrawals, withdrawals(None), |owner: String| move |row: &WithdrawalRow| row
        .owner
        == owner);
    by_status!(escrows, escrows(), |owner: String| move |row: &EscrowRow| row.buyer_owner == owner
        || row.seller_owner == owner);
    for owner in owners() {
        let theirs: Vec<_> =
            wallets.iter().filter(|row| row.owner == owner.as_str()).cloned().collect();
        assert!(!theirs.is_empty());
        let listed = whole!(pool, |snapshot, page| snapshot.wallets(Some(&owner), None, page));
        assert_eq!(listed, theirs);
    }

    // Each of them by its id, and none by another.
    let mut snapshot = Snapshot::open(pool, &LedgerId::main()).await.unwrap();
    for row in wallets {
        assert_eq!(snapshot.wallet(row.wallet).await.unwrap(), Some(row));
    }
    for row in payins {
        assert_eq!(snapshot.payin(row.payin).await.unwrap(), Some(row));
    }
    for row in escrows {
        assert_eq!(snapshot.escrow(row.escrow).await.unwrap(), Some(row));
    }
    for row in withdrawals {
        assert_eq!(snapshot.withdrawal(row.withdrawal).await.unwrap(), Some(row));
    }
    let nobody = uuid::Uuid::from_u128(0xdead);
    assert_eq!(snapshot.wallet(nobody).await.unwrap(), None);
    assert_eq!(snapshot.payin(nobody).await.unwrap(), None);
    assert_eq!(snapshot.escrow(nobody).await.unwrap(), None);
    assert_eq!(snapshot.withdrawal(nobody).await.unwrap(), None);
}

#[tokio::test]
async fn the_journal_and_statements_hold_every_line_once() {
    let database = fresh_database().await;
    let pool = &database.pool;
    let history = projected(pool).await;
    let events = whole!(pool, |snapshot, page| snapshot.events(page));
    assert_eq!(events.len(), history.events.len());

    let mut snapshot = Snapshot::open(pool, &LedgerId::main()).await.unwrap();
    let revisions: Vec<i64> = events.iter().map(|row| row.revision).collect();
    let postings = snapshot.postings(&revisions).await.unwrap();
    assert!(postings.windows(2).all(|rows| rows[0].key() < rows[1].key()), "in order");
    let count: usize = history
        .events
        .iter()
        .filter_map(|recorded| recorded.event.entry())
        .map(|entry| entry.postings().len())
        .sum();
    assert_eq!(postings.len(), count);

    let (mut lines, mut of_category) = (0, 0);
    for number in 0..4 {
        let id = wallet(number).0;
        let account = format!("wallet:{id}:available");
        let mut theirs: Vec<_> =
            postings.iter().filter(|row| row.account == account).cloned().collect();
        theirs.sort_by_key(|row| std::cmp::Reverse::<Key>(row.key()));
        lines += theirs.len();
        let listed = whole!(pool, |snapshot, page| snapshot.statement(id, None, None, None, page));
        assert_eq!(listed, theirs);
        let category: Code = "transport".parse().unwrap();
        for name in ["XOF", "USD", "KWD"] {
            let currency: Currency = name.parse().unwrap();
            let so: Vec<_> = theirs.iter().filter(|row| row.currency == name).cloned().collect();
            let listed = whole!(pool, |snapshot, page| snapshot.statement(
                id,
                Some(currency),
                None,
                None,
                page
            ));
            assert_eq!(listed, so);
            // The newest line of each currency ends in its balance.
            let balances = snapshot.balances(id).await.unwrap();
            let balance = balances.iter().find(|row| row.currency == name).map(|row| row.balance);
            assert_eq!(so.first().map(|row| row.balance_after), balance);
        }
        let so: Vec<_> = theirs
            .iter()
            .filter(|row| row.category.as_deref() == Some("transport"))
            .cloned()
            .collect();
        of_category += so.len();
        let listed = whole!(pool, |snapshot, page| snapshot.statement(
            id,
            None,
            Some(&category),
            None,
            page
        ));
        assert_eq!(listed, so);
    }
    assert!(lines > 20 && of_category > 3, "{lines} lines, {of_category} of the category");
}

#[tokio::test]
async fn the_trial_balance_is_zero_and_complete() {
    let database = fresh_database().await;
    let history = projected(&database.pool).await;
    let mut snapshot = Snapshot::open(&database.pool, &LedgerId::main()).await.unwrap();
    let (rows, totals) = snapshot.trial_balance().await.unwrap();
    let books = history.state.books().balances();
    assert_eq!(rows.len(), books.len());
    for (account, currency, minor) in books {
        let (account, class) = (account.to_string(), account.class());
        let row = rows
            .iter()
            .find(|row| row.account == account && row.currency == currency.code())
            .unwrap();
        assert_eq!(row.class, class.as_str());
        assert_eq!(row.balance, cauri_domain::money::decimal(minor, currency).unwrap());
        let difference = row.debits - row.credits;
        let normal = class.normal_side() == cauri_domain::Side::Debit;
        assert_eq!(row.balance, if normal { difference } else { -difference });
    }
    assert!(totals.len() > 1);
    for total in totals {
        assert_eq!(total.debits, total.credits, "{}", total.currency);
        let of_rows = rows.iter().filter(|row| row.currency == total.currency);
        assert_eq!(total.debits, of_rows.map(|row| row.debits).sum());
    }
}

//! Days and months: what was true on a day, as a revision knew it, is so for ever.

use cauri_domain::limits::{SetZone, Zone};
use cauri_domain::testing::{close_period, effective, import, minute, opened, xof};
use cauri_domain::{LedgerId, Month, Revision};
use cauri_ledger::store::memory::MemoryStore;
use cauri_projections::query::{AccountReportRow, BalanceRow, DayOf, Page, Snapshot};
use cauri_tests::database::fresh_database;
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::kit::{History, ask, covered, engine, open};

const WALLET: u128 = 1;

fn id() -> Uuid {
    cauri_domain::testing::wallet(WALLET).0
}

fn francs(rows: &[BalanceRow]) -> Option<String> {
    assert!(rows.len() < 2);
    rows.first().map(|row| row.balance.normalize().to_string())
}

fn of_wallet(rows: &[AccountReportRow]) -> [String; 4] {
    let name = format!("wallet:{}:available", id());
    let row = rows.iter().find(|row| row.account == name).unwrap();
    [row.opening, row.debits, row.credits, row.closing].map(|it| it.normalize().to_string())
}

/// A ledger and its read models.
struct Books {
    engine: cauri_ledger::engine::Engine,
    read_models: cauri_projections::ReadModels,
    pool: sqlx::PgPool,
}

impl Books {
    async fn ask(&self, command: cauri_domain::Command) -> i64 {
        let revision = ask(&self.engine, command).await;
        covered(&self.read_models, self.engine.ledger(), revision).await;
        i64::try_from(revision.0).unwrap()
    }

    async fn look(&self) -> Snapshot {
        Snapshot::open(&self.pool, self.engine.ledger()).await.unwrap()
    }

    async fn on(&self, revision: i64, of: DayOf, day: NaiveDate) -> Option<String> {
        francs(&self.look().await.balances_on(id(), revision, (of, day)).await.unwrap())
    }
}

#[tokio::test]
async fn what_is_backdated_changes_no_answer_as_of_a_revision() {
    let database = fresh_database().await;
    let engine = engine(&MemoryStore::new(), &LedgerId::main()).await;
    let read_models = open(&database.pool).await;
    read_models.attach(engine.clone());
    let books = Books { engine, read_models, pool: database.pool.clone() };
    let today = minute(10_000_000).date_naive();
    let this = Month::of(today);
    let last = Month::of(this.first_day() - Days::new(1));
    let before = Month::of(last.first_day() - Days::new(1));
    let (early, late) = (before.first_day(), last.first_day());

    books.ask(opened()).await;
    books.ask(cauri_domain::testing::open_wallet(WALLET, "ama")).await;
    books.ask(effective(import(1, WALLET, xof(100)), early)).await;
    let first = books.ask(import(2, WALLET, xof(7))).await;
    // As of a day: what is about it or an earlier one.
    for of in [DayOf::Effective, DayOf::Posting] {
        assert_eq!(books.on(first, of, early - Days::new(1)).await, None);
        assert_eq!(books.on(first, of, early).await.as_deref(), Some("100"));
        assert_eq!(books.on(first, of, today).await.as_deref(), Some("107"));
    }
    let report = |month: Month, revision| {
        let books = &books;
        async move {
            let days = (month.first_day(), month.last_day());
            let mut look = books.look().await;
            look.account_report(days.0, days.1, revision).await.unwrap()
        }
    };
    assert_eq!(of_wallet(&report(before, first).await), ["0", "0", "100", "100"]);
    assert_eq!(of_wallet(&report(this, first).await), ["100", "0", "7", "107"]);

    // A month is closed; then somebody remembers what happened in it.
    let closed = books.ask(close_period(&before.to_string())).await;
    let kept = [report(before, closed).await, report(last, closed).await];
    let trial = books.look().await.trial_balance_at(closed).await.unwrap();
    let second = books.ask(effective(import(3, WALLET, xof(20)), early)).await;
    assert_eq!(books.on(second, DayOf::Effective, early).await.as_deref(), Some("120"));
    assert_eq!(books.on(second, DayOf::Posting, early).await.as_deref(), Some("100"));
    assert_eq!(books.on(second, DayOf::Posting, late).await.as_deref(), Some("120"));
    // The closed month is as it was, and the open one takes it in.
    assert_eq!(report(before, second).await, kept[0]);
    assert_eq!(of_wallet(&report(last, second).await), ["100", "0", "20", "120"]);
    // Every answer as of an earlier revision is as it was.
    assert_eq!([report(before, closed).await, report(last, closed).await], kept);
    assert_eq!(books.look().await.trial_balance_at(closed).await.unwrap(), trial);
    for of in [DayOf::Effective, DayOf::Posting] {
        assert_eq!(books.on(first, of, early).await.as_deref(), Some("100"));
    }
    let periods = books.look().await.periods().await.unwrap();
    assert_eq!(periods.len(), 1);
    assert_eq!((&periods[0].period, periods[0].revision), (&before.to_string(), closed));
}

#[tokio::test]
async fn a_day_begins_when_it_does_in_the_ledger() {
    let database = fresh_database().await;
    let engine = engine(&MemoryStore::new(), &LedgerId::main()).await;
    let read_models = open(&database.pool).await;
    read_models.attach(engine.clone());
    let at = minute(10_000_000);
    // Where it is that late that the next day has begun, or so early that the last has not ended.
    let is_morning = at.format("%H").to_string().as_str() < "10";
    let name = if is_morning { "Pacific/Pago_Pago" } else { "Pacific/Kiritimati" };
    let zone: Zone = name.parse().unwrap();
    ask(&engine, opened()).await;
    ask(&engine, SetZone { zone }).await;
    ask(&engine, cauri_domain::testing::open_wallet(WALLET, "ama")).await;
    let last = ask(&engine, import(1, WALLET, xof(9))).await;
    covered(&read_models, engine.ledger(), last).await;
    let mut look = Snapshot::open(&database.pool, engine.ledger()).await.unwrap();
    let rows = look.postings(&[i64::try_from(last.0).unwrap()]).await.unwrap();
    let there = zone.day(at);
    assert_ne!(there, at.date_naive());
    assert!(rows.iter().all(|row| row.posted_on == there && row.effective_on == there));
}

/// By the last of all days, every account is what it is.
#[tokio::test]
async fn all_days_together_come_to_the_trial_balance() {
    let database = fresh_database().await;
    let history = History::sample(5, LedgerId::main());
    let read_models = open(&database.pool).await;
    read_models.attach(history.engine().await);
    covered(&read_models, &history.ledger, history.last()).await;
    let mut snapshot = Snapshot::open(&database.pool, &history.ledger).await.unwrap();
    let doomsday = "9998-12-31".parse().unwrap();
    for to in (0..history.events.len()).step_by(61) {
        let Revision(revision) = history.events[to].revision;
        let revision = i64::try_from(revision).unwrap();
        let expected = snapshot.trial_balance_at(revision).await.unwrap();
        for of in [DayOf::Effective, DayOf::Posting] {
            let day = (of, doomsday);
            assert_eq!(snapshot.trial_balance_on(revision, day).await.unwrap(), expected);
        }
        let report = snapshot.account_report(doomsday, doomsday, revision).await.unwrap();
        for (row, account) in report.iter().zip(&expected.0) {
            assert_eq!((&row.account, row.closing), (&account.account, account.balance));
            assert_eq!(row.opening, row.closing);
        }
    }
}

/// Every instance's row says what its lifecycle's row says, and holds its whole story.
#[tokio::test]
async fn processes_end_with_what_they_are_about() {
    let database = fresh_database().await;
    let withdrawals = |history: &History| {
        let ids = (0..6).map(cauri_domain::testing::withdrawal);
        ids.filter(|id| history.state.withdrawal(*id).is_some()).count()
    };
    let main = LedgerId::main();
    let history = History::samples(&main).find(|history| withdrawals(history) > 2).unwrap();
    let read_models = open(&database.pool).await;
    read_models.attach(history.engine().await);
    covered(&read_models, &history.ledger, history.last()).await;
    let mut snapshot = Snapshot::open(&database.pool, &history.ledger).await.unwrap();
    let mut seen = 0;
    for number in 0..6 {
        let id = cauri_domain::testing::withdrawal(number).0;
        let Some(row) = snapshot.withdrawal(id).await.unwrap() else { continue };
        let process = snapshot.process("withdrawal", id).await.unwrap().unwrap();
        let open = ["requested", "approved", "submitted", "unknown"].contains(&row.status.as_str());
        let over = ["ended", "given_up"].contains(&process.state.as_str());
        assert!(open != over || process.state == "skipped", "{row:?} {process:?}");
        let waits_for = match row.status.as_str() {
            "requested" => Some("judgement"),
            "approved" => Some("submission"),
            "submitted" => Some("provider"),
            "unknown" => Some("answer"),
            _ => None,
        };
        assert!(process.state == "skipped" || process.waits_for.as_deref() == waits_for, "{row:?}");
        let is_due = row.status == "requested" && row.alerted_at.is_none();
        assert_eq!(process.due_at.is_some(), is_due, "{row:?}");
        assert!(process.history.contains(&row.revision), "{row:?} {process:?}");
        assert_eq!(*process.history.last().unwrap(), process.revision);
        let events = snapshot.events_at(&process.history).await.unwrap();
        assert_eq!(events.len(), process.history.len());
        assert!(events.iter().any(|event| event.kind == "withdrawal.requested.v1"));
        seen += 1;
    }
    assert!(seen > 0);
    let listed = snapshot.processes(Some("withdrawal".to_owned()), None, Page::first(100)).await;
    assert!(listed.unwrap().rows.len() >= seen);
    let ended = snapshot.processes(None, Some("ended"), Page::first(100)).await.unwrap();
    assert!(!ended.rows.is_empty() && ended.rows.iter().all(|row| row.state == "ended"));
}

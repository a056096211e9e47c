//! Rows say what events say, in batches of any size.

use std::collections::{BTreeMap, BTreeSet};

use cauri_domain::testing::{any_plan, escrow, payin, wallet, withdrawal};
use cauri_domain::{
    Account, ChargebackId, Currency, Event, LedgerId, LedgerState, Money, RefundId, Side,
};
use cauri_projections::generation::Generation;
use cauri_tests::database::fresh_database;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::kit::{History, projected, types};

/// A history's events in batches that end where they are cut.
fn cut<'a, T>(events: &'a [T], cuts: &[prop::sample::Index]) -> Vec<&'a [T]> {
    let mut places: BTreeSet<usize> = cuts.iter().map(|cut| cut.index(events.len())).collect();
    places.extend([0, events.len()]);
    let places: Vec<usize> = places.into_iter().collect();
    places.windows(2).map(|ends| &events[ends[0]..ends[1]]).collect()
}

#[test]
fn batches_of_any_size_give_the_same_rows() {
    let runtime = Runtime::new().unwrap();
    let database = runtime.block_on(async {
        let database = fresh_database().await;
        cauri_projections::migrate(&database.pool).await.unwrap();
        database
    });
    let config = Config { cases: 10, failure_persistence: None, ..Config::default() };
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..40);
    let outcome = TestRunner::new(config).run(&(any_plan(60..90), cuts), |(plan, cuts)| {
        let history = History::of(&plan, LedgerId::main());
        runtime.block_on(async {
            let pool = &database.pool;
            let (_, whole) = projected(pool, [&history.events[..]]).await.unwrap();
            let (_, in_parts) = projected(pool, cut(&history.events, &cuts)).await.unwrap();
            prop_assert_eq!(&in_parts, &whole);
            let (_, one_by_one) = projected(pool, history.events.chunks(1)).await.unwrap();
            prop_assert_eq!(&one_by_one, &whole);
            Generation::drop_others(pool).await.unwrap();
            Ok(())
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn every_type_of_event_makes_the_rows_that_the_state_says() {
    let database = fresh_database().await;
    let pool = &database.pool;
    cauri_projections::migrate(pool).await.unwrap();
    let mut seen = BTreeSet::new();
    for (number, history) in History::samples(&LedgerId::main()).take(300).enumerate() {
        let new = types(&history.events).any(|name| !seen.contains(name));
        if !new && number > 2 {
            continue;
        }
        seen.extend(types(&history.events));
        let (generation, _) = projected(pool, history.events.chunks(17)).await.unwrap();
        let schema = generation.schema();
        agree_on_lifecycles(pool, &schema, &history).await;
        agree_on_controls(pool, &schema, &history).await;
        agree_on_books(pool, &schema, &history).await;
        agree_on_envelopes(pool, &schema, &history).await;
        if seen.len() == Event::WIRE_NAMES.len() && number > 2 {
            return;
        }
    }
    let missing: Vec<_> = Event::WIRE_NAMES.iter().filter(|name| !seen.contains(*name)).collect();
    panic!("no history had {missing:?}");
}

async fn fetch(pool: &PgPool, sql: String) -> Vec<sqlx::postgres::PgRow> {
    sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap()
}

async fn statuses(
    pool: &PgPool,
    schema: &str,
    table: &str,
    id: &str,
) -> BTreeMap<uuid::Uuid, (String, String)> {
    let owner = if table == "escrows" { "buyer_owner || '/' || seller_owner" } else { "owner" };
    let sql = format!("SELECT {id}, status, {owner} FROM {schema}.{table}");
    let rows = fetch(pool, sql).await;
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

async fn agree_on_lifecycles(pool: &PgPool, schema: &str, history: &History) {
    let state = &history.state;
    let owner = |id| state.wallet(id).unwrap().owner.to_string();
    let wallets: BTreeMap<_, _> = (0..100)
        .filter_map(|n| Some((wallet(n), state.wallet(wallet(n))?)))
        .map(|(id, it)| (id.0, (it.status.as_str().to_owned(), owner(id))))
        .collect();
    assert_eq!(statuses(pool, schema, "wallets", "wallet").await, wallets);
    let payins: BTreeMap<_, _> = (0..0x1000)
        .filter_map(|n| Some((payin(n).0, state.payin(payin(n))?)))
        .map(|(id, it)| (id, (it.status.as_str().to_owned(), owner(it.wallet))))
        .collect();
    assert_eq!(statuses(pool, schema, "payins", "payin").await, payins);
    let escrows: BTreeMap<_, _> = (0..10)
        .filter_map(|n| Some((escrow(n).0, state.escrow(escrow(n))?)))
        .map(|(id, it)| {
            let parties = format!("{}/{}", owner(it.buyer), owner(it.seller));
            (id, (it.status().as_str().to_owned(), parties))
        })
        .collect();
    assert_eq!(statuses(pool, schema, "escrows", "escrow").await, escrows);
    let withdrawals: BTreeMap<_, _> = (0..10)
        .filter_map(|n| Some((withdrawal(n).0, state.withdrawal(withdrawal(n))?)))
        .map(|(id, it)| (id, (it.status.as_str().to_owned(), owner(it.wallet))))
        .collect();
    assert_eq!(statuses(pool, schema, "withdrawals", "withdrawal").await, withdrawals);
    agree_on_what_comes_back(pool, schema, state).await;
    let settings = fetch(pool, format!("SELECT settings FROM {schema}.settings")).await;
    let settings: Vec<cauri_domain::Settings> =
        settings.iter().map(|row| serde_json::from_value(row.get(0)).unwrap()).collect();
    assert_eq!(settings, [state.settings().unwrap().clone()]);
}

async fn agree_on_controls(pool: &PgPool, schema: &str, history: &History) {
    let state = &history.state;
    let rows = fetch(
        pool,
        format!(
            "SELECT wallet, subject, may, status = 'active', daily IS NOT NULL
             FROM {schema}.members"
        ),
    )
    .await;
    for row in rows {
        let wallet = cauri_domain::WalletId(row.get(0));
        let known = state.member(wallet, &row.get::<String, _>(1).parse().unwrap());
        assert_eq!(known.is_some(), row.get::<bool, _>(3));
        if let Some(member) = known {
            assert_eq!(member.may.as_str(), row.get::<String, _>(2));
            assert_eq!(member.daily.is_some(), row.get::<bool, _>(4));
        }
    }
    let flags = format!("SELECT flag, status, coalesce(outcome, 'none') FROM {schema}.flags");
    for row in fetch(pool, flags).await {
        let flag = state.flag(cauri_domain::FlagId(row.get(0))).unwrap();
        let status = if flag.outcome.is_some() { "cleared" } else { "open" };
        let outcome = flag.outcome.as_ref().map_or("none", cauri_domain::Code::as_str);
        assert_eq!((status, outcome), (row.get(1), row.get(2)));
    }
    let holds = format!("SELECT risk_hold, status FROM {schema}.risk_holds");
    for row in fetch(pool, holds).await {
        let hold = state.risk_hold(cauri_domain::RiskHoldId(row.get(0))).unwrap();
        let status = if hold.is_released { "released" } else { "placed" };
        assert_eq!(status, row.get::<String, _>(1));
    }
    let methods = format!(
        "SELECT method, status = 'disabled', is_default, wallet FROM {schema}.payment_methods"
    );
    for row in fetch(pool, methods).await {
        let id = cauri_domain::PaymentMethodId(row.get(0));
        assert_eq!(state.payment_method(id).unwrap().is_disabled, row.get::<bool, _>(1));
        let default = state.default_method(cauri_domain::WalletId(row.get(3)));
        assert_eq!(default == Some(id), row.get::<bool, _>(2));
    }
}

/// Refunds, chargebacks, and what is in suspense of each payment.
async fn agree_on_what_comes_back(pool: &PgPool, schema: &str, state: &LedgerState) {
    let rows = fetch(pool, format!("SELECT refund, status FROM {schema}.refunds")).await;
    for row in &rows {
        let (id, status): (Uuid, String) = (row.get(0), row.get(1));
        // What a provider gave back by itself is kept with its payment.
        let should = state.refund(RefundId(id)).map(|it| it.status.as_str());
        let by_itself = ["outside", "borne"].contains(&status.as_str());
        assert_eq!(should, (!by_itself).then_some(status.as_str()), "{id}");
    }
    let rows = fetch(
        pool,
        format!(
            "SELECT chargeback, reserved, withdrawn, reinstated, outcome FROM {schema}.chargebacks"
        ),
    );
    for row in rows.await {
        let case = state.chargeback(ChargebackId(row.get(0))).unwrap();
        let major = |minor: u64| {
            let money = case.currency.and_then(|currency| Money::from_minor(minor, currency));
            money.map_or(Decimal::ZERO, Money::to_decimal)
        };
        let amounts: [Decimal; 3] = [row.get(1), row.get(2), row.get(3)];
        assert_eq!(amounts, [case.reserve, case.withdrawn, case.reinstated].map(major), "{case:?}");
        let outcome: Option<String> = row.get(4);
        assert_eq!(outcome.is_some(), case.outcome.is_some(), "{case:?}");
        assert!(outcome.is_none_or(|it| it == case.status()), "{case:?}");
    }
    let sql = format!("SELECT provider, object, held, currency FROM {schema}.suspense_held");
    for row in fetch(pool, sql).await {
        let (provider, object): (String, String) = (row.get(0), row.get(1));
        let Ok(object) = object.parse() else { continue };
        let Some(payment) = state.payment(provider.parse().unwrap(), &object) else { continue };
        // What came back in another currency is with no payment: it waits for a person.
        if payment.currency.is_some_and(|it| it.code() != row.get::<String, _>(3)) {
            continue;
        }
        let held = payment.currency.and_then(|it| Money::from_minor(payment.held, it));
        let held = held.map_or(Decimal::ZERO, Money::to_decimal);
        assert_eq!(row.get::<Decimal, _>(2), held, "{payment:?}");
    }
}

/// What is kept by event adds up to what is kept in all.
async fn agree_on_parts(pool: &PgPool, schema: &str) {
    for (parts, whole) in [
        (
            "SELECT 'clearing:' || provider, currency, sum(amount) FROM provider_movements
             GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2",
            "SELECT account, currency, balance FROM balances
             WHERE account LIKE 'clearing:%' AND balance <> 0 ORDER BY 1, 2",
        ),
        (
            "SELECT provider || object, currency, sum(amount) FROM suspense_movements
             GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2",
            "SELECT provider || object, currency, held FROM suspense_held WHERE held <> 0
             ORDER BY 1, 2",
        ),
        (
            "SELECT provider, currency, -sum(amount) FROM provider_movements
             WHERE kind IN ('settlement', 'settlement_fee')
             GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2",
            "SELECT provider, currency, sum(net + fee) FROM settlements
             JOIN settlement_sums USING (ledger, settlement)
             WHERE status = 'recorded' GROUP BY 1, 2 HAVING sum(net + fee) <> 0 ORDER BY 1, 2",
        ),
        (
            "SELECT n.wallet || n.currency, (e.recorded_at AT TIME ZONE 'UTC')::date::text,
                    sum(gross + 3 * refunded + 7 * commission + 11 * tax + 13 * others + 17 * net
                        + 19 * tips + 23 * shares)
             FROM earnings n JOIN events e USING (ledger, revision) GROUP BY 1, 2 ORDER BY 1, 2",
            "SELECT wallet || currency, day::text,
                    gross + 3 * refunded + 7 * commission + 11 * tax + 13 * others + 17 * net
                        + 19 * tips + 23 * shares
             FROM seller_earnings ORDER BY 1, 2",
        ),
    ] {
        let mut transaction = pool.begin().await.unwrap();
        let path = format!("SET LOCAL search_path TO {schema}");
        sqlx::query(AssertSqlSafe(path)).execute(&mut *transaction).await.unwrap();
        let mut sums = Vec::<Vec<(String, String, Decimal)>>::new();
        for sql in [parts, whole] {
            let sum = sqlx::query_as(sql).fetch_all(&mut *transaction).await.unwrap();
            sums.push(sum);
        }
        assert_eq!(sums[0], sums[1]);
    }
}

async fn agree_on_books(pool: &PgPool, schema: &str, history: &History) {
    let said: BTreeMap<(String, String), Decimal> = history
        .state
        .books()
        .balances()
        .into_iter()
        .map(|(account, currency, minor)| {
            let amount = cauri_domain::money::decimal(minor, currency).unwrap();
            ((account.to_string(), currency.to_string()), amount)
        })
        .collect();
    let rows = fetch(pool, format!("SELECT account, currency, balance FROM {schema}.balances"));
    let balances: BTreeMap<(String, String), Decimal> =
        rows.await.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
    assert_eq!(balances, said);

    // The running balance of every account, added up posting by posting.
    let mut running = BTreeMap::<(Account, Currency), Decimal>::new();
    let mut lines = Vec::new();
    let mut in_suspense = Vec::new();
    for recorded in &history.events {
        let Some(entry) = recorded.event.entry() else { continue };
        for (line, posting) in entry.postings().iter().enumerate() {
            let (account, money) = (posting.account, posting.money);
            let balance = running.entry((account, money.currency())).or_default();
            let grows = account.class().normal_side() == posting.side;
            *balance += if grows { money.to_decimal() } else { -money.to_decimal() };
            let revision = i64::try_from(recorded.revision.0).unwrap();
            lines.push((revision, i16::try_from(line).unwrap(), account.to_string(), *balance));
            if matches!(account, Account::Suspense(_)) && posting.side == Side::Credit {
                in_suspense.push((revision, money.to_decimal(), money.currency().to_string()));
            }
        }
    }
    let sql = format!(
        "SELECT revision, line, account, balance_after FROM {schema}.postings ORDER BY 1, 2"
    );
    let postings: Vec<(i64, i16, String, Decimal)> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap();
    assert_eq!(postings, lines);
    let sql = format!(
        "SELECT created_revision, amount, currency FROM {schema}.suspense_items ORDER BY 1"
    );
    let suspense: Vec<(i64, Decimal, String)> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap();
    assert_eq!(suspense, in_suspense);
    agree_on_parts(pool, schema).await;
}

async fn agree_on_envelopes(pool: &PgPool, schema: &str, history: &History) {
    let sql = format!(
        "SELECT revision, type, recorded_at, command_id, causation, subject, role, category,
                reference, dimensions, hash FROM {schema}.events ORDER BY revision"
    );
    let rows = fetch(pool, sql).await;
    assert_eq!(rows.len(), history.events.len());
    for (row, recorded) in rows.iter().zip(&history.events) {
        let cause = &recorded.cause;
        assert_eq!(row.get::<i64, _>(0), i64::try_from(recorded.revision.0).unwrap());
        assert_eq!(row.get::<&str, _>(1), recorded.event.wire_name());
        assert_eq!(row.get::<chrono::DateTime<chrono::Utc>, _>(2), recorded.recorded_at);
        assert_eq!(row.get::<uuid::Uuid, _>(3), cause.command.0);
        let causation = cause.causation.map(|revision| i64::try_from(revision.0).unwrap());
        assert_eq!(row.get::<Option<i64>, _>(4), causation);
        assert_eq!(row.get::<&str, _>(5), cause.actor.subject.as_str());
        assert_eq!(row.get::<&str, _>(6), cause.actor.role.as_str());
        let category = cause.labels.category.as_ref().map(ToString::to_string);
        assert_eq!(row.get::<Option<String>, _>(7), category);
        let reference = cause.labels.reference.as_ref().map(ToString::to_string);
        assert_eq!(row.get::<Option<String>, _>(8), reference);
        let dimensions = serde_json::json!({ "store": "dakar", "channel": "app" });
        let dimensions = category.is_some().then_some(dimensions);
        assert_eq!(row.get::<Option<serde_json::Value>, _>(9), dimensions);
        assert_eq!(row.get::<&str, _>(10), recorded.hash.to_string());
    }
}

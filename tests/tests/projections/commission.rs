//! What the platform and its sellers earn, by day, is what the log's entries come to.

use std::collections::BTreeMap;

use cauri_domain::commission::{Earning, Payer};
use cauri_domain::{Account, Class, Event, LedgerId, Money};
use cauri_projections::generation::Generation;
use cauri_tests::database::fresh_database;
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, PgPool, Row as _};

use super::kit::{History, projected};

async fn fetch(pool: &PgPool, generation: Generation, sql: &str) -> Vec<sqlx::postgres::PgRow> {
    let sql = sql.replace("{schema}", &generation.schema());
    sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await.unwrap()
}

/// Sums by account and currency, however they are told apart in the tables.
type Books = BTreeMap<(String, String), Decimal>;

fn results(history: &History) -> Books {
    let mut books = Books::new();
    for posting in
        history.events.iter().filter_map(|it| it.event.entry()).flat_map(|e| e.postings())
    {
        let (account, money) = (posting.account, posting.money);
        if matches!(account.class(), Class::Income | Class::Expense) {
            let grows = account.class().normal_side() == posting.side;
            let amount = if grows { money.to_decimal() } else { -money.to_decimal() };
            let key = (account.to_string(), money.currency().to_string());
            *books.entry(key).or_default() += amount;
        }
    }
    books.retain(|_, amount| !amount.is_zero());
    books
}

#[tokio::test]
async fn revenue_by_day_and_source_sums_to_the_books() {
    let database = fresh_database().await;
    let pool = &database.pool;
    cauri_projections::migrate(pool).await.unwrap();
    let mut earned = 0;
    for history in History::samples(&LedgerId::main()).take(8) {
        let (generation, _) = projected(pool, history.events.chunks(23)).await.unwrap();
        let sql = "SELECT account, currency, sum(amount) FROM {schema}.revenue GROUP BY 1, 2";
        let rows = fetch(pool, generation, sql).await;
        let mut sums: Books =
            rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
        sums.retain(|_, amount| !amount.is_zero());
        assert_eq!(sums, results(&history));
        earned += sums.len();
        // What a command says of itself is where its money comes from, on its own day.
        for recorded in &history.events {
            let posts = recorded.event.entry().into_iter().flat_map(|entry| entry.postings());
            let income = posts.filter(|posting| posting.account.class() == Class::Income);
            let Some(category) = recorded.cause.labels.category.as_ref() else { continue };
            for posting in income {
                let sql = format!(
                    "SELECT 1 FROM {{schema}}.revenue WHERE day = '{}' AND category = '{category}'
                       AND store = 'dakar' AND account = '{}'",
                    recorded.recorded_at.date_naive(),
                    posting.account
                );
                assert!(!fetch(pool, generation, &sql).await.is_empty(), "{sql}");
            }
        }
        rules_are_those_of_the_state(pool, generation, &history).await;
        sellers_earn_what_is_shared(pool, generation, &history).await;
    }
    assert!(earned > 0, "no history earned anything");
}

async fn rules_are_those_of_the_state(pool: &PgPool, generation: Generation, history: &History) {
    let set: Vec<(String, i64)> = history
        .events
        .iter()
        .filter_map(|recorded| {
            let Event::CommissionRulesSet(set) = &recorded.event else { return None };
            Some((set.rule.name.to_string(), set.version.into()))
        })
        .collect();
    let sql = "SELECT name, version, rule FROM {schema}.commission_rules ORDER BY created_revision";
    let rows = fetch(pool, generation, sql).await;
    let written: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(written, set);
    for row in rows {
        let rule: cauri_domain::commission::Rule = serde_json::from_value(row.get(2)).unwrap();
        assert_eq!(rule.name.as_str(), row.get::<&str, _>(0));
    }
}

async fn sellers_earn_what_is_shared(pool: &PgPool, generation: Generation, history: &History) {
    let (mut net, mut tips, mut borne) = (Books::new(), Books::new(), Books::new());
    let decimal = |money: Option<Money>| money.map(Money::to_decimal).unwrap_or_default();
    for earning in history.events.iter().flat_map(|recorded| recorded.event.earnings()) {
        match earning {
            Earning::Tip(wallet, money) => {
                let key = (wallet.to_string(), money.currency().to_string());
                *tips.entry(key).or_default() += money.to_decimal();
            }
            Earning::Shared(it) => {
                let key = (it.seller.to_string(), it.now.currency().to_string());
                let sign = if it.refund.is_some() { -Decimal::ONE } else { Decimal::ONE };
                *net.entry(key.clone()).or_default() += sign * decimal(it.net());
                if it.payer == Payer::Seller {
                    *borne.entry(key).or_default() += sign * decimal(it.fee());
                }
            }
        }
    }
    let sql = "SELECT wallet::text, currency, sum(net), sum(tips), sum(commission + tax + others),
                      bool_and(net = gross - refunded - commission - tax - others)
               FROM {schema}.seller_earnings GROUP BY 1, 2";
    for row in fetch(pool, generation, sql).await {
        let key: (String, String) = (row.get(0), row.get(1));
        let said = |of: &mut Books| of.remove(&key).unwrap_or_default();
        assert_eq!(row.get::<Decimal, _>(2), said(&mut net), "net of {key:?}");
        assert_eq!(row.get::<Decimal, _>(3), said(&mut tips), "tips of {key:?}");
        assert_eq!(row.get::<Decimal, _>(4), said(&mut borne), "fees of {key:?}");
        assert!(row.get::<bool, _>(5), "{key:?} does not add up");
    }
    assert!(net.is_empty() && tips.is_empty(), "not in the table: {net:?} {tips:?}");
    // Whoever bears it, what the rules brought the platform is what they posted.
    let sql = "SELECT coalesce(sum(borne_by_seller + borne_by_buyer + borne_by_platform
                                   - commission - fees - tax - others), 0)
               FROM {schema}.commission_report";
    assert!(fetch(pool, generation, sql).await[0].get::<Decimal, _>(0).is_zero());
    let commission = Account::Commission.to_string();
    let sql = "SELECT 1 FROM {schema}.revenue r WHERE rule <> '' AND account = 'revenue:commission'
               AND NOT EXISTS (SELECT 1 FROM {schema}.commission_report c
                               WHERE c.rule = r.rule AND c.day = r.day)";
    assert!(fetch(pool, generation, sql).await.is_empty(), "{commission} of no rule");
}

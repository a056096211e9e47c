//! What the platform and its sellers earn, by day: sums of what events share and post.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::ApplyError;
use super::envelopes::number;
use super::lifecycles::Stamp;
use super::rows::Sums;
use cauri_domain::commission::{Breakdown, Earning, Payer};
use cauri_domain::money::decimal;
use cauri_domain::{Account, Class, Code, Currency, Money, Revision};
use cauri_ledger::Recorded;

/// The labels of the first event with any in the story that an event is part of.
const LABELS: &str = "
SELECT n.revision, e.category, e.dimensions ->> 'store'
FROM unnest($2::uuid[], $3::bigint[]) AS n (correlation_id, revision)
CROSS JOIN LATERAL (
    SELECT category, dimensions FROM events
    WHERE ledger = $1 AND correlation_id = n.correlation_id AND revision < n.revision
      AND (category IS NOT NULL OR dimensions IS NOT NULL)
    ORDER BY revision LIMIT 1
) AS e";

/// What a command says of the source of money.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Source {
    category: String,
    store: String,
}

pub(super) async fn write(
    connection: &mut PgConnection,
    batch: &[Recorded],
) -> Result<(), ApplyError> {
    let Some(ledger) = batch.first().map(|event| event.ledger.to_string()) else { return Ok(()) };
    let earning: Vec<&Recorded> = batch.iter().filter(|event| is_earning(event)).collect();
    if earning.is_empty() {
        return Ok(());
    }
    let sources = sources(connection, &ledger, &earning).await?;
    let mut revenue =
        Sums::new("revenue", &["day", "class", "account", "currency", "category", "store", "rule"]);
    let mut sellers = Sums::new("seller_earnings", &["wallet", "day", "currency"]);
    let mut each = Sums::new("earnings", &["revision", "wallet", "currency", "rule"]);
    let mut report = Sums::new("commission_report", &["day", "rule", "version", "currency"]);
    for recorded in earning {
        let stamp = Stamp::of(recorded)?;
        let source = sources.get(&stamp.revision).cloned().unwrap_or_default();
        sum_revenue(&mut revenue, stamp, recorded, &source)?;
        for earning in recorded.event.earnings() {
            match earning {
                Earning::Shared(breakdown) => {
                    let columns = seller(stamp, breakdown)?;
                    each.add(stamp, of_event(stamp, &columns, breakdown.rule.as_str()));
                    sellers.add(stamp, columns);
                    sum_report(&mut report, stamp, breakdown)?;
                }
                Earning::Tip(wallet, money) => {
                    let columns = json!({ "wallet": wallet.0, "day": day(stamp),
                        "currency": money.currency().code(), "gross": "0", "refunded": "0",
                        "commission": "0", "tax": "0", "others": "0", "net": "0",
                        "tips": money.to_decimal(), "shares": 0 });
                    each.add(stamp, of_event(stamp, &columns, ""));
                    sellers.add(stamp, columns);
                }
            }
        }
    }
    revenue.write(connection, &ledger).await?;
    sellers.write(connection, &ledger).await?;
    each.write(connection, &ledger).await?;
    report.write(connection, &ledger).await
}

fn day(stamp: Stamp) -> String {
    stamp.at.date_naive().to_string()
}

const fn is_result(account: &Account) -> bool {
    matches!(account.class(), Class::Income | Class::Expense)
}

fn is_earning(recorded: &Recorded) -> bool {
    let postings = recorded.event.entry().map_or(&[][..], |entry| entry.postings());
    postings.iter().any(|posting| is_result(&posting.account))
        || !recorded.event.earnings().is_empty()
}

/// Where the money of these events comes from, as they say, or their stories before them.
async fn sources(
    connection: &mut PgConnection,
    ledger: &str,
    events: &[&Recorded],
) -> Result<BTreeMap<i64, Source>, ApplyError> {
    let mut sources = BTreeMap::new();
    let mut unsaid: (Vec<Uuid>, Vec<i64>) = Default::default();
    for recorded in events {
        let (labels, revision) = (&recorded.cause.labels, number(recorded.revision.0)?);
        if labels.category.is_none() && labels.dimensions.is_empty() {
            unsaid.0.push(recorded.cause.correlation.0);
            unsaid.1.push(revision);
            continue;
        }
        let store = labels.dimensions.iter().find(|(name, _)| name.as_str() == "store");
        let source = Source {
            category: labels.category.as_ref().map(Code::to_string).unwrap_or_default(),
            store: store.map(|(_, value)| value.to_string()).unwrap_or_default(),
        };
        sources.insert(revision, source);
    }
    if !unsaid.1.is_empty() {
        let rows = sqlx::query(LABELS)
            .bind(ledger)
            .bind(unsaid.0)
            .bind(unsaid.1)
            .fetch_all(connection)
            .await?;
        for row in rows {
            let text = |column: usize| row.get::<Option<String>, _>(column).unwrap_or_default();
            sources.insert(row.get(0), Source { category: text(1), store: text(2) });
        }
    }
    Ok(sources)
}

/// The sum of some minor units as an amount.
fn amount(minor: i128, currency: Currency, at: i64) -> Result<Decimal, ApplyError> {
    decimal(minor, currency).ok_or_else(|| ApplyError::Poisoned {
        at: Revision(at.unsigned_abs()),
        what: "a sum has more than 28 digits".to_owned(),
    })
}

/// What is posted to the accounts of the result, by the rule that led to it as far as one did.
fn sum_revenue(
    revenue: &mut Sums,
    stamp: Stamp,
    recorded: &Recorded,
    source: &Source,
) -> Result<(), ApplyError> {
    type Book = (Account, Currency);
    let mut posted = BTreeMap::<Book, (i128, i64)>::new();
    for posting in recorded.event.entry().map_or(&[][..], |entry| entry.postings()) {
        if is_result(&posting.account) {
            let normal = posting.account.class().normal_side() == posting.side;
            let minor = i128::from(posting.money.minor());
            let book = posted.entry((posting.account, posting.money.currency())).or_default();
            book.0 += if normal { minor } else { -minor };
            book.1 += 1;
        }
    }
    let mut by_rule = BTreeMap::<(Account, Currency, String), i128>::new();
    for breakdown in recorded.event.breakdowns() {
        let mut to = |account: Account, money: Option<Money>| {
            let Some(money) = money.filter(|_| is_result(&account)) else { return };
            let minor = i128::from(money.minor());
            let signed = if breakdown.refund.is_some() { -minor } else { minor };
            let book = (account, money.currency());
            *by_rule.entry((book.0, book.1, breakdown.rule.to_string())).or_default() += signed;
            posted.entry(book).or_default().0 -= signed;
        };
        breakdown.parts.iter().for_each(|part| to(part.to, part.amount));
        to(Account::Promotions, breakdown.borne_by_platform());
    }
    let rest = posted.into_iter().map(|((account, currency), (minor, postings))| {
        ((account, currency, String::new()), minor, postings)
    });
    let shared = by_rule.into_iter().map(|(key, minor)| (key, minor, 1));
    for ((account, currency, rule), minor, postings) in rest.chain(shared) {
        if minor == 0 {
            continue;
        }
        let columns = json!({ "day": day(stamp), "class": account.class().as_str(),
            "account": account.to_string(), "currency": currency.code(),
            "category": source.category, "store": source.store, "rule": rule,
            "amount": amount(minor, currency, stamp.revision)?, "postings": postings });
        revenue.add(stamp, columns);
    }
    Ok(())
}

/// A breakdown's parts by who gets them, in minor units; negative where they are given back.
struct Parts {
    gross: i128,
    refunded: i128,
    commission: i128,
    fees: i128,
    tax: i128,
    others: i128,
    net: i128,
    shares: i64,
}

impl Parts {
    fn of(breakdown: &Breakdown) -> Self {
        let minor = |money: Option<Money>| i128::from(money.map_or(0, Money::minor));
        let back = breakdown.refund.is_some();
        let sign = if back { -1 } else { 1 };
        let to = |of: fn(&Account) -> bool| -> i128 {
            let parts = breakdown.parts.iter().filter(|part| of(&part.to));
            parts.map(|part| sign * minor(part.amount)).sum()
        };
        let now = minor(Some(breakdown.now));
        Self {
            gross: if back { 0 } else { now },
            refunded: if back { now } else { 0 },
            commission: to(|account| matches!(account, Account::Commission)),
            fees: to(|account| matches!(account, Account::Fees)),
            tax: to(|account| matches!(account, Account::Tax(_))),
            others: to(|account| account.wallet().is_some()),
            net: sign * minor(breakdown.net()),
            shares: if back { 0 } else { 1 },
        }
    }

    const fn all(&self) -> i128 {
        self.commission + self.fees + self.tax + self.others
    }
}

/// The same sums for one event instead of a day: whoever asks as of a revision adds them up.
fn of_event(stamp: Stamp, columns: &Value, rule: &str) -> Value {
    let mut columns = columns.clone();
    if let Some(columns) = columns.as_object_mut() {
        columns.remove("day");
        columns.insert("revision".to_owned(), stamp.revision.into());
        columns.insert("rule".to_owned(), rule.into());
    }
    columns
}

fn seller(stamp: Stamp, it: &Breakdown) -> Result<Value, ApplyError> {
    let (parts, currency) = (Parts::of(it), it.now.currency());
    // What the buyer or the platform bears is nothing that the seller earned or lost.
    let borne = i128::from(it.payer == Payer::Seller);
    let amount = |minor| amount(minor, currency, stamp.revision);
    Ok(json!({ "wallet": it.seller.0, "day": day(stamp), "currency": currency.code(),
        "gross": amount(parts.gross)?, "refunded": amount(parts.refunded)?,
        "commission": amount(borne * (parts.commission + parts.fees))?,
        "tax": amount(borne * parts.tax)?, "others": amount(borne * parts.others)?,
        "net": amount(parts.net)?, "tips": "0", "shares": parts.shares }))
}

fn sum_report(report: &mut Sums, stamp: Stamp, it: &Breakdown) -> Result<(), ApplyError> {
    let (parts, currency) = (Parts::of(it), it.now.currency());
    let amount = |minor| amount(minor, currency, stamp.revision);
    let borne = |payer| amount(if it.payer == payer { parts.all() } else { 0 });
    let columns = json!({ "day": day(stamp), "rule": it.rule, "version": it.version,
        "currency": currency.code(), "gross": amount(parts.gross)?,
        "refunded": amount(parts.refunded)?, "commission": amount(parts.commission)?,
        "fees": amount(parts.fees)?, "tax": amount(parts.tax)?, "others": amount(parts.others)?,
        "borne_by_seller": borne(Payer::Seller)?, "borne_by_buyer": borne(Payer::Buyer)?,
        "borne_by_platform": borne(Payer::Platform)?, "shares": parts.shares });
    report.add(stamp, columns);
    Ok(())
}

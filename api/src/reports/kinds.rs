//! Which figures each kind of report has.

use cauri_domain::LedgerId;
use cauri_projections::query::{
    DetailRow, DriverRow, EarnedSums, OpenOf, ReportScope, Snapshot, Span, SpanRevenueRow,
    StoreRow, SummaryRow,
};

use super::figures::amount;
use super::{Column, ColumnKind, Figures, ReportKind, Request, ages};

/// So many rows a report has at most: whoever wants more asks for fewer days.
const MOST_ROWS: u32 = 100_000;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub(super) enum FiguresError {
    #[error("the read models cannot be asked now")]
    Database(#[from] sqlx::Error),
    #[error("it would have more than {MOST_ROWS} rows: ask for fewer days, or narrow it")]
    TooMany,
}

/// What a report tells, asked at one moment of the database.
pub(super) async fn figures(
    snapshot: &mut Snapshot,
    ledger: &LedgerId,
    request: &Request,
) -> Result<Figures, FiguresError> {
    let terms = &request.terms;
    let dimension = terms.dimension.as_ref();
    let scope = ReportScope {
        revision: i64::try_from(request.revision.0).unwrap_or(i64::MAX),
        from: terms.from,
        until: terms.to,
        category: terms.category.as_ref().map(ToString::to_string),
        dimension: dimension.map(|(name, value)| (name.to_string(), value.to_string())),
        most: MOST_ROWS,
    };
    let (columns, rows) = match terms.kind {
        ReportKind::DailySummary => {
            (summary("day"), rows(snapshot.report_summary(&scope, Span::Day).await?, summed))
        }
        ReportKind::WeeklyRevenue => {
            (REVENUE.to_vec(), rows(snapshot.report_revenue(&scope, Span::Week).await?, earned))
        }
        ReportKind::MonthlyAnalytics => {
            (summary("month"), rows(snapshot.report_summary(&scope, Span::Month).await?, summed))
        }
        ReportKind::TransactionDetail => {
            (DETAIL.to_vec(), rows(snapshot.report_detail(&scope).await?, posted))
        }
        ReportKind::StorePerformance => {
            (STORES.to_vec(), rows(snapshot.report_stores(&scope).await?, sold))
        }
        ReportKind::DriverEarnings => {
            (DRIVERS.to_vec(), rows(snapshot.report_drivers(&scope).await?, driven))
        }
        ReportKind::ClearingAges => {
            let found = ages::parts(snapshot, OpenOf::Clearing, request, MOST_ROWS).await?;
            (ages::COLUMNS.to_vec(), rows(found, |it| it))
        }
        ReportKind::SuspenseAges => {
            let found = ages::parts(snapshot, OpenOf::Suspense, request, MOST_ROWS).await?;
            (ages::COLUMNS.iter().chain(&ages::WAITING).copied().collect(), rows(found, |it| it))
        }
    };
    if rows.len() > MOST_ROWS as usize {
        return Err(FiguresError::TooMany);
    }
    let category = scope.category.map(|it| ("category".to_owned(), it));
    Ok(Figures {
        title: terms.kind.as_str(),
        ledger: ledger.clone(),
        revision: request.revision.0,
        asked_at: request.asked_at,
        from: terms.from,
        to: terms.to,
        filters: category.into_iter().chain(scope.dimension).collect(),
        columns,
        rows,
    })
}

fn rows<T>(found: Vec<T>, row: impl Fn(T) -> Vec<String>) -> Vec<Vec<String>> {
    found.into_iter().map(row).collect()
}

pub(super) const fn text(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text }
}

pub(super) const fn count(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Count }
}

pub(super) const fn money(name: &'static str) -> Column {
    Column { name, kind: ColumnKind::Amount }
}

fn summary(span: &'static str) -> Vec<Column> {
    vec![
        text(span),
        text("currency"),
        money("paid_in"),
        money("paid_out"),
        money("refunded_out"),
        money("gross"),
        money("refunded"),
        money("net"),
        money("tips"),
        money("income"),
        money("expense"),
        money("result"),
        count("shares"),
        count("sellers"),
        count("entries"),
    ]
}

fn summed(row: SummaryRow) -> Vec<String> {
    let amount = |it| amount(it, &row.currency);
    vec![
        row.span.to_string(),
        row.currency.clone(),
        amount(row.paid_in),
        amount(row.paid_out),
        amount(row.refunded_out),
        amount(row.gross),
        amount(row.refunded),
        amount(row.net),
        amount(row.tips),
        amount(row.income),
        amount(row.expense),
        amount(row.income - row.expense),
        row.shares.to_string(),
        row.sellers.to_string(),
        row.entries.to_string(),
    ]
}

const REVENUE: [Column; 8] = [
    text("week"),
    text("class"),
    text("account"),
    text("currency"),
    text("category"),
    text("store"),
    money("amount"),
    count("postings"),
];

fn earned(row: SpanRevenueRow) -> Vec<String> {
    let amount = amount(row.amount, &row.currency);
    let postings = row.postings.to_string();
    let (span, class, account) = (row.span.to_string(), row.class, row.account);
    vec![span, class, account, row.currency, row.category, row.store, amount, postings]
}

const DETAIL: [Column; 14] = [
    count("revision"),
    count("line"),
    text("recorded_at"),
    text("type"),
    text("account"),
    text("class"),
    text("side"),
    money("amount"),
    text("currency"),
    text("category"),
    text("store"),
    text("reference"),
    text("posted_on"),
    text("command_id"),
];

fn posted(row: DetailRow) -> Vec<String> {
    vec![
        row.revision.to_string(),
        row.line.to_string(),
        row.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        row.kind,
        row.account,
        row.class,
        row.side,
        amount(row.amount, &row.currency),
        row.currency,
        row.category,
        row.store,
        row.reference,
        row.posted_on.to_string(),
        row.command_id.to_string(),
    ]
}

const STORES: [Column; 11] = [
    text("store"),
    text("currency"),
    money("gross"),
    money("refunded"),
    money("commission"),
    money("tax"),
    money("others"),
    money("net"),
    money("tips"),
    count("shares"),
    money("platform_result"),
];

fn sold(row: StoreRow) -> Vec<String> {
    let result = amount(row.result, &row.currency);
    let sums = sums(&row.earned, &row.currency);
    [row.store, row.currency].into_iter().chain(sums).chain([result]).collect()
}

const DRIVERS: [Column; 11] = [
    text("wallet"),
    text("owner"),
    text("currency"),
    money("gross"),
    money("refunded"),
    money("commission"),
    money("tax"),
    money("others"),
    money("net"),
    money("tips"),
    count("shares"),
];

fn driven(row: DriverRow) -> Vec<String> {
    let sums = sums(&row.earned, &row.currency);
    [row.wallet.to_string(), row.owner, row.currency].into_iter().chain(sums).collect()
}

/// From gross to shares.
fn sums(sums: &EarnedSums, currency: &str) -> [String; 8] {
    let amount = |it| amount(it, currency);
    [
        amount(sums.gross),
        amount(sums.refunded),
        amount(sums.commission),
        amount(sums.tax),
        amount(sums.others),
        amount(sums.net),
        amount(sums.tips),
        sums.shares.to_string(),
    ]
}

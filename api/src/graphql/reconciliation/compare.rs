//! The comparison itself: no clock, no database.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::Enum;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use cauri_projections::query::{BookedFeeRow, BookedRow, BookedSumRow};

use super::input::StatementKind;

/// A parsed statement.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) provider: String,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) lines: Vec<Line>,
}

/// A parsed line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) kind: StatementKind,
    pub(super) object: String,
    pub(super) currency: String,
    /// More than zero, but for what a provider took from the bank.
    pub(super) amount: Decimal,
    pub(super) fee: Option<Decimal>,
}

/// How a line of a statement compares with the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum LineStatus {
    /// The books say the same.
    Matched,
    /// The books have another amount.
    AmountDiffers,
    /// The books have another currency.
    CurrencyDiffers,
    /// Nothing of it is booked.
    UnknownHere,
}

/// What the books have for a line.
#[derive(Debug)]
pub(super) struct Compared<'a> {
    pub(super) status: LineStatus,
    /// Positive in the line's direction.
    pub(super) booked: Option<(&'a BookedRow, Decimal)>,
    pub(super) fee: Option<Decimal>,
}

/// One currency: what both sides say.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    /// Pay-ins less payouts and refunds.
    pub(super) there: Decimal,
    pub(super) here: Decimal,
    pub(super) fees_there: Decimal,
    pub(super) fees_here: Decimal,
    pub(super) chargebacks_here: Decimal,
    /// What reached the bank.
    pub(super) settled_there: Decimal,
    pub(super) settled_here: Decimal,
    pub(super) others_here: Decimal,
    pub(super) balance: Decimal,
}

/// An amount into the account as it counts for its kind: payouts, refunds and settlements go out.
pub(super) fn towards(kind: &str, amount: Decimal) -> Decimal {
    if kind == StatementKind::Payin.word() { amount } else { -amount }
}

/// What is booked, found by kind and object.
pub(super) struct Books<'a> {
    booked: HashMap<(&'a str, &'a str), Vec<&'a BookedRow>>,
    /// By object and currency, those of settlements apart.
    fees: HashMap<(bool, &'a str, &'a str), Decimal>,
}

impl<'a> Books<'a> {
    pub(super) fn of(booked: &'a [BookedRow], fees: &'a [BookedFeeRow]) -> Self {
        let mut found = HashMap::<_, Vec<_>>::new();
        for row in booked {
            found.entry((row.kind.as_str(), row.object.as_str())).or_default().push(row);
        }
        let key =
            |fee: &'a BookedFeeRow| (fee.settlement, fee.object.as_str(), fee.currency.as_str());
        let fees = fees.iter().map(|fee| (key(fee), fee.fee));
        Self { booked: found, fees: fees.collect() }
    }

    pub(super) fn compare(&self, line: &Line) -> Compared<'a> {
        let kind = line.kind.word();
        let rows = self.booked.get(&(kind, line.object.as_str()));
        let same = rows.and_then(|rows| rows.iter().find(|row| row.currency == line.currency));
        let any = same.or_else(|| rows?.first());
        let booked = any.map(|row| (*row, towards(kind, row.amount)));
        let status = match booked {
            None => LineStatus::UnknownHere,
            Some((row, _)) if row.currency != line.currency => LineStatus::CurrencyDiffers,
            Some((_, amount)) if amount == line.amount => LineStatus::Matched,
            Some(_) => LineStatus::AmountDiffers,
        };
        let settlement = line.kind == StatementKind::Settlement;
        let fee = self.fees.get(&(settlement, line.object.as_str(), line.currency.as_str()));
        // One that took nothing on the way has a fee of nothing.
        let fee = fee.filter(|fee| !settlement || !fee.is_zero());
        Compared { status, booked, fee: fee.copied() }
    }
}

/// What was booked within the days and is not in the statement.
pub(super) fn missing<'a>(booked: &'a [BookedRow], lines: &[Line]) -> Vec<&'a BookedRow> {
    let told: HashSet<_> =
        lines.iter().map(|line| (line.kind.word(), line.object.as_str())).collect();
    let is_told = |row: &BookedRow| told.contains(&(row.kind.as_str(), row.object.as_str()));
    booked.iter().filter(|row| !row.within.is_zero() && !is_told(row)).collect()
}

/// The sums of both sides by currency.
pub(super) fn sums(lines: &[Line], here: &[BookedSumRow]) -> BTreeMap<String, Sum> {
    let mut sums = BTreeMap::<String, Sum>::new();
    for line in lines {
        let sum = sums.entry(line.currency.clone()).or_default();
        if line.kind == StatementKind::Settlement {
            sum.settled_there += line.amount;
        } else {
            sum.there += towards(line.kind.word(), line.amount);
        }
        sum.fees_there += line.fee.unwrap_or_default();
    }
    for row in here {
        let sum = sums.entry(row.currency.clone()).or_default();
        sum.here = row.payins + row.payouts + row.refunds;
        sum.fees_here = -row.fees;
        sum.chargebacks_here = row.chargebacks;
        sum.settled_here = -row.settlements;
        sum.others_here = row.others;
        sum.balance = row.balance;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: StatementKind, object: &str, amount: i64, currency: &str) -> Line {
        let (object, currency) = (object.to_owned(), currency.to_owned());
        Line { kind, object, currency, amount: amount.into(), fee: Some(Decimal::ONE) }
    }

    fn booked(kind: &str, object: &str, amount: i64, currency: &str) -> BookedRow {
        BookedRow {
            kind: kind.to_owned(),
            object: object.to_owned(),
            currency: currency.to_owned(),
            amount: amount.into(),
            within: amount.into(),
            first_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn each_line_is_what_it_is() {
        use StatementKind::{Payin, Payout, Refund, Settlement};
        let rows = [
            booked("payin", "a", 100, "XOF"),
            booked("payout", "a", -70, "XOF"),
            booked("refund", "b", -5, "XOF"),
            booked("payin", "c", 9, "USD"),
            // Paid out and come back.
            booked("payout", "d", 0, "XOF"),
            booked("payin", "e", 3, "XOF"),
            booked("settlement", "s", -50, "XOF"),
            booked("settlement", "t", 7, "XOF"),
        ];
        let fee = |settlement, object: &str, fee: i64| BookedFeeRow {
            settlement,
            object: object.into(),
            currency: "XOF".into(),
            fee: fee.into(),
        };
        let fees = [fee(false, "a", 2), fee(true, "s", 4), fee(true, "t", 0)];
        let books = Books::of(&rows, &fees);
        let lines = [
            (line(Payin, "a", 100, "XOF"), LineStatus::Matched, Some(100)),
            (line(Payout, "a", 70, "XOF"), LineStatus::Matched, Some(70)),
            (line(Refund, "b", 6, "XOF"), LineStatus::AmountDiffers, Some(5)),
            (line(Payin, "c", 9, "XOF"), LineStatus::CurrencyDiffers, Some(9)),
            (line(Payout, "d", 8, "XOF"), LineStatus::AmountDiffers, Some(0)),
            (line(Payin, "b", 5, "XOF"), LineStatus::UnknownHere, None),
            (line(Settlement, "s", 50, "XOF"), LineStatus::Matched, Some(50)),
            (line(Settlement, "t", -7, "XOF"), LineStatus::Matched, Some(-7)),
            (line(Settlement, "a", 100, "XOF"), LineStatus::UnknownHere, None),
        ];
        for (line, status, amount) in &lines {
            let compared = books.compare(line);
            assert_eq!(compared.status, *status, "{line:?}");
            assert_eq!(compared.booked.map(|it| it.1), amount.map(Decimal::from), "{line:?}");
        }
        let fees = [0, 6, 7].map(|at| books.compare(&lines[at].0).fee);
        assert_eq!(fees, [Some(2.into()), Some(4.into()), None]);
        let lines = lines.map(|it| it.0);
        let missing: Vec<_> =
            missing(&rows, &lines).into_iter().map(|row| row.object.as_str()).collect();
        assert_eq!(missing, ["e"]);
        let sums = sums(&lines, &[]);
        assert_eq!(sums["XOF"].there, (100 - 70 - 6 + 9 - 8 + 5).into());
        assert_eq!(sums["XOF"].settled_there, (50 - 7 + 100).into());
        assert_eq!(sums["XOF"].fees_there, 9.into());
    }
}

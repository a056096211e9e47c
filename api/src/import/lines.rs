//! A file of opening balances, line by line.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use csv::{ReaderBuilder, StringRecord, Trim};

use cauri_domain::money::parse_decimal;
use cauri_domain::{Account, Currency, Money, Posting, Reference, Side, Subject, WalletId};

/// A line that can be brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number in the file: the header is 1.
    pub(super) number: u64,
    /// What it says; nothing where the balance is zero.
    pub(super) posting: Option<Posting>,
    /// What it is called where it comes from.
    pub(super) reference: Reference,
    /// The wallet that it is of, with who is to own it where the file says so.
    pub(super) wallet: Option<(WalletId, Option<Subject>)>,
}

/// A line that cannot, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) line: u64,
    pub(super) why: String,
}

const COLUMNS: [&str; 5] = ["account", "currency", "amount", "reference", "owner"];

/// Where each column is.
struct Places([Option<usize>; 5]);

impl Places {
    fn of(header: &StringRecord) -> anyhow::Result<Self> {
        let mut places = [None; 5];
        for (at, name) in header.iter().enumerate() {
            let Some(column) = COLUMNS.iter().position(|it| *it == name) else {
                bail!("the column {name:?} is none of {}", COLUMNS.join(", "));
            };
            if places[column].replace(at).is_some() {
                bail!("the column {name:?} is there twice");
            }
        }
        if let Some(missing) = (0..4).find(|column| places[*column].is_none()) {
            bail!("the column {:?} is missing", COLUMNS[missing]);
        }
        Ok(Self(places))
    }

    /// A line's text in a column; nothing where it is empty.
    fn text<'a>(&self, record: &'a StringRecord, column: usize) -> Option<&'a str> {
        record.get(self.0[column]?).filter(|text| !text.is_empty())
    }
}

/// Where in the file a record begins. The reader's own count is one behind where lines end in
/// `\r\n`: it sees the end of a line only with the next one.
struct Place<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Place<'_> {
    fn go_to(&mut self, record: &StringRecord) {
        let begins = record.position().and_then(|it| usize::try_from(it.byte()).ok());
        let begins = begins.unwrap_or(self.at).clamp(self.at, self.bytes.len());
        let rest = self.bytes[begins..].iter();
        let blank = rest.take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &self.bytes[self.at..begins + blank];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = begins + blank;
    }
}

/// Reads a file: what can be brought, and what is wrong.
///
/// # Errors
/// When it is no CSV with the columns that are needed.
pub(super) fn read(bytes: &[u8]) -> anyhow::Result<(Vec<Line>, Vec<Bad>)> {
    // What spreadsheets put in front of UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().trim(Trim::All).flexible(true).from_reader(bytes);
    let header = reader.headers().context("the header cannot be read")?;
    let places = Places::of(header)?;
    let width = header.len();
    let (mut lines, mut bad) = (Vec::new(), Vec::new());
    let (mut references, mut books) = (HashMap::new(), HashMap::new());
    let mut place = Place { bytes, at: 0, line: 1 };
    for record in reader.records() {
        let record = record.context("the file is no CSV in UTF-8")?;
        place.go_to(&record);
        let number = place.line;
        let line = if record.len() == width {
            line(number, &places, &record)
        } else {
            Err(format!("{width} columns are needed, {} are there", record.len()))
        };
        let line = line.and_then(|(line, book)| {
            if let Some(first) = references.insert(line.reference.clone(), number) {
                return Err(format!("line {first} has the same reference"));
            }
            if let Some(first) = books.insert(book, number) {
                return Err(format!("line {first} is of the same account and currency"));
            }
            Ok(line)
        });
        match line {
            Ok(line) => lines.push(line),
            Err(why) => bad.push(Bad { line: number, why }),
        }
    }
    Ok((lines, bad))
}

fn line(
    number: u64,
    places: &Places,
    record: &StringRecord,
) -> Result<(Line, (Account, Currency)), String> {
    let [account, currency, amount, reference, owner] =
        [0, 1, 2, 3, 4].map(|column| places.text(record, column));
    let needed = |text: Option<&'_ str>, name: &str| {
        text.map(str::to_owned).ok_or_else(|| format!("{name} is empty"))
    };
    let account: Account =
        needed(account, "account")?.parse().map_err(|why| format!("account: {why}"))?;
    let currency: Currency =
        needed(currency, "currency")?.parse().map_err(|why| format!("currency: {why}"))?;
    let reference: Reference =
        needed(reference, "reference")?.parse().map_err(|why| format!("reference {why}"))?;
    let owner = owner.map(str::parse::<Subject>).transpose();
    let owner = owner.map_err(|why| format!("owner {why}"))?;
    let posting = posting(account, currency, &needed(amount, "amount")?)?;
    if !may_open(account) {
        return Err(format!("account: {account} has no opening balance of its own"));
    }
    let wallet = account.party().map(|id| (id, owner.clone()));
    if owner.is_some() && wallet.is_none() {
        return Err("owner: only a wallet has one".to_owned());
    }
    Ok((Line { number, posting, reference, wallet }, (account, currency)))
}

/// On the account's normal side; below zero on the other one.
fn posting(account: Account, currency: Currency, amount: &str) -> Result<Option<Posting>, String> {
    let said = |why: cauri_domain::MoneyError| format!("amount: {why}");
    let given = parse_decimal(amount).map_err(said)?;
    if given.is_zero() {
        return Ok(None);
    }
    let money = Money::from_decimal(given.abs(), currency).map_err(said)?;
    let side = match (account.class().normal_side(), given.is_sign_negative()) {
        (Side::Debit, false) | (Side::Credit, true) => Side::Debit,
        (Side::Credit, false) | (Side::Debit, true) => Side::Credit,
    };
    Ok(Some(Posting { account, side, money }))
}

/// Whether an account can begin with a balance: not one of a thing that is under way, which would
/// have money that its rules know nothing of, and not the other side of all of them.
fn may_open(account: Account) -> bool {
    !matches!(
        account,
        Account::Hold(_)
            | Account::Escrow(_)
            | Account::Milestone(..)
            | Account::Order(_)
            | Account::Withdrawal(_)
            | Account::Refund(_)
            | Account::Chargeback(_)
            | Account::Opening
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALLET: &str = "wallet:00000000-0000-0000-0000-000000001001:available";

    fn bad(text: &str) -> Vec<(u64, String)> {
        let (_, bad) = read(text.as_bytes()).unwrap();
        bad.into_iter().map(|bad| (bad.line, bad.why)).collect()
    }

    #[test]
    fn a_file_is_read_whatever_the_order_of_its_columns() {
        let text = format!(
            "\u{feff}reference,owner,account,amount,currency\r\n\
             old/1,user:ama,{WALLET},12.50,USD\r\n\
             old/2,,clearing:fedapay,-480000,XOF\r\n\
             \"old/3\",, bank ,0,XOF\r\n"
        );
        let (lines, bad) = read(text.as_bytes()).unwrap();
        assert_eq!(bad, []);
        let posted = |line: &Line| {
            line.posting.map(|it| format!("{} {} {}", it.side.as_str(), it.account, it.money))
        };
        let posted: Vec<_> = lines.iter().map(posted).collect();
        let wallet = format!("credit {WALLET} 12.50 USD");
        let clearing = "credit clearing:fedapay 480000 XOF".to_owned();
        assert_eq!(posted, [Some(wallet), Some(clearing), None]);
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 3, 4]);
        let owner = lines[0].wallet.clone().and_then(|(_, owner)| owner);
        assert_eq!(owner.map(|it| it.to_string()), Some("user:ama".to_owned()));
    }

    #[test]
    fn every_wrong_line_is_named() {
        let text = format!(
            "account,currency,amount,reference\n\
             nowhere,XOF,1,a\n\
             {WALLET},ZZZ,1,b\n\
             {WALLET},XOF,1.5,c\n\
             {WALLET},XOF,1e3,d\n\
             {WALLET},XOF,1,e f\n\
             {WALLET},XOF,1,\n\
             {WALLET},XOF,1,g\n\
             {WALLET},XOF,2,h\n\
             {WALLET},USD,2,g\n\
             equity:opening,XOF,2,i\n\
             hold:00000000-0000-0000-0000-000000001001,XOF,2,j\n\
             bank,XOF\n"
        );
        let named: Vec<u64> = bad(&text).into_iter().map(|bad| bad.0).collect();
        assert_eq!(named, [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13]);
        let owned = bad("account,currency,amount,reference,owner\nbank,XOF,1,a,ama\n");
        assert_eq!(owned, [(2, "owner: only a wallet has one".to_owned())]);
    }

    #[test]
    fn a_header_that_is_none_is_refused() {
        for text in ["", "account,currency,amount\n", "account,account\n", "account,colour\n"] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use cauri_domain::{LedgerId, Revision};

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const COLUMNS: [Column; 4] = [
    Column { name: "store", kind: ColumnKind::Text },
    Column { name: "currency", kind: ColumnKind::Text },
    Column { name: "amount", kind: ColumnKind::Amount },
    Column { name: "shares", kind: ColumnKind::Count },
];

fn figures(rows: usize) -> Figures {
    let mut figures = Figures {
        title: "store_performance",
        ledger: LedgerId::main(),
        revision: 4_711,
        asked_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        from: day("2026-11-01"),
        to: day("2026-12-01"),
        filters: vec![("category".to_owned(), "transport".to_owned())],
        columns: COLUMNS.to_vec(),
        rows: Vec::new(),
    };
    let odd = [
        ["a,b \"c\"", "KWD", "0.001", "1"],
        ["=1+2", "XOF", "-1900", "0"],
        ["", "USD", "123456789012345678.90", "12"],
        ["(paren\\thesis)", "USD", "10.00", "3"],
        ["a-store-whose-name-is-longer-than-a-column-of-the-page-is-wide", "XOF", "7", "2"],
    ];
    let own = |row: [&str; 4]| row.map(str::to_owned).to_vec();
    figures.rows.extend(odd.map(own));
    let more = (0..rows).map(|n| own(["s", "USD", &format!("{n}.25"), &n.to_string()]));
    figures.rows.extend(more);
    figures
}

#[test]
fn csv_says_the_figures_and_runs_nothing() {
    let text = String::from_utf8(render(ReportFormat::Csv, &figures(0)).unwrap()).unwrap();
    let lines: Vec<_> = text.split("\r\n").collect();
    assert_eq!(
        lines,
        [
            "store,currency,amount,shares,as_of_revision",
            "\"a,b \"\"c\"\"\",KWD,0.001,1,4711",
            "'=1+2,XOF,-1900,0,4711",
            ",USD,123456789012345678.90,12,4711",
            "(paren\\thesis),USD,10.00,3,4711",
            "a-store-whose-name-is-longer-than-a-column-of-the-page-is-wide,XOF,7,2,4711",
            "",
        ]
    );
}

#[test]
fn json_says_the_figures_and_what_they_are() {
    let figures = figures(3);
    let json: Value =
        serde_json::from_slice(&render(ReportFormat::Json, &figures).unwrap()).unwrap();
    assert_eq!(json["asOfRevision"], 4_711);
    assert_eq!(json["filters"]["category"], "transport");
    for (row, written) in figures.rows.iter().zip(json["rows"].as_array().unwrap()) {
        assert_eq!(written["store"], row[0]);
        assert_eq!(written["amount"], row[2]);
        assert_eq!(written["shares"].to_string(), row[3]);
    }
}

#[test]
fn a_workbook_says_the_figures_exactly() {
    let figures = figures(40);
    let bytes = render(ReportFormat::Xlsx, &figures).unwrap();
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range("Figures").unwrap();
    let mut rows = sheet.rows();
    let names: Vec<_> = rows.next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, COLUMNS.map(|column| column.name));
    for (row, written) in figures.rows.iter().zip(rows.by_ref()) {
        assert_eq!(written[0].to_string(), row[0]);
        if let Data::Float(amount) = &written[2] {
            let decimals = row[2].split_once('.').map_or(0, |it| it.1.len());
            assert_eq!(format!("{amount:.decimals$}"), row[2]);
        } else {
            // Too long to be exact as a number.
            assert_eq!((written[2].to_string(), row[2].len() > 15), (row[2].clone(), true));
        }
        assert_eq!(written[3].to_string(), row[3]);
    }
    assert!(rows.next().is_none());
    let about = book.worksheet_range("About").unwrap();
    let about: BTreeMap<_, _> =
        about.rows().map(|row| (row[0].to_string(), row[1].to_string())).collect();
    assert_eq!((about["as_of_revision"].as_str(), about["to"].as_str()), ("4711", "2026-12-01"));
}

#[test]
fn a_pdf_says_the_figures_over_several_pages() {
    let figures = figures(500);
    let bytes = render(ReportFormat::Pdf, &figures).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("%PDF-"));
    for row in &figures.rows {
        assert!(text.contains(&format!(" {} ", row[2])), "{row:?}");
    }
    // Balanced brackets stand for themselves.
    assert!(text.contains("(paren\\\\thesis)"));
    assert!(text.contains("as_of_revision  4711"));
    let pages = text.matches("/Type /Page\n").count();
    assert!(pages > 5, "{pages} pages");
    assert!(text.contains(&format!("page {pages} of {pages}")));
}

#[test]
fn the_same_figures_give_the_same_bytes() {
    for format in ReportFormat::ALL {
        let once = render(*format, &figures(30)).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        assert_eq!(once, render(*format, &figures(30)).unwrap(), "{format:?}");
    }
}

#[test]
fn no_rows_are_a_report_too() {
    let none = Figures { rows: Vec::new(), ..figures(0) };
    for format in ReportFormat::ALL {
        assert!(!render(*format, &none).unwrap().is_empty());
    }
}

fn terms(kind: ReportKind) -> Terms {
    Terms {
        kind,
        format: ReportFormat::Csv,
        from: day("2026-11-01"),
        to: day("2026-11-02"),
        category: None,
        dimension: None,
        revision: None,
    }
}

#[tokio::test]
async fn requests_are_kept_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Reports::open(folder.path().join("reports")).unwrap();
    let (reports, ledger) = (open(), LedgerId::main());
    let ids: Vec<_> = (0..3).map(|_| uuid::Uuid::new_v4()).collect();
    let ask = async |reports: &Reports, id, kind| {
        let by = ("fin".parse().unwrap(), chrono::Utc::now());
        reports.ask(&ledger, (id, terms(kind)), Revision(7), by).await.unwrap()
    };
    for id in &ids {
        assert!(matches!(ask(&reports, *id, ReportKind::DailySummary).await, Asked::Taken(_)));
    }
    let again = ask(&reports, ids[0], ReportKind::DailySummary).await;
    assert!(matches!(again, Asked::Before(known) if known.request.revision == Revision(7)));
    let other = ask(&reports, ids[0], ReportKind::WeeklyRevenue).await;
    assert!(matches!(other, Asked::Differs("kind")));

    // Made, failed, and not begun.
    let (place, request) = reports.next().await;
    assert_eq!(place.1, ids[0]);
    reports.files().finish(&ledger, &request, b"made").unwrap();
    reports.files().fail(&ledger, ids[1], "no").unwrap();
    let reports = open();
    let status = |reports: &Reports, at: usize| reports.get(&ledger, ids[at]).unwrap().status;
    assert_eq!(status(&reports, 0), Status::Ready);
    assert_eq!(status(&reports, 1), Status::Failed("no".to_owned()));
    assert_eq!(status(&reports, 2), Status::Generating);
    assert_eq!(reports.next().await.0.1, ids[2]);
    let (newest, more) = reports.list(&ledger, None, 2);
    let newest: Vec<_> = newest.iter().map(|known| known.request.id).collect();
    assert_eq!((newest, more), (vec![ids[2], ids[1]], true));
    let (oldest, more) = reports.list(&ledger, Some(2), 2);
    assert_eq!((oldest[0].request.id, oldest.len(), more), (ids[0], 1, false));

    // Asked again, what failed is tried again; what is lost is made again.
    ask(&reports, ids[1], ReportKind::DailySummary).await;
    assert_eq!(reports.next().await.0.1, ids[1]);
    reports.make_again(&ledger, ids[0]);
    assert_eq!(reports.next().await.0.1, ids[0]);
}

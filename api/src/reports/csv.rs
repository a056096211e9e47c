//! Figures as CSV: RFC 4180, a header line, UTF-8. The revision is the last column of every line,
//! since there is nothing above the table.

use super::{Column, Figures};

pub(super) fn render(figures: &Figures) -> Vec<u8> {
    let mut text = String::new();
    let names = figures.columns.iter().map(|column| column.name.to_owned());
    line(&mut text, names.chain(["as_of_revision".to_owned()]));
    let revision = figures.revision.to_string();
    for row in &figures.rows {
        let cells = figures.columns.iter().zip(row).map(|(column, value)| cell(column, value));
        line(&mut text, cells.chain([revision.clone()]));
    }
    text.into_bytes()
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    text.push_str(&cells.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

fn cell(column: &Column, value: &str) -> String {
    // A spreadsheet would run what begins so as a formula.
    let runs = !column.is_number() && value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let value = if runs { format!("'{value}") } else { value.to_owned() };
    if value.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value
    }
}

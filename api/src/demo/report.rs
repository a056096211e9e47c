//! What the day came to, as tables.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value;

/// A table with these columns.
fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.to_vec());
    table
}

fn text(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_null() => String::new(),
        None => value.to_string(),
    }
}

/// A wallet's statement, oldest line first.
pub fn statement(lines: &[Value]) -> String {
    let mut table = table(&["revision", "what", "side", "amount", "currency", "balance"]);
    for line in lines {
        table.add_row([
            text(&line["revision"]),
            text(&line["type"]),
            text(&line["side"]).to_lowercase(),
            text(&line["amount"]),
            text(&line["currency"]),
            text(&line["runningBalance"]),
        ]);
    }
    align_right(&mut table, &[0, 3, 5]);
    table.to_string()
}

/// What somebody earned, by day and currency.
pub fn earnings(rows: &[Value]) -> String {
    let columns = ["day", "currency", "gross", "refunded", "commission", "net", "tips"];
    let mut table = rows_of(&columns, rows);
    align_right(&mut table, &[2, 3, 4, 5, 6]);
    table.to_string()
}

/// These fields of each row.
pub fn rows(columns: &[&str], rows: &[Value]) -> String {
    rows_of(columns, rows).to_string()
}

fn rows_of(columns: &[&str], rows: &[Value]) -> Table {
    let mut table = table(columns);
    for row in rows {
        table.add_row(columns.iter().map(|column| text(&row[*column])));
    }
    table
}

/// The trial balance: every account, and the sums that must agree.
pub fn trial_balance(rows: &[Value], totals: &[Value]) -> String {
    let mut table = table(&["account", "class", "currency", "debits", "credits", "balance"]);
    for row in rows {
        table.add_row([
            text(&row["account"]),
            text(&row["class"]).to_lowercase(),
            text(&row["currency"]),
            text(&row["debits"]),
            text(&row["credits"]),
            text(&row["balance"]),
        ]);
    }
    for total in totals {
        table.add_row([
            "TOTAL".to_owned(),
            String::new(),
            text(&total["currency"]),
            text(&total["debits"]),
            text(&total["credits"]),
            String::new(),
        ]);
    }
    align_right(&mut table, &[3, 4, 5]);
    table.to_string()
}

fn align_right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

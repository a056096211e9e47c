//! Figures as JSON: what they are about, and an object for each row. Amounts are strings, so that
//! no reader makes floats of them.

use serde_json::{Map, Value, json};

use super::{ColumnKind, Figures, RenderError};

pub(super) fn render(figures: &Figures) -> Result<Vec<u8>, RenderError> {
    let value = |kind: ColumnKind, text: &String| match kind {
        ColumnKind::Count => text.parse::<i64>().map_or_else(|_| json!(text), Value::from),
        ColumnKind::Text | ColumnKind::Amount => json!(text),
    };
    let row = |row: &Vec<String>| -> Value {
        let cells = figures.columns.iter().zip(row);
        Value::Object(
            cells
                .map(|(column, text)| (column.name.to_owned(), value(column.kind, text)))
                .collect(),
        )
    };
    let filters: Map<String, Value> =
        figures.filters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let report = json!({
        "report": figures.title,
        "ledger": figures.ledger,
        "asOfRevision": figures.revision,
        "from": figures.from,
        "to": figures.to,
        "askedAt": figures.asked_at,
        "filters": filters,
        "columns": figures.columns.iter().map(|column| json!({
            "name": column.name,
            "type": match column.kind {
                ColumnKind::Text => "text",
                ColumnKind::Count => "count",
                ColumnKind::Amount => "amount",
            },
        })).collect::<Vec<_>>(),
        "rows": figures.rows.iter().map(row).collect::<Vec<_>>(),
    });
    Ok(serde_json::to_vec(&report)?)
}

//! Figures as a workbook: a sheet with the table, one that says what it is about.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

use super::{Column, Figures, RenderError};

/// A spreadsheet keeps so many digits of a number exactly; a longer one is written as text.
const EXACT_DIGITS: usize = 15;

pub(super) fn render(figures: &Figures) -> Result<Vec<u8>, RenderError> {
    let mut workbook = Workbook::new();
    // Without this the file would say when it was written, and differ each time.
    let asked = ExcelDateTime::from_timestamp(figures.asked_at.timestamp())?;
    let properties = DocProperties::new().set_title(figures.title);
    workbook.set_properties(&properties.set_creation_datetime(&asked));
    table(workbook.add_worksheet(), figures)?;
    let about = workbook.add_worksheet().set_name("About")?;
    for (row, (name, value)) in (0..).zip(figures.about()) {
        about.write_string(row, 0, name)?;
        about.write_string(row, 1, value)?;
    }
    about.set_column_width(0, 16)?.set_column_width(1, 40)?;
    Ok(workbook.save_to_buffer()?)
}

fn table(sheet: &mut Worksheet, figures: &Figures) -> Result<(), XlsxError> {
    sheet.set_name("Figures")?.set_freeze_panes(1, 0)?;
    let (bold, right) = (Format::new().set_bold(), Format::new().set_align(FormatAlign::Right));
    for (at, column) in (0..).zip(&figures.columns) {
        sheet.write_string_with_format(0, at, column.name, &bold)?;
        let longest = figures.rows.iter().map(|row| row[usize::from(at)].len()).max();
        let width = longest.unwrap_or(0).max(column.name.len()).min(60);
        sheet.set_column_width(at, u32::try_from(width).unwrap_or(60) + 2)?;
    }
    for (at, row) in (1..).zip(&figures.rows) {
        for ((place, column), value) in (0..).zip(&figures.columns).zip(row) {
            match number(column, value) {
                Some(number) => {
                    let shown = Format::new().set_num_format(shown(value));
                    sheet.write_number_with_format(at, place, number, &shown)?;
                }
                None if column.is_number() => {
                    sheet.write_string_with_format(at, place, value, &right)?;
                }
                None => {
                    sheet.write_string(at, place, value)?;
                }
            }
        }
    }
    Ok(())
}

/// The number that a spreadsheet shows exactly as this text, if there is one.
fn number(column: &Column, value: &str) -> Option<f64> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    (column.is_number() && digits <= EXACT_DIGITS).then(|| value.parse().ok()).flatten()
}

/// The format that shows as many decimals as the text has.
fn shown(value: &str) -> String {
    match value.split_once('.') {
        Some((_, decimals)) => format!("0.{}", "0".repeat(decimals.len())),
        None => "0".to_owned(),
    }
}

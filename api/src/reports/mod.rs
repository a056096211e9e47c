//! Reports as files: asked for, made aside, fetched.
//!
//! ```text
//! generateReport ─► request file ─► worker ─► figures at one revision ─► file ─► GET /reports/…
//! ```
//! A request is durable before it is answered, and says as of which revision its figures are. All
//! figures are summed from rows of that revision and before, so the same request gives the same
//! figures whenever its file is made: a file that was lost is made again.
//!
//! | to find | look in |
//! | --- | --- |
//! | what can be asked for | `terms` |
//! | which figures each kind has | `kinds.rs`, `ages.rs`, over `cauri_projections::query` |
//! | the formats | `csv.rs`, `json.rs`, `xlsx.rs`, `pdf.rs` |
//! | what is asked, and where it stands | [`Reports`] |
//! | the worker | `worker.rs` |

mod ages;
mod book;
mod csv;
mod figures;
mod files;
mod json;
mod kinds;
mod pdf;
mod terms;
mod worker;
mod xlsx;

#[cfg(test)]
mod tests;

pub use book::{Asked, Known, Reports, Status};
pub use figures::{Column, ColumnKind, Figures};
pub use terms::{LONGEST_RANGE, ReportFormat, ReportKind, Request, Terms};
pub use worker::Worker;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The spreadsheet could not be put together.
    #[error("the spreadsheet could not be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The JSON could not be put together.
    #[error("the JSON could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// A report's file in this format. The same figures give the same bytes.
///
/// # Errors
/// [`RenderError`], of a defect or a lack of memory.
pub fn render(format: ReportFormat, figures: &Figures) -> Result<Vec<u8>, RenderError> {
    match format {
        ReportFormat::Csv => Ok(csv::render(figures)),
        ReportFormat::Json => json::render(figures),
        ReportFormat::Xlsx => xlsx::render(figures),
        ReportFormat::Pdf => Ok(pdf::render(figures)),
    }
}

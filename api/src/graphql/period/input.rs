//! Inputs of commands about periods.

use cauri_domain::{Month, Refusal, period};

use crate::graphql::command::inputs;

pub(super) const MONTH: &str = "a month as 2026-11";

inputs! {
    /// Closes a month, for good.
    ClosePeriodInput {
        /// Which: `2026-11`. It is over, and the next after the last that was closed.
        period: String,
    } => |it| {
        let period: Result<Month, _> = it.period.parse();
        let no_month = |_| Refusal::InvalidSetting { field: "period", allowed: MONTH };
        Ok(period::Close { period: period.map_err(no_month)? }.into())
    };
}

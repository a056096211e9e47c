//! Inputs of commands about periods.

use cauri_domain::{Month, Refusal, period};

use crate::graphql::command::inputs;

pub(super) const MONTH: &str = "a month as 2026-11";

inputs! {
    /// Says when the ledger's days and months begin.
    ConfigurePeriodsInput {
        /// How far its clock face is ahead of UTC, in minutes: -840 to 840.
        utc_offset_minutes: i32,
    } => |it| {
        let offset = i16::try_from(it.utc_offset_minutes).ok();
        let offset = offset.and_then(|minutes| minutes.try_into().ok());
        let (field, allowed) = ("utcOffsetMinutes", "-840 to 840 minutes");
        let utc_offset = offset.ok_or(Refusal::InvalidSetting { field, allowed })?;
        Ok(period::Configure { utc_offset }.into())
    };

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

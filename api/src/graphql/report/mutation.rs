//! Asking for reports.

use async_graphql::{Context, Object, Result};
use chrono::Utc;

use cauri_domain::{Refusal, Revision, permission};
use cauri_ledger::store::Head;

use super::input::GenerateReportInput;
use super::types::{GenerateReportResult, Report, ReportAsked};
use crate::graphql::context::{caller, engine, on_record, reports};
use crate::graphql::fault;
use crate::graphql::refused::Refused;
use crate::reports::{Asked, Terms};

/// What was asked, if it can be, and where the ledger ends.
fn judged(
    input: &GenerateReportInput,
    role: cauri_domain::Role,
    head: Head,
) -> Result<(Terms, Revision), Refusal> {
    if !permission::JUDGES.contains(&role) {
        return Err(Refusal::Forbidden { role });
    }
    let Head::At(head) = head else { return Err(Refusal::LedgerNotOpen {}) };
    let terms = input.terms()?;
    if terms.revision.is_some_and(|asked| asked > head) {
        let allowed = "a revision that the ledger has";
        return Err(Refusal::InvalidSetting { field: "revision", allowed });
    }
    Ok((terms, head))
}

#[derive(Debug, Default)]
pub struct ReportMutations;

#[Object]
impl ReportMutations {
    /// Asks for a report as a file. It is made aside: ask for it by its id until it is ready. For
    /// finance and admins.
    async fn generate_report(
        &self,
        ctx: &Context<'_>,
        input: GenerateReportInput,
    ) -> Result<GenerateReportResult> {
        let (caller, reports) = (caller(ctx)?, reports(ctx)?);
        let head = engine(ctx)?.head();
        let refused = |refusal: &Refusal| {
            Ok(GenerateReportResult::Refused(Refused::new(refusal, input.id, Some(head))))
        };
        let (terms, last) = match judged(&input, caller.role, head) {
            Ok(judged) => judged,
            Err(refusal) => return refused(&refusal),
        };
        on_record(ctx, &[("report", input.id.into())]).await?;
        let by = (caller.subject.clone(), Utc::now());
        let asked = reports.ask(&caller.ledger, (input.id, terms), last, by).await;
        let asked = asked.map_err(|error| {
            tracing::error!(%error, "a request for a report could not be kept");
            fault::unavailable("the request could not be kept: ask again under the same id")
        })?;
        let (known, replayed) = match asked {
            Asked::Taken(known) => (known, false),
            Asked::Before(known) => (known, true),
            Asked::Differs(field) => return refused(&Refusal::ExistsWithOtherTerms { field }),
            Asked::Busy => return Err(fault::busy("too many reports wait: ask again later")),
        };
        Ok(GenerateReportResult::Done(Box::new(ReportAsked {
            revision: known.request.revision.into(),
            replayed,
            report: Report { ledger: caller.ledger.clone(), known },
        })))
    }
}

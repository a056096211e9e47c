//! Comparing a statement with the books.

use async_graphql::{Context, Object, Result};

use super::compare::{Books, Statement, missing, sums};
use super::input::ReconcileInput;
use super::types::{MissingThere, ReconciledLine, ReconciledSum, Reconciliation};
use cauri_projections::query::OpenOf;

use crate::graphql::ages::OpenPart;
use crate::graphql::as_of::covered;
use crate::graphql::context::{Moment, bookkeeper};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

/// So many objects that were booked are compared at once.
const MOST_BOOKED: u32 = 50_000;

/// So many parts of what is open are named in each currency.
const MOST_OPEN: u32 = 1_000;

#[derive(Debug, Default)]
pub struct ReconciliationQueries;

#[Object]
impl ReconciliationQueries {
    /// Compares a provider's statement with what is booked on its clearing account, its settlements
    /// to our bank among it, and says what is open there. Nothing is kept of it. For finance, admins and auditors.
    async fn reconcile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The statement.")] input: ReconcileInput,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Reconciliation> {
        bookkeeper(ctx, "reconcile")?;
        let Statement { provider, from, to, lines } = input.parse()?;
        let moment = Moment::open(ctx, at_least_revision).await?;
        let objects: Vec<String> = lines.iter().map(|line| line.object.clone()).collect();
        let mut ask = moment.ask().await;
        let (days, failed) = ((from, to), |error| fault::database(&error));
        let booked = ask.booked_at_provider(&provider, days, &objects, MOST_BOOKED);
        let booked = booked.await.map_err(failed)?;
        if booked.len() > MOST_BOOKED as usize {
            let why = format!("more than {MOST_BOOKED} objects were booked: compare fewer days");
            return Err(fault::bad_argument("to", why));
        }
        let fees = ask.booked_fees(&provider, &objects).await.map_err(failed)?;
        let here = ask.booked_sums(&provider, days).await.map_err(failed)?;
        let open = match moment.covers() {
            None => Vec::new(),
            Some(last) => {
                let last = covered(last, &moment)?;
                let open = ask.aged_parts(OpenOf::Clearing, last, Some(&provider), MOST_OPEN);
                open.await.map_err(failed)?
            }
        };
        drop(ask);
        let books = Books::of(&booked, &fees);
        let compared = lines.iter().map(|line| ReconciledLine::new(line, &books.compare(line)));
        let missing = missing(&booked, &lines).into_iter().map(MissingThere::new);
        let sums = sums(&lines, &here).into_iter();
        Ok(Reconciliation {
            revision: moment.covers(),
            lines: compared.collect(),
            missing_there: missing.collect::<Result<_>>()?,
            sums: sums.map(|(currency, sum)| ReconciledSum::new(currency, &sum)).collect(),
            still_open: open.into_iter().map(OpenPart::cleared).collect(),
        })
    }
}

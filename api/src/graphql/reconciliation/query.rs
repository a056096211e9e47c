//! Comparing a statement with the books.

use async_graphql::{Context, Object, Result};

use super::compare::{Books, Statement, missing, sums};
use super::input::ReconcileInput;
use super::types::{MissingThere, ReconciledLine, ReconciledSum, Reconciliation};
use crate::graphql::context::{Moment, bookkeeper};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;

/// So many objects that were booked are compared at once.
const MOST_BOOKED: u32 = 50_000;

#[derive(Debug, Default)]
pub struct ReconciliationQueries;

#[Object]
impl ReconciliationQueries {
    /// Compares a provider's settlement statement with what is booked on its clearing account.
    /// Nothing is kept of it. For finance, admins and auditors.
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
        })
    }
}

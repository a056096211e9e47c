//! Questions about corrections.

use async_graphql::{Context, Object, Result, SimpleObject};

use cauri_domain::{Command, Refusal, batch, correction, permission};

use super::input::ImportOpeningStep;
use crate::graphql::command::Step as _;
use crate::graphql::context::{caller, engine};
use crate::graphql::fault;
use crate::graphql::refused::{RefusalCode, code_of};

/// Why a balance from elsewhere would not be brought.
#[derive(Debug, SimpleObject)]
pub struct OpeningRefusal {
    /// Which of those given, from 0.
    index: usize,
    /// The stable code.
    code: RefusalCode,
    /// The input it is about, where it is about one.
    field: Option<String>,
    /// For people, in English; not stable.
    message: String,
}

#[derive(Debug, Default)]
pub struct CorrectionQueries;

#[Object]
impl CorrectionQueries {
    /// Which of these balances from elsewhere would be refused, were each of them brought now, by
    /// itself, and why. That a wallet is not there is no reason: what brings its balance may open it
    /// first. Nothing is brought. For those who may bring them.
    async fn opening_refusals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The balances: 1 to 1,000.")] openings: Vec<ImportOpeningStep>,
    ) -> Result<Vec<OpeningRefusal>> {
        if !permission::SETUP.contains(&caller(ctx)?.role) {
            return Err(fault::forbidden("openingRefusals"));
        }
        if !(1..=batch::MOST).contains(&openings.len()) {
            return Err(fault::bad_argument("openings", "must be 1 to 1,000"));
        }
        let engine = engine(ctx)?;
        let at = engine.clock().now();
        let openings: Vec<_> = openings.iter().map(ImportOpeningStep::command).collect();
        let refused = engine.read(move |state| {
            let judged = openings.iter().map(|command| match command {
                Ok(Command::ImportOpening(it)) => correction::may_import(state, at, it).err(),
                Ok(_) => None,
                Err(refusal) => Some(refusal.clone()),
            });
            let refused = judged.enumerate();
            refused.filter_map(|(index, why)| Some((index, why?))).collect::<Vec<_>>()
        });
        let refused = refused.await.map_err(|error| fault::unasked(&error))?.value;
        let told = |(index, refusal): (usize, Refusal)| OpeningRefusal {
            index,
            code: code_of(&refusal),
            field: refusal.path(),
            message: refusal.to_string(),
        };
        Ok(refused.into_iter().map(told).collect())
    }
}

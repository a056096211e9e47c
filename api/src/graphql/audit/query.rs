//! Questions about the transparency log.

use async_graphql::{Context, Object, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use cauri_domain::Revision;
use cauri_ledger::Hash;
use cauri_ledger::transparency::{About, Follower, Receipt, TransparencyError, texts};

use super::types::{AuditCheckpoint, ConsistencyProof, InclusionProof, ReceiptOf};
use crate::audit::Audit;
use crate::graphql::context::{Moment, bookkeeper, caller, may_see_any, seen};
use crate::graphql::fault;
use crate::graphql::scalars::RevisionNumber;
use crate::trail::Read;

#[derive(Debug, Default)]
pub struct AuditQueries;

#[Object]
impl AuditQueries {
    /// A checkpoint of all events that are durable now, signed. For finance, admins and auditors.
    async fn audit_checkpoint(&self, ctx: &Context<'_>) -> Result<AuditCheckpoint> {
        bookkeeper(ctx, "auditCheckpoint")?;
        let follower = follower(ctx)?;
        let signed = follower.checkpoint().await.map_err(|error| failed(&error, "size"))?;
        Ok(AuditCheckpoint {
            origin: signed.checkpoint.origin,
            size: RevisionNumber(signed.checkpoint.size),
            root: STANDARD.encode(signed.checkpoint.root.0),
            note: signed.note,
            public_key: follower.public().to_string(),
        })
    }

    /// The proof that an event is in the tree of a checkpoint. For finance, admins and auditors.
    async fn inclusion_proof(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The event.")] revision: RevisionNumber,
        #[graphql(desc = "The checkpoint's size; all events, when not given.")] size: Option<
            RevisionNumber,
        >,
    ) -> Result<InclusionProof> {
        bookkeeper(ctx, "inclusionProof")?;
        let proof = follower(ctx)?.inclusion(Revision(revision.0), size.map(|size| size.0)).await;
        let (size, hashes) = proof.map_err(|error| failed(&error, "revision"))?;
        Ok(InclusionProof { revision, size: RevisionNumber(size), hashes: base64(&hashes) })
    }

    /// The proof that one checkpoint's log is the beginning of another's. For finance, admins and
    /// auditors.
    async fn consistency_proof(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The size of the older checkpoint.")] from: RevisionNumber,
        #[graphql(desc = "The size of the newer one.")] to: RevisionNumber,
    ) -> Result<ConsistencyProof> {
        bookkeeper(ctx, "consistencyProof")?;
        let hashes = follower(ctx)?.consistency(from.0, to.0).await;
        let hashes = hashes.map_err(|error| failed(&error, "to"))?;
        let file = texts::consistency(from.0, to.0, &hashes);
        Ok(ConsistencyProof { from, to, hashes: base64(&hashes), file })
    }

    /// A receipt, as the text of its file: the events of an object with their proofs and a signed
    /// checkpoint, which its holder checks offline. Null when there is no such object. Another's is
    /// `FORBIDDEN` to a buyer or seller.
    async fn receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of what.")] of: ReceiptOf,
        #[graphql(desc = "Wait until the answer covers this revision.")] at_least_revision: Option<
            RevisionNumber,
        >,
    ) -> Result<Option<String>> {
        caller(ctx)?;
        let follower = follower(ctx)?;
        if !caller(ctx)?.role.is_party() {
            let (name, id) = match of {
                ReceiptOf::Revision(RevisionNumber(at)) => {
                    ("revision", at.to_string().parse().ok())
                }
                ReceiptOf::Payout(id) => ("withdrawal", Some(id.into())),
                ReceiptOf::Payin(id) => ("payin", Some(id.into())),
                ReceiptOf::Escrow(id) => ("escrow", Some(id.into())),
                ReceiptOf::Refund(id) => ("refund", Some(id.into())),
            };
            let of: Vec<_> = id.into_iter().map(|id| (name, id)).collect();
            seen(ctx, Read::Receipt, &of).await?;
        }
        let revisions = match of {
            ReceiptOf::Revision(RevisionNumber(revision)) => {
                bookkeeper(ctx, "of")?;
                vec![Revision(revision)]
            }
            ReceiptOf::Payout(id) => story(ctx, About::Payout(id), at_least_revision).await?,
            ReceiptOf::Payin(id) => story(ctx, About::Payin(id), at_least_revision).await?,
            ReceiptOf::Escrow(id) => story(ctx, About::Escrow(id), at_least_revision).await?,
            ReceiptOf::Refund(id) => story(ctx, About::Refund(id), at_least_revision).await?,
        };
        if revisions.is_empty() {
            return Ok(None);
        }
        let receipt = follower.receipt(&revisions).await.map_err(|error| failed(&error, "of"))?;
        Ok(Some(receipt.to_json()))
    }
}

/// The revisions that tell of an object, if the caller may see it; none when there is none.
async fn story(
    ctx: &Context<'_>,
    about: About,
    at_least: Option<RevisionNumber>,
) -> Result<Vec<Revision>> {
    let (caller, moment) = (caller(ctx)?, Moment::open(ctx, at_least).await?);
    let mut ask = moment.ask().await;
    let row = match about {
        About::Payout(id) => ask.withdrawal(id).await.map(|row| {
            row.map(|row| (vec![row.wallet], vec![row.owner], row.created_revision, row.revision))
        }),
        About::Payin(id) => ask.payin(id).await.map(|row| {
            row.map(|row| (vec![row.wallet], vec![row.owner], row.created_revision, row.revision))
        }),
        About::Escrow(id) => ask.escrow(id).await.map(|row| {
            row.map(|row| {
                let arbiter = row.arbiter.into_iter();
                let persons = [row.buyer_owner, row.seller_owner].into_iter().chain(arbiter);
                let wallets = vec![row.buyer, row.seller];
                (wallets, persons.collect(), row.created_revision, row.revision)
            })
        }),
        About::Refund(id) => ask.refund(id).await.map(|row| {
            row.map(|row| {
                let (wallets, persons) = row.wallet.into_iter().zip(row.owner).unzip();
                (wallets, persons, row.created_revision, row.revision)
            })
        }),
    };
    let Some((wallets, persons, created, last)) = row.map_err(|e| fault::database(&e))? else {
        return Ok(Vec::new());
    };
    let story = ask.story(created, last).await.map_err(|e| fault::database(&e))?;
    drop(ask);
    let persons: Vec<_> = persons.iter().map(String::as_str).collect();
    may_see_any(caller, &moment, &wallets, &persons, "of").await?;
    let revisions: Vec<_> = story.into_iter().map(|at| Revision(at.unsigned_abs())).collect();
    // The same story may tell of other things too, which are not for this receipt.
    let store = crate::graphql::context::engine(ctx)?.store();
    let events = Receipt::events(&*store, &caller.ledger, &revisions).await;
    let events = events.map_err(|error| failed(&error, "of"))?;
    let telling = events.iter().filter(|raw| about.is_told_by(&raw.body));
    Ok(telling.map(|raw| raw.revision).collect())
}

fn follower(ctx: &Context<'_>) -> Result<Follower> {
    let caller = caller(ctx)?;
    let audit = ctx.data::<Option<Audit>>()?.as_ref();
    let audit = audit.ok_or_else(|| fault::unavailable("this server keeps no transparency log"))?;
    audit.follower(&caller.ledger).ok_or_else(fault::unknown_ledger)
}

fn base64(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash.0)).collect()
}

/// What was asked makes no sense, or the log knows why it cannot be had.
fn failed(error: &TransparencyError, field: &'static str) -> async_graphql::Error {
    if let TransparencyError::NoProof { what } = error {
        return fault::bad_argument(field, what);
    }
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the transparency log cannot be asked"
    );
    fault::unavailable("the transparency log cannot be asked now")
}

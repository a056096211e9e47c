//! Keeping destinations, and erasing what is personal.

use std::time::Duration;

use async_graphql::{Context, Object, Result};

use cauri_domain::{LedgerId, Refusal, Revision, Subject, WalletId, permission};

use super::input::{EraseSubjectInput, StoreDestinationInput};
use super::types::{DestinationStored, EraseSubjectResult, StoreDestinationResult, SubjectErased};
use crate::graphql::command::{Done, Outcome, ask};
use crate::graphql::context::{actor, caller, engine, vault};
use crate::graphql::fault;
use crate::graphql::refused::Refused;
use crate::vault::{Kind, NewItem, Once, Vault};

/// How long an erasure is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whose a wallet is; refused where the caller may not act for it.
async fn owner(ctx: &Context<'_>, wallet: WalletId) -> Result<Result<Subject, Refusal>> {
    let caller = caller(ctx)?;
    if !permission::PARTIES.contains(&caller.role) {
        return Ok(Err(Refusal::Forbidden { role: caller.role }));
    }
    let actor = actor(caller);
    let look = move |state: &cauri_domain::LedgerState| {
        let known = state.wallet(wallet).ok_or(Refusal::NotFound { field: "wallet" })?;
        // What is another's is not there, for a party.
        if !state.may_see(&actor, wallet) {
            return Err(Refusal::NotFound { field: "wallet" });
        }
        Ok(known.owner.clone())
    };
    let read = engine(ctx)?.read(look).await.map_err(|error| fault::unasked(&error))?;
    Ok(read.value)
}

/// Waits a while until what a revision says is erased.
async fn is_erased(vault: &Vault, ledger: &LedgerId, revision: Revision) -> bool {
    let waiting = async {
        while vault.erasures_done(ledger).await.ok().flatten().is_none_or(|done| done < revision) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.is_ok()
}

#[derive(Debug, Default)]
pub struct VaultMutations;

#[Object]
impl VaultMutations {
    /// Keeps a payout destination in the vault, encrypted and erasable, and answers the reference
    /// that stands for it. Asked by the wallet's owner or a member, or by staff. The destination
    /// itself is never told again, only sent to the provider that pays out to it.
    async fn store_destination(
        &self,
        ctx: &Context<'_>,
        input: StoreDestinationInput,
    ) -> Result<StoreDestinationResult> {
        let (caller, vault) = (caller(ctx)?, vault(ctx)?);
        let refused = |refusal: &Refusal| {
            Ok(StoreDestinationResult::Refused(Refused::new(refusal, input.command_id, None)))
        };
        let destination = match input.destination() {
            Ok(destination) => destination,
            Err(refusal) => return refused(&refusal),
        };
        let owner = match owner(ctx, WalletId(input.wallet)).await? {
            Ok(owner) => owner,
            Err(refusal) => return refused(&refusal),
        };
        let item =
            NewItem { subject: &owner, kind: Kind::Destination, plain: destination.as_bytes() };
        let kept = vault.put_once(&caller.ledger, item, &caller.subject, input.command_id).await;
        let (reference, replayed) = match kept.map_err(|error| fault::vault(&error))? {
            Once::Kept(reference) => (reference, false),
            Once::Before(reference) => (reference, true),
            Once::Differs => {
                return refused(&Refusal::ExistsWithOtherTerms { field: "destination" });
            }
        };
        let reference = reference.to_string();
        Ok(StoreDestinationResult::Done(DestinationStored { reference, replayed }))
    }

    /// Has everything erased that the vault keeps of a subject, for ever: payout destinations, for
    /// one. It is on record, and no backup of the vault brings it back. Payouts that were not sent
    /// yet fail, and their money goes back. For staff.
    async fn erase_subject(
        &self,
        ctx: &Context<'_>,
        input: EraseSubjectInput,
    ) -> Result<EraseSubjectResult> {
        let (caller, vault) = (caller(ctx)?, vault(ctx)?);
        let done = match ask(&engine(ctx)?, caller, input).await? {
            Outcome::Done(done) => done,
            Outcome::Refused(refused) => return Ok(EraseSubjectResult::Refused(refused)),
        };
        let is_done = is_erased(vault, &caller.ledger, Revision(done.revision.0)).await;
        let Done { revision, replayed } = done;
        Ok(EraseSubjectResult::Done(SubjectErased { revision, replayed, is_done }))
    }
}

//! Keeping what proves a payment's notifications.

use async_graphql::{Context, Object, Result};

use cauri_domain::{LedgerState, PayinId, Refusal, Role, permission};

use super::input::KeepNotifyTokenInput;
use super::types::{KeepNotifyTokenResult, NotifyTokenKept};
use crate::graphql::context::{caller, engine, on_record, providers, vault};
use crate::graphql::fault;
use crate::graphql::refused::Refused;
use crate::providers::Kind;
use crate::vault::TokenKept;

/// Why a token may not be kept of a pay-in, if it may not.
async fn refusal(ctx: &Context<'_>, payin: PayinId) -> Result<Option<Refusal>> {
    let role = caller(ctx)?.role;
    if !permission::STAFF.contains(&role) {
        return Ok(Some(Refusal::Forbidden { role }));
    }
    let look = move |state: &LedgerState| state.payin(payin).map(|known| known.provider);
    let read = engine(ctx)?.read(look).await.map_err(|error| fault::unasked(&error))?;
    let Some(provider) = read.value else {
        return Ok(Some(Refusal::NotFound { field: "payin" }));
    };
    let names_tokens = providers(ctx)?.is_of_kind(provider, Kind::CinetpayV1);
    let allowed = "a pay-in through an account of the kind cinetpay-v1";
    Ok((!names_tokens).then_some(Refusal::InvalidSetting { field: "payin", allowed }))
}

#[derive(Debug, Default)]
pub struct NotifyTokenMutations;

#[Object]
impl NotifyTokenMutations {
    /// Keeps the `notify_token` that CinetPay's newer interface answered when a pay-in's payment was
    /// begun there: from then on a notification of this pay-in with another token is refused, and
    /// CinetPay is not asked. Up to eight may be kept, for a payment that is begun again: each is
    /// taken. No query of the vault tells them again. For staff and the marketplace's back end.
    async fn keep_notify_token(
        &self,
        ctx: &Context<'_>,
        input: KeepNotifyTokenInput,
    ) -> Result<KeepNotifyTokenResult> {
        let (caller, vault) = (caller(ctx)?, vault(ctx)?);
        let refused = |refusal: &Refusal| {
            Ok(KeepNotifyTokenResult::Refused(Refused::new(refusal, input.command_id, None)))
        };
        let token = match input.token() {
            Ok(token) => token,
            Err(refusal) => return refused(&refusal),
        };
        let payin = PayinId(input.payin);
        if let Some(refusal) = refusal(ctx, payin).await? {
            return refused(&refusal);
        }
        // As it is with commands: staff's acts are on record, the back end's are its daily work.
        if caller.role != Role::Service {
            on_record(ctx, &[("payin", input.payin.into())]).await?;
        }
        let kept = vault
            .keep_notify_token(&caller.ledger, payin, &token, &caller.subject, input.command_id)
            .await;
        let replayed = match kept.map_err(|error| fault::vault(&error))? {
            TokenKept::Now => false,
            TokenKept::Before => true,
            TokenKept::Differs => {
                return refused(&Refusal::ExistsWithOtherTerms { field: "commandId" });
            }
            TokenKept::TooMany => {
                let allowed = "one of which fewer than eight tokens are kept";
                return refused(&Refusal::InvalidSetting { field: "payin", allowed });
            }
        };
        Ok(KeepNotifyTokenResult::Done(NotifyTokenKept { replayed }))
    }
}

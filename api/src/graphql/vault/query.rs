//! Questions about the vault.

use async_graphql::{Context, Object, Result};
use secrecy::ExposeSecret as _;

use super::types::VaultItem;
use super::words::VaultKind;
use crate::graphql::context::{caller, seen, vault};
use crate::graphql::fault;
use crate::trail::{Read, id_of};
use crate::vault::{Kind, VaultError, VaultRef, masked};

#[derive(Debug, Default)]
pub struct VaultQueries;

#[Object]
impl VaultQueries {
    /// What the vault keeps under a reference, without the thing itself; null when it never kept
    /// anything under it. Another's is `FORBIDDEN` to a buyer or seller.
    async fn vault_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The reference: `vlt_` and 26 characters.")] reference: String,
    ) -> Result<Option<VaultItem>> {
        let (caller, vault) = (caller(ctx)?, vault(ctx)?);
        let reference: VaultRef =
            reference.parse().map_err(|error: crate::vault::NotOfVault| {
                fault::bad_argument("reference", error.to_string())
            })?;
        let known = vault.describe(&caller.ledger, &reference).await;
        let Some(known) = known.map_err(|error| fault::vault(&error))? else { return Ok(None) };
        if caller.role.is_party() && known.subject != caller.subject.as_str() {
            return Err(fault::forbidden("reference"));
        }
        if known.subject != caller.subject.as_str() {
            let of = [("reference", id_of(reference.as_str())), ("subject", id_of(&known.subject))];
            let of: Vec<_> = of.into_iter().filter_map(|(name, id)| Some((name, id?))).collect();
            seen(ctx, Read::VaultItem, &of).await?;
        }
        let kind = known.kind.ok_or_else(|| fault::unavailable("a newer release keeps this"))?;
        let masked = if kind == Kind::Destination && known.erased_at.is_none() {
            match vault.get(&caller.ledger, &reference).await {
                Ok(plain) => std::str::from_utf8(plain.expose_secret()).ok().map(masked),
                // Erased just now.
                Err(VaultError::Erased { .. }) => None,
                Err(error) => return Err(fault::vault(&error)),
            }
        } else {
            None
        };
        Ok(Some(VaultItem {
            reference: reference.to_string(),
            kind: VaultKind::of(kind.word())?,
            masked,
            is_erased: known.erased_at.is_some(),
            erased_at: known.erased_at,
            created_at: known.created_at,
        }))
    }
}

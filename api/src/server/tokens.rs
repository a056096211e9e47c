//! Which tokens are taken: the same by the server that holds the lease and by those that stand by.

use super::ServeArgs;
use crate::auth::{DevKeys, KeySet, TokenRules};

/// What tokens must say.
pub(super) fn rules(args: &ServeArgs) -> TokenRules {
    TokenRules { audience: args.jwt_audience.clone(), issuer: args.jwt_issuer.clone() }
}

/// The public keys that tokens are checked with.
pub(super) fn keys(args: &ServeArgs, development: Option<&DevKeys>) -> anyhow::Result<KeySet> {
    let mut keys = match &args.jwt_keys {
        Some(list) => KeySet::load_list(list)?,
        None => KeySet::default(),
    };
    if let Some(development) = development {
        keys.insert(development.kid(), development.public_key())?;
    }
    Ok(keys)
}

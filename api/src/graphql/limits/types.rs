//! What is left of a wallet's limits.

use async_graphql::{Context, Result, SimpleObject};
use chrono::{DateTime, Utc};

use cauri_domain::WalletId;
use cauri_domain::limits::{Binds, Left};
use cauri_domain::money::decimal;

use super::words::{CallerRole, LimitScope};
use crate::graphql::context::{actor, caller, engine};
use crate::graphql::fault;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// One limit of a wallet, and what is left of it.
#[derive(Debug, SimpleObject)]
pub struct LimitLeft {
    /// Whom it binds.
    scope: LimitScope,
    /// Whoever asks in which role, where it binds a role.
    role: Option<CallerRole>,
    /// single, daily, monthly, ceiling or credit.
    kind: &'static str,
    /// The currency.
    currency: CurrencyText,
    /// The limit, in major units.
    limit: DecimalText,
    /// What is used of it, in major units.
    used: DecimalText,
    /// What is left of it, in major units.
    left: DecimalText,
    /// When what is used is nothing again, where that is so.
    resets_at: Option<DateTime<Utc>>,
}

impl LimitLeft {
    fn of(it: Left) -> Self {
        let currency = it.limit.currency();
        let text = |minor: i128| {
            DecimalText(decimal(minor, currency).map_or_else(String::new, |it| it.to_string()))
        };
        let (scope, role) = match it.binds {
            Binds::Role(role) => (LimitScope::Role, Some(CallerRole::in_schema(role))),
            Binds::Wallet => (LimitScope::Wallet, None),
            Binds::Member => (LimitScope::Member, None),
        };
        Self {
            scope,
            role,
            kind: it.kind,
            currency: CurrencyText(currency.to_string()),
            limit: text(it.limit.minor().into()),
            used: text(it.used),
            left: text(it.left),
            resets_at: it.resets_at,
        }
    }
}

/// Every limit that binds the caller when they spend of a wallet, as the ledger itself knows it now.
pub(in crate::graphql) async fn left(
    ctx: &Context<'_>,
    wallet: uuid::Uuid,
) -> Result<Vec<LimitLeft>> {
    let (actor, engine) = (actor(caller(ctx)?), engine(ctx)?);
    let now = engine.clock().now();
    let seen = engine.read(move |state| state.limits_left(WalletId(wallet), &actor, now)).await;
    let seen = seen.map_err(|error| fault::unasked(&error))?;
    Ok(seen.value.into_iter().map(LimitLeft::of).collect())
}

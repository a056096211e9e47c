//! Inputs of commands about limits.

use std::collections::BTreeMap;

use async_graphql::{InputObject, OneofObject};
use uuid::Uuid;

use cauri_domain::limits::{Limits, Scope, Velocity, Zone};
use cauri_domain::{Currency, Money, Refusal, WalletId, limits};

use super::words::CallerRole;
use crate::graphql::command::{MoneyInput, inputs, seconds, text};

/// Whose limits: exactly one of these.
#[derive(Debug, Clone, OneofObject)]
pub enum LimitsScopeInput {
    /// Everybody's who has no others: true.
    Everybody(bool),
    /// Those of a KYC level, 0 to 9.
    KycLevel(i32),
    /// Those of a profile that wallets are assigned, a word of `a-z 0-9 . _ -`.
    Profile(String),
    /// One wallet's own.
    Wallet(Uuid),
    /// What anybody in a role may bring the spending of a wallet to, beside the wallet's own:
    /// amounts at once, in a day and in a month only.
    Role(CallerRole),
}

/// How often in a window of time.
#[derive(Debug, Clone, InputObject)]
pub struct VelocityInput {
    /// So many times at most, in each currency.
    count: i32,
    /// In a window of so many seconds.
    window_seconds: i32,
}

/// What may be spent, held and owed: at most one amount per currency in each.
#[derive(Debug, Clone, InputObject)]
pub struct LimitsInput {
    /// At once.
    #[graphql(default)]
    single: Vec<MoneyInput>,
    /// In a day of the ledger's time zone.
    #[graphql(default)]
    daily: Vec<MoneyInput>,
    /// In a calendar month of it.
    #[graphql(default)]
    monthly: Vec<MoneyInput>,
    /// How often.
    velocity: Option<VelocityInput>,
    /// The most that a transfer may bring a wallet to.
    #[graphql(default)]
    ceiling: Vec<MoneyInput>,
    /// How far a wallet may go below nothing.
    #[graphql(default)]
    credit: Vec<MoneyInput>,
}

fn amounts(
    field: &'static str,
    inputs: &[MoneyInput],
) -> Result<BTreeMap<Currency, Money>, Refusal> {
    let mut amounts = BTreeMap::new();
    for input in inputs {
        let money = input.parse()?;
        if amounts.insert(money.currency(), money).is_some() {
            return Err(Refusal::InvalidSetting {
                field,
                allowed: "at most one amount per currency",
            });
        }
    }
    Ok(amounts)
}

impl LimitsInput {
    fn parse(&self) -> Result<Limits, Refusal> {
        let velocity = |it: &VelocityInput| {
            let count = u32::try_from(it.count).ok().filter(|count| *count > 0);
            let many = Refusal::InvalidSetting { field: "count", allowed: "1 or more" };
            let window_s = seconds("windowSeconds", it.window_seconds)?;
            Ok::<_, Refusal>(Velocity { count: count.ok_or(many)?, window_s })
        };
        Ok(Limits {
            single: amounts("single", &self.single)?,
            daily: amounts("daily", &self.daily)?,
            monthly: amounts("monthly", &self.monthly)?,
            velocity: self.velocity.as_ref().map(velocity).transpose()?,
            ceiling: amounts("ceiling", &self.ceiling)?,
            credit: amounts("credit", &self.credit)?,
        })
    }
}

fn level(level: i32) -> Result<u8, Refusal> {
    let level = u8::try_from(level).ok().filter(|level| *level <= 9);
    level.ok_or(Refusal::InvalidSetting { field: "level", allowed: "0 to 9" })
}

fn scope(scope: &LimitsScopeInput) -> Result<Scope, Refusal> {
    Ok(match scope {
        LimitsScopeInput::Everybody(_) => Scope::Everybody,
        LimitsScopeInput::KycLevel(it) => Scope::Kyc(level(*it)?),
        LimitsScopeInput::Profile(name) => Scope::Profile(text("profile", name)?),
        LimitsScopeInput::Wallet(id) => Scope::Wallet(WalletId(*id)),
        LimitsScopeInput::Role(role) => Scope::Role(role.of_the_domain()),
    })
}

inputs! {
    /// Sets limits, or takes them away.
    SetLimitsInput {
        /// Whose.
        scope: LimitsScopeInput,
        /// Which; take them away when not given.
        limits: Option<LimitsInput>,
    } => |it| Ok(limits::Set {
        scope: scope(&it.scope)?,
        limits: it.limits.as_ref().map(LimitsInput::parse).transpose()?,
    }.into());

    /// Assigns a wallet a profile of limits.
    AssignLimitsInput {
        /// Which wallet.
        wallet: Uuid,
        /// Which profile; none when not given.
        profile: Option<String>,
    } => |it| Ok(limits::Assign {
        wallet: WalletId(it.wallet),
        profile: it.profile.as_ref().map(|name| text("profile", name)).transpose()?,
    }.into());

    /// Says how well the owner of a wallet is known.
    SetKycLevelInput {
        /// Which wallet.
        wallet: Uuid,
        /// The level, as the marketplace counts them: 0 to 9.
        level: i32,
    } => |it| Ok(limits::SetKyc { wallet: WalletId(it.wallet), level: level(it.level)? }.into());

    /// Says where days begin at midnight.
    SetTimeZoneInput {
        /// A time zone of the IANA database: `Africa/Lome`.
        zone: String,
    } => |it| {
        let zone: Result<Zone, _> = it.zone.parse();
        let allowed = "a time zone of the IANA database, such as Africa/Lome";
        let zone = zone.map_err(|_| Refusal::InvalidSetting { field: "zone", allowed })?;
        Ok(limits::SetZone { zone }.into())
    };
}

//! Inputs of mutations, and how they become the domain's types: here and nowhere else.

use std::collections::BTreeMap;

use async_graphql::InputObject;
use uuid::Uuid;

use cauri_domain::settings::{self, Seconds};
use cauri_domain::{
    Code, Command, Dimensions, EscrowId, Labels, Money, PayinId, Reference, Refusal, Settings,
    WalletId, WithdrawalId, escrow, payin, transfer, wallet, withdrawal,
};

use super::scalars::{CurrencyText, DecimalText};

/// What a command says of itself for reports: they cannot fill it in later.
#[derive(Debug, Clone, Default, InputObject)]
pub struct LabelsInput {
    /// What the money is for, as a word of `a-z 0-9 . _ -`: `transport`.
    category: Option<String>,
    /// The object in the marketplace's own system: at most 64 of `A-Z a-z 0-9 . _ : / -`.
    reference: Option<String>,
    /// At most 8 names with values: store, service, channel. Each name once.
    #[graphql(default)]
    dimensions: Vec<DimensionInput>,
}

/// A name and its value.
#[derive(Debug, Clone, InputObject)]
pub struct DimensionInput {
    /// A word of `a-z 0-9 . _ -`.
    name: String,
    /// At most 64 of `A-Z a-z 0-9 . _ : / -`.
    value: String,
}

/// What every command has beside its content.
pub(super) struct Meta {
    pub id: Uuid,
    pub correlation: Option<Uuid>,
    pub labels: Option<LabelsInput>,
}

/// A mutation's input.
pub(super) trait Input {
    /// Its command, or which field makes no sense.
    fn command(&self) -> Result<Command, Refusal>;
    /// What it has beside.
    fn meta(self) -> Meta;
}

fn text<T: std::str::FromStr<Err = cauri_domain::TextError>>(
    field: &'static str,
    text: &str,
) -> Result<T, Refusal> {
    text.parse().map_err(|why| Refusal::InvalidText { field, why })
}

fn money(amount: &DecimalText, currency: &CurrencyText) -> Result<Money, Refusal> {
    let currency =
        currency.0.parse().map_err(|error: cauri_domain::currency::UnknownCurrency| {
            Refusal::UnknownCurrency { given: error.code }
        })?;
    Ok(Money::parse(&amount.0, currency)?)
}

/// Any whole number is taken in, so that one out of range is refused and not a fault.
fn seconds(field: &'static str, value: i32) -> Result<Seconds, Refusal> {
    let span = u32::try_from(value).ok().and_then(|value| Seconds::try_from(value).ok());
    span.ok_or(Refusal::InvalidSetting { field, allowed: "1 to 86400000 seconds" })
}

impl LabelsInput {
    pub(super) fn parse(self) -> Result<Labels, Refusal> {
        let mut pairs = BTreeMap::new();
        for pair in &self.dimensions {
            let name: Code = text("labels.dimensions.name", &pair.name)?;
            let value: Reference = text("labels.dimensions.value", &pair.value)?;
            if pairs.insert(name, value).is_some() {
                // Which of the two was meant, nobody here can know.
                let field = "labels.dimensions.name";
                return Err(Refusal::InvalidSetting { field, allowed: "given once each" });
            }
        }
        let dimensions = Dimensions::try_from(pairs);
        Ok(Labels {
            category: self.category.map(|word| text("labels.category", &word)).transpose()?,
            reference: self.reference.map(|word| text("labels.reference", &word)).transpose()?,
            dimensions: dimensions
                .map_err(|why| Refusal::InvalidText { field: "labels.dimensions", why })?,
        })
    }
}

macro_rules! inputs {
    ($( $(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty,)* } => |$it:ident| $command:expr; )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, InputObject)]
        pub struct $name {
            /// The key of the command: sent again with the same content it is applied once, for
            /// ever; with other content it is refused.
            pub command_id: Uuid,
            $( $(#[$fdoc])* pub $field: $type, )*
            /// What the command says of itself for reports.
            pub labels: Option<LabelsInput>,
            /// The story it is part of; its own when not given.
            pub correlation_id: Option<Uuid>,
        }

        impl Input for $name {
            fn command(&self) -> Result<Command, Refusal> {
                let $it = self;
                $command
            }

            fn meta(self) -> Meta {
                Meta { id: self.command_id, correlation: self.correlation_id, labels: self.labels }
            }
        }
    )* };
}

/// The rules of a ledger. What is not given is as it is by default.
#[derive(Debug, Clone, InputObject)]
pub struct SettingsInput {
    /// The currencies it takes; empty for every one of ISO 4217.
    #[graphql(default)]
    currencies: Vec<CurrencyText>,
    /// How long a pay-in waits for its money: 1 to 86,400,000.
    #[graphql(default = 1_800)]
    payin_expiry_seconds: i32,
    /// How long a buyer may inspect a delivery before it is released: 1 to 86,400,000.
    #[graphql(default = 259_200)]
    inspection_seconds: i32,
    /// How long a withdrawal waits for a person before it approves itself: 1 to 86,400,000.
    #[graphql(default = 172_800)]
    auto_approval_seconds: i32,
    /// The platform's share of a release, in basis points: 0 to 10,000.
    #[graphql(default)]
    commission_basis_points: i32,
    /// The largest amounts that a party may move at once, at most one per currency.
    #[graphql(default)]
    limits: Vec<MoneyInput>,
}

/// An amount in a currency.
#[derive(Debug, Clone, InputObject)]
pub struct MoneyInput {
    /// In major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

impl SettingsInput {
    fn parse(&self) -> Result<Settings, Refusal> {
        let currency = |text: &CurrencyText| {
            text.0.parse().map_err(|error: cauri_domain::currency::UnknownCurrency| {
                Refusal::UnknownCurrency { given: error.code }
            })
        };
        let commission = u16::try_from(self.commission_basis_points).ok();
        let commission = commission.and_then(|points| points.try_into().ok());
        Ok(Settings {
            currencies: self.currencies.iter().map(currency).collect::<Result<_, _>>()?,
            payin_expiry_s: seconds("payinExpirySeconds", self.payin_expiry_seconds)?,
            inspection_s: seconds("inspectionSeconds", self.inspection_seconds)?,
            auto_approval_s: seconds("autoApprovalSeconds", self.auto_approval_seconds)?,
            commission: commission.ok_or(Refusal::InvalidSetting {
                field: "commissionBasisPoints",
                allowed: "0 to 10000 basis points",
            })?,
            limits: self
                .limits
                .iter()
                .map(|limit| money(&limit.amount, &limit.currency))
                .collect::<Result<_, _>>()?,
        })
    }
}

inputs! {
    /// Opens the caller's ledger.
    OpenLedgerInput {
        /// The rules to start with.
        settings: SettingsInput,
    } => |it| Ok(settings::Open { settings: it.settings.parse()? }.into());

    /// Puts other rules in force.
    ConfigureLedgerInput {
        /// All of the rules.
        settings: SettingsInput,
    } => |it| Ok(settings::Configure { settings: it.settings.parse()? }.into());

    /// Opens a wallet.
    OpenWalletInput {
        /// Its id, chosen by the caller.
        wallet: Uuid,
        /// Whose it is, as an opaque id: at most 64 of `A-Z a-z 0-9 . _ : -`.
        owner: String,
    } => |it| Ok(wallet::Open {
        wallet: WalletId(it.wallet),
        owner: text("owner", &it.owner)?,
    }.into());

    /// Forbids debits.
    FreezeWalletInput {
        /// Which wallet.
        wallet: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(wallet::Freeze {
        wallet: WalletId(it.wallet),
        reason: text("reason", &it.reason)?,
    }.into());

    /// Allows debits again.
    UnfreezeWalletInput {
        /// Which wallet.
        wallet: Uuid,
    } => |it| Ok(wallet::Unfreeze { wallet: WalletId(it.wallet) }.into());

    /// Closes an empty wallet, for ever.
    CloseWalletInput {
        /// Which wallet.
        wallet: Uuid,
    } => |it| Ok(wallet::Close { wallet: WalletId(it.wallet) }.into());

    /// Moves money between wallets.
    TransferInput {
        /// The wallet that pays.
        from: Uuid,
        /// The wallet that gets it.
        to: Uuid,
        /// How much, in major units, with no more decimals than the currency has.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
    } => |it| Ok(transfer::Make {
        from: WalletId(it.from),
        to: WalletId(it.to),
        amount: money(&it.amount, &it.currency)?,
    }.into());

    /// Expects money from outside.
    InitiatePayinInput {
        /// Its id, chosen by the caller; the reference that the provider is given.
        payin: Uuid,
        /// The wallet that gets the money.
        wallet: Uuid,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Through whom: stripe, fedapay, sim.
        provider: String,
    } => |it| Ok(payin::Initiate {
        payin: PayinId(it.payin),
        wallet: WalletId(it.wallet),
        amount: money(&it.amount, &it.currency)?,
        provider: text("provider", &it.provider)?,
    }.into());

    /// Agrees terms and puts the money aside, from the buyer's wallet.
    OpenEscrowInput {
        /// Its id, chosen by the caller.
        escrow: Uuid,
        /// The wallet that pays.
        buyer: Uuid,
        /// The wallet that gets the money when the condition is met.
        seller: Uuid,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// How long the buyer may inspect a delivery; the ledger's setting when not given.
        inspection_seconds: Option<i32>,
    } => |it| Ok(escrow::Open {
        escrow: EscrowId(it.escrow),
        buyer: WalletId(it.buyer),
        seller: WalletId(it.seller),
        amount: money(&it.amount, &it.currency)?,
        inspection_s: it
            .inspection_seconds
            .map(|span| seconds("inspectionSeconds", span))
            .transpose()?,
    }.into());

    /// Says, as the seller, that it is done.
    MarkDeliveredInput {
        /// Which escrow.
        escrow: Uuid,
    } => |it| Ok(escrow::Deliver { escrow: EscrowId(it.escrow) }.into());

    /// Gives the money to the seller, as the buyer.
    ReleaseEscrowInput {
        /// Which escrow.
        escrow: Uuid,
    } => |it| Ok(escrow::Release { escrow: EscrowId(it.escrow) }.into());

    /// Gives the money back to the buyer, as the seller.
    RefundEscrowInput {
        /// Which escrow.
        escrow: Uuid,
    } => |it| Ok(escrow::Refund { escrow: EscrowId(it.escrow) }.into());

    /// Takes money out of a wallet.
    RequestWithdrawalInput {
        /// Its id, chosen by the caller; the idempotency key that the provider is given.
        withdrawal: Uuid,
        /// From which wallet.
        wallet: Uuid,
        /// How much, in major units.
        amount: DecimalText,
        /// The currency.
        currency: CurrencyText,
        /// Where to, as an opaque reference, never a number of an account or a phone: at most 64
        /// of `A-Z a-z 0-9 . _ : / -`.
        destination: String,
    } => |it| Ok(withdrawal::Request {
        withdrawal: WithdrawalId(it.withdrawal),
        wallet: WalletId(it.wallet),
        amount: money(&it.amount, &it.currency)?,
        destination: text("destination", &it.destination)?,
    }.into());

    /// Lets a withdrawal out.
    ApproveWithdrawalInput {
        /// Which withdrawal.
        withdrawal: Uuid,
    } => |it| Ok(withdrawal::Approve { withdrawal: WithdrawalId(it.withdrawal) }.into());

    /// Keeps a withdrawal in.
    RejectWithdrawalInput {
        /// Which withdrawal.
        withdrawal: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
    } => |it| Ok(withdrawal::Reject {
        withdrawal: WithdrawalId(it.withdrawal),
        reason: text("reason", &it.reason)?,
    }.into());
}

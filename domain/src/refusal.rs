//! Why not. Part of the public contract: codes are stable, a field is named, nothing has changed.

use chrono::{DateTime, Utc};

use crate::actor::Role;
use crate::chart::Account;
use crate::currency::Currency;
use crate::ids::CorrectionId;
use crate::money::{Money, MoneyError, decimal};
use crate::period::Month;
use crate::text::{Code, TextError};

macro_rules! refusals {
    ($dollar:tt $( $(#[$doc:meta])* $code:literal ($($message:tt)*) $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? } )*) => {
        /// Why a command was refused.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum Refusal {
            $( $(#[$doc])* #[error($($message)*)] $name { $($(#[$fdoc])* $field: $type),* }, )*
        }

        impl Refusal {
            /// Every code there is.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            const fn own_code(&self) -> &'static str {
                match self { $( Self::$name { .. } => $code, )* }
            }

            fn fields(&self) -> Vec<(&'static str, String)> {
                match self {
                    $( Self::$name { $($field),* } => vec![$((stringify!($field), $field.to_string())),*], )*
                }
            }
        }

        /// Calls a macro with every refusal: its documentation, its name, and its stable code.
        #[macro_export]
        macro_rules! each_refusal {
            ($dollar with:ident) => {
                $dollar with! { $( $(#[$doc])* $name $code, )* }
            };
        }
    };
}

refusals! {$
    /// The ledger must be opened, with its settings, before anything else.
    "LEDGER_NOT_OPEN" ("the ledger is not open yet")
    LedgerNotOpen {}
    /// A ledger is opened once; later settings are a change of configuration.
    "LEDGER_ALREADY_OPEN" ("the ledger is already open with other settings")
    LedgerAlreadyOpen {}
    /// The caller's role never may.
    "FORBIDDEN" ("the role {role} may not do this")
    Forbidden {
        /// The caller's role.
        role: Role,
    }
    /// It belongs to someone else.
    "NOT_YOURS" ("what {field} names is not yours")
    NotYours {
        /// The input that names it.
        field: &'static str,
    }
    /// No such thing.
    "NOT_FOUND" ("nothing has the id given as {field}")
    NotFound {
        /// The input that names it.
        field: &'static str,
    }
    /// The id of a thing is taken by one with other terms.
    "EXISTS_WITH_OTHER_TERMS" ("the id is taken by one with other terms: its {field} differs")
    ExistsWithOtherTerms {
        /// The first term that differs.
        field: &'static str,
    }
    /// The balance of an account in a currency is brought from elsewhere once.
    "OPENED_BEFORE" ("{account} has its opening balance of {currency} already")
    OpenedBefore {
        /// Of which account.
        account: Account,
        /// In which currency.
        currency: Currency,
    }
    /// The id of a command is taken by one with other content.
    "ID_REUSED" ("this {field} was used for a command with other content")
    IdReused {
        /// The input that holds the id.
        field: &'static str,
    }
    /// A wallet may not go below zero.
    "INSUFFICIENT_FUNDS" ("{} available, {needed} needed", amount_text(.available, .needed))
    InsufficientFunds {
        /// What the wallet could spend, in minor units of the currency of `needed`.
        available: i128,
        /// What it would have to spend.
        needed: Money,
    }
    /// No debits while frozen.
    "WALLET_FROZEN" ("the wallet given as {field} is frozen")
    WalletFrozen {
        /// The input that names the wallet.
        field: &'static str,
    }
    /// Nothing any more once closed.
    "WALLET_CLOSED" ("the wallet given as {field} is closed")
    WalletClosed {
        /// The input that names the wallet.
        field: &'static str,
    }
    /// Only an empty wallet is closed.
    "WALLET_NOT_EMPTY" ("the wallet still holds {currency}")
    WalletNotEmpty {
        /// A currency in which it is not at zero.
        currency: Currency,
    }
    /// Only a wallet without open business is closed.
    "WALLET_BUSY" ("the wallet has {open} pay-ins, escrows or withdrawals that have not ended")
    WalletBusy {
        /// How many.
        open: u32,
    }
    /// Money goes from one wallet to another.
    "SAME_WALLET" ("{field} is the same wallet")
    SameWallet {
        /// The input that repeats it.
        field: &'static str,
    }
    /// The ledger does not take this currency, or what it is for is in another one.
    "WRONG_CURRENCY" ("{currency} is not taken here: not by this ledger, or not for this, which is in another currency")
    WrongCurrency {
        /// The currency given.
        currency: Currency,
    }
    /// No amount of money.
    "AMOUNT_NOT_A_DECIMAL" ("the amount is not a decimal number")
    AmountNotADecimal {}
    /// Zero or less.
    "AMOUNT_NOT_POSITIVE" ("the amount must be more than zero")
    AmountNotPositive {}
    /// More decimals than the currency has; nothing is rounded.
    "SCALE_TOO_FINE" ("{currency} has {} decimals, the amount has more", .currency.exponent())
    ScaleTooFine {
        /// The currency.
        currency: Currency,
    }
    /// Beyond 64 bits of minor units.
    "AMOUNT_TOO_LARGE" ("the amount is larger than a ledger can hold")
    AmountTooLarge {}
    /// Not in ISO 4217.
    "UNKNOWN_CURRENCY" ("{given:?} is not an ISO 4217 currency code")
    UnknownCurrency {
        /// What was given.
        given: String,
    }
    /// A text that is not of the kind asked for.
    "INVALID_TEXT" ("{field} {why}")
    InvalidText {
        /// The input.
        field: &'static str,
        /// Why it was not taken.
        why: TextError,
    }
    /// A setting out of its range.
    "INVALID_SETTING" ("{field} must be {allowed}")
    InvalidSetting {
        /// The input.
        field: &'static str,
        /// What it may be.
        allowed: &'static str,
    }
    /// A commission rule has amounts, and none in the sale's currency.
    "RULE_LACKS_CURRENCY" ("the commission rule has no amounts in {currency}")
    RuleLacksCurrency {
        /// The sale's currency.
        currency: Currency,
    }
    /// More at once than the ledger's settings allow.
    "LIMIT_EXCEEDED" ("the limit for one amount is {limit}, {asked} was asked")
    LimitExceeded {
        /// The limit in force.
        limit: Money,
        /// What was asked.
        asked: Money,
    }
    /// More in a day or a month than a wallet's limits allow.
    "WINDOW_EXCEEDED" ("the {kind} limit is {limit}, {} of it used and {} left until {resets_at}", amount_text(.used, .limit), amount_text(.left, .limit))
    WindowExceeded {
        /// daily or monthly.
        kind: &'static str,
        /// The limit in force.
        limit: Money,
        /// What was spent of it, in minor units of its currency.
        used: i128,
        /// What is left of it, in minor units of its currency.
        left: i128,
        /// When it is whole again.
        resets_at: DateTime<Utc>,
    }
    /// More than a subscription may use in a period.
    "QUOTA_EXCEEDED" ("the quota of {meter} is {limit}, {used} of it used and {left} left until {resets_at}")
    QuotaExceeded {
        /// Of what.
        meter: Code,
        /// How much may be used.
        limit: u64,
        /// How much was.
        used: u64,
        /// How much is left.
        left: u64,
        /// When the next period begins.
        resets_at: DateTime<Utc>,
    }
    /// More often in a window than a wallet's limits allow.
    "TOO_OFTEN" ("at most {limit} times, and it was {used} times; again from {resets_at} on")
    TooOften {
        /// How often at most.
        limit: u32,
        /// How often it was.
        used: u32,
        /// When the next window begins.
        resets_at: DateTime<Utc>,
    }
    /// More than a wallet may hold.
    "CEILING_EXCEEDED" ("the wallet may hold {ceiling}, which leaves room for {}", amount_text(.left, .ceiling))
    CeilingExceeded {
        /// The most that it may hold.
        ceiling: Money,
        /// What it has room for, in minor units of that currency.
        left: i128,
    }
    /// Not from here.
    "WRONG_STATE" ("it is {state}, which does not allow this")
    WrongState {
        /// The state it is in.
        state: &'static str,
    }
    /// This ledger goes by the world's time.
    "CLOCK_FIXED" ("this ledger's clock cannot be set: it goes by the world's time")
    ClockFixed {}
    /// More than one person may let happen.
    "FOUR_EYES_NEEDED" ("this needs a second person: propose it, and let another one approve it")
    FourEyesNeeded {}
    /// Nobody approves or rejects their own proposal.
    "OWN_PROPOSAL" ("another person than its proposer has to judge it")
    OwnProposal {}
    /// Debits and credits differ.
    "UNBALANCED" ("debits and credits of {currency} differ by {difference} minor units")
    Unbalanced {
        /// In which currency.
        currency: Currency,
        /// Debits less credits, in minor units.
        difference: i128,
    }
    /// The account belongs to a lifecycle, whose own commands move it.
    "NOT_BY_HAND" ("{account} is moved by its own lifecycle only")
    NotByHand {
        /// Which.
        account: Account,
    }
    /// A lifecycle stands on the entry: it has its own way back.
    "NOT_REVERSIBLE" ("an entry of {kind} is not reversed: its lifecycle has its own way back")
    NotReversible {
        /// The type of the event.
        kind: String,
    }
    /// An entry is taken back once.
    "ALREADY_REVERSED" ("the entry was taken back before, by correction {by}")
    AlreadyReversed {
        /// By which correction.
        by: CorrectionId,
    }
    /// Months are closed one after the other.
    "PERIOD_OUT_OF_ORDER" ("the next month to be closed is {next}")
    PeriodOutOfOrder {
        /// Which is next.
        next: Month,
    }
    /// A capture of more than is held.
    "ABOVE_HOLD" ("{} held, {needed} needed", amount_text(.held, .needed))
    AboveHold {
        /// What is held, in minor units of the currency of `needed`.
        held: i128,
        /// What the capture comes to.
        needed: Money,
    }
    /// Not with this coupon.
    "COUPON_REFUSED" ("the coupon cannot be used: {why}")
    CouponRefused {
        /// Why.
        why: &'static str,
    }
    /// More places than are left.
    "SOLD_OUT" ("{left} places are left, {needed} are needed")
    SoldOut {
        /// How many are left.
        left: u32,
        /// How many the order needs.
        needed: u64,
    }
    /// It comes to something else than its caller expects: an order, or money in suspense.
    "TOTAL_DIFFERS" ("it comes to {total}, {expected} was expected")
    TotalDiffers {
        /// The input that expects it.
        field: &'static str,
        /// What it comes to.
        total: Money,
        /// What the caller expects.
        expected: Money,
    }
    /// Less than has to be ordered.
    "BELOW_MINIMUM" ("at least {minimum} has to be ordered, its lines come to {subtotal}")
    BelowMinimum {
        /// The least.
        minimum: Money,
        /// What its lines come to.
        subtotal: Money,
    }
    /// A payment is given back once.
    "REFUND_EXCEEDS" ("{} of the payment can be given back, {asked} was asked", amount_text(.left, .asked))
    RefundExceeds {
        /// What was not given back or disputed yet, in minor units of the currency of `asked`.
        left: i128,
        /// What was asked.
        asked: Money,
    }
    /// Nothing is given away while its payment is disputed.
    "UNDER_CHARGEBACK" ("the payment that paid for it is disputed")
    UnderChargeback {}
    /// A wallet that owes pays that first.
    "WALLET_OWES" ("the wallet owes {owed}")
    WalletOwes {
        /// How much.
        owed: Money,
    }
    /// Nobody lets their own money out.
    "OWN_WITHDRAWAL" ("another person than the wallet's owner has to judge it")
    OwnWithdrawal {}
    /// One command of a batch is refused, so none of them happened.
    "IN_BATCH" ("command {index} of the batch: {refusal}")
    InBatch {
        /// Which, from 0.
        index: u32,
        /// Why.
        refusal: Box<Refusal>,
    }
    /// A deadline that has not come.
    "TOO_EARLY" ("not before {due}")
    TooEarly {
        /// When it may be asked.
        due: DateTime<Utc>,
    }
}

fn amount_text(minor: &i128, like: &Money) -> String {
    let (minor, currency) = (*minor, like.currency());
    match decimal(minor, currency) {
        Some(amount) => format!("{amount} {currency}"),
        None => format!("{minor} minor units of {currency}"),
    }
}

impl Refusal {
    /// Its stable code: within a batch, that of the command that was refused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        if let Self::InBatch { refusal, .. } = self { refusal.code() } else { self.own_code() }
    }

    /// The input it is about, within the whole of what was asked: `commands[3].amount`.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        let Self::InBatch { index, refusal } = self else {
            return self.field().map(str::to_owned);
        };
        Some(match refusal.path() {
            Some(field) => format!("commands[{index}].{field}"),
            None => format!("commands[{index}]"),
        })
    }

    /// What it says, as data: the limit, what was needed, what is available, where it stands. The
    /// names are stable; amounts are decimals with their currency.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        if let Self::InBatch { refusal, .. } = self {
            return refusal.details();
        }
        let mut details = self.fields();
        // The input it is about is not one of its numbers.
        details.retain(|(name, _)| *name != "field");
        // Minor units are no use without their currency.
        let mut say = |name: &str, minor: &i128, like: &Money| {
            for (_, value) in details.iter_mut().filter(|(it, _)| *it == name) {
                *value = amount_text(minor, like);
            }
        };
        if let Self::InsufficientFunds { available, needed } = self {
            say("available", available, needed);
        }
        if let Self::AboveHold { held, needed } = self {
            say("held", held, needed);
        }
        if let Self::RefundExceeds { left, asked } = self {
            say("left", left, asked);
        }
        if let Self::WindowExceeded { limit, used, left, .. } = self {
            say("used", used, limit);
            say("left", left, limit);
        }
        if let Self::CeilingExceeded { ceiling, left } = self {
            say("left", left, ceiling);
        }
        details
    }

    /// The input it is about, as the API names it; `None` where it is about the whole.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotYours { field }
            | Self::NotFound { field }
            | Self::ExistsWithOtherTerms { field }
            | Self::IdReused { field }
            | Self::WalletFrozen { field }
            | Self::WalletClosed { field }
            | Self::SameWallet { field }
            | Self::InvalidText { field, .. }
            | Self::InvalidSetting { field, .. }
            | Self::TotalDiffers { field, .. } => Some(field),
            Self::InsufficientFunds { .. }
            | Self::AmountNotADecimal {}
            | Self::AmountNotPositive {}
            | Self::ScaleTooFine { .. }
            | Self::AmountTooLarge {}
            | Self::WindowExceeded { .. }
            | Self::TooOften { .. }
            | Self::CeilingExceeded { .. }
            | Self::RefundExceeds { .. }
            | Self::LimitExceeded { .. } => Some("amount"),
            Self::WrongCurrency { .. }
            | Self::UnknownCurrency { .. }
            | Self::RuleLacksCurrency { .. } => Some("currency"),
            Self::Unbalanced { .. } | Self::NotByHand { .. } | Self::OpenedBefore { .. } => {
                Some("postings")
            }
            Self::AboveHold { .. } => Some("payees"),
            Self::QuotaExceeded { .. } => Some("quantity"),
            Self::CouponRefused { .. } => Some("coupon"),
            Self::SoldOut { .. } => Some("capacity"),
            Self::BelowMinimum { .. } => Some("lines"),
            Self::PeriodOutOfOrder { .. } => Some("period"),
            Self::NotReversible { .. } | Self::AlreadyReversed { .. } => Some("revision"),
            Self::LedgerNotOpen {}
            | Self::LedgerAlreadyOpen {}
            | Self::Forbidden { .. }
            | Self::WalletNotEmpty { .. }
            | Self::WalletBusy { .. }
            | Self::WrongState { .. }
            | Self::ClockFixed {}
            | Self::FourEyesNeeded {}
            | Self::OwnProposal {}
            | Self::UnderChargeback {}
            | Self::WalletOwes { .. }
            | Self::OwnWithdrawal {}
            | Self::InBatch { .. }
            | Self::TooEarly { .. } => None,
        }
    }
}

impl From<MoneyError> for Refusal {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::NotADecimal => Self::AmountNotADecimal {},
            MoneyError::NotPositive => Self::AmountNotPositive {},
            MoneyError::ScaleTooFine { currency } => Self::ScaleTooFine { currency },
            MoneyError::TooLarge => Self::AmountTooLarge {},
            MoneyError::UnknownCurrency(unknown) => Self::UnknownCurrency { given: unknown.code },
        }
    }
}

//! Refusals as data.

use async_graphql::{Enum, SimpleObject};
use uuid::Uuid;

use cauri_domain::Refusal;
use cauri_ledger::store::Head;

use super::scalars::RevisionNumber;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal,)*) => {
        /// Why a command was refused. Codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
        pub enum RefusalCode {
            $( $(#[$doc])* $name, )*
        }

        impl RefusalCode {
            /// Every code there is.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($code, Self::$name)),*];
        }
    };
}

codes! {
    /// The ledger must be opened before anything else.
    LedgerNotOpen "LEDGER_NOT_OPEN",
    /// The ledger is open with other settings.
    LedgerAlreadyOpen "LEDGER_ALREADY_OPEN",
    /// The caller's role never may.
    Forbidden "FORBIDDEN",
    /// It belongs to someone else.
    NotYours "NOT_YOURS",
    /// No such thing.
    NotFound "NOT_FOUND",
    /// The id of a thing is taken by one with other terms.
    ExistsWithOtherTerms "EXISTS_WITH_OTHER_TERMS",
    /// The commandId was used for a command with other content.
    IdReused "ID_REUSED",
    /// A wallet may not go below zero.
    InsufficientFunds "INSUFFICIENT_FUNDS",
    /// No debits while frozen.
    WalletFrozen "WALLET_FROZEN",
    /// Nothing any more once closed.
    WalletClosed "WALLET_CLOSED",
    /// Only an empty wallet is closed.
    WalletNotEmpty "WALLET_NOT_EMPTY",
    /// Only a wallet without open business is closed.
    WalletBusy "WALLET_BUSY",
    /// Money goes from one wallet to another.
    SameWallet "SAME_WALLET",
    /// The ledger does not take this currency.
    WrongCurrency "WRONG_CURRENCY",
    /// The amount is no decimal number.
    AmountNotADecimal "AMOUNT_NOT_A_DECIMAL",
    /// The amount is zero or less.
    AmountNotPositive "AMOUNT_NOT_POSITIVE",
    /// The amount has more decimals than its currency.
    ScaleTooFine "SCALE_TOO_FINE",
    /// The amount is beyond what a ledger holds.
    AmountTooLarge "AMOUNT_TOO_LARGE",
    /// Not an ISO 4217 code.
    UnknownCurrency "UNKNOWN_CURRENCY",
    /// A text that is not of the kind asked for.
    InvalidText "INVALID_TEXT",
    /// A setting out of its range.
    InvalidSetting "INVALID_SETTING",
    /// A commission rule has amounts, and none in the sale's currency.
    RuleLacksCurrency "RULE_LACKS_CURRENCY",
    /// More at once than the ledger's settings allow.
    LimitExceeded "LIMIT_EXCEEDED",
    /// Not from the state it is in.
    WrongState "WRONG_STATE",
    /// This ledger goes by the world's time.
    ClockFixed "CLOCK_FIXED",
    /// A deadline that has not come.
    TooEarly "TOO_EARLY",
}

/// Why a command was refused. Nothing has changed, and the commandId may be used again.
#[derive(Debug, Clone, SimpleObject)]
pub struct Refused {
    /// The stable code.
    pub code: RefusalCode,
    /// The input it is about, where it is about one.
    pub field: Option<String>,
    /// For people, in English; not stable.
    pub message: String,
    /// The command that was refused.
    pub command_id: Uuid,
    /// Where the ledger ended when it was judged; absent when the input was refused before.
    pub at_revision: Option<RevisionNumber>,
}

impl Refused {
    pub(super) fn new(refusal: &Refusal, command_id: Uuid, at: Option<Head>) -> Self {
        let code = RefusalCode::ALL.iter().find(|(code, _)| *code == refusal.code());
        let at_revision = match at {
            Some(Head::At(revision)) => Some(revision.into()),
            Some(Head::Empty) | None => None,
        };
        Self {
            code: code.expect("a test compares the lists").1,
            field: refusal.field().map(str::to_owned),
            message: refusal.to_string(),
            command_id,
            at_revision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_of_the_domain_has_its_code_here() {
        let here: Vec<_> = RefusalCode::ALL.iter().map(|(code, _)| *code).collect();
        assert_eq!(here, Refusal::CODES);
    }
}

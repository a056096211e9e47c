//! Inputs of commands about settlements.

use async_graphql::InputObject;
use chrono::NaiveDate;
use uuid::Uuid;

use cauri_domain::settlement::{self, Moved, Sum};
use cauri_domain::{Money, Refusal, SettlementId};

use crate::graphql::command::{inputs, money, text};
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// What was settled in one currency, in major units. Amounts with a minus went the other way: from
/// the bank to the provider.
#[derive(Debug, Clone, InputObject)]
pub struct SettlementSumInput {
    /// The currency.
    currency: CurrencyText,
    /// By how much what the provider holds went down, before the fee.
    gross: DecimalText,
    /// What the provider took out of it and is *not booked yet*: fees of single payments that it
    /// told of are booked already. Nothing when not given.
    fee: Option<DecimalText>,
    /// What the bank statement says: the gross amount less the fee, which is checked.
    net: DecimalText,
}

/// Whether an amount is written as nothing: `0`, `0.00`.
fn is_nothing(amount: &DecimalText) -> bool {
    cauri_domain::money::parse_decimal(&amount.0).is_ok_and(|it| it.is_zero())
}

/// An amount of the sum, as one that names itself where it is refused: there are three.
fn named(
    field: &'static str,
    allowed: &'static str,
    amount: &str,
    currency: &CurrencyText,
) -> Result<Money, Refusal> {
    money(&DecimalText(amount.to_owned()), currency).map_err(|refusal| match refusal.field() {
        Some("amount") => Refusal::InvalidSetting { field, allowed },
        _ => refusal,
    })
}

/// An amount with a sign; nothing where it is zero.
fn moved(
    field: &'static str,
    amount: &DecimalText,
    currency: &CurrencyText,
) -> Result<Option<Moved>, Refusal> {
    let allowed = "a decimal with no more decimals than its currency has; a minus is allowed";
    if is_nothing(amount) {
        // The currency is judged all the same.
        return money(&DecimalText("1".to_owned()), currency).map(|_| None);
    }
    match amount.0.strip_prefix('-') {
        Some(rest) => named(field, allowed, rest, currency).map(|it| Some(Moved::FromBank(it))),
        None => named(field, allowed, &amount.0, currency).map(|it| Some(Moved::ToBank(it))),
    }
}

impl SettlementSumInput {
    fn parse(&self) -> Result<Sum, Refusal> {
        let fee = self.fee.as_ref().filter(|fee| !is_nothing(fee));
        let allowed = "zero or more, with no more decimals than its currency has";
        let fee = fee.map(|fee| named("sums.fee", allowed, &fee.0, &self.currency));
        let fee: Option<Money> = fee.transpose()?;
        let gross = moved("sums.gross", &self.gross, &self.currency)?;
        Ok(Sum { gross, fee, net: moved("sums.net", &self.net, &self.currency)? })
    }
}

fn sums(inputs: &[SettlementSumInput]) -> Result<Vec<Sum>, Refusal> {
    inputs.iter().map(SettlementSumInput::parse).collect()
}

fn items(items: Option<i32>) -> Result<Option<u32>, Refusal> {
    let allowed = "0 to 2147483647";
    let invalid = |_| Refusal::InvalidSetting { field: "items", allowed };
    items.map(u32::try_from).transpose().map_err(invalid)
}

inputs! {
    /// A provider settled what it held for us: it reached our bank account, or left it.
    RecordSettlementInput {
        /// Its id, chosen by the caller.
        settlement: Uuid,
        /// Which provider: the name of an account at one, as `clearing:{provider}` has it.
        provider: String,
        /// The provider's own id of its payout to our bank account. The same terms again are so
        /// already; others are refused until the first are reversed.
        provider_object: String,
        /// How much, once for each currency: 1 to 32.
        sums: Vec<SettlementSumInput>,
        /// The day it reached the bank account, or left it: up to today.
        value_date: NaiveDate,
        /// How many payments, payouts and refunds the provider says that it covers.
        items: Option<i32>,
    } and RecordSettlementStep => |it| Ok(settlement::Record {
        settlement: SettlementId(it.settlement),
        provider: text("provider", &it.provider)?,
        object: text("providerObject", &it.provider_object)?,
        sums: sums(&it.sums)?,
        value_date: it.value_date,
        items: items(it.items)?,
    }.into());

    /// Takes a settlement back that was recorded wrongly; it may then be recorded as it was, under
    /// another id.
    ReverseSettlementInput {
        /// Which.
        settlement: Uuid,
        /// Why, as a word of `a-z 0-9 . _ -`.
        reason: String,
        /// The day it is about, up to today; the day it is recorded when not given.
        effective_date: Option<NaiveDate>,
    } and ReverseSettlementStep => |it| Ok(settlement::Reverse {
        settlement: SettlementId(it.settlement),
        reason: text("reason", &it.reason)?,
        effective: it.effective_date,
    }.into());
}

//! What an order would come to now.

use async_graphql::{Result, SimpleObject, Union};
use uuid::Uuid;

use cauri_domain::sale::{Priced, Quote, Terms, quote};
use cauri_domain::{Money, Refusal};
use cauri_ledger::engine::Engine;

use crate::graphql::commission::AgreedCommission;
use crate::graphql::fault;
use crate::graphql::refused::RefusalCode;
use crate::graphql::scalars::{CurrencyText, DecimalText};

/// A line of an order that may be placed.
#[derive(Debug, SimpleObject)]
pub struct QuotedLine {
    /// Its number.
    number: u16,
    /// Its unit price times its quantity, in major units.
    gross: DecimalText,
    /// What the coupon takes off it, in major units.
    discount: DecimalText,
    /// What its seller gets for it before commission, in major units.
    price: DecimalText,
}

/// What one seller of an order would get.
#[derive(Debug, SimpleObject)]
pub struct QuotedSeller {
    /// The seller's wallet.
    seller_id: Uuid,
    /// Their lines, before commission, in major units.
    price: DecimalText,
    /// All that the commission rule takes for it, whoever bears it, in major units.
    commission: DecimalText,
    /// What they get, in major units.
    net: DecimalText,
    /// By which rule.
    agreed: AgreedCommission,
}

/// What an order would come to, if it was placed now.
#[derive(Debug, SimpleObject)]
pub struct OrderQuote {
    /// The currency.
    currency: CurrencyText,
    /// All lines before a discount, in major units.
    subtotal: DecimalText,
    /// What the coupon takes off in all, in major units.
    discount: DecimalText,
    /// What of that the platform bears, in major units.
    promotion: DecimalText,
    /// What the buyer would pay, in major units: what `placeOrder` expects.
    total: DecimalText,
    /// Its lines, in their order.
    lines: Vec<QuotedLine>,
    /// Its sellers, in the order of their first lines.
    sellers: Vec<QuotedSeller>,
}

/// Why an order would be refused.
#[derive(Debug, SimpleObject)]
pub struct QuoteRefused {
    /// The stable code.
    code: RefusalCode,
    /// The input it is about, where it is about one.
    field: Option<String>,
    /// For people, in English; not stable.
    message: String,
}

/// What an order would come to, or why not.
#[derive(Debug, Union)]
pub enum QuoteOrderResult {
    /// What it would come to.
    Quote(OrderQuote),
    /// Why it would be refused.
    Refused(QuoteRefused),
}

fn amount(money: Option<Money>, like: Money) -> DecimalText {
    let decimal = money.map(Money::to_decimal).unwrap_or_default();
    DecimalText::of(decimal, like.currency().code())
}

impl OrderQuote {
    fn of(terms: &Terms, quote: &Quote) -> Result<Self> {
        let total = quote.total;
        let line = |it: &Priced| QuotedLine {
            number: it.number,
            gross: amount(Some(it.gross), total),
            discount: amount(it.discount, total),
            price: amount(it.price, total),
        };
        let seller = |agreed: &cauri_domain::commission::Agreed| {
            let price = quote.of_seller(terms, agreed.seller);
            let shares = price.map(|price| agreed.shares(price, None, price));
            Ok(QuotedSeller {
                seller_id: agreed.seller.0,
                price: amount(price, total),
                commission: amount(shares.as_ref().and_then(|it| it.fee()), total),
                net: amount(shares.as_ref().and_then(|it| it.net()), total),
                agreed: AgreedCommission::of(agreed)?,
            })
        };
        Ok(Self {
            currency: CurrencyText(total.currency().code().to_owned()),
            subtotal: amount(Some(quote.subtotal), total),
            discount: amount(quote.discount, total),
            promotion: amount(quote.promotion(), total),
            total: amount(Some(total), total),
            lines: quote.lines.iter().map(line).collect(),
            sellers: quote.sellers.iter().map(seller).collect::<Result<_>>()?,
        })
    }
}

fn refused(refusal: &Refusal) -> QuoteOrderResult {
    let code = RefusalCode::ALL.iter().find(|(code, _)| *code == refusal.code());
    QuoteOrderResult::Refused(QuoteRefused {
        code: code.expect("a test compares the lists").1,
        field: refusal.path(),
        message: refusal.to_string(),
    })
}

/// Works it out against the ledger's own state, as placing it would. Nothing is reserved.
pub(super) async fn of(engine: &Engine, terms: Result<Terms, Refusal>) -> Result<QuoteOrderResult> {
    let terms = match terms {
        Ok(terms) => terms,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    let (at, asked) = (engine.clock().now(), terms.clone());
    let read = engine.read(move |state| quote(state, at, &asked)).await;
    match read.map_err(|error| fault::unasked(&error))?.value {
        Ok(quoted) => Ok(QuoteOrderResult::Quote(OrderQuote::of(&terms, &quoted)?)),
        Err(refusal) => Ok(refused(&refusal)),
    }
}

//! Paying out: one gateway for each kind of account.
//!
//! The rules of [`PayoutGateway`] hold for all of them. A withdrawal's id is the key under which a
//! provider is asked, for ever. `Refused` is only said when the provider has said, in words that are
//! listed here, that this will never be paid; `NotFound` only where the provider takes an id of ours
//! once, so that sending again cannot pay twice. Everything else is unknown, and asked for.

mod api;
mod cinetpay;
mod destination;
mod fedapay;
mod hub2;
mod pawapay;
mod paygate;
mod paypal;
mod pispi;
mod stripe;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use anyhow::Context as _;
use cauri_sagas::gateway::{PayoutGateway, Submitted};

use super::{Kind, ProviderAccount};

pub(super) use paypal::PaypalPayouts;

/// The gateway of an account that a route names; `None` where its kind pays nothing out.
///
/// # Errors
/// When something is missing that paying out needs, or an address is not one to trust.
pub(super) fn gateway(account: &ProviderAccount) -> anyhow::Result<Option<Arc<dyn PayoutGateway>>> {
    let gateway: Arc<dyn PayoutGateway> = match account.kind {
        Kind::Fedapay => Arc::new(fedapay::Fedapay::try_new(account).context("FedaPay")?),
        Kind::Stripe => Arc::new(stripe::Stripe::try_new(account).context("Stripe")?),
        Kind::Cinetpay => Arc::new(cinetpay::Cinetpay::try_new(account).context("CinetPay")?),
        Kind::Pawapay => Arc::new(pawapay::Pawapay::try_new(account).context("pawaPay")?),
        Kind::Hub2 => Arc::new(hub2::Hub2::try_new(account).context("Hub2")?),
        Kind::Paygate => Arc::new(paygate::Paygate::try_new(account).context("PayGate")?),
        Kind::Pispi => Arc::new(pispi::Pispi::try_new(account).context("PI-SPI")?),
        // PayPal's token is shared with what else is asked of it; the others are asked nothing.
        Kind::Paypal | Kind::CinetpayV1 | Kind::StandardWebhooks | Kind::Hmac | Kind::Sim => {
            return Ok(None);
        }
    };
    Ok(Some(gateway))
}

/// Nothing was sent, and nothing ever will be: the instruction cannot be put into the provider's
/// form.
fn not_sendable(code: &str) -> Submitted {
    Submitted::Refused { code: code.to_owned() }
}

/// It cannot be put into the provider's form, since its amount has no place there.
fn amount_not_supported() -> Submitted {
    not_sendable("amount_not_supported")
}

/// It cannot be put into the provider's form, since the provider would not know where that is.
fn destination_not_understood() -> Submitted {
    not_sendable("destination_not_understood")
}

fn unknown(why: &str) -> Submitted {
    Submitted::Unknown { why: why.to_owned() }
}

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
pub(super) mod networks;
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
use cauri_domain::{Provider, WithdrawalId};
use cauri_sagas::gateway::http::Trouble;
use cauri_sagas::gateway::{
    PayoutGateway, PayoutInstruction, PayoutStatus, SimulatedGateway, Submitted,
};
use futures::future::BoxFuture;

use super::{AccountError, Kind, ProviderAccount};
use networks::Networks;

pub(super) use paypal::PaypalPayouts;

/// The gateway of an account that pays out; `None` where there is none: its kind pays nothing out, or
/// nobody has said where the simulated provider is.
///
/// # Errors
/// When something is missing that paying out needs, or an address is not one to trust.
pub(super) fn gateway(account: &ProviderAccount) -> anyhow::Result<Option<Arc<dyn PayoutGateway>>> {
    let gateway: Arc<dyn PayoutGateway> = match account.kind {
        Kind::Fedapay => named(account, fedapay::Fedapay::try_new(account).context("FedaPay")?)?,
        Kind::Stripe => named(account, stripe::Stripe::try_new(account).context("Stripe")?)?,
        Kind::Cinetpay => {
            named(account, cinetpay::Cinetpay::try_new(account).context("CinetPay")?)?
        }
        Kind::Pawapay => named(account, pawapay::Pawapay::try_new(account).context("pawaPay")?)?,
        Kind::Hub2 => named(account, hub2::Hub2::try_new(account).context("Hub2")?)?,
        Kind::Paygate => named(account, paygate::Paygate::try_new(account).context("PayGate")?)?,
        Kind::Pispi => named(account, pispi::Pispi::try_new(account).context("PI-SPI")?)?,
        Kind::Sim => match account.setting("url") {
            Some(url) => Arc::new(
                SimulatedGateway::try_new(url)
                    .map_err(|error| account.invalid("url", error.to_string()))?,
            ),
            None => return Ok(None),
        },
        // PayPal's token is shared with what else is asked of it; the others are asked nothing.
        Kind::Paypal | Kind::CinetpayV1 | Kind::StandardWebhooks | Kind::Hmac => {
            return Ok(None);
        }
    };
    Ok(Some(gateway))
}

/// What a provider does for the port, whatever its account is called.
trait Pays: Send + Sync + 'static {
    /// As [`PayoutGateway::takes`].
    fn takes(&self, destination: &str) -> bool;

    /// As [`PayoutGateway::submit`].
    fn send(&self, instruction: &PayoutInstruction) -> impl Future<Output = Submitted> + Send;

    /// As [`PayoutGateway::status`], or why it is not known.
    fn found(
        &self,
        withdrawal: WithdrawalId,
    ) -> impl Future<Output = Result<PayoutStatus, Trouble>> + Send;
}

/// A provider under its account's name.
struct Named<T> {
    name: Provider,
    networks: Networks,
    provider: T,
}

fn named<T: Pays>(
    account: &ProviderAccount,
    provider: T,
) -> Result<Arc<dyn PayoutGateway>, AccountError> {
    let networks = Networks::of(account)?;
    Ok(Arc::new(Named { name: account.name, networks, provider }))
}

impl<T: Pays> PayoutGateway for Named<T> {
    fn provider(&self) -> &str {
        self.name.as_str()
    }

    /// It only pays out: what captures and gives back is a part of its own, where there is one.
    fn gives_back(&self) -> bool {
        false
    }

    fn submit<'a>(&'a self, instruction: &'a PayoutInstruction) -> BoxFuture<'a, Submitted> {
        let told = self
            .networks
            .in_its_words(&instruction.destination)
            .map(|destination| PayoutInstruction { destination, ..instruction.clone() });
        Box::pin(async move {
            match &told {
                Some(instruction) => self.provider.send(instruction).await,
                None => destination_not_understood(),
            }
        })
    }

    fn takes(&self, destination: &str) -> bool {
        let told = self.networks.in_its_words(destination);
        told.is_some_and(|destination| self.provider.takes(&destination))
    }

    fn status(&self, withdrawal: WithdrawalId) -> BoxFuture<'_, PayoutStatus> {
        Box::pin(
            async move { self.provider.found(withdrawal).await.unwrap_or_else(PayoutStatus::from) },
        )
    }
}

/// Nothing was sent, and nothing ever will be: the instruction cannot be put into the provider's
/// form.
fn not_sendable(code: &str) -> Submitted {
    Submitted::NotSendable { code: code.to_owned() }
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

//! Accounts made ready to be asked: one client for each, shared by all that ask it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use cauri_domain::Provider;
use cauri_sagas::gateway::{PayinGateways, PayoutGateway};

use super::confirm::{Asked, Confirmers, Transfers};
use super::payouts::PaypalPayouts;
use super::port::{Payins, Starter};
use super::threshold::{SETTING, Threshold};
use super::{
    Accounts, Kind, PaypalGateway, ProviderAccount, cinetpay, cinetpay_v1, fedapay, hub2, pawapay,
    paygate, payouts, paypal, pispi, sim, stripe,
};

/// What the accounts can be asked.
#[derive(Default)]
pub struct Clients {
    asked: BTreeMap<Provider, Asked>,
    payins: PayinGateways,
    payments: Vec<(Provider, Arc<dyn PayoutGateway>)>,
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.asked.keys()).finish()
    }
}

impl Clients {
    /// A client for each account that has what it needs to be asked.
    ///
    /// # Errors
    /// When a setting is missing that another one needs, or an address is not one to trust.
    pub fn try_new(accounts: &Accounts) -> anyhow::Result<Self> {
        let mut clients = Self::default();
        for account in accounts.iter() {
            let name = account.name;
            clients.open(account).with_context(|| format!("the account {name}"))?;
            if Threshold::of(account)?.is_set() && !clients.asked.contains_key(&name) {
                let reason = "needs the credentials to ask the provider";
                return Err(account.invalid(SETTING, reason).into());
            }
        }
        Ok(clients)
    }

    /// Those that are asked before anything of theirs is booked.
    #[must_use]
    pub fn confirmers(&self) -> Confirmers {
        Confirmers::new(self.asked.clone())
    }

    /// Where payments are begun.
    #[must_use]
    pub fn payins(&self) -> PayinGateways {
        self.payins.clone()
    }

    /// Those that capture and give back what was paid through them.
    pub fn payments(&self) -> impl Iterator<Item = (Provider, Arc<dyn PayoutGateway>)> {
        self.payments.iter().map(|(name, gateway)| (*name, Arc::clone(gateway)))
    }

    /// A PayPal account as the one that pays out.
    pub(super) fn paypal_payouts(&self, name: Provider) -> Option<PaypalPayouts> {
        let paypal = self.asked.get(&name)?.paypal.clone()?;
        Some(PaypalPayouts::new(name, paypal))
    }

    fn open(&mut self, account: &ProviderAccount) -> anyhow::Result<()> {
        let name = account.name;
        match account.kind {
            Kind::Stripe if account.secret("api_key").is_some() => {
                let stripe = Arc::new(stripe::Stripe::try_new(account)?);
                let payments = stripe::StripePayments::new(name, Arc::clone(&stripe));
                self.payments.push((name, Arc::new(payments)));
                self.starts(account, stripe);
            }
            Kind::Fedapay if account.secret("api_key").is_some() => {
                self.starts(account, Arc::new(fedapay::Fedapay::try_new(account)?));
            }
            Kind::Paypal => {
                let paypal = Arc::new(paypal::Paypal::try_new(account)?);
                let payments = PaypalGateway::new(name, Arc::clone(&paypal));
                self.payments.push((name, Arc::new(payments)));
                self.starts(account, Arc::clone(&paypal));
                if let Some(asked) = self.asked.get_mut(&name) {
                    asked.paypal = Some(paypal);
                }
            }
            Kind::Cinetpay => {
                self.starts(account, Arc::new(cinetpay::Cinetpay::try_new(account)?));
                if account.secret("transfer_password").is_some()
                    && let Some(asked) = self.asked.get_mut(&name)
                {
                    asked.transfers = payouts::gateway(account)?.map(Transfers);
                }
            }
            Kind::CinetpayV1 if account.secret("api_password").is_some() => {
                let cinetpay = Arc::new(cinetpay_v1::CinetpayV1::try_new(account)?);
                self.asked.insert(name, Asked::by(cinetpay));
            }
            Kind::Pispi if account.setting("url").is_some() => {
                let pispi = Arc::new(pispi::Pispi::try_new(account)?);
                let refunds = pispi::PispiRefunds::new(name, Arc::clone(&pispi));
                self.payments.push((name, Arc::new(refunds)));
                self.starts(account, pispi);
            }
            Kind::Pawapay if account.secret("api_token").is_some() => {
                let pawapay = Arc::new(pawapay::Pawapay::try_new(account)?);
                let refunds = pawapay::PawapayRefunds::new(name, Arc::clone(&pawapay));
                self.payments.push((name, Arc::new(refunds)));
                self.starts(account, pawapay);
            }
            Kind::Hub2 if account.secret("api_key").is_some() => {
                self.starts(account, Arc::new(hub2::Hub2::try_new(account)?));
            }
            Kind::Paygate if account.secret("auth_token").is_some() => {
                self.starts(account, Arc::new(paygate::Paygate::try_new(account)?));
            }
            Kind::Sim => {
                if let Some(url) = account.setting("url") {
                    let sim = sim::Sim::at(url)
                        .map_err(|error| account.invalid("url", error.to_string()))?;
                    self.starts(account, Arc::new(sim));
                }
            }
            // Nobody here has what it takes to ask them.
            Kind::Stripe
            | Kind::Fedapay
            | Kind::CinetpayV1
            | Kind::Pispi
            | Kind::Pawapay
            | Kind::Hub2
            | Kind::Paygate
            | Kind::StandardWebhooks
            | Kind::Hmac => {}
        }
        Ok(())
    }

    fn starts<T: Starter + 'static>(&mut self, account: &ProviderAccount, client: Arc<T>) {
        let payins = Arc::new(Payins(Arc::clone(&client)));
        self.payins.add(account.name, payins, account.ledgers.named());
        self.asked.insert(account.name, Asked::by(client));
    }
}

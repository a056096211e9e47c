//! A payment provider that moves no money: its own process, its own state, real HTTP.
//!
//! It shares with the ledger only what a real provider would: the signature scheme and the form of
//! its webhooks. What it has answered survives a kill: every accepted request and its webhook are
//! one line of a file, durable before the answer.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /v1/payins/{reference}` `{amount, currency, return_url?, account?}` | 201 `{id, status, amount, currency, token, payment_url}`: the merchant begins a payment; the buyer pays or declines it on the page at `payment_url` |
//! | `GET /v1/payins/{reference}` | 200, the same with `reason?`; status `created`, `pending`, `authorised`, `succeeded`, `failed` or `cancelled`; 404 `not_found` if it was neither begun nor paid |
//! | `POST /v1/payins/{reference}/cancel` | 200, the same: the webhook `payin.failed` follows with the reason `cancelled`; 422 `already_paid` if it was |
//! | `POST /v1/payins/{reference}/pay` `{amount, currency, outcome?, fee?, refunds?, captures?}` | 202 `{id, status}`: the customer pays; with `"outcome":"fail"` fails to, `"pend"` is asked, `"authorise"` has the money kept. The webhook `payin.succeeded`, `payin.failed`, `payin.submitted` or `payin.authorised` follows, and `fee.taken` |
//! | `POST /v1/payouts` with `Idempotency-Key`, `{reference, amount, currency, destination}` | 202 `{id, status:"pending"}`; the webhook `payout.paid` or `payout.failed` follows |
//! | `GET /v1/payouts/{idempotency-key}` | 200 `{id, status, reason?}`, status `pending`, `paid` or `failed`; 404 `not_found` if the key was never accepted |
//! | `POST /v1/payouts/{idempotency-key}/return` | 202: what was paid comes back; the webhook `payout.failed` follows |
//! | `POST /v1/refunds` with `Idempotency-Key`, `{reference, payment, amount, currency}` | 202 `{id, status:"pending"}`; the webhook `refund.succeeded` follows, or `refund.failed` where the customer paid with `"refunds":"fail"` |
//! | `GET /v1/refunds/{idempotency-key}` | as for payouts |
//! | `POST /v1/captures` with `Idempotency-Key`, the reference, `{payment, amount, currency}` | 202: an authorised payment succeeds, or fails where the customer paid with `"captures":"fail"` |
//! | `GET /v1/captures/{reference}` | as for payouts |
//! | `POST /v1/payments/{id}/refunds` `{amount}` | 202: somebody gives money back by hand; the webhook `payment.refunded` tells the total |
//! | `POST /v1/payments/{id}/disputes` `{told, amount?, fee?, reason?, due_by?}` | 202 `{id, status}`: the webhook `dispute.` and what is told follows: `inquiry`, `opened`, `funds_withdrawn`, `funds_reinstated`, `won` or `lost` |
//! | `GET /v1/webhooks/{key}` | 200 `{waiting, delivered, lost}`: what became of the webhooks of a request, by its reference, its key or its payment |
//! | `GET /v1/misbehaviour`, `PUT`, `DELETE` | 200: how the whole provider misbehaves, from now on and also after a restart, or no longer |
//! | `GET /healthz` | 200 |
//!
//! A destination that starts with `fail` fails after it was accepted, with the reason
//! `destination_closed`; one that starts with `refuse` is refused at once with 422
//! `invalid_destination`. The same key with the same body has the same answer; with another body
//! it is 422 `idempotency_key_reused`. A pay-in keeps its object: paid again it gives the first
//! answer and no second webhook, and after a failure it may still be paid, but not once it is
//! cancelled (422 `cancelled`). Begun again with the same body it is the same payment. Every other refusal is
//! `{code, message}` too.
//!
//! More than was paid is never given back: 422 `refund_too_large`. A payment has one dispute, known
//! as `dp_` and the payment.
//!
//! Both `pay` and `payouts` take an optional `account`, the merchant's account: a ledger's name. Its
//! webhooks go to that account's address (`…/webhooks/{account}/sim`).
//!
//! `"speak":"stripe"` or `"fedapay"` with a payment has its webhooks in that provider's form, under
//! its signature, posted to its address (`…/webhooks/stripe`); 422 `not_spoken` where it was given
//! no such secret, or that provider has no such webhook.
//!
//! # Misbehaviour
//!
//! One payment, payout or refund goes wrong by the field `misbehave` of its request; every field
//! may be left out. What was taken on is never forgotten, whatever was answered or told of it.
//!
//! | field | what happens |
//! | --- | --- |
//! | `answer`, `answer_times` | so many tries (1) are answered `busy` (429) or `unavailable` (503) without being taken on, or `error` (500) or `cut` (the connection ends) after they were taken on |
//! | `answer_after_ms` | answers come later |
//! | `outcome_after_ms` | it is paid, or fails, later: after an expiry for instance |
//! | `despite_cancel` | it is paid although the merchant cancelled it |
//! | `amount`, `currency` | another amount is paid, or another currency |
//! | `fails_after_paid_ms` | a payout fails that long after it was paid |
//! | `webhook_after_ms` | its webhooks are sent later, so that others overtake them |
//! | `more_copies` | its webhooks are sent again after they were taken: once under the same id, then under new ones |
//! | `lose_webhook` | its webhooks are never sent |
//!
//! A payout may say so by the first word of its destination too, before a hyphen: `busy-`,
//! `unavailable-`, `error-`, `cut-`, `slow-` (a second), `late-` (two seconds), `paidthenfail-`
//! (half a second), `twice-`, `silent-`.
//!
//! The whole provider misbehaves by rates (`PUT /v1/misbehaviour`), in basis points:
//! `busy_bp`, `unavailable_bp`, `error_bp`, `cut_bp`, `lose_webhook_bp`, `duplicate_webhook_bp`,
//! `late_bp` by `late_ms`, `other_amount_bp`, `other_currency_bp`, `fail_after_paid_bp` by
//! `fail_after_paid_ms`; delays of up to `answer_after_ms` and `webhook_after_ms`, which is
//! disorder too. `down_for_ms` has it answer nothing and send nothing for that long. What happens
//! depends on `seed`, the request's reference or key and the try alone, so a run can be repeated.
//! A request with a `misbehave` of its own is drawn for its answer only. The door needs no more
//! trust than the others: whoever reaches them can make the provider say that money came in.
//!
//! Webhooks are Standard Webhooks, sent at least once, oldest due time first, until a 2xx. Every
//! try has the same `webhook-id` and a fresh time. The state file is never compacted.

mod after;
mod delivery;
mod doors;
mod http;
mod journal;
mod line;
mod misbehaviour;
mod page;
mod payins;
mod payouts;
mod problem;
mod queue;
mod request;
mod speak;
mod state;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::Url;

use crate::webhooks::{Key, secret_list};
use line::{Exchange, Line};
use speak::{Keys, Tongue};
use state::Provider;

/// Where the simulated provider listens, whom it tells, and what it remembers.
#[derive(Debug, Clone, clap::Args)]
pub struct SimulatorArgs {
    /// Address to listen on, a loopback one; port 0 takes a free port.
    #[arg(long, env = "CAURI_SIM_LISTEN", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Address that its webhooks are posted to.
    #[arg(long, env = "CAURI_SIM_WEBHOOK_URL")]
    pub webhook_url: Url,
    /// Secret its webhooks are signed with: `whsec_` and base64; several with commas between.
    #[arg(long, env = "CAURI_SIM_WEBHOOK_SECRET", hide_env_values = true)]
    pub webhook_secret: SecretString,
    /// Secret that webhooks in Stripe's form are signed with; without one it does not speak it.
    #[arg(long, env = "CAURI_SIM_STRIPE_SECRET", hide_env_values = true)]
    pub stripe_secret: Option<SecretString>,
    /// Secret that webhooks in FedaPay's form are signed with; without one it does not speak it.
    #[arg(long, env = "CAURI_SIM_FEDAPAY_SECRET", hide_env_values = true)]
    pub fedapay_secret: Option<SecretString>,
    /// Folder of its state file; made if it is not there.
    #[arg(long, env = "CAURI_SIM_DATA_DIR")]
    pub data_dir: PathBuf,
    /// Time from accepting a request to its outcome, in milliseconds.
    #[arg(long, env = "CAURI_SIM_DELAY_MS", default_value_t = 150)]
    pub delay_ms: u64,
}

/// What the handlers and the delivery share.
struct Shared {
    provider: Mutex<Provider>,
    /// Told when a webhook is queued.
    queued: Notify,
    delay_ms: u64,
    /// Its own base address.
    url: String,
    keys: Keys,
}

/// Runs until it is told to stop (interrupt or terminate).
///
/// The first line on standard output is `listening on http://ADDRESS`.
///
/// # Errors
/// When it cannot listen, cannot read its state, or can no longer write it.
pub async fn run(args: SimulatorArgs) -> anyhow::Result<()> {
    let simulator = Simulator::bind(args).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", simulator.url()).context("announcing the address")?;
    out.flush().context("announcing the address")?;
    simulator.serve(stop_signal()).await
}

/// A simulated provider that has its address and its state, and does not serve yet.
pub struct Simulator {
    listener: TcpListener,
    webhook_url: Url,
    keys: Keys,
    shared: Arc<Shared>,
}

impl Simulator {
    /// Takes the address and reads the state back.
    ///
    /// # Errors
    /// When the address is not a loopback one or taken, a secret is unusable, or the state is
    /// unreadable or another process's.
    pub async fn bind(args: SimulatorArgs) -> anyhow::Result<Self> {
        // Whoever reaches it can make it say that money came in.
        ensure!(args.listen.ip().is_loopback(), "the simulated provider only listens on loopback");
        let keys = Keys {
            sim: keys(Tongue::Sim, Some(&args.webhook_secret))?,
            stripe: keys(Tongue::Stripe, args.stripe_secret.as_ref())?,
            fedapay: keys(Tongue::Fedapay, args.fedapay_secret.as_ref())?,
        };
        ensure!(!keys.sim.is_empty(), "the simulated provider needs a webhook secret");
        let dir = args.data_dir;
        let provider = tokio::task::spawn_blocking(move || Provider::open(&dir))
            .await
            .context("reading the simulated provider's state")??;
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("listening on {}", args.listen))?;
        let address = listener.local_addr().context("asking for the bound address")?;
        let shared = Arc::new(Shared {
            provider: Mutex::new(provider),
            queued: Notify::new(),
            delay_ms: args.delay_ms,
            url: format!("http://{address}"),
            keys: keys.clone(),
        });
        Ok(Self { listener, webhook_url: args.webhook_url, keys, shared })
    }

    /// Its base address, such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// Serves until `stop` is done. What is queued then is sent after the next start.
    ///
    /// # Errors
    /// When the state can no longer be written.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let courier =
            delivery::Courier::try_new(self.webhook_url, self.keys, Arc::clone(&self.shared))?;
        let router = http::router(self.shared);
        let router = router.into_make_service_with_connect_info::<Line>();
        let server = axum::serve(Exchange(self.listener), router).with_graceful_shutdown(stop);
        tokio::select! {
            served = server.into_future() => served.context("serving the simulated provider"),
            failed = courier.run() => failed,
        }
    }
}

/// The keys of a tongue's secrets, with commas between.
fn keys(tongue: Tongue, secrets: Option<&SecretString>) -> anyhow::Result<Vec<Key>> {
    let list = secrets.map(|secrets| secret_list(secrets.expose_secret())).unwrap_or_default();
    Ok(list.iter().map(|secret| tongue.scheme().key(secret)).collect::<Result<_, _>>()?)
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            // Without the handler the signal's default stands: the process ends.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated => {}
    }
}

/// Milliseconds since 1970. The only clock of the simulated provider.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

//! `cauri demo`: one complete marketplace day against a running server, through its public doors
//! only: GraphQL with tokens. Customers pay at the simulated provider over the network, which tells
//! the server by webhooks that it signs, in its own form, Stripe's or FedaPay's.
//!
//! It knows what a customer's own programs would know: the addresses and tokens, no secret of a
//! provider. All of it comes from `dev.env` in the data folder of a server in development mode. Where none is running, the demo starts one for itself.

mod basket;
mod client;
mod day;
mod digital_market;
mod ecom;
mod ecom_shop;
mod market;
pub(crate) mod own_server;
mod paiecashfan;
mod providers;
mod report;
mod shop_figures;
mod shops;
mod steps;
mod uinova;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use url::Url;

use client::Client;
use market::Market;

/// Plays a marketplace's day against a server in development mode.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// Which one.
    #[arg(default_value = "marketplace")]
    pub name: DemoName,

    /// Address of the server; that of the data folder's server, when not given.
    #[arg(long, env = "CAURI_URL")]
    pub url: Option<Url>,

    /// The data folder of the server, which was started with --dev. When no server answers there,
    /// and no --url is given, the demo starts one of its own and ends it afterwards.
    #[arg(long, env = "CAURI_DATA_DIR", default_value = ".cauri/data")]
    pub data_dir: PathBuf,
}

/// The demos there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DemoName {
    /// Digital work with escrow, paid by mobile money and card, in the ledger `main`.
    Marketplace,
    /// Digital goods, and freelance work in escrow: milestones, disputes, deadlines.
    DigitalMarket,
    /// Plans, metered use, invoices, an organisation's members, a market of templates.
    Uinova,
    /// Wallets, rides and shops: recharges, transfers, fares held and captured, orders, payouts.
    Ecom,
    /// Shops with baskets and coupons, open for as long as they subscribed.
    Shops,
    /// A fan's wallet in euros: a club's shop, an eSIM, tickets.
    Paiecashfan,
}

/// Plays it, and prints the statements and the trial balance.
///
/// # Errors
/// When a step does not end as it must, or the books do not agree with arithmetic.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    if args.url.is_some() || own_server::serves(&args.data_dir).await {
        return play(args.name, args.url.as_ref(), &args.data_dir).await;
    }
    println!("No server answers in {}: starting one for this demo", args.data_dir.display());
    let server = own_server::OwnServer::start().await?;
    let played = play(args.name, None, server.folder()).await;
    server.stop().await;
    played
}

async fn play(name: DemoName, url: Option<&Url>, data_dir: &Path) -> anyhow::Result<()> {
    let mut env = read_env(&data_dir.join("dev.env"))?;
    if let Some(url) = url {
        env.insert("CAURI_URL".to_owned(), url.as_str().trim_end_matches('/').to_owned());
    }
    let client = Client::try_new(env)?;
    match name {
        DemoName::Marketplace => day::play(&client).await,
        DemoName::DigitalMarket => {
            let settings = digital_market::settings();
            let market = Market::open(client, data_dir, "digital-market", settings).await?;
            digital_market::play(&market).await
        }
        DemoName::Uinova => {
            let market = Market::open(client, data_dir, "uinova", uinova::settings()).await?;
            uinova::play(&market).await
        }
        DemoName::Ecom => {
            let market = Market::open(client, data_dir, "ecom", ecom::settings()).await?;
            ecom::play(&market).await
        }
        DemoName::Shops => {
            let market = Market::open(client, data_dir, "shops", shops::settings()).await?;
            shops::play(&market).await
        }
        DemoName::Paiecashfan => {
            let settings = paiecashfan::settings();
            let market = Market::open(client, data_dir, "paiecashfan", settings).await?;
            paiecashfan::play(&market).await
        }
    }
}

/// Sets up a small marketplace in an empty ledger; does nothing in one that is open.
///
/// # Errors
/// When a step does not end as it must.
pub async fn furnish(env: &BTreeMap<&'static str, String>) -> anyhow::Result<()> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    steps::furnish(&Client::try_new(env)?).await
}

/// `NAME='value'` a line.
pub(crate) fn read_env(file: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(file).with_context(|| {
        format!(
            "{} could not be read: start `cauri serve --dev --demo` first, or name its data \
             folder with --data-dir",
            file.display()
        )
    })?;
    let mut env = BTreeMap::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once('=') else {
            bail!("{} has a line that is no NAME='value'", file.display());
        };
        env.insert(name.to_owned(), value.trim_matches('\'').to_owned());
    }
    Ok(env)
}

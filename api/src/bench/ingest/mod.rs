//! `cauri bench ingest`: signed webhooks at a fixed rate, over HTTP, into a server on this machine.
//!
//! The loop is open: a webhook is sent when it is due, whatever became of those before it, and its
//! time is counted from when it was due, so a server that stalls cannot hide it. Webhooks are 1 KB
//! `payment_intent.succeeded` of Stripe's for pay-ins that exist; some are sent again, byte for byte.
//! Server, its Postgres and the generator share the processors. Afterwards the log is read back:
//! every pay-in was paid exactly once.

mod client;
mod load;
mod prepare;
mod recount;
mod target;
mod timeline;
mod webhooks;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use serde::Serialize;
use url::Url;

use target::Target;

/// Measures how signed webhooks are taken in at a fixed rate.
#[derive(Debug, Clone, clap::Args)]
pub struct IngestArgs {
    /// Webhooks a second.
    #[arg(long, default_value_t = 5_000)]
    pub rate: u64,

    /// How long, in seconds.
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,

    /// For how many seconds before these webhooks come at the same rate and are not timed: what the
    /// preparation leaves to be done, by Postgres above all, is no part of what is measured.
    #[arg(long, default_value_t = 15)]
    pub warm_up: u64,

    /// How many of 100 webhooks came before.
    #[arg(long, default_value_t = 30)]
    pub duplicates: u64,

    /// Connections to the server; whichever is free takes the webhook that is due next.
    #[arg(long, default_value_t = 512)]
    pub connections: usize,

    /// An empty server in development mode that runs already, whose `dev.env` is in the environment;
    /// one is started where none is given.
    #[arg(long, env = "CAURI_BENCH_URL")]
    pub url: Option<Url>,

    /// Folder for the server's data, which is removed afterwards; it should be on a real disk.
    #[arg(long, env = "CAURI_BENCH_DIR", default_value = ".cauri/bench")]
    pub dir: PathBuf,

    /// A file for what it was like in each tenth of a second, as CSV: what one looks into when some
    /// were slow.
    #[arg(long)]
    pub timeline: Option<PathBuf>,

    /// JSON instead of lines.
    #[arg(long)]
    pub json: bool,
}

/// What it came to.
#[derive(Debug, Clone, Serialize)]
pub struct Ingested {
    /// Webhooks that were due a second.
    pub rate: u64,
    /// For how long, in seconds, after warming up.
    pub seconds: u64,
    /// Webhooks sent, those of the warming up too.
    pub sent: u64,
    /// Those of them that were sent before.
    pub duplicates: u64,
    /// Answers with 2xx.
    pub accepted: u64,
    /// Those that said `applied`.
    pub applied: u64,
    /// Those that said `already`.
    pub already: u64,
    /// Those that said `stored`: they are applied behind the answer.
    pub stored: u64,
    /// Those that said `waiting`.
    pub waiting: u64,
    /// Other answers, and connections that broke.
    pub failed: u64,
    /// 2xx that were timed: those after the warming up.
    pub timed: u64,
    /// Half of these took no longer, from when they were due, in microseconds.
    pub p50_us: u64,
    /// 99 of 100 took no longer.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
    /// From when the last webhook was due until the last booking was in the log, in milliseconds.
    pub booked_after_ms: u64,
    /// Bookings that were read back from the log; none where the server is not our own.
    pub recounted: Option<u64>,
}

/// Runs it.
///
/// # Errors
/// When the server does not start, or its log does not agree with what it answered.
pub async fn run(args: IngestArgs) -> anyhow::Result<()> {
    ensure!(args.rate > 0 && args.seconds > 0 && args.connections > 0, "nothing would be sent");
    ensure!(args.duplicates < 100, "at most 99 of 100 can have come before");
    let target = Target::open(args.url.as_ref(), &args.dir).await?;
    let measured = measure(&args, &target).await;
    let recounted = match measured.is_ok() {
        true => target.close().await,
        false => {
            target.discard().await;
            Ok(None)
        }
    };
    let mut measured = measured?;
    if let Some(bookings) = recounted? {
        let paid = measured.sent - measured.duplicates;
        ensure!(
            bookings == paid,
            "{paid} pay-ins were paid and {bookings} are in the log as paid: not all, or some twice"
        );
        measured.recounted = Some(bookings);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&measured)?);
    } else {
        print(&measured);
    }
    Ok(())
}

async fn measure(args: &IngestArgs, target: &Target) -> anyhow::Result<Ingested> {
    let plan = load::Plan::new(args.rate, args.warm_up, args.seconds, args.duplicates);
    eprintln!("{} webhooks for {} pay-ins, which are made first ...", plan.jobs.len(), plan.payins);
    let before = prepare::prepare(target, plan.payins).await?;
    let (rate, warm_up) = (args.rate, args.warm_up);
    eprintln!(
        "sending {rate} a second for {} s, after {warm_up} s of warming up ...",
        args.seconds
    );
    let sent = load::drive(target, &plan, args.rate, args.connections).await?;
    if let Some(path) = &args.timeline {
        timeline::write(path, &sent.each)?;
    }
    let booked = prepare::wait_for_head(target, before + plan.payins, Duration::from_secs(60));
    let booked_at = booked.await?;
    Ok(Ingested {
        rate: args.rate,
        seconds: args.seconds,
        sent: plan.jobs.len() as u64,
        duplicates: plan.jobs.len() as u64 - plan.payins,
        accepted: sent.accepted,
        applied: sent.applied,
        already: sent.already,
        stored: sent.stored,
        waiting: sent.waiting,
        failed: sent.failed,
        timed: sent.latencies.len(),
        p50_us: sent.latencies.value_at_percentile(50.0),
        p99_us: sent.latencies.value_at_percentile(99.0),
        max_us: sent.latencies.max(),
        booked_after_ms: u64::try_from(
            booked_at.saturating_duration_since(sent.ended).as_millis(),
        )?,
        recounted: None,
    })
}

fn print(it: &Ingested) {
    println!(
        "{} webhooks at {} a second, {} of them sent before: {} answered 2xx ({} applied, {} already, \
         {} stored, {} waiting), {} failed",
        it.sent,
        it.rate,
        it.duplicates,
        it.accepted,
        it.applied,
        it.already,
        it.stored,
        it.waiting,
        it.failed
    );
    println!(
        "the last {} of them after: p50 {} us, p99 {} us, max {} us",
        it.timed, it.p50_us, it.p99_us, it.max_us
    );
    println!("the last booking was in the log {} ms after the last was due", it.booked_after_ms);
    if let Some(recounted) = it.recounted {
        println!("{recounted} bookings recounted from the log, each once");
    }
}

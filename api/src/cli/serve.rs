//! `cauri serve`: starts the server, says what a newcomer can do, and stops when told to.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};

use crate::server::{DevEnv, ServeArgs, Server, Turn};
use crate::telemetry::{self, Metrics};

/// Serves until interrupted or terminated.
///
/// # Errors
/// When a part does not start, or the server cannot go on.
pub fn run(mut args: ServeArgs) -> anyhow::Result<()> {
    args.dev |= args.demo;
    let args = &args;
    telemetry::init_from_env()?;
    let metrics = Metrics::install()?;
    super::runtime(args.threads)?.block_on(async {
        let _upkeep = metrics.keep_up();
        let mut stop = Box::pin(stop_signal()?);
        // A server that stands by may do so for months.
        let turn = tokio::select! {
            turn = Turn::wait(args, &metrics) => turn?,
            () = &mut stop => return Ok(()),
        };
        let server = Server::start(args, turn, metrics).await?;
        let url = format!("http://{}", server.address()?);
        let published = server.publish()?;
        let webhooks = server.webhooks().to_vec();
        let server = tokio::spawn(server.run(stop));
        match published {
            Some((file, env)) => {
                if args.demo {
                    crate::demo::furnish(&env).await?;
                }
                welcome(&url, &file.display().to_string(), &env, &webhooks, args.demo);
            }
            None => println!("listening on {url}"),
        }
        server.await?
    })
}

/// Interrupt or terminate, whichever comes first.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn welcome(url: &str, file: &str, env: &DevEnv, webhooks: &[String], demo: bool) {
    println!("listening on {url}\n");
    println!("Cauri runs in development mode: never use it for real money.\n");
    println!("  GraphiQL      {url}/graphql");
    println!("  GraphQL       {url}/graphql        subscriptions: {url}/graphql/ws");
    for (number, path) in webhooks.iter().enumerate() {
        println!("  {:<12}  {url}{path}", if number == 0 { "webhooks" } else { "" });
    }
    println!("  health        {url}/healthz  {url}/readyz  {url}/metrics");
    if let Some(simulator) = env.get("CAURI_SIM_URL") {
        println!("  simulated provider  {simulator}");
    }
    println!("\nTokens for a day (all of this is in {file}):");
    for (name, token) in env.iter().filter(|(name, _)| name.starts_with("TOKEN_")) {
        println!("  {name}={token}");
    }
    println!("\nThree things to try, in another terminal:");
    if demo {
        println!("  1. target/release/cauri demo --url {url}");
    } else {
        println!("  1. curl -s {url}/readyz");
    }
    println!("  2. . {file}; curl -s {url}/graphql -H \"authorization: Bearer $TOKEN_FINANCE\" \\");
    println!("       -H 'content-type: application/json' \\");
    println!(
        "       -d '{{\"query\":\"{{ trialBalance {{ revision rows {{ account currency balance }} }} }}\"}}'"
    );
    println!(
        "  3. open {url}/graphql in a browser, set the header authorization to \"Bearer TOKEN\"\n"
    );
}

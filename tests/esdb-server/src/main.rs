//! The server as a program: `esdb-server [ADDRESS]`, by default 127.0.0.1:2113.

use std::error::Error;

use cauri_esdb_server::{Options, Server};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:2113".to_owned());
    let server = Server::start(Options { listen: listen.parse()?, ..Options::default() }).await?;
    println!("listening on {}", server.url());
    std::future::pending::<()>().await;
    Ok(())
}

//! Asking a provider over HTTP: an answer that is bounded, or a word for what happened.

use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode, Url};

/// How a client of this address is built: with TLS it trusts whom the machine trusts, and plain
/// HTTP is spoken also by a machine that has no certificates at all.
#[must_use]
pub fn client(address: &Url) -> ClientBuilder {
    if address.scheme() == "http" { plain_client() } else { Client::builder() }
}

/// How a client is built that only ever speaks plain HTTP.
#[must_use]
pub fn plain_client() -> ClientBuilder {
    Client::builder().tls_certs_only(None)
}

/// Sends a request and reads at most `longest` bytes of its answer.
///
/// # Errors
/// With a short code, such as `timed_out`, where there is no answer to use.
pub async fn ask(
    request: RequestBuilder,
    longest: usize,
) -> Result<(StatusCode, Vec<u8>), &'static str> {
    let mut answer = request.send().await.map_err(|e| fault(&e))?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| fault(&e))? {
        if body.len() + chunk.len() > longest {
            return Err("answer_too_long");
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, body))
}

fn fault(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timed_out"
    } else if error.is_connect() {
        "not_reached"
    } else {
        "connection_lost"
    }
}

//! `POST /webhooks/{provider}`, for the default ledger, and `POST /webhooks/{ledger}/{provider}`: a
//! signed webhook becomes commands.
//!
//! The body is taken as raw bytes, verified before it is read, and kept in the [inbox](crate::inbox)
//! before the 2xx. A delivery may come late, twice or out of order: the commands' ids are made of
//! what was delivered, and the rules book each of a provider's objects once.
//!
//! | answer | `effect`, `code` | when |
//! | --- | --- | --- |
//! | 200 | `applied`, `already`, `none` | booked, booked before, or of a kind that has no effect here |
//! | 200 | `stored` | kept, and being applied: while many are at once, nobody waits for the ledger |
//! | 200 | `waiting` | kept; the ledger or the provider cannot be asked now: applied later |
//! | 200 | `dead` | kept; the ledger refuses it, and sending it again would not help: a person replays it |
//! | 400, 401 | `UNREADABLE_BODY`, `BAD_SIGNATURE`, `BAD_TOKEN`, … | unreadable, or its sender not proved, or denied by its provider: nothing is kept but a count |
//! | 404 | `UNKNOWN_LEDGER`, `NOT_OF_LEDGER`, `UNKNOWN_PROVIDER` | no such ledger is open, the account is not for it, no such account is configured |
//! | 408, 413 | `BODY_TOO_SLOW`, `BODY_TOO_LARGE` | it did not arrive in time, or is longer than any webhook |
//! | 503 | `UNCONFIRMED`, `NOT_STORED`, `NOT_APPLIED` | an unproved hint whose provider cannot be asked, it could not be kept, or what was done with says something new that cannot be applied: to be sent again |
//!
//! Whatever is not 200 has `code`, `field` (null where it is about the whole) and `message`.
//!
//! Of a batch, what can be read is booked; where some of it cannot, it is kept as a dead letter and
//! answered with 400.
//!
//! Where a delivery is only a hint, the provider is asked before anything is booked.

mod answer;
mod applying;
mod deliver;
mod question;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use cauri_domain::LedgerId;

pub use applying::Applying;

use crate::inbox::Inbox;
use crate::providers::{Accounts, Published};

/// Where webhooks go.
#[derive(Debug)]
pub struct Door {
    /// What keeps and applies them.
    pub inbox: Inbox,
    /// Which ledgers each account may tell of.
    pub accounts: Arc<Accounts>,
    /// What proves others' deliveries, as their providers publish it.
    pub published: Published,
    /// How many of them are being applied.
    pub applying: Applying,
}

/// Takes one delivery for the default ledger.
pub async fn receive(
    State(door): State<Arc<Door>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    deliver::deliver(&door, LedgerId::main(), &provider, headers, body).await
}

/// Takes one delivery for the ledger that the address names.
pub async fn receive_for(
    State(door): State<Arc<Door>>,
    Path((ledger, provider)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match ledger.parse() {
        Ok(ledger) => deliver::deliver(&door, ledger, &provider, headers, body).await,
        Err(_) => deliver::unknown_ledger(&door, &provider),
    }
}

/// CinetPay looks whether there is anything at the address before it sends.
pub async fn ping(State(door): State<Arc<Door>>, Path(provider): Path<String>) -> StatusCode {
    there_is(&door, &provider)
}

/// The same for a ledger's own address.
pub async fn ping_for(
    State(door): State<Arc<Door>>,
    Path((_, provider)): Path<(String, String)>,
) -> StatusCode {
    there_is(&door, &provider)
}

fn there_is(door: &Door, provider: &str) -> StatusCode {
    match door.inbox.applier().providers.names().any(|name| name.as_str() == provider) {
        true => StatusCode::OK,
        false => StatusCode::NOT_FOUND,
    }
}

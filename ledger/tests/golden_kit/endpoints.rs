//! Where the marketplace's own systems are told what happened.

use cauri_domain::endpoint::{
    Added, Cause, Changed, Disabled, Enabled, Filter, Removed, Replayed, Rotated,
};
use cauri_domain::testing::{endpoint_id, secret_place, wallet};
use cauri_domain::*;

use super::parsed;

/// Those between the processes' and the wallets'.
pub fn events() -> Vec<Event> {
    let endpoint = endpoint_id(1);
    let url = || parsed("https://shop.example/hooks/cauri");
    vec![
        Added {
            endpoint,
            url: url(),
            filter: Filter {
                types: vec![parsed("escrow.*"), parsed("withdrawal.paid.v1")],
                wallets: vec![wallet(1)],
                categories: vec![parsed("transport")],
            },
            secret: secret_place(1),
            from: Some(Revision(17)),
        }
        .into(),
        Changed { endpoint, url: url(), filter: Filter::default() }.into(),
        Rotated { endpoint, secret: secret_place(2), former: secret_place(1) }.into(),
        Disabled { endpoint, cause: Cause::Asked(parsed("maintenance")) }.into(),
        Enabled { endpoint, probed: true }.into(),
        Replayed { endpoint, from: Revision(0) }.into(),
        Removed { endpoint }.into(),
    ]
}

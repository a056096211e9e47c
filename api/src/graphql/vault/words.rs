//! Words about the vault.

use crate::graphql::words::words;

words!(
    /// What a thing in the vault is.
    VaultKind {
        /// Where a payout goes.
        Destination "destination",
        /// What signs webhooks to one of the marketplace's own endpoints.
        EndpointSecret "endpoint_secret",
        /// What a payment's provider puts into its notifications.
        NotifyToken "notify_token",
        /// What a provider sent.
        WebhookBody "webhook_body",
    }
);

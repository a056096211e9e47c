//! Debits and credits of a wallet, as they happen.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::stream::Stream;
use uuid::Uuid;

use cauri_domain::{Account, LedgerState, WalletId};
use cauri_ledger::Recorded;

use crate::graphql::following::{Followers, follow_of, postings, side};
use crate::graphql::scalars::{CurrencyText, DecimalText, RevisionNumber};
use crate::graphql::words::PostingSide;

/// A debit or credit of a wallet.
#[derive(Debug, SimpleObject)]
pub struct WalletActivity {
    /// The event's revision: resume after it.
    revision: RevisionNumber,
    /// The event's type.
    #[graphql(name = "type")]
    kind: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// A credit adds to the wallet, a debit takes from it.
    side: PostingSide,
    /// How much, in major units.
    amount: DecimalText,
    /// The currency.
    currency: CurrencyText,
}

#[derive(Debug, Default)]
pub struct WalletSubscriptions;

#[Subscription]
impl WalletSubscriptions {
    /// Every debit and credit of a wallet. Another's is `FORBIDDEN` to a buyer or seller.
    async fn wallet_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] wallet: Uuid,
        #[graphql(desc = "Only what comes after this revision; from now on when not given.")]
        after: Option<RevisionNumber>,
    ) -> Result<impl Stream<Item = Result<WalletActivity>> + use<>> {
        let wallet = WalletId(wallet);
        let look = move |state: &LedgerState| state.wallet(wallet).map(|_| Followers::of([wallet]));
        let map = move |recorded: Recorded| {
            let postings = postings(&recorded).iter();
            let of_wallet = postings.filter(|it| it.account == Account::Wallet(wallet));
            of_wallet
                .map(|posting| WalletActivity {
                    revision: recorded.revision.into(),
                    kind: recorded.event.wire_name().to_owned(),
                    recorded_at: recorded.recorded_at,
                    side: side(posting.side),
                    amount: DecimalText(posting.money.to_decimal().to_string()),
                    currency: CurrencyText(posting.money.currency().to_string()),
                })
                .collect()
        };
        follow_of(ctx, "wallet", look, after, map).await
    }
}

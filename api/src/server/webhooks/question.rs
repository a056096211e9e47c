//! What a delivery's provider is asked before anything that it tells of is believed.

use axum::response::Response;

use cauri_domain::LedgerId;

use super::deliver::count_rejected;
use super::{Door, answer};
use crate::inbox::Compared;
use crate::providers::Unconfirmed;
use crate::webhooks::Delivery;

/// Asks, and puts what is answered in the place of what was told. Returns why not where it is to be
/// asked later of a delivery that is proved.
///
/// # Errors
/// The answer to one that is turned away: its token is another, its provider denies it, or it proves
/// nothing and its provider cannot be asked.
pub(super) async fn ask(
    door: &Door,
    ledger: &LedgerId,
    delivery: &mut Delivery,
    body: &[u8],
) -> Result<Option<Unconfirmed>, Box<Response>> {
    let Some(question) = &delivery.question else { return Ok(None) };
    let applier = door.inbox.applier();
    let provider = delivery.provider;
    let turned_away = |code, answer| {
        count_rejected(door, provider.as_str(), code);
        Err(Box::new(answer))
    };
    let compared = applier.compared(ledger, question).await;
    match compared {
        Compared::WithNone => {}
        Compared::Same => delivery.is_proved = true,
        Compared::Other => return turned_away("bad_token", answer::bad_token()),
        Compared::Unknown => return turned_away("not_compared", answer::not_compared()),
    }
    let mut confirmed = applier.confirm(provider, question, body).await;
    if compared == Compared::Same {
        confirmed = confirmed.map_err(Unconfirmed::of_proved);
    }
    match confirmed {
        Ok(facts) => {
            delivery.facts = facts;
            Ok(None)
        }
        // Proved, and to be asked about later: kept. A hint that proves nothing is not, or strangers
        // would fill the inbox.
        Err(error) if delivery.is_proved && !matches!(error, Unconfirmed::Denied) => {
            Ok(Some(error))
        }
        Err(error) => {
            let is_denied = matches!(error, Unconfirmed::Denied);
            tracing::debug!(%provider, "webhook not confirmed: {error}");
            let code = if is_denied { "denied" } else { "unconfirmed" };
            turned_away(code, answer::unconfirmed(&error))
        }
    }
}

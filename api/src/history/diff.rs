//! What changed between two places of a ledger's log: accounts, things, settings.

use std::fmt;
use std::sync::Arc;

use cauri_domain::{Account, Currency, LedgerId};
use cauri_ledger::store::EventStore;
use serde::Serialize;

use super::replay::{ReplayError, Replayed, Sum, replay};
use super::things::{Changed, changed};
use super::{Point, lines, table};
use crate::books::names::Amount;

/// What changed after one place, up to and with another.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// Which ledger.
    pub ledger: String,
    /// The last revision that was there before; none where nothing was.
    pub from: Option<u64>,
    /// The last revision of what changed.
    pub to: u64,
    /// Its hash.
    pub hash: String,
    /// How many events lie between.
    pub events: u64,
    /// How many journal entries.
    pub entries: u64,
    /// Every account that was posted to in between.
    pub accounts: Vec<Moved>,
    /// Things that came, changed or went.
    pub things: Vec<Changed>,
    /// Rules that came, changed or went.
    pub settings: Vec<Changed>,
}

/// An account in one currency, before and after.
#[derive(Debug, Clone, Serialize)]
pub struct Moved {
    /// The account.
    pub account: String,
    /// Its class.
    pub class: &'static str,
    /// The currency.
    pub currency: String,
    /// Its balance before, on its normal side.
    pub before: String,
    /// The debits in between.
    pub debits: String,
    /// The credits in between.
    pub credits: String,
    /// Its balance after.
    pub after: String,
}

/// What changed after `from`, up to and with `to`: all that is durable, when not given. Reads the log twice.
///
/// # Errors
/// [`ReplayError`].
pub async fn diff(
    store: Arc<dyn EventStore>,
    ledger: &LedgerId,
    from: Point,
    to: Option<Point>,
) -> Result<Diff, ReplayError> {
    let backwards = match (from, to) {
        (Point::Revision(from), Some(Point::Revision(to))) => to < from,
        (Point::Instant(from), Some(Point::Instant(to))) => to < from,
        _ => false,
    };
    if backwards {
        return Err(ReplayError::Backwards);
    }
    let before = match replay(Arc::clone(&store), ledger, Some(from), None, |_, _| {}).await {
        Ok(before) => Some(before),
        // An instant before the first event.
        Err(ReplayError::Before { .. }) => None,
        Err(error) => return Err(error),
    };
    let after = replay(store, ledger, to, None, |_, _| {}).await?;
    let end = after.last.revision.0;
    let from = before.as_ref().map(|before| before.last.revision.0);
    if from.is_some_and(|from| from > end) {
        return Err(ReplayError::Backwards);
    }
    let before = before.map(|before| before.so_far).unwrap_or_default();
    let Replayed { ledger, last, so_far: after } = after;
    let changed = changed(&before.state, &after.state)?;
    let (settings, things) = changed.into_iter().partition(Changed::is_setting);
    let moved = after.sums.iter().filter_map(|(book, sum)| {
        let earlier = before.sums.get(book).copied().unwrap_or_default();
        (earlier != *sum).then(|| moved(*book, earlier, *sum))
    });
    Ok(Diff {
        ledger: ledger.to_string(),
        from,
        to: end,
        hash: last.hash.to_string(),
        events: from.map_or(end + 1, |from| end - from),
        entries: after.entries - before.entries,
        accounts: moved.collect(),
        things,
        settings,
    })
}

fn moved((account, currency): (Account, Currency), before: Sum, after: Sum) -> Moved {
    let amount = |minor| Amount(minor, currency).to_string();
    Moved {
        account: account.to_string(),
        class: account.class().as_str(),
        currency: currency.to_string(),
        before: amount(before.balance(account)),
        debits: amount(after.debits - before.debits),
        credits: amount(after.credits - before.credits),
        after: amount(after.balance(account)),
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from.map_or_else(|| "nothing".to_owned(), |it| format!("revision {it}"));
        writeln!(f, "ledger {} from {from} to revision {}", self.ledger, self.to)?;
        writeln!(f, "  hash      {}", self.hash)?;
        writeln!(f, "  events    {}, with {} entries", self.events, self.entries)?;
        writeln!(f, "\nAccounts")?;
        let header = ["account", "class", "", "before", "debits", "credits", "after"];
        let mut rows = table(&header, 3..7);
        for it in &self.accounts {
            let amounts = [&it.before, &it.debits, &it.credits, &it.after].map(String::as_str);
            let book = [it.account.as_str(), it.class, &it.currency];
            rows.add_row(book.into_iter().chain(amounts));
        }
        f.write_str(&lines(&rows))?;
        for (title, changes) in [("Things", &self.things), ("Settings", &self.settings)] {
            writeln!(f, "\n{title}")?;
            for change in changes {
                let what = match (&change.before, &change.after) {
                    (None, _) => "new",
                    (_, None) => "gone",
                    _ => "changed",
                };
                writeln!(f, "  {} {} {what}", change.table, change.key.get())?;
                for (name, before, after) in change.fields() {
                    let name = if name.is_empty() { "value" } else { &name };
                    match (before, after) {
                        (Some(before), Some(after)) => {
                            writeln!(f, "    {name}: {before} -> {after}")?;
                        }
                        (None, Some(value)) | (Some(value), None) => {
                            writeln!(f, "    {name}: {value}")?;
                        }
                        (None, None) => {}
                    }
                }
            }
        }
        Ok(())
    }
}

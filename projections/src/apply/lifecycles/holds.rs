//! Rows of holds, of what their payers have in them, and of captures.

use rust_decimal::Decimal;
use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::rows::Rows;
use super::{ApplyError, Stamp};
use cauri_domain::hold::Leg;
use cauri_domain::{Account, Event, HoldId, JournalEntry, Side};

pub(super) struct Holds {
    holds: Rows,
    legs: Rows,
    captures: Rows,
}

impl Default for Holds {
    fn default() -> Self {
        Self {
            holds: Rows::new("holds", &["hold"]).with_owners(&[("owner", "wallet")]),
            legs: Rows::new("hold_legs", &["hold", "wallet"]),
            captures: Rows::new("captures", &["hold", "capture"]),
        }
    }
}

/// What the entry gives back to the payers, in major units, by leg.
fn put_in(legs: &[Leg]) -> Decimal {
    legs.iter().map(|leg| leg.amount.to_decimal()).sum()
}

/// What an entry takes out of the hold, in major units.
fn taken_out(hold: HoldId, entry: &JournalEntry) -> Decimal {
    let out = entry.postings().iter();
    let out = out.filter(|it| it.account == Account::Hold(hold) && it.side == Side::Debit);
    out.map(|posting| posting.money.to_decimal()).sum()
}

impl Holds {
    /// What an event does to these rows.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other events have other rows")]
    pub(super) fn take(&mut self, stamp: Stamp, event: &Event) {
        match event {
            Event::HoldPlaced(event) => {
                let Some(first) = event.legs.first() else { return };
                let row = json!({ "hold": event.hold, "wallet": first.wallet, "legs": event.legs,
                    "currency": first.amount.currency().code(),
                    "placed": put_in(&event.legs).to_string(), "captured": "0", "released": "0",
                    "status": "placed", "expires_at": event.expires_at });
                self.holds.make(stamp, row);
                for leg in &event.legs {
                    let row = json!({ "hold": event.hold, "wallet": leg.wallet,
                        "currency": leg.amount.currency().code(),
                        "held": leg.amount.to_decimal().to_string() });
                    self.legs.make(stamp, row);
                }
            }
            Event::HoldIncreased(event) => {
                let change = json!({ "hold": event.hold, "legs": event.legs,
                    "placed": put_in(&event.legs).to_string() });
                self.holds.change(stamp, change);
                for posting in event.entry.postings() {
                    if let Account::Wallet(wallet) = posting.account {
                        let more = json!({ "hold": event.hold, "wallet": wallet,
                            "held": posting.money.to_decimal().to_string() });
                        self.legs.add(stamp, more);
                    }
                }
            }
            Event::HoldExtended(event) => {
                let change = json!({ "hold": event.hold, "expires_at": event.expires_at });
                self.holds.change(stamp, change);
            }
            Event::HoldCaptured(event) => {
                let taken = event.taken.map_or(Decimal::ZERO, cauri_domain::Money::to_decimal);
                let released = taken_out(event.hold, &event.entry) - taken;
                let more = json!({ "hold": event.hold, "captured": taken.to_string(),
                    "released": released.to_string() });
                self.holds.add(stamp, more);
                if event.ended {
                    self.holds.change(stamp, json!({ "hold": event.hold, "status": "captured" }));
                }
                let row = json!({ "hold": event.hold, "capture": event.capture,
                    "taken": taken.to_string(), "last": event.last, "payees": event.payees });
                self.captures.make(stamp, row);
                self.draw(stamp, event.hold, &event.drawn);
            }
            Event::HoldVoided(event) => {
                let reason = Some(event.reason.as_str());
                self.give_back(stamp, event.hold, "voided", reason, &event.entry, &event.drawn);
            }
            Event::HoldExpired(event) => {
                self.give_back(stamp, event.hold, "expired", None, &event.entry, &event.drawn);
            }
            _ => {}
        }
    }

    fn give_back(
        &mut self,
        stamp: Stamp,
        hold: HoldId,
        status: &str,
        reason: Option<&str>,
        entry: &JournalEntry,
        drawn: &[Leg],
    ) {
        let released = taken_out(hold, entry).to_string();
        self.holds.add(stamp, json!({ "hold": hold, "released": released }));
        self.holds.change(stamp, json!({ "hold": hold, "status": status, "reason": reason }));
        self.draw(stamp, hold, drawn);
    }

    /// What left each leg, captured or given back.
    fn draw(&mut self, stamp: Stamp, hold: HoldId, drawn: &[Leg]) {
        for leg in drawn {
            let less = json!({ "hold": hold, "wallet": leg.wallet,
                "held": (-leg.amount.to_decimal()).to_string() });
            self.legs.add(stamp, less);
        }
    }

    pub(super) async fn write(
        self,
        connection: &mut PgConnection,
        ledger: &str,
    ) -> Result<(), ApplyError> {
        self.holds.write(&mut *connection, ledger).await?;
        self.legs.write(&mut *connection, ledger).await?;
        self.captures.write(connection, ledger).await
    }
}

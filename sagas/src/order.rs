//! Orders expire when they are not paid in time, and settle themselves when the buyer says nothing
//! during the inspection period.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> Waiting: order.placed
//!     Waiting --> [*]: order.paid, order.canceled
//!     Waiting --> [*]: due, ExpireOrder
//!     [*] --> Inspecting: order.delivered
//!     Inspecting --> [*]: order.settled, order.refunded (all)
//!     Inspecting --> [*]: due, AutoSettleOrder
//! ```

use cauri_domain::{Event, SaleId};

use crate::process::{Effect, ProcessManager, TimerId};

/// Expires and settles orders.
#[derive(Debug, Clone, Copy)]
pub struct OrderProcess;

impl ProcessManager for OrderProcess {
    const NAME: &'static str = "order";

    #[expect(clippy::wildcard_enum_match_arm, reason = "a process reacts to its own events alone")]
    fn react(event: &Event) -> Vec<Effect> {
        match event {
            Event::OrderPlaced(event) => {
                let timer = TimerId::OrderExpiry(event.sale);
                vec![Effect::Wake { timer, at: event.pay_by }]
            }
            Event::OrderPaid(event) => unpaid_no_more(event.sale),
            Event::OrderCanceled(event) => unpaid_no_more(event.sale),
            Event::OrderExpired(event) => unpaid_no_more(event.sale),
            Event::OrderDelivered(event) => {
                let timer = TimerId::OrderSettlement(event.sale);
                vec![Effect::Wake { timer, at: event.settle_at }]
            }
            Event::OrderSettled(event) => inspected(event.sale),
            Event::OrderRefunded(event) if event.ended => inspected(event.sale),
            _ => Vec::new(),
        }
    }
}

fn unpaid_no_more(sale: SaleId) -> Vec<Effect> {
    vec![Effect::Cancel { timer: TimerId::OrderExpiry(sale) }]
}

fn inspected(sale: SaleId) -> Vec<Effect> {
    vec![Effect::Cancel { timer: TimerId::OrderSettlement(sale) }]
}

//! Words about orders.

use crate::graphql::words::words;

words!(
    /// Where an order stands.
    OrderStatus {
        /// It waits for its money.
        Placed "placed",
        /// It is paid and not delivered.
        Paid "paid",
        /// It is delivered; the inspection period runs.
        Delivered "delivered",
        /// Its sellers have their money.
        Settled "settled",
        /// It was given up; what was paid is back.
        Canceled "canceled",
        /// It was not paid in time.
        Expired "expired",
        /// All of it was given back.
        Refunded "refunded",
    }
);
words!(
    /// What a line of an order is.
    OrderLineKind {
        /// A file.
        Digital "digital",
        /// A thing that is delivered.
        Physical "physical",
        /// A place at something.
        Ticket "ticket",
        /// A mobile plan.
        Esim "esim",
        /// A template or a component.
        Template "template",
        /// Work.
        Service "service",
    }
);
words!(
    /// When sellers get their money.
    OrderFulfilment {
        /// At once, when the order is paid.
        Immediate "immediate",
        /// When the buyer says so, or at the end of the inspection period after the delivery.
        OnDelivery "on_delivery",
    }
);
words!(
    /// Who had an order settled.
    OrderSettledBy {
        /// Its payment: it is fulfilled at once.
        Payment "payment",
        /// The buyer, or somebody for them.
        Request "request",
        /// The end of the inspection period.
        Timer "timer",
    }
);

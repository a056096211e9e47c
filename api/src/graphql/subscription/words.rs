//! Words about plans, subscriptions and invoices.

use crate::graphql::words::words;

words!(
    /// Where a subscription stands.
    SubscriptionStatus {
        /// Its first payment is awaited.
        Awaiting "awaiting",
        /// Free for now.
        Trialing "trialing",
        /// Paid, free, or invoiced.
        Active "active",
        /// A period was not paid: it is tried again, until the grace is over.
        PastDue "past_due",
        /// Ended by its subscriber.
        Canceled "canceled",
        /// Ended by itself.
        Expired "expired",
    }
);

words!(
    /// How periods are paid.
    SubscriptionPayment {
        /// Out of the wallet.
        Wallet "wallet",
        /// The first by a pay-in, then out of the wallet.
        Payin "payin",
        /// By bank transfer, after an invoice.
        Invoice "invoice",
    }
);

words!(
    /// What periods are counted in.
    PeriodUnit {
        /// Days.
        Day "day",
        /// Seven days.
        Week "week",
        /// Months of the calendar.
        Month "month",
        /// Years of the calendar.
        Year "year",
    }
);

words!(
    /// What is given back of a period that is canceled before its end.
    PeriodRefund {
        /// Nothing.
        Keep "keep",
        /// The days that are left.
        Prorated "prorated",
        /// All of it.
        Full "full",
    }
);

words!(
    /// When what was paid in advance becomes revenue.
    RevenueRecognition {
        /// Each day.
        Day "day",
        /// With the months of the calendar, and at the end of the period.
        Month "month",
        /// At the end of the period.
        Period "period",
    }
);

words!(
    /// Whether a tier's price is that of the units within it, or of all of them.
    MeterTiering {
        /// All units have the price of the tier that they come to.
        Whole "whole",
        /// Each unit has the price of its own tier.
        Marginal "marginal",
    }
);

words!(
    /// Which papers are counted together.
    InvoiceSeries {
        /// Invoices.
        Invoice "invoice",
        /// Credit notes.
        CreditNote "credit_note",
    }
);

words!(
    /// Where an invoice stands.
    InvoiceStatus {
        /// To be paid.
        Open "open",
        /// Paid.
        Paid "paid",
        /// Nobody has to pay it.
        Voided "voided",
        /// A credit note: there is nothing to pay.
        Issued "issued",
    }
);

//! Which questions a server answers that stands by: those that the read models and the state of a
//! followed ledger answer, and nothing else.
//!
//! It is a list of what is answered, so that a new field is the holder's until somebody has looked
//! at what it needs. The holder's alone is whatever is put on record before it is answered, asks a
//! provider, is about the holder itself, or lies in the inbox, the vault, the reports, the
//! transparency log or the queues of outgoing webhooks.

/// The fields of `Query` that are answered.
const ANSWERED: &[&str] = &[
    "version",
    "me",
    "ledger",
    "wallet",
    "wallets",
    "payin",
    "payins",
    "suspense",
    "contradictedPayments",
    "refund",
    "refunds",
    "chargeback",
    "chargebacks",
    "paymentsRules",
    "plans",
    "subscription",
    "subscriptions",
    "invoice",
    "invoices",
    "billing",
    "escrow",
    "escrows",
    "proposal",
    "proposals",
    "closedPeriods",
    "accountReport",
    "process",
    "processes",
    "hold",
    "holds",
    "relations",
    "paymentMethod",
    "flags",
    "riskHolds",
    "order",
    "orders",
    "quoteOrder",
    "coupons",
    "capacities",
    "entitlements",
    "withdrawal",
    "withdrawals",
    "journal",
    "trialBalance",
    "commissionRules",
    "commissionRulesInForce",
    "revenue",
    "sellerEarnings",
    "commissionReport",
    "explain",
    "settlement",
    "settlements",
    "clearingAges",
    "suspenseAges",
];

/// Whether a server that stands by answers this field of a query itself. The schema's own fields,
/// such as `__typename`, are the same everywhere.
#[must_use]
pub fn is_answered_standing_by(field: &str) -> bool {
    field.starts_with("__") || ANSWERED.contains(&field)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use async_graphql::parser::parse_schema;
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;
    use crate::trail::Read;

    /// Only the holder answers these. Why, for those of which it is not plain:
    /// `readModelDigests` and `reconcile` read every row; `openingRefusals` judges thousands of
    /// commands; `receipt` is on record.
    const HOLDER_ONLY: &[&str] = &[
        "readModels",
        "readModelDigests",
        "webhookEndpoints",
        "webhookEndpoint",
        "webhookDeliveries",
        "openingRefusals",
        "report",
        "reports",
        "reconcile",
        "deliveries",
        "delivery",
        "deliveryBody",
        "providers",
        "vaultItem",
        "auditCheckpoint",
        "inclusionProof",
        "consistencyProof",
        "receipt",
        "auditTrail",
    ];

    #[test]
    fn somebody_has_decided_about_every_field() {
        let schema = parse_schema(crate::graphql::sdl()).unwrap();
        let fields = schema.definitions.into_iter().find_map(|definition| {
            let TypeSystemDefinition::Type(it) = definition else { return None };
            let TypeKind::Object(object) = it.node.kind else { return None };
            (it.node.name.node == "Query").then_some(object.fields)
        });
        let fields = fields.unwrap().into_iter().map(|field| field.node.name.node.to_string());
        let decided = ANSWERED.iter().chain(HOLDER_ONLY).map(|field| (*field).to_owned());
        assert_eq!(
            ANSWERED.len() + HOLDER_ONLY.len(),
            decided.clone().collect::<BTreeSet<_>>().len()
        );
        assert_eq!(fields.collect::<BTreeSet<_>>(), decided.collect::<BTreeSet<_>>());
    }

    #[test]
    fn what_is_put_on_record_before_it_is_answered_is_the_holder_s() {
        for (door, _) in Read::ALL {
            assert!(!is_answered_standing_by(door), "{door}");
        }
        assert!(is_answered_standing_by("__schema") && !is_answered_standing_by("nothing"));
    }
}

//! Four eyes and corrections, through the schema.

use cauri_domain::Role;
use serde_json::json;

use crate::kit::{Market, caller, new_id, service, transfer};

#[tokio::test]
async fn a_mistaken_transfer_is_reversed_by_what_the_log_says_of_it() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100).await, market.wallet("bob").await);
    market.done(&service(), "transfer", transfer(ann, bob, "60")).await;
    let of = market.head();
    let reversal = json!({ "correction": new_id(), "revision": of, "reason": "mistake" });
    let input = json!({ "commandId": new_id(), "reversal": reversal });
    market.done(&service(), "reverseEntry", input.clone()).await;
    assert_eq!((market.available(ann).await, market.available(bob).await), (100, 0));
    let again = market.mutate(&service(), "reverseEntry", input).await;
    assert_eq!(again["replayed"], true);
    let other = |revision: u64| {
        let reversal = json!({ "correction": new_id(), "revision": revision, "reason": "x" });
        json!({ "commandId": new_id(), "reversal": reversal })
    };
    for (revision, code) in [
        (of, "ALREADY_REVERSED"),
        (0, "NOT_REVERSIBLE"),
        (of + 1, "NOT_REVERSIBLE"),
        (999, "NOT_FOUND"),
    ] {
        let refused = market.refused(&service(), "reverseEntry", other(revision)).await;
        assert_eq!(refused, (code.into(), "revision".into()));
    }
}

#[tokio::test]
async fn an_adjustment_is_proposed_by_one_and_approved_by_another() {
    let market = Market::open().await;
    let ann = market.wallet("ann").await;
    let [ada, bea] = ["ada", "bea"].map(|name| caller(name, Role::Finance));
    let postings = json!([
        { "account": "expense:adjustments", "side": "DEBIT", "amount": "5", "currency": "XOF" },
        { "account": format!("wallet:{ann}:available"), "side": "CREDIT", "amount": "5",
          "currency": "XOF" },
    ]);
    let adjust = json!({ "correction": new_id(), "postings": postings, "reason": "goodwill" });
    let mut direct = adjust.clone();
    direct["commandId"] = json!(new_id());
    let refused = market.mutate(&ada, "adjust", direct).await;
    assert_eq!(refused["code"], "FOUR_EYES_NEEDED");
    let proposal = new_id();
    let propose = json!({ "commandId": new_id(), "proposal": proposal, "reason": "goodwill",
        "command": { "adjust": adjust } });
    market.done(&ada, "propose", propose).await;
    let approve = || json!({ "commandId": new_id(), "proposal": proposal });
    let own = market.mutate(&ada, "approveProposal", approve()).await;
    assert_eq!(own["code"], "OWN_PROPOSAL");
    market.done(&bea, "approveProposal", approve()).await;
    assert_eq!(market.available(ann).await, 5);
    let again = market.mutate(&bea, "approveProposal", approve()).await;
    assert_eq!((&again["replayed"], market.available(ann).await), (&json!(true), 5));
}

//! What is put on record of what goes through the schema, and that nothing happens unseen.

use std::path::Path;
use std::sync::Arc;

use cauri_api::auth::Caller;
use cauri_api::trail::Recorder;
use cauri_domain::{LedgerId, Role};
use cauri_ledger::edge::SystemClock;
use cauri_ledger::store::memory::NextAppend;
use cauri_ledger::trail::{Entry, Kind, Trail, codec};
use serde_json::json;
use uuid::Uuid;

use super::kit::{Market, caller, fault, new_id};

async fn recorded() -> (Market, Recorder) {
    let empty = Market::empty().await;
    let trail = Trail::open(Arc::clone(&empty.store) as _, Arc::new(SystemClock)).await.unwrap();
    let (recorder, _telling) = Recorder::start(trail, Path::new("/nowhere"));
    (Market::over(&empty, recorder.clone()), recorder)
}

fn entries(market: &Market) -> Vec<Entry> {
    let kept = market.store.events(&LedgerId::trail());
    kept.iter().map(|raw| codec::decode(raw).unwrap().entry).collect()
}

fn root() -> Caller {
    caller("root-1", Role::Superadmin)
}

fn open_ledger() -> serde_json::Value {
    json!({ "commandId": new_id(), "settings": { "currencies": ["XOF"] } })
}

fn wallet(id: Uuid, owner: &str) -> serde_json::Value {
    json!({ "commandId": new_id(), "wallet": id, "owner": owner })
}

#[tokio::test]
async fn refusals_acts_of_staff_and_looks_that_are_not_theirs_are_each_an_entry() {
    let (market, recorder) = recorded().await;
    let revision = market.done(&root(), "openLedger", open_ledger()).await;
    let kept = &entries(&market)[0];
    assert_eq!((kept.kind, kept.what.operation.as_str()), (Kind::Administered, "openLedger"));
    assert_eq!(kept.what.command.as_ref().unwrap().as_str(), "OpenLedger");
    assert_eq!(kept.what.revision.unwrap().0, revision, "the ledger's own event tells the rest");
    let who = kept.who.as_ref().unwrap();
    assert_eq!((who.actor.subject.as_str(), who.actor.role), ("root-1", Role::Superadmin));

    // A party's own act that is done is the ledger's to tell.
    let ama = caller("ama", Role::Buyer);
    let id = new_id();
    market.done(&ama, "openWallet", wallet(id, "ama")).await;
    assert_eq!(entries(&market).len(), 1);
    let freeze = json!({ "commandId": new_id(), "wallet": id, "reason": "fraud" });
    market.done(&caller("admin-1", Role::Admin), "freezeWallet", freeze.clone()).await;
    let kept = entries(&market).pop().unwrap();
    let object = kept.what.objects.values().next().unwrap();
    assert_eq!((kept.kind, object.as_str()), (Kind::Administered, id.to_string().as_str()));

    // Refused by the domain, with what was asked.
    let command = new_id();
    let freeze = json!({ "commandId": command, "wallet": id, "reason": "fraud" });
    market.refused(&ama, "freezeWallet", freeze).await;
    // Refused before it was a command.
    let bad = json!({ "commandId": new_id(), "wallet": new_id(), "owner": "Ama Mensah" });
    market.refused(&ama, "openWallet", bad).await;
    // Not theirs to see, under a name of the caller's own.
    let query = "{ mySecret: auditTrail { edges { node { kind } } } }";
    assert_eq!(fault(&market.execute(Some(ama.clone()), query, json!({})).await).0, "FORBIDDEN");
    for _ in 0..100 {
        fault(&market.execute(None, "{ ledger { head } }", json!({})).await);
    }
    recorder.close().await;
    let kept = entries(&market);
    let words = |entry: &Entry| {
        let what = &entry.what;
        let text = |word: &Option<cauri_ledger::trail::Word>| {
            word.as_ref().map(ToString::to_string).unwrap_or_default()
        };
        let (kind, door) = (entry.kind.word(), &what.operation);
        format!("{kind} {door} {} {} {}", text(&what.command), text(&what.code), what.count)
    };
    let words: Vec<_> = kept[2..].iter().map(words).collect();
    assert_eq!(
        words,
        [
            "refused freezeWallet FreezeWallet FORBIDDEN 1",
            "refused openWallet  INVALID_TEXT 1",
            "refused auditTrail  FORBIDDEN 1",
            "denied ledger  UNAUTHENTICATED 1",
            "denied ledger  UNAUTHENTICATED 99",
        ]
    );
    assert_eq!(kept[2].what.command_id, Some(command));
    assert_eq!(kept[3].what.field.as_ref().unwrap().as_str(), "owner");
    let all = market.store.events(&LedgerId::trail());
    let all: String = all.iter().map(|raw| String::from_utf8(raw.body.to_vec()).unwrap()).collect();
    assert!(!all.contains("Mensah") && !all.contains("mySecret"), "{all}");
}

/// The auditor's own page, and that it was looked at.
#[tokio::test]
async fn the_trail_is_read_by_whom_it_is_for_and_that_is_on_record() {
    let (market, _recorder) = recorded().await;
    market.done(&root(), "openLedger", open_ledger()).await;
    let id = new_id();
    market.done(&caller("ama", Role::Buyer), "openWallet", wallet(id, "ama")).await;
    let admin = caller("admin-1", Role::Admin);
    let freeze = json!({ "commandId": new_id(), "wallet": id, "reason": "fraud" });
    market.done(&admin, "freezeWallet", freeze).await;
    let unfreeze = json!({ "commandId": new_id(), "wallet": id });
    market.done(&admin, "unfreezeWallet", unfreeze).await;
    let query = "query($object: String, $after: String) { auditTrail(object: $object, after: $after,
        first: 1) { lookedFrom pageInfo { hasNextPage endCursor } edges { node { revision kind subject
        role operation command code objects { name id } ledgerRevision count hash } } } }";
    let look = async |who: Role, variables| {
        market.execute(Some(caller("eyes", who)), query, variables).await
    };
    let page = look(Role::Auditor, json!({ "object": id })).await;
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    let page = page.data.into_json().unwrap()["auditTrail"].clone();
    // The look itself is the newest that names the wallet.
    let node = &page["edges"][0]["node"];
    assert_eq!((&node["kind"], &node["subject"]), (&json!("READ"), &json!("eyes")));
    assert_eq!(node["operation"], "auditTrail");
    let after = page["pageInfo"]["endCursor"].clone();
    let page = look(Role::Admin, json!({ "object": id, "after": after })).await;
    let page = page.data.into_json().unwrap()["auditTrail"].clone();
    let node = &page["edges"][0]["node"];
    assert_eq!(
        (&node["kind"], &node["command"]),
        (&json!("ADMINISTERED"), &json!("UnfreezeWallet"))
    );
    assert_eq!(node["objects"], json!([{ "name": "wallet", "id": id }]));
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    for role in [Role::Buyer, Role::Seller, Role::Finance, Role::Service] {
        assert_eq!(fault(&look(role, json!({})).await).0, "FORBIDDEN", "{role}");
    }
}

/// Nobody administers, and nobody looks, while it cannot be put on record.
#[tokio::test]
async fn what_must_be_on_record_does_not_happen_without() {
    let (market, recorder) = recorded().await;
    market.done(&root(), "openLedger", open_ledger()).await;
    let id = new_id();
    let ama = caller("ama", Role::Buyer);
    market.done(&ama, "openWallet", wallet(id, "ama")).await;
    market.store.inject(NextAppend::Fatal);
    let auditor = Some(caller("eyes", Role::Auditor));
    let query = "{ auditTrail { edges { node { kind } } } }";
    let (code, _) = fault(&market.execute(auditor, query, json!({})).await);
    assert_eq!(code, "UNAVAILABLE");
    assert!(recorder.trail().fault().is_some());

    let before = market.head();
    let freeze =
        "mutation($input: FreezeWalletInput!) { freezeWallet(input: $input) { __typename } }";
    let input = json!({ "input": { "commandId": new_id(), "wallet": id, "reason": "fraud" } });
    let admin = Some(caller("admin-1", Role::Admin));
    let (code, _) = fault(&market.execute(admin, freeze, input).await);
    assert_eq!((code.as_str(), market.head()), ("UNAVAILABLE", before), "it was not asked");
}

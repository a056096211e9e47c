//! Queries of the schema over real read models: whose things are seen, page by page, as of when.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;

use async_graphql::{Request as Operation, Response, Variables};
use cauri_api::auth::Caller;
use cauri_api::graphql::{AppSchema, Parts, build};
use cauri_domain::receipt::Receipt;
use cauri_domain::{
    Actor, Command, CommandId, LedgerId, Money, PayinId, Revision, Role, WalletId, payin,
};
use cauri_ledger::edge::SystemClock;
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::Head;
use cauri_ledger::store::memory::MemoryStore;
use cauri_projections::{ReadModelOptions, ReadModels};
use cauri_tests::database::fresh_database;
use cauri_tests::server::new_id;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

struct Market {
    schema: AppSchema,
    engine: Engine,
    read_models: ReadModels,
}

fn caller(subject: &str, role: Role) -> Caller {
    let expires_at = chrono::DateTime::UNIX_EPOCH;
    let ledger = LedgerId::main();
    Caller { subject: subject.parse().unwrap(), role, ledger, expires_at, token: None }
}

fn auditor() -> Caller {
    caller("aud", Role::Auditor)
}

impl Market {
    async fn open() -> Self {
        let pool = fresh_database().await.pool;
        let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(SystemClock));
        let ledgers = Ledgers::open(store, clock, EngineOptions::default()).await.unwrap();
        let engine = ledgers.create(LedgerId::main()).await.unwrap();
        let read_models = ReadModels::open(pool, ReadModelOptions::default()).await.unwrap();
        read_models.attach(engine.clone());
        let schema =
            build(ledgers, Parts { read_models: Some(read_models.clone()), ..Parts::default() });
        let market = Self { schema, engine, read_models };
        let input = json!({ "commandId": new_id(), "settings": { "commissionBasisPoints": 500 } });
        market.mutate("openLedger", "OpenLedgerInput", input, "__typename").await;
        market
    }

    async fn execute(&self, who: &Caller, query: &str, variables: Value) -> Response {
        let operation = Operation::new(query).variables(Variables::from_json(variables));
        self.schema.execute(operation.data(who.clone())).await
    }

    async fn query(&self, who: &Caller, query: &str, variables: Value) -> Value {
        let response = self.execute(who, query, variables).await;
        assert!(response.errors.is_empty(), "{query}: {:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The code and the field of the only error.
    async fn fault(&self, who: &Caller, query: &str, variables: Value) -> (String, String) {
        let response = self.execute(who, query, variables).await;
        let [error] = &response.errors[..] else { panic!("{query}: {response:?}") };
        let extensions = serde_json::to_value(&error.extensions).unwrap();
        let text = |key: &str| extensions[key].as_str().unwrap_or_default().to_owned();
        (text("code"), text("field"))
    }

    async fn mutate(&self, name: &str, kind: &str, input: Value, select: &str) -> Value {
        let text = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{
               ... on Refused {{ code field }} {select} }} }}"
        );
        let role = if name == "approveWithdrawal" { Role::Finance } else { Role::Service };
        let data = self.query(&caller("shop", role), &text, json!({ "input": input })).await;
        assert!(data[name].get("code").is_none(), "{name}: {data}");
        data[name].clone()
    }

    async fn wallet(&self, owner: &str) -> Uuid {
        let wallet = new_id();
        let input = json!({ "commandId": new_id(), "wallet": wallet, "owner": owner });
        self.mutate("openWallet", "OpenWalletInput", input, "__typename").await;
        wallet
    }

    async fn funded(&self, owner: &str, minor: u64, currency: &str) -> Uuid {
        let (wallet, payin) = (self.wallet(owner).await, PayinId(new_id()));
        let amount = Money::from_minor(minor, currency.parse().unwrap()).unwrap();
        let provider = "sim".parse().unwrap();
        let object = payin.0.simple().to_string().parse().unwrap();
        let actor = Actor { subject: "provider:sim".parse().unwrap(), role: Role::Service };
        let receipt = Receipt { provider, object, amount, evidence: None };
        let initiate = payin::Initiate {
            payin,
            wallet: WalletId(wallet),
            amount,
            provider,
            target: None,
            capture_later: false,
        };
        let record = payin::RecordReceipt { payin: Some(payin), receipt };
        for command in [Command::from(initiate), record.into()] {
            let request = Request::new(CommandId(new_id()), actor.clone(), command);
            self.engine.ask(request).await.unwrap();
        }
        wallet
    }

    async fn escrow(&self, buyer: Uuid, seller: Uuid, amount: &str) -> Uuid {
        let escrow = new_id();
        let input = json!({ "commandId": new_id(), "escrow": escrow, "buyer": buyer,
            "seller": seller, "amount": amount, "currency": "XOF" });
        self.mutate("openEscrow", "OpenEscrowInput", input, "__typename").await;
        escrow
    }

    fn head(&self) -> u64 {
        match self.engine.head() {
            Head::At(Revision(revision)) => revision,
            Head::Empty => panic!("the ledger is empty"),
        }
    }
}

fn transfer(from: Uuid, to: Uuid, amount: &str) -> Value {
    json!({ "commandId": new_id(), "from": from, "to": to, "amount": amount, "currency": "XOF",
        "labels": { "category": if amount == "7" { "rent" } else { "food" } } })
}

fn nodes<'a>(data: &'a Value, list: &str) -> Vec<&'a Value> {
    data[list]["nodes"].as_array().unwrap().iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_party_sees_its_own_things_and_staff_sees_all() {
    let market = Market::open().await;
    let (ann, bob) =
        (market.funded("ann", 1_000, "XOF").await, market.funded("bob", 500, "XOF").await);
    let escrow = market.escrow(ann, bob, "100").await;
    let between_others = market.escrow(bob, market.wallet("esi").await, "5").await;
    let withdrawal = new_id();
    let input = json!({ "commandId": new_id(), "withdrawal": withdrawal, "wallet": ann,
        "amount": "50", "currency": "XOF", "destination": "momo-1" });
    market.mutate("requestWithdrawal", "RequestWithdrawalInput", input, "__typename").await;
    let at = market.head();
    let lists =
        "query($at: Revision) { wallets(atLeastRevision: $at) { revision nodes { id owner } }
        payins(atLeastRevision: $at) { nodes { walletId status } }
        escrows(atLeastRevision: $at) { nodes { id status } }
        withdrawals(atLeastRevision: $at) { nodes { id status } } }";
    let buyer = caller("ann", Role::Buyer);
    let mine = market.query(&buyer, lists, json!({ "at": at })).await;
    assert!(mine["wallets"]["revision"].as_u64().unwrap() >= at);
    assert_eq!(nodes(&mine, "wallets"), [&json!({ "id": ann, "owner": "ann" })]);
    assert_eq!(nodes(&mine, "payins"), [&json!({ "walletId": ann, "status": "SUCCEEDED" })]);
    assert_eq!(nodes(&mine, "escrows"), [&json!({ "id": escrow, "status": "FUNDED" })]);
    let asked = json!({ "id": withdrawal, "status": "REQUESTED" });
    assert_eq!(nodes(&mine, "withdrawals"), [&asked]);
    // The seller is a party of the escrow as well, and of another one.
    let seller = market.query(&caller("bob", Role::Seller), lists, json!({ "at": at })).await;
    let ids: Vec<_> = nodes(&seller, "escrows").iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, [json!(between_others), json!(escrow)], "newest first");
    assert!(nodes(&seller, "withdrawals").is_empty());
    let all = market.query(&auditor(), lists, json!({ "at": at })).await;
    assert_eq!((nodes(&all, "wallets").len(), nodes(&all, "escrows").len()), (3, 2));

    let filters = "{ escrows(owner: \"esi\", status: FUNDED) { nodes { id } }
        withdrawals(status: PAID) { nodes { id } } payins(owner: \"bob\") { nodes { walletId } } }";
    let some = market.query(&auditor(), filters, json!({})).await;
    assert_eq!(nodes(&some, "escrows"), [&json!({ "id": between_others })]);
    assert!(nodes(&some, "withdrawals").is_empty());
    assert_eq!(nodes(&some, "payins"), [&json!({ "walletId": bob })]);

    let stranger = caller("eve", Role::Seller);
    for (object, id) in [("wallet", ann), ("escrow", escrow), ("withdrawal", withdrawal)] {
        let query = format!("query($id: UUID!) {{ {object}(id: $id) {{ id }} }}");
        let seen = market.query(&buyer, &query, json!({ "id": id })).await;
        assert_eq!(seen[object]["id"], json!(id));
        let fault = market.fault(&stranger, &query, json!({ "id": id })).await;
        assert_eq!(fault, ("FORBIDDEN".into(), "id".into()), "{object}");
        let unknown = market.query(&stranger, &query, json!({ "id": new_id() })).await;
        assert_eq!(unknown[object], Value::Null);
    }
    market.read_models.close().await;
}

/// Row 18 of `docs/peers-asks.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_the_same_in_pages_of_any_size_and_by_its_filters() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 100, "XOF").await, market.wallet("bob").await);
    for amount in ["1", "7", "2", "7", "3"] {
        let input = transfer(ann, bob, amount);
        market.mutate("transfer", "TransferInput", input, "__typename").await;
    }
    let at = market.head();
    let lines = |arguments: &str| {
        format!(
            "query($id: UUID!, $at: Revision, $cursor: String) {{
               wallet(id: $id, atLeastRevision: $at) {{ statement({arguments}) {{
                 nodes {{ revision side amount runningBalance category }}
                 pageInfo {{ hasNextPage endCursor }} }} }} }}"
        )
    };
    let buyer = caller("ann", Role::Buyer);
    let whole = market
        .query(&buyer, &lines("first: 100, after: $cursor"), json!({ "id": ann, "at": at }))
        .await;
    let whole = whole["wallet"]["statement"]["nodes"].as_array().unwrap().clone();
    let balances: Vec<_> = whole.iter().map(|it| it["runningBalance"].as_str().unwrap()).collect();
    assert_eq!(balances, ["80", "83", "90", "92", "99", "100"]);
    for size in 1..=6 {
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "id": ann, "at": at, "cursor": cursor });
            let query = lines(&format!("first: {size}, after: $cursor"));
            let page = market.query(&buyer, &query, variables).await["wallet"]["statement"].clone();
            seen.extend(page["nodes"].as_array().unwrap().iter().cloned());
            cursor = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen, whole, "pages of {size}");
    }
    let filtered = |text: &'static str| {
        let (market, buyer) = (&market, &buyer);
        let query = lines(text);
        async move {
            let data = market.query(buyer, &query, json!({ "id": ann })).await;
            data["wallet"]["statement"]["nodes"].as_array().unwrap().len()
        }
    };
    assert_eq!(filtered("after: $cursor, category: \"rent\"").await, 2);
    assert_eq!(filtered("after: $cursor, currency: \"XOF\"").await, 6);
    assert_eq!(filtered("after: $cursor, currency: \"USD\"").await, 0);
    for (text, field) in [
        ("after: $cursor, category: \"A b\"", "category"),
        ("after: $cursor, currency: \"??\"", "currency"),
    ] {
        let fault = market.fault(&buyer, &lines(text), json!({ "id": ann })).await;
        assert_eq!(fault, ("BAD_ARGUMENT".into(), field.into()));
    }
    market.read_models.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_of_a_journal_page_has_its_own_entry_and_the_trial_balance_is_level() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 1_000, "XOF").await, market.wallet("bob").await);
    market.funded("kwe", 1_234, "KWD").await;
    let escrow = market.escrow(ann, bob, "100").await;
    let release = json!({ "commandId": new_id(), "escrow": escrow });
    market.mutate("releaseEscrow", "ReleaseEscrowInput", release, "__typename").await;
    let at = market.head();
    let query = "query($at: Revision) { journal(first: 100, atLeastRevision: $at) { nodes {
        revision type postings { account side amount currency } } }
        trialBalance(atLeastRevision: $at) { revision rows { account class currency balance }
          totals { currency debits credits } } }";
    let data = market.query(&auditor(), query, json!({ "at": at })).await;
    let journal = nodes(&data, "journal");
    assert_eq!(journal.len() as u64, at + 1, "every event, gapless from 0");
    let log = cauri_ledger::log::read(market.engine.store(), LedgerId::main(), Head::Empty);
    let log: Vec<Vec<_>> = log.try_collect().await.unwrap();
    for (event, shown) in log.iter().flatten().zip(journal.iter().rev()) {
        assert_eq!(
            (shown["revision"].as_u64().unwrap(), shown["type"].as_str().unwrap()),
            (event.revision.0, event.event.wire_name())
        );
        let entry = event.event.entry().map(|entry| entry.postings()).unwrap_or_default();
        let entry: Vec<_> = entry
            .iter()
            .map(|it| {
                json!({ "account": it.account.to_string(),
                "side": it.side.as_str().to_uppercase(),
                "amount": it.money.to_decimal().to_string(),
                "currency": it.money.currency().to_string() })
            })
            .collect();
        assert_eq!(shown["postings"], json!(entry), "revision {}", event.revision.0);
    }
    let rows = data["trialBalance"]["rows"].as_array().unwrap();
    let balance = |account: String| {
        rows.iter().find(|row| row["account"] == account).unwrap()["balance"].clone()
    };
    assert_eq!(balance("revenue:commission".into()), "5");
    assert_eq!(balance(format!("wallet:{bob}:available")), "95");
    assert_eq!(balance(format!("escrow:{escrow}")), "0");
    assert_eq!(
        data["trialBalance"]["totals"][0],
        json!({ "currency": "KWD", "debits": "1.234", "credits": "1.234" })
    );
    for total in data["trialBalance"]["totals"].as_array().unwrap() {
        assert_eq!(total["debits"], total["credits"]);
    }
    market.read_models.close().await;
}

/// Row 9 of `docs/peers-asks.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_mutation_answers_covers_what_it_changed() {
    let market = Market::open().await;
    let (ann, bob) = (market.funded("ann", 1_000, "XOF").await, market.wallet("bob").await);
    let select = "... on TransferCompleted { revision from { balances { available } } }";
    let done = market.mutate("transfer", "TransferInput", transfer(ann, bob, "1"), select).await;
    assert_eq!(done["from"]["balances"], json!([{ "available": "999" }]));
    // A whole batch looks at one moment, which covers all of it.
    let inputs: Vec<_> = (0..300).map(|_| transfer(ann, bob, "1")).collect();
    let query = "mutation($inputs: [TransferInput!]!) { transferBatch(inputs: $inputs) {
        ... on TransferCompleted { from { balances { available } } } } }";
    let service = caller("shop", Role::Service);
    let data = market.query(&service, query, json!({ "inputs": inputs })).await;
    let answers = data["transferBatch"].as_array().unwrap();
    assert_eq!(answers.len(), 300);
    let after = json!({ "from": { "balances": [{ "available": "699" }] } });
    assert!(answers.iter().all(|answer| *answer == after), "{}", answers[0]);
    market.read_models.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revision_that_has_not_come_is_waited_for_in_vain_and_said_so() {
    let market = Market::open().await;
    let beyond = json!({ "at": market.head() + 1 });
    let query = "query($at: Revision) { wallets(atLeastRevision: $at) { nodes { id } } }";
    let fault = market.fault(&auditor(), query, beyond.clone()).await;
    assert_eq!(fault, ("TIMED_OUT".into(), "atLeastRevision".into()));
    // Whoever waits gets it as soon as it comes.
    let auditor = auditor();
    let waiting = market.query(&auditor, query, beyond);
    let opened = market.wallet("ann");
    let (seen, wallet) = tokio::join!(waiting, opened);
    assert_eq!(nodes(&seen, "wallets"), [&json!({ "id": wallet })]);
    let status = "{ ledger { head applied } readModels { applied lag failure } }";
    let seen = market.query(&auditor, status, json!({})).await;
    assert_eq!(seen["ledger"]["applied"], seen["ledger"]["head"]);
    let applied = &seen["ledger"]["head"];
    assert_eq!(seen["readModels"], json!({ "applied": applied, "lag": 0, "failure": null }));
    market.read_models.close().await;
}

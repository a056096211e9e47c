//! A marketplace in memory, asked through the schema.

use std::sync::{Arc, OnceLock};

use async_graphql::{Request as Operation, Response, Variables};
use cauri_api::auth::Caller;
use cauri_api::graphql::{AppSchema, Parts, build};
use cauri_api::trail::Recorder;
use cauri_domain::receipt::Receipt;
use cauri_domain::{Actor, Command, CommandId, LedgerId, Money, PayinId, Role, WalletId, payin};
use cauri_ledger::edge::ManualClock;
use cauri_ledger::engine::{Engine, EngineOptions, Request};
use cauri_ledger::ledgers::Ledgers;
use cauri_ledger::store::Head;
use cauri_ledger::store::memory::MemoryStore;
use chrono::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

pub struct Market {
    pub schema: AppSchema,
    pub ledgers: Ledgers,
    pub engine: Engine,
    pub store: Arc<MemoryStore>,
}

pub fn new_id() -> Uuid {
    Uuid::new_v4()
}

pub fn caller(subject: &str, role: Role) -> Caller {
    let subject = subject.parse().unwrap();
    let expires_at = DateTime::UNIX_EPOCH;
    Caller { subject, role, ledger: LedgerId::main(), expires_at, token: None }
}

pub fn service() -> Caller {
    caller("shop", Role::Service)
}

/// An operation by somebody, or by nobody.
pub fn operation(who: Option<Caller>, query: &str, variables: Value) -> Operation {
    let operation = Operation::new(query).variables(Variables::from_json(variables));
    match who {
        Some(caller) => operation.data(caller),
        None => operation,
    }
}

/// The code and the field of the only error.
pub fn fault(response: &Response) -> (String, Option<String>) {
    let [error] = &response.errors[..] else { panic!("not one error: {response:?}") };
    let extensions = serde_json::to_value(&error.extensions).unwrap();
    let text = |key: &str| extensions[key].as_str().map(str::to_owned);
    (text("code").unwrap_or_else(|| panic!("an error without a code: {error:?}")), text("field"))
}

/// What a mutation answers when it is not refused: the schema says so.
fn done_type(mutation: &str) -> String {
    static SCHEMA: OnceLock<String> = OnceLock::new();
    let schema = SCHEMA.get_or_init(cauri_api::graphql::sdl);
    let union = format!("union {}{}Result = ", mutation[..1].to_uppercase(), &mutation[1..]);
    let members = schema.lines().find_map(|line| line.strip_prefix(&union));
    let members = members.unwrap_or_else(|| panic!("no {union}"));
    members.split(" | ").find(|member| *member != "Refused").unwrap().to_owned()
}

impl Market {
    /// An empty ledger.
    pub async fn empty() -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let options = EngineOptions::default();
        let ledgers = Ledgers::open(Arc::clone(&store) as _, clock, options).await.unwrap();
        let engine = ledgers.create(LedgerId::main()).await.unwrap();
        Self { schema: build(ledgers.clone(), Parts::default()), ledgers, engine, store }
    }

    /// The same ledger, with a schema that puts on record what is done through it.
    pub fn over(market: &Self, recorder: Recorder) -> Self {
        let Self { ledgers, engine, store, .. } = market;
        let parts = Parts { recorder: Some(recorder), ..Parts::default() };
        let schema = build(ledgers.clone(), parts);
        let (ledgers, engine, store) = (ledgers.clone(), engine.clone(), Arc::clone(store));
        Self { schema, ledgers, engine, store }
    }

    /// An open ledger that takes XOF, USD and KWD, with 5 % commission and a limit in XOF.
    pub async fn open() -> Self {
        let market = Self::empty().await;
        let settings = json!({ "currencies": ["XOF", "USD", "KWD"], "commissionBasisPoints": 500,
            "limits": [{ "amount": "1000000", "currency": "XOF" }] });
        let input = json!({ "commandId": new_id(), "settings": settings });
        market.done(&caller("root", Role::Superadmin), "openLedger", input).await;
        market
    }

    pub fn head(&self) -> u64 {
        match self.engine.head() {
            Head::At(revision) => revision.0,
            Head::Empty => panic!("the ledger is empty"),
        }
    }

    pub async fn execute(&self, who: Option<Caller>, query: &str, variables: Value) -> Response {
        self.schema.execute(operation(who, query, variables)).await
    }

    /// Runs the mutation `name` with its one input; returns its result, refused or not.
    pub async fn mutate(&self, who: &Caller, name: &str, input: Value) -> Value {
        let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ __typename
               ... on Refused {{ code field message commandId atRevision }}
               ... on {} {{ revision replayed }} }} }}",
            done_type(name)
        );
        let response = self.execute(Some(who.clone()), &query, json!({ "input": input })).await;
        assert!(response.errors.is_empty(), "{name}: {:?}", response.errors);
        response.data.into_json().unwrap()[name].clone()
    }

    /// Runs a mutation that must not be refused; returns its revision.
    pub async fn done(&self, who: &Caller, name: &str, input: Value) -> u64 {
        let result = self.mutate(who, name, input).await;
        result["revision"].as_u64().unwrap_or_else(|| panic!("{name}: {result}"))
    }

    /// A refused mutation's code and field. Nothing was appended.
    pub async fn refused(&self, who: &Caller, name: &str, input: Value) -> (String, String) {
        let before = self.engine.head();
        let result = self.mutate(who, name, input.clone()).await;
        assert_eq!(result["__typename"], "Refused", "{name} {input}: {result}");
        assert_eq!(result["commandId"], input["commandId"]);
        assert_eq!(self.engine.head(), before, "something was appended");
        let text = |key: &str| result[key].as_str().unwrap_or_default().to_owned();
        (text("code"), text("field"))
    }

    pub async fn wallet(&self, owner: &str) -> Uuid {
        let id = new_id();
        let input = json!({ "commandId": new_id(), "wallet": id, "owner": owner });
        self.done(&service(), "openWallet", input).await;
        id
    }

    /// A wallet with money in it, as a provider's word brings it.
    pub async fn funded(&self, owner: &str, francs: u64) -> Uuid {
        let (wallet, payin) = (self.wallet(owner).await, PayinId(new_id()));
        let amount = Money::from_minor(francs, "XOF".parse().unwrap()).unwrap();
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

    /// What a wallet can spend, in the ledger's own state.
    pub async fn available(&self, wallet: Uuid) -> i128 {
        let xof = "XOF".parse().unwrap();
        let look = self.engine.read(move |it| it.books().available(WalletId(wallet), xof)).await;
        look.unwrap().value
    }
}

pub fn transfer(from: Uuid, to: Uuid, amount: &str) -> Value {
    json!({ "commandId": new_id(), "from": from, "to": to, "amount": amount, "currency": "XOF" })
}

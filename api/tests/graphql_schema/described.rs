//! The schema documents itself, can be introspected by tools, and bounds what one operation costs.

use cauri_api::graphql::{AppSchema, RefusalCode};
use cauri_domain::{Refusal, Role};
use serde_json::{Value, json};

use crate::kit::{Market, caller, operation};

/// What tools such as GraphiQL ask, to the depth that they ask it.
const INTROSPECTION: &str = "query { __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types { ...Full } directives { name description locations args { ...Input } } } }
  fragment Full on __Type { kind name description
    fields(includeDeprecated: true) { name description args { ...Input } type { ...Ref }
      isDeprecated deprecationReason }
    inputFields { ...Input } interfaces { ...Ref }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    possibleTypes { ...Ref } }
  fragment Input on __InputValue { name description type { ...Ref } defaultValue }
  fragment Ref on __Type { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

pub async fn introspect(schema: &AppSchema) -> Value {
    let response = schema.execute(operation(None, INTROSPECTION, json!({}))).await;
    response.into_result().unwrap().data.into_json().unwrap()["__schema"].clone()
}

pub fn named_type<'a>(schema: &'a Value, name: &str) -> &'a Value {
    let types = schema["types"].as_array().unwrap();
    types.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no type {name}"))
}

#[tokio::test]
async fn every_type_field_argument_and_value_is_described() {
    let market = Market::empty().await;
    let schema = introspect(&market.schema).await;
    let mut bare = Vec::new();
    for kind in schema["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        // The language's own.
        if name.starts_with("__") || name == "ID" {
            continue;
        }
        let silent = |it: &Value| it["description"].as_str().unwrap_or_default().is_empty();
        // The library makes the connections, and has words for their fields alone.
        if silent(kind) && !name.ends_with("Connection") {
            bare.push(name.to_owned());
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for field in kind[part].as_array().into_iter().flatten() {
                let place = format!("{name}.{}", field["name"].as_str().unwrap());
                if silent(field) {
                    bare.push(place.clone());
                }
                // What every mutation takes is described by its type.
                let arguments = field["args"].as_array().into_iter().flatten();
                for argument in arguments.filter(|it| silent(it) && it["name"] != "input") {
                    bare.push(format!("{place}({})", argument["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert_eq!(bare, Vec::<String>::new());
}

#[tokio::test]
async fn every_code_of_the_domain_is_a_code_of_the_schema() {
    let market = Market::empty().await;
    let schema = introspect(&market.schema).await;
    let values = named_type(&schema, "RefusalCode")["enumValues"].as_array().unwrap();
    let names: Vec<_> = values.iter().map(|value| value["name"].as_str().unwrap()).collect();
    assert_eq!(names, Refusal::CODES);
    assert_eq!(RefusalCode::ALL.len(), names.len());
}

#[tokio::test]
async fn every_mutation_of_a_command_answers_with_a_union_of_done_and_refused() {
    let market = Market::empty().await;
    let schema = introspect(&market.schema).await;
    let fields = named_type(&schema, "Mutation")["fields"].as_array().unwrap();
    let mut unions = 0;
    for field in fields {
        let name = field["name"].as_str().unwrap();
        // Work of this server, not a command of a ledger.
        let is_servers = matches!(name, "createLedger" | "rebuildReadModels" | "transferBatch")
            || matches!(name, "replayDelivery" | "replayDeadLetters" | "eraseDeliveryBody")
            || matches!(name, "testEndpoint" | "retryWebhookDelivery")
            // A question to a provider, with endings of its own.
            || name == "startPayinAtProvider";
        if is_servers {
            continue;
        }
        let answer = named_type(&schema, field["type"]["ofType"]["name"].as_str().unwrap());
        let members = answer["possibleTypes"].as_array().unwrap();
        assert_eq!(members.len(), 2, "{name}");
        assert_eq!(members[1]["name"], "Refused", "{name}");
        unions += 1;
    }
    assert!(unions >= 16, "the commands that parties and staff may ask: {unions}");
}

#[tokio::test]
async fn what_a_list_costs_is_bounded_by_its_pages() {
    let market = Market::open().await;
    let code = |text: String| {
        let operation = operation(Some(caller("aud", Role::Auditor)), &text, json!({}));
        let schema = market.schema.clone();
        async move { schema.execute(operation).await.errors[0].message.clone() }
    };
    let nested = |page: &str| {
        format!(
            "{{ wallets({page}) {{ nodes {{ statement(first: 100) {{ nodes {{ revision }} }} }} }} }}"
        )
    };
    // Within the cost, it comes as far as the read models, which this server has not.
    assert!(code(nested("first: 20")).await.contains("read models"));
    for page in ["first: 100", "last: 100", "first: 2147483647"] {
        assert!(code(nested(page)).await.contains("complex"), "{page}");
    }
    let whole =
        "{ journal(first: 100) { edges { cursor node { revision type recordedAt subject role
        commandId correlationId causation category reference hash dimensions { name value }
        postings { account class side amount currency balanceAfter } } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
    assert!(code(whole.to_owned()).await.contains("read models"));
}

#[tokio::test]
async fn pages_that_make_no_sense_are_refused_by_argument() {
    let market = Market::open().await;
    for (page, field) in [
        ("first: 0", "first"),
        ("first: 101", "first"),
        ("first: -1", "first"),
        ("last: 101", "last"),
        ("first: 1, last: 1", "last"),
        ("after: \"!\"", "after"),
        ("before: \"MTI\"", "before"),
    ] {
        let text = format!("{{ wallets({page}) {{ nodes {{ id }} }} }}");
        let who = Some(caller("aud", Role::Auditor));
        let response = market.execute(who, &text, json!({})).await;
        let fault = crate::kit::fault(&response);
        assert_eq!(fault, ("BAD_ARGUMENT".to_owned(), Some(field.to_owned())), "{page}");
    }
}

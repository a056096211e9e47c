//! The order of an answer's fields: that of the query, as the specification has it.
//!
//! The library puts the fields of an object down in the order in which they happen to be done
//! (async-graphql#612), so one question could have answers of other bytes. Under fragments with
//! different type conditions the order is that of the text, whichever type was met.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Response, Value};

/// The fields of an object in the order of the query, each with those of what it holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Order(IndexMap<Name, Order>);

impl Order {
    /// Of an operation that was judged by the [limits](super::limits), which bound what is done here.
    pub(super) fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let mut order = Self::default();
        order.add(document, &operation.selection_set, &mut Vec::new());
        order
    }

    fn add<'a>(
        &mut self,
        document: &'a ExecutableDocument,
        set: &'a Positioned<SelectionSet>,
        within: &mut Vec<&'a Name>,
    ) {
        for selection in &set.node.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.clone();
                    let below = self.0.entry(key).or_default();
                    below.add(document, &field.node.selection_set, within);
                }
                Selection::InlineFragment(fragment) => {
                    self.add(document, &fragment.node.selection_set, within);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    // One within itself is refused later, and better.
                    if let Some(fragment) = document.fragments.get(name)
                        && !within.contains(&name)
                    {
                        within.push(name);
                        self.add(document, &fragment.node.selection_set, within);
                        within.pop();
                    }
                }
            }
        }
    }

    /// Puts the data of a response into this order.
    pub(super) fn apply(&self, response: &mut Response) {
        self.put(&mut response.data);
    }

    fn put(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                let is_so = {
                    let asked = self.0.keys().filter(|name| fields.contains_key(*name));
                    asked.eq(fields.keys())
                };
                if !is_so {
                    let place = |name: &Name| self.0.get_index_of(name).unwrap_or(usize::MAX);
                    fields.sort_by(|left, _, right, _| place(left).cmp(&place(right)));
                }
                for (name, value) in fields {
                    if let Some(below) = self.0.get(name).filter(|below| !below.0.is_empty()) {
                        below.put(value);
                    }
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.put(item)),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema};

    use super::super::Guarded;

    struct Slow(u64);

    #[Object]
    impl Slow {
        /// After so many milliseconds.
        async fn after(&self, ms: u64) -> u64 {
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            ms
        }

        async fn below(&self, ms: u64) -> Vec<Slow> {
            tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
            vec![Slow(ms), Slow(ms + 1)]
        }

        async fn number(&self) -> u64 {
            self.0
        }

        async fn fails(&self) -> async_graphql::Result<Option<u64>> {
            Err("it fails".into())
        }
    }

    async fn answer(query: &str) -> String {
        let schema = Schema::new(Slow(0), EmptyMutation, EmptySubscription);
        let guarded = Guarded::new(schema, std::time::Duration::from_secs(5));
        let mut request = Request::new(query);
        Guarded::<Schema<Slow, EmptyMutation, EmptySubscription>>::judge(&mut request).unwrap();
        let response = guarded.run(request).await.unwrap();
        serde_json::to_string(&response.data).unwrap()
    }

    #[tokio::test]
    async fn fields_come_in_the_order_of_the_query_whichever_is_done_first() {
        let query = "query { slow: after(ms: 60) below(ms: 30) { b: after(ms: 20) number a: after(ms: 1) }
            fails number ...More quick: after(ms: 1) }
            fragment More on Slow { last: after(ms: 40) ... { below(ms: 30) { more: number } } number }";
        let expected = concat!(
            r#"{"slow":60,"below":[{"b":20,"number":30,"a":1,"more":30},"#,
            r#"{"b":20,"number":31,"a":1,"more":31}],"#,
            r#""fails":null,"number":0,"last":40,"quick":1}"#
        );
        assert_eq!(answer(query).await, expected);
    }
}

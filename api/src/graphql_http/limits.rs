//! What one operation may cost, judged before it runs.
//!
//! `async-graphql` limits depth and complexity, but it does so by walking every fragment at every
//! place it is spread: a few hundred bytes of fragments that spread each other twice take it
//! minutes. So the size is first counted here, each fragment once.

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, FragmentDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, SchemaBuilder};

use super::Failure;

/// The deepest nesting of fields. Tools' introspection needs 15 or more.
pub const MAX_DEPTH: usize = 20;
/// The most complexity, as the schema weighs its fields (1 each, lists by their page size).
pub const MAX_COMPLEXITY: usize = 10_000;
/// The most fields and fragments once all fragments are spread out.
pub const MAX_SELECTIONS: usize = 2_000;
/// The most aliases once all fragments are spread out: an alias runs a field once more.
pub const MAX_ALIASES: usize = 100;
/// The most directives on one field.
pub const MAX_DIRECTIVES: usize = 8;
/// The longest operation text in bytes. Values belong in variables, which the body's limit bounds.
pub const MAX_TEXT: usize = 64 * 1024;
/// The deepest nesting of brackets in an operation's text. The parser goes one call deeper for
/// each, so this guards its stack.
pub const MAX_NESTING: usize = 96;

/// Sets the library's own limits.
#[must_use]
pub fn apply<Q, M, S>(schema: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
    schema.limit_depth(MAX_DEPTH).limit_complexity(MAX_COMPLEXITY).limit_directives(MAX_DIRECTIVES)
}

/// Judges an operation's text before it is parsed.
///
/// # Errors
/// [`Failure::TooCostly`], naming the limit.
pub fn check_text(text: &str) -> Result<(), Failure> {
    within("bytes of text", text.len(), MAX_TEXT)?;
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    within("levels of brackets", deepest, MAX_NESTING)
}

/// Judges a parsed document: the sum of all its operations, with fragments spread out.
///
/// # Errors
/// [`Failure::TooCostly`], naming the limit.
pub fn check_document(document: &ExecutableDocument) -> Result<(), Failure> {
    let mut counter = Counter { fragments: &document.fragments, known: HashMap::new() };
    let mut size = Size::default();
    for (_, operation) in document.operations.iter() {
        size.add(counter.set(&operation.node.selection_set.node));
    }
    // A fragment that no operation spreads is invalid, but is walked all the same to say so.
    for name in document.fragments.keys() {
        size.add(counter.fragment(name));
    }
    within("selections", size.selections, MAX_SELECTIONS)?;
    within("aliases", size.aliases, MAX_ALIASES)
}

fn within(what: &'static str, got: usize, most: usize) -> Result<(), Failure> {
    if got > most { Err(Failure::TooCostly { what, most }) } else { Ok(()) }
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    selections: usize,
    aliases: usize,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
    }
}

/// Counts each fragment once, however often it is spread.
struct Counter<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// `None` while a fragment is being counted: a cycle, which validation refuses by name.
    known: HashMap<&'a str, Option<Size>>,
}

impl<'a> Counter<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Size {
        let mut size = Size::default();
        for selection in &set.items {
            size.selections = size.selections.saturating_add(1);
            match &selection.node {
                Selection::Field(field) => {
                    size.aliases += usize::from(field.node.alias.is_some());
                    size.add(self.set(&field.node.selection_set.node));
                }
                Selection::FragmentSpread(spread) => {
                    size.add(self.fragment(&spread.node.fragment_name.node));
                }
                Selection::InlineFragment(inline) => {
                    size.add(self.set(&inline.node.selection_set.node));
                }
            }
        }
        size
    }

    fn fragment(&mut self, name: &str) -> Size {
        if let Some(known) = self.known.get(name) {
            return known.unwrap_or_default();
        }
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            return Size::default();
        };
        self.known.insert(name.as_str(), None);
        let size = self.set(&fragment.node.selection_set.node);
        self.known.insert(name.as_str(), Some(size));
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<(), Failure> {
        check_text(text)?;
        check_document(&async_graphql::parser::parse_query(text).expect("it parses"))
    }

    #[test]
    fn fragments_that_double_are_counted_not_walked() {
        let mut text = String::from("{ ...f0 } ");
        for level in 0..60 {
            let next = level + 1;
            text.push_str(&format!("fragment f{level} on Query {{ ...f{next} ...f{next} }} "));
        }
        text.push_str("fragment f60 on Query { __typename }");
        assert!(matches!(judge(&text), Err(Failure::TooCostly { what: "selections", .. })));
    }

    #[test]
    fn a_cycle_of_fragments_ends() {
        assert!(judge("{ ...a } fragment a on Q { ...b } fragment b on Q { ...a }").is_ok());
    }

    #[test]
    fn aliases_are_counted_through_fragments() {
        let many: String = (0..60).map(|n| format!("a{n}: __typename ")).collect();
        assert!(judge(&format!("{{ {many} }}")).is_ok());
        let twice = format!("{{ ...f ...f }} fragment f on Query {{ {many} }}");
        assert!(matches!(judge(&twice), Err(Failure::TooCostly { what: "aliases", .. })));
    }

    #[test]
    fn text_is_bounded_before_it_is_parsed() {
        assert!(check_text(&"{".repeat(MAX_NESTING)).is_ok());
        for bracket in ["{a", "[", "("] {
            let refused = check_text(&bracket.repeat(MAX_NESTING + 1));
            assert!(matches!(refused, Err(Failure::TooCostly { .. })), "{bracket}");
        }
        let long = format!("{{ {} }}", "a ".repeat(MAX_TEXT / 2));
        assert!(matches!(check_text(&long), Err(Failure::TooCostly { what: "bytes of text", .. })));
    }
}

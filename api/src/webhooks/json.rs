//! JSON as providers may send it, read without floats and without choosing between two keys.
//!
//! A key that occurs twice is refused wherever it stands: two readers may take different ones, so
//! the amount we book could be another than the one somebody checked. Every value knows its path,
//! so that a refusal names the field.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::WebhookError;

/// A JSON value. Numbers that are no `u64` keep no value: none of them is an amount or an id.
#[derive(Clone)]
pub(crate) enum Json {
    Null,
    Bool,
    Integer(u64),
    OtherNumber,
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, WebhookError> {
        let text =
            std::str::from_utf8(body).map_err(|_| WebhookError::body("body", "is not UTF-8"))?;
        let json: Self = serde_json::from_str(text)
            .map_err(|_| WebhookError::body("body", "is not JSON, or nested too deeply"))?;
        json.refuse_double_keys(&Place::Root)?;
        Ok(json)
    }

    /// The value as the root of paths.
    pub(crate) const fn root(&self) -> Node<'_> {
        Node { path: String::new(), value: self }
    }

    /// The same object with one more field; a value that is no object stays as it is.
    pub(crate) fn with(mut self, name: &str, value: Self) -> Self {
        if let Self::Object(fields) = &mut self {
            fields.retain(|(key, _)| key != name);
            fields.push((name.to_owned(), value));
        }
        self
    }

    // The depth is bounded by the parser, which stops at 128.
    fn refuse_double_keys(&self, place: &Place<'_>) -> Result<(), WebhookError> {
        match self {
            Self::Object(fields) => {
                let mut seen = BTreeSet::new();
                for (key, value) in fields {
                    let place = Place::Field(place, key);
                    if !seen.insert(key) {
                        return Err(WebhookError::body(place.path(), "occurs twice"));
                    }
                    value.refuse_double_keys(&place)?;
                }
                Ok(())
            }
            Self::List(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| item.refuse_double_keys(&Place::Item(place, index))),
            Self::Null | Self::Bool | Self::Integer(_) | Self::OtherNumber | Self::Text(_) => {
                Ok(())
            }
        }
    }
}

/// Where one is while a value is walked through; its path is written only where there is an error.
enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(of, name) => join(&of.path(), name),
            Self::Item(of, index) => join_index(&of.path(), *index),
        }
    }
}

/// A value and where it stands.
pub(crate) struct Node<'a> {
    path: String,
    value: &'a Json,
}

impl<'a> Node<'a> {
    /// The field, if this is an object that has it. Null counts as absent.
    pub(crate) fn find(&self, name: &str) -> Option<Node<'a>> {
        let Json::Object(fields) = self.value else { return None };
        let (_, value) = fields.iter().find(|(key, _)| key == name)?;
        if matches!(value, Json::Null) {
            return None;
        }
        Some(Node { path: join(&self.path, name), value })
    }

    /// The field, which must be there.
    pub(crate) fn field(&self, name: &str) -> Result<Node<'a>, WebhookError> {
        if !matches!(self.value, Json::Object(_)) {
            return Err(self.refuse("is not an object"));
        }
        self.find(name).ok_or_else(|| WebhookError::body(join(&self.path, name), "is missing"))
    }

    /// The value by itself.
    pub(crate) fn detached(&self) -> Json {
        self.value.clone()
    }

    /// The values of a list, each with its place in its path: `data[0]`.
    pub(crate) fn items(&self) -> Result<Vec<Node<'a>>, WebhookError> {
        match self.value {
            Json::List(items) => {
                let path = |index| join_index(&self.path, index);
                let item = |(index, value)| Node { path: path(index), value };
                Ok(items.iter().enumerate().map(item).collect())
            }
            Json::Null
            | Json::Bool
            | Json::Integer(_)
            | Json::OtherNumber
            | Json::Text(_)
            | Json::Object(_) => Err(self.refuse("is not a list")),
        }
    }

    /// The value as text.
    pub(crate) fn text(&self) -> Result<&'a str, WebhookError> {
        match self.value {
            Json::Text(text) => Ok(text),
            Json::Null
            | Json::Bool
            | Json::Integer(_)
            | Json::OtherNumber
            | Json::List(_)
            | Json::Object(_) => Err(self.refuse("is not text")),
        }
    }

    /// The value as text, if it is text.
    pub(crate) fn as_text(&self) -> Option<&'a str> {
        self.text().ok()
    }

    /// The value as an instant in RFC 3339.
    pub(crate) fn instant(&self) -> Result<DateTime<Utc>, WebhookError> {
        let instant = DateTime::parse_from_rfc3339(self.text()?);
        instant
            .map(|it| it.to_utc())
            .map_err(|_| self.refuse("is not a time such as 2026-01-31T00:00:00Z"))
    }

    /// The value as a whole number.
    pub(crate) fn integer(&self) -> Result<u64, WebhookError> {
        match self.value {
            Json::Integer(number) => Ok(*number),
            Json::OtherNumber => Err(self.refuse("is not a whole number from 0 to 2^64 - 1")),
            Json::Null | Json::Bool | Json::Text(_) | Json::List(_) | Json::Object(_) => {
                Err(self.refuse("is not a number"))
            }
        }
    }

    /// An id, which providers send as text or as a whole number.
    pub(crate) fn id_text(&self) -> Result<String, WebhookError> {
        match self.value {
            Json::Integer(number) => Ok(number.to_string()),
            Json::Text(_) => Ok(self.token()?.to_owned()),
            Json::Null | Json::Bool | Json::OtherNumber | Json::List(_) | Json::Object(_) => {
                Err(self.refuse("is neither text nor a whole number"))
            }
        }
    }

    /// The value as an opaque identifier: safe to log, to store, to put in a key.
    pub(crate) fn token(&self) -> Result<&'a str, WebhookError> {
        let text = self.text()?;
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.:-".contains(&b);
        if (1..=128).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(text)
        } else {
            Err(self.refuse("is not 1 to 128 letters, digits, _, ., : and -"))
        }
    }

    /// An error about this value.
    pub(crate) fn refuse(&self, reason: &'static str) -> WebhookError {
        let field = if self.path.is_empty() { "body" } else { &self.path };
        WebhookError::body(field, reason)
    }
}

/// The longest path in an error: keys come from outside.
const LONGEST_PATH: usize = 200;

fn join(path: &str, name: &str) -> String {
    cut(if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") })
}

fn join_index(path: &str, index: usize) -> String {
    cut(format!("{path}[{index}]"))
}

fn cut(full: String) -> String {
    if full.chars().count() > LONGEST_PATH {
        return full.chars().take(LONGEST_PATH).collect();
    }
    full
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Bool)
    }
    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Integer(number))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(u64::try_from(number).map_or(Json::OtherNumber, Json::Integer))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }
    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            fields.push(entry);
        }
        Ok(Json::Object(fields))
    }
}

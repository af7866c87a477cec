//! Hides the secrets of a JSON value. Pure.

use serde_json::{Map, Value};

use super::rule::{MARK, Rule};

/// Members that hold the name of a setting or header, where its value stands beside it.
const NAMES: [&str; 5] = ["name", "key", "header", "field", "param"];
/// The members beside such a name.
const VALUES: [&str; 3] = ["value", "values", "val"];

impl Rule {
    /// Puts a mark in place of each secret; says whether there was any. What lies below a secret key is hidden
    /// whole, with its keys and their number.
    pub(super) fn json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => self.json_text(text),
            Value::Array(items) if are_pairs(items) => self.pairs(items),
            Value::Array(items) => {
                let mut found = false;
                for item in items {
                    found |= self.json(item);
                }
                found
            }
            Value::Object(members) => self.object(members),
            _ => false,
        }
    }

    fn json_text(&self, text: &mut String) -> bool {
        let hidden = self.text(text);
        let found = hidden != *text;
        if found {
            *text = hidden.into_owned();
        }
        found
    }

    fn object(&self, members: &mut Map<String, Value>) -> bool {
        let names_secret = NAMES.iter().any(|name| {
            let name = members.get(*name).and_then(Value::as_str);
            name.is_some_and(|name| self.is_secret(name))
        });
        let mut found = false;
        for (key, value) in members.iter_mut() {
            let is_its_value = names_secret && VALUES.contains(&key.as_str());
            found |= if is_its_value || self.is_secret(key) {
                hide(value)
            } else {
                self.json(value)
            };
        }
        // A key may be an address with its password.
        let tells = |key: &String| self.text(key) != *key;
        if members.keys().any(tells) {
            let all = std::mem::take(members);
            members.extend(
                all.into_iter()
                    .map(|(key, value)| (self.text(&key).into_owned(), value)),
            );
            found = true;
        }
        found
    }

    /// Hides the second of each pair whose first is a secret key.
    fn pairs(&self, items: &mut [Value]) -> bool {
        let mut found = false;
        for item in items {
            let Value::Array(pair) = item else { continue };
            let [key, value] = pair.as_mut_slice() else {
                continue;
            };
            found |= match key.as_str() {
                Some(key) if self.is_secret(key) => hide(value),
                _ => self.json(value),
            };
            found |= self.json(key);
        }
        found
    }
}

/// Whether a list is one of names with their values, as headers are written.
fn are_pairs(items: &[Value]) -> bool {
    let is_pair = |item: &Value| {
        let pair = item.as_array();
        pair.is_some_and(|pair| pair.len() == 2 && pair[0].is_string())
    };
    !items.is_empty() && items.iter().all(is_pair)
}

/// Hides a value whole. That there is none tells no secret, and often what went wrong.
fn hide(value: &mut Value) -> bool {
    let is_nothing = match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Number(_) => false,
    };
    if !is_nothing {
        *value = Value::String(MARK.to_owned());
    }
    !is_nothing
}

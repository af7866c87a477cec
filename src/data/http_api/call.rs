//! The request for an act: a method, a path and a body with placeholders.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The value of each placeholder, such as `{actor}`.
pub(in crate::data) type Words = BTreeMap<&'static str, Value>;

/// `[api.FILE]` of a `source.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `PATCH`.
    pub method: String,
    /// The path below the profile's `api_url`, with `{task}`, `{step}` or `{entry}` in it.
    path: String,
    /// The body. A text that is only a placeholder becomes its value, of whatever type; in a longer text
    /// the value is inserted as text.
    #[serde(default)]
    body: Value,
    /// The state of the subject after the act; empty for entries.
    #[serde(default)]
    pub becomes: String,
}

impl Call {
    /// The path of one act.
    ///
    /// # Errors
    ///
    /// If it names an unknown placeholder.
    pub(super) fn path(&self, words: &Words) -> Result<String, String> {
        let path = put(&self.path, words);
        if path.contains(['{', '}']) {
            return Err(format!("nothing is known for {path}"));
        }
        Ok(path)
    }

    /// The body of one act.
    pub(super) fn body(&self, words: &Words) -> Value {
        filled(&self.body, words)
    }
}

fn filled(value: &Value, words: &Words) -> Value {
    match value {
        Value::String(text) => whole(text, words)
            .cloned()
            .unwrap_or_else(|| Value::String(put(text, words))),
        Value::Array(items) => items.iter().map(|item| filled(item, words)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), filled(value, words)))
            .collect(),
        other => other.clone(),
    }
}

/// The value of a text that is only a placeholder.
fn whole<'w>(text: &str, words: &'w Words) -> Option<&'w Value> {
    words.get(text.strip_prefix('{')?.strip_suffix('}')?)
}

/// Inserts text values, once from left to right: inserted text is not replaced again.
fn put(text: &str, words: &Words) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        done.push_str(&rest[..start]);
        let inside = &rest[start + 1..];
        let known = inside.find('}').and_then(|end| {
            let word = words.get(&inside[..end])?;
            Some((word.as_str()?, end))
        });
        if let Some((word, end)) = known {
            done.push_str(word);
            rest = &inside[end + 1..];
        } else {
            done.push('{');
            rest = inside;
        }
    }
    done.push_str(rest);
    done
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(text: &str) -> Call {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_body_is_filled_after_it_was_read() {
        let call = call(
            "method = \"PATCH\"\npath = \"/v1/tasks/{task}\"\n\
             body = { by = \"{actor}\", why = \"({reason})\", data = { result = \"{result}\" } }",
        );
        let words: Words = BTreeMap::from([
            ("task", json!("7")),
            ("actor", json!("ana\", \"admin\": \"yes")),
            ("reason", json!("{actor} says \"so\"")),
            ("result", json!({"n": [1, null]})),
        ]);
        assert_eq!(call.path(&words).unwrap(), "/v1/tasks/7");
        assert_eq!(
            call.body(&words),
            json!({
                "by": "ana\", \"admin\": \"yes",
                "why": "({actor} says \"so\")",
                "data": {"result": {"n": [1, null]}},
            })
        );
    }

    #[test]
    fn a_path_that_names_what_is_not_known_is_not_taken() {
        let call = call("method = \"PATCH\"\npath = \"/v1/{step}\"");
        assert!(call.path(&Words::new()).is_err());
    }

    #[test]
    fn a_key_that_nobody_knows_is_an_error() {
        let read = toml::from_str::<Call>("method = \"PATCH\"\npath = \"/\"\nheaders = 1");
        assert!(read.is_err());
    }
}

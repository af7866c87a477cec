//! What is a secret in texts and JSON that others wrote, and how it is hidden: one rule for every source and
//! every way out. Pure.
//!
//! Keys are recognised by whole words (`keys`), texts are searched for keys with values, passwords in addresses and
//! tokens (`text`), JSON is walked (`json`). [`SafeText`](crate::data::model::safe_text::SafeText) applies the rule
//! to every text of a database or an API, `reads` to JSON, the log to its lines. A new kind of secret is a row in
//! `keys`, or a shape in `text`.
//!
//! The rule is one for the whole program, set once from the configuration: a text is decoded where no rule can be
//! handed over.

mod address;
mod json;
mod keys;
mod rule;
mod text;
mod value;

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

pub use self::rule::{MARK, Rule};

/// The rule of the configuration.
static CONFIGURED: OnceLock<Rule> = OnceLock::new();
/// The rule until that is known, and without one.
static BUILT_IN: LazyLock<Rule> = LazyLock::new(Rule::default);

/// The rule in force.
fn rule() -> &'static Rule {
    CONFIGURED.get().unwrap_or(&BUILT_IN)
}

/// Puts a rule in force for the whole program: once, before anything is read. Says whether it is in force.
pub fn install(rule: Rule) -> bool {
    CONFIGURED.set(rule).is_ok()
}

/// The text with a mark in place of each secret; the same text if there is none.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    rule().text(text)
}

/// Puts a mark in place of each secret of a JSON value; says whether there was any.
pub fn json(value: &mut Value) -> bool {
    rule().json(value)
}

/// Puts a mark in place of a JSON value, or of what is secret in it, that stands at this path: `a.b[c].password`.
pub fn json_at(path: &str, value: &mut Value) {
    let mut keys = path.split(['.', '[', ']']);
    if keys.any(|key| rule().is_secret(key)) {
        *value = Value::String(MARK.to_owned());
    } else {
        rule().json(value);
    }
}

/// Whether a JSON value holds the mark: what was copied from a screen or an export, and must not be written back.
#[must_use]
pub fn holds_mark(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(MARK),
        Value::Array(items) => items.iter().any(holds_mark),
        Value::Object(members) => {
            let mut members = members.iter();
            members.any(|(key, value)| key.contains(MARK) || holds_mark(value))
        }
        _ => false,
    }
}

/// Whether a key of the configuration names anything.
#[must_use]
pub fn is_key(key: &str) -> bool {
    !keys::words(key).is_empty()
}

#[cfg(test)]
mod tests;

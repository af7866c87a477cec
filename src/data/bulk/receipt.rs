//! The receipt of a bulk run: who did what to what, where, when, why, and the result of each act.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::data::messages::change::Change;
use crate::data::messages::command::{Outcome, Write};
use crate::data::model::safe_text::SafeText;

/// Who did it, where, and when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstances {
    /// Who.
    pub actor: SafeText,
    /// The profile.
    pub profile: SafeText,
    /// When the outcome was known.
    pub at: DateTime<Utc>,
}

/// The receipt as JSON. All its text is safe to print.
#[must_use]
pub fn receipt(write: &Write, outcome: &Outcome, when: &Circumstances) -> Value {
    let subjects: Vec<Value> = outcome
        .items
        .iter()
        .map(|item| {
            json!({
                "id": item.id,
                "label": item.label,
                "result": item.result,
            })
        })
        .collect();
    json!({
        "batch": write.batch,
        "actor": when.actor,
        "profile": when.profile,
        "at": when.at,
        "action": outcome.action,
        "details": details(&write.change),
        "reason": SafeText::new(&write.reason),
        "pace": {
            "canary_seconds": write.pace.canary.map(|time| time.as_secs_f64()),
            "per_second": write.pace.per_second,
            "halt_after": write.pace.halt_after,
        },
        "tally": outcome.tally(),
        "subjects": subjects,
    })
}

/// The verb with its parameters.
fn details(change: &Change) -> Value {
    let verb = match change {
        Change::Steps(verb, _) => json!(verb),
        Change::Tasks(verb, _) => json!(verb),
        Change::Entries(verb, _) => json!(verb),
    };
    safe(&verb)
}

/// The same value with its text made safe.
fn safe(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(SafeText::new(text).as_str().to_owned()),
        Value::Array(values) => Value::Array(values.iter().map(safe).collect()),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (SafeText::new(name).as_str().to_owned(), safe(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        plain => plain.clone(),
    }
}

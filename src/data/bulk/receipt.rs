//! The receipt of a bulk run: who did what to what, where, when, why, the result of each act, and what became
//! of what was retried.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::data::bulk::retry_outcome::{Retried, Verdict, VerdictTally};
use crate::data::messages::change::Change;
use crate::data::messages::command::{Item, ItemResult, Outcome, Write};
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

/// The receipt as JSON. All its text is safe to print. `retried` is what is known of what was retried; `None` if
/// nothing can be known, or nobody has asked yet.
#[must_use]
pub fn receipt(
    write: &Write,
    outcome: &Outcome,
    when: &Circumstances,
    retried: Option<&BTreeMap<Uuid, Retried>>,
) -> Value {
    let items = outcome.items.iter();
    let subjects: Vec<Value> = items.map(|item| subject(item, retried)).collect();
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
        "retries": retried.map(|retried| retries_tally(outcome, retried)),
        "subjects": subjects,
    })
}

/// One subject: its result; if it was retried, how that turned out.
#[must_use]
pub fn subject(item: &Item, retried: Option<&BTreeMap<Uuid, Retried>>) -> Value {
    let mut subject = json!({
        "id": item.id,
        "label": item.label,
        "result": item.result,
    });
    if let Some(retried) = retried.filter(|_| is_done(item)) {
        let answer = retried.get(&item.id);
        let verdict = answer.and_then(|answer| answer.verdict);
        subject["retry"] = json!({
            "verdict": verdict.map_or("running", Verdict::as_str),
            "state": answer.map(|answer| &answer.state),
            "error": answer.and_then(|answer| answer.error.as_ref()),
            "final": answer.is_some_and(|answer| answer.settled),
        });
    }
    subject
}

/// How many of those that were retried turned out how.
#[must_use]
pub fn retries_tally(outcome: &Outcome, retried: &BTreeMap<Uuid, Retried>) -> VerdictTally {
    let sent = outcome.items.iter().filter(|item| is_done(item));
    VerdictTally::of(sent.map(|item| retried.get(&item.id)))
}

const fn is_done(item: &Item) -> bool {
    matches!(item.result, ItemResult::Done { .. })
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

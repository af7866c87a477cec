//! What differs between two configurations, key by key.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::check::is_minutes;
use crate::data::model::safe_text::SafeText;
use crate::data::redaction;

/// More of a value than this is not repeated.
const SHOWN_CHARS: usize = 60;

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// `steps[capture].timeout_seconds`.
    pub path: SafeText,
    /// What was there, if anything.
    pub before: Option<Value>,
    /// What will be there, if anything.
    pub after: Option<Value>,
}

impl Change {
    /// `+ path: after`, `- path: before`, or `~ path: before → after`.
    #[must_use]
    pub fn line(&self) -> String {
        let path = &self.path;
        match (&self.before, &self.after) {
            (None, Some(after)) => format!("+ {path}: {}", shown(after)),
            (Some(before), None) => format!("- {path}: {}", shown(before)),
            (before, after) => {
                let shown = |value: &Option<Value>| value.as_ref().map_or_else(String::new, shown);
                format!("~ {path}: {} → {}", shown(before), shown(after))
            }
        }
    }
}

/// A value on one line, cut where it is long, safe to print.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().take(SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    SafeText::from(short).to_string()
}

/// All differences but those of the thresholds, which are told apart from the rest. Steps are
/// compared with the step of the same name.
#[must_use]
pub fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let mut found = Vec::new();
    maps("", before, after, &mut found);
    found.retain(|change| !is_threshold(change));
    for change in &mut found {
        // A schema describes a password and holds none.
        if !change.path.as_str().starts_with("input_schema") {
            let values = [&mut change.before, &mut change.after];
            for value in values.into_iter().flatten() {
                redaction::json_at(change.path.as_str(), value);
            }
        }
    }
    found
}

/// Whether this is told with the thresholds in force. A value that no threshold can have is not:
/// there is no other way to see it go.
fn is_threshold(change: &Change) -> bool {
    let path = change.path.as_str();
    let usable = |value: &Option<Value>| {
        value
            .as_ref()
            .is_none_or(|value| value.as_f64().is_some_and(is_minutes))
    };
    path.starts_with("lifecycle.max_")
        && path.ends_with("_minutes")
        && usable(&change.before)
        && usable(&change.after)
}

fn maps(
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Vec<Change>,
) {
    for (key, old) in before {
        values(&below(path, key), Some(old), after.get(key), found);
    }
    for (key, new) in after {
        if !before.contains_key(key) {
            values(&below(path, key), None, Some(new), found);
        }
    }
}

fn values(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    if before == after {
        return;
    }
    match (before, after) {
        // 30 and 30.0 are one number to the database
        (Some(Value::Number(before)), Some(Value::Number(after)))
            if before.as_f64() == after.as_f64() => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            maps(path, before, after, found);
        }
        (None, Some(Value::Object(after))) if path == "lifecycle" => {
            maps(path, &Map::new(), after, found);
        }
        (Some(Value::Object(before)), None) if path == "lifecycle" => {
            maps(path, before, &Map::new(), found);
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if path == "steps" => {
            steps(before, after, found);
        }
        _ => found.push(Change {
            path: path.into(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn steps(before: &[Value], after: &[Value], found: &mut Vec<Change>) {
    let (old, new) = (by_name(before), by_name(after));
    for step in before
        .iter()
        .chain(after.iter().filter(|step| !old.contains_key(name(step))))
    {
        let name = name(step);
        let path = format!("steps[{name}]");
        values(&path, old.get(name).copied(), new.get(name).copied(), found);
    }
    let order = |of: &[Value], others: &HashMap<&str, &Value>| -> Vec<Value> {
        let names = of.iter().map(name).filter(|name| others.contains_key(name));
        names.map(Value::from).collect()
    };
    let (was, becomes) = (order(before, &new), order(after, &old));
    if was != becomes {
        found.push(Change {
            path: "steps in the order".into(),
            before: Some(was.into()),
            after: Some(becomes.into()),
        });
    }
}

fn name(step: &Value) -> &str {
    step["name"].as_str().unwrap_or_default()
}

fn by_name(steps: &[Value]) -> HashMap<&str, &Value> {
    steps.iter().map(|step| (name(step), step)).collect()
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(before: &Value, after: &Value) -> Vec<String> {
        let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
        changes(before, after).iter().map(Change::line).collect()
    }

    #[test]
    fn steps_are_compared_by_name_and_thresholds_are_left_out() {
        let before = json!({
            "description": "old",
            "lifecycle": {"max_waiting_for_retry_minutes": 5, "staleness_action": "alert"},
            "steps": [
                {"name": "one", "timeout_seconds": 30},
                {"name": "two"},
                {"name": "three"},
            ],
        });
        let after = json!({
            "lifecycle": {"max_waiting_for_retry_minutes": 50, "auto_fail_on_timeout": false},
            "metadata": {"author": "ana"},
            "steps": [
                {"name": "three"},
                {"name": "one", "timeout_seconds": 60},
                {"name": "four"},
            ],
        });
        assert_eq!(
            lines(&before, &after),
            [
                "- description: \"old\"",
                "- lifecycle.staleness_action: \"alert\"",
                "+ lifecycle.auto_fail_on_timeout: false",
                "~ steps[one].timeout_seconds: 30 → 60",
                "- steps[two]: {\"name\":\"two\"}",
                "+ steps[four]: {\"name\":\"four\"}",
                "~ steps in the order: [\"one\",\"three\"] → [\"three\",\"one\"]",
                "+ metadata: {\"author\":\"ana\"}",
            ]
        );
        assert!(lines(&after, &after).is_empty());
    }

    #[test]
    fn a_threshold_that_was_none_is_seen_to_go() {
        let before = json!({"lifecycle": {"max_duration_minutes": "30m"}});
        let after = json!({"lifecycle": {"max_duration_minutes": 30}});
        assert_eq!(
            lines(&before, &after),
            ["~ lifecycle.max_duration_minutes: \"30m\" → 30"]
        );
    }

    #[test]
    fn a_new_lifecycle_is_told_key_by_key() {
        let after = json!({"lifecycle": {"max_duration_minutes": 5, "staleness_action": "alert"}});
        assert_eq!(
            lines(&json!({}), &after),
            ["+ lifecycle.staleness_action: \"alert\""]
        );
    }

    #[test]
    fn long_and_hostile_values_are_cut_and_spelt_out() {
        let after = json!({"description": format!("\u{1b}[2J\u{202e}{}", "x".repeat(500))});
        let [line] = &lines(&json!({}), &after)[..] else {
            panic!("one change");
        };
        assert!(
            line.contains("\\u001b[2J") && line.contains("\\u{202e}"),
            "{line}"
        );
        assert!(line.chars().count() < 120 && line.ends_with('…'), "{line}");
    }
}

//! A stored template as YAML that can be applied again.

use saphyr::{EmitError, Mapping, Scalar, ScalarStyle, Yaml, YamlEmitter};
use serde_json::{Map, Value};

use super::check;
use crate::data::model::safe_text::is_unsafe;

/// Writes a template down. Names and configuration are as the database has them, so that what comes
/// out may have faults; [`super::read`] tells.
///
/// Nothing in it is a character that a terminal could obey: such are written as escapes, which mean
/// the same.
///
/// # Errors
///
/// [`EmitError`]; a text can always be written to.
pub fn yaml(names: [&str; 3], configuration: &Map<String, Value>) -> Result<String, EmitError> {
    let [namespace_name, name, version] = names;
    let mut all = Map::new();
    for (key, value) in [
        ("name", name),
        ("namespace_name", namespace_name),
        ("version", version),
    ] {
        all.insert(key.to_owned(), value.into());
    }
    for (key, value) in configuration {
        all.entry(key).or_insert_with(|| value.clone());
    }
    let known: Vec<&str> = check::known().collect();
    let mut text = String::new();
    YamlEmitter::new(&mut text).dump(&mapping(&all, &known))?;
    // The mark of a document's beginning says nothing where there is one document.
    let text = text.strip_prefix("---\n").unwrap_or(&text);
    Ok(format!("{text}\n"))
}

/// The known keys in their own order, then the others.
fn mapping(map: &Map<String, Value>, known: &[&str]) -> Yaml<'static> {
    let first = known.iter().filter_map(|key| map.get_key_value(*key));
    let rest = map.iter().filter(|(key, _)| !known.contains(&key.as_str()));
    let entries = first
        .chain(rest)
        .map(|(key, value)| (text(key), node(key, value)));
    Yaml::Mapping(entries.collect::<Mapping<'static>>())
}

/// `parent` is the key that the value stands behind.
fn node(parent: &str, value: &Value) -> Yaml<'static> {
    match value {
        Value::Null => Yaml::Value(Scalar::Null),
        Value::Bool(flag) => Yaml::Value(Scalar::Boolean(*flag)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Yaml::Value(Scalar::Integer(whole)),
            (None, Some(real)) => Yaml::Value(Scalar::FloatingPoint(real.into())),
            (None, None) => text(&number.to_string()),
        },
        Value::String(value) => text(value),
        Value::Array(items) => {
            Yaml::Sequence(items.iter().map(|item| node(parent, item)).collect())
        }
        Value::Object(map) => mapping(map, &check::known_within(parent)),
    }
}

/// A text; in quotes and with escapes where it holds what a terminal could obey.
fn text(text: &str) -> Yaml<'static> {
    if !text.chars().any(|c| c != '\n' && is_unsafe(c)) {
        return Yaml::Value(Scalar::String(text.to_owned().into()));
    }
    let mut escaped = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped += "\\n",
            _ if is_unsafe(c) => escaped.extend(format!("\\U{:08x}", u32::from(c)).chars()),
            _ => escaped.push(c),
        }
    }
    Yaml::Representation(escaped.into(), ScalarStyle::DoubleQuoted, None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::read;
    use super::*;

    fn again(configuration: &Value) -> Value {
        let map = configuration.as_object().unwrap();
        let written = yaml(["pay", "charge", "1.0"], map).unwrap();
        let raw = written.chars().find(|c| *c != '\n' && is_unsafe(*c));
        assert_eq!(raw, None, "{written:?}");
        let template = read(&written).unwrap_or_else(|faults| panic!("{faults:?}\n{written}"));
        assert_eq!(template.version, "1.0");
        template.configuration.into()
    }

    #[test]
    fn known_keys_come_in_the_order_in_which_people_write_them() {
        let stored = json!({
            "steps": [{"retry": {"max_backoff_ms": 5, "retryable": true}, "name": "one"}],
            "lifecycle": {"staleness_action": "alert", "max_waiting_for_retry_minutes": 0.5},
        });
        let written = yaml(["pay", "charge", "1.0"], stored.as_object().unwrap()).unwrap();
        assert_eq!(
            written,
            "name: charge\nnamespace_name: pay\nversion: \"1.0\"\nlifecycle:\n  \
             max_waiting_for_retry_minutes: 0.5\n  staleness_action: alert\nsteps:\n  - name: one\n    \
             retry:\n      retryable: true\n      max_backoff_ms: 5\n"
        );
        assert_eq!(again(&stored), stored);
    }

    fn anything() -> impl Strategy<Value = Value> {
        let awkward = prop_oneof![
            any::<String>(),
            "[-:#~ 0-9.eE+xnoy{}\\[\\],\"'|>&*!%@\n\t]{0,8}",
            Just("null".to_owned()),
            Just("1.10".to_owned()),
        ]
        .prop_map(|text| text.replace('\0', ""));
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            awkward.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(awkward.clone(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(schema in anything(), said in any::<String>()) {
            let stored = json!({
                "description": said.replace('\0', ""),
                "input_schema": {"x": schema},
                "steps": [{"name": "one"}],
            });
            prop_assert_eq!(again(&stored), stored);
        }
    }
}

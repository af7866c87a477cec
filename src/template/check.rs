//! What a template file may hold, and what its steps may wait for.

mod keys;
mod steps;

use serde_json::{Map, Value};

use super::definition::Template;
use super::fault::Fault;
use super::parse::tree::{Content, Node};
use crate::data::model::safe_text::{SafeText, is_unsafe};
use keys::{ALIKE, Key, Kind, MOST_MINUTES, TEMPLATE};

/// More of a value than this is not repeated in a fault.
const QUOTED_CHARS: usize = 40;
/// Checks a whole file. Nothing if it is no mapping; else what could be made of it, good only if
/// there are no faults.
pub(super) fn template(root: &Node, faults: &mut Vec<Fault>) -> Option<Template> {
    if !matches!(root.content, Content::Map(_)) {
        let what = format!("a template is a mapping with {}", list(&names(TEMPLATE)));
        faults.push(root.at.fault("", what));
        return None;
    }
    let mut kept = Checker { faults }.map(root, TEMPLATE, "");
    steps::check(root, faults);
    steps::honour_backoff(&mut kept);
    let mut text = |key| match kept.shift_remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    Some(Template {
        name: text("name")?,
        namespace_name: text("namespace_name")?,
        version: text("version")?,
        configuration: kept,
    })
}

/// Whether this can be a threshold, as `lifecycle_minutes` has it.
pub(super) fn is_minutes(minutes: f64) -> bool {
    (0.01..=MOST_MINUTES).contains(&minutes)
}

/// The keys that a template file knows at its top, in their order.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    TEMPLATE.iter().map(|key| key.name)
}

/// The keys that `lifecycle`, a step or a retry knows, in their order.
pub(super) fn known_within(parent: &str) -> Vec<&'static str> {
    match parent {
        "lifecycle" => names(keys::LIFECYCLE),
        "metadata" => names(keys::METADATA),
        "steps" => names(keys::STEP),
        "retry" => names(keys::RETRY),
        _ => Vec::new(),
    }
}

struct Checker<'f> {
    faults: &'f mut Vec<Fault>,
}

impl Checker<'_> {
    /// The value as it is stored, or nothing after a fault.
    fn value(&mut self, node: &Node, kind: &Kind, path: &str) -> Option<Value> {
        let fits = match (kind, &node.content) {
            (Kind::Map(keys), Content::Map(_)) => {
                return Some(self.map(node, keys, path).into());
            }
            (Kind::List(kind), Content::List(items)) => {
                return Some(self.list(items, kind, path));
            }
            (Kind::Either(_, kind), Content::Map(_)) | (Kind::Either(kind, _), _) => {
                return self.value(node, kind, path);
            }
            (Kind::Free, Content::Map(_))
            | (Kind::Structure, Content::Map(_) | Content::List(_))
            | (Kind::Anything, _) => Ok(free(node)),
            (_, Content::Scalar(value, raw)) => scalar(value, raw, kind),
            (_, Content::Map(_)) => Err("a mapping".to_owned()),
            (_, Content::List(_)) => Err("a list".to_owned()),
        };
        fits.map_err(|is| {
            let what = format!("{is} stands here: write {kind}");
            self.faults.push(node.at.fault(path, what));
        })
        .ok()
    }

    fn map(&mut self, node: &Node, keys: &[Key], path: &str) -> Map<String, Value> {
        let mut checked = Map::new();
        let Content::Map(entries) = &node.content else {
            return checked;
        };
        for entry in entries {
            if keys.iter().all(|key| key.name != entry.key) {
                let what = unknown(&entry.key, keys);
                self.faults
                    .push(entry.at.fault(&below(path, &entry.key), what));
            }
        }
        for key in keys {
            let path = below(path, key.name);
            match node.get(key.name) {
                Some(value) if !value.is_null() => {
                    if let Some(value) = self.value(value, &key.kind, &path) {
                        checked.insert(key.name.to_owned(), value);
                    }
                }
                Some(_) if key.carried => {
                    checked.insert(key.name.to_owned(), Value::Null);
                }
                given if key.required => {
                    let at = given.map_or(node.at, |given| given.at);
                    let what = format!("is missing: write {}", key.kind);
                    self.faults.push(at.fault(&path, what));
                }
                // A key with nothing behind it says nothing.
                _ => {}
            }
        }
        checked
    }

    fn list(&mut self, items: &[Node], kind: &Kind, path: &str) -> Value {
        let checked = items.iter().enumerate().filter_map(|(at, item)| {
            let path = match item.get("name").and_then(Node::text) {
                Some(name) => format!("{path}[{name}]"),
                None => format!("{path}[{}]", at + 1),
            };
            self.value(item, kind, &path)
        });
        checked.collect()
    }
}

/// The value as it is stored, or what stands there instead.
fn scalar(value: &Value, raw: &str, kind: &Kind) -> Result<Value, String> {
    let fits = match (kind, value) {
        (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) => true,
        (Kind::Name { most, without }, Value::String(name)) => {
            name_fits(name, *most, without)?;
            true
        }
        (Kind::Minutes, Value::Number(minutes)) => minutes.as_f64().is_some_and(is_minutes),
        (Kind::Whole { least, most }, Value::Number(whole)) => whole
            .as_i64()
            .is_some_and(|whole| (*least..=*most).contains(&whole)),
        (Kind::OneOf(allowed), Value::String(word)) => allowed.contains(&word.as_str()),
        _ => false,
    };
    if fits {
        return Ok(value.clone());
    }
    let quoted: String = raw.chars().take(QUOTED_CHARS).collect();
    Err(match value {
        Value::Null => "nothing".to_owned(),
        Value::String(_) => format!("the text {quoted:?}"),
        Value::Bool(_) => format!("the flag {quoted}"),
        _ if matches!(kind, Kind::Text | Kind::Name { .. }) => {
            format!("the number {quoted}, which as a text is \"{quoted}\",")
        }
        _ => format!("the number {quoted}"),
    })
}

fn name_fits(name: &str, most: usize, without: &[char]) -> Result<(), String> {
    let length = name.chars().count();
    if name.trim().is_empty() {
        Err("a blank name".to_owned())
    } else if length > most {
        Err(format!("a name of {length} characters"))
    } else if let Some(c) = name.chars().find(|c| without.contains(c) || is_unsafe(*c)) {
        let shown = SafeText::from(c.to_string());
        Err(format!("a name with the character {shown}"))
    } else {
        Ok(())
    }
}

/// A value that may be anything.
fn free(node: &Node) -> Value {
    match &node.content {
        Content::Scalar(value, _) => value.clone(),
        Content::List(items) => items.iter().map(free).collect(),
        Content::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), free(&entry.value)))
            .collect(),
    }
}

fn unknown(key: &str, keys: &[Key]) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(key, known);
    let nearest = keys
        .iter()
        .map(|known| (likeness(known.name), known.name))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(alike, _)| *alike >= ALIKE);
    match nearest {
        Some((_, known)) => format!("unknown key; did you mean {known}?"),
        None => format!("unknown key; known are {}", list(&names(keys))),
    }
}

fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

fn below(path: &str, key: &str) -> String {
    let key: String = key.chars().take(QUOTED_CHARS).collect();
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// "a, b and c".
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;

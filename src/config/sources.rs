//! `[sources.NAME]`: what is to be set otherwise of the systems that can be looked at.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file;
use super::nearest;
use super::problem::shown;
use crate::data::source::{Kind, Shelf};

/// The section that each is a part of.
pub(super) const SECTION: &str = "sources";

/// Settings by source.
pub type Sources = BTreeMap<String, BTreeMap<String, toml::Value>>;

/// The settings of all sources that the program was built with, as comments with their defaults.
pub(super) fn skeleton() -> String {
    let mut text = String::new();
    for kind in Shelf::embedded().kinds {
        let settings = &kind.manifest.settings;
        if settings.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "\n# {}: {}.",
            kind.manifest.title, kind.manifest.summary
        );
        let _ = writeln!(text, "#[{SECTION}.{}]", kind.name);
        for (name, value) in settings {
            let _ = writeln!(text, "#{name} = {value}");
        }
    }
    text
}

/// What one section says, and what is wrong with it, by the places in the text.
pub(super) fn read(
    name: &Spanned<std::borrow::Cow<'_, str>>,
    table: &DeTable<'_>,
) -> (BTreeMap<String, toml::Value>, Vec<(usize, String)>) {
    let shelf = file::sources().map_or_else(Shelf::embedded, |folder| Shelf::with(&folder));
    let Some(kind) = shelf
        .kinds
        .iter()
        .find(|kind| kind.name == **name.get_ref())
    else {
        let names = shelf.kinds.iter().map(|kind| kind.name.as_str());
        let given = shown(name.get_ref());
        let known: Vec<&str> = names.clone().collect();
        let what = nearest::among(&given, names).map_or_else(
            || format!("there is no source {given}: there are {}", known.join(", ")),
            |meant| format!("there is no source {given}: did you mean {meant}?"),
        );
        return (BTreeMap::new(), vec![(name.span().start, what)]);
    };
    let (mut settings, mut faults) = (BTreeMap::new(), Vec::new());
    for (key, value) in table {
        match setting(kind, key.get_ref(), value.get_ref()) {
            Ok(value) => {
                settings.insert(key.get_ref().to_string(), value);
            }
            Err(what) => faults.push((key.span().start, what)),
        }
    }
    (settings, faults)
}

fn setting(kind: &Kind, key: &str, value: &DeValue<'_>) -> Result<toml::Value, String> {
    let known = &kind.manifest.settings;
    if !known.contains_key(key) {
        let key = shown(key);
        let names = known.keys().map(String::as_str);
        return Err(match nearest::among(&key, names.clone()) {
            Some(meant) => format!("{} has no setting {key}: did you mean {meant}?", kind.name),
            None if known.is_empty() => format!("{} has no settings", kind.name),
            None => {
                let names: Vec<&str> = names.collect();
                format!(
                    "{} has no setting {key}: there are {}",
                    kind.name,
                    names.join(", ")
                )
            }
        });
    }
    let value = plain(value).ok_or_else(|| format!("{key}: a date is no setting"))?;
    kind.takes(key, &value)?;
    Ok(value)
}

/// The value without its place in the text.
fn plain(value: &DeValue<'_>) -> Option<toml::Value> {
    Some(match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => {
            toml::Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        DeValue::Float(number) => toml::Value::Float(number.as_str().parse().ok()?),
        DeValue::Boolean(on) => toml::Value::Boolean(*on),
        DeValue::Datetime(_) => return None,
        DeValue::Array(list) => {
            let values = list.iter().map(|value| plain(value.get_ref()));
            toml::Value::Array(values.collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let values = table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), plain(value.get_ref())?)));
            toml::Value::Table(values.collect::<Option<_>>()?)
        }
    })
}

//! `[keys]`: other keys for what the screens can do, by the names that the command bar knows.

use std::fmt::Write as _;

use toml::de::DeValue;

use super::problem::shown;
use crate::app::screen::commands;
use crate::app::screen::commands::CommandSpec;
use crate::config::suggest;
use crate::keymap::{self, CustomBinding, KeyCombo};

/// The section.
pub(super) const SECTION: &str = "keys";
/// A key that nobody has in mind as often as this is a mistake.
const MAX_KEYS: usize = 8;

/// What one line of the section says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySetting {
    /// The action with its keys.
    pub custom: CustomBinding,
    /// Where that was said.
    pub line: usize,
}

impl KeySetting {
    /// Its keys as they are written in a file: `f5, ctrl-r`.
    #[must_use]
    pub fn written(&self) -> String {
        let keys: Vec<String> = self.custom.keys.iter().map(|key| key.written()).collect();
        if keys.is_empty() {
            "no key".to_owned()
        } else {
            keys.join(", ")
        }
    }
}

/// Reads one line.
///
/// # Errors
///
/// What is wrong with it, and what would be right.
pub(super) fn read(name: &str, line: usize, value: &DeValue<'_>) -> Result<KeySetting, String> {
    let named = action(name)?;
    let written: Vec<&str> = match value {
        DeValue::String(one) => vec![one],
        DeValue::Array(some) if some.len() <= MAX_KEYS => some
            .iter()
            .map(|one| match one.get_ref() {
                DeValue::String(one) => Ok(one.as_ref()),
                _ => Err(wanted(name)),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(wanted(name)),
    };
    let mut keys = Vec::new();
    for text in written {
        let key = key(named, text)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let name = named.name;
    Ok(KeySetting {
        custom: CustomBinding { name, keys },
        line,
    })
}

fn action(name: &str) -> Result<&'static CommandSpec, String> {
    if let Some(named) = commands::find(name) {
        return if keymap::is_customizable(name) {
            Ok(named)
        } else {
            Err(format!(
                "keys.{name} belongs to a box or to a line being typed: its keys stay as they are"
            ))
        };
    }
    let known = commands::COMMANDS.iter().map(|named| named.name);
    Err(match suggest::among(name, known) {
        Some(meant) => format!("there is no action {}: did you mean {meant}?", shown(name)),
        None => format!(
            "there is no action {}: `dlqtop config init --stdout` lists all",
            shown(name)
        ),
    })
}

fn wanted(name: &str) -> String {
    format!(
        "keys.{name}: must be a key like \"R\", \"F5\" or \"Ctrl-R\", or a list of at most {MAX_KEYS}"
    )
}

fn key(named: &CommandSpec, text: &str) -> Result<KeyCombo, String> {
    let name = named.name;
    let Ok(combo) = text.parse::<KeyCombo>() else {
        return Err(format!(
            "keys.{name} = {}: no such key; write \"R\", \"F5\", \"Space\", \"PgDn\", \"Ctrl-R\" or \"Alt-x\"",
            shown(&format!("{text:?}"))
        ));
    };
    match combo.refusal(named.writes()) {
        None => Ok(combo),
        Some(why) => Err(format!("keys.{name} = {text:?}: not that key, {why}")),
    }
}

/// Keys that two actions would have in one place; each is said at the line that asks for it.
pub(super) fn conflicts(bound: &[KeySetting]) -> Vec<(usize, String)> {
    let custom: Vec<CustomBinding> = bound.iter().map(|one| one.custom.clone()).collect();
    let table = keymap::customized(&custom);
    let line = |name: &str| {
        let found = bound.iter().find(|one| one.custom.name == name);
        found.map(|one| one.line)
    };
    let said = keymap::conflicts(&table)
        .into_iter()
        .filter_map(|(one, other, key)| {
            // The later line is the one that takes the key away.
            let (name, from) = if line(one) > line(other) {
                (one, other)
            } else {
                (other, one)
            };
            let key = key.written();
            let what =
                format!("keys.{name} = {key:?}: {from} has that key; give {from} another one too");
            Some((line(name)?, what))
        });
    said.collect()
}

/// The section of a file to begin with.
pub(super) fn skeleton() -> String {
    let mut text = format!(
        "\n# Keys by action, one or a list of them; an empty list takes them all away. What writes wants a\n\
         # capital or an F key. Boxes keep their keys; Esc and Enter keep working everywhere.\n[{SECTION}]\n"
    );
    for (named, keys) in keymap::all() {
        let keys: Vec<String> = keys
            .iter()
            .map(|key| format!("{:?}", key.written()))
            .collect();
        let keys = match keys.as_slice() {
            [one] => one.clone(),
            keys => format!("[{}]", keys.join(", ")),
        };
        let _ = writeln!(text, "# {}\n#{} = {keys}", named.native_about(), named.name);
    }
    text
}

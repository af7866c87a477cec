//! Settings of a source: what a configuration may give them, and how they stand in a statement.

use super::shelf::Kind;

/// The one key among a source's settings that is no setting: how long its alerts must last.
pub(super) const ALERTS: &str = "alerts";

impl Kind {
    /// Whether a configuration may give this value to this setting.
    ///
    /// # Errors
    ///
    /// Why not, and what would be right.
    pub fn accepts(&self, name: &str, value: &toml::Value) -> Result<(), String> {
        if name == ALERTS {
            return self.manifest.clone().alerting(value);
        }
        let known = &self.manifest.settings;
        let Some(default) = known.get(name) else {
            let known: Vec<&str> = known.keys().map(String::as_str).collect();
            return Err(match known.as_slice() {
                [] => "no such setting: it has none".to_owned(),
                some => format!("no such setting: there are {}", some.join(", ")),
            });
        };
        if alike(value, default) {
            Ok(())
        } else {
            let kind = match default {
                toml::Value::String(_) => "a text",
                toml::Value::Integer(_) => "a whole number",
                toml::Value::Float(_) => "a number",
                toml::Value::Boolean(_) => "true or false",
                toml::Value::Table(_) => "a table",
                _ => "a list",
            };
            Err(format!("must be {kind}, as {}", literal(default)))
        }
    }
}

/// Whether a value can stand where another does: whole numbers are numbers.
fn alike(value: &toml::Value, default: &toml::Value) -> bool {
    value.same_type(default) || (value.is_integer() && default.is_float())
}

/// A setting as SQL.
pub(super) fn literal(value: &toml::Value) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match value {
        toml::Value::String(text) => quoted(text),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(on) => on.to_string(),
        other => quoted(&serde_json::to_string(other).unwrap_or_default()),
    }
}

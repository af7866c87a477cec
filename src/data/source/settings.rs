//! Settings of a source: what a configuration may give them, and how they stand in a statement.

use crate::data::source::catalog::SourceKind;

/// The one key among a source's settings that is no setting: how long its alerts must last.
pub(super) const ALERTS: &str = "alerts";

impl SourceKind {
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
        held_to(value, default)?;
        let each = self.manifest.each.get(name);
        for (of, value) in each.and_then(|_| value.as_table()).into_iter().flatten() {
            each.map_or(Ok(()), |each| held_to(value, each))
                .map_err(|why| format!("{of:?} {why}"))?;
        }
        Ok(())
    }
}

/// Whether a value can stand where another does: whole numbers are numbers.
fn held_to(value: &toml::Value, like: &toml::Value) -> Result<(), String> {
    let endless = value.as_float().is_some_and(|number| !number.is_finite());
    if !endless && (value.same_type(like) || (value.is_integer() && like.is_float())) {
        return Ok(());
    }
    let kind = match like {
        toml::Value::String(_) => "a text",
        toml::Value::Integer(_) => "a whole number",
        toml::Value::Float(_) => "a number",
        toml::Value::Boolean(_) => "true or false",
        toml::Value::Table(_) => "a table",
        _ => "a list",
    };
    Err(format!("must be {kind}, as {}", literal(like)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::source::Manifest;

    fn kind(manifest: &str) -> SourceKind {
        SourceKind {
            manifest: Manifest::parse(manifest).unwrap(),
            ..SourceKind::default()
        }
    }

    #[test]
    fn each_value_of_a_table_is_held_to_what_it_must_be_like() {
        let kind = kind(
            "[settings]\nminutes = { }\nroutes = { }\nloose = { }\n\
             [each]\nminutes = 30.0\nroutes = \"queue\"\n",
        );
        for (name, value, says) in [
            ("minutes", "{ a = 1, b = 2.5 }", Ok(())),
            (
                "minutes",
                "{ a = 1, b = \"soon\" }",
                Err("\"b\" must be a number, as 30"),
            ),
            (
                "minutes",
                "{ mail.send = 2 }",
                Err("\"mail\" must be a number, as 30"),
            ),
            (
                "minutes",
                "{ a = nan }",
                Err("\"a\" must be a number, as 30"),
            ),
            ("minutes", "3", Err("must be a table, as '{}'")),
            (
                "routes",
                "{ \"app.*\" = 3 }",
                Err("\"app.*\" must be a text, as 'queue'"),
            ),
            ("loose", "{ a = 1, b = \"x\" }", Ok(())),
        ] {
            let table: toml::Table = toml::from_str(&format!("it = {value}")).unwrap();
            let told = kind.accepts(name, &table["it"]);
            assert_eq!(told, says.map_err(str::to_owned), "{name} = {value}");
        }
    }

    #[test]
    fn a_number_without_end_is_none() {
        let kind = kind("[settings]\nminutes = 5.0\n");
        for value in [f64::NAN, f64::INFINITY] {
            let told = kind.accepts("minutes", &toml::Value::Float(value));
            assert_eq!(told, Err("must be a number, as 5".to_owned()));
        }
    }
}

//! `[redaction]`: keys whose values are hidden or shown, besides those that the program knows.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fingerprint_rules::Problems;
use super::problem::shown;
use super::suggest;
use crate::data::redaction::{self, Rule};

/// The section.
pub(super) const SECTION: &str = "redaction";
/// Its keys.
const KEYS: [&str; 2] = ["hide", "show"];
/// More names than this are a mistake.
const MAX_NAMES: usize = 200;

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RedactionSettings {
    /// Keys whose values are hidden, too.
    pub hide: Vec<String>,
    /// Keys whose values are shown all the same.
    pub show: Vec<String>,
}

impl RedactionSettings {
    /// Those of the lists that name anything, each by its key.
    pub fn lists(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let all = [
            ("redaction.hide", self.hide.as_slice()),
            ("redaction.show", self.show.as_slice()),
        ];
        all.into_iter().filter(|(_, names)| !names.is_empty())
    }

    /// The rule that is in force with them.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule::new(&self.hide, &self.show)
    }
}

/// Reads the section. `line` tells the line of a place in the file.
///
/// # Errors
///
/// All that is wrong with it, and what would be right.
pub(super) fn read(
    table: &DeTable<'_>,
    line: &dyn Fn(usize) -> usize,
) -> Result<RedactionSettings, Problems> {
    let mut found = RedactionSettings::default();
    let mut problems = Problems::new();
    for (key, value) in table {
        let names = match key.get_ref().as_ref() {
            "hide" => &mut found.hide,
            "show" => &mut found.show,
            other => {
                problems.push((line(key.span().start), unknown(other)));
                continue;
            }
        };
        match read_names(key.get_ref(), value) {
            Ok(read) => *names = read,
            Err(what) => problems.push((line(key.span().start), what)),
        }
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

fn read_names(key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, String> {
    let wanted = || {
        format!(
            "{SECTION}.{key}: must be a list of at most {MAX_NAMES} names of keys, as [\"ssn\", \"card_number\"]"
        )
    };
    let DeValue::Array(list) = value.get_ref() else {
        return Err(wanted());
    };
    if list.len() > MAX_NAMES {
        return Err(wanted());
    }
    let name = |one: &Spanned<DeValue<'_>>| match one.get_ref() {
        DeValue::String(name) if redaction::is_key(name) => Ok(name.to_string()),
        _ => Err(wanted()),
    };
    list.iter().map(name).collect()
}

fn unknown(key: &str) -> String {
    let key = shown(key);
    match suggest::among(&key, KEYS.into_iter()) {
        Some(meant) => format!("there is no key {SECTION}.{key}: did you mean {meant}?"),
        None => format!("there is no key {SECTION}.{key}: {SECTION} has hide and show"),
    }
}

/// The section of a file to begin with.
pub(super) fn skeleton() -> String {
    format!(
        "\n# Values of keys that hold secrets are shown as {}. hide: names of more such keys; show: names of keys\n\
         # whose values are no secrets here. Names count by their words: access_token is accessToken too.\n\
         [{SECTION}]\n#hide = [\"ssn\", \"card_number\"]\n#show = [\"page_token\"]\n",
        redaction::MARK
    )
}

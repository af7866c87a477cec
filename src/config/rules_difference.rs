//! The rules of the fingerprint in a file, where they are others than those of the database.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::fingerprint_rules::RULES;
use super::settings::Settings;
use crate::data::fingerprint::rules::{RuleText, Rules};
use crate::data::native::fingerprint_rules::{COLUMN, read};
use crate::data::native::settings::InForce;
use crate::data::source::NATIVE;

/// Rules that were said to be others than they are in the database.
#[derive(Debug, Clone)]
pub struct RulesDifference {
    /// What was said for the native source.
    said: Rules,
    /// Where.
    pub origin: String,
    /// What is in force, or why this program cannot use it.
    in_force: Result<Rules, String>,
    /// Its row.
    pub there: InForce,
}

impl RulesDifference {
    /// The difference, if there is one. A file that says nothing of rules never differs.
    #[must_use]
    pub fn of(settings: &Settings, rows: &[InForce]) -> Option<Self> {
        let given = settings.rules.as_ref()?;
        let said = given.rules.given_for(NATIVE)?;
        let there = rows.iter().find(|row| row.setting.as_str() == COLUMN)?;
        let in_force = read(&there.value);
        if in_force.as_ref() == Ok(&said) {
            return None;
        }
        let file = settings.file.as_deref().and_then(Path::file_name);
        let file = file.unwrap_or_default().to_string_lossy();
        let first = said
            .numbers()
            .next()
            .and_then(|number| given.lines.get(number - 1));
        let origin = first.map_or_else(|| file.to_string(), |line| format!("{file}:{line}"));
        Some(Self {
            said,
            origin,
            in_force,
            there: there.clone(),
        })
    }

    /// `fingerprint.rules in the database: 2 rules, set by bob, …; config.toml:3 has 1 rule`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let by = self.changed();
        let by = by.map_or_else(String::new, |by| format!(", set by {by}"));
        format!(
            "{RULES} in the database: {}{by}; {} has {}",
            self.in_force(),
            self.origin,
            self.said()
        )
    }

    /// What is in force, in a word.
    #[must_use]
    pub fn in_force(&self) -> String {
        match &self.in_force {
            Ok(rules) => number(rules),
            Err(_) => "not readable".to_owned(),
        }
    }

    /// What was said, in a word.
    #[must_use]
    pub fn said(&self) -> String {
        number(&self.said)
    }

    /// Who set what is in force, and when.
    #[must_use]
    pub fn changed(&self) -> Option<String> {
        self.there.changed()
    }

    /// What would go and what would come, a rule a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let none = Rules::default();
        let in_force = self.in_force.as_ref().unwrap_or(&none);
        let mut lines = Vec::new();
        if let Err(why) = &self.in_force {
            lines.push(format!("the rules in force cannot be read: {why}"));
        }
        let gone = in_force
            .texts()
            .filter(|rule| !self.said.texts().any(|it| it == *rule));
        lines.extend(gone.map(|rule| format!("- {}", written(rule))));
        let come = self
            .said
            .texts()
            .filter(|rule| !in_force.texts().any(|it| it == *rule));
        lines.extend(come.map(|rule| format!("+ {}", written(rule))));
        if lines.is_empty() {
            lines.push("the rules are the same, in another order".to_owned());
        }
        lines
    }

    /// What the database is to keep.
    #[must_use]
    pub fn to_column(&self) -> Json {
        json!(self.said.texts().collect::<Vec<_>>())
    }
}

fn number(rules: &Rules) -> String {
    match rules.texts().count() {
        0 => "no rules".to_owned(),
        1 => "1 rule".to_owned(),
        n => format!("{n} rules"),
    }
}

/// A rule in one line: `'tenant \w+' → 'tenant #', template payments/*`.
#[must_use]
pub fn written(rule: &RuleText) -> String {
    let what = match (&rule.replacement, &rule.split_by) {
        (Some(replacement), _) => format!("→ '{replacement}'"),
        (None, Some(by)) => format!("split by '{by}'"),
        (None, None) => String::new(),
    };
    let mut line = format!("'{}' {what}", rule.pattern);
    for (name, only) in [("source", &rule.source), ("template", &rule.template)] {
        if !only.is_empty() {
            line = format!("{line}, {name} {}", only.join(" or "));
        }
    }
    line
}

//! The rules of the fingerprint that are in force, for `dlqtop config show`.

use serde_json::{Value as Json, json};

use crate::config::fingerprint_rules::RULES;
use crate::config::global::Global;
use crate::config::rules_difference::{RulesDifference, written};
use crate::data::fingerprint::rules::Rules;
use crate::data::model::safe_text::SafeText;
use crate::data::native::fingerprint_rules::{COLUMN, read};
use crate::data::native::settings::InForce;

/// One row a rule: its name, the rule, where it was said, and a note.
pub(super) fn rows(global: &Global, file: &str, database: &[InForce]) -> Vec<[String; 4]> {
    let settings = &global.settings;
    let safe = |text: &str| SafeText::new(text).to_string();
    let Some(given) = &settings.rules else {
        let row = database.iter().find(|row| row.setting.as_str() == COLUMN);
        let Some(row) = row else { return Vec::new() };
        let by = row
            .changed()
            .map_or_else(String::new, |by| format!("set by {by}"));
        let cells = |(name, rule): (String, String)| [name, rule, "database".to_owned(), safe(&by)];
        return match read(&row.value) {
            Ok(rules) => named(&rules).into_iter().map(cells).collect(),
            Err(why) => vec![cells((RULES.to_owned(), safe(&why)))],
        };
    };
    let differs = RulesDifference::of(settings, database).is_some();
    let note = if differs {
        "used here only: the database has others"
    } else {
        ""
    };
    if given.rules.is_empty() {
        return vec![[
            RULES.to_owned(),
            "none".to_owned(),
            safe(file),
            note.to_owned(),
        ]];
    }
    let from = |line: &usize| safe(&format!("{file}:{line}"));
    (named(&given.rules).into_iter())
        .zip(&given.lines)
        .map(|((name, rule), line)| [name, rule, from(line), note.to_owned()])
        .collect()
}

fn named(rules: &Rules) -> Vec<(String, String)> {
    let safe = |text: &str| SafeText::new(text).to_string();
    (rules.numbers().zip(rules.texts()))
        .map(|(number, rule)| (format!("{RULES} {number}"), safe(&written(rule))))
        .collect()
}

/// The same for programs.
pub(super) fn as_json(global: &Global, file: &str, database: &[InForce]) -> Json {
    let row = database.iter().find(|row| row.setting.as_str() == COLUMN);
    let own = global.settings.rules.as_ref();
    let own = own.map(|given| given.rules.texts().collect::<Vec<_>>());
    json!({
        "own": own,
        "from": own.is_some().then_some(file),
        "database_has": row.map(|row| &row.value),
        "database_changed": row.and_then(InForce::changed),
        "differs": RulesDifference::of(&global.settings, database).is_some(),
    })
}

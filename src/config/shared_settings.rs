//! Settings that all dashboards share: where a file and the database differ. They are written by `dlqtop config
//! apply` alone, never by starting something.

use std::time::Duration;

use serde_json::{Map, Value as Json};
use sqlx::postgres::PgConnectOptions;

use super::key::{Key, SettingScope};
use super::origin::Origin;
use super::settings::{Setting, Settings};
use super::value::Value;
use crate::config::rules_difference::RulesDifference;
use crate::data::ad_hoc;
use crate::data::native::fingerprint_rules;
use crate::data::native::settings::{InForce, in_force};

/// How long a dashboard that opens waits for the answer.
const LIMIT: Duration = Duration::from_secs(10);

/// A setting that was said to be another than it is in the database.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The setting.
    pub key: &'static Key,
    /// The column of `dlqtop.settings`.
    pub column: &'static str,
    /// What was said, and where.
    pub said: Value,
    /// Where.
    pub origin: Origin,
    /// What is in force.
    pub in_force: Value,
    /// Its row: who put it there, and when.
    pub there: InForce,
}

impl Difference {
    /// `archive.batch_size is 1000, set by bob, 2026-11-22 10:00:00 UTC; config.toml:3 says 500`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let by = self.changed();
        let by = by.map_or_else(String::new, |by| format!(", set by {by}"));
        format!(
            "{} is {}{by}; {} says {}",
            self.key.name, self.in_force, self.origin, self.said
        )
    }

    /// Who set what is in force, and when.
    #[must_use]
    pub fn changed(&self) -> Option<String> {
        self.there.changed()
    }
}

/// All that was said to be another than it is in the database.
#[derive(Debug, Clone, Default)]
pub struct Differences {
    /// Settings.
    pub settings: Vec<Difference>,
    /// The rules of the fingerprint.
    pub rules: Option<RulesDifference>,
}

impl Differences {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many settings differ; the rules of the fingerprint are one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.settings.len() + usize::from(self.rules.is_some())
    }

    /// Each in one line.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let settings = self.settings.iter().map(Difference::sentence);
        settings
            .chain(self.rules.as_ref().map(RulesDifference::sentence))
            .collect()
    }
}

/// The value of a setting in the database, and its row, if it is another than this one.
#[must_use]
pub fn other_in_force<'r>(chosen: &Setting, rows: &'r [InForce]) -> Option<(Value, &'r InForce)> {
    let SettingScope::Database { column, factor } = chosen.key.place else {
        return None;
    };
    let row = rows.iter().find(|row| row.setting.as_str() == column)?;
    // Both in the database's units, where they are compared as they will be when written.
    let kept = |value: &Json| chosen.key.kind.from_column(value, factor);
    let (said, there) = (kept(&chosen.value.to_column(factor))?, kept(&row.value)?);
    (said != there).then_some((there, row))
}

/// Where what was said differs from what is in force. What was left at its default never does.
#[must_use]
pub fn differences(settings: &Settings, rows: &[InForce]) -> Differences {
    let differs = |chosen: &Setting| {
        let (in_force, row) = other_in_force(chosen, rows)?;
        Some(Difference {
            key: chosen.key,
            column: chosen.key.column()?,
            said: chosen.value,
            origin: chosen.origin.clone(),
            in_force,
            there: row.clone(),
        })
    };
    Differences {
        settings: settings.for_the_database().filter_map(differs).collect(),
        rules: RulesDifference::of(settings, rows),
    }
}

/// What would be written, by the columns of `dlqtop.settings`.
#[must_use]
pub fn as_columns(differences: &Differences) -> Json {
    let columns = differences
        .settings
        .iter()
        .filter_map(|one| match one.key.place {
            SettingScope::Database { column, factor } => {
                Some((column.to_owned(), one.said.to_column(factor)))
            }
            SettingScope::Program(_) => None,
        });
    let rules = differences.rules.as_ref();
    let rules = rules.map(|it| (fingerprint_rules::COLUMN.to_owned(), it.to_column()));
    Json::Object(columns.chain(rules).collect::<Map<_, _>>())
}

/// That some differ, in one line, if any do.
#[must_use]
pub fn line(differences: &Differences) -> Option<String> {
    let them = match differences.len() {
        0 => return None,
        1 => "1 setting differs".to_owned(),
        n => format!("{n} settings differ"),
    };
    let rules = match (&differences.rules, differences.settings.is_empty()) {
        (None, _) => "",
        (Some(_), true) => "; it is the fingerprint rules, which are used here only",
        (Some(_), false) => "; the fingerprint rules are among them and used here only",
    };
    Some(format!(
        "{them} from the database, which holds for all: `dlqtop config apply --dry-run` shows how{rules}"
    ))
}

/// Asks the database and says whether something differs. No answer is no reason to open no dashboard.
pub async fn look(options: &PgConnectOptions, settings: &Settings) -> Option<String> {
    if settings.for_the_database().next().is_none() && settings.rules.is_none() {
        return None;
    }
    let answer = ad_hoc::once(options, "read the settings in force", LIMIT, async |db| {
        in_force(db).await
    });
    match answer.await {
        Ok(rows) => line(&differences(settings, &rows)),
        Err(error) => {
            tracing::warn!("{}", error.one_line());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::config::keys::named;

    fn said(name: &str, value: Value) -> Setting {
        Setting {
            key: named(name).unwrap(),
            value,
            origin: Origin::File("config.toml".to_owned(), 3),
        }
    }

    fn row(column: &str, value: Json) -> InForce {
        InForce {
            setting: column.into(),
            value,
            changed_by: Some("bob".into()),
            changed_at: Some(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn only_what_was_said_and_is_another_differs() {
        let hours = "staleness_detection.thresholds.task_max_lifetime_hours";
        let settings = Settings::new(
            None,
            vec![
                said(hours, Value::Number(1.5)),
                said("archive.batch_size", Value::Whole(500)),
                said("archive.policies.failed_days", Value::ForEver),
            ],
        );
        let rows = [
            row("max_task_lifetime_minutes", 90.into()),
            row("archive_batch_size", 1000.into()),
            row("archive_failed_days", 90.into()),
            // Nobody said anything of this one.
            row("batch_size", 7.into()),
        ];
        let found = differences(&settings, &rows);
        assert_eq!(
            found.sentences(),
            [
                "archive.batch_size is 1000, set by bob, 1970-01-01 00:00:00 UTC; config.toml:3 says 500",
                "archive.policies.failed_days is 90, set by bob, 1970-01-01 00:00:00 UTC; \
                 config.toml:3 says false",
            ]
        );
        assert_eq!(
            as_columns(&found),
            serde_json::json!({ "archive_batch_size": 500, "archive_failed_days": null })
        );
        assert!(line(&found).unwrap().starts_with("2 settings differ from"));
        assert_eq!(line(&Differences::default()), None);
    }
}

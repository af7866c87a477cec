//! What all dashboards and detectors share is put into the database by a program that runs a
//! detector, when it starts.

use serde_json::{Map, Value as Json};
use sqlx::postgres::PgConnectOptions;

use super::key::SettingScope;
use super::origin::Origin;
use super::settings::Settings;
use crate::data::model::safe_text::SafeText;
use crate::data::native::settings;
use crate::data::native::settings::Configured;

/// Writes what was said about shared settings to the database, where it differs; what was left at
/// its default is never written. A failure is no reason to have no detector: it goes on with what
/// the database has. Returns the line to tell, if there is anything to tell; it is in the log, too.
///
/// Call it before a detector or the archive begins to write, and never in a dry run.
pub async fn push_to_database(
    options: &PgConnectOptions,
    settings: &Settings,
    actor: &str,
) -> Option<String> {
    let said = as_columns(settings);
    if said.is_empty() {
        return None;
    }
    let answer = settings::configure(options, &Json::Object(said), actor, &reason(settings)).await;
    let line = match answer {
        Ok(Configured::Changed(changed)) if changed.is_empty() => return None,
        Ok(Configured::Changed(changed)) => {
            let names: Vec<&str> = changed.iter().map(SafeText::as_str).collect();
            let line = format!("put in force for all: {}", names.join(", "));
            tracing::info!("{line}");
            return Some(line);
        }
        Ok(Configured::NotAllowed) => {
            "this role may not configure the database: its own settings stay in force".to_owned()
        }
        Err(error) => format!("{}; its own settings stay in force", error.one_line()),
    };
    tracing::warn!("{line}");
    Some(line)
}

/// What was said, by the columns of `dlqtop.settings`.
fn as_columns(settings: &Settings) -> Map<String, Json> {
    settings
        .for_the_database()
        .filter_map(|chosen| match chosen.key.place {
            SettingScope::Database { column, factor } => {
                Some((column.to_owned(), chosen.value.to_column(factor)))
            }
            SettingScope::Program(_) => None,
        })
        .collect()
}

/// For the log: who reads it wants to know where to change it back.
fn reason(settings: &Settings) -> String {
    let mut sources: Vec<&str> = Vec::new();
    for chosen in settings.for_the_database() {
        let source = match &chosen.origin {
            Origin::File(name, _) => name,
            Origin::Environment(_) => "the environment",
            Origin::Flag(_) | Origin::Default => "the command line",
        };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    format!("configured by {}", sources.join(" and "))
}

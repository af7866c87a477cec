//! What installing and uninstalling say at their end.

use crate::cli::output::json;
use crate::data::companion::install::{CompanionStatus, InstallAs, RowCounts, Script, VERSION};
use crate::data::source::Source;
use crate::failure::Failure;
use serde_json::{Value, json};
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::Arc;

/// What was looked at before anything is done.
pub(super) struct Look {
    pub(super) source: Arc<Source>,
    pub(super) standing: CompanionStatus,
}

pub(super) fn lost(kept: &RowCounts) -> String {
    format!(
        "what would be lost: {} notes, {} claims, {} snoozes, {} lines of the log, {} samples",
        kept.notes, kept.claims, kept.snoozes, kept.log_lines, kept.samples
    )
}

/// What is said at the end.
pub(super) struct Answer {
    lines: Vec<String>,
    json: Value,
}

impl Answer {
    pub(super) fn already(look: &Look) -> Self {
        let made = look.standing.made.as_ref();
        let since = made.map_or_else(String::new, |made: &InstallAs| {
            format!(
                ": version {}, since {}, beside {}",
                made.version,
                made.at.format("%F %R UTC"),
                made.source
            )
        });
        Self {
            lines: vec![format!("it is installed already{since}")],
            json: json!({ "installed": true, "changed": false, "made": made }),
        }
    }

    pub(super) fn dry(look: &Look, script: &Script) -> Self {
        Self {
            lines: vec![script.as_str().trim_end().to_owned()],
            json: json!({
                "installed": look.standing.made.is_some(),
                "changed": false,
                "dry_run": true,
                "may": look.standing.made.is_some() || look.standing.may_create,
                "ddl": script.as_str(),
            }),
        }
    }

    pub(super) fn done(look: &Look, script: &Script, roles: &[String]) -> Self {
        let mut lines = Vec::new();
        if look.standing.made.is_none() {
            lines.push(format!(
                "the schema dlqtop is there, beside {}: notes, claims, snoozes, the log and samples",
                look.source.manifest.title
            ));
        }
        let made = look.standing.made.as_ref();
        if let Some(made) = made.filter(|made| made.is_behind()) {
            lines.push(format!(
                "the schema dlqtop is version {VERSION} now, it was {}",
                made.version
            ));
        } else if roles.is_empty() {
            lines.push(format!(
                "{} may use it; `dlqtop install --grant ROLE` lets others",
                look.standing.role
            ));
        }
        if !roles.is_empty() {
            lines.push(format!("{} may use it", roles.join(", ")));
        }
        lines.push("dashboards that are open see it when they are started again".to_owned());
        Self {
            lines,
            json: json!({
                "installed": true,
                "changed": true,
                "version": VERSION,
                "granted": roles,
                "ddl": script.as_str(),
            }),
        }
    }

    pub(super) fn nothing() -> Self {
        Self {
            lines: vec!["nothing is installed here".to_owned()],
            json: json!({ "installed": false, "changed": false }),
        }
    }

    pub(super) fn would_lose(script: &Script, kept: &RowCounts, warned: Vec<String>) -> Self {
        let mut lines = vec![script.as_str().trim_end().to_owned()];
        // As comments: what a dry run prints can be run.
        lines.extend(warned.into_iter().map(|line| format!("-- {line}")));
        Self {
            lines,
            json: json!({
                "installed": true,
                "changed": false,
                "dry_run": true,
                "would_lose": kept,
                "ddl": script.as_str(),
            }),
        }
    }

    pub(super) fn report_removed(script: &Script, kept: &RowCounts) -> Self {
        Self {
            lines: vec![format!(
                "the schema dlqtop is gone; {}",
                lost(kept).replace("what would be lost", "lost with it")
            )],
            json: json!({
                "installed": false,
                "changed": true,
                "lost": kept,
                "ddl": script.as_str(),
            }),
        }
    }
}

pub(super) fn print_answer(answer: &Answer, as_json: bool) -> Result<ExitCode, Failure> {
    let mut out = stdout().lock();
    if as_json {
        json::write(&mut out, &answer.json)?;
    } else {
        for line in &answer.lines {
            writeln!(out, "{line}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

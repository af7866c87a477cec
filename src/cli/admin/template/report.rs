//! What applying a template says: what is wrong with the file, or what changes and for whom.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use super::files::Files;
use crate::app::format::count;
use crate::cli::output::json::print_json;
use crate::data::model::safe_text::SafeText;
use crate::data::native::templates::{
    Applied, Effect, Origin, TemplatePlan, Threshold, ThresholdChange,
};
use crate::failure::Failure;
use crate::template::diff::Change;

/// More lines than these help nobody.
const SHOWN_FAULTS: usize = 100;
const SHOWN_CHANGES: usize = 40;

/// Says everything that is wrong; nothing has been written.
pub(super) fn faults(files: &Files, as_json: bool) -> Failure {
    if as_json {
        let faults = files.faults.iter().map(|(file, fault)| {
            json!({
                "file": file,
                "line": fault.line,
                "column": fault.column,
                "path": fault.path,
                "what": fault.what,
            })
        });
        let printed = print_json(&json!({ "faults": faults.collect::<Vec<_>>() }));
        if let Err(failure) = printed {
            return failure;
        }
    }
    let line = match files.faults.len() {
        1 => "one fault: nothing was applied".to_owned(),
        faults => format!("{faults} faults: nothing was applied"),
    };
    if as_json {
        return Failure::usage(line);
    }
    let shown = files.faults.iter().take(SHOWN_FAULTS);
    let mut details: Vec<String> = shown
        .map(|(file, fault)| format!("{file}:{fault}"))
        .collect();
    if files.faults.len() > SHOWN_FAULTS {
        details.push(format!("… and {} more", files.faults.len() - SHOWN_FAULTS));
    }
    Failure::usage_in_detail(line, details)
}

/// Shows what would change, thresholds first.
pub(super) fn plan(file: &str, plan: &TemplatePlan) -> Result<(), Failure> {
    let mut out = stdout().lock();
    let file = SafeText::from(file);
    writeln!(out, "{} ({file})", plan.template.title())?;
    if plan.unchanged {
        return Ok(());
    }
    for change in &plan.thresholds {
        if plan.is_new || change.before != Some(change.after) {
            writeln!(out, "  {}", threshold(change))?;
        }
    }
    for line in effect(plan) {
        writeln!(out, "  {line}")?;
    }
    if plan.is_new {
        return Ok(());
    }
    for change in plan.changes.iter().take(SHOWN_CHANGES) {
        writeln!(out, "  {}", change.line())?;
    }
    if plan.changes.len() > SHOWN_CHANGES {
        let more = plan.changes.len() - SHOWN_CHANGES;
        writeln!(out, "  … and {more} more changes; --json has all")?;
    }
    Ok(())
}

fn threshold(change: &ThresholdChange) -> String {
    let said = |threshold: Threshold| {
        let from = match threshold.from {
            Origin::Template => "",
            Origin::Settings => " (the settings')",
        };
        format!("{}{from}", threshold.minutes)
    };
    let after = said(change.after);
    match change.before {
        Some(before) => format!("{}: {} → {after}", change.key, said(before)),
        None => format!("{}: {after}", change.key),
    }
}

/// What the change means for tasks.
fn effect(plan: &TemplatePlan) -> Vec<String> {
    let effect = &plan.effect;
    let mut lines = Vec::new();
    if plan.is_new {
        lines.push("a new version: tasks created from now on get it".to_owned());
    } else {
        lines.push(format!(
            "{} running, of them stale {} → {}: {} become stale, {} stop being so",
            tasks(effect.running),
            count(effect.stale_before),
            count(effect.stale_after),
            count(effect.become_stale),
            count(effect.stop_being_stale),
        ));
    }
    if let Some(limit) = effect.disarms_beyond {
        lines.push(format!(
            "sweeps would take {} more, over the limit of {}: this disarms the detector",
            tasks(effect.become_due),
            count(limit)
        ));
    }
    if effect.running_elsewhere > 0 {
        lines.push(format!(
            "{} of other versions are running and keep theirs",
            tasks(effect.running_elsewhere)
        ));
    }
    lines
}

fn tasks(number: i64) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} task{plural}", count(number))
}

/// Says what became of it; nothing was attempted in a dry run.
pub(super) fn applied(plan: &TemplatePlan, applied: Option<&Applied>) -> Result<(), Failure> {
    let mut out = stdout().lock();
    match applied {
        _ if plan.unchanged => writeln!(out, "  no change")?,
        None => writeln!(out, "  would be applied (dry run: nothing was written)")?,
        Some(Applied::Done) => writeln!(out, "  applied")?,
        Some(Applied::Unchanged) => writeln!(out, "  no change: it was there by then")?,
        Some(Applied::Changed { by, at }) => {
            let by = by
                .as_ref()
                .map_or_else(|| "somebody".to_owned(), ToString::to_string);
            let at = at.map_or_else(String::new, |at| format!(" at {}", at.format("%F %T UTC")));
            writeln!(
                out,
                "  not applied: changed by {by}{at} meanwhile; look again and apply again"
            )?;
        }
    }
    Ok(())
}

/// What became of one file, for programs.
#[derive(Serialize)]
pub(super) struct Report {
    file: String,
    namespace_name: String,
    name: String,
    version: String,
    is_new: bool,
    thresholds: Vec<ThresholdChange>,
    effect: Effect,
    changes: Vec<Change>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<SafeText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Report {
    /// `applied` is nothing in a dry run.
    pub(super) fn new(file: String, plan: TemplatePlan, applied: Option<Applied>) -> Self {
        let outcome = match &applied {
            _ if plan.unchanged => "unchanged",
            None => "would_apply",
            Some(Applied::Done) => "applied",
            Some(Applied::Unchanged) => "unchanged",
            Some(Applied::Changed { .. }) => "changed_meanwhile",
        };
        let (changed_by, changed_at) = match applied {
            Some(Applied::Changed { by, at }) => (by, at),
            _ => (None, None),
        };
        Self {
            file,
            namespace_name: plan.template.namespace_name,
            name: plan.template.name,
            version: plan.template.version,
            is_new: plan.is_new,
            thresholds: plan.thresholds,
            effect: plan.effect,
            changes: plan.changes,
            outcome,
            changed_by,
            changed_at,
        }
    }
}

/// 1 if somebody else was first.
pub(super) fn exit_code(reports: &[Report]) -> ExitCode {
    let refused = reports
        .iter()
        .any(|report| report.outcome == "changed_meanwhile");
    ExitCode::from(u8::from(refused))
}

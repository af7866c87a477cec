//! Changes as command lines for the clipboard: those that were done, those the dialog is about to do, those
//! that could be done to what is selected.

use super::copied::Copied;
use super::shell_command;
use crate::app::action::{Action, CopyTarget, Verb};
use crate::app::format::count_usize;
use crate::app::screen::operator_log::LogEntry;
use crate::app::screen::popup::{Menu, Popup};
use crate::app::writes::targets_on_screen::OnScreen;
use crate::app::writes::verb_plan::plan;
use crate::data::model::LogRow;

/// What the copy menu offers of a row, in the order of the keys.
const VERBS: [(Verb, &str); 10] = [
    (Verb::Retry, "retry"),
    (Verb::Resolve, "resolve"),
    (Verb::Cancel, "cancel"),
    (Verb::Close, "close"),
    (Verb::Note, "note"),
    (Verb::Claim, "claim"),
    (Verb::Release, "release"),
    (Verb::Snooze, "snooze"),
    (Verb::Unsnooze, "unsnooze"),
    (Verb::SendToDlq, "dlq"),
];

/// What is copied, or why there is nothing.
type CopyResult = Result<Copied, String>;

/// The acts that apply to what is selected, for the copy menu.
pub(super) fn verb_items(seen: &OnScreen<'_>) -> Vec<(String, Action)> {
    let subjects = seen.subjects();
    let source = &seen.session.source;
    VERBS
        .iter()
        .filter_map(|(verb, name)| {
            let many = match plan(*verb, &subjects, source).change.count() {
                0 => return None,
                1 => String::new(),
                count => format!(" ({count})"),
            };
            let item = format!("as a command  {name}{many}");
            Some((item, Action::Copy(CopyTarget::Act(*verb))))
        })
        .collect()
}

/// An act on what is selected. The reason is left blank for whoever runs it: a blank one is refused.
pub(super) fn verb_command(verb: Verb, seen: &OnScreen<'_>) -> CopyResult {
    let plan = plan(verb, &seen.subjects(), &seen.session.source);
    if plan.change.count() == 0 {
        return Err("nothing to copy here".to_owned());
    }
    let line = shell_command::command(&plan.change, "")?;
    let name = "the command; write its reason before you run it";
    Ok(Copied::new(name, line))
}

/// Exactly what the dialog would do.
pub(super) fn dialog_command(popup: Option<&Popup>) -> CopyResult {
    let confirm = match popup {
        Some(Popup::Confirm(confirm)) => confirm,
        Some(Popup::Detector(dialog)) => {
            let line = shell_command::decision(dialog.planned(), dialog.reason.text().trim())?;
            return Ok(Copied::new("the command", line));
        }
        _ => return Err("no box is open".to_owned()),
    };
    let line = shell_command::command(&confirm.plan.change, confirm.reason.text().trim())?;
    let paced = shell_command::paced(&confirm.pace());
    Ok(Copied::new("the command", line + &paced))
}

/// What can be copied of a row of the log.
pub(super) fn menu_of_log_entry(entry: LogEntry<'_>) -> Menu {
    match entry {
        LogEntry::Line(row) => menu_of_log_line(row),
        LogEntry::Bulk(act) => {
            let lines = count_usize(act.lines.len());
            let mut items = vec![(
                format!("all {lines} lines as JSON"),
                Action::Copy(CopyTarget::Json),
            )];
            let batch = act.newest().batch;
            items.extend(batch.map(|id| {
                let text = format!("{:<14}{id}", "batch");
                (text, Action::Copy(CopyTarget::Batch))
            }));
            Menu {
                title: "Copy",
                items,
                at: 0,
            }
        }
    }
}

/// One thing of a row of the log.
pub(super) fn from_log_entry(entry: LogEntry<'_>, what: CopyTarget) -> CopyResult {
    let act = match entry {
        LogEntry::Line(row) => return from_log_line(row, what),
        LogEntry::Bulk(act) => act,
    };
    match what {
        CopyTarget::Batch => from_log_line(act.newest(), what),
        CopyTarget::Here | CopyTarget::Json => match serde_json::to_string_pretty(&act.lines) {
            Ok(json) => Ok(Copied::new("its lines as JSON", json)),
            Err(error) => Err(error.to_string()),
        },
        _ => Err("a bulk run has no id and no command of its own: Enter opens it".to_owned()),
    }
}

fn menu_of_log_line(row: &LogRow) -> Menu {
    let mut items = vec![("line as JSON".to_owned(), Action::Copy(CopyTarget::Json))];
    let command = match shell_command::repeat(row) {
        Ok(line) => format!("as a command  {line}"),
        Err(why) => format!("as a command  (none: {why})"),
    };
    items.push((command, Action::Copy(CopyTarget::Again)));
    let mut id = |name: &str, id: Option<String>, copied| {
        items.extend(id.map(|id| (format!("{name:<14}{id}"), Action::Copy(copied))));
    };
    id(
        "id",
        row.subject_uuid.map(|id| id.to_string()),
        CopyTarget::Id,
    );
    id(
        "task id",
        row.task_uuid.map(|id| id.to_string()),
        CopyTarget::TaskId,
    );
    id(
        "batch",
        row.batch.map(|id| id.to_string()),
        CopyTarget::Batch,
    );
    Menu {
        title: "Copy",
        items,
        at: 0,
    }
}

fn from_log_line(row: &LogRow, what: CopyTarget) -> CopyResult {
    let none = || "the line has none".to_owned();
    match what {
        CopyTarget::Again => Ok(Copied::new("the command", shell_command::repeat(row)?)),
        CopyTarget::Id => Ok(Copied::new(
            "the id",
            row.subject_uuid.ok_or_else(none)?.to_string(),
        )),
        CopyTarget::TaskId => Ok(Copied::new(
            "the task's id",
            row.task_uuid.ok_or_else(none)?.to_string(),
        )),
        CopyTarget::Batch => Ok(Copied::new(
            "the batch",
            row.batch.ok_or_else(none)?.to_string(),
        )),
        CopyTarget::Here | CopyTarget::Json => match serde_json::to_string_pretty(row) {
            Ok(json) => Ok(Copied::new("the line as JSON", json)),
            Err(error) => Err(error.to_string()),
        },
        _ => Err("nothing to copy here".to_owned()),
    }
}

//! Acts as command lines for the clipboard: those that were done, those the box is about to do, those
//! that could be done to what is selected.

use crate::app::App;
use crate::app::action::{Action, CopyTarget, Verb};
use crate::app::screen::copy::shell_command;
use crate::app::screen::popup::{Menu, Overlay};
use crate::app::writes::plan::plan;
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

/// What is copied: its name and itself, or why there is nothing.
pub(in crate::app) type Copy = Result<(&'static str, String), String>;

impl App {
    /// The acts that apply to what is selected, for the copy menu.
    pub(in crate::app) fn verb_commands(&self) -> Vec<(String, Action)> {
        let subjects = self.subjects();
        let applies = |verb: Verb| plan(verb, &subjects, &self.place.source).change.count();
        VERBS
            .iter()
            .filter_map(|(verb, name)| {
                let many = match applies(*verb) {
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
    pub(in crate::app) fn verb_command(&self, verb: Verb) -> Copy {
        let plan = plan(verb, &self.subjects(), &self.place.source);
        if plan.change.count() == 0 {
            return Err("nothing to copy here".to_owned());
        }
        let line = shell_command::command(&plan.change, "")?;
        Ok(("the command; write its reason before you run it", line))
    }

    /// Exactly what the box would do.
    pub(in crate::app) fn dialog_command(&self) -> Copy {
        let Some(Overlay::Confirm(confirm)) = &self.overlay else {
            return Err("no box is open".to_owned());
        };
        let line = shell_command::command(&confirm.plan.change, confirm.reason.text().trim())?;
        let paced = shell_command::paced(&confirm.pace());
        Ok(("the command", line + &paced))
    }
}

/// What can be copied of a line of the log.
pub(in crate::app) fn menu_of_log_line(row: &LogRow) -> Menu {
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

/// One thing of a line of the log.
pub(in crate::app) fn from_log_line(row: &LogRow, what: CopyTarget) -> Copy {
    let none = || "the line has none".to_owned();
    match what {
        CopyTarget::Again => Ok(("the command", shell_command::repeat(row)?)),
        CopyTarget::Id => Ok(("the id", row.subject_uuid.ok_or_else(none)?.to_string())),
        CopyTarget::TaskId => Ok(("the task's id", row.task_uuid.ok_or_else(none)?.to_string())),
        CopyTarget::Batch => Ok(("the batch", row.batch.ok_or_else(none)?.to_string())),
        CopyTarget::Here | CopyTarget::Json => match serde_json::to_string_pretty(row) {
            Ok(json) => Ok(("the line as JSON", json)),
            Err(error) => Err(error.to_string()),
        },
        _ => Err("nothing to copy here".to_owned()),
    }
}

//! What goes on the clipboard. The text is safe already; the terminal side carries it there.

pub(in crate::app) mod cli_menu;
pub mod shell_command;

use crate::app::App;
use crate::app::action::{Action, CopyTarget, Pane};
use crate::app::screen::copy::cli_menu::{from_log_line, menu_of_log_line};
use crate::app::screen::notification::Tone;
use crate::app::screen::popup::{Menu, Popup};
use crate::data::messages::command::Command;

/// Terminals cut or refuse more than about this many bytes.
pub(in crate::app) const LIMIT: usize = 74_000;

/// What can be copied where the operator is.
struct Copies {
    id: String,
    task: String,
    step: Option<String>,
    error: Option<String>,
    json: Option<String>,
    /// Path and value of the line under the cursor of a snapshot.
    chosen: Option<(String, String)>,
}

impl App {
    pub(in crate::app) fn open_copy_menu(&mut self) {
        if matches!(self.screen.popup, Some(Popup::Help(_) | Popup::Results(_))) {
            return;
        }
        self.pin_log_line();
        if let Some(row) = self.log_line() {
            self.screen.popup = Some(Popup::Menu(menu_of_log_line(row)));
            return;
        }
        if let Some((name, _)) = self.fleet_row() {
            self.screen.popup = Some(Popup::Menu(menu_of_name(&name)));
            return;
        }
        let Some(copies) = self.copies() else {
            return self.say("no row is selected here");
        };
        let mut items = Vec::new();
        if let Some((path, _)) = &copies.chosen {
            let words = format!("value         {path}");
            items.push((words, Action::Copy(CopyTarget::Value)));
            items.push(("path of it".to_owned(), Action::Copy(CopyTarget::Path)));
        }
        items.extend([
            (
                format!("id            {}", copies.id),
                Action::Copy(CopyTarget::Id),
            ),
            (
                format!("task id       {}", copies.task),
                Action::Copy(CopyTarget::TaskId),
            ),
        ]);
        if let Some(step) = &copies.step {
            items.push((
                format!("step id       {step}"),
                Action::Copy(CopyTarget::StepId),
            ));
        }
        if copies.error.is_some() {
            items.push(("error".to_owned(), Action::Copy(CopyTarget::Error)));
        }
        if copies.json.is_some() {
            items.push(("row as JSON".to_owned(), Action::Copy(CopyTarget::Json)));
        }
        items.push((
            format!("as a command  dlqtop show {}", copies.id),
            Action::Copy(CopyTarget::Command),
        ));
        items.extend(self.verb_commands());
        self.screen.popup = Some(Popup::Menu(Menu {
            title: "Copy",
            items,
            at: 0,
        }));
    }

    pub(in crate::app) fn copy(&mut self, what: CopyTarget) -> Option<Command> {
        let special = match (what, self.log_line()) {
            (CopyTarget::Box, _) => Some(self.dialog_command()),
            // what lies below cannot be seen
            _ if matches!(self.screen.popup, Some(Popup::Help(_) | Popup::Results(_))) => {
                Some(Err("there is nothing to copy here".to_owned()))
            }
            (_, Some(row)) => Some(from_log_line(row, what)),
            (CopyTarget::Act(verb), None) => Some(self.verb_command(verb)),
            _ => None,
        };
        match special {
            Some(Ok((name, text))) => return self.put_on_clipboard(name, text),
            Some(Err(why)) => {
                self.tell(Tone::Bad, format!("not copied: {why}"));
                return None;
            }
            None => {}
        }
        match (what, self.fleet_row()) {
            (CopyTarget::Here | CopyTarget::Id, Some((name, _))) => {
                return self.put_on_clipboard("the name", name);
            }
            (CopyTarget::Json, Some((_, Some(json)))) => {
                return self.put_on_clipboard("the row as JSON", json);
            }
            _ => {}
        }
        let copies = self.copies();
        let found = copies.and_then(|copies| match what {
            CopyTarget::Here if copies.chosen.is_some() => value(copies.chosen),
            CopyTarget::Value => value(copies.chosen),
            CopyTarget::Path => copies.chosen.map(|(path, _)| ("the path", path)),
            CopyTarget::Here | CopyTarget::Id => Some(("the id", copies.id)),
            CopyTarget::TaskId => Some(("the task's id", copies.task)),
            CopyTarget::StepId => copies.step.map(|step| ("the step's id", step)),
            CopyTarget::Error => copies.error.map(|error| ("the error", error)),
            CopyTarget::Json => copies.json.map(|json| ("the row as JSON", json)),
            CopyTarget::Command => Some(("the command", format!("dlqtop show {}", copies.id))),
            CopyTarget::Act(_) | CopyTarget::Box | CopyTarget::Again | CopyTarget::Batch => None,
        });
        let Some((name, text)) = found else {
            self.say("nothing to copy here");
            return None;
        };
        self.put_on_clipboard(name, text)
    }

    fn put_on_clipboard(&mut self, name: &str, text: String) -> Option<Command> {
        if text.len() > LIMIT {
            self.tell(
                Tone::Bad,
                format!("{name} is too long for a terminal's clipboard"),
            );
            return None;
        }
        self.say(format!("copied {name} (where the terminal allows OSC 52)"));
        Some(Command::Copy(text))
    }

    fn copies(&self) -> Option<Copies> {
        if self.screen.operator_log.is_some() {
            return None;
        }
        if let Some(screen) = &self.detail {
            let step = screen.target();
            return Some(Copies {
                id: screen.task.to_string(),
                task: screen.task.to_string(),
                step: step.map(|row| row.workflow_step_uuid.to_string()),
                error: step.and_then(|row| Some(row.last_error.as_ref()?.as_str().to_owned())),
                json: screen
                    .detail()
                    .and_then(|detail| serde_json::to_string_pretty(detail).ok()),
                chosen: screen.chosen(),
            });
        }
        match self.lists.focus {
            Pane::Staleness => {
                let row = self.lists.staleness.selected(self.polled.stale())?;
                Some(Copies {
                    id: row.task_uuid.to_string(),
                    task: row.task_uuid.to_string(),
                    step: row.blocking_step_uuid.map(|step| step.to_string()),
                    error: row
                        .blocking_error
                        .as_ref()
                        .map(|error| error.as_str().to_owned()),
                    json: serde_json::to_string_pretty(row).ok(),
                    chosen: None,
                })
            }
            Pane::Queue => {
                let row = self.entry_at_cursor()?;
                Some(Copies {
                    id: row.dlq_entry_uuid.to_string(),
                    task: row.task_uuid.to_string(),
                    step: row.workflow_step_uuid.map(|step| step.to_string()),
                    error: row
                        .current_error
                        .as_ref()
                        .map(|error| error.as_str().to_owned()),
                    json: serde_json::to_string_pretty(row).ok(),
                    chosen: None,
                })
            }
            Pane::Stats | Pane::Workers | Pane::Queues => None,
        }
    }
}

/// What can be copied of a row that has a name and no id.
fn menu_of_name(name: &str) -> Menu {
    let items = vec![
        (format!("name  {name}"), Action::Copy(CopyTarget::Id)),
        ("row as JSON".to_owned(), Action::Copy(CopyTarget::Json)),
    ];
    Menu {
        title: "Copy",
        items,
        at: 0,
    }
}

fn value(chosen: Option<(String, String)>) -> Option<(&'static str, String)> {
    chosen.map(|(_, value)| ("the value", value))
}

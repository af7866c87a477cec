//! What goes on the clipboard. The text is safe already; the terminal side carries it there.

mod cli_menu;
mod copied;
pub mod shell_command;

use self::cli_menu::{dialog_command, from_log_entry, menu_of_log_entry, verb_command, verb_items};
use self::copied::Copied;
use super::Screen;
use super::popup::{Menu, Popup};
use crate::app::action::{Action, CLIPBOARD_LIMIT, CopyTarget};
use crate::app::detail::DetailScreen;
use crate::app::lists::named_rows::NamedRow;
use crate::app::message::{Message, Reply};
use crate::app::pane::Pane;
use crate::app::writes::targets_on_screen::OnScreen;
use crate::data::messages::command::Command;
use crate::data::model::{QueueRow, StalenessRow};

/// The value under the cursor of a snapshot.
struct ChosenValue {
    path: String,
    value: String,
}

/// What can be copied where the operator is.
struct Copies {
    id: String,
    task: String,
    step: Option<String>,
    error: Option<String>,
    json: Option<String>,
    chosen: Option<ChosenValue>,
}

impl Screen {
    /// Lets what is copied be chosen.
    pub fn open_copy_menu(&mut self, seen: &OnScreen<'_>) -> Option<Message> {
        if self.is_reading() {
            return None;
        }
        let menu = if let Some(entry) = self.log_entry() {
            menu_of_log_entry(entry)
        } else if let Some(name) = named_row(seen).map(|row| row.name) {
            menu_of_name(&name)
        } else if let Some(copies) = Copies::of(seen) {
            copies.menu(verb_items(seen))
        } else {
            return Some(Message::info("no row is selected here"));
        };
        self.popup = Some(Popup::Menu(menu));
        None
    }

    /// Puts something on the clipboard.
    #[must_use]
    pub fn copy(&self, what: CopyTarget, seen: &OnScreen<'_>) -> Reply {
        let special = match (what, self.log_entry()) {
            (CopyTarget::Address, _) => return copy_address(&seen.session.open_command),
            (CopyTarget::Box, _) => Some(dialog_command(self.popup.as_ref())),
            // what lies below cannot be seen
            _ if self.is_reading() => Some(Err("there is nothing to copy here".to_owned())),
            (_, Some(entry)) => Some(from_log_entry(entry, what)),
            (CopyTarget::Act(verb), None) => Some(verb_command(verb, seen)),
            _ => None,
        };
        match special {
            Some(Ok(copied)) => return put_on_clipboard(copied),
            Some(Err(why)) => return Message::bad(format!("not copied: {why}")).into(),
            None => {}
        }
        let of_name = named_row(seen).and_then(|row| match what {
            CopyTarget::Here | CopyTarget::Id => Some(Copied::new("the name", row.name)),
            CopyTarget::Json => Some(Copied::new("the row as JSON", row.json?)),
            _ => None,
        });
        let copied = of_name.or_else(|| Copies::of(seen)?.take(what));
        copied.map_or_else(
            || Message::info("nothing to copy here").into(),
            put_on_clipboard,
        )
    }

    /// A popup that is only read covers what could be copied.
    const fn is_reading(&self) -> bool {
        matches!(self.popup, Some(Popup::Help(_) | Popup::Results(_)))
    }
}

/// Shows the command as well as copying it: not every terminal takes it, and it is short.
fn copy_address(command: &str) -> Reply {
    let message = Message::good(format!("copied: {command}"));
    Reply::new(message, Command::Copy(command.to_owned()))
}

fn put_on_clipboard(copied: Copied) -> Reply {
    let Copied { name, text } = copied;
    if text.len() > CLIPBOARD_LIMIT {
        let text = format!("{name} is too long for a terminal's clipboard");
        return Message::bad(text).into();
    }
    let message = format!("copied {name} (where the terminal allows OSC 52)");
    Reply::new(Message::info(message), Command::Copy(text))
}

/// The row under the cursor that has a name and no id, if nothing covers it.
fn named_row(seen: &OnScreen<'_>) -> Option<NamedRow> {
    let covered = seen.log_is_open || seen.detail.is_some();
    (!covered).then(|| seen.lists.named_row(seen.polled))?
}

impl Copies {
    fn of(seen: &OnScreen<'_>) -> Option<Self> {
        if seen.log_is_open {
            return None;
        }
        if let Some(screen) = seen.detail {
            return Some(Self::of_detail(screen));
        }
        match seen.lists.focus {
            Pane::Staleness => {
                let row = seen.lists.staleness.selected(seen.polled.stale());
                row.map(Self::of_stale)
            }
            Pane::Queue => seen.lists.entry_at_cursor(seen.polled).map(Self::of_entry),
            Pane::Stats | Pane::Workers | Pane::Queues => None,
        }
    }

    fn of_detail(screen: &DetailScreen) -> Self {
        let step = screen.target();
        let detail = screen.detail();
        Self {
            id: screen.task.to_string(),
            task: screen.task.to_string(),
            step: step.map(|row| row.workflow_step_uuid.to_string()),
            error: step.and_then(|row| Some(row.last_error.as_ref()?.as_str().to_owned())),
            json: detail.and_then(|detail| serde_json::to_string_pretty(detail).ok()),
            chosen: screen
                .chosen()
                .map(|(path, value)| ChosenValue { path, value }),
        }
    }

    fn of_stale(row: &StalenessRow) -> Self {
        let error = row.blocking_error.as_ref();
        Self {
            id: row.task_uuid.to_string(),
            task: row.task_uuid.to_string(),
            step: row.blocking_step_uuid.map(|step| step.to_string()),
            error: error.map(|error| error.as_str().to_owned()),
            json: serde_json::to_string_pretty(row).ok(),
            chosen: None,
        }
    }

    fn of_entry(row: &QueueRow) -> Self {
        let error = row.current_error.as_ref();
        Self {
            id: row.dlq_entry_uuid.to_string(),
            task: row.task_uuid.to_string(),
            step: row.workflow_step_uuid.map(|step| step.to_string()),
            error: error.map(|error| error.as_str().to_owned()),
            json: serde_json::to_string_pretty(row).ok(),
            chosen: None,
        }
    }

    fn menu(&self, verbs: Vec<(String, Action)>) -> Menu {
        let mut items = Vec::new();
        let mut add = |text: String, what| items.push((text, Action::Copy(what)));
        if let Some(chosen) = &self.chosen {
            add(format!("value         {}", chosen.path), CopyTarget::Value);
            add("its path".to_owned(), CopyTarget::Path);
        }
        add(format!("id            {}", self.id), CopyTarget::Id);
        add(format!("task id       {}", self.task), CopyTarget::TaskId);
        if let Some(step) = &self.step {
            add(format!("step id       {step}"), CopyTarget::StepId);
        }
        if self.error.is_some() {
            add("error".to_owned(), CopyTarget::Error);
        }
        if self.json.is_some() {
            add("row as JSON".to_owned(), CopyTarget::Json);
        }
        let show = format!("as a command  dlqtop show {}", self.id);
        add(show, CopyTarget::Command);
        items.extend(verbs);
        Menu {
            title: "Copy",
            items,
            at: 0,
        }
    }

    fn take(self, what: CopyTarget) -> Option<Copied> {
        let value = |chosen: ChosenValue| Copied::new("the value", chosen.value);
        match what {
            CopyTarget::Here if self.chosen.is_some() => self.chosen.map(value),
            CopyTarget::Value => self.chosen.map(value),
            CopyTarget::Path => self
                .chosen
                .map(|chosen| Copied::new("the path", chosen.path)),
            CopyTarget::Here | CopyTarget::Id => Some(Copied::new("the id", self.id)),
            CopyTarget::TaskId => Some(Copied::new("the task's id", self.task)),
            CopyTarget::StepId => self.step.map(|step| Copied::new("the step's id", step)),
            CopyTarget::Error => self.error.map(|error| Copied::new("the error", error)),
            CopyTarget::Json => self.json.map(|json| Copied::new("the row as JSON", json)),
            CopyTarget::Command => {
                let line = format!("dlqtop show {}", self.id);
                Some(Copied::new("the command", line))
            }
            CopyTarget::Address
            | CopyTarget::Act(_)
            | CopyTarget::Box
            | CopyTarget::Again
            | CopyTarget::Batch => None,
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

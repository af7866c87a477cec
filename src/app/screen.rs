//! What lies on top of the panes: popups, the operator log, the message line, what can be copied.
//!
//! The uppermost room: it may read all the others, and nothing but `app.rs` calls it. A new command
//! begins in `commands`, a new popup in `popup`.

pub mod command_support;
pub mod commands;
pub mod copy;
pub mod notification;
pub mod operator_log;
pub mod popup;

use chrono::{DateTime, TimeDelta, Utc};

use self::notification::Notification;
use self::operator_log::{LogEntry, LogScreen};
use self::popup::Popup;
use crate::app::action::{Edit, Move};
use crate::app::message::Message;
use crate::app::viewport::Viewport;
use crate::app::writes::confirm::Confirm;
use crate::app::writes::confirm::field::Field;
use crate::app::writes::detector::DetectorDialog;
use crate::app::writes::detector::facts::Facts;
use crate::data::messages::command::Answer;

/// What lies on top of the panes.
#[derive(Debug, Default)]
pub struct Screen {
    /// What lies over everything else.
    pub popup: Option<Popup>,
    /// The log of what was done; it covers everything but a popup.
    pub operator_log: Option<LogScreen>,
    /// The latest message, until it has been read.
    pub notification: Option<Notification>,
    /// The program should end.
    pub quitting: bool,
    /// A warning said what is under way, and may quit all the same.
    pub quit_warned: bool,
    /// When the operator last pressed a key.
    pub last_input: Option<DateTime<Utc>>,
}

/// Without a key for so long, no key is on its way to what is on the screen.
const IDLE: TimeDelta = TimeDelta::seconds(2);

impl Screen {
    /// Shows a message until it has been read.
    pub fn notify(&mut self, message: Message, now: DateTime<Utc>) {
        self.notification = Some(Notification::new(message, now));
    }

    /// Takes the message away once it has stood long enough.
    pub fn expire_notification(&mut self, now: DateTime<Utc>) {
        self.notification.take_if(|news| news.is_over(now));
    }

    /// Takes the message away that begins so: it is no longer true.
    pub fn dismiss(&mut self, beginning: &str) {
        self.notification
            .take_if(|news| news.text.starts_with(beginning));
    }

    /// Whether no key was pressed for a moment.
    #[must_use]
    pub fn is_idle(&self, now: DateTime<Utc>) -> bool {
        self.last_input.is_none_or(|last| now - last >= IDLE)
    }

    /// Opens a dialog.
    pub fn confirm(&mut self, confirm: Confirm) {
        self.popup = Some(Popup::Confirm(Box::new(confirm)));
    }

    /// Opens a dialog about the detector.
    pub fn ask_detector(&mut self, dialog: DetectorDialog) {
        self.popup = Some(Popup::Detector(Box::new(dialog)));
    }

    /// Takes what the database says about a decision, if the dialog that asked is still open and has
    /// heard nothing yet: what it shows is fixed then.
    pub fn tell_detector_dialog(&mut self, answer: Answer) {
        if let Some(Popup::Detector(dialog)) = &mut self.popup
            && dialog.awaits(&answer)
            && let Some(facts) = Facts::of_answer(answer)
        {
            dialog.facts = facts;
        }
    }

    /// Says what is wrong in the command bar, if that is where it was typed; else it is a message.
    pub fn complain(&mut self, complaint: String) -> Option<Message> {
        if let Some(Popup::Palette(palette)) = &mut self.popup {
            palette.complaint = Some(complaint);
            return None;
        }
        Some(Message::bad(complaint))
    }

    /// Whether a popup is open in which keys are letters of a text.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        match &self.popup {
            Some(Popup::Confirm(confirm)) => matches!(
                confirm.field,
                Field::Reason
                    | Field::Count
                    | Field::Name
                    | Field::Attempts
                    | Field::Timeout
                    | Field::Span
            ),
            Some(Popup::Detector(dialog)) => {
                matches!(dialog.field, Field::Reason | Field::Count | Field::Name)
            }
            Some(Popup::Palette(_)) => true,
            _ => false,
        }
    }

    /// Moves what the open popup shows. Says whether one is open.
    pub fn move_in_popup(&mut self, step: Move) -> bool {
        match &mut self.popup {
            Some(Popup::Help(view) | Popup::Results(view) | Popup::LogLine(_, view)) => {
                view.scroll(step);
            }
            Some(Popup::Palette(palette)) => palette.choose(short_step(step)),
            Some(Popup::Menu(menu)) => menu.choose(short_step(step)),
            Some(Popup::Confirm(confirm)) => confirm.view.scroll(step),
            Some(Popup::Detector(dialog)) => dialog.view.scroll(step),
            None => return false,
        }
        true
    }

    /// Chooses the next or previous in the open popup. Says whether one is open.
    pub fn choose_in_popup(&mut self, by: isize) -> bool {
        match &mut self.popup {
            Some(Popup::Confirm(confirm)) => confirm.choose(by),
            Some(Popup::Detector(dialog)) => dialog.choose(),
            Some(Popup::Palette(palette)) => palette.choose(by),
            Some(Popup::Menu(menu)) => menu.choose(by),
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// Changes what is typed in the open popup. Says whether one is open.
    pub fn edit_in_popup(&mut self, edit: &Edit) -> bool {
        match &mut self.popup {
            Some(Popup::Confirm(confirm)) => confirm.edit(edit),
            Some(Popup::Detector(dialog)) => dialog.edit(edit),
            Some(Popup::Palette(palette)) => palette.edit(edit),
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// Moves between the fields of a dialog.
    pub fn step_field(&mut self, by: isize) {
        match &mut self.popup {
            Some(Popup::Confirm(confirm)) => confirm.step(by),
            Some(Popup::Detector(dialog)) => dialog.step(by),
            _ => {}
        }
    }

    /// Completes what is typed in the command bar.
    pub fn complete_word(&mut self) {
        if let Some(Popup::Palette(palette)) = &mut self.popup {
            palette.complete();
        }
    }

    /// What of the operator log is looked at: the line that is open, else what is under the cursor.
    #[must_use]
    pub fn log_entry(&self) -> Option<LogEntry<'_>> {
        match (&self.popup, &self.operator_log) {
            (Some(Popup::LogLine(row, _)), _) => Some(LogEntry::Line(row)),
            (_, Some(log)) => log.chosen(),
            _ => None,
        }
    }

    /// Enter in the log: opens a bulk run or folds it again; of a line, shows all of it.
    pub fn open_log_entry(&mut self) -> Option<Message> {
        let opened = match self.log_entry() {
            None => return Some(Message::info("nothing has been done yet")),
            Some(LogEntry::Bulk(act)) => Err(act.newest().batch),
            Some(LogEntry::Line(row)) => Ok(row.clone()),
        };
        match opened {
            Ok(row) => self.popup = Some(Popup::LogLine(Box::new(row), Viewport::default())),
            Err(batch) => {
                if let (Some(log), Some(batch)) = (&mut self.operator_log, batch) {
                    log.toggle(batch);
                }
            }
        }
        None
    }
}

/// A move as a step in a short list.
const fn short_step(step: Move) -> isize {
    match step {
        Move::Up => -1,
        Move::Down => 1,
        Move::HalfUp | Move::PageUp => -5,
        Move::HalfDown | Move::PageDown => 5,
        Move::Top => -1_000,
        Move::Bottom => 1_000,
    }
}

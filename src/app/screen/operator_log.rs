//! The log of what was done: a cursor over its lines, newest first.

use crate::app::App;
use crate::app::action::Move;
use crate::app::screen::popup::Popup;
use crate::app::viewport::Viewport;
use crate::data::model::LogRow;

/// The log while it is looked at.
#[derive(Debug, Clone, Default)]
pub struct LogScreen {
    /// What is on screen.
    pub view: Viewport,
    /// The line under the cursor; `None` is whichever is the newest.
    cursor: Option<i64>,
    /// Where it was, in case it leaves the window.
    at: usize,
}

impl LogScreen {
    /// The place of the line under the cursor.
    #[must_use]
    pub fn at(&self, rows: &[LogRow]) -> usize {
        let is_it = |row: &LogRow| Some(row.log_id) == self.cursor;
        match self.cursor {
            None => 0,
            Some(_) => (rows.iter().position(is_it))
                .unwrap_or_else(|| self.at.min(rows.len().saturating_sub(1))),
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, rows: &[LogRow], step: Move) {
        self.at = self.view.moved(self.at(rows), rows.len(), step);
        // At the top it stays with what comes; below, with its line.
        self.cursor = (self.at > 0)
            .then(|| rows.get(self.at).map(|row| row.log_id))
            .flatten();
    }
}

impl App {
    /// The lines that the last poll brought.
    #[must_use]
    pub fn log_rows(&self) -> &[LogRow] {
        self.polled.log.rows.as_deref().map_or(&[], Vec::as_slice)
    }

    /// The line of the log that is looked at.
    pub(in crate::app) fn log_line(&self) -> Option<&LogRow> {
        match (&self.screen.popup, &self.screen.operator_log) {
            (Some(Popup::LogLine(row, _)), _) => Some(row),
            (_, Some(log)) => {
                let rows = self.log_rows();
                rows.get(log.at(rows))
            }
            _ => None,
        }
    }

    /// What was chosen stays chosen while lines come in above it.
    pub(in crate::app) fn pin_log_line(&mut self) {
        let rows = self
            .polled
            .log
            .rows
            .as_deref()
            .map_or(&[][..], Vec::as_slice);
        if let Some(log) = &mut self.screen.operator_log {
            log.at = log.at(rows);
            log.cursor = rows.get(log.at).map(|row| row.log_id);
        }
    }

    /// Enter in the log: the whole line, of which the list shows the beginning.
    pub(in crate::app) fn open_log_line(&mut self) {
        self.pin_log_line();
        match self.log_line().cloned() {
            Some(row) => {
                self.screen.popup = Some(Popup::LogLine(Box::new(row), Viewport::default()));
            }
            None => self.say("nothing has been done yet"),
        }
    }
}

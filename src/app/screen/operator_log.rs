//! The log of what was done: a cursor over its lines, newest first.

use crate::app::action::Move;
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

    /// The line under the cursor.
    #[must_use]
    pub fn line<'a>(&self, rows: &'a [LogRow]) -> Option<&'a LogRow> {
        rows.get(self.at(rows))
    }

    /// What was chosen stays chosen while lines come in above it.
    pub fn pin(&mut self, rows: &[LogRow]) {
        self.at = self.at(rows);
        self.cursor = rows.get(self.at).map(|row| row.log_id);
    }
}

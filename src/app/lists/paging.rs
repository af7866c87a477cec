//! What was asked for of the lists, and since when less would do.

use chrono::{DateTime, Utc};

use crate::app::pane::Pane;
use crate::data::messages::command::Command;
use crate::data::model::{GroupId, RowsWanted};

/// What was asked for, and since when less would do.
#[derive(Debug, Default)]
pub struct Paging {
    pub(super) asked: RowsWanted,
    pub(super) slack_since: Option<DateTime<Utc>>,
    /// A group under the cursor whose rows are not asked for yet, and since when it is.
    pub(super) group_since: Option<(GroupId, DateTime<Utc>)>,
    /// The pane whose cursor goes on to the end of what is read.
    pub(super) following_end: Option<Pane>,
}

impl Paging {
    /// Asks for so many rows.
    pub(super) fn request(&mut self, wanted: RowsWanted) -> Command {
        self.asked = wanted;
        self.slack_since = None;
        Command::RowsWanted(wanted)
    }

    /// It has to be asked for again.
    pub fn on_rejected(&mut self) {
        self.asked = RowsWanted::default();
    }
}

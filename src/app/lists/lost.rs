//! The rows that are gone from under the cursor, and what the database said of them. `where_lost` puts it
//! into words.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::app::format::title;
use crate::data::model::lookup::LookedUp;
use crate::data::model::{EntryId, QueueRow, StalenessRow, TaskId};

/// What may still change is asked for again after this long.
pub(super) const ASKED_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(5);

/// A row that the cursor stands on, or stood on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRow {
    pub(super) entry: Option<EntryId>,
    pub(super) task: TaskId,
    pub(super) name: String,
}

impl LostRow {
    pub(super) fn of_entry(row: &QueueRow) -> Self {
        Self {
            entry: Some(row.dlq_entry_uuid),
            task: row.task_uuid,
            name: title(row.namespace_name.as_str(), row.task_name.as_str()),
        }
    }

    pub(super) fn of_stale(row: &StalenessRow) -> Self {
        Self {
            entry: None,
            task: row.task_uuid,
            name: title(row.namespace_name.as_str(), row.task_name.as_str()),
        }
    }

    /// The id that it is looked up by.
    pub(super) fn id(&self) -> Uuid {
        self.entry.map_or(self.task.0, |entry| entry.0)
    }
}

/// What is under the cursors before a poll; `None` where a cursor stands on nothing. Of a group that was only
/// counted no row is known.
#[derive(Debug, Default)]
pub struct UnderCursor {
    pub(super) stale: Option<Vec<LostRow>>,
    pub(super) entries: Option<Vec<LostRow>>,
}

/// An answer of the database about one row; `None` if it knows no such row.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) found: Option<LookedUp>,
    at: DateTime<Utc>,
}

/// The rows that are gone from under the cursors, and what is known of them.
#[derive(Debug, Default)]
pub struct Lost {
    pub(super) stale: Vec<LostRow>,
    pub(super) entries: Vec<LostRow>,
    /// The rows of the group that was opened.
    pub(super) of_group: Vec<LostRow>,
    pub(super) answers: HashMap<Uuid, Looked>,
    pub(super) asked: Option<DateTime<Utc>>,
}

impl Lost {
    /// A group with these rows is opened.
    pub(super) fn enter_group(&mut self, rows: Vec<LostRow>) {
        self.of_group = rows;
    }

    /// The database was asked about these rows, and has answered or could not.
    pub fn on_answer(&mut self, asked: &[Uuid], found: Option<Vec<LookedUp>>, now: DateTime<Utc>) {
        self.asked = found.is_none().then_some(now);
        let Some(found) = found else { return };
        let mut found: HashMap<Uuid, LookedUp> =
            found.into_iter().map(|one| (one.id, one)).collect();
        for id in asked {
            let found = found.remove(id);
            self.answers.insert(*id, Looked { found, at: now });
        }
    }

    /// The question could not be handed on.
    pub const fn on_rejected(&mut self) {
        self.asked = None;
    }

    /// Whether nothing is known of a row, or what is known may have changed.
    pub(super) fn is_due(&self, row: &LostRow, now: DateTime<Utc>) -> bool {
        self.answers.get(&row.id()).is_none_or(|looked| {
            let is_final = looked.found.as_ref().is_none_or(is_final);
            !is_final && now - looked.at >= ASKED_AGAIN_AFTER
        })
    }
}

/// Whether nothing more is to be expected.
fn is_final(found: &LookedUp) -> bool {
    let is_closed = (found.resolution_status.as_ref()).is_some_and(|status| status != "pending");
    is_closed
        || matches!(
            found.current_state.as_str(),
            "complete" | "completed" | "cancelled" | "resolved_manually"
        )
}

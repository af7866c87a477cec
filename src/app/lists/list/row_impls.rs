//! The rows of the two lists: what filters ask of them, and how they compare.

use std::cmp::Ordering;

use super::Row;
use crate::app::format::error_line;
use crate::app::lists::filter::fields::FilterFields;
use crate::app::pane::Column;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, QueueRow, StalenessRow, StepId, TaskId};

fn text(safe: Option<&SafeText>) -> &str {
    safe.map_or("", |safe| safe.as_str())
}

impl Row for StalenessRow {
    type Id = TaskId;

    fn id(&self) -> TaskId {
        self.task_uuid
    }

    fn step(&self) -> Option<StepId> {
        self.blocking_step_uuid
    }

    fn filter_fields(&self) -> FilterFields<'_> {
        FilterFields {
            text: [
                self.namespace_name.as_str(),
                self.task_name.as_str(),
                text(self.blocking_step.as_ref()),
                text(self.blocking_error.as_ref()),
            ],
            fingerprint: &self.fingerprint,
            ids: [Some(self.task_uuid.0), self.pending_entry.map(|id| id.0)],
            reason: "",
            namespace: self.namespace_name.as_str(),
            states: [
                self.current_state.as_str(),
                text(self.blocking_step_state.as_ref()),
            ],
            owner: "",
            health: self.health_status.as_str(),
            more: self.condition.as_slice(),
            age_minutes: self.time_in_state_minutes,
        }
    }

    fn compare(&self, other: &Self, column: Column) -> Ordering {
        let name = |row: &Self| (row.namespace_name.clone(), row.task_name.clone());
        match column {
            Column::Ratio | Column::Score => self.ratio().total_cmp(&other.ratio()),
            Column::State => {
                let state = |row: &Self| (row.current_state.clone(), row.condition.clone());
                state(self).cmp(&state(other))
            }
            Column::Age => self
                .time_in_state_minutes
                .total_cmp(&other.time_in_state_minutes),
            Column::Left => self.minutes_to_breach.total_cmp(&other.minutes_to_breach),
            Column::Error => self.error_line().cmp(&other.error_line()),
            Column::Name | Column::Reason | Column::Owner => name(self).cmp(&name(other)),
        }
    }

    fn error_line(&self) -> Option<String> {
        self.blocking_error.as_ref().map(error_line)
    }
}

impl Row for QueueRow {
    type Id = EntryId;

    fn id(&self) -> EntryId {
        self.dlq_entry_uuid
    }

    fn step(&self) -> Option<StepId> {
        self.workflow_step_uuid
    }

    fn filter_fields(&self) -> FilterFields<'_> {
        FilterFields {
            text: [
                self.namespace_name.as_str(),
                self.task_name.as_str(),
                text(self.step_name.as_ref()),
                text(self.current_error.as_ref()),
            ],
            fingerprint: &self.fingerprint,
            ids: [Some(self.task_uuid.0), Some(self.dlq_entry_uuid.0)],
            reason: self.dlq_reason.as_str(),
            namespace: self.namespace_name.as_str(),
            states: [self.current_state.as_str(), text(self.step_state.as_ref())],
            owner: text(self.owner.as_ref()),
            health: "",
            more: &[],
            age_minutes: self.minutes_in_dlq,
        }
    }

    fn compare(&self, other: &Self, column: Column) -> Ordering {
        let name = |row: &Self| (row.namespace_name.clone(), row.task_name.clone());
        match column {
            Column::Score | Column::Ratio => self.priority_score.total_cmp(&other.priority_score),
            Column::Reason => self.dlq_reason.cmp(&other.dlq_reason),
            Column::State => self.current_state.cmp(&other.current_state),
            Column::Owner => self.owner.cmp(&other.owner),
            Column::Age | Column::Left => self.minutes_in_dlq.total_cmp(&other.minutes_in_dlq),
            Column::Error => self.error_line().cmp(&other.error_line()),
            Column::Name => name(self).cmp(&name(other)),
        }
    }

    fn error_line(&self) -> Option<String> {
        self.current_error.as_ref().map(error_line)
    }
}

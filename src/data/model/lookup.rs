//! What ids from a command line refer to.

use sqlx::FromRow;
use uuid::Uuid;

use crate::data::model::ids::{EntryId, StepId, TaskId};
use crate::data::model::safe_text::SafeText;

/// What an id refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// A task.
    Task,
    /// An entry.
    Entry,
    /// A step.
    Step,
    /// A correlation id, which links a task to other systems' logs.
    Correlation,
}

/// A step of a task that was looked up.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct NamedStep {
    pub(in crate::data) task_uuid: TaskId,
    /// The step.
    pub workflow_step_uuid: StepId,
    /// Its name.
    pub step_name: SafeText,
    /// Its state.
    pub current_state: SafeText,
    /// The first line of its error.
    pub last_error: Option<SafeText>,
}

/// What one id refers to.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LookedUp {
    /// The id.
    pub id: Uuid,
    /// What it refers to.
    pub kind: Kind,
    /// The task it belongs to.
    pub task_uuid: TaskId,
    /// The namespace of the task's template.
    pub namespace_name: SafeText,
    /// The name of the task's template.
    pub task_name: SafeText,
    /// The task's state.
    pub current_state: SafeText,
    /// The entry that was named, else the task's open one.
    pub dlq_entry_uuid: Option<EntryId>,
    /// Why that entry was opened.
    pub dlq_reason: Option<SafeText>,
    /// How that entry stands: `pending`, or how it was closed.
    pub resolution_status: Option<SafeText>,
    /// Who closed it.
    pub resolved_by: Option<SafeText>,
    /// The version that an update of it must name.
    pub version: Option<i32>,
    /// The steps of the task.
    #[sqlx(skip)]
    pub steps: Vec<NamedStep>,
}

//! One task read closely: its steps, its history, its entries, and what operators did.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef};
use sqlx::{Decode, FromRow, Postgres, Type};
use uuid::Uuid;

use crate::data::model::any_instant::{AnyEnd, AnyInstant, SomeInstant};
use crate::data::model::fleet::HintRow;
use crate::data::model::ids::{EntryId, StepId, TaskId};
use crate::data::model::safe_text::SafeText;

/// One step of a task, with what it waits for.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct StepRow {
    /// The step.
    pub workflow_step_uuid: StepId,
    /// Its name, unique in the task.
    pub step_name: SafeText,
    /// Its place in the template.
    pub step_number: i32,
    /// Its state now.
    pub current_state: SafeText,
    /// Minutes in that state.
    pub time_in_state_minutes: f64,
    /// Every parent is complete or resolved.
    pub dependencies_satisfied: bool,
    /// It may run once more.
    pub retry_eligible: bool,
    /// A worker could take it now.
    pub ready_for_execution: bool,
    /// How often it has run.
    pub attempts: i32,
    /// How often it may run.
    pub max_attempts: i32,
    /// Seconds a run may take.
    pub timeout_seconds: Option<i32>,
    /// How many steps it waits for.
    pub total_parents: i64,
    /// How many of them are done.
    pub satisfied_parents: i64,
    /// When its next attempt is due.
    #[sqlx(try_from = "AnyInstant")]
    pub next_retry_at: Option<DateTime<Utc>>,
    /// When it last failed.
    #[sqlx(try_from = "AnyInstant")]
    pub last_failure_at: Option<DateTime<Utc>>,
    /// Its latest error, cut to 4,096 characters.
    pub last_error: Option<SafeText>,
    /// The names of its parents.
    pub parents: Vec<SafeText>,
    /// The nearest unsatisfied ancestors that cannot progress by themselves.
    pub blocked_by: Vec<SafeText>,
    /// What it has returned, if it may still be replaced and is no larger than
    /// [`StepRow::RESULT_LIMIT`].
    #[sqlx(try_from = "Kept")]
    pub results: Option<Value>,
}

/// JSON as the database keeps it. PostgreSQL takes what this program does not, such as lists within
/// lists a thousand deep. Such a value is left out; the rest of the row is shown.
struct Kept(Option<Value>);

impl From<Kept> for Option<Value> {
    fn from(Kept(value): Kept) -> Self {
        value
    }
}

impl Type<Postgres> for Kept {
    fn type_info() -> PgTypeInfo {
        <Value as Type<Postgres>>::type_info()
    }

    fn compatible(kind: &PgTypeInfo) -> bool {
        <Value as Type<Postgres>>::compatible(kind)
    }
}

impl<'r> Decode<'r, Postgres> for Kept {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(Value::decode(value).ok()))
    }
}

impl StepRow {
    /// The largest result that is read, in bytes as the database keeps it.
    pub const RESULT_LIMIT: i32 = 262_144;
}

/// One state change of the task or of one of its steps.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct TransitionRow {
    /// When.
    #[sqlx(try_from = "SomeInstant")]
    pub created_at: DateTime<Utc>,
    /// `None` for the task itself, else the step's name.
    pub step_name: Option<SafeText>,
    /// The state it left.
    pub from_state: Option<SafeText>,
    /// The state it took.
    pub to_state: SafeText,
    /// Who did it: a worker, a detector or an operator.
    pub processor: Option<SafeText>,
    /// Why.
    pub reason: Option<SafeText>,
}

/// One entry of a task, open or closed, with how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct EntryRow {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// Why it was opened.
    pub dlq_reason: SafeText,
    /// The state the task was stuck in.
    pub original_state: SafeText,
    /// When it was opened.
    #[sqlx(try_from = "SomeInstant")]
    pub dlq_timestamp: DateTime<Utc>,
    /// `pending` or how it was closed.
    pub resolution_status: SafeText,
    /// When it was closed.
    #[sqlx(try_from = "AnyInstant")]
    pub resolution_timestamp: Option<DateTime<Utc>>,
    /// What was written when it was closed.
    pub resolution_notes: Option<SafeText>,
    /// Who closed it.
    pub resolved_by: Option<SafeText>,
    /// Who has claimed it, if it is open and the claim has not ended.
    pub owner: Option<SafeText>,
    /// When that claim ends.
    #[sqlx(try_from = "AnyEnd")]
    pub owned_until: Option<DateTime<Utc>>,
    /// Until when it is snoozed.
    #[sqlx(try_from = "AnyEnd")]
    pub snoozed_until: Option<DateTime<Utc>>,
    /// The version an update must name.
    pub version: i32,
}

/// How an entry was closed, and what it had been opened for: a row of `v_dlq_closed`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct FixRow {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// Its task.
    pub task_uuid: TaskId,
    /// Why it was opened.
    pub dlq_reason: SafeText,
    /// How it was closed.
    pub resolution_status: SafeText,
    /// When.
    #[sqlx(try_from = "AnyInstant")]
    pub resolution_timestamp: Option<DateTime<Utc>>,
    /// What was written then.
    pub resolution_notes: Option<SafeText>,
    /// By whom.
    pub resolved_by: Option<SafeText>,
    /// The step that needed an operator when it was opened.
    pub step_name: Option<SafeText>,
    /// The first line of that step's error then.
    pub error: Option<SafeText>,
}

/// A note on an entry.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct NoteRow {
    /// The entry it is on.
    pub dlq_entry_uuid: EntryId,
    /// Who wrote it.
    pub author: SafeText,
    /// When.
    #[sqlx(try_from = "SomeInstant")]
    pub at: DateTime<Utc>,
    /// What.
    pub body: SafeText,
}

/// The task at the top of the detail screen.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct TaskRow {
    /// The task.
    pub task_uuid: TaskId,
    /// The namespace of its template.
    pub namespace_name: SafeText,
    /// The name of its template.
    pub task_name: SafeText,
    /// The version of its template.
    pub task_version: SafeText,
    /// Its state now.
    pub current_state: SafeText,
    /// Minutes in that state.
    pub time_in_state_minutes: f64,
    /// Minutes it may stay there; `None` for a state that cannot become stale.
    pub staleness_threshold_minutes: Option<f64>,
    /// Minutes since it was created.
    pub task_age_minutes: f64,
    /// Its priority; higher runs first.
    pub priority: i32,
    /// Joins it to the logs and traces of other systems.
    pub correlation_id: Uuid,
    /// Who asked for it.
    pub initiator: Option<SafeText>,
    /// Minutes since any worker finished a step in its namespace.
    pub minutes_since_namespace_finished: Option<f64>,
    /// Whether it would be put back to work as it is, where its state alone does not tell.
    #[sqlx(default)]
    pub can_requeue: Option<bool>,
    /// How many other open entries are of the same group: the same template, step and fingerprint
    /// of the error, among the most urgent.
    #[sqlx(default)]
    pub same_error_elsewhere: i64,
    /// Not every open entry was read: there may be more.
    #[sqlx(default)]
    pub same_error_at_least: bool,
}

/// Everything about one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detail {
    /// The task now.
    pub task: TaskRow,
    /// Its steps, parents before children.
    pub steps: Vec<StepRow>,
    /// State changes, newest first.
    pub transitions: Vec<TransitionRow>,
    /// Its entries, newest first.
    pub entries: Vec<EntryRow>,
    /// The notes on them, oldest first.
    pub notes: Vec<NoteRow>,
    /// What it looked like when its open entry was opened, or its newest if none is open. Of one
    /// beyond [`Detail::SNAPSHOT_LIMIT`] only `too_large_to_show`, of one that cannot be read only
    /// `unreadable`.
    pub task_snapshot: Option<Value>,
    /// The same with its secrets, if any are hidden in it. Never written anywhere.
    #[serde(skip)]
    pub unredacted_snapshot: Option<Box<Value>>,
    /// What is known of why it is stuck from elsewhere, the most telling first.
    pub hints: Vec<HintRow>,
}

impl Detail {
    /// The largest snapshot that is read, in bytes of JSON text. A larger one is named, not read.
    pub const SNAPSHOT_LIMIT: i32 = 262_144;

    /// The step an operator should act on: in error first, else one waiting to retry, else the
    /// first that holds the others up.
    #[must_use]
    pub fn failing_step(&self) -> Option<&StepRow> {
        let in_state = |state: &str| {
            self.steps
                .iter()
                .find(|step| step.current_state.as_str() == state)
        };
        in_state("error")
            .or_else(|| in_state("waiting_for_retry"))
            .or_else(|| in_state("in_progress"))
            .or_else(|| in_state("enqueued"))
    }
}

/// What an operator did, from any dashboard: a row of `dlqtop.operator_log`.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct LogRow {
    /// Its place in the log.
    pub log_id: i64,
    /// When.
    #[sqlx(try_from = "SomeInstant")]
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: SafeText,
    /// The database's own name for the session; `None` where a log does not keep it.
    pub database_user: Option<SafeText>,
    /// What.
    pub action: SafeText,
    /// To what: a task or a step, by name.
    pub subject: SafeText,
    /// The id of that task, step or entry; a setting has none.
    pub subject_uuid: Option<Uuid>,
    /// The task it belongs to.
    pub task_uuid: Option<TaskId>,
    /// The entry that was open then.
    pub entry: Option<EntryId>,
    /// Why.
    pub reason: Option<SafeText>,
    /// The incident it was done for.
    pub incident: Option<SafeText>,
    /// What it was done together with.
    pub batch: Option<Uuid>,
    /// The state or status before.
    pub before: Option<SafeText>,
    /// The state or status after.
    pub after: Option<SafeText>,
    /// `done`, or why not.
    pub outcome: SafeText,
}

impl LogRow {
    /// The database's user, where the actor's name does not say the same: `ana` says the same as
    /// `ana@lap7`.
    #[must_use]
    pub fn other_user(&self) -> Option<&SafeText> {
        let actor = self.actor.as_str();
        let name = actor.split_once('@').map_or(actor, |(name, _)| name);
        self.database_user
            .as_ref()
            .filter(|user| ![actor, name].contains(&user.as_str()))
    }
}

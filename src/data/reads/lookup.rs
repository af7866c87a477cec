//! What somebody named by id on a command line: tasks, steps and entries as they are now.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, StepId, TaskId};
use crate::data::source::Source;

/// Ids that are looked up with one statement.
const AT_ONCE: usize = 500;

const DOING: &str = "look the ids up";

/// What an id is that of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// A task.
    Task,
    /// An investigation.
    Entry,
    /// A step.
    Step,
    /// What joins a task to other systems' logs.
    Correlation,
}

/// A step of a task that was named.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct NamedStep {
    task_uuid: TaskId,
    /// The step.
    pub workflow_step_uuid: StepId,
    /// Its name.
    pub step_name: SafeText,
    /// Its state.
    pub current_state: SafeText,
    /// The first line of its error.
    pub last_error: Option<SafeText>,
}

/// What one id means.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LookedUp {
    /// The id.
    pub id: Uuid,
    /// What it is that of.
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

/// Everything that these ids mean, in their order; nothing for an id that is unknown. A correlation
/// id can mean several tasks.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn look_up(
    db: &mut PgConnection,
    source: &Source,
    ids: &[Uuid],
) -> Result<Vec<LookedUp>, DataError> {
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let mut found: Vec<LookedUp> = sqlx::query_as(source.need("named")?)
            .bind(some)
            .persistent(false)
            .fetch_all(&mut *db)
            .await
            .doing(DOING)?;
        only_best_kinds(&mut found);
        let tasks: Vec<TaskId> = found.iter().map(|named| named.task_uuid).collect();
        let steps = steps_of(db, source, &tasks).await?;
        for named in &mut found {
            if let Some(steps) = steps.get(&named.task_uuid) {
                named.steps.clone_from(steps);
            }
        }
        all.append(&mut found);
    }
    Ok(all)
}

/// An id that is a task's and another's correlation means the task. They come the best kind first.
fn only_best_kinds(found: &mut Vec<LookedUp>) {
    let mut kinds = HashMap::with_capacity(found.len());
    found.retain(|named| *kinds.entry(named.id).or_insert(named.kind) == named.kind);
}

async fn steps_of(
    db: &mut PgConnection,
    source: &Source,
    tasks: &[TaskId],
) -> Result<HashMap<TaskId, Vec<NamedStep>>, DataError> {
    let mut distinct: Vec<Uuid> = tasks.iter().map(|task| task.0).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let Some(sql) = source.sql("named_steps") else {
        return Ok(HashMap::new());
    };
    let steps: Vec<NamedStep> = sqlx::query_as(sql)
        .bind(&distinct)
        .persistent(false)
        .fetch_all(db)
        .await
        .doing("read the tasks' steps")?;
    let mut by_task: HashMap<TaskId, Vec<NamedStep>> = HashMap::with_capacity(distinct.len());
    for step in steps {
        by_task.entry(step.task_uuid).or_default().push(step);
    }
    Ok(by_task)
}

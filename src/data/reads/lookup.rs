//! Looks up ids from a command line: tasks, steps and entries as they are now.

use std::collections::HashMap;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::TaskId;
pub use crate::data::model::lookup::{Kind, LookedUp, NamedStep};
use crate::data::source::Source;

/// Ids that are looked up with one statement.
const AT_ONCE: usize = 500;

const DOING: &str = "look the ids up";

/// All matches of these ids, in their order; none for an unknown id. A correlation id can match several
/// tasks.
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
        let mut found: Vec<LookedUp> = sqlx::query_as(source.sql_or_err("named")?)
            .bind(some)
            .persistent(false)
            .fetch_all(&mut *db)
            .await
            .while_doing(DOING)?;
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

/// If an id is a task's own id and another task's correlation id, it means the task. Matches come with
/// the best kind first.
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
        .while_doing("read the tasks' steps")?;
    let mut by_task: HashMap<TaskId, Vec<NamedStep>> = HashMap::with_capacity(distinct.len());
    for step in steps {
        by_task.entry(step.task_uuid).or_default().push(step);
    }
    Ok(by_task)
}

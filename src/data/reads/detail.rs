//! One task: its state, its history, and earlier fixes of tasks of the same template.

use sqlx::SqlStr;
use sqlx::postgres::PgConnection;

use crate::data::companion;
use crate::data::connection::sql::{QueryResult, rows};
use crate::data::error::QueryContext as _;
use crate::data::fingerprint::rules::Rules;
use crate::data::messages::query::Template;
use crate::data::model::any_json;
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::fingerprint_of;
use crate::data::model::{Detail, EntryRow, FixRow, HintRow, NoteRow, StepRow, TaskId, TaskRow};
use crate::data::redaction;
use crate::data::source::Source;

/// How many state changes, entries and notes of one task are shown.
const HISTORY_LIMIT: i64 = 500;
/// How many closed entries are read for those of one template, and how many are read.
const CLOSED_LOOKED_AT: i64 = 2_000;
const FIXES_LIMIT: i64 = 200;
/// How many open entries are read for the error of one of them.
const SAME_ERROR_LOOKED_AT: i64 = 500;

/// Everything about one task, or `None` if there is no such task.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn detail(
    db: &mut PgConnection,
    source: &Source,
    task: TaskId,
) -> QueryResult<Option<Detail>> {
    /// All rows of one part.
    macro_rules! part {
        ($name:literal, $limit:expr, $doing:literal) => {
            match source.sql($name) {
                Some(sql) => rows(sql)
                    .bind(task)
                    .bind($limit)
                    .fetch_all(&mut *db)
                    .await
                    .while_doing($doing)?,
                None => Vec::new(),
            }
        };
    }
    let Some(sql) = source.sql("task") else {
        return Ok(None);
    };
    let head: Option<TaskRow> = rows(sql)
        .bind(task)
        .fetch_optional(&mut *db)
        .await
        .while_doing("read the task")?;
    let Some(mut head) = head else {
        return Ok(None);
    };
    if let Some(sql) = source.sql("same_error") {
        let others = same_error(db, sql, task).await?;
        let rules = source.rules.current();
        (head.same_error_elsewhere, head.same_error_at_least) = others.counted(&head, &rules);
    }
    let hints = hints(db, source, task).await?;
    let snapshot = snapshot(db, source, task).await?;
    let mut entries: Vec<EntryRow> = part!("entries", HISTORY_LIMIT, "read the task's entries");
    companion::mark_entries(db, source, &mut entries).await?;
    let mut notes: Vec<NoteRow> = part!("notes", HISTORY_LIMIT, "read the task's notes");
    let of = entries.iter().map(|entry| entry.dlq_entry_uuid.0).collect();
    notes.extend(companion::notes(db, source, of, HISTORY_LIMIT).await?);
    notes.sort_by_key(|note| note.at);
    let mut steps: Vec<StepRow> = part!("steps", StepRow::RESULT_LIMIT, "read the task's steps");
    for result in steps.iter_mut().filter_map(|step| step.results.as_mut()) {
        redaction::json(result);
    }
    let mut task_snapshot = snapshot.as_deref().map(any_json::read);
    let unredacted_snapshot = task_snapshot.as_mut().and_then(|shown| {
        let whole = shown.clone();
        redaction::json(shown).then(|| Box::new(whole))
    });
    Ok(Some(Detail {
        task: head,
        hints,
        steps,
        transitions: part!("history", HISTORY_LIMIT, "read the task's history"),
        entries,
        notes,
        task_snapshot,
        unredacted_snapshot,
    }))
}

async fn hints(db: &mut PgConnection, source: &Source, task: TaskId) -> QueryResult<Vec<HintRow>> {
    let Some(sql) = source.sql("hints") else {
        return Ok(Vec::new());
    };
    let hints = rows(sql).bind(task).fetch_all(&mut *db).await;
    hints.while_doing("look for what hinders the task")
}

async fn snapshot(
    db: &mut PgConnection,
    source: &Source,
    task: TaskId,
) -> QueryResult<Option<String>> {
    let Some(sql) = source.sql("snapshot") else {
        return Ok(None);
    };
    let snapshot: Option<Option<String>> = sqlx::query_scalar(sql)
        .bind(task)
        .bind(Detail::SNAPSHOT_LIMIT)
        .persistent(false)
        .fetch_optional(db)
        .await
        .while_doing("read the task's snapshot")?;
    Ok(snapshot.flatten())
}

/// The errors of other tasks among which the error of this one is looked for.
async fn same_error(db: &mut PgConnection, sql: SqlStr, task: TaskId) -> QueryResult<Others> {
    let pairs = rows(sql)
        .bind(task)
        .bind(SAME_ERROR_LOOKED_AT)
        .fetch_all(db)
        .await
        .while_doing("look for the same error elsewhere")?;
    Ok(Others(pairs))
}

/// The error of a task and those of other tasks of its template.
struct Others(Vec<(Option<SafeText>, Option<SafeText>, bool)>);

impl Others {
    /// How many have the error of this task, and whether there may be more than were read.
    fn counted(&self, task: &TaskRow, rules: &Rules) -> (i64, bool) {
        let group = |error: &Option<SafeText>| {
            error.as_ref().map(|text| {
                fingerprint_of(Some(text), &task.namespace_name, &task.task_name, rules)
            })
        };
        // It is the same in all rows, and need not be sent with each.
        let mine = self.0.iter().find_map(|(mine, ..)| group(mine));
        let alike = |other: &Option<SafeText>| mine.is_some() && group(other) == mine;
        let others = self.0.iter().filter(|(_, other, _)| alike(other)).count();
        let at_least = self.0.iter().any(|(.., at_least)| *at_least);
        (i64::try_from(others).unwrap_or(i64::MAX), at_least)
    }
}

/// How entries of a template were closed recently, newest first.
///
/// # Errors
///
/// [`DataError::Query`](crate::data::error::DataError::Query).
pub async fn fixes(
    db: &mut PgConnection,
    source: &Source,
    template: &Template,
) -> QueryResult<Vec<FixRow>> {
    let Some(sql) = source.sql("fixes") else {
        return Ok(Vec::new());
    };
    rows(sql)
        .bind(&template.namespace)
        .bind(&template.name)
        .bind(CLOSED_LOOKED_AT)
        .bind(FIXES_LIMIT)
        .fetch_all(db)
        .await
        .while_doing("look up earlier fixes")
}

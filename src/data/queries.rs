//! One function for each `.sql` file that reads, under the same name. No SQL text here.
//!
//! Statements are not kept prepared on the server: a PgBouncer in transaction mode could not find
//! them again.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{FromRow, Postgres};
use uuid::Uuid;

use super::asking::Template;
use super::error::{DataError, Doing as _};
use super::fingerprint::fingerprint;
use super::model::{
    ArchiveRow, Counts, Detail, EntryId, FixRow, LogRow, QueueRow, StalenessRow, Stats, StepRow,
    TaskId, TaskRow, Total,
};
use super::moment::Moment;
use super::replica::Position;
use super::safe_text::SafeText;

macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("sources/tasker/", $name, ".sql"))
    };
}
pub(super) use sql;

/// How many state changes, entries and notes of one task are shown.
const HISTORY_LIMIT: i64 = 500;
/// How many sweeps, namespaces and unreadable templates the stats pane lists.
const STATS_LIMIT: i64 = 12;

/// How many closed entries are looked at for those of one template, and how many are read.
const CLOSED_LOOKED_AT: i64 = 2_000;
const FIXES_LIMIT: i64 = 200;
/// How many open entries are looked at for the error of one of them.
const SAME_ERROR_LOOKED_AT: i64 = 500;

/// How many statements [`stats`] makes.
pub const STATS_STATEMENTS: u32 = 7;
/// How many statements [`detail`] makes.
pub const DETAIL_STATEMENTS: u32 = 7;

type Answer<T> = Result<T, DataError>;

/// A statement that reads rows.
pub(super) fn rows<T: for<'r> FromRow<'r, PgRow>>(
    sql: &'static str,
) -> sqlx::query::QueryAs<'static, Postgres, T, sqlx::postgres::PgArguments> {
    sqlx::query_as(sql).persistent(false)
}

/// The database's clock.
///
/// # Errors
///
/// [`DataError::Query`], as every function here.
pub async fn clock(db: &mut PgConnection) -> Answer<DateTime<Utc>> {
    sqlx::query_scalar(sql!("clock"))
        .persistent(false)
        .fetch_one(db)
        .await
        .doing("read the database's clock")
}

/// What kind of session this is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts, read as one row"
)]
pub struct Session {
    /// The database's name.
    pub database: String,
    /// The server's version, as it says it.
    pub server_version: String,
    /// It is a standby.
    pub in_recovery: bool,
    /// The role or the database is set to read only.
    pub read_only_by_default: bool,
    /// The role may act on steps.
    pub may_act: bool,
    /// The role may sweep.
    pub may_sweep: bool,
}

/// What kind of session this is.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn session(db: &mut PgConnection) -> Answer<Session> {
    rows(sql!("session"))
        .fetch_one(db)
        .await
        .doing("look at the session")
}

/// How far behind this server is, if it is a replica.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn replica(db: &mut PgConnection) -> Answer<Position> {
    rows(sql!("replica"))
        .fetch_one(db)
        .await
        .doing("ask the replica how far behind it is")
}

/// What a server has in common with its replicas alone.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn cluster(db: &mut PgConnection) -> Answer<i64> {
    sqlx::query_scalar(sql!("cluster"))
        .persistent(false)
        .fetch_one(db)
        .await
        .doing("look at the server")
}

/// The numbers of the header.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn counts(db: &mut PgConnection) -> Answer<Counts> {
    rows(sql!("counts"))
        .fetch_one(db)
        .await
        .doing("count what is stuck")
}

/// Stale tasks and those on their way behind this key, most overdue first; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn staleness(
    db: &mut PgConnection,
    (breaches_at, task): &(Moment, TaskId),
    limit: i64,
) -> Answer<Vec<StalenessRow>> {
    rows(sql!("staleness"))
        .bind(limit)
        .bind(breaches_at)
        .bind(task)
        .fetch_all(db)
        .await
        .doing("read what is stale")
}

/// How many tasks [`staleness`] would bring without a limit.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn staleness_total(db: &mut PgConnection) -> Answer<Total> {
    /// Beyond so many the planner's estimate is good enough.
    const COUNTED: i64 = 10_000;
    let (rows, is_estimate) = rows(sql!("staleness_total"))
        .bind(COUNTED)
        .fetch_one(db)
        .await
        .doing("count what can become stale")?;
    Ok(Total { rows, is_estimate })
}

/// Open investigations behind this key by priority, what is put aside last; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn queue(
    db: &mut PgConnection,
    (snoozed, instant, entry): &(bool, Moment, EntryId),
    limit: i64,
) -> Answer<Vec<QueueRow>> {
    if *snoozed {
        return part_of_queue(db, sql!("queue_snoozed"), (*instant, *entry), limit).await;
    }
    let mut page = part_of_queue(db, sql!("queue"), (*instant, *entry), limit).await?;
    let left = limit.saturating_sub_unsigned(page.len() as u64);
    if left > 0 {
        let start = (Moment::FIRST, EntryId(Uuid::nil()));
        page.extend(part_of_queue(db, sql!("queue_snoozed"), start, left).await?);
    }
    Ok(page)
}

async fn part_of_queue(
    db: &mut PgConnection,
    sql: &'static str,
    (instant, entry): (Moment, EntryId),
    limit: i64,
) -> Answer<Vec<QueueRow>> {
    rows(sql)
        .bind(limit)
        .bind(instant)
        .bind(entry)
        .fetch_all(db)
        .await
        .doing("read the queue")
}

/// How many investigations are open.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn queue_total(db: &mut PgConnection) -> Answer<Total> {
    let (rows, is_estimate) = rows(sql!("queue_total"))
        .fetch_one(db)
        .await
        .doing("count the queue")?;
    Ok(Total { rows, is_estimate })
}

/// Everything of the stats pane.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn stats(db: &mut PgConnection) -> Answer<Stats> {
    const DOING: &str = "read the statistics";
    let db = &mut *db;
    Ok(Stats {
        reasons: rows(sql!("stats_reasons"))
            .fetch_all(&mut *db)
            .await
            .doing(DOING)?,
        flow: rows(sql!("stats_flow"))
            .fetch_all(&mut *db)
            .await
            .doing(DOING)?,
        ages: rows(sql!("stats_ages"))
            .fetch_all(&mut *db)
            .await
            .doing(DOING)?,
        archive: archive(&mut *db).await?,
        sweeps: rows(sql!("stats_sweeps"))
            .bind(STATS_LIMIT)
            .fetch_all(&mut *db)
            .await
            .doing(DOING)?,
        templates: rows(sql!("stats_templates"))
            .bind(STATS_LIMIT)
            .fetch_all(&mut *db)
            .await
            .doing(DOING)?,
        namespaces: rows(sql!("stats_namespaces"))
            .bind(STATS_LIMIT)
            .fetch_all(&mut *db)
            .await
            .doing(DOING)?,
    })
}

/// The archive's size and growth.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn archive(db: &mut PgConnection) -> Answer<Vec<ArchiveRow>> {
    rows(sql!("stats_archive"))
        .fetch_all(db)
        .await
        .doing("read the statistics")
}

/// What operators did, newest first; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn log(db: &mut PgConnection, limit: i64) -> Answer<Vec<LogRow>> {
    rows(sql!("log"))
        .bind(limit)
        .fetch_all(db)
        .await
        .doing("read the operators' log")
}

/// Everything about one task, or `None` if there is no such task.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn detail(db: &mut PgConnection, task: TaskId) -> Answer<Option<Detail>> {
    const DOING: &str = "read the task";
    let Some(mut head) = rows::<TaskRow>(sql!("task"))
        .bind(task)
        .fetch_optional(&mut *db)
        .await
        .doing(DOING)?
    else {
        return Ok(None);
    };
    (head.same_error_elsewhere, head.same_error_at_least) = same_error(db, task).await?;
    let snapshot: Option<Option<String>> = sqlx::query_scalar(sql!("snapshot"))
        .bind(task)
        .bind(Detail::SNAPSHOT_LIMIT)
        .persistent(false)
        .fetch_optional(&mut *db)
        .await
        .doing("read the task's snapshot")?;
    Ok(Some(Detail {
        task: head,
        steps: rows(sql!("steps"))
            .bind(task)
            .bind(StepRow::RESULT_LIMIT)
            .fetch_all(&mut *db)
            .await
            .doing("read the task's steps")?,
        transitions: rows(sql!("history"))
            .bind(task)
            .bind(HISTORY_LIMIT)
            .fetch_all(&mut *db)
            .await
            .doing("read the task's history")?,
        entries: rows(sql!("entries"))
            .bind(task)
            .bind(HISTORY_LIMIT)
            .fetch_all(&mut *db)
            .await
            .doing("read the task's entries")?,
        notes: rows(sql!("notes"))
            .bind(task)
            .bind(HISTORY_LIMIT)
            .fetch_all(&mut *db)
            .await
            .doing("read the task's notes")?,
        task_snapshot: snapshot.flatten().as_deref().map(snapshot_of),
    }))
}

/// How many other tasks have the error of this one, by their fingerprints as the groups of the queue
/// have them; and whether there may be more than were looked at.
async fn same_error(db: &mut PgConnection, task: TaskId) -> Answer<(i64, bool)> {
    let pairs: Vec<(Option<SafeText>, Option<SafeText>, bool)> = rows(sql!("same_error"))
        .bind(task)
        .bind(SAME_ERROR_LOOKED_AT)
        .fetch_all(db)
        .await
        .doing("look for the same error elsewhere")?;
    let group = |error: &Option<SafeText>| (error.as_ref()).map(|text| fingerprint(text.as_str()));
    // All of them are paired with the same one.
    let mine = pairs.first().and_then(|(mine, ..)| group(mine));
    let alike = |other: &Option<SafeText>| mine.is_some() && group(other) == mine;
    let others = pairs.iter().filter(|(_, other, _)| alike(other)).count();
    let at_least = pairs.iter().any(|(.., at_least)| *at_least);
    Ok((i64::try_from(others).unwrap_or(i64::MAX), at_least))
}

/// How entries of a template were closed of late, newest first.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn fixes(db: &mut PgConnection, template: &Template) -> Answer<Vec<FixRow>> {
    rows(sql!("fixes"))
        .bind(&template.namespace)
        .bind(&template.name)
        .bind(CLOSED_LOOKED_AT)
        .bind(FIXES_LIMIT)
        .fetch_all(db)
        .await
        .doing("look up earlier fixes")
}

/// The JSON of a snapshot. PostgreSQL takes what this program does not, such as lists within lists
/// a thousand deep: that must not keep anybody from the rest of the task.
fn snapshot_of(text: &str) -> Value {
    serde_json::from_str(text)
        .unwrap_or_else(|error| serde_json::json!({ "unreadable": error.to_string() }))
}

/// The task an id belongs to: a task's own id, or that of a step, an entry or a correlation.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn find_task(db: &mut PgConnection, id: Uuid) -> Answer<Option<TaskId>> {
    sqlx::query_scalar(sql!("find_task"))
        .bind(id)
        .persistent(false)
        .fetch_optional(db)
        .await
        .doing("look the id up")
}

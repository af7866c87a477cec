//! One function for each `.sql` file of a source that reads, under the same name. No SQL text here.
//! Where a source has no such file there are no rows.
//!
//! Statements are not kept prepared on the server: a PgBouncer in transaction mode could not find
//! them again.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{FromRow, Postgres, SqlSafeStr, SqlStr};
use uuid::Uuid;

use super::asking::Template;
use super::beside;
use super::error::{DataError, Doing as _};
use super::fingerprint::fingerprint;
use super::model::{
    ArchiveRow, Counts, Detail, EntryId, EntryRow, FixRow, Fleet, LogRow, NoteRow, QueueRow, Scope,
    StalenessRow, Stats, StepRow, TaskId, TaskRow, Total,
};
use super::moment::Moment;
use super::replica::Position;
use super::safe_text::SafeText;
use super::source::Source;

/// A statement of the program's own, the same whatever the source is, or only of the native schema.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/data/statements/",
            $name,
            ".sql"
        ))
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

/// The statements that [`stats`] makes.
pub const STATS: [&str; 8] = [
    "stats_reasons",
    "stats_flow",
    "stats_ages",
    "stats_archive",
    "stats_sweeps",
    "stats_templates",
    "stats_namespaces",
    "stats_types",
];
/// The statements that [`detail`] makes.
pub const DETAIL: [&str; 8] = [
    "task",
    "same_error",
    "hints",
    "snapshot",
    "steps",
    "history",
    "entries",
    "notes",
];
/// The statements that [`fleet`] makes.
pub const FLEET: [&str; 3] = ["workers", "queues", "alerts"];

type Answer<T> = Result<T, DataError>;

/// A statement that reads rows.
pub(super) fn rows<T: for<'r> FromRow<'r, PgRow>>(
    sql: impl SqlSafeStr,
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
    /// The role may act on what is stuck.
    #[sqlx(skip)]
    pub may_act: bool,
    /// The role may sweep.
    #[sqlx(skip)]
    pub may_sweep: bool,
    /// What part of the rows it sees, where the source knows of parts.
    #[sqlx(skip)]
    pub scope: Option<Scope>,
}

/// What kind of session this is.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn session(db: &mut PgConnection, source: &Source) -> Answer<Session> {
    const DOING: &str = "look at the session";
    let mut session: Session = rows(sql!("session"))
        .fetch_one(&mut *db)
        .await
        .doing(DOING)?;
    if let Some(sql) = source.sql("rights") {
        (session.may_act, session.may_sweep) = rows(sql).fetch_one(&mut *db).await.doing(DOING)?;
    }
    session.scope = scope(db, source).await?;
    Ok(session)
}

/// What part of the rows the session sees, where the source knows of parts.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn scope(db: &mut PgConnection, source: &Source) -> Answer<Option<Scope>> {
    let Some(sql) = source.sql("scope") else {
        return Ok(None);
    };
    let scope = rows(sql).fetch_one(db).await;
    scope.doing("look whose rows are seen").map(Some)
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
pub async fn counts(db: &mut PgConnection, source: &Source) -> Answer<Counts> {
    let Some(sql) = source.sql("counts") else {
        return Ok(Counts::default());
    };
    let counts = rows(sql)
        .fetch_one(&mut *db)
        .await
        .doing("count what is stuck")?;
    let counts = beside::recount(&mut *db, source, counts).await?;
    beside::last_hour(db, source, counts).await
}

/// Stale tasks and those on their way behind this key, most overdue first; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn staleness(
    db: &mut PgConnection,
    source: &Source,
    (breaches_at, task): &(Moment, TaskId),
    limit: i64,
) -> Answer<Vec<StalenessRow>> {
    let Some(sql) = source.sql("staleness") else {
        return Ok(Vec::new());
    };
    rows(sql)
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
pub async fn staleness_total(db: &mut PgConnection, source: &Source) -> Answer<Total> {
    /// Beyond so many the planner's estimate is good enough.
    const COUNTED: i64 = 10_000;
    let Some(sql) = source.sql("staleness_total") else {
        return Ok(Total::exact(0));
    };
    let (rows, is_estimate) = rows(sql)
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
    source: &Source,
    (snoozed, instant, entry): &(bool, Moment, EntryId),
    limit: i64,
) -> Answer<Vec<QueueRow>> {
    let mut page = Vec::new();
    let mut after = (*instant, *entry);
    let aside = beside::set_aside(db, source).await?.snoozed;
    if !snoozed {
        page = part_of_queue(db, source, (false, &aside), (after, limit)).await?;
        after = QUEUE_START;
    }
    let left = limit.saturating_sub_unsigned(page.len() as u64);
    if left > 0 {
        page.extend(part_of_queue(db, source, (true, &aside), (after, left)).await?);
    }
    beside::mark_queue(db, source, &mut page).await?;
    Ok(page)
}

/// Those of these entries that are open, of a source that does not know itself what is put aside, as it
/// says them.
pub(super) async fn open_entries(
    db: &mut PgConnection,
    source: &Source,
    entries: &[Uuid],
) -> Answer<Vec<QueueRow>> {
    let limit = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    part_of_queue(db, source, (true, entries), (QUEUE_START, limit)).await
}

/// The most urgent entries but for these, of such a source.
pub(super) async fn queue_without(
    db: &mut PgConnection,
    source: &Source,
    entries: &[Uuid],
    limit: i64,
) -> Answer<Vec<QueueRow>> {
    part_of_queue(db, source, (false, entries), (QUEUE_START, limit)).await
}

/// Stands before every entry.
const QUEUE_START: (Moment, EntryId) = (Moment::FIRST, EntryId(Uuid::nil()));

/// What is put aside, or what is not. The native schema has a statement for each and knows itself what
/// is put aside; another is told.
async fn part_of_queue(
    db: &mut PgConnection,
    source: &Source,
    (aside, put_aside): (bool, &[Uuid]),
    ((instant, entry), limit): ((Moment, EntryId), i64),
) -> Answer<Vec<QueueRow>> {
    let knows_itself = source.has("queue_snoozed");
    let name = if knows_itself && aside {
        "queue_snoozed"
    } else {
        "queue"
    };
    let nothing = aside && !knows_itself && put_aside.is_empty();
    let Some(sql) = source.sql(name).filter(|_| !nothing) else {
        return Ok(Vec::new());
    };
    let query = rows(sql).bind(limit).bind(instant).bind(entry);
    let query = if knows_itself {
        query
    } else {
        query.bind(put_aside.to_vec()).bind(aside)
    };
    query.fetch_all(db).await.doing("read the queue")
}

/// How many investigations are open.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn queue_total(db: &mut PgConnection, source: &Source) -> Answer<Total> {
    let Some(sql) = source.sql("queue_total") else {
        return Ok(Total::exact(0));
    };
    let (rows, is_estimate) = rows(sql).fetch_one(db).await.doing("count the queue")?;
    Ok(Total { rows, is_estimate })
}

/// Everything of the stats pane.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn stats(db: &mut PgConnection, source: &Source) -> Answer<Stats> {
    const DOING: &str = "read the statistics";
    /// All rows of a part that takes no parameter, or only how many are wanted.
    macro_rules! part {
        ($name:literal $(, $limit:expr)?) => {
            match source.sql($name) {
                Some(sql) => rows(sql)$(.bind($limit))?.fetch_all(&mut *db).await.doing(DOING)?,
                None => Vec::new(),
            }
        };
    }
    let (flow, sample) = match part!("stats_flow") {
        flow if flow.is_empty() => (flow, None),
        flow => beside::flow(&mut *db, source, flow).await?,
    };
    Ok(Stats {
        sample,
        flow,
        reasons: part!("stats_reasons"),
        ages: part!("stats_ages"),
        archive: part!("stats_archive"),
        sweeps: part!("stats_sweeps", STATS_LIMIT),
        templates: part!("stats_templates", STATS_LIMIT),
        namespaces: part!("stats_namespaces", STATS_LIMIT),
        types: part!("stats_types", STATS_LIMIT),
    })
}

/// The archive's size and growth.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn archive(db: &mut PgConnection, source: &Source) -> Answer<Vec<ArchiveRow>> {
    const DOING: &str = "read the statistics";
    let sql = source.need("stats_archive")?;
    rows(sql).fetch_all(db).await.doing(DOING)
}

/// Who works, what waits where, and what the source itself calls wrong; at most `most` of each.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn fleet(db: &mut PgConnection, source: &Source, most: usize) -> Answer<Fleet> {
    const DOING: &str = "read who works";
    let mut fleet = Fleet::default();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    if let Some(sql) = source.sql("workers") {
        let workers = rows(sql).bind(most).fetch_all(&mut *db);
        fleet.workers = workers.await.doing(DOING)?;
    }
    if let Some(sql) = source.sql("queues") {
        let queues = rows(sql).bind(most).fetch_all(&mut *db);
        fleet.queues = queues.await.doing(DOING)?;
    }
    if let Some(sql) = source.sql("alerts") {
        fleet.alerts = rows(sql).fetch_all(db).await.doing(DOING)?;
    }
    Ok(fleet)
}

/// What operators did, newest first; at most `limit`.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn log(db: &mut PgConnection, source: &Source, limit: i64) -> Answer<Vec<LogRow>> {
    let own = match source.sql("log") {
        Some(sql) => rows(sql)
            .bind(limit)
            .fetch_all(&mut *db)
            .await
            .doing("read the operators' log")?,
        None => Vec::new(),
    };
    beside::log_top(db, source, own, limit).await
}

/// Everything about one task, or `None` if there is no such task.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn detail(
    db: &mut PgConnection,
    source: &Source,
    task: TaskId,
) -> Answer<Option<Detail>> {
    /// All rows of a part of the task's.
    macro_rules! part {
        ($name:literal, $limit:expr, $doing:literal) => {
            match source.sql($name) {
                Some(sql) => rows(sql)
                    .bind(task)
                    .bind($limit)
                    .fetch_all(&mut *db)
                    .await
                    .doing($doing)?,
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
        .doing("read the task")?;
    let Some(mut head) = head else {
        return Ok(None);
    };
    if let Some(sql) = source.sql("same_error") {
        (head.same_error_elsewhere, head.same_error_at_least) = same_error(db, sql, task).await?;
    }
    let hints = match source.sql("hints") {
        Some(sql) => {
            let hints = rows(sql).bind(task).fetch_all(&mut *db).await;
            hints.doing("look for what hinders the task")?
        }
        None => Vec::new(),
    };
    let snapshot = match source.sql("snapshot") {
        Some(sql) => snapshot(db, sql, task).await?,
        None => None,
    };
    let mut entries: Vec<EntryRow> = part!("entries", HISTORY_LIMIT, "read the task's entries");
    beside::mark_entries(db, source, &mut entries).await?;
    let mut notes: Vec<NoteRow> = part!("notes", HISTORY_LIMIT, "read the task's notes");
    let of = entries.iter().map(|entry| entry.dlq_entry_uuid.0).collect();
    notes.extend(beside::notes(db, source, of, HISTORY_LIMIT).await?);
    notes.sort_by_key(|note| note.at);
    Ok(Some(Detail {
        task: head,
        hints,
        steps: part!("steps", StepRow::RESULT_LIMIT, "read the task's steps"),
        transitions: part!("history", HISTORY_LIMIT, "read the task's history"),
        entries,
        notes,
        task_snapshot: snapshot.as_deref().map(snapshot_of),
    }))
}

async fn snapshot(db: &mut PgConnection, sql: SqlStr, task: TaskId) -> Answer<Option<String>> {
    let snapshot: Option<Option<String>> = sqlx::query_scalar(sql)
        .bind(task)
        .bind(Detail::SNAPSHOT_LIMIT)
        .persistent(false)
        .fetch_optional(db)
        .await
        .doing("read the task's snapshot")?;
    Ok(snapshot.flatten())
}

/// How many other tasks have the error of this one, by their fingerprints as the groups of the queue
/// have them; and whether there may be more than were looked at.
async fn same_error(db: &mut PgConnection, sql: SqlStr, task: TaskId) -> Answer<(i64, bool)> {
    let pairs: Vec<(Option<SafeText>, Option<SafeText>, bool)> = rows(sql)
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
pub async fn fixes(
    db: &mut PgConnection,
    source: &Source,
    template: &Template,
) -> Answer<Vec<FixRow>> {
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
pub async fn find_task(db: &mut PgConnection, source: &Source, id: Uuid) -> Answer<Option<TaskId>> {
    sqlx::query_scalar(source.need("find_task")?)
        .bind(id)
        .persistent(false)
        .fetch_optional(db)
        .await
        .doing("look the id up")
}

//! The records of what was done, page by page: the operators' log, and every investigation.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::queries::rows;
use crate::data::companion;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, LogRow, TaskId};
use crate::data::source::Source;

/// Rows a statement.
const PAGE: usize = 1_000;

/// Which lines of the log are wanted.
#[derive(Debug, Clone, Default)]
pub struct LogWanted {
    /// No older ones.
    pub back: Option<Duration>,
    /// Only by this one, with or without `@host`.
    pub by: Option<String>,
    /// So many at most.
    pub limit: usize,
}

/// A row and its place in the order.
#[derive(Debug, FromRow)]
pub(in crate::data) struct Placed<T> {
    #[sqlx(flatten)]
    pub(in crate::data) row: T,
    place: PgTimestamp,
}

/// What operators did, newest first. One more than was wanted, if there are more.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn log(
    db: &mut PgConnection,
    source: &Source,
    wanted: &LogWanted,
) -> Result<Vec<LogRow>, DataError> {
    if !source.has("log_page") {
        return Err(source.no_such("log_page"));
    }
    let mut after = (PgTimestamp::LAST, i64::MAX);
    let mut all = Vec::new();
    while all.len() <= wanted.limit {
        let limit = (wanted.limit + 1 - all.len()).min(PAGE);
        let page = page_of_log((db, source), wanted, (limit, after)).await?;
        let short = page.len() < limit;
        if let Some(last) = page.last() {
            after = (last.place, last.row.log_id);
        }
        all.extend(page.into_iter().map(|placed| placed.row));
        if short {
            break;
        }
    }
    Ok(all)
}

/// The lines behind one of them: the source's own, and those kept beside it.
async fn page_of_log(
    (db, source): (&mut PgConnection, &Source),
    wanted: &LogWanted,
    (limit, after): (usize, (PgTimestamp, i64)),
) -> Result<Vec<Placed<LogRow>>, DataError> {
    let rows_of_it = i64::try_from(limit).unwrap_or(i64::MAX);
    let back = wanted.back.map(|back| back.as_secs_f64());
    let by = wanted.by.as_deref();
    let mut page = match source.sql("log_page") {
        Some(sql) => rows(sql)
            .bind(rows_of_it)
            .bind(after.0)
            .bind(after.1)
            .bind(back)
            .bind(by)
            .fetch_all(&mut *db)
            .await
            .doing("read the operators' log")?,
        None => Vec::new(),
    };
    page.extend(companion::log_page(db, source, (rows_of_it, after), (back, by)).await?);
    page.sort_by_key(|line: &Placed<LogRow>| std::cmp::Reverse((line.place, line.row.log_id)));
    page.truncate(limit);
    Ok(page)
}

/// Which investigations are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EntryState {
    /// Open ones.
    #[default]
    Pending,
    /// Closed ones.
    Closed,
    /// Both.
    All,
}

impl EntryState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }
}

/// An investigation, open or closed.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Record {
    /// The entry.
    pub dlq_entry_uuid: EntryId,
    /// The stuck task.
    pub task_uuid: TaskId,
    /// The namespace of the task's template.
    pub namespace_name: SafeText,
    /// The name of the task's template.
    pub task_name: SafeText,
    /// The state the task is in now.
    pub current_state: SafeText,
    /// Why it was opened.
    pub dlq_reason: SafeText,
    /// The state the task was stuck in.
    pub original_state: SafeText,
    /// When it was opened.
    pub dlq_timestamp: DateTime<Utc>,
    /// How many minutes it is, or was, open.
    pub minutes_open: f64,
    /// `pending`, or how it was closed.
    pub resolution_status: SafeText,
    /// When it was closed.
    pub resolution_timestamp: Option<DateTime<Utc>>,
    /// What was written when it was closed.
    pub resolution_notes: Option<SafeText>,
    /// Who closed it.
    pub resolved_by: Option<SafeText>,
    /// Who has claimed it.
    pub owner: Option<SafeText>,
    /// Until when it is put aside.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// The step that had failed when it was opened.
    pub failed_step: Option<SafeText>,
    /// The first line of that step's error then.
    pub failed_error: Option<SafeText>,
    /// The version an update of it must name.
    pub version: i32,
}

/// Investigations, newest first, that `admits` lets through. Reads `most` rows at most; says whether
/// there are more than those, or more than `limit`.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn entries(
    (db, source): (&mut PgConnection, &Source),
    standing: EntryState,
    (limit, most): (usize, usize),
    admits: impl Fn(&Record) -> bool,
) -> Result<(Vec<Record>, bool), DataError> {
    let sql = source.need("entries_page")?;
    let mut after = (PgTimestamp::LAST, Uuid::max());
    let (mut all, mut read) = (Vec::new(), 0);
    loop {
        let page_of = PAGE.min(most.saturating_sub(read)).max(1);
        let mut page: Vec<Placed<Record>> = rows(sql.clone())
            .bind(i64::try_from(page_of).unwrap_or(i64::MAX))
            .bind(after.0)
            .bind(after.1)
            .bind(standing.as_str())
            .fetch_all(&mut *db)
            .await
            .doing("read the investigations")?;
        companion::mark_records(db, source, &mut page).await?;
        let short = page.len() < page_of;
        read += page.len();
        if let Some(last) = page.last() {
            after = (last.place, last.row.dlq_entry_uuid.0);
        }
        for Placed { row, .. } in page {
            if admits(&row) {
                if all.len() == limit {
                    return Ok((all, true));
                }
                all.push(row);
            }
        }
        if short || read >= most {
            return Ok((all, !short));
        }
    }
}

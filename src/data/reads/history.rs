//! The operators' log and all entries, open and closed, page by page.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::companion;
use crate::data::companion::LogPage;
use crate::data::connection::sql::rows;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::LogRow;
pub use crate::data::model::history::Record;
use crate::data::model::history::{LogPosition, Placed};
use crate::data::model::log_act::{ActKey, NewestActs};
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::source::Source;

/// Rows a page.
const PAGE: usize = 1_000;

/// Which lines of the log are wanted.
#[derive(Debug, Clone, Default)]
pub struct LogWanted {
    /// No older lines than this.
    pub back: Option<Duration>,
    /// Only by this operator, with or without `@host`.
    pub by: Option<String>,
    /// The most lines; of [`newest_acts`] the most acts.
    pub limit: usize,
}

/// What operators did, newest first; one more than the limit, if there are more.
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
        return Err(source.missing("log_page"));
    }
    let mut after = LogPosition::START;
    let mut all = Vec::new();
    while all.len() <= wanted.limit {
        let limit = (wanted.limit + 1 - all.len()).min(PAGE);
        let page = page_of_log(db, source, wanted, limit, after).await?;
        let short = page.len() < limit;
        if let Some(last) = page.last() {
            after = LogPosition {
                at: last.place,
                log_id: last.row.log_id,
            };
        }
        all.extend(page.into_iter().map(|placed| placed.row));
        if short {
            break;
        }
    }
    Ok(all)
}

/// What a batch did, oldest first; nothing if no log has it.
///
/// # Errors
///
/// [`DataError`]: there is no log, or the query failed.
pub async fn log_of_batch(
    db: &mut PgConnection,
    source: &Source,
    batch: Uuid,
) -> Result<Vec<LogRow>, DataError> {
    if !source.has("log_page") {
        return Err(source.missing("log_page"));
    }
    let mut lines: Vec<LogRow> = match source.sql("log_batch") {
        Some(sql) => rows(sql)
            .bind(batch)
            .fetch_all(&mut *db)
            .await
            .while_doing("read the operators' log")?,
        None => Vec::new(),
    };
    lines.extend(companion::log_batch(db, source, batch).await?);
    Ok(lines)
}

/// The most lines of the log that are read for its newest acts.
const MOST_LINES: usize = 20_000;

/// The lines of the newest acts, however many lines each of them has.
///
/// # Errors
///
/// [`DataError`]: there is no log, or the query failed.
pub async fn newest_acts(
    db: &mut PgConnection,
    source: &Source,
    wanted: &LogWanted,
) -> Result<NewestActs, DataError> {
    if !source.has("log_page") {
        return Err(source.missing("log_page"));
    }
    let mut after = LogPosition::START;
    let mut newest = NewestActs::default();
    let mut acts = HashSet::new();
    let mut read = 0;
    while read < MOST_LINES {
        let page = page_of_log(db, source, wanted, PAGE, after).await?;
        let Some(last) = page.last() else { break };
        after = LogPosition {
            at: last.place,
            log_id: last.row.log_id,
        };
        let short = page.len() < PAGE;
        read += page.len();
        let before = newest.lines.len();
        for Placed { row, .. } in page {
            let key = ActKey::of(&row);
            if acts.contains(&key) || acts.len() < wanted.limit {
                acts.insert(key);
                newest.lines.push(row);
            } else {
                newest.more = true;
            }
        }
        // A bulk run can have lines further down than the first of the acts that are left out.
        if short || (newest.more && newest.lines.len() == before) {
            return Ok(newest);
        }
    }
    newest.more |= read >= MOST_LINES;
    Ok(newest)
}

/// The lines after a position: the source's own, and those of the companion log.
async fn page_of_log(
    db: &mut PgConnection,
    source: &Source,
    wanted: &LogWanted,
    limit: usize,
    after: LogPosition,
) -> Result<Vec<Placed<LogRow>>, DataError> {
    let rows_of_it = i64::try_from(limit).unwrap_or(i64::MAX);
    let back = wanted.back.map(|back| back.as_secs_f64());
    let by = wanted.by.as_deref();
    let mut page = match source.sql("log_page") {
        Some(sql) => rows(sql)
            .bind(rows_of_it)
            .bind(after.at)
            .bind(after.log_id)
            .bind(back)
            .bind(by)
            .fetch_all(&mut *db)
            .await
            .while_doing("read the operators' log")?,
        None => Vec::new(),
    };
    let kept = LogPage {
        limit: rows_of_it,
        after,
        seconds_back: back,
        by,
    };
    page.extend(companion::log_page(db, source, &kept).await?);
    page.sort_by_key(|line: &Placed<LogRow>| std::cmp::Reverse((line.place, line.row.log_id)));
    page.truncate(limit);
    Ok(page)
}

/// Which entries are wanted.
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

/// Entries, newest first, that `admits` lets through. Says whether there are more than the limits allow.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn entries(
    db: &mut PgConnection,
    source: &Source,
    standing: EntryState,
    limits: SearchLimits,
    admits: impl Fn(&Record) -> bool,
) -> Result<(Vec<Record>, bool), DataError> {
    let sql = source.sql_or_err("entries_page")?;
    let rules = source.rules.current();
    let mut after = (PgTimestamp::LAST, Uuid::max());
    let (mut all, mut read) = (Vec::new(), 0);
    loop {
        let page_of = PAGE.min(limits.scanned.saturating_sub(read)).max(1);
        let mut page: Vec<Placed<Record>> = rows(sql.clone())
            .bind(i64::try_from(page_of).unwrap_or(i64::MAX))
            .bind(after.0)
            .bind(after.1)
            .bind(standing.as_str())
            .fetch_all(&mut *db)
            .await
            .while_doing("read the investigations")?;
        companion::mark_records(db, source, &mut page).await?;
        let short = page.len() < page_of;
        read += page.len();
        if let Some(last) = page.last() {
            after = (last.place, last.row.dlq_entry_uuid.0);
        }
        for Placed { row, .. } in page {
            let row = row.with_fingerprint(&rules);
            if admits(&row) {
                if all.len() == limits.matches {
                    return Ok((all, true));
                }
                all.push(row);
            }
        }
        if short || read >= limits.scanned {
            return Ok((all, !short));
        }
    }
}

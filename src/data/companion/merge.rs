//! Adds the claims, snoozes, notes and log of the companion schema to what a source returns.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::history::{LogPosition, Placed, Record};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Counts, EntryRow, LogRow, NoteRow, QueueRow};
use crate::data::source::{Source, entries};

const DOING: &str = "read what is kept beside the queue";
/// How many of the most urgent entries are read for the one that has waited longest.
const LOOKED_AT: i64 = 200;
/// Ages that differ by less, in minutes, belong to the same entry.
const SAME_AGE: f64 = 0.05;

/// Entries that are snoozed or claimed. Some of them may be closed.
#[derive(Debug, Default)]
pub(in crate::data) struct Snoozed {
    /// Snoozed for a time.
    pub(in crate::data) snoozed: Vec<Uuid>,
    claimed: Vec<Uuid>,
}

/// What the companion schema has about one entry.
#[derive(Debug, Clone, FromRow)]
struct Mark {
    entry: Uuid,
    owner: Option<SafeText>,
    owned_until: Option<DateTime<Utc>>,
    snoozed_until: Option<DateTime<Utc>>,
    notes: i64,
}

/// Which entries are snoozed or claimed now.
///
/// # Errors
///
/// [`DataError::Query`], as every function here.
pub(in crate::data) async fn snoozed(
    db: &mut PgConnection,
    source: &Source,
) -> Result<Snoozed, DataError> {
    let mut aside = Snoozed::default();
    if !source.companion.is_present() {
        return Ok(aside);
    }
    let answer = rows(sql!("companion/claimed_or_snoozed"))
        .bind(&source.name)
        .fetch_all(db)
        .await
        .while_doing(DOING);
    let found: Vec<(Uuid, bool)> = source.companion.note_missing(answer)?;
    for (entry, is_aside) in found {
        if !is_aside {
            aside.claimed.push(entry);
        } else if source.companion_can_provide("snooze_entry") {
            aside.snoozed.push(entry);
        }
    }
    Ok(aside)
}

/// What the companion schema has about these entries.
async fn marks(
    db: &mut PgConnection,
    source: &Source,
    entries: Vec<Uuid>,
) -> Result<HashMap<Uuid, Mark>, DataError> {
    if entries.is_empty() || !source.companion.is_present() {
        return Ok(HashMap::new());
    }
    let answer = rows(sql!("companion/entry_marks"))
        .bind(&source.name)
        .bind(entries)
        .fetch_all(db)
        .await
        .while_doing(DOING);
    let mut marks: Vec<Mark> = source.companion.note_missing(answer)?;
    for mark in &mut marks {
        // What the system does itself overrides older marks.
        if !source.companion_can_provide("own_entry") {
            (mark.owner, mark.owned_until) = (None, None);
        }
        if !source.companion_can_provide("snooze_entry") {
            mark.snoozed_until = None;
        }
    }
    Ok(marks.into_iter().map(|mark| (mark.entry, mark)).collect())
}

/// Adds marks to rows of the queue.
pub(in crate::data) async fn mark_queue(
    db: &mut PgConnection,
    source: &Source,
    page: &mut [QueueRow],
) -> Result<(), DataError> {
    let entries = page.iter().map(|row| row.dlq_entry_uuid.0).collect();
    let mut marks = marks(db, source, entries).await?;
    for row in page {
        if let Some(mark) = marks.remove(&row.dlq_entry_uuid.0) {
            if row.owner.is_none() {
                (row.owner, row.owned_until) = (mark.owner, mark.owned_until);
            }
            row.snoozed_until = row.snoozed_until.or(mark.snoozed_until);
            row.notes += mark.notes;
        }
    }
    Ok(())
}

/// Adds marks to a task's entries.
pub(in crate::data) async fn mark_entries(
    db: &mut PgConnection,
    source: &Source,
    entries: &mut [EntryRow],
) -> Result<(), DataError> {
    let open = |row: &&mut EntryRow| row.resolution_status.as_str() == "pending";
    let ids = entries.iter_mut().filter(open);
    let ids = ids.map(|row| row.dlq_entry_uuid.0).collect();
    let mut marks = marks(db, source, ids).await?;
    for row in entries {
        if let Some(mark) = marks.remove(&row.dlq_entry_uuid.0) {
            if row.owner.is_none() {
                (row.owner, row.owned_until) = (mark.owner, mark.owned_until);
            }
            row.snoozed_until = row.snoozed_until.or(mark.snoozed_until);
        }
    }
    Ok(())
}

/// Adds marks to a page of entries.
pub(in crate::data) async fn mark_records(
    db: &mut PgConnection,
    source: &Source,
    page: &mut [Placed<Record>],
) -> Result<(), DataError> {
    let open = |placed: &&mut Placed<Record>| placed.row.resolution_status.as_str() == "pending";
    let ids = page.iter_mut().filter(open);
    let ids = ids.map(|placed| placed.row.dlq_entry_uuid.0).collect();
    let mut marks = marks(db, source, ids).await?;
    for Placed { row, .. } in page {
        if let Some(mark) = marks.remove(&row.dlq_entry_uuid.0) {
            row.owner = row.owner.take().or(mark.owner);
            row.snoozed_until = row.snoozed_until.or(mark.snoozed_until);
        }
    }
    Ok(())
}

/// The notes on these entries, the newest of them, oldest first.
pub(in crate::data) async fn notes(
    db: &mut PgConnection,
    source: &Source,
    entries: Vec<Uuid>,
    limit: i64,
) -> Result<Vec<NoteRow>, DataError> {
    if entries.is_empty() || !source.companion.is_present() {
        return Ok(Vec::new());
    }
    let answer = rows(sql!("companion/notes"))
        .bind(&source.name)
        .bind(entries)
        .bind(limit)
        .fetch_all(db)
        .await
        .while_doing("read the notes");
    source.companion.note_missing(answer)
}

/// Corrects the source's counts by the claims and snoozes of the companion schema.
pub(in crate::data) async fn recount(
    db: &mut PgConnection,
    source: &Source,
    mut counts: Counts,
) -> Result<Counts, DataError> {
    let Snoozed { snoozed, claimed } = snoozed(db, source).await?;
    if snoozed.is_empty() && claimed.is_empty() {
        return Ok(counts);
    }
    let ids: HashSet<Uuid> = snoozed.iter().chain(&claimed).copied().collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let open = entries::open_entries(db, source, &ids).await?;
    let among = |ids: &[Uuid], row: &QueueRow| ids.contains(&row.dlq_entry_uuid.0);
    let asleep = open.iter().filter(|row| among(&snoozed, row)).count();
    counts.snoozed = counts.snoozed.saturating_add_unsigned(asleep as u64);
    if !source.companion_can_provide("own_entry") {
        return Ok(counts);
    }
    // The source does not count entries that it knows to be owned.
    let mine: Vec<&QueueRow> = (open.iter())
        .filter(|row| row.owner.is_none() && among(&claimed, row))
        .collect();
    counts.unowned = counts
        .unowned
        .saturating_sub_unsigned(mine.len() as u64)
        .max(0);
    let oldest = counts.oldest_unowned_minutes.unwrap_or(f64::INFINITY);
    if counts.unowned == 0 {
        counts.oldest_unowned_minutes = None;
    } else if mine
        .iter()
        .any(|row| row.minutes_in_dlq >= oldest - SAME_AGE)
    {
        let others = entries::queue_without(db, source, &claimed, LOOKED_AT).await?;
        let free = (others.iter()).filter(|row| row.owner.is_none() && !row.age_suspect());
        counts.oldest_unowned_minutes = free.map(|row| row.minutes_in_dlq).reduce(f64::max);
    }
    Ok(counts)
}

/// Which lines of the log are wanted.
pub(in crate::data) struct LogPage<'a> {
    /// How many at most.
    pub(in crate::data) limit: i64,
    /// Those after this place.
    pub(in crate::data) after: LogPosition,
    /// None that are older.
    pub(in crate::data) seconds_back: Option<f64>,
    /// Only those of this operator.
    pub(in crate::data) by: Option<&'a str>,
}

/// A page of the log, newest first.
pub(in crate::data) async fn log_page(
    db: &mut PgConnection,
    source: &Source,
    page: &LogPage<'_>,
) -> Result<Vec<Placed<LogRow>>, DataError> {
    if !source.companion.is_present() {
        return Ok(Vec::new());
    }
    let answer = rows(sql!("companion/log_page"))
        .bind(&source.name)
        .bind(page.limit)
        .bind(page.after.at)
        .bind(page.after.log_id)
        .bind(page.seconds_back)
        .bind(page.by.map(str::to_owned))
        .bind(source.tenant())
        .fetch_all(db)
        .await
        .while_doing("read the operators' log");
    source.companion.note_missing(answer)
}

/// The lines of a batch, oldest first.
pub(in crate::data) async fn log_batch(
    db: &mut PgConnection,
    source: &Source,
    batch: Uuid,
) -> Result<Vec<LogRow>, DataError> {
    if !source.companion.is_present() {
        return Ok(Vec::new());
    }
    let answer = rows(sql!("companion/log_batch"))
        .bind(&source.name)
        .bind(batch)
        .bind(source.tenant())
        .fetch_all(db)
        .await
        .while_doing("read the operators' log");
    source.companion.note_missing(answer)
}

/// Merges the companion log with the source's own, if it has one; newest first.
pub(in crate::data) async fn log_top(
    db: &mut PgConnection,
    source: &Source,
    own: Vec<LogRow>,
    limit: i64,
) -> Result<Vec<LogRow>, DataError> {
    let page = LogPage {
        limit,
        after: LogPosition::START,
        seconds_back: None,
        by: None,
    };
    let kept = log_page(db, source, &page).await?;
    if kept.is_empty() {
        return Ok(own);
    }
    let mut all = own;
    all.extend(kept.into_iter().map(|placed| placed.row));
    all.sort_by_key(|row| std::cmp::Reverse((row.at, row.log_id)));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

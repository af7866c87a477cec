//! The report of a source that has no statements for it, derived from its entries, page by page.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use super::errors::{DOING, ENTRIES, FOLDED, LINES, group_errors};
use crate::data::connection::sql::rows;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::handover::{
    Closed, ClosedBy, ErrorGroup, Handover, Held, Note, Opened, Part, Window,
};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryId, LogRow, NoteRow};
use crate::data::reads::history;
use crate::data::reads::history::{EntryState, Record};
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::reads::queries;
use crate::data::source::Source;

/// The most entries whose notes are read.
const ASKED: usize = 200;
/// The most notes of each.
const NOTES: i64 = 20;

/// The report, as far as the entries have the data.
pub(super) async fn read(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
    log: &[LogRow],
) -> Result<Handover, DataError> {
    let until = queries::clock(db).await?;
    let since = until - back;
    let Looked {
        mut all,
        open,
        is_cut,
    } = looked(db, source).await?;
    closed_by_hand(&mut all, log);
    let opened: Vec<&Record> = all.iter().filter(|it| it.dlq_timestamp >= since).collect();
    let closed = closed(&all, since, until);
    let pending = if source.has("queue_total") {
        queries::queue_total(db, source).await?.rows
    } else {
        count(open.len())
    };
    let oldest = oldest(db, source, &open, until).await?;
    let mut remarks = BTreeMap::new();
    if is_cut {
        let what = format!("only the newest {ENTRIES} were looked at");
        remarks.insert(Part::Numbers, what.into());
    }
    if all.iter().all(is_open) && !source.has("close_entry") {
        let what = format!("{} does not say what was closed", source.manifest.title);
        remarks.insert(Part::Closed, what.into());
    }
    let of_interest = of_interest(&open, &closed, &opened);
    if source.text("notes").is_some() && of_interest.len() > ASKED {
        let what = format!("of {ASKED} that are owned, were closed or came; not of the others");
        remarks.insert(Part::Notes, what.into());
    }
    let notes = notes(db, source, since, &of_interest).await?;
    Ok(Handover {
        window: Window {
            since,
            until,
            opened: count(opened.len()),
            closed: count(closed.len()),
            pending,
            oldest_pending: oldest,
        },
        scope: None,
        opened_by: opened_by(&opened),
        errors: group_errors(errors(&opened), &source.rules.current()),
        open_by_error: Vec::new(),
        closed_by: closed_by(&closed),
        closed_entries: closed
            .iter()
            .take(FOLDED)
            .map(|(record, at)| closed_entry(record, *at))
            .collect(),
        owned: owned(&open),
        snoozed: snoozed(source, &open),
        notes,
        sweeps: None,
        batches: Vec::new(),
        acts: Vec::new(),
        remarks,
    })
}

/// When the entry was opened that is open for longest. The numbers of the header count all entries, and only
/// the newest were read here.
async fn oldest(
    db: &mut PgConnection,
    source: &Source,
    open: &[Record],
    until: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DataError> {
    if source.has("counts") {
        let minutes = queries::counts(db, source).await?.oldest_pending_minutes;
        let age = minutes.and_then(|minutes| Duration::try_from_secs_f64(minutes * 60.0).ok());
        return Ok(age.map(|age| until - age));
    }
    let known = open.iter().map(|record| record.dlq_timestamp);
    Ok(known.filter(|at| *at > DateTime::UNIX_EPOCH).min())
}

/// The entries that were read.
struct Looked {
    /// Open and closed.
    all: Vec<Record>,
    /// Open.
    open: Vec<Record>,
    /// There are more.
    is_cut: bool,
}

async fn looked(db: &mut PgConnection, source: &Source) -> Result<Looked, DataError> {
    let limits = SearchLimits {
        matches: ENTRIES,
        scanned: ENTRIES,
    };
    let (all, is_cut) =
        history::entries(&mut *db, source, EntryState::All, limits, |_| true).await?;
    let open = if is_cut {
        // Open entries may be older than all entries that were read.
        let pending = EntryState::Pending;
        history::entries(db, source, pending, limits, |_| true)
            .await?
            .0
    } else {
        all.iter()
            .filter(|record| is_open(record))
            .cloned()
            .collect()
    };
    Ok(Looked { all, open, is_cut })
}

fn is_open(record: &Record) -> bool {
    record.resolution_status.as_str() == "pending"
}

/// Entries closed in this time, newest first.
fn closed(
    all: &[Record],
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<(&Record, DateTime<Utc>)> {
    let mut closed: Vec<_> = (all.iter())
        .filter(|record| !is_open(record))
        .filter_map(|record| Some((record, record.resolution_timestamp?)))
        .filter(|(_, at)| (since..=until).contains(at))
        .collect();
    closed.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    closed
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// How an entry was closed, from the companion log, if dlqtop closed it and the source does not record it.
fn closed_by_hand(all: &mut [Record], log: &[LogRow]) {
    let closings = log
        .iter()
        .filter(|line| line.action.as_str() == "close_entry");
    let mut closings: HashMap<EntryId, &LogRow> = closings
        .filter(|line| line.outcome.as_str() == "done")
        .filter_map(|line| Some((line.entry?, line)))
        .collect();
    for record in all.iter_mut().filter(|record| !is_open(record)) {
        let Some(line) = closings.remove(&record.dlq_entry_uuid) else {
            continue;
        };
        record.resolution_timestamp.get_or_insert(line.at);
        record.resolved_by.get_or_insert_with(|| line.actor.clone());
        if record.resolution_notes.is_none() {
            record.resolution_notes.clone_from(&line.reason);
        }
    }
}

fn opened_by(opened: &[&Record]) -> Vec<Opened> {
    let mut all: BTreeMap<(&str, &str, &str), Opened> = BTreeMap::new();
    for record in opened {
        let key = (
            record.dlq_reason.as_str(),
            record.namespace_name.as_str(),
            record.task_name.as_str(),
        );
        let found = all.entry(key).or_insert_with(|| Opened {
            dlq_reason: record.dlq_reason.clone(),
            namespace_name: record.namespace_name.clone(),
            task_name: record.task_name.clone(),
            opened: 0,
            still_open: 0,
        });
        found.opened += 1;
        found.still_open += i64::from(is_open(record));
    }
    let mut all: Vec<Opened> = all.into_values().collect();
    all.sort_by_key(|line| std::cmp::Reverse(line.opened));
    all.truncate(LINES);
    all
}

fn errors(opened: &[&Record]) -> Vec<ErrorGroup> {
    let known = opened.iter().filter(|record| record.failed_error.is_some());
    known
        .map(|record| ErrorGroup {
            namespace_name: record.namespace_name.clone(),
            task_name: record.task_name.clone(),
            step_name: record.failed_step.clone(),
            sample: record.failed_error.clone(),
            opened: 1,
            still_open: i64::from(is_open(record)),
        })
        .collect()
}

fn closed_by(closed: &[(&Record, DateTime<Utc>)]) -> Vec<ClosedBy> {
    let mut all: BTreeMap<(&str, Option<&str>), ClosedBy> = BTreeMap::new();
    for (record, _) in closed {
        let by = record.resolved_by.as_ref();
        let key = (record.resolution_status.as_str(), by.map(SafeText::as_str));
        let found = all.entry(key).or_insert_with(|| ClosedBy {
            resolution_status: record.resolution_status.clone(),
            resolved_by: by.cloned(),
            closed: 0,
        });
        found.closed += 1;
    }
    let mut all: Vec<ClosedBy> = all.into_values().collect();
    all.sort_by_key(|line| std::cmp::Reverse(line.closed));
    all.truncate(LINES);
    all
}

fn closed_entry(record: &Record, at: DateTime<Utc>) -> Closed {
    Closed {
        dlq_entry_uuid: record.dlq_entry_uuid,
        namespace_name: record.namespace_name.clone(),
        task_name: record.task_name.clone(),
        dlq_reason: record.dlq_reason.clone(),
        resolution_status: record.resolution_status.clone(),
        resolved_by: record.resolved_by.clone(),
        at,
        resolution_notes: record.resolution_notes.clone(),
    }
}

fn held(record: &Record) -> Held {
    Held {
        dlq_entry_uuid: record.dlq_entry_uuid,
        namespace_name: record.namespace_name.clone(),
        task_name: record.task_name.clone(),
        dlq_reason: record.dlq_reason.clone(),
        owner: record.owner.clone().unwrap_or_else(|| "?".into()),
        until: None,
        dlq_timestamp: record.dlq_timestamp,
    }
}

/// Claimed entries. `from_companion` adds when the claims end.
fn owned(open: &[Record]) -> Vec<Held> {
    let owned = open.iter().filter(|record| record.owner.is_some());
    owned.take(FOLDED).map(held).collect()
}

/// Entries that the system itself has snoozed.
fn snoozed(source: &Source, open: &[Record]) -> Vec<Held> {
    if source.companion_can_provide("snooze_entry") {
        return Vec::new();
    }
    let aside = open.iter().filter(|record| record.snoozed_until.is_some());
    let aside = aside.map(|record| Held {
        until: record.snoozed_until,
        ..held(record)
    });
    aside.take(FOLDED).collect()
}

/// The entries that may have notes: claimed, closed or opened in this time.
fn of_interest<'a>(
    open: &'a [Record],
    closed: &[(&'a Record, DateTime<Utc>)],
    opened: &[&'a Record],
) -> Vec<&'a Record> {
    let owned = open.iter().filter(|record| record.owner.is_some());
    let closed = closed.iter().map(|(record, _)| *record);
    let mut seen = HashSet::new();
    let mut all: Vec<&Record> = owned.chain(closed).chain(opened.iter().copied()).collect();
    all.retain(|record| seen.insert(record.task_uuid.0));
    all
}

/// The notes on these entries since then, newest first, if the system itself has notes.
async fn notes(
    db: &mut PgConnection,
    source: &Source,
    since: DateTime<Utc>,
    records: &[&Record],
) -> Result<Vec<Note>, DataError> {
    let Some(sql) = source.sql("notes") else {
        return Ok(Vec::new());
    };
    let mut notes = Vec::new();
    for record in records.iter().take(ASKED) {
        let found: Vec<NoteRow> = rows(sql.clone())
            .bind(record.task_uuid)
            .bind(NOTES)
            .fetch_all(&mut *db)
            .await
            .while_doing(DOING)?;
        let found = found.into_iter().filter(|note| note.at >= since);
        notes.extend(found.map(|note| Note {
            dlq_entry_uuid: note.dlq_entry_uuid,
            namespace_name: record.namespace_name.clone(),
            task_name: record.task_name.clone(),
            author: note.author,
            at: note.at,
            body: note.body,
        }));
    }
    notes.sort_by_key(|note| std::cmp::Reverse(note.at));
    notes.truncate(FOLDED);
    Ok(notes)
}

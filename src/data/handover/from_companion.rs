//! The companion schema's part of the report: claims, snoozes, notes and the log.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::errors::{DOING, ENTRIES, FOLDED, LINES};
use crate::data::companion;
use crate::data::companion::LogPage;
use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::handover::{Acted, Batch, Handover, Held, Note, Part};
use crate::data::model::history::LogPosition;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{LogRow, NoteRow, QueueRow};
use crate::data::reads::lookup;
use crate::data::source::{Source, entries};

/// Whether the companion schema provides this capability and can be read.
pub(super) fn is_kept(source: &Source, act: &str) -> bool {
    source.companion.is_present() && source.companion_can_provide(act)
}

/// The newest lines of the companion log that are not older than this.
pub(super) async fn log(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
) -> Result<Vec<LogRow>, DataError> {
    if !is_kept(source, "log") {
        return Ok(Vec::new());
    }
    let page = LogPage {
        limit: most(ENTRIES),
        after: LogPosition::START,
        seconds_back: Some(back.as_secs_f64()),
        by: None,
    };
    let page = companion::log_page(db, source, &page).await?;
    Ok(page.into_iter().map(|placed| placed.row).collect())
}

/// Adds it to the source's own report.
pub(super) async fn add(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
    log: &[LogRow],
    report: &mut Handover,
) -> Result<(), DataError> {
    if !source.companion.is_present() {
        return Ok(());
    }
    add_held(db, source, report).await?;
    if is_kept(source, "notes") {
        add_notes(db, source, back, report).await?;
    }
    if report.remarks.contains_key(&Part::Closed) && is_kept(source, "samples") {
        add_closed(db, source, back, report).await?;
    }
    report.acts = acts(log);
    report.batches.extend(batches(log));
    report
        .batches
        .sort_by_key(|batch| std::cmp::Reverse(batch.at));
    report.batches.truncate(LINES);
    Ok(())
}

/// How many entries left the queue, for a system that does not record it.
async fn add_closed(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
    report: &mut Handover,
) -> Result<(), DataError> {
    if let Some((closed, since)) = companion::closed_since(db, source, back).await? {
        report.window.closed = closed;
        let what = format!(
            "{closed} left the queue, as the samples since {} UTC tell; which and by whom they do not",
            since.format("%F %H:%M")
        );
        // Zero is reported in any case.
        report.remarks.remove(&Part::Closed);
        if closed > 0 {
            report.remarks.insert(Part::Closed, what.into());
        }
    }
    Ok(())
}

fn most(lines: usize) -> i64 {
    i64::try_from(lines).unwrap_or(i64::MAX)
}

/// A claim or a snooze.
#[derive(FromRow)]
struct Hold {
    entry: Uuid,
    who: SafeText,
    until: DateTime<Utc>,
    is_aside: bool,
}

async fn add_held(
    db: &mut PgConnection,
    source: &Source,
    report: &mut Handover,
) -> Result<(), DataError> {
    let (claims, snoozes) = (
        is_kept(source, "own_entry"),
        is_kept(source, "snooze_entry"),
    );
    let mut held: Vec<Hold> = rows(sql!("companion/claims_and_snoozes"))
        .bind(&source.name)
        .bind(most(ENTRIES))
        .fetch_all(&mut *db)
        .await
        .while_doing(DOING)?;
    // What the system does itself overrides older marks.
    held.retain(|hold| if hold.is_aside { snoozes } else { claims });
    let ids: Vec<Uuid> = held.iter().map(|hold| hold.entry).collect();
    let open: HashMap<Uuid, QueueRow> = entries::open_entries(db, source, &ids)
        .await?
        .into_iter()
        .map(|row| (row.dlq_entry_uuid.0, row))
        .collect();
    for hold in held {
        let Some(row) = open.get(&hold.entry) else {
            continue;
        };
        let list = if hold.is_aside {
            &mut report.snoozed
        } else {
            &mut report.owned
        };
        let entry = row.dlq_entry_uuid;
        let here = list.iter_mut().find(|line| line.dlq_entry_uuid == entry);
        // The system's own owner outranks a claim of the companion schema.
        match here {
            Some(line) if line.owner == hold.who => line.until = Some(hold.until),
            Some(_) => {}
            None => list.push(Held {
                dlq_entry_uuid: entry,
                namespace_name: row.namespace_name.clone(),
                task_name: row.task_name.clone(),
                dlq_reason: row.dlq_reason.clone(),
                owner: hold.who,
                until: Some(hold.until),
                dlq_timestamp: row.dlq_timestamp,
            }),
        }
    }
    for list in [&mut report.owned, &mut report.snoozed] {
        list.sort_by_key(|line| (line.until.is_none(), line.until));
        list.truncate(FOLDED);
    }
    Ok(())
}

async fn add_notes(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
    report: &mut Handover,
) -> Result<(), DataError> {
    let kept: Vec<NoteRow> = rows(sql!("companion/notes_since"))
        .bind(&source.name)
        .bind(back.as_secs_f64())
        .bind(most(FOLDED))
        .bind(source.tenant())
        .fetch_all(&mut *db)
        .await
        .while_doing(DOING)?;
    if kept.is_empty() {
        return Ok(());
    }
    let mut names = HashMap::new();
    if source.has("named") {
        let ids: Vec<Uuid> = kept.iter().map(|note| note.dlq_entry_uuid.0).collect();
        for found in lookup::look_up(db, source, &ids).await? {
            names.insert(found.id, (found.namespace_name, found.task_name));
        }
    }
    report.notes.extend(kept.into_iter().map(|note| {
        let name = names.get(&note.dlq_entry_uuid.0).cloned();
        let (namespace_name, task_name) = name.unwrap_or_else(|| ("?".into(), "?".into()));
        Note {
            dlq_entry_uuid: note.dlq_entry_uuid,
            namespace_name,
            task_name,
            author: note.author,
            at: note.at,
            body: note.body,
        }
    }));
    report.notes.sort_by_key(|note| std::cmp::Reverse(note.at));
    report.notes.truncate(FOLDED);
    Ok(())
}

/// How an act of the log ended.
enum End {
    Done,
    Changed,
    Failed,
}

fn end(line: &LogRow) -> End {
    match line.outcome.as_str() {
        "done" => End::Done,
        "changed meanwhile" => End::Changed,
        _ => End::Failed,
    }
}

/// Acts by operator and kind, the most frequent first.
fn acts(log: &[LogRow]) -> Vec<Acted> {
    let mut all: BTreeMap<(&str, &str), Acted> = BTreeMap::new();
    for line in log {
        let key = (line.actor.as_str(), line.action.as_str());
        let acted = all.entry(key).or_insert_with(|| Acted {
            actor: line.actor.clone(),
            action: line.action.clone(),
            done: 0,
            changed: 0,
            failed: 0,
            latest: line.at,
        });
        match end(line) {
            End::Done => acted.done += 1,
            End::Changed => acted.changed += 1,
            End::Failed => acted.failed += 1,
        }
        acted.latest = acted.latest.max(line.at);
    }
    let mut all: Vec<Acted> = all.into_values().collect();
    all.sort_by_key(|acted| std::cmp::Reverse(acted.done));
    all.truncate(LINES);
    all
}

/// Bulk changes.
fn batches(log: &[LogRow]) -> Vec<Batch> {
    let mut all: BTreeMap<Uuid, Batch> = BTreeMap::new();
    for line in log {
        let Some(batch) = line.batch else { continue };
        let found = all.entry(batch).or_insert_with(|| Batch {
            batch,
            actor: line.actor.clone(),
            action: line.action.clone(),
            reason: line.reason.clone(),
            at: line.at,
            subjects: 0,
            done: 0,
            changed: 0,
            failed: 0,
        });
        found.at = found.at.min(line.at);
        found.subjects += 1;
        match end(line) {
            End::Done => found.done += 1,
            End::Changed => found.changed += 1,
            End::Failed => found.failed += 1,
        }
    }
    all.into_values()
        .filter(|batch| batch.subjects > 1)
        .collect()
}

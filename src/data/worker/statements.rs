//! The statement of each act on one subject, and its answer.

use chrono::{DateTime, Utc};
use sqlx::SqlStr;
use uuid::Uuid;

use crate::data::connection::act_query::ActQuery;
use crate::data::error::DataError;
use crate::data::messages::command::{
    Change, DlqEvent, EntryTarget, EntryVerb, StepVerb, TaskVerb, Until, Write,
};
use crate::data::model::act::ActRow;
use crate::data::model::safe_text::SafeText;
use crate::data::source::{Source, file_of};

/// What it did to the dead-letter queue, if anything. An impossible time in the queue, as of an entry
/// dated in the future, is left out.
pub(in crate::data) fn dlq_event(change: &Change, place: usize, act: &ActRow) -> Option<DlqEvent> {
    match change {
        Change::Tasks(TaskVerb::SendToDlq, targets) => Some(DlqEvent::EntryOpened {
            dlq_reason: "manual_dlq".into(),
            original_state: targets[place].seen_state.clone(),
        }),
        Change::Entries(EntryVerb::Close(resolution), _) => Some(DlqEvent::EntryClosed {
            resolution: *resolution,
            dlq_reason: act.dlq_reason.clone()?,
            hours: act.hours_in_dlq.filter(|hours| *hours >= 0.0)?,
        }),
        _ => None,
    }
}

/// The statement for one subject.
///
/// # Errors
///
/// [`DataError::Unsupported`] if the source has no such act.
pub(in crate::data) fn statement<'q>(
    source: &Source,
    write: &'q Write,
    place: usize,
    actor: &'q str,
) -> Result<ActQuery<'q>, DataError> {
    let sql = source.sql_or_err(file_of(&write.change))?;
    Ok(match &write.change {
        Change::Steps(verb, targets) => {
            let target = &targets[place];
            let query = guarded(sql, target.step.0, &target.seen_state, write, actor);
            match verb {
                StepVerb::CompleteManually(result) => query.bind(result),
                StepVerb::SetLimits(limits) => {
                    query.bind(limits.max_attempts).bind(limits.timeout_seconds)
                }
                _ => query,
            }
        }
        Change::Tasks(_, targets) => {
            let target = &targets[place];
            guarded(sql, target.task.0, &target.seen_state, write, actor)
        }
        Change::Entries(verb, targets) => on_entry(sql, *verb, &targets[place], write, actor),
    })
}

fn on_entry<'q>(
    sql: SqlStr,
    verb: EntryVerb,
    target: &'q EntryTarget,
    write: &'q Write,
    actor: &'q str,
) -> ActQuery<'q> {
    if verb == EntryVerb::Note {
        // Notes are only added, and need no guard.
        return sqlx::query_as(sql)
            .bind(target.entry)
            .bind(actor)
            .bind(&write.reason)
            .bind(write.batch)
            .persistent(false);
    }
    let query = sqlx::query_as(sql)
        .bind(target.entry)
        .bind(target.seen_version)
        .bind(actor)
        .bind(&write.reason)
        .bind(write.batch)
        .persistent(false);
    match verb {
        EntryVerb::Close(resolution) => query.bind(resolution.as_str()),
        EntryVerb::Claim { minutes, take_over } => query.bind(minutes).bind(take_over),
        EntryVerb::Snooze(Until::Minutes(minutes)) => {
            query.bind(minutes).bind(None::<DateTime<Utc>>)
        }
        EntryVerb::Snooze(Until::At(at)) => query.bind(None::<i32>).bind(at),
        _ => query,
    }
}

/// A statement that is guarded by the state its subject must still have.
fn guarded<'q>(
    sql: SqlStr,
    subject: Uuid,
    seen: &'q SafeText,
    write: &'q Write,
    actor: &'q str,
) -> ActQuery<'q> {
    sqlx::query_as(sql)
        .bind(subject)
        .bind(seen)
        .bind(actor)
        .bind(&write.reason)
        .bind(write.batch)
        .persistent(false)
}

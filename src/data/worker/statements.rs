//! The statement of each act on one subject, and its answer.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::QueryAs;
use sqlx::{FromRow, Postgres, SqlStr};
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext as _};
use crate::data::messages::command::{
    Change, DlqEvent, EntryTarget, EntryVerb, StepVerb, TaskVerb, Until, Write,
};
use crate::data::model::safe_text::SafeText;
use crate::data::source::{Source, file_of};

/// The answer of every guarded function.
#[derive(Debug, FromRow)]
pub(in crate::data) struct ActRow {
    pub(in crate::data) outcome: SafeText,
    pub(in crate::data) now_state: Option<SafeText>,
    pub(in crate::data) changed_by: Option<SafeText>,
    pub(in crate::data) changed_at: Option<DateTime<Utc>>,
    /// Of an investigation that was closed.
    #[sqlx(default)]
    dlq_reason: Option<SafeText>,
    #[sqlx(default)]
    hours_in_dlq: Option<f64>,
}

impl ActRow {
    /// An answer that no statement of a source gave.
    pub(in crate::data) fn said(outcome: &str, now_state: SafeText) -> Self {
        Self {
            outcome: outcome.into(),
            now_state: Some(now_state),
            changed_by: None,
            changed_at: None,
            dlq_reason: None,
            hours_in_dlq: None,
        }
    }
}

/// A statement, and the same once more for [`answer`].
pub(in crate::data) type RetryableQuery<'q> = (ActQuery<'q>, ActQuery<'q>);

/// The answer of an act, in the transaction at hand.
pub(in crate::data) async fn answer(
    db: &mut PgConnection,
    (query, again): RetryableQuery<'_>,
) -> Result<ActRow, DataError> {
    const DOING: &str = "carry out the act";
    let act = query.fetch_one(&mut *db).await.doing(DOING)?;
    if act.outcome == "changed" && act.now_state.is_none() {
        // It waited for somebody who changed it, and cannot see what to: a statement that begins now can.
        return again.fetch_one(db).await.doing(DOING);
    }
    Ok(act)
}

pub(in crate::data) type ActQuery<'q> = QueryAs<'q, Postgres, ActRow, PgArguments>;

/// What it did to the dead-letter queue, if anything. A time in the queue that cannot be, as after
/// an entry dated in the future, is none.
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
/// [`DataError::NotHere`] if the source has no such act.
pub(in crate::data) fn statement<'q>(
    source: &Source,
    write: &'q Write,
    place: usize,
    actor: &'q str,
) -> Result<ActQuery<'q>, DataError> {
    let sql = source.need(file_of(&write.change))?;
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
        Change::Entries(verb, targets) => on_entry(sql, (*verb, &targets[place]), write, actor),
    })
}

fn on_entry<'q>(
    sql: SqlStr,
    (verb, target): (EntryVerb, &'q EntryTarget),
    write: &'q Write,
    actor: &'q str,
) -> ActQuery<'q> {
    if verb == EntryVerb::Note {
        // Notes are append-only, and need no guard.
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

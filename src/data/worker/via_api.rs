//! Acts through the system's own API. dlqtop guards them itself: it compares what the operator saw with
//! the database right before the call. If a call has no answer, the database shows what became of it; the
//! call is never repeated.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, FromRow};
use uuid::Uuid;

use super::writer::{ACT_LIMIT, Attempt, DOING, Sent, Writer};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::http_api::{Answer, Api, Call, Words};
use crate::data::messages::command::{
    Change, DlqEvent, EntryVerb, ItemResult, Resolution, StepVerb, Write,
};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{EntryRow, TransitionRow};
use crate::data::reads::lookup;
use crate::data::reads::lookup::{Kind, LookedUp};
use crate::data::reads::queries;
use crate::data::source::Source;

/// How many changes and entries of a task are searched.
const LOOKED_AT: i64 = 50;

/// The present state of one subject in the database.
struct CurrentState {
    named: LookedUp,
    /// Its state; of an entry, its status.
    state: SafeText,
    /// The step, if it is one.
    step: Option<SafeText>,
    at: DateTime<Utc>,
    /// When an entry was opened.
    opened: Option<DateTime<Utc>>,
}

impl Writer {
    /// Calls the API once; or, if the answer to that call was lost, reads what became of it.
    pub(super) async fn attempt_by_api(
        &mut self,
        api: &Api,
        call: &Call,
        write: &Write,
        place: usize,
    ) -> Attempt {
        let seen = match self.read_state(write, place).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return Attempt::Unsent(gone()),
            Err(error) => return Attempt::Unsent(error),
        };
        let same = |sent: &&Sent| sent.batch == write.batch && sent.place == place;
        if let Some(sent) = self.lost_call.as_ref().filter(same).cloned() {
            return self.outcome_of_lost_call(call, &sent, &seen, write).await;
        }
        if let Some(changed) = changed(&write.change, place, &seen) {
            return Attempt::Said(changed);
        }
        self.was_sent = true;
        let sent = Sent {
            batch: write.batch,
            place,
            since: seen.at,
        };
        let values = placeholders(write, place, &self.actor, &seen);
        match api.make(call, &values).await {
            Answer::Done => {
                self.lost_call = None;
                self.done(call, write, place, &seen).await
            }
            Answer::Unsent(why) => Attempt::Unsent(interface(why)),
            Answer::Refused(why) => self.refused_by_api(why, write, place).await,
            Answer::Failed(why) => {
                if let Ok(Some(now)) = self.read_state(write, place).await
                    && let Attempt::Said(done) =
                        self.outcome_of_lost_call(call, &sent, &now, write).await
                {
                    return Attempt::Said(done);
                }
                self.refused_by_api(why, write, place).await
            }
            Answer::Lost(why) => {
                self.lost_call = Some(sent);
                Attempt::Lost(interface(why))
            }
        }
    }

    /// If someone else changed it first, that is the result to report.
    async fn refused_by_api(&mut self, why: String, write: &Write, place: usize) -> Attempt {
        if let Ok(Some(now)) = self.read_state(write, place).await
            && let Some(changed) = changed(&write.change, place, &now)
        {
            return Attempt::Said(changed);
        }
        Attempt::Refused(interface(why))
    }

    /// Whether the database shows the effect of a call whose answer was lost.
    async fn outcome_of_lost_call(
        &mut self,
        call: &Call,
        sent: &Sent,
        seen: &CurrentState,
        write: &Write,
    ) -> Attempt {
        let shown = match &write.change {
            Change::Entries(EntryVerb::Close(resolution), _) => {
                let by = seen.named.resolved_by.as_ref();
                Ok(seen.state == resolution.as_str()
                    && by.is_some_and(|by| *by == self.actor.as_str()))
            }
            _ => self.is_in_history(call, sent, seen).await,
        };
        match shown {
            Ok(true) => {
                self.lost_call = None;
                self.done(call, write, sent.place, seen).await
            }
            Ok(false) => {
                Attempt::Lost(interface("the database shows nothing of it yet".to_owned()))
            }
            Err(error) => Attempt::Lost(error),
        }
    }

    async fn is_in_history(
        &mut self,
        call: &Call,
        sent: &Sent,
        seen: &CurrentState,
    ) -> Result<bool, DataError> {
        let (task, step) = (seen.named.task_uuid, seen.step.clone());
        let history: Vec<TransitionRow> = self
            .read(async move |db, source| {
                sqlx::query_as(source.sql_or_err("history")?)
                    .bind(task)
                    .bind(LOOKED_AT)
                    .persistent(false)
                    .fetch_all(db)
                    .await
                    .while_doing(DOING)
            })
            .await?;
        Ok(history.iter().any(|row| {
            row.step_name == step
                && row.to_state == call.becomes.as_str()
                && row.created_at >= sent.since
        }))
    }

    async fn done(
        &mut self,
        call: &Call,
        write: &Write,
        place: usize,
        seen: &CurrentState,
    ) -> Attempt {
        let Change::Entries(EntryVerb::Close(resolution), _) = &write.change else {
            return self.finished_for_api(call, write, place).await;
        };
        if let Some(event) = closed(*resolution, seen) {
            (self.on_event)(&event);
        }
        let now = resolution.as_str().into();
        Attempt::Said(ItemResult::Done { now })
    }

    /// Reads the present state of one subject; `None` if it is gone.
    async fn read_state(
        &mut self,
        write: &Write,
        place: usize,
    ) -> Result<Option<CurrentState>, DataError> {
        let (id, kind) = subject(&write.change, place);
        self.read(async move |db, source| {
            let found = lookup::look_up(db, source, &[id]).await?;
            let Some(named) = found.into_iter().find(|named| named.kind == kind) else {
                return Ok(None);
            };
            let at = queries::clock(db).await?;
            let step = named
                .steps
                .iter()
                .find(|step| step.workflow_step_uuid.0 == id);
            let state = match kind {
                Kind::Step => step.map(|step| step.current_state.clone()),
                Kind::Entry => named.resolution_status.clone(),
                Kind::Task | Kind::Correlation => Some(named.current_state.clone()),
            };
            let step = step.map(|step| step.step_name.clone());
            let opened = match kind {
                Kind::Entry => opened(db, source, &named, id).await?,
                _ => None,
            };
            Ok(state.map(|state| CurrentState {
                named,
                state,
                step,
                at,
                opened,
            }))
        })
        .await
    }

    /// Reads something in a transaction of its own.
    pub(super) async fn read<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut PgConnection, &Source) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        self.begin().await?;
        let source = std::sync::Arc::clone(&self.site.source);
        self.connection
            .run(DOING, ACT_LIMIT, async |db| {
                let answer = question(&mut *db, &source).await?;
                db.execute("commit").await.while_doing(DOING)?;
                Ok(answer)
            })
            .await
    }
}

/// Since when an entry is open.
async fn opened(
    db: &mut PgConnection,
    source: &Source,
    named: &LookedUp,
    entry: Uuid,
) -> Result<Option<DateTime<Utc>>, DataError> {
    let Some(sql) = source.sql("entries") else {
        return Ok(None);
    };
    let rows = sqlx::query(sql)
        .bind(named.task_uuid)
        .bind(LOOKED_AT)
        .persistent(false)
        .fetch_all(db)
        .await
        .while_doing(DOING)?;
    let entries = rows.iter().map(EntryRow::from_row);
    let entries: Vec<EntryRow> = entries.collect::<Result<_, _>>().while_doing(DOING)?;
    let found = entries.iter().find(|row| row.dlq_entry_uuid.0 == entry);
    Ok(found.map(|row| row.dlq_timestamp))
}

const fn subject(change: &Change, place: usize) -> (Uuid, Kind) {
    match change {
        Change::Steps(_, targets) => (targets.as_slice()[place].step.0, Kind::Step),
        Change::Tasks(_, targets) => (targets.as_slice()[place].task.0, Kind::Task),
        Change::Entries(_, targets) => (targets.as_slice()[place].entry.0, Kind::Entry),
    }
}

/// The result if it is not as the operator saw it.
fn changed(change: &Change, place: usize, seen: &CurrentState) -> Option<ItemResult> {
    let as_seen = match change {
        Change::Steps(_, targets) => targets[place].seen_state == seen.state,
        Change::Tasks(_, targets) => targets[place].seen_state == seen.state,
        Change::Entries(_, targets) => seen.named.version == Some(targets[place].seen_version),
    };
    let by = match change {
        Change::Entries(..) => seen.named.resolved_by.clone(),
        _ => None,
    };
    (!as_seen).then(|| ItemResult::Changed {
        by,
        at: None,
        now: seen.state.clone(),
    })
}

/// The values for the placeholders of a call.
fn placeholders(write: &Write, place: usize, actor: &str, seen: &CurrentState) -> Words {
    let (id, kind) = subject(&write.change, place);
    let mut values = Words::from([
        ("task", json!(seen.named.task_uuid)),
        ("actor", json!(actor)),
        ("reason", json!(write.reason)),
        ("batch", json!(write.batch)),
    ]);
    match kind {
        Kind::Step => values.insert("step", json!(id)),
        Kind::Entry => values.insert("entry", json!(id)),
        Kind::Task | Kind::Correlation => None,
    };
    match &write.change {
        Change::Steps(StepVerb::CompleteManually(result), _) => {
            values.insert("result", result.clone());
        }
        Change::Entries(EntryVerb::Close(resolution), _) => {
            values.insert("resolution", json!(resolution.as_str()));
        }
        _ => {}
    }
    values
}

fn closed(resolution: Resolution, seen: &CurrentState) -> Option<DlqEvent> {
    let hours = (seen.at - seen.opened?).as_seconds_f64() / 3600.0;
    Some(DlqEvent::EntryClosed {
        resolution,
        dlq_reason: seen.named.dlq_reason.clone()?,
        hours: Some(hours).filter(|hours| *hours >= 0.0)?,
    })
}

pub(super) const fn interface(why: String) -> DataError {
    DataError::Interface { why }
}

fn gone() -> DataError {
    interface("it is not there any more".to_owned())
}

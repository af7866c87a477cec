//! The writing task: the only caller of statements that change anything on an operator's behalf.
//!
//! Each subject is its own short transaction, guarded by what the operator saw, so that one
//! refusal does not undo the rest and every subject has an outcome of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection};
use sqlx::query::{Query, QueryAs};
use sqlx::{Executor as _, FromRow, Postgres};
use uuid::Uuid;

use super::command::{
    Change, Deed, EntryTarget, EntryVerb, Item, ItemResult, Outcome, StepVerb, TaskVerb, Until,
    Write,
};
use super::error::{DataError, Doing as _};
use super::incident::Incident;
use super::link::Link;
use super::queries::sql;
use super::safe_text::SafeText;
pub use desk::{Wires, run};
pub use writing::{Lock, Rights};

mod desk;
mod writing;

/// One act may take this long; then it is rolled back, or its outcome is unknown.
const ACT_LIMIT: Duration = Duration::from_secs(10);
const DOING: &str = "carry out the act";
/// How long an act whose answer was lost is asked about, before its outcome is called unknown.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why a session that only looks writes nothing.
const READ_ONLY: &str = "this session is read-only";

/// Nothing of it was done.
pub(super) fn refuse(write: &Write, why: &str) -> Outcome {
    let items = subjects(&write.change)
        .into_iter()
        .map(|(id, label)| Item {
            id,
            label,
            result: ItemResult::Failed { why: why.into() },
        })
        .collect();
    Outcome {
        batch: write.batch,
        action: write.change.name(),
        items,
    }
}

/// Carries out changes under one operator's name.
pub struct Writer {
    options: PgConnectOptions,
    pub(super) link: Link,
    pub(super) actor: String,
    incident: Option<Incident>,
    pub(super) keep: Keep,
    pub(super) patience: Duration,
    /// Whether an act was asked for since this was last unset.
    pub(super) asked: bool,
    tell: Arc<dyn Fn(&Deed) + Send + Sync>,
}

/// Where runs of many acts keep their journals, and what the place is called in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Keep {
    pub(super) folder: Option<PathBuf>,
    pub(super) profile: SafeText,
}

/// What became of one attempt to act.
#[derive(Debug)]
pub(super) enum Attempt {
    /// The database answered.
    Said(ItemResult),
    /// It refused; nothing was written.
    Refused(DataError),
    /// Nothing was asked for: there was no way to the database.
    Unsent(DataError),
    /// It was asked for, and no answer came.
    Lost(DataError),
}

/// The answer of every guarded function.
#[derive(Debug, FromRow)]
struct Act {
    outcome: SafeText,
    now_state: Option<SafeText>,
    changed_by: Option<SafeText>,
    changed_at: Option<DateTime<Utc>>,
    /// Of an investigation that was closed.
    #[sqlx(default)]
    dlq_reason: Option<SafeText>,
    #[sqlx(default)]
    hours_in_dlq: Option<f64>,
}

type ActQuery<'q> = QueryAs<'q, Postgres, Act, PgArguments>;

impl Writer {
    /// A writer under this name. The name must not be blank; the database refuses it if it is.
    #[must_use]
    pub fn new(options: &PgConnectOptions, actor: String) -> Self {
        Self {
            options: options.clone(),
            link: Link::new(options),
            actor,
            incident: None,
            keep: Keep::default(),
            patience: PATIENCE,
            asked: false,
            tell: Arc::new(|_| {}),
        }
    }

    /// Keeps the journals of runs in this folder (there are no runs without one), under this name
    /// of the place.
    #[must_use]
    pub fn keeping(mut self, folder: Option<PathBuf>, profile: &str) -> Self {
        let profile = profile.into();
        self.keep = Keep { folder, profile };
        self
    }

    /// Asks for this long what became of an act whose answer was lost; a minute otherwise.
    #[must_use]
    pub const fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same writer on a link of its own.
    pub(super) fn another(&self) -> Self {
        Self {
            options: self.options.clone(),
            link: Link::new(&self.options),
            actor: self.actor.clone(),
            incident: self.incident.clone(),
            keep: self.keep.clone(),
            patience: self.patience,
            asked: false,
            tell: Arc::clone(&self.tell),
        }
    }

    /// Logs everything under this incident.
    #[must_use]
    pub fn under(mut self, incident: Incident) -> Self {
        self.incident = Some(incident);
        self
    }

    /// Tells `tell` what was done to the dead-letter queue, as soon as it is.
    #[must_use]
    pub fn telling(mut self, tell: impl Fn(&Deed) + Send + Sync + 'static) -> Self {
        self.tell = Arc::new(tell);
        self
    }

    /// Acts on every subject in turn and says what became of each.
    pub async fn carry_out(&mut self, write: &Write) -> Outcome {
        let subjects = subjects(&write.change);
        let mut items = Vec::with_capacity(subjects.len());
        for (place, (id, label)) in subjects.into_iter().enumerate() {
            let result = self.act(write, place).await;
            items.push(Item { id, label, result });
        }
        Outcome {
            batch: write.batch,
            action: write.change.name(),
            items,
        }
    }

    /// Begins a transaction, on a fresh connection if the one at hand has died.
    async fn begin(&mut self) -> Result<(), DataError> {
        let reused = self.link.is_open();
        match self.try_to_begin().await {
            Err(error) if reused && error.is_dead_link() => self.try_to_begin().await,
            answer => answer,
        }
    }

    async fn try_to_begin(&mut self) -> Result<(), DataError> {
        let incident = self.incident.clone();
        let begin = async move |db: &mut PgConnection| begin(db, incident).await;
        self.link.run(DOING, ACT_LIMIT, begin).await
    }

    async fn act(&mut self, write: &Write, place: usize) -> ItemResult {
        match self.attempt(write, place).await {
            Attempt::Said(result) => result,
            Attempt::Refused(error) => self.refused(write, place, &error).await,
            Attempt::Unsent(error) => failed(&error),
            Attempt::Lost(error) => {
                tracing::warn!(error = %error.one_line(), "the answer to an act was lost");
                let settled = self.settle(write, place, &mut || {}).await;
                settled.unwrap_or(ItemResult::Unknown)
            }
        }
    }

    /// Asks for it once. To ask again under the same batch is safe: what was done is answered and
    /// not repeated.
    pub(super) async fn attempt(&mut self, write: &Write, place: usize) -> Attempt {
        // Begun beforehand: until then nothing has been asked for, and a link that died while idle
        // is replaced without a word.
        if let Err(error) = self.begin().await {
            return Attempt::Unsent(error);
        }
        self.asked = true;
        let query = statement(write, place, &self.actor);
        let answer = self
            .link
            .run(DOING, ACT_LIMIT, async |db| finish(db, query).await)
            .await;
        match answer {
            Ok(act) if act.outcome == "done" => {
                if let Some(deed) = deed(&write.change, place, &act) {
                    (self.tell)(&deed);
                }
                Attempt::Said(ItemResult::Done {
                    now: act.now_state.unwrap_or_default(),
                })
            }
            Ok(act) => Attempt::Said(ItemResult::Changed {
                by: act.changed_by,
                at: act.changed_at,
                now: act.now_state.unwrap_or_default(),
            }),
            Err(error) if error.is_connection() => Attempt::Lost(error),
            Err(error) => Attempt::Refused(error),
        }
    }

    /// Keeps and says that the database refused.
    pub(super) async fn refused(
        &mut self,
        write: &Write,
        place: usize,
        error: &DataError,
    ) -> ItemResult {
        self.log_failure(write, place, error).await;
        failed(error)
    }

    /// Keeps a refused act in the operators' log; what it tried to change was rolled back with
    /// its own line. That this line is missing is no reason to tell the operator something else.
    async fn log_failure(&mut self, write: &Write, place: usize, error: &DataError) {
        let (subject, label) = subjects(&write.change).swap_remove(place);
        let outcome = format!("failed: {}", error.one_line());
        let line = sqlx::query(sql!("log_failure"))
            .bind(self.actor.clone())
            .bind(write.change.name())
            .bind(label.as_str())
            .bind(subject)
            .bind(&write.reason)
            .bind(write.batch)
            .bind(&outcome);
        self.log(line).await;
    }

    /// Keeps in the operators' log that something was unlocked, or locked again.
    async fn log_lock(&mut self, (action, of, outcome): (&str, &str, &str), reason: &str) {
        let line = sqlx::query(sql!("log_failure"))
            .bind(self.actor.clone())
            .bind(action)
            .bind(of)
            .bind(None::<Uuid>)
            .bind(reason)
            .bind(None::<Uuid>)
            .bind(outcome);
        self.log(line).await;
    }

    async fn log(&mut self, line: Query<'_, Postgres, PgArguments>) {
        let incident = self.incident.clone();
        let logged = self
            .link
            .run(DOING, ACT_LIMIT, async |db| {
                begin(db, incident).await?;
                let line = line.persistent(false).execute(&mut *db).await;
                line.doing("write the log")?;
                db.execute("commit").await.doing("write the log")
            })
            .await;
        if let Err(error) = logged {
            tracing::warn!(error = %error.one_line(), "a line of the log is missing");
        }
    }
}

/// What it did to the dead-letter queue, if anything. A time in the queue that cannot be, as after
/// an entry dated in the future, is none.
fn deed(change: &Change, place: usize, act: &Act) -> Option<Deed> {
    match change {
        Change::Tasks(TaskVerb::SendToDlq, targets) => Some(Deed::EntryOpened {
            dlq_reason: "manual_dlq".into(),
            original_state: targets[place].seen_state.clone(),
        }),
        Change::Entries(EntryVerb::Close(resolution), _) => Some(Deed::EntryClosed {
            resolution: *resolution,
            dlq_reason: act.dlq_reason.clone()?,
            hours: act.hours_in_dlq.filter(|hours| *hours >= 0.0)?,
        }),
        _ => None,
    }
}

pub(super) fn failed(error: &DataError) -> ItemResult {
    ItemResult::Failed {
        why: error.one_line().into(),
    }
}

async fn begin(db: &mut PgConnection, incident: Option<Incident>) -> Result<(), DataError> {
    db.execute("begin").await.doing(DOING)?;
    db.execute(sql!("set_write_limits")).await.doing(DOING)?;
    if let Some(incident) = incident {
        let set = sqlx::query(sql!("set_incident")).bind(incident.as_str());
        set.persistent(false).execute(db).await.doing(DOING)?;
    }
    Ok(())
}

async fn finish(db: &mut PgConnection, query: ActQuery<'_>) -> Result<Act, DataError> {
    let act = query.fetch_one(&mut *db).await.doing(DOING)?;
    db.execute("commit").await.doing(DOING)?;
    Ok(act)
}

/// Every subject's id and name, in order.
pub(super) fn subjects(change: &Change) -> Vec<(Uuid, SafeText)> {
    let labels = change.labels().into_iter().cloned();
    change.ids().into_iter().zip(labels).collect()
}

/// The statement for one subject.
fn statement<'q>(write: &'q Write, place: usize, actor: &'q str) -> ActQuery<'q> {
    match &write.change {
        Change::Steps(verb, targets) => {
            let target = &targets[place];
            let sql = match verb {
                StepVerb::ResetForRetry => sql!("reset_for_retry"),
                StepVerb::ResolveManually => sql!("resolve_manually"),
                StepVerb::CompleteManually(_) => sql!("complete_manually"),
                StepVerb::Cancel => sql!("cancel_step"),
                StepVerb::SetLimits(_) => sql!("set_step_limits"),
            };
            let query = guarded(sql, target.step.0, &target.seen_state, write, actor);
            match verb {
                StepVerb::CompleteManually(result) => query.bind(result),
                StepVerb::SetLimits(limits) => {
                    query.bind(limits.max_attempts).bind(limits.timeout_seconds)
                }
                _ => query,
            }
        }
        Change::Tasks(verb, targets) => {
            let target = &targets[place];
            let sql = match verb {
                TaskVerb::Resume => sql!("resume_task"),
                TaskVerb::Cancel => sql!("cancel_task"),
                TaskVerb::SendToDlq => sql!("send_to_dlq"),
            };
            guarded(sql, target.task.0, &target.seen_state, write, actor)
        }
        Change::Entries(verb, targets) => on_entry(*verb, &targets[place], write, actor),
    }
}

fn on_entry<'q>(
    verb: EntryVerb,
    target: &'q EntryTarget,
    write: &'q Write,
    actor: &'q str,
) -> ActQuery<'q> {
    let sql = match verb {
        EntryVerb::Note => return add_note(target, write, actor),
        EntryVerb::Close(_) => sql!("close_entry"),
        EntryVerb::Own { .. } => sql!("own_entry"),
        EntryVerb::Release => sql!("release_entry"),
        EntryVerb::Snooze(_) => sql!("snooze_entry"),
        EntryVerb::Unsnooze => sql!("unsnooze_entry"),
        EntryVerb::Reopen => sql!("reopen_entry"),
    };
    let query = sqlx::query_as(sql)
        .bind(target.entry)
        .bind(target.seen_version)
        .bind(actor)
        .bind(&write.reason)
        .bind(write.batch)
        .persistent(false);
    match verb {
        EntryVerb::Close(resolution) => query.bind(resolution.as_str()),
        EntryVerb::Own { minutes, take_over } => query.bind(minutes).bind(take_over),
        EntryVerb::Snooze(Until::Minutes(minutes)) => {
            query.bind(minutes).bind(None::<DateTime<Utc>>)
        }
        EntryVerb::Snooze(Until::At(at)) => query.bind(None::<i32>).bind(at),
        _ => query,
    }
}

/// Notes are append-only, and need no guard.
fn add_note<'q>(target: &'q EntryTarget, write: &'q Write, actor: &'q str) -> ActQuery<'q> {
    sqlx::query_as(sql!("add_note"))
        .bind(target.entry)
        .bind(actor)
        .bind(&write.reason)
        .bind(write.batch)
        .persistent(false)
}

/// A statement that is guarded by the state its subject must still have.
fn guarded<'q>(
    sql: &'static str,
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

//! The writing task: the only caller of statements that change anything on an operator's behalf.
//!
//! Each subject is its own short transaction, guarded by what the operator saw, so that one
//! refusal does not undo the rest and every subject has an outcome of its own.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection};
use sqlx::query::QueryAs;
use sqlx::{Executor as _, FromRow, Postgres};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::command::{
    Change, Command, Deed, EntryTarget, EntryVerb, Item, ItemResult, Outcome, Report, StepVerb,
    TaskVerb, Until, Write,
};
use super::error::{DataError, Doing as _};
use super::link::Link;
use super::model::{Reach, TaskId};
use super::queries::sql;
use super::safe_text::SafeText;

/// One act may take this long; then it is rolled back, or its outcome is unknown.
const ACT_LIMIT: Duration = Duration::from_secs(10);
const DOING: &str = "carry out the act";

/// What the worker and the command desk are joined to.
#[derive(Debug)]
pub struct Wires {
    /// What the screen asks for.
    pub asked: mpsc::Receiver<Command>,
    /// What became of it.
    pub done: mpsc::Sender<Report>,
    /// The poller's: which task to follow.
    pub follow: watch::Sender<Option<TaskId>>,
    /// The poller's: how many rows of the lists to bring.
    pub reach: watch::Sender<Reach>,
    /// The poller's: poll now.
    pub wake: Arc<Notify>,
    /// Ends the task.
    pub stop: CancellationToken,
}

/// Hands each command to whom it concerns until stopped. `writer` is `None` in read-only mode:
/// then no statement that writes can be reached from here.
pub async fn run(mut wires: Wires, writer: Option<Writer>) {
    let (orders, to_do) = mpsc::channel(8);
    let writing = writer.map(|writer| {
        let (done, wake) = (wires.done.clone(), Arc::clone(&wires.wake));
        tokio::spawn(write_all(writer, to_do, done, wake))
    });
    loop {
        let command = tokio::select! {
            biased;
            command = wires.asked.recv() => command,
            // Only once nothing is asked any more: what was confirmed is carried out.
            () = wires.stop.cancelled() => None,
        };
        let Some(command) = command else { break };
        desk(command, &wires, &orders, writing.is_some()).await;
    }
    drop(orders);
    if let Some(writing) = writing {
        let _ = writing.await;
    }
}

/// Hands one command to whom it concerns.
async fn desk(command: Command, wires: &Wires, orders: &mpsc::Sender<Write>, may_write: bool) {
    match command {
        Command::PollNow => wires.wake.notify_one(),
        Command::Follow(task) => {
            wires.follow.send_replace(task);
        }
        Command::Reach(reach) => {
            wires.reach.send_replace(reach);
        }
        // Copying and editing are carried out by the terminal side; no write is stopped half-way yet.
        Command::Copy(_) | Command::Edit(_) | Command::Stop(_) => {}
        Command::Write(write) => {
            if let Err(refused) = orders.try_send(*write) {
                let why = if may_write {
                    "still busy with the last acts; try again"
                } else {
                    "this session is read-only"
                };
                // Nobody is left to hear it: the screen has closed.
                let refused = Report::Ended(refuse(&refused.into_inner(), why));
                let _ = wires.done.send(refused).await;
            }
        }
    }
}

fn refuse(write: &Write, why: &str) -> Outcome {
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

async fn write_all(
    mut writer: Writer,
    mut to_do: mpsc::Receiver<Write>,
    done: mpsc::Sender<Report>,
    wake: Arc<Notify>,
) {
    while let Some(write) = to_do.recv().await {
        let outcome = writer.carry_out(&write).await;
        wake.notify_one();
        // The screen may have closed: the rest is carried out all the same, and is in the log.
        let _ = done.send(Report::Ended(outcome)).await;
    }
    writer.link.close().await;
}

/// Carries out changes under one operator's name.
pub struct Writer {
    link: Link,
    actor: String,
    tell: Box<dyn Fn(&Deed) + Send + Sync>,
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
            link: Link::new(options),
            actor,
            tell: Box::new(|_| {}),
        }
    }

    /// Tells `tell` what was done to the dead-letter queue, as soon as it is.
    #[must_use]
    pub fn telling(mut self, tell: impl Fn(&Deed) + Send + Sync + 'static) -> Self {
        self.tell = Box::new(tell);
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
        let first = self.link.run(DOING, ACT_LIMIT, begin).await;
        match first {
            Err(error) if reused && error.is_dead_link() => {
                self.link.run(DOING, ACT_LIMIT, begin).await
            }
            answer => answer,
        }
    }

    async fn act(&mut self, write: &Write, place: usize) -> ItemResult {
        // Begun beforehand: until then nothing has been asked for, and a link that died while idle
        // is replaced without a word.
        if let Err(error) = self.begin().await {
            return failed(&error);
        }
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
                ItemResult::Done {
                    now: act.now_state.unwrap_or_default(),
                }
            }
            Ok(act) => ItemResult::Changed {
                by: act.changed_by,
                at: act.changed_at,
                now: act.now_state.unwrap_or_default(),
            },
            Err(error) if error.is_connection() => {
                tracing::warn!(error = %error.one_line(), "outcome of an act is unknown");
                ItemResult::Unknown
            }
            Err(error) => {
                self.log_failure(write, place, &error).await;
                failed(&error)
            }
        }
    }

    /// Keeps a refused act in the operators' log; what it tried to change was rolled back with
    /// its own line. That this line is missing is no reason to tell the operator something else.
    async fn log_failure(&mut self, write: &Write, place: usize, error: &DataError) {
        let (subject, label) = subjects(&write.change).swap_remove(place);
        let actor = self.actor.clone();
        let outcome = format!("failed: {}", error.one_line());
        let logged = self
            .link
            .run(DOING, ACT_LIMIT, async |db| {
                sqlx::query(sql!("log_failure"))
                    .bind(&actor)
                    .bind(write.change.name())
                    .bind(label.as_str())
                    .bind(subject)
                    .bind(&write.reason)
                    .bind(write.batch)
                    .bind(&outcome)
                    .persistent(false)
                    .execute(db)
                    .await
                    .doing("log the failure")
            })
            .await;
        if let Err(error) = logged {
            tracing::warn!(error = %error.one_line(), "a failed act was not logged");
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

fn failed(error: &DataError) -> ItemResult {
    ItemResult::Failed {
        why: error.one_line().into(),
    }
}

async fn begin(db: &mut PgConnection) -> Result<(), DataError> {
    db.execute("begin").await.doing(DOING)?;
    db.execute(sql!("set_write_limits")).await.doing(DOING)?;
    Ok(())
}

async fn finish(db: &mut PgConnection, query: ActQuery<'_>) -> Result<Act, DataError> {
    let act = query.fetch_one(&mut *db).await.doing(DOING)?;
    db.execute("commit").await.doing(DOING)?;
    Ok(act)
}

/// Every subject's id and name, in order.
fn subjects(change: &Change) -> Vec<(Uuid, SafeText)> {
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

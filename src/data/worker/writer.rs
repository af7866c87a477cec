//! Carries out an act on one subject, as one short transaction that is guarded by what the operator
//! saw: one refusal does not undo the rest, and every subject has an outcome of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;
use tokio::sync::watch;
use uuid::Uuid;

use crate::data::companion::LoggedAct;
use crate::data::connection::Connection;
use crate::data::connection::act_query::{RetryableQuery, answer};
use crate::data::connection::sql::sql;
use crate::data::connection::transaction::set_session;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::messages::command::{
    Change, DlqEvent, Item, ItemResult, Outcome, Phase, Progress, ProgressFn, Tally, Write,
};
use crate::data::model::LatestPoll;
use crate::data::model::act::ActRow;
use crate::data::model::incident::Incident;
use crate::data::model::safe_text::SafeText;
use crate::data::source::grants;
use crate::data::source::{Site, Source, file_of};
use crate::data::worker::filler::Filler;
use crate::data::worker::sampler::Sampler;
use crate::data::worker::statements::{dlq_event, statement};

/// The time limit of one act; after it, the act is rolled back or its result is unknown.
pub(super) const ACT_LIMIT: Duration = Duration::from_secs(10);
pub(super) const DOING: &str = "carry out the act";
/// How long to find out the result of an act whose answer was lost, before it is unknown.
const RECONCILE_TIMEOUT: Duration = Duration::from_mins(1);

/// Why a read-only session writes nothing.
pub(super) const READ_ONLY: &str = "this session is read-only";

/// The outcome of a write of which nothing was done.
pub(in crate::data) fn refuse(write: &Write, why: &str) -> Outcome {
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

/// A call that was made and whose answer did not come.
#[derive(Debug, Clone)]
pub(in crate::data) struct Sent {
    pub(super) batch: Uuid,
    pub(super) place: usize,
    /// By the database's clock, before it was made.
    pub(super) since: DateTime<Utc>,
}

/// Carries out changes under one operator's name.
pub struct Writer {
    pub(in crate::data) site: Site,
    pub(in crate::data) connection: Connection,
    pub(in crate::data) actor: String,
    pub(super) incident: Option<Incident>,
    pub(in crate::data) journal: JournalConfig,
    pub(in crate::data) reconcile_timeout: Duration,
    /// Whether an act was asked for since this was last unset.
    pub(in crate::data) was_sent: bool,
    /// A call to the system's own interface whose answer was lost.
    pub(super) lost_call: Option<Sent>,
    pub(super) sampler: Option<Sampler>,
    pub(super) filler: Option<Filler>,
    pub(super) on_event: Arc<dyn Fn(&DlqEvent) + Send + Sync>,
}

/// Where bulk runs keep their journals, and the profile's name in them.
#[derive(Debug, Clone, Default)]
pub(in crate::data) struct JournalConfig {
    pub(in crate::data) folder: Option<PathBuf>,
    pub(in crate::data) profile: SafeText,
}

/// The result of one attempt.
#[derive(Debug)]
pub(in crate::data) enum Attempt {
    /// The database answered.
    Said(ItemResult),
    /// It refused; nothing was written.
    Refused(DataError),
    /// It was not sent: there was no connection.
    Unsent(DataError),
    /// It was sent, and no answer came.
    Lost(DataError),
}

impl Writer {
    /// A writer under this name. The name must not be blank; the database refuses it if it is.
    #[must_use]
    pub fn new(site: impl Into<Site>, actor: String) -> Self {
        let site = site.into();
        Self {
            connection: Connection::new(&site.options),
            site,
            actor,
            incident: None,
            journal: JournalConfig::default(),
            reconcile_timeout: RECONCILE_TIMEOUT,
            was_sent: false,
            lost_call: None,
            sampler: None,
            filler: None,
            on_event: Arc::new(|_| {}),
        }
    }

    /// Keeps the journals of bulk runs in this folder, under this profile's name. Without a folder there
    /// are no bulk runs.
    #[must_use]
    pub fn with_journal(mut self, folder: Option<PathBuf>, profile: &str) -> Self {
        let profile = profile.into();
        self.journal = JournalConfig { folder, profile };
        self
    }

    /// How long to find out the result of an act whose answer was lost; a minute by default.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.reconcile_timeout = timeout;
        self
    }

    /// The same writer on a connection of its own.
    pub(in crate::data) fn with_new_connection(&self) -> Self {
        Self {
            site: self.site.clone(),
            connection: Connection::new(&self.site.options),
            actor: self.actor.clone(),
            incident: self.incident.clone(),
            journal: self.journal.clone(),
            reconcile_timeout: self.reconcile_timeout,
            was_sent: false,
            lost_call: None,
            sampler: None,
            filler: None,
            on_event: Arc::clone(&self.on_event),
        }
    }

    /// Logs everything under this incident.
    #[must_use]
    pub fn for_incident(mut self, incident: Incident) -> Self {
        self.incident = Some(incident);
        self
    }

    /// Calls `on_event` for each change of the dead-letter queue.
    #[must_use]
    pub fn on_event(mut self, on_event: impl Fn(&DlqEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Arc::new(on_event);
        self
    }

    /// Stores samples of the queue, as the poller reads it, in the companion schema of a system that does
    /// not record what was closed.
    #[must_use]
    pub fn with_samples(mut self, newest: watch::Receiver<LatestPoll>) -> Self {
        self.filler = Some(Filler::new(newest.clone()));
        self.sampler = Some(Sampler::new(newest));
        self
    }

    /// Acts on every subject in turn and returns the results.
    pub async fn carry_out(&mut self, write: &Write) -> Outcome {
        self.carry_out_with_progress(write, &mut |_| {}).await
    }

    /// The same, and reports progress while it reconciles a lost answer.
    pub async fn carry_out_with_progress(
        &mut self,
        write: &Write,
        on_progress: ProgressFn<'_>,
    ) -> Outcome {
        let subjects = subjects(&write.change);
        let mut items = Vec::with_capacity(subjects.len());
        for (place, (id, label)) in subjects.into_iter().enumerate() {
            let result = self.act(write, place, on_progress).await;
            items.push(Item { id, label, result });
        }
        Outcome {
            batch: write.batch,
            action: write.change.name(),
            items,
        }
    }

    /// Begins a transaction, on a fresh connection if the current one has died.
    pub(super) async fn begin(&mut self) -> Result<(), DataError> {
        let reused = self.connection.is_open();
        match self.try_to_begin().await {
            Err(error) if reused && error.is_dead_link() => self.try_to_begin().await,
            answer => answer,
        }
    }

    async fn try_to_begin(&mut self) -> Result<(), DataError> {
        let incident = self.incident.clone();
        let source = Arc::clone(&self.site.source);
        let begin = async move |db: &mut PgConnection| begin(db, &source, incident).await;
        self.connection.run(DOING, ACT_LIMIT, begin).await
    }

    async fn act(
        &mut self,
        write: &Write,
        place: usize,
        on_progress: ProgressFn<'_>,
    ) -> ItemResult {
        match self.attempt(write, place).await {
            Attempt::Said(result) => result,
            Attempt::Refused(error) => self.refused(write, place, &error).await,
            Attempt::Unsent(error) => failed(&error),
            Attempt::Lost(error) => {
                tracing::warn!(error = %error.one_line(), "the answer to an act was lost");
                let progress = Progress {
                    batch: write.batch,
                    tally: Tally::default(),
                    phase: Phase::Settling,
                };
                let mut waiting = || on_progress(progress.clone());
                let settled = self.reconcile(write, place, &mut waiting).await;
                settled.unwrap_or(ItemResult::Unknown)
            }
        }
    }

    /// Sends an act once. Sending it again under the same batch is safe: the database returns the first
    /// result and does not repeat the act.
    pub(in crate::data) async fn attempt(&mut self, write: &Write, place: usize) -> Attempt {
        let source = Arc::clone(&self.site.source);
        if let Some((api, call)) = source.call(&write.change) {
            let attempt = self.attempt_by_api(api, call, write, place).await;
            self.log_answer(write, place, &attempt).await;
            return attempt;
        }
        let actor = self.actor.clone();
        let query = || statement(&source, write, place, &actor);
        let order = match (query(), query()) {
            (Ok(first), Ok(again)) => Some(RetryableQuery { first, again }),
            _ if source.companion_provides(file_of(&write.change)) => None,
            (Err(error), _) | (_, Err(error)) => return Attempt::Unsent(error),
        };
        let line = LoggedAct::of(&source, write, place, &actor);
        // Begin first: nothing was sent yet, and a connection that died while idle is replaced silently.
        if let Err(error) = self.begin().await {
            return Attempt::Unsent(error);
        }
        self.was_sent = true;
        let answer = self
            .connection
            .run(DOING, ACT_LIMIT, async |db| match (line, order) {
                (Some(line), order) => line.carry_out(db, order).await,
                (None, Some(order)) => finish(db, order).await,
                // The statement existed a moment ago.
                (None, None) => Err(source.missing(file_of(&write.change))),
            })
            .await;
        match answer {
            Ok(act) if act.outcome == "done" => {
                if let Some(dlq_event) = dlq_event(&write.change, place, &act) {
                    (self.on_event)(&dlq_event);
                }
                Attempt::Said(ItemResult::Done {
                    now: act.now_state.unwrap_or_default(),
                })
            }
            Ok(act) if act.outcome == "refused" => Attempt::Said(ItemResult::Failed {
                why: act.now_state.unwrap_or_default(),
            }),
            Ok(act) => Attempt::Said(ItemResult::Changed {
                by: act.changed_by,
                at: act.changed_at,
                now: act.now_state.unwrap_or_default(),
            }),
            Err(error) if error.is_connection() => Attempt::Lost(error),
            Err(error) => Attempt::Refused(self.explained(file_of(&write.change), error).await),
        }
    }

    /// The same error, with the grant to ask for where one is missing.
    pub(super) async fn explained(&mut self, file: &str, error: DataError) -> DataError {
        let source = Arc::clone(&self.site.source);
        let wanted = grants::wanted(source.text(file).unwrap_or_default());
        let Ok(db) = self.connection.get().await else {
            return error;
        };
        let error = grants::explained(&mut *db, &source, &wanted, error).await;
        // If the connection has died meanwhile, the next act notices.
        let _ = db.execute("rollback").await;
        error
    }

    /// Logs and returns that the database refused.
    pub(in crate::data) async fn refused(
        &mut self,
        write: &Write,
        place: usize,
        error: &DataError,
    ) -> ItemResult {
        self.log_failure(write, place, error).await;
        failed(error)
    }
}

pub(in crate::data) fn failed(error: &DataError) -> ItemResult {
    ItemResult::Failed {
        why: error.one_line().into(),
    }
}

pub(super) async fn begin(
    db: &mut PgConnection,
    source: &Source,
    incident: Option<Incident>,
) -> Result<(), DataError> {
    db.execute("begin").await.while_doing(DOING)?;
    db.execute(sql!("session/write_limits"))
        .await
        .while_doing(DOING)?;
    set_session(db, &source.acting_session()).await?;
    if let Some(incident) = incident {
        let set = sqlx::query(sql!("session/incident")).bind(incident.as_str());
        set.persistent(false).execute(db).await.while_doing(DOING)?;
    }
    Ok(())
}

async fn finish(db: &mut PgConnection, order: RetryableQuery<'_>) -> Result<ActRow, DataError> {
    let act = answer(db, order).await?;
    db.execute("commit").await.while_doing(DOING)?;
    Ok(act)
}

/// Every subject's id and name, in order.
pub(in crate::data) fn subjects(change: &Change) -> Vec<(Uuid, SafeText)> {
    let labels = change.labels().into_iter().cloned();
    change.ids().into_iter().zip(labels).collect()
}

//! Lines of the operators' log that no act writes itself: refusals, locks, answers of an API. If such a
//! line cannot be written, the result that the operator sees stays the same.

use std::sync::Arc;

use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use super::writer::{ACT_LIMIT, Attempt, DOING, Writer, begin, subjects};
use crate::data::companion::{LoggedAct, RefusalLine};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::messages::command::{ItemResult, Write};
use crate::data::model::act::ActRow;

impl Writer {
    /// Records a refused act in the operators' log; its own line was rolled back with it.
    pub(super) async fn log_failure(&mut self, write: &Write, place: usize, error: &DataError) {
        let (subject, label) = subjects(&write.change).swap_remove(place);
        let outcome = format!("failed: {}", error.one_line());
        let refused = RefusalLine {
            action: write.change.name(),
            label: label.as_str(),
            id: Some(subject),
            reason: &write.reason,
            batch: Some(write.batch),
            outcome: &outcome,
        };
        self.log(&refused).await;
    }

    /// Records in the operators' log that something was unlocked, or locked again.
    pub(super) async fn log_lock(&mut self, action: &str, of: &str, outcome: &str, reason: &str) {
        let lock = RefusalLine {
            action,
            label: of,
            id: None,
            reason,
            batch: None,
            outcome,
        };
        self.log(&lock).await;
    }

    /// Writes a line into the source's log or the companion log, if there is one.
    async fn log(&mut self, refused: &RefusalLine<'_>) {
        let source = Arc::clone(&self.site.source);
        let actor = self.actor.clone();
        let Some(line) = refused.line(&source, &actor) else {
            return;
        };
        self.log_by(async |db| {
            let line = line.persistent(false).execute(db).await;
            line.while_doing("write the log").map(|_| ())
        })
        .await;
    }

    /// Records the answer of the system's own API in the companion log.
    pub(super) async fn log_answer(&mut self, write: &Write, place: usize, attempt: &Attempt) {
        let Attempt::Said(result) = attempt else {
            return;
        };
        let act = match result {
            ItemResult::Done { now } => ActRow::new("done", now.clone()),
            ItemResult::Changed { now, .. } => ActRow::new("changed", now.clone()),
            ItemResult::Failed { why } => ActRow::new("refused", why.clone()),
            ItemResult::Unknown | ItemResult::Untried { .. } => return,
        };
        let source = Arc::clone(&self.site.source);
        let actor = self.actor.clone();
        let Some(line) = LoggedAct::of(&source, write, place, &actor) else {
            return;
        };
        self.log_by(async |db| line.keep_answer(db, &act).await)
            .await;
    }

    async fn log_by(
        &mut self,
        write: impl AsyncFnOnce(&mut PgConnection) -> Result<(), DataError>,
    ) {
        let incident = self.incident.clone();
        let source = Arc::clone(&self.site.source);
        let logged = self
            .connection
            .run(DOING, ACT_LIMIT, async |db| {
                begin(db, &source, incident).await?;
                write(db).await?;
                db.execute("commit").await.while_doing("write the log")
            })
            .await;
        if let Err(error) = logged {
            tracing::warn!(error = %error.one_line(), "a line of the log is missing");
        }
    }
}

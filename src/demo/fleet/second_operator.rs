//! Someone else is on call as well: when the queue grows out of hand, one entry after the other
//! is dealt with, oldest first, through the same functions as any operator uses. What somebody
//! owns, has snoozed or has touched is left to them.

use std::time::Duration;

use fastrand::Rng;
use sqlx::{FromRow, PgConnection, PgPool};
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext};
use crate::demo::fleet::background_task::{BackgroundTask, between};

/// Above this many pending entries the colleague helps.
const ENOUGH: i64 = 80;

/// The colleague.
#[derive(Debug)]
pub(in crate::demo) struct SecondOperator {
    pool: PgPool,
    rng: Rng,
}

#[derive(Debug, FromRow)]
struct Chosen {
    entry: Uuid,
    version: i32,
    task: Uuid,
    task_state: String,
    step: Option<Uuid>,
    step_state: Option<String>,
    incurable: bool,
}

impl SecondOperator {
    pub(in crate::demo) fn new(pool: PgPool, rng: Rng) -> Self {
        Self { pool, rng }
    }

    async fn handle(
        &self,
        db: &mut PgConnection,
        actor: &str,
        chosen: &Chosen,
    ) -> sqlx::Result<()> {
        let (status, notes) = match (chosen.task_state.as_str(), chosen.step_state.as_deref()) {
            ("complete" | "cancelled" | "resolved_manually", _) => (
                "cancelled",
                "the task has ended meanwhile, nothing left to do",
            ),
            (_, Some("error" | "waiting_for_retry")) if !chosen.incurable => {
                let notes = "the other side is up again, retried";
                let retry = Guarded {
                    sql: include_str!("../sql/retry_step.sql"),
                    subject: chosen.step,
                    seen: chosen.step_state.as_deref(),
                };
                if !retry.act(db, actor, notes).await? {
                    return Ok(());
                }
                ("manually_resolved", notes)
            }
            _ => {
                let notes = "cannot succeed as it is, called off and reported";
                let cancel = Guarded {
                    sql: include_str!("../sql/call_off.sql"),
                    subject: Some(chosen.task),
                    seen: Some(chosen.task_state.as_str()),
                };
                if !cancel.act(db, actor, notes).await? {
                    return Ok(());
                }
                ("permanently_failed", notes)
            }
        };
        sqlx::query(include_str!("../sql/close_entry.sql"))
            .bind(chosen.entry)
            .bind(chosen.version)
            .bind(status)
            .bind(actor)
            .bind(notes)
            .execute(db)
            .await?;
        Ok(())
    }
}

/// A statement on a step or a task that does nothing unless it is still in the state that was seen.
struct Guarded<'a> {
    sql: &'static str,
    subject: Option<Uuid>,
    seen: Option<&'a str>,
}

impl Guarded<'_> {
    /// Runs it; whether it was done.
    async fn act(&self, db: &mut PgConnection, actor: &str, reason: &str) -> sqlx::Result<bool> {
        let outcome: String = sqlx::query_scalar(self.sql)
            .bind(self.subject)
            .bind(self.seen)
            .bind(actor)
            .bind(reason)
            .fetch_one(db)
            .await?;
        Ok(outcome == "done")
    }
}

impl BackgroundTask for SecondOperator {
    fn title(&self) -> &'static str {
        "colleague"
    }

    async fn step(&mut self) -> Result<Duration, DataError> {
        const DOING: &str = "help with the demo's queue";
        let mut tx = self.pool.begin().await.while_doing(DOING)?;
        let chosen: Option<Chosen> = sqlx::query_as(include_str!("../sql/choose_entry.sql"))
            .bind(ENOUGH)
            .fetch_optional(&mut *tx)
            .await
            .while_doing(DOING)?;
        if let Some(chosen) = chosen {
            let actor = self.rng.choice(["ana", "bob", "carla"]).unwrap_or("ana");
            self.handle(&mut tx, actor, &chosen)
                .await
                .while_doing(DOING)?;
        }
        tx.commit().await.while_doing(DOING)?;
        Ok(between(&mut self.rng, 15.0, 35.0))
    }
}

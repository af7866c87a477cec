//! What moves tasks along, and what clears them away.

use std::time::Duration;

use sqlx::PgPool;

use crate::data::error::{DataError, QueryContext};
use crate::demo::fleet::background_task::BackgroundTask;
use crate::demo::history::populate::RETENTION_DAYS;

/// Enqueues what is ready, and fails steps whose worker never answered.
#[derive(Debug)]
pub(in crate::demo) struct Orchestrator {
    pool: PgPool,
    turns: u32,
}

impl Orchestrator {
    pub(in crate::demo) fn new(pool: PgPool) -> Self {
        Self { pool, turns: 0 }
    }
}

impl BackgroundTask for Orchestrator {
    fn title(&self) -> &'static str {
        "orchestrator"
    }

    async fn step(&mut self) -> Result<Duration, DataError> {
        sqlx::query(include_str!("../sql/advance.sql"))
            .bind("orchestrator-1")
            .bind(60)
            .execute(&self.pool)
            .await
            .while_doing("advance the demo's tasks")?;
        if self.turns.is_multiple_of(8) {
            sqlx::query(include_str!("../sql/fail_overdue.sql"))
                .bind("orchestrator-1")
                .bind(60)
                .execute(&self.pool)
                .await
                .while_doing("fail the demo's overdue steps")?;
        }
        self.turns = self.turns.wrapping_add(1);
        Ok(Duration::from_millis(800))
    }
}

/// Moves finished work to the archive, so that a demo left running for days stays small.
#[derive(Debug)]
pub(in crate::demo) struct Housekeeping {
    pool: PgPool,
}

impl Housekeeping {
    pub(in crate::demo) fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

impl BackgroundTask for Housekeeping {
    fn title(&self) -> &'static str {
        "housekeeping"
    }

    async fn step(&mut self) -> Result<Duration, DataError> {
        const DOING: &str = "archive the demo's finished tasks";
        sqlx::query(include_str!("../sql/archive_uneventful.sql"))
            .bind(10.0 * 60.0)
            .bind(400)
            .execute(&self.pool)
            .await
            .while_doing(DOING)?;
        sqlx::query(include_str!("../sql/archive_old.sql"))
            .bind(RETENTION_DAYS)
            .bind(200)
            .execute(&self.pool)
            .await
            .while_doing(DOING)?;
        sqlx::query(include_str!("../sql/forget_archived.sql"))
            .bind(20_000)
            .execute(&self.pool)
            .await
            .while_doing("forget the demo's oldest archived tasks")?;
        Ok(Duration::from_secs(30))
    }
}

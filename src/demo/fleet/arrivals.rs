//! New work: steady, with bursts.

use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext};
use crate::demo::catalog::{Template, by_weight, templates};
use crate::demo::fleet::background_task::{BackgroundTask, between};

/// Arrivals pause above this, so that nothing can grow without bound.
const MOST_LIVE_TASKS: i64 = 1_500;
/// How many arrivals go by between two looks at that number.
const LOOK_EVERY: u32 = 40;
/// The share of tasks that no retry will cure.
const DOOMED: f64 = 0.006;

/// Creates tasks.
#[derive(Debug)]
pub(in crate::demo) struct Arrivals {
    pool: PgPool,
    rng: Rng,
    templates: Vec<Template>,
    arrived: u32,
    /// What is left of a burst, and of which template.
    burst: (u32, usize),
}

impl Arrivals {
    pub(in crate::demo) fn new(pool: PgPool, rng: Rng) -> Self {
        Self {
            pool,
            rng,
            templates: templates(),
            arrived: 0,
            burst: (0, 0),
        }
    }

    async fn create(&mut self) -> Result<(), DataError> {
        const DOING: &str = "create a demo task";
        let template = match self.burst {
            (0, _) => by_weight(&self.templates, &mut self.rng),
            (_, template) => &self.templates[template],
        };
        let doomed = self.rng.f64() < DOOMED;
        let fault = doomed
            .then(|| self.rng.choice(&template.traffic.permanent))
            .flatten();
        let context: Value = template.context(&mut self.rng, fault);
        let mut tx = self.pool.begin().await.while_doing(DOING)?;
        let task: Uuid = sqlx::query_scalar(include_str!("../sql/create.sql"))
            .bind(&template.namespace)
            .bind(&template.name)
            .bind(Json(context))
            .bind(template.priority(&mut self.rng))
            .bind(&template.traffic.initiator)
            .fetch_one(&mut *tx)
            .await
            .while_doing(DOING)?;
        if let Some(scheduled) = &template.traffic.scheduled
            && self.rng.f64() < scheduled.share
        {
            let minutes = self.rng.u32(scheduled.minutes.0..=scheduled.minutes.1);
            sqlx::query(include_str!("../sql/schedule.sql"))
                .bind(task)
                .bind(&scheduled.step)
                .bind(f64::from(minutes * 60))
                .execute(&mut *tx)
                .await
                .while_doing(DOING)?;
        }
        tx.commit().await.while_doing(DOING)
    }
}

impl BackgroundTask for Arrivals {
    fn title(&self) -> &'static str {
        "arrivals"
    }

    async fn step(&mut self) -> Result<Duration, DataError> {
        if self.arrived.is_multiple_of(LOOK_EVERY) {
            let live: i64 = sqlx::query_scalar(include_str!("../sql/live_tasks.sql"))
                .fetch_one(&self.pool)
                .await
                .while_doing("count the demo's tasks")?;
            if live > MOST_LIVE_TASKS {
                return Ok(Duration::from_secs(10));
            }
        }
        self.create().await?;
        self.arrived = self.arrived.wrapping_add(1);
        if self.burst.0 > 0 {
            self.burst.0 -= 1;
            return Ok(Duration::from_millis(350));
        }
        if self.rng.u8(0..70) == 0 {
            // the busy ones come first in the catalogue
            self.burst = (self.rng.u32(6..13), self.rng.usize(0..2));
        }
        // exponential gaps: independent customers
        let gap = -1.4 * (1.0 - self.rng.f64()).ln();
        Ok(Duration::from_secs_f64(gap.clamp(0.05, 6.0)) + between(&mut self.rng, 0.0, 0.05))
    }
}

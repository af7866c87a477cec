//! The workers of one namespace: they claim steps, work for a while, and finish or fail.
//!
//! Work is only waiting, so one task stands for all workers of a namespace; in the database each
//! has its own name and its own heartbeat.

use std::time::{Duration, Instant};

use fastrand::Rng;
use sqlx::types::Json;
use sqlx::{FromRow, PgPool};
use tokio::sync::watch;
use uuid::Uuid;

use crate::data::error::{DataError, QueryContext};
use crate::demo::catalog::{Template, UNSTEADY};
use crate::demo::fleet::background_task::{BackgroundTask, between};
use crate::demo::fleet::claimed_step::Claim;
use crate::demo::fleet::outages::Outage;
use crate::demo::fleet::step_outcome::{StepOutcome, StepOutcomes};

/// How often workers say that they are alive.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often they look for work when they have none.
const LOOK: Duration = Duration::from_secs(1);

/// A namespace's workers.
#[derive(Debug)]
pub(in crate::demo) struct Workers {
    pool: PgPool,
    template: Template,
    rng: Rng,
    outcomes: StepOutcomes,
    jobs: Vec<Job>,
    /// Whether they are there, and until when.
    present: bool,
    until: Option<Instant>,
    heard: Option<Instant>,
    adopted: bool,
}

#[derive(Debug)]
struct Job {
    step: Uuid,
    /// Which run of the step it is; unknown for one that was under way before the fleet was.
    run: Option<i32>,
    worker: String,
    begun: Instant,
    due: Instant,
    ending: StepOutcome,
    /// Whether the worker can do nothing else meanwhile.
    quick: bool,
}

/// A step that was under way when the fleet was started.
#[derive(Debug, FromRow)]
struct Orphan {
    workflow_step_uuid: Uuid,
    processor: String,
    seconds_left: f64,
}

impl Workers {
    pub(in crate::demo) fn new(
        pool: PgPool,
        template: Template,
        mut rng: Rng,
        outage: watch::Receiver<Option<Outage>>,
    ) -> Self {
        let unsteady = template.namespace == UNSTEADY;
        Self {
            outcomes: StepOutcomes::new(rng.fork(), outage),
            pool,
            // as the populated history has it: gone for half an hour
            present: !unsteady,
            until: unsteady.then(|| Instant::now() + between(&mut rng, 400.0, 540.0)),
            template,
            rng,
            jobs: Vec::new(),
            heard: None,
            adopted: false,
        }
    }

    /// An unsteady crew comes and goes. What it had in hand when it went is never heard of again.
    fn come_and_go(&mut self) {
        if self.until.is_none_or(|until| Instant::now() < until) {
            return;
        }
        self.present = !self.present;
        tracing::info!(
            namespace = self.template.namespace,
            present = self.present,
            "workers"
        );
        let stay = if self.present {
            (420.0, 660.0)
        } else {
            (800.0, 960.0)
        };
        self.until = Some(Instant::now() + between(&mut self.rng, stay.0, stay.1));
        self.jobs.clear();
        self.heard = None;
    }

    async fn heartbeat(&mut self) -> Result<(), DataError> {
        if self.heard.is_some_and(|heard| heard.elapsed() < HEARTBEAT) {
            return Ok(());
        }
        let names: Vec<String> = (1..=self.template.traffic.workers)
            .map(|number| self.worker(number))
            .collect();
        sqlx::query(include_str!("../sql/heartbeat.sql"))
            .bind(&self.template.namespace)
            .bind(names)
            .execute(&self.pool)
            .await
            .while_doing("send the demo's heartbeats")?;
        self.heard = Some(Instant::now());
        Ok(())
    }

    fn worker(&self, number: usize) -> String {
        format!("{}-worker-{number}", self.template.namespace)
    }

    /// Takes up what is under way and not overdue. What has been so for long is left hanging.
    async fn adopt(&mut self) -> Result<(), DataError> {
        let orphans: Vec<Orphan> = sqlx::query_as(include_str!("../sql/orphans.sql"))
            .bind(&self.template.namespace)
            .persistent(false)
            .fetch_all(&self.pool)
            .await
            .while_doing("find the demo's running steps")?;
        for orphan in orphans {
            let longest = (orphan.seconds_left * 0.9).clamp(4.0, 900.0);
            self.jobs.push(Job {
                step: orphan.workflow_step_uuid,
                run: None,
                worker: orphan.processor,
                begun: Instant::now(),
                due: Instant::now() + between(&mut self.rng, 3.0, longest),
                ending: StepOutcome::Finish,
                quick: false,
            });
        }
        self.adopted = true;
        Ok(())
    }

    async fn claim(&mut self) -> Result<bool, DataError> {
        let number = self.rng.usize(1..=self.template.traffic.workers.max(1));
        let worker = self.worker(number);
        let claim: Option<Claim> = sqlx::query_as(include_str!("../sql/claim.sql"))
            .bind(&worker)
            .bind(&self.template.namespace)
            .fetch_optional(&self.pool)
            .await
            .while_doing("claim a demo step")?;
        let Some(claim) = claim else {
            return Ok(false);
        };
        let (took, ending) = self.outcomes.decide(&self.template, &claim);
        // one that never answers is simply forgotten
        if let Some(ending) = ending {
            self.jobs.push(Job {
                step: claim.workflow_step_uuid,
                run: Some(claim.run),
                worker,
                begun: Instant::now(),
                due: Instant::now() + took,
                ending,
                quick: took < Duration::from_secs(10),
            });
        }
        Ok(true)
    }

    /// Ends what is due. A job stays in hand until the database has taken it.
    async fn deliver(&mut self) -> Result<bool, DataError> {
        let mut delivered = false;
        let is_due = |job: &Job| job.due <= Instant::now();
        while let Some(i) = self.jobs.iter().position(is_due) {
            let job = &self.jobs[i];
            match &job.ending {
                StepOutcome::Finish => {
                    let took_ms = job.begun.elapsed().as_millis();
                    sqlx::query(include_str!("../sql/finish.sql"))
                        .bind(job.step)
                        .bind(&job.worker)
                        .bind(Json(serde_json::json!({ "ok": true, "took_ms": took_ms })))
                        .bind(job.run)
                }
                StepOutcome::Fail { error, may_pass } => {
                    sqlx::query(include_str!("../sql/fail.sql"))
                        .bind(job.step)
                        .bind(&job.worker)
                        .bind(error)
                        .bind(may_pass)
                        .bind(job.run)
                }
            }
            .execute(&self.pool)
            .await
            .while_doing("end a demo step")?;
            self.jobs.swap_remove(i);
            delivered = true;
        }
        Ok(delivered)
    }

    fn idle_workers(&self) -> usize {
        let busy = self.jobs.iter().filter(|job| job.quick).count();
        self.template.traffic.workers.saturating_sub(busy)
    }
}

impl BackgroundTask for Workers {
    fn title(&self) -> &str {
        &self.template.namespace
    }

    async fn step(&mut self) -> Result<Duration, DataError> {
        self.come_and_go();
        if !self.present {
            return Ok(Duration::from_secs(2));
        }
        if !self.adopted {
            self.adopt().await?;
        }
        self.heartbeat().await?;
        let mut rest = LOOK;
        if self.deliver().await? {
            // the next step of the same task is likely to be ready soon
            rest = Duration::from_millis(400);
        }
        for _ in 0..self.idle_workers() {
            if !self.claim().await? {
                break;
            }
        }
        let next = self.jobs.iter().map(|job| job.due).min();
        let next = next.map_or(rest, |due| due.saturating_duration_since(Instant::now()));
        Ok(rest.min(next).max(Duration::from_millis(40)))
    }
}

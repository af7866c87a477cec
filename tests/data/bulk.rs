//! Changes of many: once each, at a pace, with a canary ahead, and taken up where they were cut.

mod by_rules;
mod canaries;
mod journals;
mod once;
mod outcomes;
mod worker;

use std::path::PathBuf;
use std::time::Duration;

use dlqtop::data::bulk::{Bulk, StopSignals};
use dlqtop::data::messages::command::{
    Change, ItemResult, Outcome, Pace, Progress, StepTarget, StepVerb, Write,
};
use dlqtop::data::model::{StepId, TaskId};
use dlqtop::data::worker::Writer;
use sqlx::PgPool;
use support::database::Database;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A database with failed steps, and a folder for journals.
struct Scene {
    db: Database,
    folder: TempDir,
    targets: Vec<StepTarget>,
}

impl Scene {
    /// So many dead letters with this error.
    async fn of(count: usize, error: &str) -> Self {
        let db = Database::new().await;
        db.template("{}").await;
        let mut targets = Vec::new();
        for n in 0..count {
            let task = db.blocked(error).await;
            targets.push(StepTarget {
                step: StepId(db.step(task, "first").await),
                task: TaskId(task),
                seen_state: "error".into(),
                seen_error: Some(error.into()),
                label: format!("pay/charge {n}").into(),
            });
        }
        db.run("select dlqtop.detect_and_transition_stale_tasks(false)")
            .await;
        let folder = tempfile::tempdir().unwrap();
        Self {
            db,
            folder,
            targets,
        }
    }

    fn runs(&self) -> PathBuf {
        self.folder.path().join("state").join("runs")
    }

    fn writer(&self) -> Writer {
        Writer::new(&self.db.options, "ana".to_owned())
            .with_journal(Some(self.runs()), "prod")
            .with_timeout(Duration::from_secs(2))
    }

    fn bulk(&self) -> Bulk {
        Bulk::new(self.writer())
    }

    fn retry(&self, pace: Pace) -> Write {
        Write {
            batch: Uuid::now_v7(),
            change: Change::Steps(StepVerb::ResetForRetry, self.targets.clone()),
            reason: "gateway is back".to_owned(),
            pace,
        }
    }

    /// Carries it out to its end; what was told of it on the way.
    async fn carried_out(&self, write: &Write) -> (Outcome, Vec<Progress>) {
        let mut told = Vec::new();
        let outcome = self
            .bulk()
            .carry_out(write, &StopSignals::default(), &mut |progress| {
                told.push(progress);
            })
            .await;
        assert_eq!(outcome.items.len(), write.change.count());
        (outcome, told)
    }

    /// Carries it out, and stops it as soon as so many are done.
    async fn stopped_after(&self, done: usize, write: &Write) -> Outcome {
        let brakes = StopSignals::default();
        self.bulk()
            .carry_out(write, &brakes, &mut |progress| {
                if progress.tally.done >= done {
                    brakes.stop.cancel();
                }
            })
            .await
    }

    async fn done_lines(&self, batch: Uuid) -> i64 {
        self.db
            .one(&format!(
                "select count(*) from dlqtop.operator_log where outcome = 'done' and batch = '{batch}'"
            ))
            .await
    }

    /// How often operators have reset a step.
    async fn resets(&self) -> i64 {
        self.db
            .one(
                "select count(*) from tasker_workflow_step_transitions
                 where metadata ->> 'action' = 'reset_for_retry'",
            )
            .await
    }
}

fn per_second(rate: f64) -> Pace {
    Pace {
        per_second: Some(rate),
        ..Pace::default()
    }
}

fn untried(outcome: &Outcome) -> Vec<String> {
    let why = |result: &ItemResult| match result {
        ItemResult::Untried { why } => Some(why.to_string()),
        _ => None,
    };
    outcome
        .items
        .iter()
        .filter_map(|item| why(&item.result))
        .collect()
}

/// A worker that runs whatever it finds, and fails with what `answers` says, if it says anything.
struct Fleet {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Fleet {
    fn of(pool: &PgPool, answers: impl Fn(u64) -> Option<String> + Send + 'static) -> Self {
        let (pool, stop) = (pool.clone(), CancellationToken::new());
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let mut ran = 0;
            while !stopped.is_cancelled() {
                sqlx::query("select dlqtop.advance_tasks('orchestrator')")
                    .execute(&pool)
                    .await
                    .unwrap();
                let claimed: Option<Uuid> = sqlx::query_scalar(
                    "select workflow_step_uuid from dlqtop.claim_step('w1', 'pay')",
                )
                .fetch_optional(&pool)
                .await
                .unwrap();
                let Some(claimed) = claimed else {
                    // There is no event for new work: a worker polls.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                ran += 1;
                let query = match answers(ran) {
                    Some(error) => sqlx::query("select dlqtop.fail_step($1, 'w1', $2, false)")
                        .bind(claimed)
                        .bind(error),
                    None => sqlx::query("select dlqtop.finish_step($1, 'w1', '{}')").bind(claimed),
                };
                query.execute(&pool).await.unwrap();
            }
        });
        Self { stop, task }
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test]
async fn a_run_does_everything_and_closes_its_journal() {
    let scene = Scene::of(25, "HTTP 503").await;
    let write = scene.retry(Pace::default());
    let (outcome, told) = scene.carried_out(&write).await;
    assert_eq!(outcome.tally().done, 25, "{outcome:?}");
    assert_eq!(outcome.batch, write.batch);
    assert_eq!(scene.done_lines(write.batch).await, 25);
    let tallies: Vec<usize> = told.iter().map(|progress| progress.tally.done).collect();
    assert_eq!(tallies.first(), Some(&0));
    assert!(tallies.is_sorted(), "{tallies:?}");
    assert!(
        tallies.iter().any(|done| (1..=20).contains(done)),
        "{tallies:?}"
    );
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
}

#[tokio::test]
async fn a_pace_is_kept_by_the_databases_clock() {
    let scene = Scene::of(9, "HTTP 503").await;
    let write = scene.retry(per_second(10.0));
    let (outcome, _) = scene.carried_out(&write).await;
    assert_eq!(outcome.tally().done, 9);
    // The first of them is due at once; a busy machine makes gaps longer, or one late and the
    // next on time: never two within less than the gap, but for the jitter of one act.
    let (whole, shortest): (f64, f64) = sqlx::query_as(
        "select extract(epoch from max(at) - min(at))::float8, min(gap)::float8 from (
             select at, extract(epoch from at - lag(at) over (order by at)) as gap
             from dlqtop.operator_log where batch = $1 and outcome = 'done') l",
    )
    .bind(write.batch)
    .fetch_one(&scene.db.pool)
    .await
    .unwrap();
    assert!(whole >= 0.75, "9 at 10 a second took {whole} s");
    assert!(shortest > 0.02, "two within {shortest} s");
}

#[tokio::test]
async fn a_pace_of_nothing_is_refused() {
    let scene = Scene::of(2, "HTTP 503").await;
    let (outcome, _) = scene.carried_out(&scene.retry(per_second(0.0))).await;
    assert_eq!(outcome.tally().failed, 2, "{outcome:?}");
    assert_eq!(scene.resets().await, 0);
}

#[tokio::test]
async fn an_operator_stops_a_run_for_good() {
    let scene = Scene::of(12, "HTTP 503").await;
    let write = scene.retry(per_second(20.0));
    let outcome = scene.stopped_after(3, &write).await;
    let tally = outcome.tally();
    assert!((3..12).contains(&tally.done), "{tally:?}");
    assert_eq!(tally.done + tally.untried, 12, "{tally:?}");
    assert!(untried(&outcome).iter().all(|why| why == "stopped"));
    assert_eq!(
        scene.resets().await,
        i64::try_from(tally.done).unwrap(),
        "what is called untried was done"
    );
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
}

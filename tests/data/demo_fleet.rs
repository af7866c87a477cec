//! The simulated fleet against a real PostgreSQL: the invented history keeps the schema's rules,
//! and what an operator does to a dead letter has the effect it should.

use std::collections::BTreeMap;
use std::time::Duration;

use dlqtop::demo;
use sqlx::PgPool;
use support::database::Database;
use support::eventually::eventually;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// An empty, migrated database of one's own.
async fn pool_for_test() -> PgPool {
    Database::new().await.pool
}

/// Counts by a key.
async fn counts(pool: &PgPool, sql: &'static str) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
    rows.into_iter().collect()
}

/// Whether the query comes to say true of the subject.
async fn comes_true(pool: &PgPool, within: Duration, sql: &'static str, subject: Uuid) -> bool {
    let asked = eventually(within, async || {
        let holds: bool = sqlx::query_scalar(sql)
            .bind(subject)
            .fetch_one(pool)
            .await
            .unwrap();
        holds.then_some(())
    });
    asked.await.is_some()
}

const BY_HEALTH: &str =
    "select health_status, count(*) from v_task_staleness_monitoring group by 1";
const BY_REASON: &str = "select dlq_reason::text, count(*) from tasker_tasks_dlq
    where resolution_status = 'pending' group by 1";

#[tokio::test]
async fn the_history_gives_every_pane_something_to_show() {
    let pool = pool_for_test().await;
    demo::prepare(&pool, 7).await.unwrap();

    let health = counts(&pool, BY_HEALTH).await;
    assert!((300..=600).contains(&health["healthy"]), "{health:?}");
    assert!((8..=30).contains(&health["warning"]), "{health:?}");
    assert!((12..=25).contains(&health["stale"]), "{health:?}");
    let reasons = counts(&pool, BY_REASON).await;
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    assert_eq!(reasons.values().sum::<i64>(), 55, "{reasons:?}");
    let shown = counts(&pool, include_str!("../sql/panes.sql")).await;
    assert!(shown.values().all(|&rows| rows > 0), "{shown:?}");
    assert!(shown["resolved"] >= 250, "{shown:?}");
    assert!(shown["in error"] >= 40, "{shown:?}");

    // what the first sweep will find
    let due = counts(
        &pool,
        "select dlq_reason, count(*) from dlqtop.detect_and_transition_stale_tasks(true, 1000) group by 1",
    )
    .await;
    assert_eq!(
        due.keys().collect::<Vec<_>>(),
        [
            "dependency_cycle_detected",
            "max_retries_exceeded",
            "staleness_timeout",
            "worker_unavailable"
        ]
    );
    assert!(due.values().sum::<i64>() >= 15, "{due:?}");
}

#[tokio::test]
async fn the_history_keeps_the_rules_of_the_schema() {
    let pool = pool_for_test().await;
    demo::prepare(&pool, 21).await.unwrap();
    let broken = counts(&pool, include_str!("../sql/broken_rules.sql")).await;
    assert!(broken.values().all(|&rows| rows == 0), "{broken:#?}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_history() {
    let told = async |seed| {
        let pool = pool_for_test().await;
        demo::prepare(&pool, seed).await.unwrap();
        let errors: Vec<(String, Option<String>, String)> = sqlx::query_as(
            "select s.step_name, s.last_error, dlqtop.step_state(s.workflow_step_uuid)
             from tasker_workflow_steps s order by 1, 2, 3",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        (
            counts(&pool, BY_HEALTH).await,
            counts(&pool, BY_REASON).await,
            errors,
        )
    };
    let (one, same, other) = tokio::join!(told(5), told(5), told(6));
    assert!(one == same);
    assert!(one != other);
}

#[tokio::test]
async fn the_fleet_works_and_an_operator_can_cure_what_passes_but_not_what_lasts() {
    let pool = pool_for_test().await;
    demo::prepare(&pool, 7).await.unwrap();
    let started = demo::started_now(&pool).await.unwrap();
    let stop = CancellationToken::new();
    let fleet = tokio::spawn(demo::run(pool.clone(), 7, stop.clone()));

    let passing = retry_one(&pool, false).await;
    let lasting = retry_one(&pool, true).await;
    assert!(
        comes_true(
            &pool,
            Duration::from_mins(1),
            "select dlqtop.task_state($1) = 'complete'",
            passing.1,
        )
        .await,
        "the task did not complete"
    );
    assert!(
        comes_true(
            &pool,
            Duration::from_mins(1),
            "select to_state = 'error' and sort_key > 6 from tasker_workflow_step_transitions
             where workflow_step_uuid = $1 and most_recent",
            lasting.0,
        )
        .await,
        "the step did not fail again"
    );
    bypass(&pool, lasting.0).await;
    assert!(
        comes_true(
            &pool,
            Duration::from_mins(1),
            "select dlqtop.task_state($1) = 'complete'",
            lasting.1,
        )
        .await,
        "the task did not go on without the step"
    );

    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), fleet)
        .await
        .unwrap()
        .unwrap();
    let summary = demo::summary(&pool, started).await.unwrap();
    assert!(summary.tasks_created > 0, "{summary:?}");
    assert!(summary.tasks_completed > 2, "{summary:?}");
    assert_eq!(summary.operator_actions, 3, "{summary:?}");
    assert!(summary.dead_letters.len() >= 3, "{summary:?}");
}

/// Retries the failing step of one pending entry; returns the step and its task.
async fn retry_one(pool: &PgPool, lasting: bool) -> (Uuid, Uuid) {
    let chosen: (Uuid, Uuid) = sqlx::query_as(
        "select q.workflow_step_uuid, q.task_uuid
         from v_dlq_investigation_queue q
         join tasker_tasks t using (task_uuid)
         where q.step_state = 'error' and q.task_name = 'charge_order'
           and (t.context ? 'simulate') = $1
         order by q.dlq_timestamp limit 1",
    )
    .bind(lasting)
    .fetch_one(pool)
    .await
    .unwrap();
    let outcome: String = sqlx::query_scalar(
        "select outcome from reset_for_retry($1, 'error', 'tester', 'the test says so')",
    )
    .bind(chosen.0)
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(outcome, "done");
    chosen
}

async fn bypass(pool: &PgPool, step: Uuid) {
    let outcome: String = sqlx::query_scalar(
        "select outcome from resolve_manually($1, 'error', 'tester', 'the test says so')",
    )
    .bind(step)
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(outcome, "done");
}

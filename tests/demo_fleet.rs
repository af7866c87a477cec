//! The simulated fleet against a real PostgreSQL: the invented history keeps the schema's rules,
//! and what an operator does to a dead letter has the effect it should.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test sets up must work, or the test has nothing to say"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dlqtop::demo;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// An empty, migrated database of one's own. The only place that knows where tests get one.
async fn pool_for_test() -> PgPool {
    let server: PgConnectOptions = std::env::var("DLQTOP_TEST_SERVER")
        .unwrap_or_else(|_| "postgres://dlqtop@localhost/postgres?host=/tmp/pgs".to_owned())
        .parse()
        .expect("a connection URL");
    let name = format!("demo_fleet_{}", Uuid::now_v7().simple());
    let admin = PgPool::connect_with(server.clone()).await.unwrap();
    let create = format!("create database {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&admin)
        .await
        .unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(12)
        .connect_with(of_public(server).database(&name))
        .await
        .unwrap();
    sqlx::migrate!().run(&pool).await.unwrap();
    pool
}

/// A role may be called like the schema `dlqtop`, which would then come first in `search_path`, and
/// what the migrations mean for `public` would land in it.
fn of_public(options: PgConnectOptions) -> PgConnectOptions {
    options.options([("search_path", "public")])
}

/// Drops the database again, unless the test has failed.
async fn done_with(pool: PgPool) {
    let name: String = scalar(&pool, "select current_database()::text").await;
    let options = pool.connect_options().as_ref().clone();
    pool.close().await;
    let admin = PgPool::connect_with(options.database("postgres"))
        .await
        .unwrap();
    let drop = format!("drop database {name} with (force)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(drop))
        .execute(&admin)
        .await
        .unwrap();
}

async fn scalar<T>(pool: &PgPool, sql: &'static str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// Counts by a key.
async fn counts(pool: &PgPool, sql: &'static str) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
    rows.into_iter().collect()
}

/// Polls until the query says true.
async fn eventually(pool: &PgPool, within: Duration, sql: &'static str, subject: Uuid) -> bool {
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        let holds: bool = sqlx::query_scalar(sql)
            .bind(subject)
            .fetch_one(pool)
            .await
            .unwrap();
        if holds {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    false
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
    let shown = counts(&pool, include_str!("sql/panes.sql")).await;
    assert!(shown.values().all(|&rows| rows > 0), "{shown:?}");
    assert!(shown["resolved"] >= 250, "{shown:?}");
    assert!(shown["in error"] >= 40, "{shown:?}");

    // what the first sweep will find
    let due = counts(
        &pool,
        "select dlq_reason, count(*) from detect_and_transition_stale_tasks(true, 1000) group by 1",
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
    done_with(pool).await;
}

#[tokio::test]
async fn the_history_keeps_the_rules_of_the_schema() {
    let pool = pool_for_test().await;
    demo::prepare(&pool, 21).await.unwrap();
    let broken = counts(&pool, include_str!("sql/broken_rules.sql")).await;
    assert!(broken.values().all(|&rows| rows == 0), "{broken:#?}");
    done_with(pool).await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_history() {
    let told = async |seed| {
        let pool = pool_for_test().await;
        demo::prepare(&pool, seed).await.unwrap();
        let errors: Vec<(String, Option<String>, String)> = sqlx::query_as(
            "select s.step_name, s.last_error, step_state(s.workflow_step_uuid)
             from tasker_workflow_steps s order by 1, 2, 3",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        let seen = (
            counts(&pool, BY_HEALTH).await,
            counts(&pool, BY_REASON).await,
            errors,
        );
        done_with(pool).await;
        seen
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
        eventually(
            &pool,
            Duration::from_secs(20),
            "select task_state($1) = 'complete'",
            passing.1,
        )
        .await,
        "the task did not complete"
    );
    assert!(
        eventually(
            &pool,
            Duration::from_secs(10),
            "select to_state = 'error' and sort_key > 6 from tasker_workflow_step_transitions
             where workflow_step_uuid = $1 and most_recent",
            lasting.0,
        )
        .await,
        "the step did not fail again"
    );
    bypass(&pool, lasting.0).await;
    assert!(
        eventually(
            &pool,
            Duration::from_secs(20),
            "select task_state($1) = 'complete'",
            lasting.1,
        )
        .await,
        "the task did not go on without the step"
    );

    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), fleet)
        .await
        .expect("the fleet stops when told to")
        .unwrap();
    let summary = demo::summary(&pool, started).await.unwrap();
    assert!(summary.tasks_created > 0, "{summary:?}");
    assert!(summary.tasks_completed > 2, "{summary:?}");
    assert_eq!(summary.operator_actions, 3, "{summary:?}");
    assert!(summary.dead_letters.len() >= 3, "{summary:?}");
    done_with(pool).await;
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

/// `DLQTOP_DEMO_DATABASE=… DLQTOP_DEMO_SECONDS=60 cargo test --test demo_fleet -- --ignored
/// --nocapture`: populates the database named, unless it is populated, and runs the fleet.
#[tokio::test]
#[ignore = "runs as long as it is told to, on a database of one's own"]
async fn by_hand() {
    let url = std::env::var("DLQTOP_DEMO_DATABASE").expect("DLQTOP_DEMO_DATABASE");
    let seconds = std::env::var("DLQTOP_DEMO_SECONDS").map_or(60, |s| s.parse().unwrap());
    let options = of_public(url.parse().expect("a connection URL"));
    let pool = PgPool::connect_with(options).await.unwrap();
    sqlx::migrate!().run(&pool).await.unwrap();
    let begun = Instant::now();
    if scalar::<i64>(&pool, "select count(*) from tasker_tasks").await == 0 {
        demo::prepare(&pool, 7).await.unwrap();
    }
    eprintln!("prepared in {:?}", begun.elapsed());
    let started = demo::started_now(&pool).await.unwrap();
    let stop = CancellationToken::new();
    let fleet = tokio::spawn(demo::run(pool.clone(), 7, stop.clone()));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    stop.cancel();
    fleet.await.unwrap();
    let summary = demo::summary(&pool, started).await.unwrap();
    eprintln!("{summary:#?}");
}

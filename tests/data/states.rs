//! State machines: what is allowed, what is refused, and what a task becomes when its steps change.

use sqlx::{AssertSqlSafe, Executor as _};
use support::database::Database;

#[tokio::test]
async fn a_task_runs_from_end_to_end() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    assert_eq!(db.state(task).await, "steps_in_process");

    for _ in 0..2 {
        let step = db.claimed().await;
        let held: bool = db
            .one(&format!(
                "select dlqtop.finish_step('{step}', 'w1', '{{\"ok\": true}}')"
            ))
            .await;
        assert!(held);
        db.run("select dlqtop.advance_tasks('orchestrator')").await;
    }

    assert_eq!(db.state(task).await, "complete");
    let complete: bool = db.one("select complete from tasker_tasks").await;
    assert!(complete);
    assert_tidy(&db).await;
}

#[tokio::test]
async fn a_failure_backs_off_and_then_blocks_the_task() {
    let db = Database::new().await;
    db.template_named(
        "charge",
        "{}",
        r#"[{"name": "first", "retry": {"max_attempts": 2, "backoff_base_ms": 60000}}]"#,
    )
    .await;
    let task = db.started().await;

    let step = db.claimed().await;
    db.run(&format!(
        "select dlqtop.fail_step('{step}', 'w1', 'gateway down')"
    ))
    .await;
    assert_eq!(db.step_state(step).await, "waiting_for_retry");
    assert_eq!(db.state(task).await, "waiting_for_retry");
    let wait: f64 = db
        .one("select extract(epoch from next_retry_at - now())::float8 from tasker_workflow_steps")
        .await;
    assert!((59.0..=60.0).contains(&wait), "{wait} s");

    db.run("update tasker_workflow_steps set next_retry_at = now() - interval '1 second'")
        .await;
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    let again = db.claimed().await;
    assert_eq!(again, step);
    db.run(&format!(
        "select dlqtop.fail_step('{step}', 'w1', 'gateway down')"
    ))
    .await;
    assert_eq!(db.step_state(step).await, "error");
    assert_eq!(db.state(task).await, "blocked_by_failures");
    assert_tidy(&db).await;
}

#[tokio::test]
async fn a_forbidden_transition_names_both_states() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let refused = db
        .pool
        .execute(AssertSqlSafe(format!(
            "select dlqtop.transition_task('{task}', 'steps_in_process', 'complete', 'test')"
        )))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("a task cannot go from steps_in_process to complete"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_writer_that_saw_another_state_writes_nothing() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let written: bool = db
        .one(&format!(
            "select dlqtop.transition_task('{task}', 'pending', 'initializing', 'test')"
        ))
        .await;
    assert!(!written);
    assert_eq!(db.state(task).await, "steps_in_process");
}

#[tokio::test]
async fn a_late_worker_cannot_undo_what_an_operator_did() {
    let db = Database::new().await;
    db.template("{}").await;
    db.started().await;
    let step = db.claimed().await;
    db.run(&format!(
        "select resolve_manually('{step}', 'in_progress', 'ana', 'known good')"
    ))
    .await;
    let held: bool = db
        .one(&format!(
            "select dlqtop.finish_step('{step}', 'w1', '{{}}')"
        ))
        .await;
    assert!(!held);
    assert_eq!(db.step_state(step).await, "resolved_manually");
}

#[tokio::test]
async fn a_worker_that_falls_silent_loses_its_step() {
    let db = Database::new().await;
    db.template_named(
        "charge",
        "{}",
        r#"[{"name": "first", "timeout_seconds": 60, "retry": {"max_attempts": 1}}]"#,
    )
    .await;
    let task = db.started().await;
    let step = db.claimed().await;
    assert_eq!(
        db.one::<i32>("select dlqtop.fail_overdue_steps('orchestrator')")
            .await,
        0
    );

    db.date_back(task, 2.0).await;
    assert_eq!(
        db.one::<i32>("select dlqtop.fail_overdue_steps('orchestrator')")
            .await,
        1
    );

    assert_eq!(db.step_state(step).await, "error");
    let error: String = db.one("select last_error from tasker_workflow_steps").await;
    assert!(error.contains("timed out after 60 s"), "{error}");
}

#[tokio::test]
async fn the_answer_of_a_run_that_was_given_up_is_refused() {
    let db = Database::new().await;
    db.template_named(
        "charge",
        "{}",
        r#"[{"name": "first", "timeout_seconds": 60}]"#,
    )
    .await;
    let task = db.started().await;
    let claim = "select claim from dlqtop.claim_step('w1', 'pay')";
    let first: i32 = db.one(claim).await;
    db.date_back(task, 2.0).await;
    db.run("select dlqtop.fail_overdue_steps('orchestrator')")
        .await;
    db.run("update tasker_workflow_steps set next_retry_at = null")
        .await;
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    let second: i32 = db.one(claim).await;
    let step = db.step(task, "first").await;

    let late: bool = db
        .one(&format!(
            "select dlqtop.finish_step('{step}', 'w1', '{{}}', {first})"
        ))
        .await;
    assert!(!late, "the first run's answer was taken for the second's");
    let own: bool = db
        .one(&format!(
            "select dlqtop.finish_step('{step}', 'w1', '{{}}', {second})"
        ))
        .await;
    assert!(own);
}

#[tokio::test]
async fn a_retry_without_a_time_is_due_at_once() {
    let db = Database::new().await;
    db.template_named("charge", "{}", r#"[{"name": "first"}]"#)
        .await;
    let task = db.started().await;
    let step = db.claimed().await;
    db.run(&format!(
        "select dlqtop.fail_step('{step}', 'w1', 'gateway down')"
    ))
    .await;
    assert_eq!(db.state(task).await, "waiting_for_retry");
    db.run("update tasker_workflow_steps set next_retry_at = null")
        .await;
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    assert_eq!(db.step_state(step).await, "enqueued");
}

#[tokio::test]
async fn a_cancelled_step_blocks_its_task() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.started().await;
    let step = db.step(task, "first").await;
    db.run(&format!(
        "select dlqtop.cancel_step('{step}', 'enqueued', 'ana', 'never')"
    ))
    .await;
    assert_eq!(db.state(task).await, "blocked_by_failures");
    let blocked_by: Vec<String> = db
        .one(&format!(
            "select blocked_by from step_readiness('{task}') where step_name = 'second'"
        ))
        .await;
    assert_eq!(blocked_by, ["first"]);
    assert_tidy(&db).await;
}

#[tokio::test]
async fn two_workers_never_get_the_same_step() {
    let db = Database::new().await;
    db.template("{}").await;
    for _ in 0..20 {
        db.run("select dlqtop.create_task('pay', 'charge')").await;
    }
    db.run("select dlqtop.advance_tasks('orchestrator')").await;
    let claims = (0..20).map(|n| {
        let pool = db.pool.clone();
        async move {
            sqlx::query_scalar::<_, uuid::Uuid>(
                "select workflow_step_uuid from dlqtop.claim_step('w' || $1::text, 'pay')",
            )
            .bind(n.to_string())
            .fetch_optional(&pool)
            .await
            .unwrap()
        }
    });
    let mut taken: Vec<_> = futures_util::future::join_all(claims)
        .await
        .into_iter()
        .flatten()
        .collect();
    let claimed = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), claimed, "a step was claimed twice");
    assert!(claimed > 0);
    assert_tidy(&db).await;
}

/// Every subject has one present state, no gap in its order, and only allowed transitions.
pub async fn assert_tidy(db: &Database) {
    for (kind, key) in [
        ("task", "task_uuid"),
        ("workflow_step", "workflow_step_uuid"),
    ] {
        let untidy: i64 = db
            .one(&format!(
                "select count(*) from (
                     select {key} from tasker_{kind}_transitions group by {key}
                     having count(*) filter (where most_recent) <> 1
                         or max(sort_key) <> count(*)
                         or max(sort_key) <> max(sort_key) filter (where most_recent)
                 ) wrong"
            ))
            .await;
        assert_eq!(untidy, 0, "{kind} transitions are untidy");
    }
    let forbidden: i64 = db
        .one(
            "select (select count(*) from tasker_task_transitions
                     where not dlqtop.task_transition_allowed(from_state, to_state, true))
                  + (select count(*) from tasker_workflow_step_transitions
                     where not dlqtop.step_transition_allowed(from_state, to_state, true))",
        )
        .await;
    assert_eq!(forbidden, 0, "forbidden transitions were written");
}

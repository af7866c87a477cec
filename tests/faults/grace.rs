//! Row 9: what an operator has just put back to work is not killed for its age.

use support::database::Database;
use support::report::Row;
use support::seed::Tasks;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_older_than_their_lifetime_are_left_alone_after_an_operators_retry() {
    let row = Row::begin("9", 0);
    let day = 25.0 * 60.0;
    let old = Tasks {
        age: day,
        minutes: 60.0,
        ..Tasks::FAILED.count(10)
    };
    let db = Database::with(old).await;
    db.sweep().await;
    db.run(
        "select reset_for_retry(workflow_step_uuid, 'error', 'ana', 'gateway is back')
         from tasker_workflow_steps where dlqtop.step_state(workflow_step_uuid) = 'error';
         select dlqtop.advance_tasks('orchestrator'); select dlqtop.worker_heartbeat('w1', 'pay')",
    )
    .await;
    // Nobody has retried these, and they are as old.
    let control = Tasks {
        tag: "control",
        minutes: 1.0,
        ..old
    };
    db.seed(Tasks {
        state: "steps_in_process",
        first: "in_progress",
        ..control
    })
    .await;
    let in_error = |tag: &str| {
        format!(
            "select count(*) from tasker_tasks where dlqtop.task_state(task_uuid) = 'error'
             and initiator = '{tag}'"
        )
    };
    let mut rekilled = 0;
    for _ in 0..3 {
        db.sweep().await;
        rekilled += db.count(&in_error("seed")).await;
    }
    let controls = db.count(&in_error("control")).await;
    row.found(
        10,
        format!("re-kills in 3 cycles {rekilled}; of 10 that nobody retried {controls} were taken"),
    );
    assert_eq!((rekilled, controls), (0, 10));
    // The grace is one threshold, not for ever.
    db.run(
        "update tasker_task_transitions set created_at = created_at - interval '31 minutes';
         alter table dlqtop.operator_log disable trigger all;
         update dlqtop.operator_log set at = at - interval '31 minutes'",
    )
    .await;
    db.sweep().await;
    assert_eq!(db.count(&in_error("seed")).await, 10);
    db.expect_tidy().await;
}

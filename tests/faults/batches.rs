//! Row 8: a batch worker that says how far it has come is not taken for stuck.

use support::database::Database;
use support::report::Row;
use support::seed::Tasks;

/// Sets when the running steps of these tasks last kept how far they had come, as their workers do.
async fn checkpoint(db: &Database, which: &str, at: &str) {
    db.run(&format!(
        "update tasker_workflow_steps s
         set results = jsonb_build_object('batch_cursor', jsonb_build_object(
             'current_position', 4000, 'last_checkpoint', {at}))
         from tasker_tasks t
         where t.task_uuid = s.task_uuid and s.step_number = 1 and {which}"
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_worker_with_a_fresh_checkpoint_is_left_alone() {
    let row = Row::begin("8", 0);
    let db = Database::with(Tasks::STALE.count(60)).await;
    // Three ways to write an instant; a checkpoint that is nearly as old as the task; one that is
    // none; and one from a clock that is ahead, which is never acted upon.
    checkpoint(&db, "t.priority <= 10", "to_jsonb(now())").await;
    checkpoint(
        &db,
        "t.priority between 11 and 20",
        r#"to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#,
    )
    .await;
    checkpoint(
        &db,
        "t.priority between 21 and 30",
        "to_char(now() at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS') || '+00:00'",
    )
    .await;
    checkpoint(
        &db,
        "t.priority between 31 and 40",
        "now() - interval '90 minutes'",
    )
    .await;
    checkpoint(&db, "t.priority between 41 and 50", "'half past nine'").await;
    checkpoint(
        &db,
        "t.priority between 51 and 60",
        "now() + interval '9 hours'",
    )
    .await;
    for _ in 0..3 {
        db.sweep().await;
    }
    let killed = |from: u32, to: u32| {
        format!(
            "select count(*) from tasker_tasks where dlqtop.task_state(task_uuid) = 'error'
             and priority between {from} and {to}"
        )
    };
    let healthy = db.count(&killed(1, 30)).await;
    let (old, none, ahead) = (
        db.count(&killed(31, 40)).await,
        db.count(&killed(41, 50)).await,
        db.count(&killed(51, 60)).await,
    );
    row.found(
        30,
        format!("false kills {healthy}; old checkpoint {old} of 10, unreadable {none} of 10, from the future {ahead} of 10"),
    );
    assert_eq!(healthy, 0);
    assert_eq!((old, none), (10, 10), "stuck workers were spared");
    let flagged = "select count(*) from v_task_staleness_monitoring
                   where age_suspect and health_status = 'unknown'";
    assert_eq!((ahead, db.count(flagged).await), (0, 10));
    assert_eq!(db.partial().await, 0);
}

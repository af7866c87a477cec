//! Retention: whole finished tasks leave the live tables, and nothing that is pending does.

use sqlx::Executor as _;
use support::database::Database;
use uuid::Uuid;

const ARCHIVE: &str = "select archive_completed_tasks(1, 100, false)";

/// A task that was cancelled a week ago, with one closed entry.
async fn ended_long_ago(db: &Database) -> Uuid {
    let dead = db.dead_letter("HTTP 503").await;
    db.run(&format!(
        "select dlqtop.cancel_task('{}', 'error', 'ana', 'called off');
         select dlqtop.update_investigation('{}', 1, 'cancelled', 'ana', 'called off');
         update tasker_tasks set completed_at = now() - interval '7 days'",
        dead.task, dead.entry
    ))
    .await;
    dead.task
}

#[tokio::test]
async fn a_finished_task_goes_with_all_that_belongs_to_it() {
    let db = Database::new().await;
    db.template("{}").await;
    ended_long_ago(&db).await;
    let young = db.started().await;

    let would: i32 = db.one("select archive_completed_tasks(1, 100, true)").await;
    assert_eq!(would, 1);
    assert_eq!(
        db.one::<i64>("select count(*) from tasker_tasks_archive")
            .await,
        0
    );
    assert_eq!(db.one::<i32>(ARCHIVE).await, 1);

    for (table, rows) in [("tasks", 1_i64), ("workflow_steps", 2), ("tasks_dlq", 1)] {
        let kept: i64 = db
            .one(&format!("select count(*) from tasker_{table}_archive"))
            .await;
        assert_eq!(kept, rows, "{table}");
    }
    assert_eq!(
        db.one::<i64>("select count(*) from tasker_tasks_dlq").await,
        0
    );
    assert_eq!(db.state(young).await, "steps_in_process");
    assert_eq!(db.one::<i32>(ARCHIVE).await, 0);
}

#[tokio::test]
async fn nothing_pending_is_archived() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = ended_long_ago(&db).await;
    db.run(&format!(
        "select dlqtop.send_to_dlq('{task}', 'cancelled', 'bob', 'not so fast')"
    ))
    .await;
    assert_eq!(db.one::<i32>(ARCHIVE).await, 0);
}

#[tokio::test]
async fn an_entry_that_is_being_reopened_keeps_its_task_here() {
    let db = Database::new().await;
    db.template("{}").await;
    ended_long_ago(&db).await;
    let mut operator = db.pool.begin().await.unwrap();
    operator
        .execute(
            "select dlqtop.reopen_investigation(dlq_entry_uuid, version, 'ana', 'look again')
             from tasker_tasks_dlq",
        )
        .await
        .unwrap();
    assert_eq!(db.one::<i32>(ARCHIVE).await, 0);
    operator.commit().await.unwrap();
    assert_eq!(db.one::<i32>(ARCHIVE).await, 0);
    let pending: i64 = db
        .one("select count(*) from tasker_tasks_dlq where resolution_status = 'pending'")
        .await;
    assert_eq!(pending, 1);
}

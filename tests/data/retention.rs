//! The archive's policies, batch by batch: who goes when, what goes along, and what happens when a
//! batch is cut off, meets another one, or meets somebody who is at work on the same task.

use sqlx::{Connection as _, Executor as _, FromRow, PgConnection};
use support::database::Database;
use uuid::Uuid;

/// A row of `archive_batch`.
#[derive(Debug, PartialEq, FromRow)]
struct Moved {
    policy: String,
    tasks: i64,
    steps: i64,
    transitions: i64,
    step_transitions: i64,
    entries: i64,
    more: bool,
}

async fn batch(db: &Database, size: i32, dry_run: bool) -> Vec<Moved> {
    let mut tx = db.pool.begin().await.unwrap();
    // It waits for nobody: whoever holds a row here holds it to the end of the test.
    tx.execute("set local statement_timeout = '20s'")
        .await
        .unwrap();
    let moved = sqlx::query_as("select * from dlqtop.archive_batch($1, $2)")
        .bind(size)
        .bind(dry_run)
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    moved
}

/// How many tasks of each policy a batch moved.
fn tasks(moved: &[Moved]) -> Vec<(&str, i64)> {
    moved.iter().map(|m| (m.policy.as_str(), m.tasks)).collect()
}

/// A task whose two steps were done, just now.
async fn completed(db: &Database) -> Uuid {
    let task = db.started().await;
    for _ in 0..2 {
        let step = db.claimed().await;
        db.run(&format!(
            "select dlqtop.finish_step('{step}', 'w1', '{{}}')"
        ))
        .await;
        db.run("select dlqtop.advance_tasks('orchestrator')").await;
    }
    assert_eq!(db.state(task).await, "complete");
    task
}

/// A task in `error` whose only entry was closed just now.
async fn failed(db: &Database) -> Uuid {
    let dead = db.dead_letter("HTTP 503").await;
    db.run(&format!(
        "select dlqtop.update_investigation('{}', 1, 'permanently_failed', 'ana', 'never')",
        dead.entry
    ))
    .await;
    dead.task
}

/// Cancelled tasks without any investigation, `days` ago.
async fn cancelled(db: &Database, n: i32, days: i32) {
    db.run(&format!(
        "do $$ declare task uuid; begin
             for i in 1..{n} loop
                 task := dlqtop.create_task('pay', 'charge');
                 perform dlqtop.transition_task(task, 'pending', 'cancelled', 'ana');
                 update tasker_tasks set completed_at = now() - {days} * interval '1 day'
                 where task_uuid = task;
             end loop;
         end $$"
    ))
    .await;
}

/// Lets the task have ended, and its entries have been closed, so many days ago.
async fn days_ago(db: &Database, task: Uuid, ended: i32, closed: i32) {
    db.date_back(task, f64::from(ended) * 1440.0).await;
    db.run(&format!(
        "update tasker_tasks set completed_at = completed_at - {ended} * interval '1 day'
         where task_uuid = '{task}';
         update tasker_tasks_dlq
         set resolution_timestamp = resolution_timestamp - {closed} * interval '1 day'
         where task_uuid = '{task}'"
    ))
    .await;
}

/// Which of these tasks have left.
async fn archived(db: &Database, tasks: &[Uuid]) -> Vec<bool> {
    let mut gone = Vec::new();
    for task in tasks {
        gone.push(
            db.one(&format!(
                "select exists (select from tasker_tasks_archive where task_uuid = '{task}')"
            ))
            .await,
        );
    }
    gone
}

#[tokio::test]
async fn every_policy_has_its_own_retention() {
    let db = Database::new().await;
    db.template("{}").await;
    db.run(
        "update dlqtop.settings set archive_completed_days = 10, archive_failed_days = 20,
             archive_cancelled_days = 5, archive_resolved_entries_days = 3",
    )
    .await;
    let (done, young) = (completed(&db).await, completed(&db).await);
    let by_hand = db.blocked("HTTP 503").await;
    db.run(&format!(
        "select dlqtop.transition_task('{by_hand}', 'blocked_by_failures', 'resolved_manually', 'ana')"
    ))
    .await;
    let (lost, lost_lately) = (failed(&db).await, failed(&db).await);
    let just_closed = failed(&db).await;
    let open = db.dead_letter("HTTP 503").await.task;
    for (task, ended, closed) in [
        (done, 11, 0),
        (young, 9, 0),
        (by_hand, 11, 0),
        (lost, 21, 4),
        (lost_lately, 19, 4),
        (just_closed, 21, 2),
        (open, 400, 0),
    ] {
        days_ago(&db, task, ended, closed).await;
    }
    cancelled(&db, 2, 6).await;
    cancelled(&db, 3, 4).await;

    let would = batch(&db, 100, true).await;
    let moved = batch(&db, 100, false).await;
    assert_eq!(
        tasks(&moved),
        [("completed", 2), ("failed", 1), ("cancelled", 2)]
    );
    assert_eq!(would, moved, "the dry run said something else");
    assert_eq!(moved[1].entries, 1);
    assert!(moved.iter().all(|one| !one.more), "{moved:?}");
    let all = [done, by_hand, lost, young, lost_lately, just_closed, open];
    assert_eq!(
        archived(&db, &all).await,
        [true, true, true, false, false, false, false]
    );

    // For ever: whatever its age, and whatever closed entry it has.
    db.run(
        "update dlqtop.settings set archive_completed_days = null, archive_failed_days = 1,
             archive_resolved_entries_days = null",
    )
    .await;
    days_ago(&db, young, 1000, 0).await;
    days_ago(&db, lost_lately, 1000, 1000).await;
    let moved = batch(&db, 100, false).await;
    assert_eq!(
        tasks(&moved),
        [("completed", 0), ("failed", 0), ("cancelled", 0)]
    );
    let pending: i64 = db
        .one("select count(*) from tasker_tasks_dlq_archive where resolution_status = 'pending'")
        .await;
    assert_eq!(pending, 0);
}

#[tokio::test]
async fn the_whole_history_goes_along_and_nothing_is_lost() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = completed(&db).await;
    days_ago(&db, task, 31, 0).await;
    let (first, second) = (db.step(task, "first").await, db.step(task, "second").await);
    let before: (i64, i64) = sqlx::query_as(
        "select (select count(*) from tasker_task_transitions),
                (select count(*) from tasker_workflow_step_transitions)",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    let moved = batch(&db, 100, false).await.remove(0);
    assert_eq!((moved.tasks, moved.steps, moved.entries), (1, 2, 0));
    assert_eq!((moved.transitions, moved.step_transitions), before);
    assert!(before.0 > 4 && before.1 > 6, "{before:?}");

    let parents: Vec<Uuid> = db
        .one(&format!(
            "select parent_step_uuids from tasker_workflow_steps_archive
             where workflow_step_uuid = '{second}'"
        ))
        .await;
    assert_eq!(parents, [first]);
    let finished: i64 = db
        .one(
            "select count(*) from tasker_workflow_step_transitions_archive
             where to_state = 'complete' and most_recent",
        )
        .await;
    assert_eq!(finished, 2);
    for table in [
        "tasks",
        "workflow_steps",
        "workflow_step_edges",
        "task_transitions",
        "workflow_step_transitions",
    ] {
        let left: i64 = db
            .one(&format!("select count(*) from tasker_{table}"))
            .await;
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn a_dry_run_needs_no_right_to_write_and_tells_all_by_going_on() {
    let db = Database::new().await;
    db.template("{}").await;
    cancelled(&db, 7, 40).await;
    let mut reader = db.pool.begin().await.unwrap();
    reader.execute("set transaction read only").await.unwrap();
    let (mut after, mut seen, mut rounds): (Option<String>, i64, u32) = (None, 0, 0);
    let mut last: Option<Uuid> = None;
    loop {
        let (tasks, more, ended, task): (i64, bool, Option<String>, Option<Uuid>) = sqlx::query_as(
            "select tasks, more, last_ended_at::text, last_task
                 from dlqtop.archive_policy_batch('cancelled', 3, true, $1::text::timestamptz, $2)",
        )
        .bind(after)
        .bind(last)
        .fetch_one(&mut *reader)
        .await
        .unwrap();
        (seen, rounds, after, last) = (seen + tasks, rounds + 1, ended, task);
        if !more {
            break;
        }
    }
    assert_eq!((seen, rounds), (7, 3));
}

#[tokio::test]
async fn a_batch_that_is_cut_off_moves_nothing_and_the_next_run_goes_on() {
    let db = Database::new().await;
    db.template("{}").await;
    cancelled(&db, 9, 40).await;
    assert_eq!(tasks(&batch(&db, 4, false).await)[2], ("cancelled", 4));

    let mut killed = PgConnection::connect_with(&db.options).await.unwrap();
    killed.execute("begin").await.unwrap();
    killed
        .execute("select dlqtop.archive_batch(4, false)")
        .await
        .unwrap();
    let pid: i32 = sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(&mut killed)
        .await
        .unwrap();
    db.run(&format!("select pg_terminate_backend({pid}, 10000)"))
        .await;
    let counts = "select (select count(*) from tasker_tasks) * 100
                       + (select count(*) from tasker_tasks_archive)";
    assert_eq!(db.one::<i64>(counts).await, 504, "half a batch");

    let moved = batch(&db, 4, false).await;
    assert!(moved[2].more, "{moved:?}");
    let moved = batch(&db, 4, false).await;
    assert_eq!((moved[2].tasks, moved[2].more), (1, false));
    assert_eq!(db.one::<i64>(counts).await, 9);
}

#[tokio::test]
async fn two_at_once_take_different_tasks_and_wait_for_nobody() {
    let db = Database::new().await;
    db.template("{}").await;
    cancelled(&db, 1, 40).await;
    // The first batch of a month also makes its partitions, alone.
    batch(&db, 10, false).await;
    cancelled(&db, 10, 40).await;
    let mut first = db.pool.begin().await.unwrap();
    let here: i64 =
        sqlx::query_scalar("select tasks from dlqtop.archive_batch(6, false) where tasks > 0")
            .fetch_one(&mut *first)
            .await
            .unwrap();
    let mut second = db.pool.begin().await.unwrap();
    second
        .execute("set local statement_timeout = '10s'")
        .await
        .unwrap();
    let there: i64 =
        sqlx::query_scalar("select tasks from dlqtop.archive_batch(6, false) where tasks > 0")
            .fetch_one(&mut *second)
            .await
            .unwrap();
    assert_eq!((here, there), (6, 4));
    second.commit().await.unwrap();
    first.commit().await.unwrap();
    let kept: i64 = db.one("select count(*) from tasker_tasks_archive").await;
    assert_eq!(kept, 11);
    let drift: i64 = db.one("select count(*) from dlqtop.archive_drift()").await;
    assert_eq!(drift, 0);
}

#[tokio::test]
async fn a_task_whose_entry_somebody_is_changing_stays_and_the_others_go() {
    let db = Database::new().await;
    db.template("{}").await;
    let (held, free) = (failed(&db).await, failed(&db).await);
    for task in [held, free] {
        days_ago(&db, task, 100, 100).await;
    }
    let mut other = db.pool.begin().await.unwrap();
    // Past the functions, which would lock the task as well.
    sqlx::query(
        "update tasker_tasks_dlq
         set resolution_status = 'pending', resolution_timestamp = null where task_uuid = $1",
    )
    .bind(held)
    .execute(&mut *other)
    .await
    .unwrap();
    assert_eq!(tasks(&batch(&db, 10, false).await)[1], ("failed", 1));
    other.commit().await.unwrap();
    assert_eq!(tasks(&batch(&db, 10, false).await)[1], ("failed", 0));
    assert_eq!(archived(&db, &[held, free]).await, [false, true]);
}

#[tokio::test]
async fn the_next_batch_is_found_without_reading_the_history() {
    let db = Database::new().await;
    db.template("{}").await;
    cancelled(&db, 1500, 1).await;
    cancelled(&db, 30, 40).await;
    db.run("analyze").await;
    // A session of its own: what others read there before would count.
    let mut reader = PgConnection::connect_with(&db.options).await.unwrap();
    let mut tx = reader.begin().await.unwrap();
    tx.execute("select dlqtop.archive_batch(10, true)")
        .await
        .unwrap();
    let read: i64 = sqlx::query_scalar(
        "select sum(seq_tup_read + idx_tup_fetch)::int8 from pg_stat_xact_user_tables
         where relname in ('tasker_tasks', 'tasker_task_transitions', 'tasker_tasks_dlq')",
    )
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    assert!(read > 0 && read < 200, "{read} rows read");
}

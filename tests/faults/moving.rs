//! Row 2: what moves on between being found and being taken is left alone.

use std::time::Duration;

use sqlx::{Connection as _, Executor as _, PgConnection};
use support::database::Database;
use support::eventually::eventually;
use support::invariants::PHANTOM;
use support::report::Row;
use support::seed::Tasks;

/// The sweep is stopped in the gap by a lock on the table that lets readers through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_move_on_after_they_were_found_get_no_dead_letter() {
    let row = Row::begin("2", 0);
    let db = Database::with(Tasks::STALE).await;
    let mut holder = PgConnection::connect_with(&db.options).await.unwrap();
    let mut mover = PgConnection::connect_with(&db.options).await.unwrap();
    holder
        .execute("begin; select from tasker_tasks where priority = 1 for update")
        .await
        .unwrap();
    mover
        .execute("begin; lock table tasker_task_transitions in exclusive mode")
        .await
        .unwrap();

    let mut sweeping = PgConnection::connect_with(&db.options).await.unwrap();
    // Long enough for what is done in the gap; whoever waits for the row that is held still ends.
    sweeping.execute("set lock_timeout = '20s'").await.unwrap();
    let sweep = tokio::spawn(async move {
        sqlx::query_as::<_, (String, i64)>(
            "select action_taken, count(*)
             from dlqtop.detect_and_transition_stale_tasks(false, 100) group by 1",
        )
        .fetch_all(&mut sweeping)
        .await
        .unwrap()
    });
    let waiting = eventually(Duration::from_secs(20), async || {
        let waiting: i64 = db
            .one(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'
                   and query like '%detect_and_transition%'",
            )
            .await;
        (waiting == 1).then_some(())
    });
    assert!(waiting.await.is_some(), "the sweep never came to the gap");
    mover
        .execute(
            "select dlqtop.transition_task(task_uuid, 'steps_in_process', 'evaluating_results', 'worker')
             from tasker_tasks where priority > 1",
        )
        .await
        .unwrap();
    mover.execute("commit").await.unwrap();
    let taken = sweep.await.unwrap();
    holder.execute("rollback").await.unwrap();

    let entries = db.count("select count(*) from tasker_tasks_dlq").await;
    let phantoms = db.count(PHANTOM).await + db.partial().await;
    row.found(
        99,
        format!("phantom rows {phantoms}, dead letters {entries}, the sweep said {taken:?}"),
    );
    assert_eq!((phantoms, entries), (0, 0));
    assert_eq!(taken, [("skipped".to_owned(), 100)]);
    // The one that was held, and had not moved, is found by the next sweep.
    let next = db.sweep().await;
    assert_eq!(next.tasks.len(), 1, "{next:?}");
    assert_eq!(db.partial().await + db.count(PHANTOM).await, 0);
}

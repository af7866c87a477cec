//! The snapshots that the schema takes, read back and held against the rows.

use dlqtop::app::detail::snapshot_diff::{Comparison, SnapshotDiff, compare};
use dlqtop::data::model::{Detail, TaskId};
use dlqtop::data::reads::queries;
use dlqtop::data::source::Source;
use support::database::Database;
use uuid::Uuid;

async fn read(db: &Database, task: Uuid) -> Detail {
    let mut conn = db.pool.acquire().await.unwrap();
    let detail = queries::detail(&mut conn, &Source::native(), TaskId(task)).await;
    detail.unwrap().unwrap()
}

fn known(detail: &Detail) -> Comparison {
    match compare(detail) {
        SnapshotDiff::Known(known) => known,
        other => panic!("{other:?}"),
    }
}

fn differing(known: &Comparison) -> Vec<&str> {
    let rows = known.rows.iter().filter(|row| row.differs);
    rows.map(|row| row.what).collect()
}

#[tokio::test]
async fn of_a_task_just_sent_to_the_dlq_nothing_but_its_state_has_changed() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let before = known(&read(&db, dead.task).await);
    assert_eq!(
        differing(&before),
        ["task"],
        "the sweep moved it: {before:?}"
    );
    assert!(before.also.is_empty(), "{before:?}");
    let unknown = before
        .rows
        .iter()
        .filter(|row| row.then == dlqtop::app::detail::snapshot_diff::DiffValue::Unknown);
    let unknown: Vec<&str> = unknown.map(|row| row.what).collect();
    assert_eq!(unknown, ["next retry"], "all else is written down");

    db.run("update tasker_workflow_steps set max_attempts = 9, last_error = 'HTTP 504' where attempts > 0")
        .await;
    let after = known(&read(&db, dead.task).await);
    assert_eq!(differing(&after), ["task", "attempts", "error"]);
}

#[tokio::test]
async fn what_cannot_be_read_of_a_snapshot_hides_itself_alone() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    // What the JSON library uses for numbers of its own.
    let private = r#"{"$serde_json::private::Number": "x"}"#;
    for value in [deep.as_str(), private] {
        let raw = format!(r#"{{"current_state": "waiting_for_retry", "steps": {value}}}"#);
        db.run(&format!(
            "update tasker_tasks_dlq set task_snapshot = '{raw}'"
        ))
        .await;
        let detail = read(&db, dead.task).await;
        assert_eq!(detail.steps.len(), 2);
        let then = format!("{:?}", compare(&detail));
        assert!(
            then.contains(r#"then: Text("waiting_for_retry")"#),
            "{then}"
        );
        assert!(then.contains(r#"what: "steps", then: Unknown"#), "{then}");
    }
    db.run(
        "update tasker_tasks_dlq set task_snapshot = jsonb_build_object('x', repeat('y', 300000))",
    )
    .await;
    let then = compare(&read(&db, dead.task).await);
    assert_eq!(then, SnapshotDiff::TooLarge("293 kB".to_owned()));
}

#[tokio::test]
async fn the_snapshot_is_that_of_the_open_entry() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    db.run(
        "insert into tasker_tasks_dlq
             (task_uuid, original_state, dlq_reason, dlq_timestamp, task_snapshot,
              resolution_status, resolution_timestamp, resolved_by)
         select task_uuid, original_state, dlq_reason, now() + interval '1 minute',
                '{\"current_state\": \"later\"}', 'cancelled', now() + interval '2 minutes', 'ana'
         from tasker_tasks_dlq",
    )
    .await;
    let snapshot = read(&db, dead.task).await.task_snapshot.unwrap();
    assert_eq!(snapshot["current_state"], "blocked_by_failures");
    db.run(
        "update tasker_tasks_dlq set resolution_status = 'cancelled',
         resolution_timestamp = now(), resolved_by = 'bo' where resolution_status = 'pending'",
    )
    .await;
    let detail = read(&db, dead.task).await;
    assert_eq!(
        detail.task_snapshot.as_ref().unwrap()["current_state"],
        "later"
    );
    assert!(known(&detail).closed);
}

//! The life of a stuck task, on the template of `templates/lifecycle_test.yaml`: two steps, two
//! minutes.

use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Pace, Resolution, Write,
};
use dlqtop::data::model::{Health, QueueRow, StalenessRow, Stats, TaskId};
use dlqtop::data::native::sweep::SweepOutcome;
use dlqtop::data::reads::{keyset_pages, queries};
use dlqtop::data::source::Source;
use dlqtop::data::worker::Writer;
use support::database::Database;
use uuid::Uuid;

use crate::states::assert_tidy;
use crate::templates::{LIFECYCLE_TEST, apply, read};

async fn database() -> Database {
    let db = Database::new().await;
    apply(&db, read(LIFECYCLE_TEST)).await;
    db
}

/// What is done and asked here.
trait Lifecycle {
    /// A task whose first step must not begin before an hour has passed.
    async fn waiting(&self) -> Uuid;
    /// A task whose first step a worker has, or could have.
    async fn working(&self) -> Uuid;
    async fn staleness(&self) -> Vec<StalenessRow>;
    async fn queue(&self) -> Vec<QueueRow>;
    async fn stats(&self) -> Stats;
}

impl Lifecycle for Database {
    async fn waiting(&self) -> Uuid {
        let task = self
            .one("select dlqtop.create_task('testing', 'lifecycle_test')")
            .await;
        self.run(&format!(
            "update tasker_workflow_steps set next_retry_at = now() + interval '1 hour'
             where task_uuid = '{task}' and step_name = 'step_1'"
        ))
        .await;
        self.run("select dlqtop.advance_tasks('orchestrator')")
            .await;
        assert_eq!(self.state(task).await, "waiting_for_dependencies");
        task
    }

    async fn working(&self) -> Uuid {
        let task = self
            .one("select dlqtop.create_task('testing', 'lifecycle_test')")
            .await;
        self.run("select dlqtop.advance_tasks('orchestrator')")
            .await;
        self.run("select dlqtop.worker_heartbeat('w1', 'testing')")
            .await;
        self.run("select from dlqtop.claim_step('w1', 'testing')")
            .await;
        assert_eq!(self.state(task).await, "steps_in_process");
        task
    }

    async fn staleness(&self) -> Vec<StalenessRow> {
        let mut conn = self.pool.acquire().await.unwrap();
        keyset_pages::top(&mut conn, &Source::native(), 100, 100)
            .await
            .unwrap()
            .rows
    }

    async fn queue(&self) -> Vec<QueueRow> {
        let mut conn = self.pool.acquire().await.unwrap();
        keyset_pages::top(&mut conn, &Source::native(), 100, 100)
            .await
            .unwrap()
            .rows
    }

    async fn stats(&self) -> Stats {
        let mut conn = self.pool.acquire().await.unwrap();
        queries::stats(&mut conn, &Source::native()).await.unwrap()
    }
}

/// Past its threshold a task is stale; a sweep records and fails it, and it stands in the queue and
/// in the statistics, and in the staleness view no longer.
async fn goes_to_the_queue(db: &Database, task: Uuid, from: &str) {
    db.date_back(task, 2.5).await;
    let rows = db.staleness().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].health_status, Health::Stale);
    assert!((rows[0].staleness_threshold_minutes - 2.0).abs() < f64::EPSILON);

    let report = db.sweep().await;
    assert_eq!(report.count(SweepOutcome::Moved), 1, "{report:?}");

    assert_eq!(db.state(task).await, "error");
    assert!(
        db.staleness().await.is_empty(),
        "still in the staleness view"
    );
    let queue = db.queue().await;
    let [entry] = &queue[..] else {
        panic!("{queue:?}");
    };
    assert_eq!(entry.task_uuid.0, task);
    assert_eq!(entry.dlq_reason.to_string(), "staleness_timeout");
    let original: String = db.one("select original_state from tasker_tasks_dlq").await;
    assert_eq!(original, from);
    let stats = db.stats().await;
    let counted: Vec<_> = stats
        .reasons
        .iter()
        .filter(|row| row.pending > 0)
        .map(|row| (row.dlq_reason.to_string(), row.pending))
        .collect();
    assert_eq!(counted, [("staleness_timeout".to_owned(), 1)]);
    assert_tidy(db).await;

    // There is nothing left for the next one.
    assert!(db.sweep().await.tasks.is_empty());
}

#[tokio::test]
async fn a_task_that_waits_too_long_for_its_dependencies_goes_to_the_queue() {
    let db = database().await;
    let task = db.waiting().await;
    goes_to_the_queue(&db, task, "waiting_for_dependencies").await;
}

#[tokio::test]
async fn a_task_whose_steps_take_too_long_goes_to_the_queue() {
    let db = database().await;
    let task = db.working().await;
    goes_to_the_queue(&db, task, "steps_in_process").await;
}

#[tokio::test]
async fn health_follows_the_share_of_the_threshold_before_any_sweep() {
    let db = database().await;
    let cases = [
        (0.50, Health::Healthy),
        (0.85, Health::Warning),
        (1.05, Health::Stale),
    ];
    for (share, health) in cases {
        for task in [db.waiting().await, db.working().await] {
            db.date_back(task, share * 2.0).await;
            let rows = db.staleness().await;
            let row = rows.iter().find(|row| row.task_uuid.0 == task).unwrap();
            assert_eq!(row.health_status, health, "at {share}");
            assert_eq!(row.sweep_takes, health == Health::Stale, "at {share}");
        }
    }
    assert!(db.queue().await.is_empty());
}

#[tokio::test]
async fn an_investigation_runs_from_the_queue_to_the_statistics() {
    let db = database().await;
    let task = db.working().await;
    db.date_back(task, 2.5).await;
    db.sweep().await;
    db.run(
        "update tasker_tasks_dlq
         set dlq_timestamp = dlq_timestamp - interval '90 minutes'",
    )
    .await;

    let queue = db.queue().await;
    let entry = &queue[0];
    let mut conn = db.pool.acquire().await.unwrap();
    let detail = queries::detail(&mut conn, &Source::native(), TaskId(task))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.entries[0].dlq_entry_uuid, entry.dlq_entry_uuid);
    let snapshot = detail.task_snapshot.unwrap();
    assert_eq!(snapshot["current_state"], "steps_in_process");
    assert_eq!(snapshot["task_name"], "lifecycle_test");
    assert_eq!(snapshot["threshold_minutes"], 2);
    assert_eq!(snapshot["steps"][0]["name"], "step_1");
    assert_eq!(snapshot["steps"][1]["parents"][0], "step_1");
    assert_eq!(snapshot["lifecycle"]["max_steps_in_process_minutes"], 2);

    let write = Write {
        batch: Uuid::now_v7(),
        change: Change::Entries(
            EntryVerb::Close(Resolution::ManuallyResolved),
            vec![EntryTarget {
                entry: entry.dlq_entry_uuid,
                seen_version: entry.version,
                label: "testing/lifecycle_test".into(),
            }],
        ),
        reason: "the worker was restarted".to_owned(),
        pace: Pace::default(),
    };
    let mut writer = Writer::new(&db.options, "ana".to_owned());
    let outcome = writer.carry_out(&write).await;
    assert!(
        matches!(outcome.items[0].result, ItemResult::Done { .. }),
        "{outcome:?}"
    );

    assert!(db.queue().await.is_empty(), "still in the queue");
    let stats = db.stats().await;
    let row = stats
        .reasons
        .iter()
        .find(|row| row.dlq_reason == "staleness_timeout")
        .unwrap();
    assert_eq!((row.pending, row.manually_resolved), (0, 1));
    let in_queue = row.p50_resolution_time_minutes.unwrap();
    assert!((90.0..92.0).contains(&in_queue), "{in_queue} minutes");
    let closed: String = db
        .one("select resolved_by || ': ' || resolution_notes from tasker_tasks_dlq")
        .await;
    assert_eq!(closed, "ana: the worker was restarted");
}

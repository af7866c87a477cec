//! Dead letters, numbers and one task's story.

use super::*;
use dlqtop::data::model::QueueKey;

#[tokio::test]
async fn dead_letters_stand_by_kind_priority_and_age() {
    let queue = Queue::new().await;
    let letter = async |status: &str, priority: i32, ago: &str| {
        let values = format!("'{status}', {priority}, utc() - interval '{ago}'");
        queue.task("status, priority, updated_at", &values).await
    };
    let old_failure = letter("failed", 0, "2 hours").await;
    let dead = letter("dead_letter", 0, "1 minute").await;
    let urgent = letter("failed", 45, "1 minute").await;
    let order: Vec<Uuid> = (queue.letters().await.iter())
        .map(|row| row.task_uuid.0)
        .collect();
    assert_eq!(order, [urgent, dead, old_failure]);
    let rows = queue.letters().await;
    let reasons: Vec<&str> = rows.iter().map(|row| row.dlq_reason.as_str()).collect();
    assert_eq!(reasons, ["failed", "max_retries_exceeded", "failed"]);
    assert!(
        rows.iter()
            .all(|row| row.dlq_entry_uuid.0 == row.task_uuid.0)
    );
    // Behind a key, and put aside or not.
    let key = QueueKey {
        snoozed: false,
        instant: rows[0].priority_instant,
        entry: rows[0].dlq_entry_uuid,
    };
    let rest = queue
        .ask(async |db, source| queries::queue(db, source, &key, 1).await)
        .await;
    assert_eq!(rest[0].task_uuid.0, dead);
    let stats = queue.stats().await;
    let arrived: i64 = stats.flow.iter().map(|bucket| bucket.arrived).sum();
    assert_eq!((arrived, stats.flow.last().unwrap().pending), (3, 3));
    assert_eq!(stats.ages.iter().map(|age| age.pending).sum::<i64>(), 3);
    assert_eq!(stats.reasons.len(), 2);
}

#[tokio::test]
async fn the_numbers_are_those_of_the_lists() {
    let queue = Queue::new().await;
    queue
        .db
        .run(include_str!(
            "../../../src/demo/fleets/task-orchestrator/populate.sql"
        ))
        .await;
    let rows = queue.stale().await;
    let of = |health| {
        rows.iter()
            .filter(|row| row.health_status == health)
            .count()
    };
    let counts = queue.counts().await;
    let letters = queue.letters().await.len();
    assert!(
        letters > 40 && of(Health::Stale) > 5,
        "a fleet with trouble"
    );
    let number = |n: usize| i64::try_from(n).unwrap();
    assert_eq!(counts.stale, number(of(Health::Stale)));
    assert_eq!(counts.warning, number(of(Health::Warning)));
    assert_eq!(counts.healthy, number(of(Health::Healthy)));
    assert_eq!(counts.suspect, 0);
    assert_eq!(counts.pending, number(letters));
    let (stale, letters_total, stats) = queue
        .ask(async |db, source| {
            let stale = queries::staleness_total(db, source).await?;
            let letters = queries::queue_total(db, source).await?;
            Ok((stale, letters, queries::stats(db, source).await?))
        })
        .await;
    assert_eq!(stale.rows, number(rows.len()));
    assert_eq!(letters_total.rows, number(letters));
    let wrong: (i64, i64) =
        (stats.namespaces.iter()).fold((0, 0), |(a, b), row| (a + row.stale, b + row.pending));
    assert_eq!(wrong, (counts.stale, counts.pending));
    assert_eq!(stats.types.len(), 8, "{:?}", stats.types);
    let mail = stats
        .types
        .iter()
        .find(|row| row.task_name == "send_email")
        .unwrap();
    assert!(mail.run_p95_seconds > mail.run_p50_seconds && mail.wait_p50_seconds.is_some());
}

#[tokio::test]
async fn a_task_tells_its_story_and_keeps_its_secrets() {
    let queue = Queue::new().await;
    let task = queue
        .task(
            "status, idempotency_key, worker_id, attempts, created_at, claimed_at, started_at,
             completed_at, last_error, payload",
            "'dead_letter', 'order-7', 'w1', 3, utc() - interval '9 m', utc() - interval '8 m',
             utc() - interval '7 m', utc() - interval '6 m', E'smtp: 550\\nrcpt',
             '{\"to\": \"a@b\", \"smtp_password\": \"hunter2\", \"n\": {\"apiKey\": 77, \"x\": [1]}}'",
        )
        .await;
    let detail = queue.detail(task).await;
    let states: Vec<&str> = detail
        .transitions
        .iter()
        .map(|row| row.to_state.as_str())
        .collect();
    assert_eq!(states, ["dead_letter", "running", "claimed", "pending"]);
    let reason = detail.transitions[0].reason.as_ref().unwrap();
    assert_eq!(reason.as_str(), "smtp: 550\nrcpt (attempt 3 of 3)");
    assert_eq!(detail.entries.len(), 1);
    let snapshot = detail.task_snapshot.unwrap();
    assert_eq!(snapshot["payload"]["to"], "a@b");
    assert_eq!(snapshot["payload"]["n"]["x"][0], 1);
    assert!(!snapshot.to_string().contains("hunter2"), "{snapshot}");
    assert_eq!(snapshot["payload"]["n"]["apiKey"], "•••");
    assert_eq!(snapshot["payload"]["smtp_password"], "•••");
}

#[tokio::test]
async fn the_demo_fleet_lives() {
    let queue = Queue::new().await;
    queue
        .db
        .run(include_str!(
            "../../../src/demo/fleets/task-orchestrator/populate.sql"
        ))
        .await;
    let done = "select count(*) from tasks where status = 'completed'";
    let before: i64 = queue.db.one(done).await;
    for _ in 0..30 {
        queue
            .db
            .run(include_str!(
                "../../../src/demo/fleets/task-orchestrator/tick.sql"
            ))
            .await;
    }
    let after: i64 = queue.db.one(done).await;
    assert!(after > before, "{before} to {after}");
    let fleet = queue.fleet().await;
    assert!(fleet.workers.iter().any(|row| row.health == "dead"));
    assert!(fleet.workers.iter().any(|row| row.health == "alive"));
    let errors: std::collections::BTreeSet<String> = (queue.letters().await.iter())
        .map(|row| fingerprint(row.current_error.as_ref().unwrap().as_str()))
        .collect();
    assert!((5..=9).contains(&errors.len()), "{errors:?}");
}

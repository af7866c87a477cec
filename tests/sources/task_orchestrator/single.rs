//! A single instance, the system's default: no worker is registered and no task names one. And what the real code
//! leaves behind: a dead leader whose lease lasts for decades, states that nobody knows, empty instants.

use dlqtop::app::polled::workers::{Leadership, WorkerSummary, needs_leader};

use super::*;

#[tokio::test]
async fn a_single_instance_has_no_orphans_and_misses_no_leader() {
    let queue = Queue::new().await;
    for status in ["claimed", "running"] {
        let task = queue.held(status, "null", "2 minutes").await;
        let row = queue.row(task).await;
        assert_eq!(row.health_status, Health::Healthy, "{status}: {row:?}");
        assert_eq!(row.condition, None, "{status}");
        let waits_for = row.blocking_step.unwrap();
        assert_eq!(waits_for.as_str(), "the single instance", "{status}");
        let shown = queue.detail(task).await.task;
        assert_eq!(shown.can_requeue, Some(false), "{status}");
        // To put it back could run it twice.
        let result = queue.put_back(task, status).await;
        refused(&result, "a single instance holds it");
        assert_eq!(queue.status(task).await, status);
    }
    let counts = queue.counts().await;
    assert_eq!((counts.stale, counts.healthy), (0, 2), "{counts:?}");
    let alert = queue.alert("no_leader").await;
    assert!(!alert.over, "{alert:?}");
    let fleet = queue.fleet().await;
    let is_needed = needs_leader(&queue.site.source, &fleet);
    let lead = WorkerSummary::of(&fleet.workers, is_needed).lead;
    assert_eq!(lead, Leadership::Unknown);
}

#[tokio::test]
async fn what_it_holds_for_too_long_is_stuck_by_its_time_and_the_hint_says_what_to_look_at() {
    let queue = Queue::new().await;
    let task = queue.held("claimed", "null", "6 minutes").await;
    let row = queue.row(task).await;
    assert_eq!(row.condition.as_ref().unwrap().as_str(), "not started");
    let hints = queue.hints(task).await;
    assert!(hints.contains("look whether its process runs"), "{hints}");
    assert!(!hints.contains("crashed between"), "{hints}");
    // What waits and is not yet late does not call for a worker.
    let waiting = queue.task("priority", "0").await;
    let hints = queue.hints(waiting).await;
    assert!(!hints.contains("No worker is registered"), "{hints}");
}

#[tokio::test]
async fn dead_rows_of_an_earlier_mode_make_no_orphans_and_living_ones_do() {
    let queue = Queue::new().await;
    queue.worker("left-behind", "3 hours").await;
    let task = queue.held("running", "null", "2 minutes").await;
    assert_eq!(queue.row(task).await.condition, None);
    let result = queue.put_back(task, "running").await;
    refused(&result, "a single instance holds it");
    // Workers that live: the system is distributed, and frees no task that names nobody.
    queue.worker("alive", "2 s").await;
    let row = queue.row(task).await;
    assert_eq!(row.condition.unwrap().as_str(), "orphaned");
    let let_go = queue.put_back(task, "running").await;
    assert!(matches!(let_go, ItemResult::Done { .. }), "{let_go:?}");
}

#[tokio::test]
async fn a_task_that_names_a_worker_is_an_orphan_though_none_is_registered() {
    let queue = Queue::new().await;
    let task = queue.held("running", "'gone'", "2 minutes").await;
    let row = queue.row(task).await;
    assert_eq!(row.condition.unwrap().as_str(), "orphaned");
    let alert = queue.alert("no_leader").await;
    assert!(alert.over, "{alert:?}");
    assert_eq!(alert.text.as_str(), "no leader: no worker is registered");
}

#[tokio::test]
async fn a_dead_leader_leads_nobody_however_long_its_lease_and_the_remedy_is_named() {
    let queue = Queue::new().await;
    queue.worker("dead-1", "5 minutes").await;
    queue.worker("alive-2", "2 s").await;
    queue
        .db
        .run(
            "update workers set is_leader = true, leader_until = '2343-08-12 10:00:00'
             where id = 'dead-1'",
        )
        .await;
    let remedy = "delete from workers where id = 'dead-1'";
    let alert = queue.alert("no_leader").await;
    assert!(alert.over, "{alert:?}");
    let text = "no leader: delete the dead one from workers (its lease ends in 2343): dead-1";
    assert_eq!(alert.text.as_str(), text);
    assert!(!queue.alert("two_leaders").await.over);
    let fleet = queue.fleet().await;
    let dead = &fleet.workers[0];
    assert_eq!(dead.worker, *"dead-1");
    let said = dead.condition.as_ref().unwrap().as_str();
    assert_eq!(said, "no other can lead until 2343: delete it from workers");
    let lead = WorkerSummary::of(&fleet.workers, needs_leader(&queue.site.source, &fleet)).lead;
    assert_eq!(lead, Leadership::Nobody);
    let orphan = queue.held("running", "'dead-1'", "10 minutes").await;
    let hints = queue.hints(orphan).await;
    assert!(hints.contains(&format!("Run: {remedy}")), "{hints}");
    queue.db.run(remedy).await;
    assert_eq!(queue.alert("no_leader").await.text.as_str(), "no leader");
    // A living one with such a lease leads, and its clock is not to blame.
    queue
        .db
        .run("update workers set is_leader = true, leader_until = '2977-01-01 00:00:00'")
        .await;
    assert!(!queue.alert("no_leader").await.over);
    let held = queue.held("claimed", "'alive-2'", "6 minutes").await;
    let hints = queue.hints(held).await;
    assert!(!hints.contains("its clock is ahead"), "{hints}");
}

#[tokio::test]
async fn a_state_that_nobody_knows_is_open_and_counted() {
    let queue = Queue::new().await;
    queue
        .db
        .run("alter type task_status add value 'quarantined' before 'running'")
        .await;
    queue
        .db
        .run("insert into tasks (type, status) select 'mail', 'quarantined' from generate_series(1, 60)")
        .await;
    queue.task("status", "'dead_letter'").await;
    assert_eq!(queue.counts().await.pending, 61);
    let letters = queue.letters().await;
    let unknown = letters
        .iter()
        .filter(|row| row.dlq_reason == *"quarantined");
    assert_eq!(unknown.count(), 60);
    let total = queue.ask(queries::queue_total).await;
    assert_eq!(total.rows, 61);
    let reasons = queue.stats().await.reasons;
    assert_eq!(reasons.iter().map(|row| row.pending).sum::<i64>(), 61);
    let task = letters[0].task_uuid.0;
    let detail = queue.detail(task).await;
    assert_eq!(detail.entries.len(), 1);
    let unknown = letters.iter().find(|row| row.dlq_reason == *"quarantined");
    let task = unknown.unwrap().task_uuid.0;
    refused(&queue.put_back(task, "quarantined").await, "is quarantined");
}

#[tokio::test]
async fn dead_letters_with_an_instant_that_cannot_be_are_suspect_and_not_the_oldest() {
    let queue = Queue::new().await;
    for at in ["utc() + interval '8 hours'", "'infinity'", "'-infinity'"] {
        queue
            .task("status, updated_at", &format!("'dead_letter', {at}"))
            .await;
    }
    let counts = queue.counts().await;
    assert_eq!((counts.pending, counts.suspect_entries), (3, 3));
    assert_eq!((counts.suspect, counts.oldest_pending_minutes), (3, None));
    assert!(queue.letters().await.iter().all(QueueRow::age_suspect));
    let sane = "'dead_letter', utc() - interval '20 minutes'";
    queue.task("status, updated_at", sane).await;
    let oldest = queue.counts().await.oldest_pending_minutes.unwrap();
    assert!((19.0..22.0).contains(&oldest), "{oldest}");
}

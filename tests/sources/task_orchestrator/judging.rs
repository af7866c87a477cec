//! What is called stuck, and why.

use dlqtop::data::model::pg_timestamp::PgTimestamp;

use super::*;

#[tokio::test]
async fn what_is_held_or_waits_too_long_is_stale_and_says_how() {
    let queue = Queue::new().await;
    queue.worker("w1", "2 s").await;
    for (status, since, health, condition) in [
        ("claimed", "3 minutes", Health::Healthy, None),
        ("claimed", "4 minutes 30 s", Health::Warning, None),
        ("claimed", "6 minutes", Health::Stale, Some("not started")),
        ("running", "20 minutes", Health::Healthy, None),
        ("running", "25 minutes", Health::Warning, None),
        ("running", "31 minutes", Health::Stale, Some("too long")),
    ] {
        let task = queue.held(status, "'w1'", since).await;
        let row = queue.row(task).await;
        assert_eq!(row.health_status, health, "{status} for {since}");
        let said = row.condition.as_ref().map(SafeText::as_str);
        assert_eq!(said, condition, "{status} for {since}");
        assert_eq!(row.blocking_step.unwrap().as_str(), "worker w1");
        assert!(row.blocking_step_uuid.is_none());
    }
    for (due, health, condition) in [
        ("2 minutes", Health::Healthy, None),
        ("9 minutes", Health::Warning, None),
        ("11 minutes", Health::Stale, Some("unclaimed")),
    ] {
        for columns in ["created_at, updated_at", "created_at, next_retry_at"] {
            // What was retried a while ago waits since then, whenever it was created.
            let values = format!("utc() - interval '1 day', utc() - interval '{due}'");
            let task = queue.task(columns, &values).await;
            let row = queue.row(task).await;
            assert_eq!(row.health_status, health, "due {due} ago by {columns}");
            let said = row.condition.as_ref().map(SafeText::as_str);
            assert_eq!(said, condition, "due {due} ago by {columns}");
            assert!((row.ratio() >= 1.0) == (health == Health::Stale));
        }
    }
    // What is not due yet is not on its way to anything.
    let later = queue
        .task(
            "created_at, next_retry_at",
            "utc() - interval '1 day', utc() + interval '1 m'",
        )
        .await;
    let rows = queue.stale().await;
    assert!(rows.iter().all(|row| row.task_uuid.0 != later));
    assert!(rows.is_sorted_by_key(|row| (row.breaches_at, row.task_uuid)));
}

#[tokio::test]
async fn what_is_held_by_nobody_who_is_alive_is_an_orphan() {
    let queue = Queue::new().await;
    queue.worker("alive", "5 s").await;
    queue.worker("late", "26 s").await;
    queue.worker("dead", "3 minutes").await;
    let healthy = (Health::Healthy, None);
    let late = (Health::Warning, Some("heartbeat late"));
    let orphaned = (Health::Stale, Some("orphaned"));
    for status in ["claimed", "running"] {
        for (worker, since, stuck, waits_for) in [
            ("'alive'", "2 m", healthy, "worker alive"),
            ("'late'", "2 m", late, "worker late silent 26 s"),
            ("'dead'", "4 m", orphaned, "worker dead gone 3 m"),
            // It took this after it was last heard of: it lived then.
            ("'dead'", "10 s", healthy, "worker dead"),
            ("'nobody'", "2 m", orphaned, "worker nobody, not registered"),
            ("null", "2 m", orphaned, "a worker: it names none"),
        ] {
            let task = queue.held(status, worker, since).await;
            let row = queue.row(task).await;
            let of = format!("{status} by {worker} for {since}");
            let condition = row.condition.as_ref().map(SafeText::as_str);
            assert_eq!((row.health_status, condition), stuck, "{of}");
            assert_eq!(
                row.blocking_step.as_ref().unwrap().as_str(),
                waits_for,
                "{of}"
            );
            assert_eq!(row.minutes_to_breach < 0.0, stuck == orphaned, "{of}");
            // It is not stuck by its time: there is no threshold to have a share of.
            assert_eq!(row.is_measured(), stuck != orphaned, "{of}");
            let allowed = if status == "claimed" { 5.0 } else { 30.0 };
            let threshold = queue.detail(task).await.task.staleness_threshold_minutes;
            assert_eq!(threshold, Some(allowed), "{of}");
        }
    }
    let counts = queue.counts().await;
    assert_eq!(counts.stale + counts.warning + counts.healthy, 12);
    assert!(counts.stale >= 6, "{counts:?}");
}

#[tokio::test]
async fn an_orphan_is_over_since_its_worker_was_gone_or_its_time_was_up() {
    let queue = Queue::new().await;
    queue.worker("dead", "3 minutes").await;
    for (status, worker, since, over) in [
        // Nobody knows the worker: it is heard of for the last time when it took the task.
        ("claimed", "'nobody'", "95 m", 94.5),
        ("claimed", "'dead'", "4 m", 2.5),
        ("running", "'dead'", "4 m", 2.5),
        ("claimed", "'dead'", "20 m", 15.0),
    ] {
        let task = queue.held(status, worker, since).await;
        let row = queue.row(task).await;
        assert_eq!(row.condition.as_ref().unwrap().as_str(), "orphaned");
        let off = (-row.minutes_to_breach - over).abs();
        assert!(off < 0.2, "{status} by {worker} for {since}: {row:?}");
    }
}

#[tokio::test]
async fn limits_are_settings_and_running_has_one_for_each_type() {
    let settings: std::collections::BTreeMap<String, toml::Value> = toml::from_str(
        "running_minutes_by_type = { mail = 2 }
         worker_timeout_seconds = 600",
    )
    .unwrap();
    let given = Given {
        settings: [("task-orchestrator".to_owned(), settings)].into(),
        ..Given::default()
    };
    let queue = Queue::given(given).await;
    queue.worker("w1", "5 minutes").await;
    let task = queue.held("running", "'w1'", "3 minutes").await;
    let row = queue.row(task).await;
    assert_eq!(row.health_status, Health::Stale);
    assert_eq!(row.condition.unwrap().as_str(), "too long");
    assert!((row.staleness_threshold_minutes - 2.0).abs() < 1e-9);
    // Of any other type, the usual one.
    queue.db.run("update tasks set type = 'report'").await;
    let row = queue.row(task).await;
    assert_eq!(row.health_status, Health::Healthy);
    assert!((row.staleness_threshold_minutes - 30.0).abs() < 1e-9);
}

#[tokio::test]
async fn impossible_ages_are_shown_and_never_acted_upon() {
    let queue = Queue::new().await;
    queue
        .db
        .run(
            "alter table workers alter last_heartbeat drop not null;
             insert into workers (id, hostname, last_heartbeat, pool_size)
             values ('silent', 'web', null, 4), ('endless', 'web', 'infinity', 4)",
        )
        .await;
    for since in ["-10 minutes", "-100 years", "11 years"] {
        let task = queue.held("claimed", "'nobody'", since).await;
        let row = queue.row(task).await;
        assert!(row.age_suspect, "{since}");
        assert_eq!(row.health_status, Health::Unknown, "{since}");
        assert_eq!(row.breaches_at, PgTimestamp::LAST, "{since}");
        let result = queue.put_back(task, "claimed").await;
        refused(&result, "it is not known since when it is held");
        assert_eq!(queue.status(task).await, "claimed");
    }
    // Whether a worker without a heartbeat is gone cannot be told.
    for worker in ["'silent'", "'endless'"] {
        let task = queue.held("running", worker, "10 minutes").await;
        assert_eq!(queue.row(task).await.condition, None);
        refused(&queue.put_back(task, "running").await, "has no heartbeat");
        assert_eq!(queue.status(task).await, "running");
    }
    assert_eq!(queue.counts().await.suspect, 3);
}

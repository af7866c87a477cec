//! Workers, alerts and hints.

use super::*;

#[tokio::test]
async fn alerts_hold_the_numbers_against_the_settings() {
    let queue = Queue::new().await;
    let over = async |key: &str| queue.alert(key).await.over;
    let said = async |key: &str| queue.alert(key).await.text.to_string();
    assert!(!over("no_leader").await, "a single instance has none");
    queue.worker("w1", "1 s").await;
    queue.worker("w2", "1 s").await;
    assert_eq!(said("no_leader").await, "no leader");
    let lead = "update workers set is_leader = true, leader_until = utc() + interval '20 s'";
    queue.db.run(&format!("{lead} where id = 'w1'")).await;
    assert!(!over("no_leader").await && !over("two_leaders").await);
    queue.db.run(lead).await;
    assert!(over("two_leaders").await);
    assert_eq!(said("two_leaders").await, "2 leaders");
    // A lease that has run out leads nobody.
    queue
        .db
        .run("update workers set leader_until = utc() - interval '1 s'")
        .await;
    assert!(over("no_leader").await && !over("two_leaders").await);

    for n in 1..=8 {
        queue
            .held("running", if n % 2 == 0 { "'w1'" } else { "'w2'" }, "1 s")
            .await;
        assert_eq!(over("pool").await, n == 8, "{n} of 8 places");
    }
    assert_eq!(said("pool").await, "pool at 100 %");

    assert!(!over("dead_letters").await);
    queue
        .task(
            "status, updated_at",
            "'dead_letter', utc() - interval '6 m'",
        )
        .await;
    assert!(!over("dead_letters").await);
    queue
        .task("status, updated_at", "'failed', utc() - interval '4 m'")
        .await;
    assert_eq!(said("dead_letters").await, "1 new dead letter in 5 m");
    assert!(over("dead_letters").await);

    let add =
        |n: i32| format!("insert into tasks (type) select 'mail' from generate_series(1, {n})");
    queue.db.run(&add(1000)).await;
    assert!(!over("pending").await);
    queue.db.run(&add(1)).await;
    assert!(over("pending").await);
    assert_eq!(said("pending").await, "1001 tasks pending");
    let lasts = |key: &str| queue.site.source.manifest.lasts(key).as_secs();
    let wanted = [300, 600, 0, 120, 30];
    let keys = [
        "pending",
        "pool",
        "dead_letters",
        "no_leader",
        "two_leaders",
    ];
    assert_eq!(keys.map(lasts), wanted);
}

#[tokio::test]
async fn workers_say_who_is_alive_who_leads_and_what_they_hold() {
    let queue = Queue::new().await;
    for (worker, heard) in [("a", "1 s"), ("b", "22 s"), ("c", "5 m"), ("d", "1 s")] {
        queue.worker(worker, heard).await;
    }
    queue.worker("e", "9 m").await;
    for (worker, n) in [("'c'", 2), ("'d'", 4), ("'gone'", 1)] {
        for _ in 0..n {
            queue.held("running", worker, "2 m").await;
        }
    }
    queue
        .db
        .run("update workers set is_leader = true, leader_until = utc() + interval '20 s' where id = 'a'")
        .await;
    let workers = queue.fleet().await.workers;
    let told: Vec<(&str, &str, &str, Option<i64>)> = workers
        .iter()
        .map(|row| {
            let condition = row.condition.as_ref().map_or("", SafeText::as_str);
            (
                row.worker.as_str(),
                row.health.as_str(),
                condition,
                row.busy,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("c", "dead", "holds 2", Some(2)),
            ("gone", "dead", "not registered, holds 1", Some(1)),
            ("b", "late", "", Some(0)),
            ("d", "alive", "saturated", Some(4)),
            ("a", "alive", "", Some(0)),
            ("e", "dead", "", Some(0)),
        ]
    );
    let leader = workers.iter().find(|row| row.worker == "a").unwrap();
    assert!(leader.is_leader && (15.0..=20.0).contains(&leader.lease_seconds.unwrap()));
}

#[tokio::test]
async fn two_leaders_and_none_stand_with_the_workers() {
    let queue = Queue::new().await;
    queue.worker("a", "1 s").await;
    queue.worker("d", "1 s").await;
    queue
        .db
        .run(
            "update workers set is_leader = true, leader_until = utc() + interval '20 s'
",
        )
        .await;
    let said = async || {
        let workers = queue.fleet().await.workers;
        let of = workers.iter().filter_map(|row| row.condition.as_ref());
        of.map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(said().await, "one of 2 leaders; one of 2 leaders");
    queue
        .db
        .run("update workers set is_leader = false, leader_until = null")
        .await;
    assert_eq!(said().await, "no leader; no leader");
}

#[tokio::test]
async fn hints_tell_who_crashed_and_what_hinders_a_claim() {
    let queue = Queue::new().await;
    queue.worker("w1", "4 minutes").await;
    let claimed = queue.held("claimed", "'w1'", "5 minutes").await;
    let running = queue.held("running", "'w1'", "5 minutes").await;
    let hints = queue.hints(claimed).await;
    assert!(
        hints.contains("crashed between claiming and starting it (no heartbeat for 4 m)"),
        "{hints}"
    );
    assert!(hints.contains("and there is no leader"), "{hints}");
    assert!(queue.hints(running).await.contains("may be half done"));

    let waiting = queue
        .task(
            "created_at, next_retry_at",
            "utc() - interval '1 h', utc() - interval '20 m'",
        )
        .await;
    let hints = queue.hints(waiting).await;
    assert!(
        hints.contains("Of 1 registered, no worker is alive"),
        "{hints}"
    );
    queue.db.run("delete from workers").await;
    assert!(
        queue
            .hints(waiting)
            .await
            .contains("No worker is registered: start one.")
    );

    queue.worker("w2", "1 s").await;
    let hints = queue.hints(waiting).await;
    assert!(
        hints.contains("4 free places and do not claim it"),
        "{hints}"
    );
    assert!(
        hints.contains("no leader though 1 worker is alive: compare their clocks"),
        "{hints}"
    );
    for _ in 0..4 {
        queue.held("running", "'w2'", "1 s").await;
    }
    assert!(
        queue
            .hints(waiting)
            .await
            .contains("All 4 places of 1 workers are taken")
    );
}

#[tokio::test]
async fn the_catalogue_says_why_claims_are_slow() {
    let queue = Queue::new().await;
    let waiting = queue.task("next_retry_at", "utc() - interval '20 m'").await;
    assert!(!queue.hints(waiting).await.contains("index"));
    queue
        .db
        .run("update pg_index set indisvalid = false where indexrelid = 'idx_tasks_claimable'::regclass")
        .await;
    let hints = queue.hints(waiting).await;
    assert!(
        hints.contains("reindex index concurrently idx_tasks_claimable"),
        "{hints}"
    );
    queue.db.run("drop index idx_tasks_claimable").await;
    let hints = queue.hints(waiting).await;
    assert!(hints.contains("There is no index for claims"), "{hints}");
}

#[tokio::test]
async fn hints_tell_whether_it_is_the_task_or_what_all_of_them_need() {
    let queue = Queue::new().await;
    let dead = queue.task("status, attempts", "'dead_letter', 3").await;
    queue.task("status, attempts", "'dead_letter', 3").await;
    let hints = queue.hints(dead).await;
    assert!(
        hints.contains("Nothing of its type was done in the last hour, and 1 more failed"),
        "{hints}"
    );
    queue
        .task(
            "status, started_at, completed_at",
            "'completed', utc() - interval '2 s', utc()",
        )
        .await;
    let hints = queue.hints(dead).await;
    assert!(
        hints.contains("Others of its type succeed, 1 in the last hour: compare the payloads of those that fail."),
        "{hints}"
    );
    // Only of one that fails alone its payload is to blame.
    let others = format!("delete from tasks where status = 'dead_letter' and id <> '{dead}'");
    queue.db.run(&others).await;
    let hints = queue.hints(dead).await;
    assert!(hints.contains("look at this one's payload"), "{hints}");
    let waiting = queue
        .task("attempts, next_retry_at", "2, utc() + interval '50 s'")
        .await;
    let hints = queue.hints(waiting).await;
    assert!(
        hints.contains("its next attempt in 50 s: 2 of 3 failed"),
        "{hints}"
    );
}

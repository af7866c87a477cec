//! Row 1: any number of detectors at once, and each stale task is taken once.

use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use sqlx::{Connection as _, PgConnection};
use support::database::Database;
use support::eventually::eventually;
use support::invariants::{DUPLICATES, NOT_IN_ERROR};
use support::report::Row;
use support::seed::Tasks;
use tokio::sync::Barrier;

use crate::process::{Detecting, sum};

const ROUNDS: usize = 10;
const A_ROUND: usize = 300;
const DETECTORS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_detectors_take_each_task_once() {
    let row = Row::begin("1, processes", 0);
    let db = Database::with(Tasks::STALE.count(A_ROUND)).await;
    let detectors: Vec<Detecting> = (0..DETECTORS).map(|_| Detecting::start(&db)).collect();
    for round in 1..=ROUNDS {
        let drained = eventually(Duration::from_mins(1), async || {
            (db.count(NOT_IN_ERROR).await == 0).then_some(())
        });
        assert!(drained.await.is_some(), "round {round} is not drained");
        if round < ROUNDS {
            db.seed(Tasks::STALE.count(A_ROUND)).await;
        }
    }
    let mut moved = 0;
    let mut failed = 0;
    for detector in detectors {
        let (said, code) = detector.end(Signal::SIGTERM);
        assert_eq!(code, Some(143));
        moved += sum(&said, "moved");
        failed += sum(&said, "failed");
        assert!(said.iter().all(|line| line["error"].is_null()), "{said:?}");
    }
    let duplicates = db.count(DUPLICATES).await;
    let lost = db.partial().await + db.count(NOT_IN_ERROR).await;
    let n = ROUNDS * A_ROUND;
    row.found(
        n,
        format!("duplicates {duplicates}, lost {lost}, false failed {failed}, moved {moved}"),
    );
    assert_eq!((duplicates, lost, failed), (0, 0, 0));
    assert_eq!(moved, i64::try_from(n).unwrap(), "what they say they did");
}

/// What spares detectors the same work is not what keeps them right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_their_advisory_lock_they_still_take_each_task_once() {
    let row = Row::begin("1, no advisory lock", 0);
    let db = Database::with(Tasks::STALE.count(ROUNDS * A_ROUND)).await;
    let barrier = Barrier::new(DETECTORS);
    let reports = join_all((0..DETECTORS).map(async |n| {
        let mut conn = PgConnection::connect_with(&db.options).await.unwrap();
        let (mut moved, mut failed) = (0, 0);
        // Each may take everything: that somebody has confirmed one of them is no matter here.
        let sweep: i64 = sqlx::query_scalar(
            "insert into dlqtop.sweeps (instance, started, took, detected, moved, skipped, failed,
                                        dry_run, may_take, cleared_until)
             values ($1, now(), '0', 0, 0, 0, 0, false, 1000000, now() + interval '1 hour')
             returning sweep_id",
        )
        .bind(format!("d{n}"))
        .fetch_one(&mut conn)
        .await
        .unwrap();
        loop {
            barrier.wait().await;
            let taken: Vec<(String,)> = sqlx::query_as(
                "select action_taken
                 from dlqtop.detect_and_transition_stale_tasks(false, 100, $1, p_sweep => $2)",
            )
            .bind(format!("d{n}"))
            .bind(sweep)
            .fetch_all(&mut conn)
            .await
            .unwrap();
            let ended = |how: &str| taken.iter().filter(|(action,)| action == how).count();
            moved += ended("transitioned_to_dlq_and_error");
            failed += ended("failed");
            // All of them together see the same end: nobody moves anything after this barrier.
            barrier.wait().await;
            let left: i64 = sqlx::query_scalar(NOT_IN_ERROR)
                .fetch_one(&mut conn)
                .await
                .unwrap();
            if left == 0 {
                return (moved, failed);
            }
        }
    }))
    .await;
    let moved: usize = reports.iter().map(|(moved, _)| moved).sum();
    let failed: usize = reports.iter().map(|(_, failed)| failed).sum();
    let duplicates = db.count(DUPLICATES).await;
    let lost = db.partial().await + db.count(NOT_IN_ERROR).await;
    let n = ROUNDS * A_ROUND;
    row.found(
        n,
        format!("duplicates {duplicates}, lost {lost}, false failed {failed}, moved {moved}"),
    );
    assert_eq!((duplicates, lost, failed, moved), (0, 0, 0, n));
    let takers = reports.iter().filter(|(moved, _)| *moved > 0).count();
    assert!(takers > 1, "there was no race: {reports:?}");
}

//! Who stores what groups are made of, and what the others do.

use std::time::Duration;

use dlqtop::data::native::sweep::{SweepOptions, Sweeper};
use dlqtop::data::poller::schedule::Budget;
use support::database::Database;
use tokio_util::sync::CancellationToken;

use super::{by_key, counted_plainly, fail, groups, store_all};
use crate::polling::Polls;

#[tokio::test]
async fn who_may_only_look_scans_and_stores_nothing() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 400, "connection {n} refused", "1 day").await;
    db.run("drop role if exists looker; create role looker login in role dlqtop_viewer")
        .await;
    let mut polls = Polls::start(&db.options.clone().username("looker"));
    let snapshot = polls.snapshot().await;
    assert_eq!(by_key(groups(&snapshot)), counted_plainly(&db).await);
    let may: bool = db
        .one(
            "select has_function_privilege('looker',
                 'dlqtop.store_fingerprints(int, text, bigint[], uuid[], text[])', 'execute')",
        )
        .await;
    assert!(!may);
    let stored: i64 = db.one("select entries from v_error_store").await;
    assert_eq!(stored, 0);
}

#[tokio::test]
async fn a_detector_stores_after_its_sweep_and_one_that_only_looks_does_not() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 40, "connection {n} refused", "1 day").await;
    for (dry_run, stored) in [(true, 0), (false, 40)] {
        let mut sweeper = Sweeper::new(
            &db.options,
            SweepOptions {
                instance: "test".to_owned(),
                dry_run,
                budget: Duration::from_secs(10),
            },
        );
        sweeper.sweep(&CancellationToken::new()).await.unwrap();
        sweeper.close().await;
        let entries: i64 = db.one("select entries from v_error_store").await;
        assert_eq!(entries, stored, "dry: {dry_run}");
    }
}

#[tokio::test]
async fn a_scan_costs_no_more_than_its_share_and_comes_to_the_end() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 3_000, "connection {n} refused", "1 day").await;
    let mut polls = Polls::within(&db.options, "1%".parse::<Budget>().unwrap());
    let mut read = Vec::new();
    for _ in 0..60 {
        let snapshot = polls.snapshot().await;
        read.push(groups(&snapshot).read);
        if groups(&snapshot).whole {
            break;
        }
        polls.wake.notify_one();
    }
    assert_eq!(read.last(), Some(&3_000), "{read:?}");
    assert!(read.windows(2).all(|pair| pair[0] <= pair[1]), "{read:?}");
    // A millisecond and its quarter pay for the smallest page.
    assert!(
        read.windows(2).all(|pair| pair[1] - pair[0] <= 200),
        "{read:?}"
    );
}

#[tokio::test]
async fn what_was_written_past_the_triggers_is_scanned_until_somebody_repairs_it() {
    let db = Database::new().await;
    db.template("{}").await;
    fail(&db, 20, "connection {n} refused", "1 day").await;
    store_all(&db, 1_000).await;
    // As a restore does it.
    db.run("delete from tasker_tasks_dlq").await;
    fail(&db, 400, "connection {n} refused", "1 day").await;
    db.run("truncate dlqtop.error_changes").await;
    let mut polls = Polls::start(&db.options);
    let snapshot = polls.snapshot().await;
    assert_eq!(by_key(groups(&snapshot)), counted_plainly(&db).await);

    db.run("select dlqtop.rebuild_error_groups()").await;
    store_all(&db, 1_000).await;
    let stored: i64 = db.one("select entries from v_error_store").await;
    assert_eq!(stored, 400);
}

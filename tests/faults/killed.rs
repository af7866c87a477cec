//! Row 5: a detector that is killed leaves each task whole.

use std::time::Duration;

use dlqtop::data::native::detector_control::{Decision, Undo};
use fastrand::Rng;
use support::database::Database;
use support::eventually::eventually;
use support::invariants::{DUPLICATES, NOT_IN_ERROR};
use support::report::Row;
use support::seed::Tasks;
use tokio::time::sleep;

use crate::process::Detecting;

/// From its first word a detector sleeps 100 ms and then sweeps for about as long again.
const UP_TO: Duration = Duration::from_millis(500);

/// Kills a detector at this many random points; how many left something partial, and how many were
/// in the middle of a sweep.
async fn kill_at_random_points(row: &Row, seed: u64, runs: usize) {
    let mut rng = Rng::with_seed(seed);
    let db = Database::with(Tasks::STALE.count(400)).await;
    db.run("update dlqtop.settings set batch_size = 20").await;
    let (mut partial, mut amid) = (0, 0);
    for run in 0..runs {
        if db.count(NOT_IN_ERROR).await < 400 {
            db.seed(Tasks::STALE.count(400)).await;
        }
        db.allow_one_large_sweep().await;
        let before = db.count(NOT_IN_ERROR).await;
        let detector = Detecting::start(&db);
        // The fault itself: any point of its life.
        sleep(UP_TO.mul_f64(rng.f64())).await;
        let busy = "select count(*) from pg_stat_activity where datname = current_database()
                        and application_name = 'dlqtop' and state <> 'idle'";
        let sweeping = db.count(busy).await > 0;
        detector.kill_dash_nine();
        let gone = eventually(Duration::from_secs(30), async || {
            let there = "select count(*) from pg_stat_activity where datname = current_database()
                             and application_name = 'dlqtop'";
            (db.count(there).await == 0).then_some(())
        });
        assert!(
            gone.await.is_some(),
            "seed {seed}, run {run}: its backend lives on"
        );
        let left = db.count(NOT_IN_ERROR).await;
        amid += usize::from(sweeping || (left > 0 && left < before));
        partial += usize::from(db.partial().await + db.count(DUPLICATES).await > 0);
    }
    db.allow_one_large_sweep().await;
    db.sweep().await;
    let lost = db.count(NOT_IN_ERROR).await + db.partial().await;
    row.found(
        runs,
        format!("partial {partial}, lost {lost}, killed in the middle of a sweep {amid}"),
    );
    assert_eq!((partial, lost), (0, 0), "seed {seed}");
    assert!(amid * 4 >= runs, "hardly any was killed while it swept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_detector_took_can_be_undone() {
    let db = Database::with(Tasks::STALE.count(400)).await;
    db.run("update dlqtop.settings set batch_size = 5").await;
    let detector = Detecting::start(&db);
    let begun = eventually(Duration::from_secs(30), async || {
        (db.count(NOT_IN_ERROR).await < 400).then_some(())
    });
    begun.await.unwrap();
    detector.kill_dash_nine();
    let gone = eventually(Duration::from_secs(30), async || {
        let there = "select count(*) from pg_stat_activity where datname = current_database()
                         and application_name = 'dlqtop'";
        (db.count(there).await == 0).then_some(())
    });
    gone.await.unwrap();
    let failed = 400 - db.count(NOT_IN_ERROR).await;
    let sweep: i64 = db.one("select max(sweep_id) from v_sweeps").await;
    let decision = Decision {
        actor: "ana@lap7",
        reason: "it died",
        incident: None,
    };
    let mut undo = Undo::new(&db.options, sweep, Some(decision));
    undo.all().await.unwrap();
    assert_eq!(undo.done.len(), usize::try_from(failed).unwrap());
    assert_eq!(db.count(NOT_IN_ERROR).await, 400);
    assert_eq!(db.partial().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_detector_that_is_killed_leaves_every_task_whole() {
    let row = Row::begin("5", 50);
    kill_at_random_points(&row, 50, 12).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: fifty processes"]
async fn a_detector_that_is_killed_at_fifty_points_leaves_every_task_whole() {
    let row = Row::begin("5", 51);
    kill_at_random_points(&row, 51, 50).await;
}

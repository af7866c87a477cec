//! Row 10: the client's clock decides nothing but the times it shows.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use dlqtop::detector::status::Status;
use dlqtop::detector::{self, DetectorChannels};
use dlqtop::telemetry::Meters;
use nix::sys::signal::Signal;
use support::database::Database;
use support::report::Row;
use support::seed::Tasks;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::process::{Detecting, dlqtop, sum};

const STALE: usize = 40;
const PATIENCE: Duration = Duration::from_mins(1);

/// As the detector is given one.
type Clock = fn() -> DateTime<Utc>;

fn right() -> DateTime<Utc> {
    SystemTime::now().into()
}
fn ahead() -> DateTime<Utc> {
    right() + TimeDelta::days(3)
}
fn behind() -> DateTime<Utc> {
    right() - TimeDelta::days(3)
}
/// Another time whenever it is asked.
fn jumping() -> DateTime<Utc> {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    match ASKED.fetch_add(1, Ordering::Relaxed) % 3 {
        0 => right(),
        1 => ahead(),
        _ => behind(),
    }
}

/// Tasks that a sweep takes, and as many that it must not.
async fn seed(db: &Database, tag: &str) {
    db.seed(Tasks {
        tag,
        ..Tasks::STALE.count(STALE)
    })
    .await;
    let healthy = Tasks {
        minutes: 5.0,
        age: 10.0,
        ..Tasks::STALE.count(STALE)
    };
    db.seed(Tasks {
        tag: &format!("healthy {tag}"),
        ..healthy
    })
    .await;
}

async fn in_error(db: &Database, tag: &str) -> i64 {
    db.one(&format!(
        "select count(*) from tasker_tasks where dlqtop.task_state(task_uuid) = 'error'
         and initiator like '%{tag}'"
    ))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_by_days_or_jumps_changes_no_detection() {
    let row = Row::begin("10, injected", 0);
    let db = Database::new().await;
    db.template_in(("pay", "charge"), "{}").await;
    let clocks: [(&str, Clock); 4] = [
        ("right", right),
        ("ahead", ahead),
        ("behind", behind),
        ("jumping", jumping),
    ];
    let mut changed = 0;
    for (tag, clock) in clocks {
        seed(&db, tag).await;
        let (status, mut heard) = watch::channel(Status::default());
        let stop = CancellationToken::new();
        let wires = DetectorChannels {
            status,
            clock,
            meters: Meters::off(),
            stop: stop.clone(),
        };
        let every = Duration::from_millis(100);
        let running = tokio::spawn(detector::run(db.sweeper(tag), every, wires));
        // The second: by then its timers have gone by one of these clocks, or not.
        for wanted in [i64::try_from(STALE).unwrap(), 0] {
            let swept = heard.wait_for(|status| {
                status
                    .last
                    .as_ref()
                    .is_some_and(|last| last.detected == wanted)
            });
            assert!(
                timeout(PATIENCE, swept).await.is_ok(),
                "{tag}: it no longer sweeps"
            );
        }
        stop.cancel();
        running.await.unwrap();
        changed += (in_error(&db, tag).await - i64::try_from(STALE).unwrap()).abs();
    }
    row.found(4 * STALE, format!("detections changed {changed}"));
    assert_eq!(changed, 0);
    assert_eq!(db.partial().await, 0);
}

/// The library behind the program `faketime`.
fn faketime() -> PathBuf {
    let found = Command::new("sh")
        .args(["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib/faketime/libfaketimeMT.so.1 2>/dev/null | head -1"])
        .output()
        .unwrap();
    let path = String::from_utf8(found.stdout).unwrap().trim().to_owned();
    assert!(
        !path.is_empty(),
        "faketime is not installed: apt install faketime"
    );
    path.into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs faketime"]
async fn the_programs_own_clock_changes_no_detection() {
    let row = Row::begin("10, faketime", 0);
    let library = faketime();
    let folder = tempfile::tempdir().unwrap();
    let offset = folder.path().join("offset");
    let db = Database::new().await;
    db.template_in(("pay", "charge"), "{}").await;
    let mut changed = 0;
    for (tag, first, then) in [
        ("right", "+0", "+0"),
        ("ahead", "+3d", "+3d"),
        ("behind", "-3d", "-3d"),
        ("jump", "+0", "+3d"),
        ("back", "+0", "-3d"),
    ] {
        fs::write(&offset, first).unwrap();
        let mut detector = Detecting::spawn(
            dlqtop(&db.url(), &["detect", "--json", "--interval", "200ms"])
                .env("LD_PRELOAD", &library)
                .env("FAKETIME_TIMESTAMP_FILE", &offset)
                .env("FAKETIME_NO_CACHE", "1")
                // What is set is the time of day; the other clock of a machine never jumps.
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        );
        fs::write(&offset, then).unwrap();
        seed(&db, tag).await;
        while in_error(&db, tag).await < i64::try_from(STALE).unwrap() {
            assert!(detector.next().is_some(), "{tag}: it has ended");
        }
        // And once more after everything has been taken.
        let after = detector.next().unwrap();
        let at: DateTime<Utc> = after["at"].as_str().unwrap().parse().unwrap();
        let off = (at - right()).num_hours();
        let wanted = match then {
            "+3d" => 71..=73,
            "-3d" => -73..=-71,
            _ => -1..=1,
        };
        assert!(
            wanted.contains(&off),
            "{tag}: its clock is {off} h off, not as told"
        );
        let (said, _) = detector.end(Signal::SIGTERM);
        changed += (in_error(&db, tag).await - i64::try_from(STALE).unwrap()).abs();
        changed += (sum(&said, "moved") - i64::try_from(STALE).unwrap()).abs();
    }
    row.found(5 * STALE, format!("detections changed {changed}"));
    assert_eq!(changed, 0);
}

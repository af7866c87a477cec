//! The detector's loop: it sweeps, says so, survives a database that is away, and stops.

use std::time::Duration;

use chrono::{DateTime, Utc};
use dlqtop::data::native::sweep::{SweepOptions, Sweeper};
use dlqtop::detector::status::{Phase, Status};
use dlqtop::detector::{self, DetectorChannels};
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(30);

fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn start(
    options: &PgConnectOptions,
    stop: &CancellationToken,
) -> (JoinHandle<()>, watch::Receiver<Status>) {
    let sweeping = SweepOptions {
        instance: "test:1".to_owned(),
        dry_run: false,
        budget: Duration::from_secs(5),
    };
    let (status, heard) = watch::channel(Status::default());
    let wires = DetectorChannels {
        status,
        clock: noon,
        meters: dlqtop::telemetry::Meters::off(),
        stop: stop.clone(),
    };
    let sweeper = Sweeper::new(options, sweeping);
    let task = tokio::spawn(detector::run(sweeper, Duration::from_millis(100), wires));
    (task, heard)
}

#[tokio::test]
async fn it_sweeps_at_its_interval_and_stops_when_told_to() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.in_state_since("steps_in_process", 100.0).await;
    let stop = CancellationToken::new();
    let (running, mut heard) = start(&db.options, &stop);

    let swept = heard.wait_for(|status| status.last.is_some());
    let first = timeout(PATIENCE, swept).await.unwrap().unwrap().clone();
    let last = first.last.unwrap();
    assert_eq!((last.detected, last.moved, last.failed), (1, 1, 0));
    assert_eq!(first.next_sweep, Some(noon() + Duration::from_millis(100)));
    assert_eq!(db.state(task).await, "error");

    let again =
        heard.wait_for(|status| status.last.as_ref().is_some_and(|last| last.detected == 0));
    assert!(timeout(PATIENCE, again).await.unwrap().is_ok());

    stop.cancel();
    timeout(PATIENCE, running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_database_that_is_away_is_said_and_tried_again() {
    let db = Database::new().await;
    let stop = CancellationToken::new();
    let nowhere = db.options.clone().database("no_such_database");
    let (running, mut heard) = start(&nowhere, &stop);
    let failing = heard.wait_for(|status| matches!(status.phase, Phase::Failing(_)));
    let status = timeout(PATIENCE, failing).await.unwrap().unwrap().clone();
    let Phase::Failing(why) = status.phase else {
        unreachable!("waited for it");
    };
    assert!(why.as_str().contains("does not exist"), "{why}");
    assert!(status.last.is_none());
    stop.cancel();
    timeout(PATIENCE, running).await.unwrap().unwrap();
}

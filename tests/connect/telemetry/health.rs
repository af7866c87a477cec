//! `/health`: well, away, well again.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use dlqtop::data::native::migrate;
use dlqtop::data::private_postgres::PrivatePostgres;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use support::database::Database;
use support::eventually::eventually;

use super::http::{Answer, ask, get};
use super::served::{EVERY, Served, all_kinds_of_stuck, noon};

const PATIENCE: Duration = Duration::from_mins(1);

async fn health_until(served: &Served, status: u16, word: &str) -> Answer {
    let found = eventually(PATIENCE, async || {
        let answer = get(served.address, "/health").await;
        (answer.json()["status"] == word).then_some(answer)
    });
    let answer = found.await.unwrap_or_else(|| panic!("never {word}"));
    assert_eq!(answer.status, status);
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_what_there_is_to_know() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    let answer = health_until(&served, 200, "ok").await.json();
    assert_eq!(answer["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer["source"], "tasker");
    let age = answer["data_age_seconds"].as_f64().unwrap();
    assert!((0.0..60.0).contains(&age), "{age}");
    assert_eq!(answer["detector"]["phase"], "off");
    assert_eq!(
        answer["detector"]["last_sweep_age_seconds"],
        serde_json::Value::Null
    );

    served.detect(true).await;
    let detector = &get(served.address, "/health").await.json()["detector"];
    assert_eq!(detector["phase"], "waiting");
    assert_eq!(detector["dry_run"], true);
    assert_eq!(detector["last_sweep_age_seconds"], 0.0);

    let head = ask(served.address, "HEAD", "/health").await.unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn a_sweep_has_an_age_and_a_dead_detector_is_told() {
    use dlqtop::detector::status::{LastSweep, Phase, Status};
    use dlqtop::telemetry::health::Health;
    use dlqtop::telemetry::liveness::Liveness;
    use tokio::sync::watch;

    let status = Status {
        phase: Phase::Failing("password is secret".into()),
        last: Some(LastSweep {
            ended: noon() - TimeDelta::seconds(90),
            took: Duration::ZERO,
            detected: 0,
            moved: 0,
            skipped: 0,
            failed: 0,
            armed: true,
            held: None,
        }),
        ..Status::default()
    };
    let (sender, heard) = watch::channel(status);
    let pulse = Liveness::new(Duration::from_mins(1));
    let health = Health::of(&pulse, &heard, "tasker", noon());
    assert_eq!(
        (health.status, health.detector.phase),
        ("starting", "failing")
    );
    assert_eq!(health.detector.last_sweep_age_seconds, Some(90.0));
    assert!(!serde_json::to_string(&health).unwrap().contains("secret"));
    drop(sender);
    assert_eq!(
        Health::of(&pulse, &heard, "tasker", noon()).detector.phase,
        "stopped"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_for_three_intervals_is_a_503_until_it_is_back() {
    let mut postgres = PrivatePostgres::start(support::server::options())
        .await
        .unwrap();
    let mut db = postgres
        .connect_options("postgres")
        .connect()
        .await
        .unwrap();
    migrate::apply(&mut db).await.unwrap();
    db.execute("select dlqtop.arm_detector(0, 'tests', 'nothing is here yet')")
        .await
        .unwrap();
    db.close().await.unwrap();
    let served = Served::start(&postgres.connect_options("postgres")).await;
    served.detect(false).await;
    health_until(&served, 200, "ok").await;
    let gauge = "tasker_dlq_pending_investigations";
    let counter = "tasker_staleness_detection_runs_total";
    served
        .scrape_until(|scrape| scrape.of(gauge).count() == 5)
        .await;

    let stopping = Instant::now();
    postgres.stop_server().await.unwrap();
    let answer = health_until(&served, 503, "unreachable").await.json();
    // The last poll may have ended just before.
    let silent = answer["data_age_seconds"].as_f64().unwrap();
    assert!(silent >= (EVERY * 3).as_secs_f64(), "{silent}");
    assert!(stopping.elapsed() < PATIENCE);
    let head = ask(served.address, "HEAD", "/health").await.unwrap();
    assert_eq!((head.status, head.body.as_str()), (503, ""));
    // What was done stays done; what is, nobody knows.
    let scrape = served.scrape().await;
    assert_eq!(scrape.of(gauge).count(), 0);
    assert_eq!(scrape.of("tasker_staleness_tasks").count(), 0);
    assert!(scrape.value(counter, &[("dry_run", "false")]) >= Some(1.0));

    postgres.start_server().await.unwrap();
    health_until(&served, 200, "ok").await;
    served
        .scrape_until(|scrape| scrape.of(gauge).count() == 5)
        .await;
    postgres.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_never_answers_is_a_503_too() {
    let db = Database::new().await;
    let nowhere = db.options.clone().database("no_such_database");
    let served = Served::start(&nowhere).await;
    let answer = health_until(&served, 503, "unreachable").await.json();
    assert_eq!(answer["data_age_seconds"], serde_json::Value::Null);
}

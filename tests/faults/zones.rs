//! Rows 11 and 12: whoever's zone it is, a minute is a minute; and a writer's clock that cannot be
//! right kills nobody.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use support::database::Database;
use support::report::Row;
use support::seed::Tasks;

const ZONES: [&str; 5] = [
    "UTC",
    "Asia/Tokyo",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Chatham",
];
/// Around both nights in which New York's clocks change: half past one there is twice, or never.
const NIGHTS: [i64; 6] = [
    1_762_061_400,
    1_762_065_000,
    1_762_068_600,
    1_772_953_140,
    1_772_953_260,
    1_772_956_860,
];

async fn in_zone(db: &Database, zone: &str) -> PgConnection {
    let mut conn = PgConnection::connect_with(&db.options).await.unwrap();
    conn.execute(AssertSqlSafe(format!("set timezone = '{zone}'")))
        .await
        .unwrap();
    conn
}

/// How many minutes a reader in each zone is off, at most: in the age, and in the time to breach.
async fn worst(db: &Database, expected: &str) -> f64 {
    let mut worst: f64 = 0.0;
    for zone in ZONES {
        let mut reader = in_zone(db, zone).await;
        let off: f64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "select max(greatest(
                 abs(m.time_in_state_minutes - ({expected})),
                 abs(m.staleness_threshold_minutes - m.time_in_state_minutes
                     - extract(epoch from m.breaches_at - now())::float8 / 60)))
             from v_task_staleness_monitoring m join tasker_tasks t using (task_uuid)"
        )))
        .fetch_one(&mut reader)
        .await
        .unwrap();
        worst = worst.max(off);
    }
    worst
}

/// Replaces all tasks by one for each of the instants, written by a session in New York.
async fn on_the_nights(db: &Database) -> usize {
    db.run("delete from tasker_tasks").await;
    let mut writer = in_zone(db, "America/New_York").await;
    for (place, night) in NIGHTS.into_iter().enumerate() {
        db.seed(Tasks {
            tag: &format!("night {place}"),
            ..Tasks::STALE.count(1)
        })
        .await;
        writer
            .execute(AssertSqlSafe(format!(
                "update tasker_tasks set priority = {place}, created_at = to_timestamp({night} - 60)::text::timestamptz
                 where initiator = 'night {place}';
                 update tasker_task_transitions set created_at = to_timestamp({night})::text::timestamptz
                 where task_uuid = (select task_uuid from tasker_tasks where initiator = 'night {place}')"
            )))
            .await
            .unwrap();
    }
    NIGHTS.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn minutes_are_the_same_in_every_zone_and_on_the_nights_when_clocks_change() {
    let row = Row::begin("11", 0);
    let db = Database::new().await;
    // A year may pass before these are stale.
    let patient = r#"{"max_steps_in_process_minutes": 5000000, "max_duration_minutes": 5256000}"#;
    db.template_in(("pay", "charge"), patient).await;
    let mut n = 0;
    for zone in ZONES {
        let tag = format!("local {zone}");
        db.seed(Tasks {
            tag: &tag,
            ..Tasks::STALE.count(4)
        })
        .await;
        let mut writer = in_zone(&db, zone).await;
        // By the writer's wall clock, and without its zone.
        writer
            .execute(AssertSqlSafe(format!(
                "update tasker_task_transitions tr
                 set created_at = (localtimestamp - interval '45 minutes')::text::timestamptz
                 from tasker_tasks t
                 where t.task_uuid = tr.task_uuid and t.initiator = '{tag}' and tr.most_recent"
            )))
            .await
            .unwrap();
        n += 4;
    }
    let local = worst(
        &db,
        "extract(epoch from now() - t.updated_at)::float8 / 60 + 45",
    )
    .await;

    n += on_the_nights(&db).await;
    let epochs = NIGHTS.map(|night| night.to_string()).join(",");
    let expected =
        format!("(extract(epoch from now())::float8 - (array[{epochs}])[t.priority + 1]) / 60");
    let nights = worst(&db, &expected).await;
    let rows = db
        .count("select count(*) from v_task_staleness_monitoring")
        .await;
    row.found(
        n * ZONES.len(),
        format!(
            "max abs error in age {local:.4} min by local writers, {nights:.4} min on the nights"
        ),
    );
    assert_eq!(rows, 6);
    // Ages run on between the writing and the reading of a row, no more.
    assert!(local < 1.0 && nights < 0.001, "{local} {nights}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_zone_of_a_database_or_role_changes_no_detection() {
    let row = Row::begin("11, detections", 0);
    let db = Database::new().await;
    db.template_in(("pay", "charge"), "{}").await;
    let name: String = db.one("select current_database()::text").await;
    let mut taken = Vec::new();
    for zone in ZONES {
        for setting in [
            format!("alter database {name} set timezone = '{zone}'"),
            format!("alter role current_user in database {name} set timezone = '{zone}'"),
        ] {
            db.run(&setting).await;
            db.seed(Tasks {
                tag: "stale",
                ..Tasks::STALE.count(5)
            })
            .await;
            let healthy = Tasks {
                minutes: 29.0,
                age: 31.0,
                ..Tasks::STALE.count(5)
            };
            db.seed(Tasks {
                tag: "healthy",
                ..healthy
            })
            .await;
            taken.push(db.sweep().await.tasks.len());
            db.run("delete from tasker_tasks_dlq; delete from tasker_tasks")
                .await;
        }
    }
    let changed = taken.iter().filter(|taken| **taken != 5).count();
    row.found(taken.len(), format!("detections changed {changed}"));
    assert_eq!(changed, 0, "{taken:?}");
}

/// A worker that writes its wall clock without a zone says another time in each session's zone;
/// what the server makes of it must not depend on who asks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_without_a_zone_is_the_same_instant_for_everybody() {
    let row = Row::begin("11, checkpoints", 0);
    let db = Database::with(Tasks::STALE.count(10)).await;
    let mut worst: f64 = 0.0;
    for zone in ZONES {
        let mut worker = in_zone(&db, zone).await;
        worker
            .execute(
                "update tasker_workflow_steps set results = jsonb_build_object('batch_cursor',
                     jsonb_build_object('last_checkpoint',
                         (now() at time zone 'utc' - interval '5 minutes')::text))
                 where step_number = 1",
            )
            .await
            .unwrap();
        for reader in ZONES {
            let mut reader = in_zone(&db, reader).await;
            let off: f64 = sqlx::query_scalar(
                "select coalesce(max(abs(time_in_state_minutes - 5)), 9999)
                 from v_task_staleness_monitoring",
            )
            .fetch_one(&mut reader)
            .await
            .unwrap();
            worst = worst.max(off);
        }
    }
    row.found(
        10 * ZONES.len() * ZONES.len(),
        format!("max abs error in age {worst:.1} min"),
    );
    assert!(worst < 1.0, "{worst} min");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ages_that_cannot_be_are_flagged_and_never_acted_upon() {
    let row = Row::begin("12", 0);
    let db = Database::new().await;
    db.template_in(("pay", "charge"), r#"{"max_duration_minutes": 120}"#)
        .await;
    let fresh = Tasks {
        minutes: 5.0,
        age: 10.0,
        ..Tasks::STALE
    };
    // The database dates the task, the worker dates the transition: its wall clock, taken for UTC.
    for (tag, hours, what) in [
        ("tokyo", 9, "tasker_task_transitions"),
        ("new york", -5, "tasker_task_transitions"),
        ("tasks of tokyo", 9, "tasker_tasks"),
    ] {
        db.seed(Tasks { tag, ..fresh }).await;
        let only = if what == "tasker_tasks" {
            ""
        } else {
            "and most_recent"
        };
        db.run(&format!(
            "update {what} set created_at = created_at + {hours} * interval '1 hour'
             where task_uuid in (select task_uuid from tasker_tasks where initiator = '{tag}') {only}"
        ))
        .await;
    }
    let flagged = db
        .count("select count(*) from v_task_staleness_monitoring where age_suspect and health_status = 'unknown'")
        .await;
    // Among them tasks that are really stale: the sweep is at work.
    db.seed(Tasks {
        tag: "stale",
        ..Tasks::STALE
    })
    .await;
    for _ in 0..3 {
        db.sweep().await;
    }
    let killed = |tag: &str| {
        format!(
            "select count(*) from tasker_tasks where dlqtop.task_state(task_uuid) = 'error'
             and initiator {tag}"
        )
    };
    let wrongly = db.count(&killed("<> 'stale'")).await;
    let rightly = db.count(&killed("= 'stale'")).await;
    row.found(300, format!("auto-kills of impossible-age rows {wrongly}, flagged {flagged}; really stale and taken {rightly} of 100"));
    assert_eq!((wrongly, flagged, rightly), (0, 300, 100));
    assert_eq!(db.partial().await, 0);
}

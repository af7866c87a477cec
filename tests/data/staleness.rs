//! One definition of stale, whatever the template, the time zone or the writer's clock says.

use dlqtop::data::model::{Health, StalenessRow};
use dlqtop::data::reads::{keyset_pages, queries};
use dlqtop::data::source::Source;
use sqlx::Executor as _;
use support::database::Database;

async fn rows(db: &Database) -> Vec<StalenessRow> {
    let mut conn = db.pool.acquire().await.unwrap();
    keyset_pages::top(&mut conn, &Source::native(), 100, 100)
        .await
        .unwrap()
        .rows
}

#[tokio::test]
async fn healthy_warning_and_stale_begin_where_they_should() {
    let db = Database::new().await;
    db.template(r#"{"max_waiting_for_dependencies_minutes": 100}"#)
        .await;
    for (minutes, health) in [
        (50.0, Health::Healthy),
        (79.9, Health::Healthy),
        (80.1, Health::Warning),
        (99.9, Health::Warning),
        (100.1, Health::Stale),
        (500.0, Health::Stale),
    ] {
        let task = db.in_state_since("waiting_for_dependencies", minutes).await;
        let row = rows(&db)
            .await
            .into_iter()
            .find(|row| row.task_uuid.0 == task)
            .unwrap();
        assert_eq!(row.health_status, health, "at {minutes} of 100 minutes");
        assert_eq!(row.sweep_takes, health == Health::Stale);
        assert!((row.ratio() - minutes / 100.0).abs() < 0.01);
    }
    let mut conn = db.pool.acquire().await.unwrap();
    let counts = queries::counts(&mut conn, &Source::native()).await.unwrap();
    assert_eq!((counts.healthy, counts.warning, counts.stale), (2, 2, 2));
}

#[tokio::test]
async fn only_three_states_can_become_stale() {
    let db = Database::new().await;
    db.template("{}").await;
    for state in [
        "waiting_for_dependencies",
        "waiting_for_retry",
        "steps_in_process",
    ] {
        db.in_state_since(state, 1000.0).await;
    }
    for state in [
        "blocked_by_failures",
        "error",
        "complete",
        "cancelled",
        "evaluating_results",
    ] {
        db.in_state_since(state, 1000.0).await;
    }
    let rows = rows(&db).await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.health_status == Health::Stale));
}

/// Values that are no sensible number of minutes.
const POISON: &[&str] = &[
    r#""30m""#,
    r#""45.5""#,
    "1e99",
    "[1]",
    "-5",
    "0",
    r#"{"a": 1}"#,
    "true",
    "1e-400",
    "1e-308",
    "1e400",
    "0.009",
    "5256001",
];

#[tokio::test]
async fn a_malformed_template_uses_the_defaults_and_says_so() {
    let db = Database::new().await;
    for (n, value) in POISON.iter().enumerate() {
        let lifecycle = format!(r#"{{"max_steps_in_process_minutes": {value}}}"#);
        db.template_named(&format!("bad{n}"), &lifecycle, "[]")
            .await;
        db.run(&format!("select dlqtop.create_task('pay', 'bad{n}')"))
            .await;
    }
    db.template_named("list", "[1, 2]", "[]").await;
    db.template_named("fine", r#"{"max_steps_in_process_minutes": null}"#, "[]")
        .await;
    db.run("select dlqtop.create_task('pay', 'fine')").await;
    db.run("update tasker_task_transitions set to_state = 'steps_in_process'")
        .await;

    let rows = rows(&db).await;
    assert_eq!(rows.len(), POISON.len() + 1);
    for row in rows {
        let threshold = row.staleness_threshold_minutes;
        assert!(
            (threshold - 30.0).abs() < f64::EPSILON,
            "{} of {}",
            threshold,
            row.task_name
        );
    }
    let mut conn = db.pool.acquire().await.unwrap();
    let counts = queries::counts(&mut conn, &Source::native()).await.unwrap();
    let stats = queries::stats(&mut conn, &Source::native()).await.unwrap();
    let named = &stats.templates[0];
    assert_eq!(named.task_name, "bad0");
    assert_eq!(named.warnings[0], "max_steps_in_process_minutes");
    // They do not stop the sweep either.
    db.run(
        "update tasker_task_transitions set created_at = now() - interval '2 hours';
            update tasker_tasks set created_at = now() - interval '2 hours'",
    )
    .await;
    db.run("select dlqtop.detect_and_transition_stale_tasks(false)")
        .await;
    let swept: i64 = db
        .one("select count(*) from tasker_tasks where dlqtop.task_state(task_uuid) = 'error'")
        .await;
    assert_eq!(swept, i64::try_from(POISON.len()).unwrap() + 1);
    assert_eq!(
        counts.template_warnings,
        i64::try_from(POISON.len()).unwrap() + 1
    );
}

#[tokio::test]
async fn time_zones_change_nothing() {
    let db = Database::new().await;
    db.template("{}").await;
    db.in_state_since("waiting_for_dependencies", 45.0).await;
    for zone in ["Asia/Tokyo", "America/New_York", "UTC"] {
        let mut conn = db.pool.acquire().await.unwrap();
        conn.execute(sqlx::AssertSqlSafe(format!("set timezone = '{zone}'")))
            .await
            .unwrap();
        let row = keyset_pages::top::<StalenessRow>(&mut conn, &Source::native(), 1, 1)
            .await
            .unwrap()
            .rows
            .remove(0);
        assert!(
            (row.time_in_state_minutes - 45.0).abs() < 0.5,
            "{zone}: {}",
            row.time_in_state_minutes
        );
        conn.execute("reset timezone").await.unwrap();
    }
}

#[tokio::test]
async fn an_impossible_age_is_shown_and_never_acted_upon() {
    let db = Database::new().await;
    db.template("{}").await;
    let future = db.in_state_since("steps_in_process", -540.0).await;
    let before_birth = db.started().await;
    db.run(&format!(
        "update tasker_task_transitions set created_at = now() - interval '5 hours'
         where task_uuid = '{before_birth}' and most_recent"
    ))
    .await;
    let endless = db.started().await;
    db.run(&format!(
        "update tasker_task_transitions set created_at = '-infinity'
         where task_uuid = '{endless}' and most_recent"
    ))
    .await;

    let rows = rows(&db).await;
    assert_eq!(rows.len(), 3);
    assert!(
        rows.iter()
            .all(|row| row.age_suspect && row.health_status == Health::Unknown)
    );
    let mut conn = db.pool.acquire().await.unwrap();
    assert_eq!(
        queries::counts(&mut conn, &Source::native())
            .await
            .unwrap()
            .suspect,
        3
    );
    db.run("select dlqtop.detect_and_transition_stale_tasks(false)")
        .await;
    for task in [future, before_birth, endless] {
        assert_eq!(db.state(task).await, "steps_in_process");
    }
}

#[tokio::test]
async fn a_task_older_than_its_lifetime_is_stale_unless_an_operator_has_just_acted() {
    let db = Database::new().await;
    db.template(r#"{"max_duration_minutes": 60, "max_steps_in_process_minutes": 30}"#)
        .await;
    let old = db.in_state_since("steps_in_process", 61.0).await;
    db.run(&format!(
        "update tasker_task_transitions set created_at = now() - interval '1 minute'
         where task_uuid = '{old}' and most_recent"
    ))
    .await;
    let row = rows(&db).await.remove(0);
    assert!(row.lifetime_exceeded);
    assert_eq!(row.health_status, Health::Stale);

    db.run(&format!(
        "update tasker_task_transitions set metadata = '{{\"operator\": \"ana\"}}'
         where task_uuid = '{old}' and most_recent"
    ))
    .await;
    let row = rows(&db).await.remove(0);
    assert!(!row.lifetime_exceeded);
    assert_eq!(row.health_status, Health::Healthy);
}

#[tokio::test]
async fn the_breach_is_whichever_limit_comes_first() {
    let db = Database::new().await;
    db.template(r#"{"max_duration_minutes": 60, "max_steps_in_process_minutes": 30}"#)
        .await;
    let task = db.in_state_since("steps_in_process", 59.0).await;
    db.run(&format!(
        "update tasker_task_transitions set created_at = now()
         where task_uuid = '{task}' and most_recent"
    ))
    .await;
    let row = rows(&db).await.remove(0);
    assert!(
        (row.minutes_to_breach - 1.0).abs() < 0.1,
        "{}",
        row.minutes_to_breach
    );

    db.date_back(task, 61.0).await; // two hours old, an hour in its state
    let row = rows(&db).await.remove(0);
    assert!(
        (row.minutes_to_breach + 60.0).abs() < 0.2,
        "{}",
        row.minutes_to_breach
    );
    assert!((row.ratio() - 61.0 / 30.0).abs() < 0.01, "{}", row.ratio());
    let in_view: f64 = db
        .one("select breach_ratio from v_task_staleness_monitoring")
        .await;
    assert!((row.ratio() - in_view).abs() < 0.01);
}

#[tokio::test]
async fn an_act_that_leaves_the_task_in_its_state_begins_the_grace_too() {
    let db = Database::new().await;
    db.template_named(
        "charge",
        r#"{"max_duration_minutes": 60}"#,
        r#"[{"name": "first"}, {"name": "second"}]"#,
    )
    .await;
    let task = db.in_state_since("steps_in_process", 90.0).await;
    db.run("update tasker_task_transitions set created_at = now() - interval '1 minute' where most_recent")
        .await;
    assert_eq!(rows(&db).await[0].health_status, Health::Stale);
    let step = db.step(task, "first").await;
    db.run(&format!(
        "select resolve_manually('{step}', 'enqueued', 'ana', 'done by hand')"
    ))
    .await;
    assert_eq!(db.state(task).await, "steps_in_process");
    assert_eq!(rows(&db).await[0].health_status, Health::Healthy);
}

#[tokio::test]
async fn the_settings_in_force_count_for_view_and_sweep_alike() {
    let db = Database::new().await;
    db.template("{}").await;
    let task = db.in_state_since("waiting_for_retry", 20.0).await;
    assert_eq!(rows(&db).await[0].health_status, Health::Healthy);
    db.run("update dlqtop.settings set max_waiting_for_retry_minutes = 10")
        .await;
    assert_eq!(rows(&db).await[0].health_status, Health::Stale);
    db.run("select dlqtop.detect_and_transition_stale_tasks(false)")
        .await;
    assert_eq!(db.state(task).await, "error");
}

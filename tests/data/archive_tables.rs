//! The archive's tables: rows stand in the partition of their month, and the tallies that the
//! statistics read are right, whoever writes.

use sqlx::{Executor as _, FromRow};

use support::database::Database;

/// An archived step; nothing else refers to it.
const STEP: &str = "insert into tasker_workflow_steps_archive
     (task_uuid, step_name, archived_at) select tasker_uuid_v7(), 's',";

/// What the view says of one archive.
#[derive(Debug, Clone, PartialEq, FromRow)]
struct Growth {
    row_count: i64,
    archived_last_day: i64,
    archived_per_day: f64,
    exact: bool,
    bytes: i64,
}

/// The steps' archive by the view; `exact` if counting says the same.
async fn steps(db: &Database) -> Growth {
    sqlx::query_as(
        "select v.row_count, v.archived_last_day, v.archived_per_day, v.bytes,
                (v.row_count, v.oldest, v.newest) is not distinct from
                    (select row(count(*), min(archived_at), max(archived_at))
                     from tasker_workflow_steps_archive) as exact
         from v_archive_statistics v where archive_table = 'steps'",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap()
}

async fn drift(db: &Database) -> i64 {
    db.one("select count(*) from dlqtop.archive_drift()").await
}

/// In which tables the archived steps stand, and how many in each.
async fn places(db: &Database) -> Vec<(String, i64)> {
    sqlx::query_as(
        "select replace(tableoid::regclass::text, 'tasker_workflow_steps_archive_', ''), count(*)
         from tasker_workflow_steps_archive group by 1 order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap()
}

fn counted(places: &[(String, i64)]) -> Vec<(&str, i64)> {
    places.iter().map(|(name, n)| (name.as_str(), *n)).collect()
}

#[tokio::test]
async fn rows_stand_in_their_month_and_none_is_refused() {
    let db = Database::new().await;
    db.run(&format!(
        "{STEP} '2026-03-01 00:30+02' from generate_series(1, 2);
         {STEP} '2026-03-31 23:59:59+00';
         {STEP} '-infinity'"
    ))
    .await;
    assert_eq!(counted(&places(&db).await), [("default", 4)]);

    // The month begins at midnight UTC, wherever the session is; the rows move, and are not counted
    // twice.
    db.run(
        "set timezone = 'Asia/Tokyo'; select dlqtop.ensure_archive_partitions('2026-03-15Z');
         select dlqtop.ensure_archive_partitions('2026-03-15Z');
         select dlqtop.ensure_archive_partitions('infinity'); reset timezone",
    )
    .await;
    assert_eq!(
        counted(&places(&db).await),
        [("2026_03", 1), ("default", 3)]
    );
    db.run("set timezone = 'America/New_York'; select dlqtop.ensure_archive_partitions('2026-02-01Z'); reset timezone")
        .await;
    db.run(&format!("{STEP} '2026-02-28 12:00Z'")).await;
    assert_eq!(
        counted(&places(&db).await),
        [("2026_02", 3), ("2026_03", 1), ("default", 1)]
    );
    assert_eq!(drift(&db).await, 0);
    assert_eq!(steps(&db).await.row_count, 5);
    assert!(steps(&db).await.exact);
}

#[tokio::test]
async fn archiving_makes_the_months_it_needs_ahead() {
    let db = Database::new().await;
    db.template("{}").await;
    db.run(
        "select dlqtop.create_task('pay', 'charge');
         select dlqtop.transition_task(task_uuid, 'pending', 'cancelled', 'ana') from tasker_tasks;
         update tasker_tasks set completed_at = now() - interval '40 days';
         select dlqtop.archive_batch(10, false)",
    )
    .await;
    let made: Vec<String> = sqlx::query_scalar(
        "select inhrelid::regclass::text from pg_inherits
         where inhparent = 'tasker_task_transitions_archive'::regclass order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let expected: Vec<String> = sqlx::query_scalar(
        "select 'tasker_task_transitions_archive_' || s
         from (select to_char(now() at time zone 'UTC', 'YYYY_MM') as s
               union select to_char((now() + interval '1 month') at time zone 'UTC', 'YYYY_MM')
               union select 'default') x order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(made, expected);
    let (name, rows) = places(&db).await.remove(0);
    assert_eq!(rows, 2);
    assert_ne!(name, "default");
}

#[tokio::test]
async fn plain_sql_is_tallied_too() {
    let db = Database::new().await;
    db.run("select dlqtop.ensure_archive_partitions(now())")
        .await;
    let leaf: String = db
        .one(
            "select 'tasker_workflow_steps_archive_'
                 || to_char(now() at time zone 'UTC', 'YYYY_MM')",
        )
        .await;
    let now = "now() + i * interval '1 microsecond'";
    let statements = [
        format!("{STEP} {now} from generate_series(1, 60) i"),
        format!("{STEP} now() - i * interval '9 hours' from generate_series(1, 40) i"),
        "delete from tasker_workflow_steps_archive
         where archived_at < now() - interval '14 days'"
            .to_owned(),
        "update tasker_workflow_steps_archive set archived_at = archived_at - interval '3 hours'"
            .to_owned(),
        // straight into a partition, and out of it
        format!("insert into {leaf} (task_uuid, step_name) values (tasker_uuid_v7(), 's')"),
        format!("delete from {leaf} where archived_at = (select min(archived_at) from {leaf})"),
        "begin; delete from tasker_workflow_steps_archive; rollback".to_owned(),
    ];
    for statement in &statements {
        db.run(statement).await;
        assert_eq!(drift(&db).await, 0, "{statement}");
    }
    let growth = steps(&db).await;
    let plain: (i64, i64) = sqlx::query_as(
        "select count(*),
                count(*) filter (where archived_at > dlqtop.hour_of(now()) - interval '23 hours')
         from tasker_workflow_steps_archive",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert_eq!((growth.row_count, growth.archived_last_day), plain);
    assert!(
        plain.0 > 60 && plain.1 > 50 && plain.0 > plain.1,
        "{plain:?}"
    );
    let week: i64 = db
        .one(
            "select count(*) from tasker_workflow_steps_archive
             where archived_at >= dlqtop.hour_of(now()) - interval '167 hours'",
        )
        .await;
    assert!((growth.archived_per_day * 7.0 - f64::from(i32::try_from(week).unwrap())).abs() < 0.01);
    assert!(growth.bytes > 10_000, "{growth:?}");

    db.run(&format!("truncate {leaf}")).await;
    assert_eq!(drift(&db).await, 0);
    db.run("truncate tasker_workflow_steps_archive").await;
    assert_eq!(drift(&db).await, 0);
    assert_eq!(steps(&db).await.row_count, 0);
    assert!(steps(&db).await.exact, "an empty archive has no oldest row");
}

#[tokio::test]
async fn old_hours_become_days_and_the_sums_stay() {
    let db = Database::new().await;
    db.run(&format!(
        "{STEP} now() - i * interval '2 hours' from generate_series(0, 400) i"
    ))
    .await;
    let (before, tallies) = (
        steps(&db).await,
        db.one::<i64>("select count(*) from dlqtop.archive_tallies")
            .await,
    );
    db.run("select dlqtop.fold_archive_tallies()").await;
    let folded = "select count(*) from dlqtop.archive_tallies";
    let once = db.one::<i64>(folded).await;
    assert!(tallies == 401 && once < 150, "{tallies} became {once}");
    assert!(steps(&db).await.exact);
    assert_eq!(steps(&db).await, before);
    // What goes after its hours were folded is taken from the day.
    db.run(
        "delete from tasker_workflow_steps_archive where archived_at < now() - interval '20 days'",
    )
    .await;
    assert_eq!(drift(&db).await, 0);
    db.run("select dlqtop.fold_archive_tallies(); select dlqtop.fold_archive_tallies()")
        .await;
    assert_eq!(drift(&db).await, 0);
    assert!(db.one::<i64>(folded).await <= once);
}

#[tokio::test]
async fn what_went_past_the_triggers_shows_and_can_be_counted_anew() {
    let db = Database::new().await;
    db.run(&format!(
        "select dlqtop.ensure_archive_partitions('2026-03-15Z');
         {STEP} '2026-03-15Z' from generate_series(1, 5);
         {STEP} '2026-05-15Z';
         drop table tasker_workflow_steps_archive_2026_03"
    ))
    .await;
    let found: Vec<(String, i64, i64)> =
        sqlx::query_as("select archive_table, tallied, counted from dlqtop.archive_drift()")
            .fetch_all(&db.pool)
            .await
            .unwrap();
    assert_eq!(found, [("steps".to_owned(), 5, 0)]);
    db.run("select dlqtop.recount_archive()").await;
    assert_eq!(drift(&db).await, 0);
    assert!(steps(&db).await.exact);
}

#[tokio::test]
async fn old_months_are_dropped_whole_and_only_when_asked() {
    let db = Database::new().await;
    db.run(&format!(
        "select dlqtop.ensure_archive_partitions(now() - i * interval '1 month')
         from generate_series(0, 5) i;
         {STEP} (date_trunc('month', now() at time zone 'UTC') - i * interval '1 month'
                 + interval '9 days') at time zone 'UTC'
         from generate_series(0, 5) i"
    ))
    .await;
    let drop = |dry_run: bool| {
        format!(
            "select count(*) * 100 + sum(row_count)::int8
             from dlqtop.drop_archive_partitions(3, {dry_run})"
        )
    };
    // Two months of five tables; two rows in them.
    assert_eq!(db.one::<i64>(&drop(true)).await, 1002);
    assert_eq!(steps(&db).await.row_count, 6);
    assert_eq!(db.one::<i64>(&drop(false)).await, 1002);
    assert_eq!(steps(&db).await.row_count, 4);
    assert!(steps(&db).await.exact);
    assert_eq!(drift(&db).await, 0);
    let refused = db
        .pool
        .execute("select dlqtop.drop_archive_partitions(0, false)")
        .await;
    assert!(refused.is_err());
}

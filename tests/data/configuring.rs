//! Shared settings: changed by name, logged with before and after, and never written for nothing.

use std::time::Duration;

use dlqtop::config::key::{Key, SettingScope};
use dlqtop::config::keys::{KEYS, named};
use dlqtop::config::origin::Origin;
use dlqtop::config::settings::{Setting, Settings};
use dlqtop::config::shared_settings::{self, as_columns, differences};
use dlqtop::config::value::{Kind, Value};
use dlqtop::data::native::settings::{self, Configured};
use serde_json::{Value as Json, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use support::database::Database;

/// `configure`, as ana.
async fn configured(db: &Database, settings: &Json) -> Result<Vec<String>, String> {
    sqlx::query_scalar("select dlqtop.configure($1, 'ana', 'too many false alarms')")
        .bind(settings)
        .fetch_one(&db.pool)
        .await
        .map_err(|error| error.to_string())
}

/// Every line that `configure` has left in the log.
async fn logged(db: &Database) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws(' ', actor, subject, before, '->', after, outcome, reason)
         from dlqtop.operator_log where action = 'configure' order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap()
}

/// The row's version: another one after any write, and after a lock as well.
async fn version(db: &Database) -> String {
    db.one("select xmin::text || ' ' || xmax::text || ' ' || ctid::text from dlqtop.settings")
        .await
}

/// What the row holds; a refused attempt may have locked it.
const ROW: &str = "select s::text from dlqtop.settings s";

/// Settings that were said, as a file would.
fn said(values: &[(&str, Value)]) -> Settings {
    let given = values
        .iter()
        .map(|(name, value)| Setting {
            key: named(name).unwrap(),
            value: *value,
            origin: Origin::File("config.toml".to_owned(), 1),
        })
        .collect();
    Settings::new(None, given)
}

const RETRY: &str = "staleness_detection.thresholds.waiting_for_retry_minutes";

#[tokio::test]
async fn what_differs_is_written_and_logged_and_the_rest_stays() {
    let db = Database::new().await;
    let changed = configured(
        &db,
        &json!({
            "max_waiting_for_retry_minutes": 45,
            "reason_worker_unavailable": false,
            "archive_failed_days": null,
            "batch_size": 100,
        }),
    )
    .await
    .unwrap();
    assert_eq!(
        changed,
        [
            "archive_failed_days",
            "max_waiting_for_retry_minutes",
            "reason_worker_unavailable"
        ]
    );
    assert_eq!(
        logged(&db).await,
        [
            "ana archive_failed_days 90 -> for ever done too many false alarms",
            "ana max_waiting_for_retry_minutes 30 -> 45 done too many false alarms",
            "ana reason_worker_unavailable true -> false done too many false alarms",
        ]
    );
    let kept: Json = db.one("select to_jsonb(s) from dlqtop.settings s").await;
    for (setting, value) in [
        ("max_waiting_for_retry_minutes", json!(45)),
        ("reason_worker_unavailable", json!(false)),
        ("archive_failed_days", Json::Null),
        ("max_steps_in_process_minutes", json!(30)),
        ("reason_staleness_timeout", json!(true)),
    ] {
        assert_eq!(kept[setting], value, "{setting}");
    }
}

#[tokio::test]
async fn what_is_in_force_already_is_neither_written_nor_locked() {
    let db = Database::new().await;
    let settings = json!({ "max_waiting_for_retry_minutes": 45, "archive_failed_days": null });
    configured(&db, &settings).await.unwrap();
    let (before, lines) = (version(&db).await, logged(&db).await.len());

    // Whoever holds the row holds nobody up.
    let mut other = db.pool.begin().await.unwrap();
    other
        .execute("select from dlqtop.settings for update")
        .await
        .unwrap();
    let held = version(&db).await;
    assert_ne!(held, before, "a lock would not be seen");
    let again = tokio::time::timeout(Duration::from_secs(20), configured(&db, &settings));
    assert_eq!(again.await.unwrap(), Ok(Vec::new()));
    assert_eq!(version(&db).await, held);
    other.rollback().await.unwrap();
    assert_eq!(logged(&db).await.len(), lines);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_as_a_whole() {
    let db = Database::new().await;
    let before: String = db.one(ROW).await;
    let good = ("max_waiting_for_retry_minutes", json!(45));
    for (name, value, why) in [
        (
            "max_waiting_minutes",
            json!(1),
            "there is no setting max_waiting_minutes",
        ),
        ("only_row", json!(false), "there is no setting only_row"),
        ("updated_at", json!("now"), "there is no setting updated_at"),
        ("batch_size", json!("7"), "it is a whole number"),
        ("batch_size", json!(7.5), "it is a whole number"),
        ("batch_size", json!(0), "batch_is_bounded"),
        ("batch_size", Json::Null, "it is a whole number"),
        ("warning_ratio", json!(1), "warning_comes_before_stale"),
        ("warning_ratio", json!([0.5]), "it is a number"),
        ("auto_move_to_dlq", json!("yes"), "it is true or false"),
        ("archive_failed_days", json!(-1), "retention_is_sensible"),
        (
            "archive_failed_days",
            json!(false),
            "it is a number, or null",
        ),
        (
            "max_task_lifetime_minutes",
            json!(1e99),
            "thresholds_are_sensible",
        ),
    ] {
        let refused = configured(&db, &json!({ good.0: good.1, name: value })).await;
        let refused = refused.expect_err(name);
        assert!(refused.contains(why), "{name} {value}: {refused}");
    }
    for senseless in [json!([]), json!(7), Json::Null] {
        assert!(configured(&db, &senseless).await.is_err(), "{senseless}");
    }
    for (actor, reason, why) in [("' '", "'x'", "who you are"), ("'ana'", "''", "say why")] {
        let sql = format!("select dlqtop.configure('{{\"batch_size\": 7}}', {actor}, {reason})");
        let refused = db.pool.execute(AssertSqlSafe(sql)).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    assert_eq!(db.one::<String>(ROW).await, before);
    assert_eq!(logged(&db).await, [""; 0]);
}

#[tokio::test]
async fn of_two_writers_each_logs_what_it_found() {
    let db = Database::new().await;
    let mut first = db.pool.begin().await.unwrap();
    first
        .execute("select dlqtop.configure('{\"batch_size\": 7}', 'ana', 'first')")
        .await
        .unwrap();
    let pool = db.pool.clone();
    let second = tokio::spawn(async move {
        sqlx::query_scalar::<_, Vec<String>>(
            "select dlqtop.configure('{\"batch_size\": 8, \"archive_batch_size\": 1000}', 'bob', 'second')",
        )
        .fetch_one(&pool)
        .await
    });
    waiting(&db).await;
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap().unwrap(), ["batch_size"]);
    assert_eq!(
        logged(&db).await,
        [
            "ana batch_size 100 -> 7 done first",
            "bob batch_size 7 -> 8 done second"
        ]
    );
    assert_eq!(
        db.one::<i32>("select batch_size from dlqtop.settings")
            .await,
        8
    );
}

/// Until somebody waits for the row.
async fn waiting(db: &Database) {
    let question = "select exists (select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock')";
    let limit = tokio::time::Instant::now() + Duration::from_secs(30);
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    while !db.one::<bool>(question).await {
        assert!(tokio::time::Instant::now() < limit, "nobody waits");
        pace.tick().await;
    }
}

#[tokio::test]
async fn of_many_that_say_the_same_one_writes() {
    let db = Database::new().await;
    let settings = json!({ "batch_size": 7, "archive_completed_days": 3.5 });
    let all = (0..8).map(|_| configured(&db, &settings));
    let answers = futures_util::future::join_all(all).await;
    let mut changed: Vec<usize> = answers.into_iter().map(|all| all.unwrap().len()).collect();
    changed.sort_unstable();
    assert_eq!(changed, [0, 0, 0, 0, 0, 0, 0, 2]);
    assert_eq!(logged(&db).await.len(), 2);
}

/// The least and the greatest value of a key.
fn limits(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Whole(least, most) => vec![Value::Whole(least), Value::Whole(most)],
        Kind::Number(least, most) => vec![Value::Number(least), Value::Number(most)],
        Kind::Days(most) => vec![Value::Number(0.0), Value::Number(most), Value::ForEver],
        Kind::Limit(least, most) => vec![Value::Whole(least), Value::Whole(most), Value::ForEver],
        _ => vec![Value::Switch(true), Value::Switch(false)],
    }
}

/// What is just beyond them.
fn beyond(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Whole(least, most) => vec![Value::Whole(least - 1), Value::Whole(most + 1)],
        Kind::Number(_, most) => vec![Value::Number(0.0), Value::Number(most * 1.02)],
        Kind::Days(most) => vec![Value::Number(-0.01), Value::Number(most + 1.0)],
        Kind::Limit(least, _) => vec![Value::Whole(least - 1)],
        _ => Vec::new(),
    }
}

fn as_column(key: &Key, value: Value) -> Option<Json> {
    match key.place {
        SettingScope::Database { column, factor } => {
            Some(json!({ column: value.to_column(factor) }))
        }
        SettingScope::Program(_) => None,
    }
}

#[tokio::test]
async fn the_table_of_keys_and_the_database_agree_on_names_ranges_and_defaults() {
    let db = Database::new().await;
    let mut rows = in_the_database(&db).await;
    // A list, with sections of its own in config.toml.
    let with_lists = rows.len();
    rows.retain(|row| row.setting.as_str() != "fingerprint_rules");
    assert_eq!(rows.len(), with_lists - 1);
    let mut columns = 0;
    for key in &KEYS {
        let SettingScope::Database { column, factor } = key.place else {
            continue;
        };
        columns += 1;
        let row = rows.iter().find(|row| row.setting.as_str() == column);
        let kept = key.kind.from_column(&row.expect(column).value, factor);
        assert_eq!(kept, Some(key.default), "{}", key.name);
        for value in limits(key.kind) {
            let taken = configured(&db, &as_column(key, value).unwrap()).await;
            assert!(taken.is_ok(), "{} {value}: {taken:?}", key.name);
        }
        for value in beyond(key.kind) {
            let taken = configured(&db, &as_column(key, value).unwrap()).await;
            assert!(taken.is_err(), "{} {value}", key.name);
        }
    }
    assert_eq!(columns, rows.len(), "a setting has no key: {rows:?}");
}

async fn in_the_database(db: &Database) -> Vec<settings::InForce> {
    let mut conn = db.pool.acquire().await.unwrap();
    settings::in_force(&mut conn).await.unwrap()
}

/// Puts in force where settings differ from the database, as `dlqtop config apply` does.
async fn applied(options: &PgConnectOptions, settings: &Settings) -> Result<Configured, String> {
    let mut conn = PgConnection::connect_with(options).await.unwrap();
    let rows = settings::in_force(&mut conn).await.unwrap();
    let columns = as_columns(&differences(settings, &rows));
    let configured = settings::configure(options, &columns, "ana", "tonight").await;
    configured.map_err(|error| error.one_line())
}

#[tokio::test]
async fn what_was_said_is_written_and_nothing_else() {
    let db = Database::new().await;
    let before = version(&db).await;
    let none = Configured::Changed(Vec::new());
    assert_eq!(applied(&db.options, &said(&[])).await, Ok(none.clone()));
    assert_eq!(version(&db).await, before);

    db.run("update dlqtop.settings set batch_size = 7").await;
    let hours = "staleness_detection.thresholds.task_max_lifetime_hours";
    let settings = said(&[
        (RETRY, Value::Number(30.0)),
        (hours, Value::Number(1.5)),
        ("polling.interval", Value::Time(Duration::from_secs(9))),
    ]);
    let changed = Configured::Changed(vec!["max_task_lifetime_minutes".into()]);
    assert_eq!(applied(&db.options, &settings).await, Ok(changed));
    assert_eq!(
        logged(&db).await,
        ["ana max_task_lifetime_minutes 1440 -> 90 done tonight"]
    );
    assert_eq!(
        db.one::<i32>("select batch_size from dlqtop.settings")
            .await,
        7
    );
    assert_eq!(applied(&db.options, &settings).await, Ok(none));

    let rows = in_the_database(&db).await;
    let who = |setting: &str| {
        let row = rows.iter().find(|row| row.setting.as_str() == setting);
        row.unwrap().changed_by.as_ref().map(ToString::to_string)
    };
    assert_eq!(who("max_task_lifetime_minutes").as_deref(), Some("ana"));
    assert_eq!(who("batch_size"), None);

    // By other means since: it is no longer ana's.
    db.run("update dlqtop.settings set max_task_lifetime_minutes = 91")
        .await;
    let rows = in_the_database(&db).await;
    assert!(rows.iter().all(|row| row.changed_by.is_none()), "{rows:?}");
}

#[tokio::test]
async fn a_role_that_may_not_configure_and_a_standby_write_nothing() {
    let db = Database::new().await;
    let columns = json!({ "max_waiting_for_retry_minutes": 45 });
    db.run("create role cfg_nothing; grant select on v_settings to cfg_nothing")
        .await;
    let before = version(&db).await;
    for setting in [
        ("role", "cfg_nothing"),
        ("role", "dlqtop_viewer"),
        ("default_transaction_read_only", "on"),
    ] {
        let options = db.options.clone().options([setting]);
        let answer = settings::configure(&options, &columns, "ana", "tonight").await;
        assert_eq!(answer.unwrap(), Configured::NotAllowed, "{setting:?}");
    }
    assert_eq!(version(&db).await, before);
    db.run("drop owned by cfg_nothing; drop role cfg_nothing")
        .await;
}

#[tokio::test]
async fn what_an_opening_dashboard_says_is_one_line_or_nothing() {
    let db = Database::new().await;
    let before = version(&db).await;
    let settings = said(&[(RETRY, Value::Number(45.0))]);
    let line = shared_settings::look(&db.options, &settings).await.unwrap();
    assert!(
        line.starts_with("1 setting differs from the database"),
        "{line}"
    );
    assert!(line.contains("`dlqtop config apply --dry-run`"), "{line}");
    assert!(!line.contains('\n'), "{line}");
    let same = said(&[(RETRY, Value::Number(30.0))]);
    assert_eq!(shared_settings::look(&db.options, &same).await, None);
    // It opens all the same.
    let nowhere = db.options.clone().database("no_such_database");
    assert_eq!(shared_settings::look(&nowhere, &settings).await, None);
    assert_eq!(version(&db).await, before);
}

#[tokio::test]
async fn an_impossible_value_is_told_in_one_line() {
    let db = Database::new().await;
    // The last line of defence.
    let beyond = said(&[(RETRY, Value::Number(0.0))]);
    let line = applied(&db.options, &beyond).await.unwrap_err();
    assert!(line.contains("thresholds_are_sensible"), "{line}");
    assert!(!line.contains('\n'), "{line}");
}

//! Whoever's zone it is, a minute is a minute.

use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::error::DataError;
use dlqtop::data::model::QueueKey;
use dlqtop::data::model::StalenessKey;
use dlqtop::data::model::TaskId;
use dlqtop::data::reads::queries;
use dlqtop::data::source::Site;
use serde_json::{Value, json};
use sqlx::{Executor as _, PgConnection};

use crate::looking::{poll, tasks};
use crate::systems::{Standing, full, systems};

const ZONES: [&str; 5] = [
    "UTC",
    "Asia/Tokyo",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Chatham",
];
const LIMIT: Duration = Duration::from_secs(30);

/// What the panes and one task show.
async fn shown(
    db: &mut PgConnection,
    site: &Site,
    task: Option<TaskId>,
) -> Result<Value, DataError> {
    let source = &site.source;
    let detail = match task {
        Some(task) => queries::detail(db, source, task).await?,
        None => None,
    };
    let first = StalenessKey::START;
    let staleness = queries::staleness(db, source, &first, 50).await?;
    let first = QueueKey::START;
    Ok(json!({
        "counts": queries::counts(db, source).await?,
        "staleness": staleness,
        "queue": queries::queue(db, source, &first, 50).await?,
        "stats": queries::stats(db, source).await?,
        "fleet": queries::fleet(db, source, 50).await?,
        "detail": detail,
    }))
}

/// The same at one instant in every zone.
async fn in_every_zone(standing: &Standing) {
    let site = standing.site();
    let task = tasks(&*poll(&site, None).await).first().copied();
    let mut db = standing.db.pool.acquire().await.unwrap();
    db.execute("begin read only").await.unwrap();
    let mut expected = None;
    for zone in ZONES {
        let mut set = vec![("TimeZone", zone)];
        // What the source wants set comes on top, as in a poll.
        let wanted = standing.kind.manifest.session.iter();
        let plain = wanted.filter(|(_, value)| !value.contains('{'));
        set.extend(plain.map(|(name, value)| (name.as_str(), value.as_str())));
        for (name, value) in set {
            let set = sqlx::query("select set_config($1, $2, true)")
                .bind(name)
                .bind(value);
            set.execute(&mut *db).await.unwrap();
        }
        let found = shown(&mut db, &site, task).await.unwrap();
        let expected = expected.get_or_insert_with(|| found.clone());
        assert_eq!(found, *expected, "{} in {zone}", standing.kind.name);
    }
}

#[tokio::test]
async fn at_one_instant_every_zone_shows_the_same() {
    for kind in systems() {
        in_every_zone(&full(&kind).await).await;
    }
}

/// Whether a row of the staleness list may have become stale between two looks.
fn breaches_within_a_minute(row: &serde_json::Map<String, Value>) -> bool {
    let left = row["minutes_to_breach"].as_f64();
    left.is_some_and(|minutes| minutes.abs() <= 1.0)
}

/// Numbers of two looks that are a moment apart differ by that moment, not by hours. Something may
/// have become stale meanwhile.
fn assert_close(a: &Value, b: &Value, at: &str) {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            // A moment can be long on a busy machine.
            let most = match at {
                _ if at.ends_with("_seconds") || at.contains("seconds_since") => 60.0,
                _ if x.is_f64() => 1.0,
                _ => 3.0,
            };
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            assert!((x - y).abs() <= most, "{at}: {x} and {y}");
        }
        (Value::Array(x), Value::Array(y)) => {
            assert_eq!(x.len(), y.len(), "{at}");
            let pairs = x.iter().zip(y).enumerate();
            pairs.for_each(|(n, (x, y))| assert_close(x, y, &format!("{at}[{n}]")));
        }
        (Value::Object(x), Value::Object(y)) => {
            for (key, x_value) in x {
                if key == "sweep_takes" && breaches_within_a_minute(x) {
                    continue;
                }
                assert_close(x_value, &y[key], &format!("{at}.{key}"));
            }
        }
        (Value::String(_), Value::String(_)) => {}
        _ => assert_eq!(a, b, "{at}"),
    }
}

#[tokio::test]
async fn neither_the_database_nor_the_role_nor_the_session_says_how_old_something_is() {
    for kind in systems() {
        let standing = full(&kind).await;
        let name = standing.db.options.get_database().unwrap().to_owned();
        let ages = async |options: &sqlx::postgres::PgConnectOptions| {
            let site = standing.site_with(options.clone());
            ad_hoc::once(&site, "look", LIMIT, async |db| {
                let mut shown = shown(db, &site, None).await?;
                // Their buckets begin when the clock says so.
                shown["stats"]["flow"] = Value::Null;
                Ok(shown)
            })
            .await
            .unwrap()
        };
        let plain = ages(&standing.db.options).await;
        let by_session = standing
            .db
            .options
            .clone()
            .options([("TimeZone", "Asia/Tokyo")]);
        assert_close(&plain, &ages(&by_session).await, &kind.name);
        standing
            .db
            .run(&format!(
                "alter database {name} set timezone to 'Pacific/Chatham'"
            ))
            .await;
        assert_close(&plain, &ages(&standing.db.options).await, &kind.name);
    }
}

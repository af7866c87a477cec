//! Since when messages wait whose broker does not tell: by the samples in which they were first seen.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::fleet::Sighting;
use crate::data::model::{Fleet, QueueDepthRow};
use crate::data::source::Source;

const DOING: &str = "read since when messages wait";
const KEEPING: &str = "keep which messages wait";
/// The alert of a source about messages that nobody takes.
const WAITING: &str = "waiting";

#[derive(FromRow)]
struct FirstSeen {
    queue: String,
    seconds: Option<f64>,
}

/// Tells each queue of which the source does not know since when its oldest message waits how long ago a
/// sample was kept in which that message was there already, and raises the source's alert if that is too long.
///
/// # Errors
///
/// [`DataError::Query`], as every function here.
pub(in crate::data) async fn first_seen(
    db: &mut PgConnection,
    source: &Source,
    mut fleet: Fleet,
) -> Result<Fleet, DataError> {
    let unknown = |row: &&QueueDepthRow| row.depth > 0 && row.oldest_seconds.is_none();
    let asked = fleet.queues.iter().filter(unknown);
    let asked = asked.filter_map(|row| Some((row.name.as_str().to_owned(), row.oldest_message?)));
    let (queues, messages): (Vec<String>, Vec<i64>) = asked.unzip();
    if queues.is_empty() || !source.companion.is_present() {
        return Ok(fleet);
    }
    let answer = rows(sql!("companion/first_seen"))
        .bind(&source.name)
        .bind(queues)
        .bind(messages)
        .fetch_all(db)
        .await
        .while_doing(DOING);
    let seen: Vec<FirstSeen> = source.companion.note_missing(answer)?;
    for row in &mut fleet.queues {
        let found = seen.iter().find(|one| row.name == *one.queue.as_str());
        row.at_least_seconds = found.and_then(|one| one.seconds);
    }
    raise(&mut fleet);
    Ok(fleet)
}

/// Raises the alert for the queue whose oldest message was first seen longest ago, if it is late.
fn raise(fleet: &mut Fleet) {
    let late = fleet.queues.iter().filter_map(|row| {
        let seconds = row.at_least_seconds?;
        (seconds >= row.late_seconds?).then_some((seconds, row))
    });
    let worst = late.max_by(|(one, _), (other, _)| one.total_cmp(other));
    let Some((seconds, row)) = worst else {
        return;
    };
    let minutes = (seconds / 60.0).floor();
    let text = format!("{}: oldest message at least {minutes}m", row.name);
    let alert = fleet.alerts.iter_mut().find(|one| one.alert == *WAITING);
    if let Some(alert) = alert.filter(|one| !one.over) {
        alert.over = true;
        alert.value = Some(minutes);
        alert.text = text.as_str().into();
    }
}

/// Stores which messages wait, in the current transaction: once a minute for each queue.
pub(in crate::data) async fn keep(
    db: &mut PgConnection,
    source: &Source,
    at: DateTime<Utc>,
    sightings: &[Sighting],
) -> Result<(), DataError> {
    if sightings.is_empty() {
        return Ok(());
    }
    let queues: Vec<&str> = sightings.iter().map(|one| one.queue.as_str()).collect();
    let depths: Vec<i64> = sightings.iter().map(|one| one.depth).collect();
    let newest: Vec<i64> = sightings.iter().map(|one| one.newest_message).collect();
    let kept = sqlx::query(sql!("companion/add_sightings"))
        .bind(&source.name)
        .bind(at)
        .bind(queues)
        .bind(depths)
        .bind(newest)
        .persistent(false)
        .execute(db)
        .await
        .while_doing(KEEPING);
    source.companion.note_missing(kept).map(|_| ())
}

//! Samples of the queue of a system that does not record what was closed, merged with what the system
//! still knows.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::data::connection::sql::{rows, sql};
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::{Counts, FlowBucket, Sample};
use crate::data::source::Source;

const DOING: &str = "read the samples";
const KEEPING: &str = "keep a sample";

/// The samples of five minutes.
#[derive(FromRow)]
struct Sampled {
    bucket: DateTime<Utc>,
    arrived: Option<i64>,
    resolved: Option<i64>,
    pending: i64,
}

/// The samples of the last hour.
#[derive(FromRow)]
struct LastHour {
    arrived: Option<i64>,
    resolved: Option<i64>,
}

/// Whose rows a session counts: samples of one tenant say nothing of another's queue.
fn counted(source: &Source) -> &str {
    source.tenant().unwrap_or("*")
}

/// The source's numbers for each five minutes, corrected by the samples, and the sample to store now, if
/// the role may write. Nothing changes for a source that records what was closed.
///
/// # Errors
///
/// [`DataError::Query`], as every function here.
pub(in crate::data) async fn flow(
    db: &mut PgConnection,
    source: &Source,
    mut flow: Vec<FlowBucket>,
) -> Result<(Vec<FlowBucket>, Option<Sample>), DataError> {
    if !source.companion.is_present() || flow.iter().all(|one| one.resolved.is_some()) {
        return Ok((flow, None));
    }
    let sample = Sample::of(&flow).filter(|_| source.companion.may_write());
    let answer = rows(sql!("companion/flow"))
        .bind(&source.name)
        .bind(counted(source))
        .fetch_all(db)
        .await
        .while_doing(DOING);
    let sampled: Vec<Sampled> = source.companion.note_missing(answer)?;
    let sampled: HashMap<_, _> = sampled.iter().map(|one| (one.bucket, one)).collect();
    let now = flow.last().map(|one| one.bucket);
    for one in &mut flow {
        let Some(sampled) = sampled.get(&one.bucket) else {
            continue;
        };
        // Retried entries have left the queue: only the samples know that they arrived.
        one.arrived = one.arrived.max(sampled.arrived.unwrap_or(0));
        one.resolved = one.resolved.or(sampled.resolved);
        if Some(one.bucket) != now {
            one.pending = sampled.pending;
        }
    }
    Ok((flow, sample))
}

/// Adds the samples to the counts of a source that does not record what was closed.
pub(in crate::data) async fn last_hour(
    db: &mut PgConnection,
    source: &Source,
    mut counts: Counts,
) -> Result<Counts, DataError> {
    if !source.companion.is_present() || counts.resolved_last_hour.is_some() {
        return Ok(counts);
    }
    let answer = rows(sql!("companion/last_hour"))
        .bind(&source.name)
        .bind(counted(source))
        .fetch_one(db)
        .await
        .while_doing(DOING);
    let sampled: LastHour = source.companion.note_missing(answer)?;
    counts.arrived_last_hour = counts.arrived_last_hour.max(sampled.arrived.unwrap_or(0));
    counts.resolved_last_hour = sampled.resolved;
    Ok(counts)
}

/// How many entries left the queue within this time, by the samples, and since when there are samples.
pub(in crate::data) async fn closed_since(
    db: &mut PgConnection,
    source: &Source,
    back: Duration,
) -> Result<Option<(i64, DateTime<Utc>)>, DataError> {
    let answer = rows(sql!("companion/closed_since"))
        .bind(&source.name)
        .bind(back.as_secs_f64())
        .bind(counted(source))
        .fetch_one(db)
        .await
        .while_doing(DOING);
    let (closed, since): (Option<i64>, Option<DateTime<Utc>>) =
        source.companion.note_missing(answer)?;
    Ok(closed.zip(since))
}

/// Stores a sample that was read at this instant, in the current transaction: one a minute, however many
/// dashboards there are.
pub(in crate::data) async fn keep(
    db: &mut PgConnection,
    source: &Source,
    at: DateTime<Utc>,
    sample: Sample,
) -> Result<(), DataError> {
    // One at a time, so that arrivals since the last sample count once.
    sqlx::query(sql!("companion/lock_subject"))
        .bind(&source.name)
        .bind(Uuid::nil())
        .persistent(false)
        .execute(&mut *db)
        .await
        .while_doing(KEEPING)?;
    let kept = sqlx::query(sql!("companion/add_sample"))
        .bind(&source.name)
        .bind(at)
        .bind(sample.bucket)
        .bind(sample.pending)
        .bind(sample.fresh)
        .bind(sample.fresh_before)
        .bind(counted(source))
        .persistent(false)
        .execute(db)
        .await
        .while_doing(KEEPING);
    source.companion.note_missing(kept).map(|_| ())
}

impl Sample {
    /// The sample from the source's numbers for each five minutes, the current ones last.
    fn of(flow: &[FlowBucket]) -> Option<Self> {
        let (now, before) = flow.split_last()?;
        Some(Self {
            bucket: now.bucket,
            pending: now.pending,
            fresh: now.arrived,
            fresh_before: before.last().map_or(0, |one| one.arrived),
        })
    }
}

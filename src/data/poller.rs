//! The reading task: asks the views at an interval, one poll at a time, and keeps only the newest
//! answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::{DataError, Doing as _};
use super::link::Link;
use super::model::{Heard, LOG_WINDOW, Latest, Part, Snapshot, TaskId};
use super::queries::{self, sql};
use super::replica::{Follower, Position};

/// How many rows a list brings at most; the screen says how many there are in all.
pub const LIST_LIMIT: i64 = 500;
/// The longest pause between two tries while the database cannot be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A login that was refused is not tried again sooner: too many tries can lock the account.
const REFUSED_PAUSE: Duration = Duration::from_secs(15);
/// A poll may take this share of the time between polls, so that a slow database is asked less.
const STRETCH: u32 = 5;
/// A poll of this many slow parts still ends; one that takes longer is given up.
const PARTS: u32 = 30;

/// How to poll.
#[derive(Debug, Clone)]
pub struct Polling {
    /// From the end of one poll to the start of the next, while all is well.
    pub every: Duration,
    /// The server cancels a statement that takes longer.
    pub statement_limit: Duration,
    /// The server is not the one that is written to: ask how far behind it is.
    pub replica: bool,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(2),
            statement_limit: Duration::from_secs(5),
            replica: false,
        }
    }
}

/// What the poller is joined to.
#[derive(Debug)]
pub struct Wires {
    /// Where the newest answer goes.
    pub newest: watch::Sender<Latest>,
    /// The task whose detail is wanted.
    pub follow: watch::Receiver<Option<TaskId>>,
    /// Asks for a poll at once.
    pub wake: Arc<Notify>,
    /// Ends the task.
    pub stop: CancellationToken,
}

/// Polls until stopped. A slow poll delays the next one; polls never overlap.
pub async fn run(options: PgConnectOptions, polling: Polling, mut wires: Wires) {
    let mut link = Link::new(&options);
    let mut failures = 0;
    let mut follower = Follower::default();
    loop {
        let wanted = *wires.follow.borrow_and_update();
        let answer = tokio::select! {
            biased;
            () = wires.stop.cancelled() => break,
            answer = poll((&mut link, &mut follower), &polling, wanted) => answer,
        };
        let pause = match answer {
            Ok(snapshot) => {
                failures = 0;
                let pause = snapshot.next_in;
                wires
                    .newest
                    .send_replace(Some(Heard::Snapshot(Arc::new(snapshot))));
                pause
            }
            Err(error) => {
                failures += 1;
                let retry_in = pause_after(failures, &error);
                tracing::warn!(error = %error.one_line(), ?retry_in, "poll failed");
                wires.newest.send_replace(Some(Heard::Unreachable {
                    error: Arc::new(error),
                    retry_in,
                }));
                retry_in
            }
        };
        tokio::select! {
            biased;
            () = wires.stop.cancelled() => break,
            () = wires.wake.notified() => {}
            changed = wires.follow.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(pause) => {}
        }
    }
    link.close().await;
}

/// A slow poll is followed by a longer pause, but never by so long a one that a single stall would
/// leave the screen asleep after the database is well again.
fn pause(every: Duration, took: Duration) -> Duration {
    every.max((took * STRETCH).min(LONGEST_PAUSE))
}

/// Doubles from half a second, with up to a quarter at random so that twenty dashboards do not
/// come back in the same instant.
fn pause_after(failures: u32, error: &DataError) -> Duration {
    let doubled = Duration::from_millis(500) * 2_u32.pow(failures.min(7) - 1);
    let refused = matches!(error.sqlstate().as_deref(), Some("28P01" | "28000"));
    let least = if refused {
        REFUSED_PAUSE
    } else {
        Duration::ZERO
    };
    doubled
        .min(LONGEST_PAUSE)
        .max(least)
        .mul_f64(1.0 + fastrand::f64() / 4.0)
}

/// One poll.
///
/// # Errors
///
/// Only if the database cannot be asked at all; a part that fails is in the snapshot.
async fn poll(
    (link, follower): (&mut Link, &mut Follower),
    polling: &Polling,
    follow: Option<TaskId>,
) -> Result<Snapshot, DataError> {
    // A connection that was good before may have died while idle: once more on a fresh one.
    let reused = link.is_open();
    let first = poll_once((link, follower), polling, follow).await;
    match first {
        Err(error) if reused && error.is_dead_link() => {
            poll_once((link, follower), polling, follow).await
        }
        answer => answer,
    }
}

async fn poll_once(
    (link, follower): (&mut Link, &mut Follower),
    polling: &Polling,
    follow: Option<TaskId>,
) -> Result<Snapshot, DataError> {
    let limit = polling.statement_limit;
    link.run("poll the database", limit * PARTS, async |db| {
        read_all((db, follower), polling, follow).await
    })
    .await
}

/// Reads every part inside one read-only transaction.
async fn read_all(
    (db, follower): (&mut PgConnection, &mut Follower),
    polling: &Polling,
    follow: Option<TaskId>,
) -> Result<Snapshot, DataError> {
    let started = Instant::now();
    let limit = polling.statement_limit;
    let taken_at = within(limit * 2, async {
        begin(db, limit).await?;
        queries::clock(db).await
    })
    .await?;
    // Each statement has its limit on the server; this one is for a link that died meanwhile, and
    // never hears the server's cancellation.
    macro_rules! part {
        ($statements:literal, $query:expr) => {{
            let answer = within(limit * ($statements + 1), $query).await;
            settle(db, limit, answer).await?
        }};
    }
    let replica = if polling.replica {
        let position: Part<Position> = part!(1, queries::replica(db));
        position
            .ok()
            .map(|position| follower.judge(*position, Instant::now()))
    } else {
        None
    };
    let counts = part!(1, queries::counts(db));
    let staleness = part!(2, queries::staleness(db, LIST_LIMIT));
    let queue = part!(2, queries::queue(db, LIST_LIMIT));
    let stats = part!(7, queries::stats(db));
    let log = part!(
        1,
        queries::log(db, i64::try_from(LOG_WINDOW).unwrap_or(i64::MAX))
    );
    let detail = match follow {
        Some(task) => Some((task, part!(6, queries::detail(db, task)))),
        None => None,
    };
    db.execute("rollback").await.doing("end a poll")?;
    Ok(Snapshot {
        taken_at,
        replica,
        took: started.elapsed(),
        next_in: pause(polling.every, started.elapsed()),
        counts,
        staleness,
        queue,
        stats,
        log,
        detail,
    })
}

/// The answer, or that there was none in time.
async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, DataError>>,
) -> Result<T, DataError> {
    timeout(limit, answer).await.unwrap_or_else(|_| {
        Err(DataError::TimedOut {
            doing: "poll the database",
            seconds: limit.as_secs(),
        })
    })
}

/// Begins a read-only transaction with its own statement timeout; nothing outlives it, so a
/// PgBouncer may hand the session to others in between.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn begin(db: &mut PgConnection, limit: Duration) -> Result<(), DataError> {
    // An earlier poll may have been cut off half-way.
    if db.is_in_transaction() {
        db.execute("rollback").await.doing("end a poll")?;
    }
    db.execute(sql!("begin_read_only"))
        .await
        .doing("begin a poll")?;
    sqlx::query(sql!("set_statement_timeout"))
        .bind(limit.as_millis().to_string())
        .persistent(false)
        .execute(db)
        .await
        .doing("begin a poll")?;
    Ok(())
}

/// Keeps a part's answer. A failed statement ends the transaction: the parts after it are read in
/// a new one, so that one broken view costs one pane.
async fn settle<T>(
    db: &mut PgConnection,
    limit: Duration,
    answer: Result<T, DataError>,
) -> Result<Part<T>, DataError> {
    match answer {
        Ok(rows) => Ok(Ok(Arc::new(rows))),
        Err(error) if error.is_connection() => Err(error),
        Err(error) => {
            tracing::warn!(error = %error.one_line(), "part of a poll failed");
            db.execute("rollback").await.doing("end a poll")?;
            begin(db, limit).await?;
            Ok(Err(Arc::new(error)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_poll_is_followed_by_a_longer_pause_up_to_a_limit() {
        let every = Duration::from_secs(2);
        for (took_ms, seconds) in [(10, 2), (400, 2), (1_000, 5), (20_000, 30), (300_000, 30)] {
            let pause = pause(every, Duration::from_millis(took_ms));
            assert_eq!(pause, Duration::from_secs(seconds), "after {took_ms} ms");
        }
        let asked_for = Duration::from_mins(5);
        assert_eq!(pause(asked_for, Duration::from_mins(1)), asked_for);
    }

    #[test]
    fn pauses_grow_to_half_a_minute() {
        let error = DataError::SchemaMissing;
        let seconds = |failures| pause_after(failures, &error).as_secs_f64();
        assert!((0.5..=0.625).contains(&seconds(1)));
        assert!((4.0..=5.0).contains(&seconds(4)));
        assert!((30.0..=37.5).contains(&seconds(1000)));
    }
}

//! The task that polls: one poll at a time, when the schedule says so. Only the newest result is kept.
//!
//! [`schedule`] decides what is due and how long to pause; `reader` carries out one poll. A new part of a
//! poll is a function in [`reads`](crate::data::reads), a field of the snapshot, and a call in `reader`.

mod answer;
mod cached_part;
mod error_groups;
mod options;
mod reader;
pub mod schedule;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::reader::{PollRequest, Reader};
use super::error::DataError;
use super::model::{LatestPoll, PollResult, RowsWanted, TaskId};
use super::source::Site;
pub use crate::data::poller::options::PollOptions;

/// The longest pause between two attempts while the database is unreachable.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The pause after a refused login: too many attempts can lock the account.
const REFUSED_PAUSE: Duration = Duration::from_secs(15);
/// The shortest pause between two attempts that an operator requests.
const IMPATIENT_PAUSE: Duration = Duration::from_secs(2);
/// How long a poll may take to finish when the program ends: a server that cannot deliver its answer
/// writes an error into its log.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// The channels of the poller.
#[derive(Debug)]
pub struct PollerChannels {
    /// Where the newest result goes.
    pub newest: watch::Sender<LatestPoll>,
    /// The task whose detail is wanted.
    pub follow: watch::Receiver<Option<TaskId>>,
    /// How many rows of the lists are wanted.
    pub reach: watch::Receiver<RowsWanted>,
    /// Asks for a poll at once.
    pub wake: Arc<Notify>,
    /// Ends the task.
    pub stop: CancellationToken,
}

/// Polls until stopped. A slow poll delays the next one; polls never overlap.
pub async fn run(site: impl Into<Site>, polling: PollOptions, mut channels: PollerChannels) {
    let mut reader = Reader::new(&site.into(), &polling);
    let mut failures = 0;
    let mut asked = false;
    loop {
        let wanted = PollRequest {
            follow: *channels.follow.borrow_and_update(),
            reach: *channels.reach.borrow_and_update(),
            asked,
        };
        let Some(answer) = poll(&mut reader, wanted, &channels.stop).await else {
            break;
        };
        let (pause, least) = match answer {
            Ok(result) => {
                failures = 0;
                let pause = match &result {
                    PollResult::Snapshot(snapshot) if !reader.is_cut_short() => snapshot.next_in,
                    // The rest of what an operator waits for is read at once, ten pages at a time.
                    _ => Duration::ZERO,
                };
                channels.newest.send_replace(Some(result));
                (pause, Duration::ZERO)
            }
            Err(error) => {
                failures += 1;
                let retry_in = pause_after(failures, &error);
                let least = retry_in.min(least_pause(&error));
                tracing::warn!(error = %error.one_line(), ?retry_in, "poll failed");
                channels.newest.send_replace(Some(PollResult::Unreachable {
                    error: Arc::new(error),
                    retry_in,
                }));
                (retry_in, least)
            }
        };
        asked = false;
        // Keys have no effect meanwhile: a server in trouble is not queried with every key.
        let stopped = tokio::select! {
            biased;
            () = channels.stop.cancelled() => true,
            () = tokio::time::sleep(least) => false,
        };
        if stopped {
            break;
        }
        tokio::select! {
            biased;
            () = channels.stop.cancelled() => break,
            () = channels.wake.notified() => asked = true,
            changed = channels.follow.changed() => if changed.is_err() { break },
            changed = channels.reach.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(pause.saturating_sub(least)) => {}
        }
    }
    reader.close().await;
}

/// One poll, or `None` if the program ends meanwhile.
async fn poll(
    reader: &mut Reader,
    wanted: PollRequest,
    stop: &CancellationToken,
) -> Option<Result<PollResult, DataError>> {
    let mut poll = pin!(reader.poll(wanted));
    tokio::select! {
        biased;
        () = stop.cancelled() => {
            // Its result is not used.
            let _ = timeout(SHUTDOWN_GRACE, poll).await;
            None
        }
        answer = &mut poll => {
            Some(answer.map(|snapshot| PollResult::Snapshot(Arc::new(snapshot))))
        }
    }
}

/// Doubles from half a second, with up to a quarter at random so that twenty dashboards do not
/// come back in the same instant.
fn pause_after(failures: u32, error: &DataError) -> Duration {
    let doubled = Duration::from_millis(500) * 2_u32.pow(failures.min(7) - 1);
    let least = if error.is_refused_login() {
        REFUSED_PAUSE
    } else {
        Duration::ZERO
    };
    doubled
        .min(LONGEST_PAUSE)
        .max(least)
        .mul_f64(1.0 + fastrand::f64() / 4.0)
}

/// How long to wait at least, even if an operator asks for a poll.
fn least_pause(error: &DataError) -> Duration {
    if error.is_refused_login() {
        Duration::MAX
    } else {
        IMPATIENT_PAUSE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_half_a_minute() {
        let error = DataError::SchemaMissing;
        let seconds = |failures| pause_after(failures, &error).as_secs_f64();
        assert!((0.5..=0.625).contains(&seconds(1)));
        assert!((4.0..=5.0).contains(&seconds(4)));
        assert!((30.0..=37.5).contains(&seconds(1000)));
    }
}

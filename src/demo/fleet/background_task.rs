//! What every part of the fleet has in common: it does a little, rests, and survives a database
//! that is restarted under it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::data::error::DataError;

/// The longest rest after failures in a row.
const LONGEST_REST: Duration = Duration::from_secs(8);
/// A turn that takes longer is given up: the link is dead and nobody said so.
const STEP_LIMIT_SECS: u64 = 20;

/// Something the fleet does over and over.
pub(in crate::demo) trait BackgroundTask: Send {
    /// For the log.
    fn title(&self) -> &str;

    /// Does what is due, and says how long to rest.
    fn step(&mut self) -> impl Future<Output = Result<Duration, DataError>> + Send;
}

/// Keeps at it until `stop`.
pub(in crate::demo) async fn keep(mut task: impl BackgroundTask, stop: CancellationToken) {
    let mut rest = Duration::ZERO;
    let mut failures: u32 = 0;
    loop {
        let turn = async {
            tokio::time::sleep(rest).await;
            let limit = Duration::from_secs(STEP_LIMIT_SECS);
            tokio::time::timeout(limit, task.step()).await
        };
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = turn => ended,
        };
        let result = ended.unwrap_or(Err(DataError::TimedOut {
            doing: "run the demo's fleet",
            seconds: STEP_LIMIT_SECS,
        }));
        rest = match result {
            Ok(rest) => {
                failures = 0;
                rest
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(task = task.title(), error = error.one_line(), "carrying on");
                LONGEST_REST.min(Duration::from_millis(250) * 2_u32.pow(failures.min(6)))
            }
        };
    }
}

/// A rest between two lengths.
pub(in crate::demo) fn between(rng: &mut fastrand::Rng, shortest: f64, longest: f64) -> Duration {
    Duration::from_secs_f64(shortest + rng.f64() * (longest - shortest))
}

//! Waiting for what another process or session does to a database: there is no event for it, so
//! the question is asked again until its answer is the right one.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// Asks until `question` answers with something, and returns it; `None` when `limit` has passed.
pub async fn eventually<T>(
    limit: Duration,
    mut question: impl AsyncFnMut() -> Option<T>,
) -> Option<T> {
    let deadline = Instant::now() + limit;
    let mut pace = interval(Duration::from_millis(50));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        if let Some(answer) = question().await {
            return Some(answer);
        }
        if Instant::now() > deadline {
            return None;
        }
    }
}

//! Finding out what became of an act whose answer was lost: it is asked for again under the same
//! batch, and since the database does it once, the answer is the truth.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::command::{ItemResult, Write};
use super::super::worker::{Attempt, Writer};

/// From one attempt to the next; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Writer {
    /// Asks until the database answers; `None` if it stayed away for as long as there is patience.
    /// Calls `waiting` before each attempt.
    pub(crate) async fn settle(
        &mut self,
        write: &Write,
        place: usize,
        waiting: &mut (dyn FnMut() + Send),
    ) -> Option<ItemResult> {
        let until = Instant::now() + self.patience;
        let mut pause = FIRST_PAUSE;
        loop {
            waiting();
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            match self.attempt(write, place).await {
                Attempt::Said(result) => return Some(result),
                // The session that was cut off may hold the row until the server misses its client.
                Attempt::Refused(error) if error.is_busy() => {}
                Attempt::Refused(error) => return Some(self.refused(write, place, &error).await),
                Attempt::Unsent(error) | Attempt::Lost(error) => {
                    tracing::warn!(error = %error.one_line(), "still not known what became of an act");
                }
            }
            if Instant::now() >= until {
                return None;
            }
        }
    }
}

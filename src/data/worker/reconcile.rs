//! Finding out what became of an act whose answer was lost: it is asked for again under the same
//! batch. Where the database does it once by one batch, the answer is the truth; elsewhere it may be
//! our own change that is in the way.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::writer::{Attempt, Writer};
use crate::data::messages::command::{Change, EntryVerb, ItemResult, Write};

/// From one attempt to the next; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Writer {
    /// Asks until the database answers; `None` if it stayed away for as long as there is patience.
    /// Calls `waiting` before each attempt.
    pub(in crate::data) async fn reconcile(
        &mut self,
        write: &Write,
        place: usize,
        waiting: &mut (dyn FnMut() + Send),
    ) -> Option<ItemResult> {
        let until = Instant::now() + self.reconcile_timeout;
        let mut pause = FIRST_PAUSE;
        loop {
            waiting();
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            let before = self.was_sent;
            if before && self.may_repeat(write) {
                return Some(ItemResult::Unknown);
            }
            match self.attempt(write, place).await {
                Attempt::Said(result) if before => {
                    return Some(self.interpret_repeated(write, result));
                }
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

    /// Whether to ask again could do it again: nothing guards it.
    pub(in crate::data) fn may_repeat(&self, write: &Write) -> bool {
        let is_guarded = !matches!(write.change, Change::Entries(EntryVerb::Note, _));
        let source = &self.site.source;
        // What goes by the system's own interface is looked after, and not called again.
        !is_guarded && !source.acts_once(&write.change) && source.call(&write.change).is_none()
    }

    /// What to make of an answer to an act that was perhaps done before. That it was changed meanwhile
    /// says nothing of who did it, unless acts are done once by one batch; but what it is now may be
    /// what was wanted.
    pub(in crate::data) fn interpret_repeated(
        &self,
        write: &Write,
        result: ItemResult,
    ) -> ItemResult {
        let source = &self.site.source;
        match result {
            ItemResult::Changed { now, .. } if !source.acts_once(&write.change) => {
                if source.is_left_by(&write.change, now.as_str()) {
                    ItemResult::Done { now }
                } else {
                    ItemResult::Unknown
                }
            }
            result => result,
        }
    }
}

//! Finds out the result of an act whose answer was lost by sending it again under the same batch. Where
//! the database does an act once per batch, the second answer is reliable; elsewhere "changed" may mean
//! our own change.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::writer::{Attempt, Writer};
use crate::data::messages::command::{Change, EntryVerb, ItemResult, Write};

/// The pause between two attempts; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Writer {
    /// Sends the act until the database answers; `None` if there is no answer in time. Calls `waiting`
    /// before each attempt.
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
                // The lost session may hold the row until the server notices that its client is gone.
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

    /// Whether sending it again could do it twice, because nothing guards it.
    pub(in crate::data) fn may_repeat(&self, write: &Write) -> bool {
        let is_guarded = !matches!(write.change, Change::Entries(EntryVerb::Note, _));
        let source = &self.site.source;
        // An API call is checked for in the database, and never repeated.
        !is_guarded && !source.acts_once(&write.change) && source.call(&write.change).is_none()
    }

    /// Interprets the answer to a repeated act. "Changed" does not say who changed it, unless acts are done
    /// once per batch; but if the present state is the wanted one, the act is done.
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

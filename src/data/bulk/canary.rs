//! The canary: the first subject goes alone, and the others follow if it succeeds.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::journal::Journal;
use super::look::{LOOK_LIMIT, LOOKING, brief};
use super::run::{End, Run};
use crate::data::bulk::retry_outcome;
use crate::data::bulk::retry_outcome::{Retried, Verdict};
use crate::data::error::DataError;
use crate::data::messages::command::{ItemResult, Phase};
use crate::data::model::safe_text::SafeText;

/// Time between two checks of the canary.
const LOOKS: Duration = Duration::from_millis(500);

impl Run<'_> {
    /// Acts on the first subject and waits for the result.
    pub(super) async fn send_canary(&mut self) -> Result<(), End> {
        if let Some(why) =
            retry_outcome::why_no_outcome(&self.writer.site.source, &self.write.change)
        {
            return Err(End::Ended(format!("{why}: no canary can go first").into()));
        }
        let Some(place) = self.canary().await? else {
            return Ok(());
        };
        if retry_outcome::has_outcome(&self.write.change) {
            self.watch_canary(place).await?;
        }
        self.append_journal(Journal::canary_well);
        // Nothing has been reported yet.
        self.pending += 1;
        self.flush(Phase::Running).await;
        Ok(())
    }

    /// The first subject that could be acted upon; one that someone else changed first proves nothing.
    async fn canary(&mut self) -> Result<Option<usize>, End> {
        let mut place = 0;
        while place < self.results.len() {
            if self.results[place].is_none() {
                self.process(place).await?;
            }
            match &self.results[place] {
                Some(ItemResult::Changed { .. }) => place += 1,
                Some(ItemResult::Failed { why }) => {
                    return Err(End::Ended(format!("the canary was refused: {why}").into()));
                }
                _ => return Ok(Some(place)),
            }
        }
        Ok(None)
    }

    async fn watch_canary(&mut self, place: usize) -> Result<(), End> {
        let limit = self.write.pace.canary.unwrap_or_default();
        let until = Instant::now() + limit;
        loop {
            match self.canary_status(place).await {
                Ok(Some(status)) => {
                    match status.verdict {
                        Some(Verdict::Passed) => return Ok(()),
                        Some(_) => return Err(canary_failed(&status)),
                        None => {}
                    }
                    let label = self.subjects[place].1.clone();
                    let state = status.state;
                    self.flush(Phase::Canary { label, state }).await;
                }
                // Nothing is heard of it yet.
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(error = %error.one_line(), "the canary could not be looked at");
                    self.flush(Phase::Settling).await;
                }
            }
            if Instant::now() >= until {
                let limit = humantime::format_duration(limit);
                return Err(End::Ended(
                    format!("the canary failed: no verdict within {limit}").into(),
                ));
            }
            let left = until.saturating_duration_since(Instant::now());
            self.pause(LOOKS.min(left)).await?;
        }
    }

    async fn canary_status(&mut self, place: usize) -> Result<Option<Retried>, DataError> {
        let (write, subject) = (self.write, self.subjects[place].0);
        let source = Arc::clone(&self.writer.site.source);
        let asked = retry_outcome::request(write.batch, &write.change, vec![subject]);
        let look = async move |db: &mut _| retry_outcome::retried(db, &source, &asked).await;
        let found = self
            .writer
            .connection
            .run(LOOKING, LOOK_LIMIT, look)
            .await?;
        Ok(found.into_iter().next())
    }
}

fn canary_failed(status: &Retried) -> End {
    let how = status.error.as_ref().unwrap_or(&status.state);
    End::Ended(SafeText::new(&format!("the canary failed: {}", brief(how))))
}

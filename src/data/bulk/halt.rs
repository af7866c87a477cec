//! A run halts when the steps it has retried fail again with the error they had.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::look::{LOOK_LIMIT, LOOKING, brief};
use super::run::{End, Run};
use crate::data::bulk::retry_outcome;
use crate::data::bulk::retry_outcome::{Retried, Verdict};
use crate::data::fingerprint::rules::{ErrorText, Rules};
use crate::data::messages::change::{Change, StepTarget, StepVerb};
use crate::data::messages::command::ItemResult;
use crate::data::model::safe_text::SafeText;
use crate::data::model::shown_fingerprint::shown_fingerprint;

/// Time between two checks during the run: a check costs more the more steps were retried.
const LOOKS: Duration = Duration::from_secs(1);
/// How long to wait for returned errors after a chunk.
const WATCH: Duration = Duration::from_secs(1);
/// Time between two checks after a chunk.
const GLANCES: Duration = Duration::from_millis(250);

impl Run<'_> {
    /// Checks for returned errors from time to time.
    pub(super) async fn check_halt(&mut self) -> Option<End> {
        if self.last_look.elapsed() < LOOKS {
            return None;
        }
        self.check_returned().await.1
    }

    /// Waits a moment after a chunk while some of its steps are still running. A slow run has checked
    /// during the chunk and keeps its pace.
    pub(super) async fn wait_for_returned_errors(&mut self) -> Option<End> {
        if self.pacer.is_slow() {
            return None;
        }
        let until = Instant::now() + WATCH;
        loop {
            let (on_their_way, end) = self.check_returned().await;
            if end.is_some() || !on_their_way || Instant::now() >= until {
                return end;
            }
            if let Err(end) = self.pause(GLANCES).await {
                return Some(end);
            }
        }
    }

    /// Whether some steps are still running, and why the run halts, if it does.
    async fn check_returned(&mut self) -> (bool, Option<End>) {
        let Some(most) = self.write.pace.halt_after else {
            return (false, None);
        };
        let Change::Steps(StepVerb::ResetForRetry, _) = &self.write.change else {
            return (false, None);
        };
        let source = Arc::clone(&self.writer.site.source);
        if !retry_outcome::detects_repeats(&source, &self.write.change) {
            return (false, None);
        }
        let unsettled = self.sent_and_not_passed();
        let asked = retry_outcome::request(self.write.batch, &self.write.change, unsettled);
        let look = async move |db: &mut _| retry_outcome::retried(db, &source, &asked).await;
        let retried = self.writer.connection.run(LOOKING, LOOK_LIMIT, look).await;
        self.last_look = Instant::now();
        match retried {
            Ok(retried) => {
                let passed = |step: &&Retried| step.verdict == Some(Verdict::Passed);
                self.passed
                    .extend(retried.iter().filter(passed).map(|step| step.id));
                let on_their_way = retried.iter().any(|step| step.verdict.is_none());
                (on_their_way, self.verdict(&retried, most.max(1) as usize))
            }
            // The next act fails in the same way, and waits.
            Err(error) => {
                tracing::warn!(error = %error.one_line(), "a run could not be looked at");
                (false, None)
            }
        }
    }

    /// The steps of this batch that may still come back with an error.
    fn sent_and_not_passed(&self) -> Vec<Uuid> {
        let subjects = self.subjects.iter().zip(&self.results);
        subjects
            .filter(|(_, result)| matches!(result, Some(ItemResult::Done { .. })))
            .map(|((id, _), _)| *id)
            .filter(|id| !self.passed.contains(id))
            .collect()
    }

    fn verdict(&self, retried: &[Retried], most: usize) -> Option<End> {
        let Change::Steps(_, targets) = &self.write.change else {
            return None;
        };
        let rules = self.writer.site.source.rules.current();
        let seen: HashMap<Uuid, &StepTarget> = targets
            .iter()
            .map(|target| (target.step.0, target))
            .collect();
        let returned: Vec<&Retried> = retried
            .iter()
            .filter(|step| {
                step.verdict == Some(Verdict::FailedAgain)
                    && is_back(seen.get(&step.id).copied(), step, &rules)
            })
            .collect();
        if returned.len() < most {
            return None;
        }
        let error = returned.first().and_then(|step| step.error.as_ref());
        let error = error.map_or_else(|| "the error".to_owned(), brief);
        let times = returned.len();
        Some(End::Ended(
            format!("halted: {error} came back {times} times").into(),
        ))
    }
}

/// Whether it is the error that was seen. If none was seen, any error counts.
fn is_back(target: Option<&StepTarget>, step: &Retried, rules: &Rules) -> bool {
    let seen = target.and_then(|target| Some((target, target.seen_error.as_ref()?)));
    let Some((target, seen)) = seen else {
        return true;
    };
    let now = step.error.as_ref().map_or("", SafeText::unredacted);
    let print = |text| shown_fingerprint(rules, &ErrorText::of(target.template(), text));
    print(seen.unredacted()) == print(now)
}

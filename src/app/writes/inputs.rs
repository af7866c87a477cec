//! What the box asks beside the reason, and who else looks into what it is about.

use chrono::{DateTime, Utc};

use super::confirm::limits::LimitFields;
use super::confirm::{ExtraField, Field};
use super::plan::{Plan, Subject};
use crate::app::App;
use crate::app::action::{EditedText, Verb};
use crate::app::capabilities::why_no_verb;
use crate::app::format::duration;
use crate::app::screen::notification::Tone;
use crate::app::screen::popup::Popup;
use crate::app::session::TimeFormat;
use crate::app::writes::Draft;
use crate::app::writes::confirm::duration_field::{Span, clock};
use crate::app::writes::confirm::json_field::{EditorResult, JsonResult};
use crate::app::writes::in_flight::Run;
use crate::data::messages::command::{Command, ItemResult, Limits, Outcome};
use crate::data::source::Source;

/// What a key that goes both ways means here: own or release, snooze or wake.
pub(in crate::app) fn toggle_verb(verb: Verb, subjects: &[Subject], source: &Source) -> Verb {
    let goes_back = |back: Verb| why_no_verb(source, back).is_none();
    let all = |is: &dyn Fn(&Subject) -> bool| subjects.iter().all(is);
    match verb {
        Verb::Claim
            if goes_back(Verb::Release)
                && all(&|one| one.owner.as_ref().is_some_and(|owner| owner.is_me)) =>
        {
            Verb::Release
        }
        Verb::Snooze if goes_back(Verb::Unsnooze) && all(&|one| one.snoozed) => Verb::Unsnooze,
        verb => verb,
    }
}

/// Claims are made many times a night: their reason is mostly the same, and may be changed.
pub(in crate::app) const fn default_reason(verb: Verb) -> &'static str {
    match verb {
        Verb::Claim => "looking into it",
        Verb::Release => "given back",
        _ => "",
    }
}

/// The limits that all these steps have.
fn shared_limits(subjects: &[Subject]) -> Limits {
    let mut limits = subjects
        .iter()
        .filter_map(|one| Some(one.step.as_ref()?.limits));
    let first = limits.next().unwrap_or_default();
    limits.fold(first, |shared, one| Limits {
        max_attempts: (shared.max_attempts).filter(|_| shared.max_attempts == one.max_attempts),
        timeout_seconds: (shared.timeout_seconds)
            .filter(|_| shared.timeout_seconds == one.timeout_seconds),
    })
}

impl App {
    /// What else the box asks; with what was typed before.
    pub(in crate::app) fn more(
        &self,
        verb: Verb,
        subjects: &[Subject],
        typed: Option<ExtraField>,
    ) -> Option<ExtraField> {
        let utc = self.session.view.times == TimeFormat::Utc;
        let step = subjects.iter().find_map(|one| one.step.as_ref());
        let mut more = match verb {
            Verb::Limits => ExtraField::Limits(LimitFields::new(shared_limits(subjects))),
            // Where it cannot be given back, it is no claim that ends.
            Verb::Claim if why_no_verb(&self.session.source, Verb::Release).is_some() => {
                return None;
            }
            Verb::Claim => ExtraField::Span(Span::of_claim(utc)),
            Verb::Snooze => ExtraField::Span(Span::of_snooze(utc)),
            Verb::Complete => {
                let results = step.and_then(|step| step.results.as_ref());
                ExtraField::Result(JsonResult::new(results))
            }
            _ => return None,
        };
        if let Some(typed) = typed {
            more.recall(typed);
        }
        Some(more)
    }

    /// Who else has claimed what is to be acted upon: `owned by bob, 12m left`.
    pub(in crate::app) fn owners(&self, plan: &Plan, subjects: &[Subject]) -> Vec<String> {
        let now = self.database_now();
        let others = subjects
            .iter()
            .filter(|one| plan.tasks.contains(&one.task))
            .filter_map(|one| one.owner.as_ref())
            .filter(|owner| owner.name.as_str() != self.session.actor);
        let words = others.map(|owner| {
            let left = owner.until.map_or_else(String::new, |until| {
                format!(
                    ", {} left",
                    duration((until - now).as_seconds_f64().max(0.0))
                )
            });
            format!("owned by {}{left}", owner.name)
        });
        let mut words: Vec<String> = words.collect();
        let (all, shown) = (words.len(), 3);
        if all > shown {
            words.truncate(shown);
            words.push(format!("and {} more owned by others", all - shown));
        }
        words
    }

    /// `snoozed, back in 41m` or `snoozed until 14:30`, as times are shown.
    #[must_use]
    pub fn snoozed_words(&self, until: DateTime<Utc>) -> String {
        let now = self.database_now();
        match self.session.view.times {
            TimeFormat::Relative => {
                let left = duration((until - now).as_seconds_f64().max(0.0));
                format!("snoozed, back in {left}")
            }
            times => format!(
                "snoozed until {}",
                clock(until, now, times == TimeFormat::Utc)
            ),
        }
    }

    /// How many open investigations are put aside.
    #[must_use]
    pub fn snoozed(&self) -> i64 {
        let counted = self
            .polled
            .counts
            .rows
            .as_ref()
            .map_or(0, |counts| counts.snoozed);
        let Some(listed) = &self.polled.queue.rows else {
            return counted;
        };
        let read = i64::try_from(listed.rows.len()).unwrap_or(i64::MAX);
        if read < listed.total.rows {
            return counted;
        }
        // All of them are here, and newer than the counts.
        let snoozed = listed.rows.iter().filter(|row| row.snoozed_until.is_some());
        i64::try_from(snoozed.count()).unwrap_or(i64::MAX)
    }

    /// The text that the box wants to be edited, if it does.
    pub(in crate::app) fn edit_command(&self) -> Option<Command> {
        match &self.screen.popup {
            Some(Popup::Confirm(confirm)) if confirm.spot == Field::Result => match &confirm.more {
                Some(ExtraField::Result(result)) => Some(Command::Edit(result.text().to_owned())),
                _ => None,
            },
            _ => None,
        }
    }

    /// The operator has left the editor.
    pub(in crate::app) fn written(&mut self, written: EditedText) {
        let Some(Popup::Confirm(confirm)) = &mut self.screen.popup else {
            return;
        };
        let Some(ExtraField::Result(result)) = &mut confirm.more else {
            return;
        };
        match result.take(written) {
            EditorResult::Accepted => {
                confirm.spot = Field::Reason;
                confirm.complaint = None;
            }
            EditorResult::Invalid(why) => {
                confirm.spot = Field::Result;
                confirm.complaint = Some(why);
            }
            EditorResult::Unchanged(why) => {
                if let Some(Popup::Confirm(confirm)) = self.screen.popup.take() {
                    self.save_draft(&confirm);
                }
                self.tell(Tone::Bad, format!("{why}: nothing was sent"));
            }
        }
    }

    /// What was typed for what was not done is kept for the next try.
    pub(in crate::app) fn save_draft_of_failures(&mut self, sent: &Run, outcome: &Outcome) {
        let undone = outcome.items.iter().zip(&sent.plan.tasks);
        let undone = undone.filter(|(item, _)| !matches!(item.result, ItemResult::Done { .. }));
        let tasks: Vec<_> = undone.map(|(_, task)| *task).collect();
        if !tasks.is_empty() {
            self.writes.draft = Some(Draft {
                verb: sent.plan.verb,
                tasks,
                reason: sent.reason.clone(),
                more: sent.more.clone(),
            });
        }
    }
}

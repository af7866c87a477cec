//! From a write key to the dialog and what it begins with, or to the reason why there is none: read-only mode
//! refuses here, with the sentence of `session/read_only.rs`.

use super::Writes;
use super::confirm::Confirm;
use super::confirm::duration_field::Span;
use super::confirm::extra_fields::ExtraField;
use super::confirm::json_field::JsonResult;
use super::confirm::limits::LimitFields;
use super::targets_on_screen::OnScreen;
use super::verb_plan::{Plan, Subject, alternative_plan, plan};
use crate::app::action::Verb;
use crate::app::capabilities::{list_names, why_no_verb};
use crate::app::format::{count_usize, duration};
use crate::app::message::Message;
use crate::app::pane::Pane;
use crate::app::polled::Polled;
use crate::app::session::Session;
use crate::data::messages::command::Limits;
use crate::data::source::Source;

impl Writes {
    /// The dialog that asks whether to do this to what is chosen.
    ///
    /// # Errors
    ///
    /// Why there is nothing to ask.
    pub fn ask(&mut self, verb: Verb, seen: &OnScreen<'_>) -> Result<Confirm, Message> {
        let OnScreen {
            session,
            polled,
            lists,
            ..
        } = *seen;
        if let Some(refusal) = session.access.refusal() {
            return Err(refusal);
        }
        if seen.detail.is_none()
            && let Some(why) = lists.blocked_by_loading(polled, session.now)
        {
            return Err(why);
        }
        if let Some(why) = seen.why_not_under_cursor() {
            return Err(why);
        }
        let subjects = seen.subjects();
        if subjects.is_empty() {
            return Err(nothing_chosen(seen));
        }
        let source = &session.source;
        let verb = toggle_verb(verb, &subjects, source);
        if verb == Verb::Complete && subjects.len() > 1 {
            let text = "a result is for one step at a time: select one";
            return Err(Message::bad(text));
        }
        let mut plan = plan(verb, &subjects, source);
        if plan.change.count() == 0 {
            return Err(nothing_to_do(&plan));
        }
        let owners = other_owners(&plan, &subjects, session, polled);
        plan.remarks.extend(owners);
        if verb == Verb::Close {
            plan.remarks.extend(self.retries.remarks(&plan.tasks));
        }
        plan.remarks.extend(left_out_unseen(seen.unseen()));
        // Only for the very same targets: one task's reason has no place in another's log.
        let draft = self
            .draft
            .take()
            .filter(|draft| draft.verb == verb && draft.tasks == plan.tasks);
        let mut extra = extra_field(verb, &subjects, session);
        let reason = draft.map_or_else(
            || default_reason(verb).to_owned(),
            |draft| {
                if let (Some(extra), Some(typed)) = (&mut extra, draft.extra) {
                    extra.recall(typed);
                }
                draft.reason
            },
        );
        let in_queue = lists.focus == Pane::Queue && seen.detail.is_none();
        Ok(Confirm::new(plan, &reason)
            .with_alternative(alternative_plan(verb, &subjects, source))
            .with_extra(extra, polled.database_now(session.now))
            .with_pace(self.pace)
            .for_group(in_queue && lists.is_grouped())
            .require_profile_name(session.production.as_ref()))
    }
}

fn nothing_chosen(seen: &OnScreen<'_>) -> Message {
    let source = &seen.session.source;
    Message::info(if seen.detail.is_some() && !seen.log_is_open {
        let words = &source.manifest.words;
        words.fill("the {task} is still loading: try again in a moment")
    } else {
        format!("nothing is selected here: go to {}", list_names(source))
    })
}

/// That rows which have only just come are left out.
fn left_out_unseen(unseen: usize) -> Option<String> {
    let came = match unseen {
        0 => return None,
        1 => "1 more has only just come, and is".to_owned(),
        n => format!("{} more have only just come, and are", count_usize(n)),
    };
    Some(format!("{came} left out"))
}

fn nothing_to_do(plan: &Plan) -> Message {
    let why = match plan.excluded.as_slice() {
        [only] => format!("{}: {}", only.label, only.why),
        [first, rest @ ..] => {
            format!("{}: {} (and {} more)", first.label, first.why, rest.len())
        }
        [] => String::new(),
    };
    Message::bad(format!("nothing to do: {why}"))
}

/// What a key that goes both ways means here: own or release, snooze or wake.
fn toggle_verb(verb: Verb, subjects: &[Subject], source: &Source) -> Verb {
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
const fn default_reason(verb: Verb) -> &'static str {
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

/// What else the dialog asks.
fn extra_field(verb: Verb, subjects: &[Subject], session: &Session) -> Option<ExtraField> {
    let utc = session.shows_utc();
    let step = subjects.iter().find_map(|one| one.step.as_ref());
    match verb {
        Verb::Limits => {
            let limits = LimitFields::new(shared_limits(subjects));
            Some(ExtraField::Limits(limits))
        }
        // Where it cannot be given back, it is no claim that ends.
        Verb::Claim if why_no_verb(&session.source, Verb::Release).is_some() => None,
        Verb::Claim => Some(ExtraField::Span(Span::of_claim(utc))),
        Verb::Snooze => Some(ExtraField::Span(Span::of_snooze(utc))),
        Verb::Complete => {
            let results = step.and_then(|step| step.results.as_ref());
            Some(ExtraField::Result(JsonResult::new(results)))
        }
        _ => None,
    }
}

/// Who else has claimed what is to be acted upon: `owned by bob, 12m left`.
pub(super) fn other_owners(
    plan: &Plan,
    subjects: &[Subject],
    session: &Session,
    polled: &Polled,
) -> Vec<String> {
    let now = polled.database_now(session.now);
    let others = subjects
        .iter()
        .filter(|one| plan.tasks.contains(&one.task))
        .filter_map(|one| one.owner.as_ref())
        .filter(|owner| owner.name.as_str() != session.actor);
    let words = others.map(|owner| {
        let left = owner.until.map_or_else(String::new, |until| {
            let seconds = (until - now).as_seconds_f64().max(0.0);
            format!(", {} left", duration(seconds))
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

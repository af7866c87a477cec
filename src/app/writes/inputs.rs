//! What a dialog begins with: which verb is meant, the reason, what else is asked, who else is at it.

use super::confirm::duration_field::Span;
use super::confirm::extra_fields::ExtraField;
use super::confirm::json_field::JsonResult;
use super::confirm::limits::LimitFields;
use super::verb_plan::{Plan, Subject};
use crate::app::action::Verb;
use crate::app::capabilities::why_no_verb;
use crate::app::format::duration;
use crate::app::polled::Polled;
use crate::app::session::Session;
use crate::data::messages::command::Limits;
use crate::data::source::Source;

/// What a key that goes both ways means here: own or release, snooze or wake.
pub(super) fn toggle_verb(verb: Verb, subjects: &[Subject], source: &Source) -> Verb {
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
pub(super) const fn default_reason(verb: Verb) -> &'static str {
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
pub(super) fn extra_field(
    verb: Verb,
    subjects: &[Subject],
    session: &Session,
) -> Option<ExtraField> {
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

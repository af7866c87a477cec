//! The verdict on a task that has no steps: its state, its last error, and what is known besides.

use super::open::requeue_is_open;
use super::state::quiet_for;
use super::verdict::{Advice, Diagnosis};
use super::wording::{again, class_of, clip, minutes_in_words, same_error};
use crate::app::format::{duration_of_minutes, error_line, reason};
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Detail, EntryRow};
use crate::data::source::Source;

pub(super) fn diagnose<'a>(source: &Source, detail: &'a Detail) -> Diagnosis<'a> {
    let words = &source.manifest.words;
    let mut parts = vec![how_long(source, detail)];
    parts.extend(same_error(&detail.task, words));
    if let Some(quiet) = quiet_for(&detail.task) {
        let namespace = &detail.task.namespace_name;
        let quiet = minutes_in_words(quiet);
        parts.push(format!(
            "no worker of `{namespace}` has finished anything for {quiet}"
        ));
    }
    if let Some(hint) = detail.hints.first().filter(|hint| !hint.text.is_blank()) {
        parts.push(clip(hint.text.first_line()));
    }
    Diagnosis {
        sentence: parts.join("; "),
        root: None,
        waiting: Vec::new(),
        advice: advice(source, detail),
        earlier: (detail.entries.iter())
            .filter(|entry| !is_open(entry))
            .collect(),
    }
}

fn is_open(entry: &EntryRow) -> bool {
    entry.resolution_status == "pending"
}

/// `the task has been failed for 3h12m (max_retries): connection refused`.
fn how_long(source: &Source, detail: &Detail) -> String {
    let task = &detail.task;
    let word = &source.manifest.words.task;
    let state = task.current_state.first_line();
    let since = duration_of_minutes(task.time_in_state_minutes);
    let mut told = format!("the {word} has been {state} for {since}");
    if let Some(allowed) = task.staleness_threshold_minutes {
        told = format!("{told} of {}", duration_of_minutes(allowed));
    }
    let open = detail.entries.iter().find(|entry| is_open(entry));
    let why = open.map(|entry| reason(entry.dlq_reason.first_line()));
    if let Some(why) = why.filter(|why| *why != state) {
        told = format!("{told} ({why})");
    }
    match last_error(detail) {
        Some(error) => format!("{told}: {}", clip(&error_line(error))),
        None => told,
    }
}

/// What was said when it took its state, or else whenever something was said last.
fn last_error(detail: &Detail) -> Option<&SafeText> {
    let mut said = detail.transitions.iter().filter(|step| {
        let reason = step.reason.as_ref();
        reason.is_some_and(|reason| !reason.is_blank())
    });
    let newest = said.clone().next();
    let then = said.find(|step| step.to_state == detail.task.current_state);
    then.or(newest)?.reason.as_ref()
}

/// What can be done here, first things first.
fn advice(source: &Source, detail: &Detail) -> Vec<Advice> {
    let words = &source.manifest.words;
    let state = detail.task.current_state.as_str();
    let is_open_to = |file: &str| source.has(file) && source.open_to(file, state).unwrap_or(true);
    let mut all = Vec::new();
    let mut say = |key, text| {
        let key = Some(key);
        all.push(Advice { key, text });
    };
    let named = source.open_to("resume_task", state) == Some(true);
    if named && requeue_is_open(source, detail) {
        let how = format!("{} the {}", words.requeue, words.task);
        // Of a task that is still at work, only an earlier attempt has said anything.
        let error = last_error(detail).filter(|_| detail.entries.iter().any(is_open));
        say('R', again(class_of(error), &how));
    }
    let open = detail.entries.iter().find(|entry| is_open(entry));
    if let Some(entry) = open {
        let case = words.case();
        if is_open_to("own_entry") && entry.owner.is_none() {
            let how = &words.claim;
            say(
                'O',
                format!("{how} the {case}: others see that someone is working on it"),
            );
        }
        if is_open_to("close_entry") {
            let how = words.closing().to_lowercase();
            say('U', format!("{how} the {case}: say what fixed it"));
        }
    }
    all
}

//! What became of a write, in one line.

use chrono::{DateTime, Utc};

use crate::app::format::{count_usize, duration};
use crate::data::bulk::retry_outcome::VerdictTally;
use crate::data::messages::command::{Item, ItemResult, Outcome, Write};

/// A write of this session and its outcome.
#[derive(Debug, Clone)]
pub struct FinishedWrite {
    /// When its outcome arrived.
    pub at: DateTime<Utc>,
    /// What was asked: `Retry 3 steps`.
    pub title: String,
    /// What was asked, whole; `None` if it was not asked from here.
    pub write: Option<Write>,
    /// The outcome of each target.
    pub outcome: Outcome,
}

/// The message that `title` ended so. Of one row it says first who was faster, when, and what the
/// row is now, so that a narrow screen cuts something else.
#[must_use]
pub fn outcome_summary(title: &str, outcome: &Outcome, now: DateTime<Utc>) -> String {
    if let [only] = outcome.items.as_slice()
        && let Some(changed) = changed_by(&only.result, now)
    {
        return format!("{changed}; skipped {}", only.label);
    }
    let each = if outcome.items.len() > 1 {
        " (o shows each)"
    } else {
        ""
    };
    format!("{title}{each}: {}", tally(outcome))
}

/// `changed by ana 12s ago: it is manually_resolved`, if it was.
#[must_use]
pub fn changed_by(result: &ItemResult, now: DateTime<Utc>) -> Option<String> {
    let ItemResult::Changed { by, at, now: state } = result else {
        return None;
    };
    let by = by
        .as_ref()
        .map_or_else(String::new, |by| format!(" by {by}"));
    let when = at.map_or_else(String::new, |at| {
        format!(" {} ago", duration((now - at).as_seconds_f64().max(0.0)))
    });
    Some(format!("changed{by}{when}: it is {state}"))
}

/// What became of retries: `54 passed, 41 failed again (12 with attempts left), 25 running`.
#[must_use]
pub fn verdicts(tally: &VerdictTally) -> String {
    let count = |number: usize, words: &str| {
        (number > 0).then(|| format!("{} {words}", count_usize(number)))
    };
    let left = count(tally.tried_again, "with attempts left");
    let left = left.map_or_else(String::new, |left| format!(" ({left})"));
    let parts = [
        count(tally.passed, "passed"),
        count(tally.failed_again, "failed again").map(|part| part + &left),
        count(tally.cancelled, "cancelled"),
        count(tally.gone, "gone"),
        count(tally.running, "running"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What an act is that was carried out: a retry is only sent, for it may fail again.
#[must_use]
pub fn done_word(action: &str) -> &'static str {
    match action {
        "reset_for_retry" | "resume_task" => "sent",
        _ => "done",
    }
}

/// One line for an outcome: `211 done · 7 changed meanwhile (ana 5, w-2 2) · 1 failed: no role`.
#[must_use]
pub fn tally(outcome: &Outcome) -> String {
    let tally = outcome.tally();
    let mut parts = Vec::new();
    if tally.done > 0 {
        let word = done_word(outcome.action);
        parts.push(format!("{} {word}", count_usize(tally.done)));
    }
    if tally.changed > 0 {
        let by = changed_by_others(&outcome.items);
        parts.push(format!(
            "{} changed meanwhile ({by})",
            count_usize(tally.changed)
        ));
    }
    if tally.failed > 0 {
        let why = shared_cause(&outcome.items);
        parts.push(format!("{} failed{why}", count_usize(tally.failed)));
    }
    if tally.unknown > 0 {
        parts.push(format!(
            "{} unknown (the connection was lost: check before you repeat it)",
            count_usize(tally.unknown)
        ));
    }
    if tally.untried > 0 {
        let why = why_untried(&outcome.items);
        parts.push(format!("{} not tried{why}", count_usize(tally.untried)));
    }
    if parts.is_empty() {
        parts.push("nothing was done".to_owned());
    }
    parts.join(" · ")
}

/// Who changed them first, and how often: `ana 5, w-2 2`.
fn changed_by_others(items: &[Item]) -> String {
    let mut who: Vec<(&str, usize)> = Vec::new();
    for item in items {
        let ItemResult::Changed { by, .. } = &item.result else {
            continue;
        };
        let name = by.as_ref().map_or("somebody", |by| by.first_line());
        match who.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => *times += 1,
            None => who.push((name, 1)),
        }
    }
    who.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let words = who.iter().map(|(name, times)| format!("{name} {times}"));
    words.collect::<Vec<_>>().join(", ")
}

/// `: permission denied`, if that is what all failures say.
fn shared_cause(items: &[Item]) -> String {
    let mut causes = items.iter().filter_map(|item| match &item.result {
        ItemResult::Failed { why } => Some(why.first_line()),
        _ => None,
    });
    match causes.next() {
        Some(first) if causes.all(|other| other == first) => format!(": {first}"),
        _ => String::new(),
    }
}

/// `: stopped`, of the first that was not tried.
fn why_untried(items: &[Item]) -> String {
    let mut whys = items.iter().filter_map(|item| match &item.result {
        ItemResult::Untried { why } => Some(format!(": {}", why.first_line())),
        _ => None,
    });
    whys.next().unwrap_or_default()
}

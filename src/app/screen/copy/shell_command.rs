//! The command line that does what the screen would do, or what a line of the log says was done.
//!
//! Quoted for a POSIX shell. Nothing in it answers the question that the command asks: whoever
//! pastes it is asked again, unless `--yes` is added by hand.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::SecondsFormat;
use serde_json::Value;

use crate::app::format::count_usize;
use crate::data::messages::command::{
    Change, DetectorAct, EntryVerb, Pace, Resolution, StepVerb, TaskVerb, Until,
};
use crate::data::model::LogRow;
use crate::data::model::safe_text::SafeText;
use crate::data::redaction;

/// More ids than this do not belong on a command line.
pub const MOST_IDS: usize = 1_500;

/// The command that makes this change for this reason.
///
/// # Errors
///
/// Why there is none, in the operator's words.
pub fn command(change: &Change, reason: &str) -> Result<String, String> {
    let ids = change.ids();
    if ids.len() > MOST_IDS {
        return Err(format!(
            "{} ids are too many for a command line: write it with --filter",
            count_usize(ids.len())
        ));
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let options = options(change);
    line(words(change), &ids, &options, Some(reason))
}

/// The command that decides this about the detector for this reason. Arming asks for the number again.
///
/// # Errors
///
/// As [`command`].
pub fn decision(act: DetectorAct, reason: &str) -> Result<String, String> {
    let words = match act {
        DetectorAct::Arm(_) => "detect --arm".to_owned(),
        DetectorAct::Disarm => "detect --disarm".to_owned(),
        DetectorAct::ConfirmSweep(count) => format!("detect --confirm {count}"),
        DetectorAct::UndoSweep(sweep) => format!("undo --sweep {sweep}"),
    };
    Ok(format!("dlqtop {words} --reason {}", quoted(reason)?))
}

/// The command that does again what a line of the log says.
///
/// # Errors
///
/// Why there is none: what it was about is no task, step or entry, or the line does not say all of it.
pub fn repeat(row: &LogRow) -> Result<String, String> {
    let words = match row.action.as_str() {
        "reset_for_retry" => "step retry",
        "resolve_manually" => "step resolve",
        "cancel" => "step cancel",
        "set_limits" => "step limits",
        "resume_task" => "task requeue",
        "cancel_task" => "task cancel",
        "send_to_dlq" => "task dlq",
        "close_entry" => "entry close",
        "reopen_entry" => "entry reopen",
        "add_note" => "entry note",
        "own_entry" => "entry claim",
        "release_entry" => "entry release",
        "snooze_entry" => "entry snooze",
        "unsnooze_entry" => "entry unsnooze",
        "complete_manually" => {
            return Err("the log does not keep the result that was given".to_owned());
        }
        other => return Err(format!("no command does {other}")),
    };
    let Some(subject) = row.subject_uuid else {
        return Err("the line does not say which it was".to_owned());
    };
    let after = row.after.as_ref().map_or("", |after| after.as_str());
    let options = match row.action.as_str() {
        "close_entry" => match Resolution::ALL.iter().find(|one| one.as_str() == after) {
            Some(status) => vec![("status", status.as_str().to_owned())],
            None => return Err("the line does not say how it was to be closed".to_owned()),
        },
        "set_limits" => limits(after)
            .ok_or_else(|| "the line does not say which limits were meant".to_owned())?,
        _ => Vec::new(),
    };
    let reason = row.reason.as_ref().map(SafeText::as_str);
    line(words, &[subject.to_string()], &options, reason)
}

/// The options that make a command go as fast as this, each with a space before it.
#[must_use]
pub fn paced(pace: &Pace) -> String {
    let mut options = String::new();
    if let Some(within) = pace.canary {
        let _ = write!(options, " --canary={}s", within.as_secs().max(1));
    }
    if let Some(rate) = pace.per_second {
        let _ = write!(options, " --rate {rate}/s");
    }
    if let Some(count) = pace.halt_after {
        let _ = write!(options, " --halt-after {}", count.max(1));
    }
    options
}

type Options = Vec<(&'static str, String)>;

const fn words(change: &Change) -> &'static str {
    match change {
        Change::Steps(StepVerb::ResetForRetry, _) => "step retry",
        Change::Steps(StepVerb::ResolveManually, _) => "step resolve",
        Change::Steps(StepVerb::CompleteManually(_), _) => "step complete",
        Change::Steps(StepVerb::Cancel, _) => "step cancel",
        Change::Steps(StepVerb::SetLimits(_), _) => "step limits",
        Change::Tasks(TaskVerb::Requeue, _) => "task requeue",
        Change::Tasks(TaskVerb::Cancel, _) => "task cancel",
        Change::Tasks(TaskVerb::SendToDlq, _) => "task dlq",
        Change::Entries(EntryVerb::Close(_), _) => "entry close",
        Change::Entries(EntryVerb::Note, _) => "entry note",
        Change::Entries(EntryVerb::Claim { .. }, _) => "entry claim",
        Change::Entries(EntryVerb::Release, _) => "entry release",
        Change::Entries(EntryVerb::Snooze(_), _) => "entry snooze",
        Change::Entries(EntryVerb::Unsnooze, _) => "entry unsnooze",
        Change::Entries(EntryVerb::Reopen, _) => "entry reopen",
    }
}

fn options(change: &Change) -> Options {
    match change {
        Change::Steps(StepVerb::CompleteManually(result), _) => {
            vec![("result", Value::to_string(result))]
        }
        Change::Steps(StepVerb::SetLimits(limits), _) => {
            let attempts = limits.max_attempts.map(|n| ("max-attempts", n.to_string()));
            let seconds = limits
                .timeout_seconds
                .map(|n| ("timeout-seconds", n.to_string()));
            attempts.into_iter().chain(seconds).collect()
        }
        Change::Entries(EntryVerb::Close(resolution), _) => {
            vec![("status", resolution.as_str().to_owned())]
        }
        Change::Entries(EntryVerb::Claim { minutes, take_over }, _) => {
            let mut options = vec![("for", format!("{minutes}m"))];
            if *take_over {
                options.push(("take-over", String::new()));
            }
            options
        }
        Change::Entries(EntryVerb::Snooze(Until::Minutes(minutes)), _) => {
            vec![("for", format!("{minutes}m"))]
        }
        Change::Entries(EntryVerb::Snooze(Until::At(at)), _) => {
            vec![("until", at.to_rfc3339_opts(SecondsFormat::AutoSi, true))]
        }
        _ => Vec::new(),
    }
}

/// `5 attempts, 30 s`, or `5 attempts, no timeout`, as the log writes limits.
fn limits(after: &str) -> Option<Options> {
    let (attempts, timeout) = after.split_once(" attempts, ")?;
    let seconds = match timeout {
        "no timeout" => "0",
        other => other.strip_suffix(" s")?,
    };
    attempts.parse::<i32>().ok()?;
    seconds.parse::<i32>().ok()?;
    Some(vec![
        ("max-attempts", attempts.to_owned()),
        ("timeout-seconds", seconds.to_owned()),
    ])
}

fn line(
    words: &str,
    ids: &[String],
    options: &Options,
    reason: Option<&str>,
) -> Result<String, String> {
    let mut line = format!("dlqtop {words} {}", ids.join(" "));
    let reason = reason.map(|reason| ("reason", reason.to_owned()));
    for (name, value) in options.iter().cloned().chain(reason) {
        if name == "take-over" {
            line.push_str(" --take-over");
            continue;
        }
        // A value that begins with a dash would be taken for the next option.
        let between = if value.starts_with('-') { '=' } else { ' ' };
        // What is pasted into a chat holds no secret either.
        let value = redaction::text(&value);
        let _ = write!(line, " --{name}{between}{}", quoted(&value)?);
    }
    Ok(line)
}

/// One word for a POSIX shell, whatever is in it.
///
/// # Errors
///
/// A shell has no word with a NUL in it.
pub fn quoted(text: &str) -> Result<Cow<'_, str>, String> {
    shlex::try_quote(text).map_err(|_| "no shell can pass a NUL character on".to_owned())
}

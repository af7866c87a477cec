//! What can be said after `dlqtop step`, `task` and `entry`, and what it asks for.

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Subcommand};
use serde_json::Value;

use super::args::{ChangeArgs, ChangeCommand};
use super::resolve_words::IntendedChange;
use crate::app::writes::verb_plan::from_cli::RequestedChange;
use crate::data::messages::change::Limits;
use crate::data::messages::command::{EntryVerb, StepVerb, TaskVerb, Until};
use crate::data::redaction;
use crate::failure::Failure;

/// What can be done to steps.
#[derive(Debug, Clone, Subcommand)]
pub enum StepCommand {
    /// Run steps again, with all their attempts.
    Retry(ChangeArgs),
    /// Mark steps as done without a result (bypass).
    Resolve(ChangeArgs),
    /// Mark steps as done with a result.
    Complete {
        /// The result, required: JSON, @FILE, or - for standard input.
        #[arg(long, value_name = "JSON|@FILE|-")]
        result: String,
        /// On what, and how.
        #[command(flatten)]
        args: ChangeArgs,
    },
    /// Cancel steps; steps that depend on them never run either.
    Cancel(ChangeArgs),
    /// Change how often steps may run and how long a run may take, for these steps only.
    #[command(group(ArgGroup::new("limits").required(true).multiple(true)))]
    Limits {
        /// How often they may run.
        #[arg(long, value_name = "N", group = "limits",
              value_parser = clap::value_parser!(i32).range(1..=i64::from(Limits::MOST_ATTEMPTS)))]
        max_attempts: Option<i32>,
        /// Seconds a run may take; 0 for as long as it likes.
        #[arg(long, value_name = "S", group = "limits",
              value_parser = clap::value_parser!(i32).range(0..=i64::from(Limits::LONGEST)))]
        timeout_seconds: Option<i32>,
        /// On what, and how.
        #[command(flatten)]
        args: ChangeArgs,
    },
}

/// What can be done to tasks.
#[derive(Debug, Clone, Subcommand)]
pub enum TaskCommand {
    /// Requeue tasks in error whose steps need no action.
    Requeue(ChangeArgs),
    /// Cancel whole tasks.
    Cancel(ChangeArgs),
    /// Open an investigation of tasks by hand.
    Dlq(ChangeArgs),
}

/// What can be done to investigations.
#[derive(Debug, Clone, Subcommand)]
pub enum EntryCommand {
    /// Close investigations; the reason becomes their resolution notes.
    Close {
        /// The resolution, required, in the words of the system: `manually_resolved`, `permanently_failed` or
        /// `cancelled` in Tasker's own schema.
        #[arg(long, value_name = "WORD")]
        status: String,
        /// On what, and how.
        #[command(flatten)]
        args: ChangeArgs,
    },
    /// Add a note to investigations: the reason is the note.
    Note(ChangeArgs),
    /// Claim investigations, so that others see who works on them. A claim expires.
    Claim {
        /// For how long: 1m to 7d.
        #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = minutes)]
        minutes: i32,
        /// Even those that somebody else has claimed.
        #[arg(long)]
        take_over: bool,
        /// On what, and how.
        #[command(flatten)]
        args: ChangeArgs,
    },
    /// Release claims before they end.
    Release(ChangeArgs),
    /// Hide investigations from the top of the queue for a while.
    Snooze {
        /// For how long: 1m to 30d; 1h unless given.
        #[arg(long = "for", value_name = "TIME", value_parser = minutes, conflicts_with = "until")]
        minutes: Option<i32>,
        /// Until when: 2026-11-21T09:00:00Z.
        #[arg(long, value_name = "TIME")]
        until: Option<DateTime<Utc>>,
        /// On what, and how.
        #[command(flatten)]
        args: ChangeArgs,
    },
    /// End the snooze of investigations.
    Unsnooze(ChangeArgs),
    /// Reopen closed investigations.
    Reopen(ChangeArgs),
}

/// `90m`, `1h`: whole minutes.
fn minutes(text: &str) -> Result<i32, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let minutes = i32::try_from(time.as_secs() / 60).ok();
    minutes
        .filter(|minutes| *minutes > 0)
        .ok_or_else(|| "a time from 1m on, as in 90m or 1h".to_owned())
}

impl StepCommand {
    /// What is asked for.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the result cannot be read or is no JSON.
    pub fn act(self) -> Result<ChangeCommand, Failure> {
        let (verb, args) = match self {
            Self::Retry(args) => (StepVerb::ResetForRetry, args),
            Self::Resolve(args) => (StepVerb::ResolveManually, args),
            Self::Complete { result, args } => {
                (StepVerb::CompleteManually(given_result(&result)?), args)
            }
            Self::Cancel(args) => (StepVerb::Cancel, args),
            Self::Limits {
                max_attempts,
                timeout_seconds,
                args,
            } => {
                let limits = Limits {
                    max_attempts,
                    timeout_seconds,
                };
                (StepVerb::SetLimits(limits), args)
            }
        };
        let intended = IntendedChange::RequestedChange(RequestedChange::Steps(verb));
        Ok(ChangeCommand { intended, args })
    }
}

impl TaskCommand {
    /// What is asked for.
    #[must_use]
    pub fn act(self) -> ChangeCommand {
        let (verb, args) = match self {
            Self::Requeue(args) => (TaskVerb::Requeue, args),
            Self::Cancel(args) => (TaskVerb::Cancel, args),
            Self::Dlq(args) => (TaskVerb::SendToDlq, args),
        };
        let intended = IntendedChange::RequestedChange(RequestedChange::Tasks(verb));
        ChangeCommand { intended, args }
    }
}

impl EntryCommand {
    /// What is asked for.
    #[must_use]
    pub fn act(self) -> ChangeCommand {
        let (verb, args) = match self {
            Self::Close { status, args } => {
                let intended = IntendedChange::Close(status);
                return ChangeCommand { intended, args };
            }
            Self::Note(args) => (EntryVerb::Note, args),
            Self::Claim {
                minutes,
                take_over,
                args,
            } => (EntryVerb::Claim { minutes, take_over }, args),
            Self::Release(args) => (EntryVerb::Release, args),
            Self::Snooze {
                minutes,
                until,
                args,
            } => {
                let until = until.map_or(Until::Minutes(minutes.unwrap_or(60)), Until::At);
                (EntryVerb::Snooze(until), args)
            }
            Self::Unsnooze(args) => (EntryVerb::Unsnooze, args),
            Self::Reopen(args) => (EntryVerb::Reopen, args),
        };
        let intended = IntendedChange::RequestedChange(RequestedChange::Entries(verb));
        ChangeCommand { intended, args }
    }
}

/// JSON from the argument, from a file, or from standard input.
fn given_result(given: &str) -> Result<Value, Failure> {
    let (text, from) = match given.strip_prefix('@') {
        _ if given == "-" => (std::io::read_to_string(std::io::stdin()), "standard input"),
        Some(path) => (std::fs::read_to_string(path), path),
        None => (Ok(given.to_owned()), "--result"),
    };
    let text = text.map_err(|error| Failure::usage(format!("cannot read {from}: {error}")))?;
    let result = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "the result is no JSON: {from}, {error}; a text is written as '\"text\"'"
        ))
    })?;
    if redaction::holds_mark(&result) {
        return Err(Failure::usage(format!(
            "the result has {}, which stands for a hidden value: write the value itself",
            redaction::MARK
        )));
    }
    Ok(result)
}

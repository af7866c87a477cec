//! `dlqtop step`, `task` and `entry`: the acts of the screen as commands.
//!
//! What is named is looked at first: that is the set, with the states and versions seen. Then the
//! plan is shown, the question asked, and the same writer as the dashboard's carries it out.

mod access;
mod ask;
mod carry;
mod receipt;
pub mod resume;
mod subjects;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args, Subcommand};
use serde_json::Value;
use uuid::Uuid;

use super::dashboard::Target;
use super::failure::Failure;
use super::{Global, parse_id};
use crate::app::field::Field;
use crate::app::plan::{Plan, Wish, exactly};
use crate::config;
use crate::config::value::interval;
use crate::data::change::Limits;
use crate::data::command::{EntryVerb, Pace, Resolution, StepVerb, TaskVerb, Until, Write};
use crate::data::incident::Incident;
use crate::data::safe_text::is_unsafe;

/// What can be done to steps.
#[derive(Debug, Clone, Subcommand)]
pub enum StepCommand {
    /// Run steps again, with all their attempts.
    Retry(Asked),
    /// Count steps as done, without a result (bypass).
    Resolve(Asked),
    /// Count steps as done, with a result.
    Complete {
        /// The result: JSON, @FILE, or - for standard input.
        #[arg(long, value_name = "JSON|@FILE|-")]
        result: String,
        /// On what, and how.
        #[command(flatten)]
        asked: Asked,
    },
    /// Never run steps; what waits for them never will either.
    Cancel(Asked),
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
        asked: Asked,
    },
}

/// What can be done to tasks.
#[derive(Debug, Clone, Subcommand)]
pub enum TaskCommand {
    /// Put tasks in error back to work whose steps need nothing done to them.
    Resume(Asked),
    /// Call whole tasks off.
    Cancel(Asked),
    /// Open an investigation of tasks by hand.
    Dlq(Asked),
}

/// What can be done to investigations.
#[derive(Debug, Clone, Subcommand)]
pub enum EntryCommand {
    /// Close investigations; the reason becomes their resolution notes.
    Update {
        /// How they are closed.
        #[arg(long, value_enum)]
        status: Status,
        /// On what, and how.
        #[command(flatten)]
        asked: Asked,
    },
    /// Add a note to investigations: the reason is the note.
    Note(Asked),
    /// Claim investigations: others see who looks into them. A claim ends by itself.
    Own {
        /// For how long: 1m to 7d.
        #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = minutes)]
        minutes: i32,
        /// Even those that somebody else has claimed.
        #[arg(long)]
        take_over: bool,
        /// On what, and how.
        #[command(flatten)]
        asked: Asked,
    },
    /// Give back what was claimed before the claim ends.
    Release(Asked),
    /// Take investigations from the top of the queue for a time.
    Snooze {
        /// For how long: 1m to 30d; 1h unless given.
        #[arg(long = "for", value_name = "TIME", value_parser = minutes, conflicts_with = "until")]
        minutes: Option<i32>,
        /// Until when: 2026-11-21T09:00:00Z.
        #[arg(long, value_name = "TIME")]
        until: Option<DateTime<Utc>>,
        /// On what, and how.
        #[command(flatten)]
        asked: Asked,
    },
    /// Bring snoozed investigations back at once.
    Unsnooze(Asked),
    /// Open closed investigations again.
    Reopen(Asked),
}

/// `90m`, `1h`: whole minutes.
fn minutes(text: &str) -> Result<i32, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let minutes = i32::try_from(time.as_secs() / 60).ok();
    minutes
        .filter(|minutes| *minutes > 0)
        .ok_or_else(|| "a time from 1m on, as in 90m or 1h".to_owned())
}

/// How an investigation is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Status {
    /// The cause was fixed.
    ManuallyResolved,
    /// It never will be.
    PermanentlyFailed,
    /// The work was called off.
    Cancelled,
}

/// On what, why and how.
#[derive(Debug, Clone, Args)]
pub struct Asked {
    /// Ids of steps, tasks or entries; a task or an entry means its step that needs an operator, or
    /// its open investigation.
    #[arg(value_name = "ID", required_unless_present_any = ["filter", "ids_from"])]
    pub ids: Vec<String>,

    /// The ids in a file, or - for standard input: one a line.
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    pub ids_from: Option<PathBuf>,

    /// All open investigations that match, in the language of the queue's `/`: `reason:max_retries age>2h`.
    #[arg(long, value_name = "FILTER", conflicts_with_all = ["ids", "ids_from"])]
    pub filter: Option<String>,

    /// Why: it goes into the log that everybody reads.
    #[arg(long, visible_aliases = ["notes"], value_name = "TEXT", required_unless_present = "dry_run")]
    pub reason: Option<String>,

    /// Show what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask. Needed where there is no terminal to ask on.
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    pub yes: bool,

    /// JSON instead of a table: the plan of a dry run, else what became of each.
    #[arg(long)]
    pub json: bool,

    /// Write what became of each into this file as JSON as well.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub receipt: Option<PathBuf>,

    /// The incident it is done for: it goes into the reason, and opens a profile that is production or
    /// read-only for this one command.
    #[arg(long, value_name = "NAME", value_parser = Incident::new)]
    pub incident: Option<Incident>,

    /// How fast.
    #[command(flatten)]
    pub pacing: Pacing,
}

/// How fast, and what stops it.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Pacing {
    /// Do one first, and the others only if it turns out well within this time.
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true,
          default_missing_value = "2m", value_parser = interval)]
    pub canary: Option<Duration>,

    /// So many at most: 5/s, 30/m.
    #[arg(long, value_name = "N/s", value_parser = rate)]
    pub rate: Option<f64>,

    /// Stop once so many have failed again with the error they had.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub halt_after: Option<u32>,
}

/// `5/s`, `30/m`, `100/h`, or `5` for five a second.
fn rate(text: &str) -> Result<f64, String> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err("a rate is written as 5/s, 30/m or 100/h".to_owned()),
    };
    let per_second = number.trim().parse::<f64>().map(|number| number / seconds);
    match per_second {
        Ok(rate) if (1e-4..=10_000.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number above 0, as in 5/s".to_owned()),
    }
}

/// An act of the command line, before anybody has looked at what it names.
#[derive(Debug, Clone)]
pub struct Act {
    /// What to do.
    pub wish: Wish,
    /// On what, why and how.
    pub asked: Asked,
}

impl StepCommand {
    /// What is asked for.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the result cannot be read or is no JSON.
    pub fn act(self) -> Result<Act, Failure> {
        let (verb, asked) = match self {
            Self::Retry(asked) => (StepVerb::ResetForRetry, asked),
            Self::Resolve(asked) => (StepVerb::ResolveManually, asked),
            Self::Complete { result, asked } => {
                (StepVerb::CompleteManually(given_result(&result)?), asked)
            }
            Self::Cancel(asked) => (StepVerb::Cancel, asked),
            Self::Limits {
                max_attempts,
                timeout_seconds,
                asked,
            } => {
                let limits = Limits {
                    max_attempts,
                    timeout_seconds,
                };
                (StepVerb::SetLimits(limits), asked)
            }
        };
        let wish = Wish::Steps(verb);
        Ok(Act { wish, asked })
    }
}

impl TaskCommand {
    /// What is asked for.
    #[must_use]
    pub fn act(self) -> Act {
        let (verb, asked) = match self {
            Self::Resume(asked) => (TaskVerb::Resume, asked),
            Self::Cancel(asked) => (TaskVerb::Cancel, asked),
            Self::Dlq(asked) => (TaskVerb::SendToDlq, asked),
        };
        let wish = Wish::Tasks(verb);
        Act { wish, asked }
    }
}

impl EntryCommand {
    /// What is asked for.
    #[must_use]
    pub fn act(self) -> Act {
        let (verb, asked) = match self {
            Self::Update { status, asked } => {
                let resolution = match status {
                    Status::ManuallyResolved => Resolution::ManuallyResolved,
                    Status::PermanentlyFailed => Resolution::PermanentlyFailed,
                    Status::Cancelled => Resolution::Cancelled,
                };
                (EntryVerb::Close(resolution), asked)
            }
            Self::Note(asked) => (EntryVerb::Note, asked),
            Self::Own {
                minutes,
                take_over,
                asked,
            } => (EntryVerb::Own { minutes, take_over }, asked),
            Self::Release(asked) => (EntryVerb::Release, asked),
            Self::Snooze {
                minutes,
                until,
                asked,
            } => {
                let until = until.map_or(Until::Minutes(minutes.unwrap_or(60)), Until::At);
                (EntryVerb::Snooze(until), asked)
            }
            Self::Unsnooze(asked) => (EntryVerb::Unsnooze, asked),
            Self::Reopen(asked) => (EntryVerb::Reopen, asked),
        };
        let wish = Wish::Entries(verb);
        Act { wish, asked }
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
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "the result is no JSON: {from}, {error}; a text is written as '\"text\"'"
        ))
    })
}

/// Carries an act out, or says what it would do.
///
/// # Errors
///
/// [`Failure`] if the request is at fault, if nothing may be written here, or if the database cannot
/// be asked.
pub async fn run(global: &Global, act: Act) -> Result<ExitCode, Failure> {
    let Act { wish, asked } = act;
    let reason = reason(&asked)?;
    if !asked.dry_run && !asked.yes && !ask::can_ask() {
        return Err(Failure::usage(
            "there is no terminal to ask on: look with --dry-run, then add --yes",
        ));
    }
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    let profile = config::called(global, &options);
    let target = Target::open(options, profile, None).await?;
    if !asked.dry_run {
        access::allowed(global, &target, asked.incident.as_ref())?;
    }
    let subjects = subjects::find(global, &wish, &asked).await?;
    let plan = exactly(&wish, &subjects);
    if asked.dry_run {
        ask::show_dry_run(&plan, asked.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let write = Write {
        batch: Uuid::now_v7(),
        change: plan.change.clone(),
        reason,
        pace: asked.pacing.into(),
    };
    confirmed_then((global, &target), (plan, write, actor), &asked).await
}

/// Asks, if it has to be asked, and does it.
async fn confirmed_then(
    (global, target): (&Global, &Target),
    (plan, write, actor): (Plan, Write, String),
    asked: &Asked,
) -> Result<ExitCode, Failure> {
    let place = format!("{actor} on {}", target.profile);
    if !asked.json {
        ask::show(&plan)?;
    } else if !asked.yes {
        ask::show_for_question(&plan)?;
    }
    if plan.change.count() == 0 {
        let receipt = receipt::nothing(&write, (target, &actor), &plan);
        receipt.deliver(asked.json, asked.receipt.as_deref())?;
        return Ok(ExitCode::from(1));
    }
    let gate = access::gate(global, plan.change.count());
    if !asked.yes && !ask::agreed(&plan, &place, &gate)? {
        return Err(Failure::nothing_done("nothing was changed"));
    }
    let carried = carry::out(target, &write, &actor).await;
    let signal = carried.signal;
    let receipt = receipt::of(&write, (target, &actor), Some(&plan), carried);
    receipt.deliver(asked.json, asked.receipt.as_deref())?;
    Ok(exit_code(receipt.all_done(), signal))
}

fn exit_code(all_done: bool, signal: Option<u8>) -> ExitCode {
    match signal {
        Some(signal) if !all_done => ExitCode::from(128 + signal),
        _ => ExitCode::from(u8::from(!all_done)),
    }
}

impl From<Pacing> for Pace {
    fn from(pacing: Pacing) -> Self {
        Self {
            canary: pacing.canary,
            per_second: pacing.rate,
            halt_after: pacing.halt_after,
        }
    }
}

/// The reason, as the screen would take it; a dry run needs none.
fn reason(asked: &Asked) -> Result<String, Failure> {
    let reason = asked.reason.as_deref().unwrap_or_default().trim();
    let says_something = reason.chars().any(|c| !c.is_whitespace() && !is_unsafe(c));
    if !says_something && !asked.dry_run {
        return Err(Failure::usage(
            "the reason is blank: say why with --reason; it goes into the log that everybody reads",
        ));
    }
    if reason.chars().count() > Field::MAX_CHARS {
        return Err(Failure::usage(format!(
            "the reason is longer than {} characters",
            Field::MAX_CHARS
        )));
    }
    Ok(match &asked.incident {
        Some(incident) => incident.in_reason(reason),
        None => reason.to_owned(),
    })
}

/// The ids that were given, each once, in their order.
fn ids(asked: &Asked) -> Result<Vec<Uuid>, Failure> {
    let mut texts = asked.ids.clone();
    if let Some(path) = &asked.ids_from {
        let read = if path.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(path)
        };
        let read = read
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        texts.extend(read.lines().map(str::trim).map(str::to_owned));
        texts.retain(|line| !line.is_empty() && !line.starts_with('#'));
    }
    let mut ids = Vec::with_capacity(texts.len());
    let mut seen = std::collections::HashSet::new();
    for text in &texts {
        let id = parse_id(text)?;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_numbers_a_unit_of_time() {
        assert_eq!(rate("5/s"), Ok(5.0));
        assert_eq!(rate("30/m"), Ok(0.5));
        assert_eq!(rate("2"), Ok(2.0));
        for wrong in ["", "0/s", "-1/s", "5/d", "five/s", "inf/s", "NaN", "1e9/s"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}

//! `dlqtop detect --arm`, `--disarm` and `--confirm`: whether sweeps act on a database is decided there, once
//! for all detectors.

use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;

use serde_json::json;

use super::args::{DetectArgs, ToDecide};
use crate::app::format::{count, duration_of_minutes, plural};
use crate::cli::act::access::check_writable;
use crate::cli::act::args::checked_reason;
use crate::cli::act::ask::{answer_to, can_ask};
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask_native;
use crate::cli::target::{self, Target};
use crate::config;
use crate::config::global::Global;
use crate::data::native::detector_control::{self, Decided, Decision, PreviewRow};
use crate::failure::Failure;

/// Decides it.
///
/// # Errors
///
/// [`Failure`]: 1 if the database refuses, because more is due than was said or the detector is not armed.
pub(super) async fn run(
    global: &Global,
    what: ToDecide,
    args: &DetectArgs,
) -> Result<ExitCode, Failure> {
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    let target = Target::open(options, &target::native(global), String::new(), None).await?;
    check_writable(global, &target)?;
    let decided = match what {
        ToDecide::Arm => return arm(global, &target, &actor, args).await,
        ToDecide::Disarm => {
            let reason = reason(global, args)?;
            let decision = Decision {
                actor: &actor,
                reason: &reason,
                incident: None,
            };
            let was_armed = detector_control::disarm(&target.site.options, decision).await?;
            let line = if was_armed {
                "disarmed: every sweep on this database is dry from now on"
            } else {
                "the detector was not armed on this database"
            };
            return say(args, line, &json!({ "armed": false, "changed": was_armed }));
        }
        ToDecide::Confirm(tasks) => {
            let reason = reason(global, args)?;
            let decision = Decision {
                actor: &actor,
                reason: &reason,
                incident: None,
            };
            detector_control::confirm(&target.site.options, tasks, decision).await?
        }
    };
    refused(decided)?;
    let ToDecide::Confirm(tasks) = what else {
        return Ok(ExitCode::SUCCESS);
    };
    say(
        args,
        &format!(
            "the next sweep within ten minutes may take up to {}",
            plural(usize::try_from(tasks).unwrap_or_default(), "task")
        ),
        &json!({ "confirmed": tasks }),
    )
}

async fn arm(
    global: &Global,
    target: &Target,
    actor: &str,
    args: &DetectArgs,
) -> Result<ExitCode, Failure> {
    let rows = ask_native(global, async |db| detector_control::preview(db).await).await?;
    let due: i64 = rows.iter().map(|row| row.tasks).sum();
    let by_hand = args.control.count.is_none();
    if by_hand && !can_ask() {
        show(&rows, due, args)?;
        return Err(Failure::usage(format!(
            "without a terminal say how many tasks the first sweep may take: --arm --count {due} --reason TEXT"
        )));
    }
    if by_hand || !args.output.json {
        show(&rows, due, args)?;
    }
    let tasks = match args.control.count {
        Some(tasks) => tasks,
        None => typed_count(due, &target.session.database)?,
    };
    let reason = reason(global, args)?;
    let decision = Decision {
        actor,
        reason: &reason,
        incident: None,
    };
    refused(detector_control::arm(&target.site.options, tasks, decision).await?)?;
    say(
        args,
        &format!(
            "armed: sweeps act on this database from now on, the first on at most {}",
            plural(usize::try_from(tasks).unwrap_or_default(), "task")
        ),
        &json!({ "armed": true, "changed": true, "first_sweep_may_take": tasks, "preview": rows }),
    )
}

/// What the first sweep would take. With `--json` the answer has it, so this goes to whoever is asked.
fn show(rows: &[PreviewRow], due: i64, args: &DetectArgs) -> Result<(), Failure> {
    let mut shown = table(&[
        "TEMPLATE", "STATE", "REASON", ">TASKS", ">OLDEST", ">NEWEST",
    ]);
    for row in rows {
        let age = |minutes: Option<f64>| minutes.map_or_else(String::new, duration_of_minutes);
        shown.add_row([
            format!("{}/{}@{}", row.namespace, row.task_name, row.task_version),
            row.state.to_string(),
            row.dlq_reason.to_string(),
            count(row.tasks),
            age(row.oldest_minutes),
            age(row.newest_minutes),
        ]);
    }
    let line = format!(
        "the first sweep would take {}: they go to the dead-letter queue, and to error unless their template says otherwise",
        plural(usize::try_from(due).unwrap_or_default(), "task")
    );
    if args.output.json {
        let mut out = stderr().lock();
        if !rows.is_empty() {
            put(&mut out, &shown)?;
        }
        writeln!(out, "{line}")?;
    } else {
        let mut out = stdout().lock();
        if !rows.is_empty() {
            put(&mut out, &shown)?;
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Asks for the number; anything but a number arms nothing.
fn typed_count(due: i64, database: &str) -> Result<i32, Failure> {
    let typed = answer_to(&format!(
        "Sweeps will act on {database} for everybody. Type the number of tasks, {due}, to arm the detector: "
    ))?;
    match typed.parse() {
        Ok(tasks) if i64::from(tasks) == due => Ok(tasks),
        _ => Err(Failure::refused("not armed: that was not the number")),
    }
}

/// The reason as it was given, or as it is typed.
fn reason(global: &Global, args: &DetectArgs) -> Result<String, Failure> {
    match &args.control.reason {
        Some(reason) => checked_reason(global, reason),
        None if can_ask() => checked_reason(global, &answer_to("Why: ")?),
        None => Err(Failure::usage("say why with --reason")),
    }
}

fn refused(decided: Decided) -> Result<(), Failure> {
    match decided {
        Decided::Done => Ok(()),
        Decided::Refused(why) => Err(Failure::refused(why.to_string())),
    }
}

fn say(args: &DetectArgs, line: &str, value: &serde_json::Value) -> Result<ExitCode, Failure> {
    if args.output.json {
        return print_json(value);
    }
    writeln!(stdout().lock(), "{line}")?;
    Ok(ExitCode::SUCCESS)
}

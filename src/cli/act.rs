//! `dlqtop step`, `task` and `entry`: the acts of the screen as commands.
//!
//! What is named is looked at first: that is the set, with the states and versions seen. Then the
//! plan is shown, the question asked, and the same writer as the dashboard's carries it out.

mod access;
pub(super) mod ask;
mod commands;
mod execute;
mod pacing;
mod receipt;
mod resolve_words;
pub mod resume;
mod subjects;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use uuid::Uuid;

pub use self::commands::{EntryCommand, StepCommand, TaskCommand};
pub use self::pacing::Pacing;
pub use crate::cli::act::resolve_words::IntendedChange;

use super::target::{self, Target};
use super::{Global, parse_id};
use crate::app::text_input::TextInput;
use crate::app::writes::plan::Plan;
use crate::app::writes::plan::from_cli::{RequestedChange, exactly};
use crate::config;
use crate::data::bulk::retry_outcome::{notices_return, why_no_outcome};
use crate::data::messages::command::Write;
use crate::data::model::incident::Incident;
use crate::data::model::safe_text::is_unsafe;
use crate::data::source::{Source, file_of};
use crate::failure::Failure;

/// On what, why and how.
#[derive(Debug, Clone, Args)]
pub struct ChangeArgs {
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

    /// Why: it goes into the log that everybody reads, where one is kept.
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

/// An act of the command line, before anybody has looked at what it names.
#[derive(Debug, Clone)]
pub struct ChangeCommand {
    /// What to do.
    pub meant: IntendedChange,
    /// On what, why and how.
    pub asked: ChangeArgs,
}

/// Carries an act out, or says what it would do.
///
/// # Errors
///
/// [`Failure`] if the request is at fault, if nothing may be written here, or if the database cannot
/// be asked.
pub async fn run(global: &Global, act: ChangeCommand) -> Result<ExitCode, Failure> {
    let ChangeCommand { meant, asked } = act;
    let reason = reason(&asked)?;
    if !asked.dry_run && !asked.yes && !ask::can_ask() {
        return Err(Failure::usage(
            "there is no terminal to ask on: look with --dry-run, then add --yes",
        ));
    }
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    let profile = config::called(global, &options);
    let target = Target::open((options, &target::wanted(global)), profile, None).await?;
    let wish = meant.in_words_of(&target.site.source)?;
    offered((&target.site.source, &wish), &asked)?;
    if !asked.dry_run {
        access::allowed(global, &target, asked.incident.as_ref())?;
    }
    let subjects = subjects::find(global, &wish, &asked).await?;
    let plan = exactly(&wish, &subjects, &target.site.source);
    if asked.dry_run {
        ask::show_dry_run(&plan, &target.site.source, asked.json)?;
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

/// That the source can do it at all, and at that pace.
fn offered((source, wish): (&Source, &RequestedChange), asked: &ChangeArgs) -> Result<(), Failure> {
    let change = wish.of_nothing();
    source.demand(file_of(&change))?;
    match why_no_outcome(source, &change) {
        Some(why) if asked.pacing.canary.is_some() => Err(Failure::usage(format!(
            "{why}: leave --canary out, --rate does without"
        ))),
        _ if asked.pacing.halt_after.is_some() && !notices_return(source, &change) => Err(
            Failure::usage("nothing tells whether these fail again: leave --halt-after out"),
        ),
        _ => Ok(()),
    }
}

/// Asks, if it has to be asked, and does it.
async fn confirmed_then(
    (global, target): (&Global, &Target),
    (plan, write, actor): (Plan, Write, String),
    asked: &ChangeArgs,
) -> Result<ExitCode, Failure> {
    let place = format!("{actor} on {}", target.profile);
    if !asked.json {
        ask::show(&plan, &target.site.source)?;
    } else if !asked.yes {
        ask::show_for_question(&plan, &target.site.source)?;
    }
    if plan.change.count() == 0 {
        let receipt = receipt::nothing(&write, (target, &actor), &plan);
        receipt.deliver(asked.json, asked.receipt.as_deref())?;
        return Ok(ExitCode::from(1));
    }
    let gate = access::typed_confirmation(global, plan.change.count());
    if !asked.yes && !ask::agreed(&plan, &place, &gate)? {
        return Err(Failure::nothing_done("nothing was changed"));
    }
    let carried = execute::run(target, &write, &actor).await;
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

/// The reason, as the screen would take it; a dry run needs none.
fn reason(asked: &ChangeArgs) -> Result<String, Failure> {
    let reason = asked.reason.as_deref().unwrap_or_default().trim();
    let says_something = reason.chars().any(|c| !c.is_whitespace() && !is_unsafe(c));
    if !says_something && !asked.dry_run {
        return Err(Failure::usage("the reason is blank: say why with --reason"));
    }
    if reason.chars().count() > TextInput::MAX_CHARS {
        return Err(Failure::usage(format!(
            "the reason is longer than {} characters",
            TextInput::MAX_CHARS
        )));
    }
    Ok(match &asked.incident {
        Some(incident) => incident.in_reason(reason),
        None => reason.to_owned(),
    })
}

/// The ids that were given, each once, in their order.
fn ids(asked: &ChangeArgs) -> Result<Vec<Uuid>, Failure> {
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

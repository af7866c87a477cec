//! `dlqtop step`, `task` and `entry`: the changes that the screens offer, as commands.
//!
//! `subjects` looks up what was named, with the states and versions seen; the plan is shown, `ask` asks,
//! and `execute` runs the same engine as the dashboard. A new change is a variant in `commands`.
//!
//! What is named is looked at first: that is the set, with the states and versions seen. Then the
//! plan is shown, the question asked, and the same writer as the dashboard's carries it out.

pub(super) mod access;
pub(super) mod args;
pub(super) mod ask;
mod commands;
mod execute;
mod pacing;
mod receipt;
mod resolve_words;
pub mod resume;
mod subjects;

use std::process::ExitCode;

use uuid::Uuid;

use self::args::reason;
pub use self::args::{ChangeArgs, ChangeCommand};
pub use self::commands::{EntryCommand, StepCommand, TaskCommand};
pub use self::pacing::Pacing;
pub use crate::cli::act::resolve_words::IntendedChange;

use super::target::{self, Target};
use crate::app::writes::verb_plan::Plan;
use crate::app::writes::verb_plan::from_cli::{RequestedChange, exactly};
use crate::cli::query::warn_if_hidden;
use crate::config;
use crate::config::global::Global;
use crate::data::bulk::retry_outcome::{detects_repeats, why_no_outcome};
use crate::data::messages::command::Write;
use crate::data::source::{Source, file_of};
use crate::failure::Failure;

/// Carries an act out, or says what it would do.
///
/// # Errors
///
/// [`Failure`] if the request is at fault, if nothing may be written here, or if the database cannot
/// be asked.
pub async fn run(global: &Global, act: ChangeCommand) -> Result<ExitCode, Failure> {
    let ChangeCommand { intended, args } = act;
    let reason = reason(global, &args)?;
    if !args.dry_run && !args.yes && !ask::can_ask() {
        return Err(Failure::usage(
            "there is no terminal to ask on: look with --dry-run, then add --yes",
        ));
    }
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    let profile = config::display_name(global, &options);
    let target = Target::open(options, &target::wanted(global), profile, None).await?;
    warn_if_hidden(target.session.scope.as_ref());
    let requested = intended.in_words_of(&target.site.source)?;
    check_supported(&target.site.source, &requested, &args)?;
    if !args.dry_run {
        access::check_writable(global, &target)?;
    }
    let subjects = subjects::find(global, &requested, &args).await?;
    let plan = exactly(&requested, &subjects, &target.site.source);
    if args.dry_run {
        ask::show_dry_run(&plan, &target.site.source, args.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let write = Write {
        batch: Uuid::now_v7(),
        change: plan.change.clone(),
        reason,
        pace: args.pacing.into(),
    };
    confirm_and_execute(global, &target, Intended { plan, write, actor }, &args).await
}

/// That the source can do it at all, and at that pace.
fn check_supported(
    source: &Source,
    requested: &RequestedChange,
    args: &ChangeArgs,
) -> Result<(), Failure> {
    let change = requested.of_nothing();
    source.require(file_of(&change))?;
    match why_no_outcome(source, &change) {
        Some(why) if args.pacing.canary.is_some() => Err(Failure::usage(format!(
            "{why}: leave --canary out, --rate does without"
        ))),
        _ if args.pacing.halt_after.is_some() && !detects_repeats(source, &change) => Err(
            Failure::usage("nothing tells whether these fail again: leave --halt-after out"),
        ),
        _ => Ok(()),
    }
}

/// What is to be done, and who does it.
struct Intended {
    plan: Plan,
    write: Write,
    actor: String,
}

/// Asks, if it has to be asked, and does it.
async fn confirm_and_execute(
    global: &Global,
    target: &Target,
    intended: Intended,
    args: &ChangeArgs,
) -> Result<ExitCode, Failure> {
    let Intended { plan, write, actor } = intended;
    let place = format!("{actor} on {}", target.profile);
    if !args.json {
        ask::show(&plan, &target.site.source)?;
    } else if !args.yes {
        ask::show_for_question(&plan, &target.site.source)?;
    }
    if plan.change.count() == 0 {
        let receipt = receipt::nothing(&write, target, &actor, &plan);
        receipt.deliver(args.json, args.receipt.as_deref())?;
        return Ok(ExitCode::from(1));
    }
    let gate = access::typed_confirmation(global, plan.change.count());
    if !args.yes && !ask::agreed(&plan, &place, &gate)? {
        return Err(Failure::refused("nothing was changed"));
    }
    let executed = execute::run(target, &write, &actor).await;
    let signal = executed.signal;
    let receipt = receipt::of(&write, target, &actor, Some(&plan), executed);
    receipt.deliver(args.json, args.receipt.as_deref())?;
    Ok(execute::exit_code(receipt.all_done(), signal))
}

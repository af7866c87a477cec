//! `dlqtop resume`: resumes a bulk run that was interrupted.

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::{access, ask, receipt};
use crate::app::format::count_usize;
use crate::cli::act::execute;
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::warn_if_hidden;
use crate::cli::target::{self, Target};
use crate::config;
use crate::config::global::Global;
use crate::data::bulk::journal::unreadable_words;
use crate::data::messages::command::Unfinished;
use crate::failure::Failure;

fn batch(text: &str) -> Result<Uuid, String> {
    text.parse()
        .map_err(|_| "that is no run: `dlqtop resume` lists what was interrupted".to_owned())
}

/// Which run, and how.
#[derive(Debug, Clone, Args)]
pub struct ResumeArgs {
    /// The bulk run; without one, the interrupted runs are listed.
    #[arg(value_name = "BATCH", value_parser = batch)]
    pub batch: Option<Uuid>,
    /// Give the run up: what was not tried never will be.
    #[arg(long, requires = "batch")]
    pub give_up: bool,
    /// Do not ask for confirmation. Needed without a terminal.
    #[arg(long, short = 'y', requires = "batch")]
    pub yes: bool,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// Lists the runs of this machine that were interrupted, or resumes one.
///
/// # Errors
///
/// [`Failure`].
pub async fn run(global: &Global, args: ResumeArgs) -> Result<ExitCode, Failure> {
    let actor = config::actor(global)?;
    let options = config::connect_options(global)?;
    let profile = config::display_name(global, &options);
    let wanted = target::wanted(global);
    let target = Target::open(options, &wanted, profile, None).await?;
    target::name_others(&target.site.source, &wanted);
    warn_if_hidden(target.session.scope.as_ref());
    let mut engine = execute::engine(&target, &actor);
    let runs = engine.unfinished().await;
    let unreadable = engine.unreadable_journals().await;
    let Some(batch) = args.batch else {
        engine.close().await;
        list(&runs?, args.output)?;
        return known(&unreadable);
    };
    let found = runs?.into_iter().find(|run| run.write.batch == batch);
    let run = found.ok_or_else(|| none_of(batch, &unreadable))?;
    access::check_writable(global, &target)?;
    confirm(&run, &args, &format!("{actor} on {}", target.profile))?;
    if args.give_up {
        let given_up = engine.give_up(&run).await;
        engine.close().await;
        given_up.map_err(Failure::unavailable)?;
        execute::say("given up");
        return Ok(ExitCode::SUCCESS);
    }
    engine.close().await;
    let executed = execute::resume(&target, &run, &actor).await;
    let signal = executed.signal;
    let receipt = receipt::of(&run.write, &target, &actor, None, executed);
    receipt.deliver(args.output.json, None)?;
    Ok(execute::exit_code(receipt.all_done(), signal))
}

/// Fails if there are journals that could not be read: more may have been interrupted than was listed.
fn known(unreadable: &[PathBuf]) -> Result<ExitCode, Failure> {
    let mut lines = unreadable.iter().map(|path| unreadable_words(path));
    match lines.next() {
        None => Ok(ExitCode::SUCCESS),
        Some(first) => Err(Failure::unavailable_in_detail(first, lines.collect())),
    }
}

/// Why there is no such run to resume.
fn none_of(batch: Uuid, unreadable: &[PathBuf]) -> Failure {
    let name = batch.to_string();
    let is_its = |path: &&PathBuf| path.file_stem().is_some_and(|stem| *stem == *name);
    match unreadable.iter().find(is_its) {
        Some(path) => Failure::unavailable(unreadable_words(path)),
        None => Failure::usage(format!(
            "no run {batch} of this database was interrupted here: `dlqtop resume` lists them"
        )),
    }
}

fn confirm(run: &Unfinished, args: &ResumeArgs, place: &str) -> Result<(), Failure> {
    let verb = if args.give_up {
        "give up"
    } else {
        "go on with"
    };
    if args.yes {
        return Ok(());
    }
    if !ask::can_ask() {
        return Err(Failure::usage("there is no terminal to ask on: add --yes"));
    }
    let question = format!(
        "{}, {} of {} done, because: {}\nAs {place}: {verb} it? [y/N] ",
        run.write.change.name(),
        count_usize(run.done.done),
        count_usize(run.write.change.count()),
        crate::data::model::safe_text::SafeText::new(&run.write.reason),
    );
    if ask::yes_to(&question)? {
        Ok(())
    } else {
        Err(Failure::refused("nothing was changed"))
    }
}

fn list(runs: &[Unfinished], output: Output) -> Result<(), Failure> {
    if output.json {
        let one = |run: &Unfinished| {
            json!({
                "batch": run.write.batch,
                "action": run.write.change.name(),
                "actor": run.actor,
                "profile": run.profile,
                "started_at": run.started_at,
                "reason": crate::data::model::safe_text::SafeText::new(&run.write.reason),
                "subjects": run.write.change.count(),
                "tally": run.done,
            })
        };
        print_json(&runs.iter().map(one).collect::<Vec<_>>())?;
        return Ok(());
    }
    let mut out = stdout().lock();
    if runs.is_empty() {
        writeln!(out, "no bulk run was interrupted here")?;
        return Ok(());
    }
    let mut shown = table(&["BEGUN", "BY", "DID", ">DONE", ">OF", "REASON", "BATCH"]);
    for run in runs {
        shown.add_row([
            run.started_at.format("%F %T UTC").to_string(),
            run.actor.to_string(),
            run.write.change.name().to_owned(),
            count_usize(run.done.done),
            count_usize(run.write.change.count()),
            crate::data::model::safe_text::SafeText::new(&run.write.reason).to_string(),
            run.write.batch.to_string(),
        ]);
    }
    put(&mut out, &shown)?;
    Ok(())
}

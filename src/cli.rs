//! The command line: arguments become one call, and its result an exit code.
//!
//! [`Command`] lists the commands. [`act`] has those that change steps, tasks and entries, [`read`] those
//! that print lists, [`admin`] those about the installation; [`dashboard`], [`detect`] and [`demo`] run
//! until they are stopped. They share [`args`], [`output`], `query` (one question to the database) and
//! `target` (the database that is meant). Only [`program`](crate::program) calls this room, and no other
//! room imports it.
//!
//! A new command is a variant of [`Command`], a file in one of these folders, a branch in `dispatch`, and
//! two examples in `help/examples.rs`.

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub mod act;
pub mod admin;
pub mod args;
mod clock;
pub mod completions;
pub mod dashboard;
pub mod demo;
pub mod detect;
pub mod fingerprint;
mod help;
pub mod metrics;
pub mod output;
mod query;
pub mod read;
mod target;
pub mod undo;

use self::args::{Listing, Output, QueueListing};
use crate::config::flags::{Detect, GlobalFlags};
use crate::config::global::Global;
use crate::data::redaction;
use crate::failure::Failure;

/// See what background work is stuck in PostgreSQL, why, and fix it safely.
///
/// Without a command it opens the dashboard. Exit codes: 0 fine, 1 found something wrong, 2 usage,
/// 3 could not ask the database.
#[derive(Debug, Parser)]
#[command(name = "dlqtop", version, args_conflicts_with_subcommands = false)]
pub struct Cli {
    /// Open the dashboard on this task, step or entry.
    #[arg(value_name = "ID")]
    pub id: Option<String>,

    /// What every command understands.
    #[command(flatten)]
    pub global: GlobalFlags,

    /// The background detector's settings.
    #[command(flatten)]
    pub detect: Detect,

    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of opening the dashboard.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try everything: a private PostgreSQL, a simulated fleet and the dashboard. Nothing to set up.
    Demo(demo::DemoArgs),
    /// Show the wall screen: read-only, big numbers, no keys but q.
    Watch,
    /// Run the detector without a screen: move stale tasks to the dead-letter queue.
    Detect(detect::DetectArgs),
    /// Undo a sweep: put back to work what nobody has touched since, and disarm the detector.
    Undo(undo::UndoArgs),
    /// List tasks that are stale or about to be.
    Staleness(Listing),
    /// List open investigations, most urgent first.
    Queue(QueueListing),
    /// List investigations, open and closed, newest first.
    Entries(crate::cli::read::entries::EntriesArgs),
    /// List what operators did, when, why and with which outcome, from all dashboards.
    Log(crate::cli::read::log::LogArgs),
    /// What a change did, by the log, and whether what it retried has passed or failed again.
    Receipt(crate::cli::read::receipt::ReceiptArgs),
    /// Report for the next shift: opened, closed, still owned, notes. Markdown or JSON.
    Handover(crate::cli::read::handover::HandoverArgs),
    /// List workers and queues, where the system records them.
    Workers(crate::cli::read::fleet::WorkersArgs),
    /// Show entries by reason, rates, ages, sweeps and the archive.
    Stats(Output),
    /// Show one task: why it is stuck, its steps, history and entries.
    Show {
        /// A task, step, entry or correlation id.
        id: String,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
    /// List the steps of one task with their readiness.
    Steps {
        /// A task, step, entry or correlation id.
        task: String,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
    /// Retry, resolve, complete or cancel steps, or change their limits.
    #[command(subcommand)]
    Step(act::StepCommand),
    /// Requeue or cancel tasks, or open an investigation of them.
    #[command(subcommand)]
    Task(act::TaskCommand),
    /// Close, annotate, claim, snooze or reopen investigations.
    #[command(subcommand)]
    Entry(act::EntryCommand),
    /// Resume an interrupted bulk run; without a batch, list the interrupted ones.
    Resume(act::resume::ResumeArgs),
    /// Move finished work that is past its retention to the archive, in short transactions.
    Archive(crate::cli::admin::archive::ArchiveArgs),
    /// List, show and apply template files.
    #[command(subcommand)]
    Template(crate::cli::admin::template::TemplateCommand),
    /// Create or update the schema.
    Migrate(crate::cli::admin::migrate::MigrateArgs),
    /// Create the companion schema `dlqtop` next to a third-party system: notes, claims, snoozes, log, samples.
    Install(crate::cli::admin::install::InstallArgs),
    /// Drop the companion schema with everything in it.
    Uninstall(crate::cli::admin::install::UninstallArgs),
    /// Print what an error has in common with others, and try rules for it; asks no database.
    Fingerprint(fingerprint::FingerprintArgs),
    /// Check the installation and say what to fix first.
    Doctor {
        /// Recalculate data that has drifted; blocks writers while it runs.
        #[arg(long)]
        repair: bool,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
    /// Exit with 1 if a condition holds: for cron and Nagios.
    Check(crate::cli::admin::check::CheckArgs),
    /// List the systems that dlqtop supports, or check a source folder.
    #[command(subcommand)]
    Source(crate::cli::admin::source::SourceCommand),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the program or of a command.
    Man(completions::ManArgs),
    /// Show this program, its files, the database, and what you may do there.
    Info(Output),
    /// Show the configuration in force, put shared settings in force, or write a file to start with.
    #[command(subcommand)]
    Config(Config),
}

/// What can be asked about the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Show every setting in force and where it comes from.
    Show(Output),
    /// Write shared settings to the database, for everybody: shows what differs and asks.
    Apply(crate::cli::admin::config::apply::ApplyArgs),
    /// Write a configuration file in which every key is a comment with its default.
    Init {
        /// Print it instead.
        #[arg(long)]
        stdout: bool,
        /// How the answer is printed.
        #[command(flatten)]
        output: Output,
    },
}

/// The command line, with everything that its help shows.
#[must_use]
pub fn command() -> clap::Command {
    help::decorated(Cli::command())
}

/// Reads the command line. On a mistake it prints what is wrong and ends the program.
#[must_use]
pub fn parse() -> Cli {
    let matches = help::matches(&Cli::command());
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Carries out what was asked.
///
/// # Errors
///
/// [`Failure`] with one line and an exit code.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let Cli {
        id,
        global: flags,
        detect,
        command,
    } = cli;
    match &command {
        // Whatever is wrong with the configuration, this is a way to a right one.
        Some(Command::Config(Config::Init { stdout, output })) => {
            return crate::cli::admin::config::init(&flags, *stdout, *output);
        }
        // These ask nothing of anybody.
        Some(Command::Completions { shell }) => {
            return completions::completions(self::command(), *shell);
        }
        Some(Command::Man(args)) => return completions::man(self::command(), args),
        _ => {}
    }
    let settings = crate::config::load(&flags, &detect)?;
    redaction::install(settings.redaction.rule());
    let mut global = Global { flags, settings };
    if matches!(command, Some(Command::Demo(_))) {
        // The demo brings its own database.
        global.settings.profile = None;
        global.settings.profiles.all.clear();
    }
    // A file or a pipe is asked, and no database: no profile's password is fetched for it.
    if let (None, Some(Command::Fingerprint(args))) = (&id, &command) {
        return fingerprint::run(&global, args);
    }
    crate::config::profile::apply::fill_in(&mut global).await?;
    match command {
        None => dashboard::interactive(&global, id.as_deref()).await,
        Some(_) if id.is_some() => Err(Failure::usage("give an id or a command, not both")),
        Some(command) => dispatch(&global, command).await,
    }
}

async fn dispatch(global: &Global, command: Command) -> Result<ExitCode, Failure> {
    match command {
        // Boxed: it holds a whole screen, and the others need not carry it.
        Command::Demo(args) => Box::pin(demo::run(global, args)).await,
        Command::Watch => dashboard::watch(global).await,
        Command::Detect(args) => detect::run(global, args).await,
        Command::Undo(args) => undo::run(global, args).await,
        Command::Staleness(listing) => crate::cli::read::lists::staleness(global, &listing).await,
        Command::Queue(args) => crate::cli::read::lists::queue(global, &args).await,
        Command::Entries(args) => crate::cli::read::entries::run(global, args).await,
        Command::Log(args) => crate::cli::read::log::run(global, args).await,
        Command::Receipt(args) => crate::cli::read::receipt::run(global, args).await,
        Command::Handover(args) => crate::cli::read::handover::run(global, args).await,
        Command::Workers(args) => crate::cli::read::fleet::run(global, args).await,
        Command::Stats(output) => crate::cli::read::lists::stats(global, output).await,
        Command::Show { id, output } => crate::cli::read::show::show(global, &id, output).await,
        Command::Steps { task, output } => {
            crate::cli::read::show::steps(global, &task, output).await
        }
        Command::Step(command) => act::run(global, command.act()?).await,
        Command::Task(command) => act::run(global, command.act()).await,
        Command::Entry(command) => act::run(global, command.act()).await,
        Command::Resume(args) => act::resume::run(global, args).await,
        Command::Archive(args) => {
            crate::cli::admin::require_native::require_native(global, "archive").await?;
            crate::cli::admin::archive::run(global, args).await
        }
        Command::Template(command) => crate::cli::admin::template::run(global, command).await,
        Command::Migrate(args) => {
            crate::cli::admin::require_native::require_native(global, "migrate").await?;
            crate::cli::admin::migrate::run(global, args).await
        }
        Command::Fingerprint(args) => fingerprint::run(global, &args),
        Command::Install(args) => crate::cli::admin::install::install(global, args).await,
        Command::Uninstall(how) => crate::cli::admin::install::uninstall(global, how).await,
        Command::Doctor { repair, output } => {
            crate::cli::admin::doctor::run(global, repair, output).await
        }
        Command::Check(args) => crate::cli::admin::check::run(global, args).await,
        Command::Source(command) => crate::cli::admin::source::run(global, command).await,
        Command::Completions { shell } => completions::completions(self::command(), shell),
        Command::Man(args) => completions::man(self::command(), &args),
        Command::Info(output) => crate::cli::admin::info::run(global, output).await,
        Command::Config(Config::Show(output)) => {
            crate::cli::admin::config::show(global, output).await
        }
        Command::Config(Config::Apply(args)) => {
            crate::cli::admin::config::apply::run(global, args).await
        }
        Command::Config(Config::Init { stdout, output }) => {
            crate::cli::admin::config::init(&global.flags, stdout, output)
        }
    }
}

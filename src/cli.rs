//! The command line: what can be asked, and which exit code answers.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

pub mod dashboard;
pub mod demo;
pub mod failure;
pub mod json;
pub mod migrate;
pub mod read;
pub mod show;
mod table;

use crate::data::schedule::{BadBudget, Budget};
use failure::Failure;

/// See what background work is stuck in PostgreSQL, why, and fix it safely.
///
/// Without a command it opens the dashboard. Exit codes: 0 fine, 2 usage, 3 could not ask the
/// database.
#[derive(Debug, Parser)]
#[command(name = "dlqtop", version, args_conflicts_with_subcommands = false)]
pub struct Cli {
    /// Open the dashboard on this task, step or entry.
    #[arg(value_name = "ID")]
    pub id: Option<String>,

    /// What every command understands.
    #[command(flatten)]
    pub global: Global,

    /// The background detector's settings.
    #[command(flatten)]
    pub detect: Detect,

    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// postgres://user@host:port/database; else the PG* variables and ~/.pgpass.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        global = true,
        value_name = "URL"
    )]
    pub database_url: Option<String>,

    /// Who acts, for the log and the transitions; user@host unless given.
    #[arg(long = "as", env = "DLQTOP_ACTOR", global = true, value_name = "WHO")]
    pub actor: Option<String>,

    /// Time between two polls.
    #[arg(long, default_value = "2s", value_parser = interval, global = true, value_name = "TIME")]
    pub interval: Duration,

    /// What polls may cost the database, as a share of one core: 1%, or in the demo 10%, unless
    /// given; "off" polls at the interval whatever it costs.
    #[arg(
        long,
        value_parser = budget,
        global = true,
        env = "DLQTOP_DB_BUDGET",
        value_name = "SHARE"
    )]
    pub db_budget: Option<Budget>,

    /// Colours; `auto` is 16 colours on dark, or none under `NO_COLOR`.
    #[arg(long, value_enum, default_value_t, global = true, env = "DLQTOP_THEME")]
    pub theme: ThemeName,

    /// Write nothing: every transaction is read only.
    #[arg(long, visible_alias = "readonly", global = true)]
    pub read_only: bool,
}

/// The background detector's settings.
#[derive(Debug, Clone, Args)]
pub struct Detect {
    /// Time between two sweeps of the detector: 5m, or in the demo 30s, unless given.
    #[arg(long, value_parser = interval, global = true, value_name = "TIME")]
    pub detect_interval: Option<Duration>,

    /// Run no detector in this dashboard.
    #[arg(long, global = true, conflicts_with = "detect_dry_run")]
    pub no_detect: bool,

    /// The detector reports what it would do and changes nothing.
    #[arg(long, global = true)]
    pub detect_dry_run: bool,
}

/// A set of colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// Dark, or plain where `NO_COLOR` is set.
    #[default]
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// Strong contrasts.
    HighContrast,
    /// No colour: weight and reverse video carry the meaning.
    Plain,
}

/// What to do instead of opening the dashboard.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A private PostgreSQL, a simulated fleet and the dashboard: everything to try, nothing to set up.
    Demo {
        /// Makes the demo's data and chances repeatable.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Run fleet and detector without a screen for this many seconds, then print what happened.
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
        headless: Option<u64>,
        /// Print the summary of --headless as JSON.
        #[arg(long, requires = "headless")]
        json: bool,
    },
    /// The wall screen: read-only, big numbers, no keys but q.
    Watch,
    /// What is stale, or on its way there.
    Staleness(Listing),
    /// Open investigations, most urgent first.
    Queue(Listing),
    /// Entries by reason, rates, ages, sweeps and the archive.
    Stats(Output),
    /// One task: why it is stuck, its steps, history and entries.
    Show {
        /// A task, step, entry or correlation id.
        id: String,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
    /// The steps of one task with their readiness.
    Steps {
        /// A task, step, entry or correlation id.
        task: String,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
    /// Create or update the schema.
    Migrate {
        /// List what would be applied and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// How it is printed.
        #[command(flatten)]
        output: Output,
    },
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct Listing {
    /// Rows at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    pub limit: i64,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// "2s", "5m", "1h 30m": at least 100 ms, at most a day.
fn interval(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text)
        .map_err(|_| "write a time such as 2s, 5m or 1h30m".to_owned())?;
    if (Duration::from_millis(100)..=Duration::from_hours(24)).contains(&time) {
        Ok(time)
    } else {
        Err("must be between 100ms and 1day".to_owned())
    }
}

/// "1%", "0.5%", "off".
fn budget(text: &str) -> Result<Budget, BadBudget> {
    text.parse()
}

/// An id typed by a person.
pub(crate) fn parse_id(text: &str) -> Result<Uuid, Failure> {
    if text.contains(['@', '/']) {
        // Not repeated: there may be a password in it.
        return Err(Failure::usage(
            "an address stands where an id should: pass it with --database-url or as DATABASE_URL",
        ));
    }
    Uuid::try_parse(text.trim()).map_err(|_| {
        Failure::usage(format!(
            "{text:?} is neither a command nor an id: ids look like \
             01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f; `dlqtop queue` lists them, `dlqtop --help` the commands"
        ))
    })
}

/// Carries out what was asked.
///
/// # Errors
///
/// [`Failure`] with one line and an exit code.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let Cli {
        id,
        global,
        detect,
        command,
    } = cli;
    match command {
        None => dashboard::interactive(&global, &detect, id.as_deref()).await,
        Some(_) if id.is_some() => Err(Failure::usage("give an id or a command, not both")),
        Some(Command::Demo {
            seed,
            headless,
            json,
        }) => {
            demo::run(
                &global,
                &detect,
                demo::Asked {
                    seed,
                    headless,
                    json,
                },
            )
            .await
        }
        Some(Command::Watch) => dashboard::watch(&global).await,
        Some(Command::Staleness(listing)) => read::staleness(&global, listing).await,
        Some(Command::Queue(listing)) => read::queue(&global, listing).await,
        Some(Command::Stats(output)) => read::stats(&global, output).await,
        Some(Command::Show { id, output }) => show::show(&global, &id, output).await,
        Some(Command::Steps { task, output }) => show::steps(&global, &task, output).await,
        Some(Command::Migrate { dry_run, output }) => migrate::run(&global, dry_run, output).await,
    }
}

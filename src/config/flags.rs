//! The flags that every command understands, as clap reads them. No other room defines a global flag.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::config::connection::secret::Address;
use crate::config::value::{Budget, Listen, interval};
use crate::data::model::incident::Incident;

/// Where the help lists them: below what a command has of its own.
const GLOBAL: &str = "Global options";

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct GlobalFlags {
    /// The database, as postgres://user@host:port/database [default: the PG* variables and ~/.pgpass].
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        global = true,
        value_name = "URL",
        help_heading = GLOBAL
    )]
    pub database_url: Option<Address>,

    /// Poll this streaming replica; writes still go to the primary.
    #[arg(
        long,
        env = "DLQTOP_READ_URL",
        hide_env_values = true,
        global = true,
        value_name = "URL",
        help_heading = GLOBAL
    )]
    pub read_url: Option<Address>,

    /// Allow an sslmode weaker than verify-full for remote hosts; the header shows a red warning.
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub insecure_tls: bool,

    /// Use this profile of the configuration [default: `default_profile`].
    #[arg(long, env = "DLQTOP_PROFILE", global = true, value_name = "NAME", help_heading = GLOBAL)]
    pub profile: Option<String>,

    /// The system to show if the database holds several: tasker, tasker-core, task-orchestrator,
    /// celery, or a source of your own.
    #[arg(long, env = "DLQTOP_SOURCE", global = true, value_name = "NAME", help_heading = GLOBAL)]
    pub source: Option<String>,

    /// Your name in the operator log and in transitions (default: user@host).
    #[arg(long = "as", env = "DLQTOP_ACTOR", global = true, value_name = "WHO", help_heading = GLOBAL)]
    pub actor: Option<String>,

    /// Read this configuration file [default: dlqtop/config.toml in the configuration folder].
    #[arg(long, env = "DLQTOP_CONFIG", global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub config: Option<PathBuf>,

    /// Time between two polls [default: 2s].
    #[arg(long, value_parser = interval, global = true, value_name = "TIME", help_heading = GLOBAL)]
    pub interval: Option<Duration>,

    /// Share of one database core that polling may use; `off` for no limit [default: 1%, demo: 10%].
    #[arg(long, global = true, value_name = "SHARE", help_heading = GLOBAL)]
    pub db_budget: Option<Budget>,

    /// Serve /metrics and /health on this address, for example 127.0.0.1:9464 [default: off].
    #[arg(long, global = true, value_name = "ADDR", help_heading = GLOBAL)]
    pub metrics_listen: Option<Listen>,

    /// Color theme; `auto` is for dark backgrounds, or no color if `NO_COLOR` is set.
    #[arg(long, value_enum, global = true, env = "DLQTOP_THEME", help_heading = GLOBAL)]
    pub theme: Option<ThemeName>,

    /// Change nothing: every transaction is read-only.
    #[arg(long, visible_alias = "readonly", global = true, help_heading = GLOBAL)]
    pub read_only: bool,

    /// Start unlocked although the server is on another machine and no profile names it.
    #[arg(long, global = true, conflicts_with = "read_only", help_heading = GLOBAL)]
    pub writable: bool,

    /// The incident a change is made for: it goes into the reason, and opens what a profile or an unknown
    /// server locks for this one command.
    #[arg(long, value_name = "NAME", value_parser = Incident::new, global = true, help_heading = GLOBAL)]
    pub incident: Option<Incident>,
}

/// The background detector's settings.
#[derive(Debug, Clone, Args)]
pub struct Detect {
    /// Time between two sweeps of the detector [default: 5m, demo: 30s].
    #[arg(long, value_parser = interval, global = true, value_name = "TIME", help_heading = GLOBAL)]
    pub detect_interval: Option<Duration>,

    /// Do not run a detector in this dashboard.
    #[arg(long, global = true, conflicts_with = "detect_dry_run", help_heading = GLOBAL)]
    pub no_detect: bool,

    /// The detector only reports what it would do.
    #[arg(long, global = true, help_heading = GLOBAL)]
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

//! The flags that every command understands, as clap reads them. No other room defines a global flag.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::config::connection::secret::Address;
use crate::config::value::{Budget, Listen, interval};

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct GlobalFlags {
    /// postgres://user@host:port/database; else the PG* variables and ~/.pgpass.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        global = true,
        value_name = "URL"
    )]
    pub database_url: Option<Address>,

    /// Dashboard and wall: the streaming replica to poll; writes go to the database itself.
    #[arg(
        long,
        env = "DLQTOP_READ_URL",
        hide_env_values = true,
        global = true,
        value_name = "URL"
    )]
    pub read_url: Option<Address>,

    /// Obey a weaker sslmode than verify-full to another machine; the header says so in red.
    #[arg(long, global = true)]
    pub insecure_tls: bool,

    /// The profile of the configuration to take; `default_profile` unless given.
    #[arg(long, env = "DLQTOP_PROFILE", global = true, value_name = "NAME")]
    pub profile: Option<String>,

    /// The system to look at, where the database holds several: tasker, tasker-core,
    /// task-orchestrator, celery, or one of your own.
    #[arg(long, env = "DLQTOP_SOURCE", global = true, value_name = "NAME")]
    pub source: Option<String>,

    /// Who acts, for the log and the transitions; user@host unless given.
    #[arg(long = "as", env = "DLQTOP_ACTOR", global = true, value_name = "WHO")]
    pub actor: Option<String>,

    /// The configuration; dlqtop/config.toml in the configuration folder unless given.
    #[arg(long, env = "DLQTOP_CONFIG", global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Time between two polls: 2s unless given.
    #[arg(long, value_parser = interval, global = true, value_name = "TIME")]
    pub interval: Option<Duration>,

    /// Share of one of the database's cores that the polls may take: 1%, or in the demo 10%, unless
    /// given; `off` for any.
    #[arg(long, global = true, value_name = "SHARE")]
    pub db_budget: Option<Budget>,

    /// Serve /metrics and /health here: 127.0.0.1:9464; `off` unless given.
    #[arg(long, global = true, value_name = "ADDR")]
    pub metrics_listen: Option<Listen>,

    /// Colours; `auto` is 16 colours on dark, or none under `NO_COLOR`.
    #[arg(long, value_enum, global = true, env = "DLQTOP_THEME")]
    pub theme: Option<ThemeName>,

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
